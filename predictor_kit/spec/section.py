"""The base of all mappings of a file: how they are validated, compared, shown, and made plain data."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from keyword import iskeyword
from typing import Any, Final, Self

from pydantic import (
    BaseModel,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

from predictor_kit.errors import ProblemsError
from predictor_kit.references import OutsideText
from predictor_kit.spec.findings import Place, read_errors
from predictor_kit.spec.scalars import typed

__all__ = ["Section", "plain_data", "whole"]

_whole: Final = ContextVar("whole", default=False)


@contextmanager
def whole() -> Generator[None]:
    """Within, what is wrong with a section is told by that which it is a part of."""
    token = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(token)


class Section(  # noqa: PLW1641 # pydantic gives a frozen model its hash
    BaseModel,
    frozen=True,
    extra="forbid",
    hide_input_in_errors=True,
    defer_build=True,
    serialize_by_alias=True,
):
    """A mapping of the file: its keys are the fields, others are refused, and none can be set.

    Equal sections have equal values. ``repr()`` is the Python that makes an equal one, ``model_dump()`` what
    a file would have for it, defaults included. One that is made in Python raises ProblemsError with all that
    is wrong in it.
    """

    _outside: dict[str, OutsideText] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_outside(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Remember the text from outside that a number, say, is read from."""
        section = handler(data) if info.context or _whole.get() else cls._alone(data, handler)
        if type(data) is dict and (texts := {k: v for k, v in data.items() if type(v) is OutsideText}):
            section._outside.update(texts)  # noqa: SLF001 # of this class
        return section

    @classmethod
    def _alone(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Validate a section that is made by itself in Python, and tell all that is wrong with it."""
        with whole():
            try:
                return handler(data)
            except ValidationError as error:
                found = read_errors(error, cls, data)
        raise ProblemsError(Place().problems(found))

    def given(self) -> Iterator[tuple[str, str, Any]]:
        """What was given: names of fields in Python, keys in a file, and values.

        A value that was read from text from outside is that text.
        """
        for name, field in type(self).model_fields.items():
            if name in self.model_fields_set:
                key = field.serialization_alias or name
                value, text = getattr(self, name), self._outside.get(key)
                yield name, key, text if text is not None and value in (text, typed(text)) else value

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What a file would have: for many keys, to be absent is not to be null."""
        data: dict[str, Any] = handler(self)
        for name, field in type(self).model_fields.items():
            if name not in self.model_fields_set and getattr(self, name) is None:
                data.pop(field.serialization_alias or name, None)
                data.pop(name, None)
        return data

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with the keys in ``update`` replaced, checked as if it was made so.

        Keys are the file's, or the names that Python has for them (``class_``). Without ``update`` its
        mappings are this one's, unless it is ``deep``. Raises ProblemsError with all that is wrong.
        """
        copied = super().model_copy(deep=deep)
        return self.model_validate({**plain_data(copied), **self._by_key(update)}) if update else copied

    def _by_key(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """``values`` by the keys that a file has for the names in Python."""
        keys = {name: field.serialization_alias for name, field in type(self).model_fields.items()}
        return {keys.get(name) or name: value for name, value in values.items()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Section) or type(self) is not type(other):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        for name, key, value in self.given():
            yield name if iskeyword(key) else key, value


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
