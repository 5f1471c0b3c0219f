"""What all parts of a spec share: how they are validated, and how a validator says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from keyword import iskeyword
from typing import Any, Self

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, PrivateAttr, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from predictor_kit.documents import read_scalar
from predictor_kit.references import OutsideText

__all__ = ["NOT_NULL", "Also", "Section", "kind_of", "null_as", "plain_data", "refuse", "typed"]


class Section(  # noqa: PLW1641 # pydantic gives a frozen model its hash
    BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
):
    """A mapping of the file: its keys are the fields, others are refused, and it never changes.

    Equal sections have equal values. ``repr()`` is the Python that makes an equal one.
    """

    _outside: dict[str, OutsideText] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_outside(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Remember the text from outside that a number, say, is read from."""
        section = handler(data)
        if type(data) is dict and (texts := {k: v for k, v in data.items() if type(v) is OutsideText}):
            section._outside.update(texts)  # noqa: SLF001 # of this class
        return section

    def given(self) -> Iterator[tuple[str, str, Any]]:
        """What was given: names of fields in Python, keys in a file, and values.

        A value that was read from text from outside is that text.
        """
        for name, field in type(self).model_fields.items():
            if name in self.model_fields_set:
                key = field.serialization_alias or name
                value, text = getattr(self, name), self._outside.get(key)
                yield name, key, text if text is not None and value in (text, typed(text)) else value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Section) or type(self) is not type(other):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        for name, key, value in self.given():
            yield name if iskeyword(key) else key, value


def refuse(message: str) -> PydanticCustomError:
    """What a validator raises for a value: ``message`` says what the value must be."""
    return PydanticCustomError("predictor_kit", "{message}", {"message": message})


def typed(value: Any) -> Any:
    """``value``; where it is text from the environment, what that is as a YAML scalar."""
    return read_scalar(value) if isinstance(value, OutsideText) else value


def plain_data(value: Any) -> Any:
    """``value`` with sections in its dictionaries and lists as what a file would have for them.

    References to what is outside the file are filled.
    """
    if isinstance(value, Section):
        return {key: plain_data(inner) for _, key, inner in value.given()}
    if type(value) is dict:
        return {key: plain_data(inner) for key, inner in value.items()}
    if type(value) is list:
        return [plain_data(inner) for inner in value]
    return value


def kind_of(value: Any) -> str:
    """What ``value`` is, as a message says it: ``text``, ``a whole number``, ``a list``."""
    for types, words in _KINDS.items():
        if isinstance(value, types):
            return words
    return f"of type {type(value).__name__}"


_KINDS: dict[Any, str] = {
    type(None): "null",
    str: "text",
    bool: "a boolean",
    int: "a whole number",
    float: "a decimal number",
    Mapping: "a mapping",
    (list, tuple): "a list",
}


class Also:
    """Marks a type that takes other values too: they are converted before it sees them."""

    def __init__(self, convert: Callable[[Any], Any], *types: str) -> None:
        """``convert`` turns values of the JSON ``types`` into what the type itself takes."""
        self._convert = convert
        self._types = types

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Convert, then validate."""
        return core_schema.no_info_before_validator_function(self._convert, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the type, or one of the other types."""
        return {"anyOf": [handler(schema["schema"]), *({"type": name} for name in self._types)]}


def null_as(empty: Callable[[], Any]) -> Also:
    """Marks a type that null is taken for, too: it stands for what ``empty`` makes."""
    return Also(lambda value: empty() if value is None else value, "null")


class _NotNull:
    """A key that may be left out, but not be null: Cortex tells the two apart."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse None before the optional type accepts it."""
        return core_schema.no_info_before_validator_function(_given, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the type alone, without null."""
        return handler(schema["schema"]["schema"])


def _given(value: Any) -> Any:
    if value is None:
        raise refuse("must not be null")
    return value


NOT_NULL = _NotNull()
"""Marks a field ``X | None`` whose None means that the key was left out."""
