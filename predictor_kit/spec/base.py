"""What the types of a spec are made of: how values are converted, and how a validator says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

__all__ = ["NOT_NULL", "Also", "kind_of", "null_as", "refuse"]


def refuse(message: str) -> PydanticCustomError:
    """What a validator raises for a value: ``message`` says what the value must be."""
    return PydanticCustomError("predictor_kit", "{message}", {"message": message})


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

    def __init__(self, convert: Callable[[Any], Any], *schemas: JsonSchemaValue) -> None:
        """``convert`` turns values of the JSON ``schemas`` into what the type itself takes."""
        self._convert = convert
        self._schemas = schemas

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Convert, then validate."""
        return core_schema.no_info_before_validator_function(self._convert, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the type, or one of the others."""
        return {"anyOf": [handler(schema), *self._schemas]}


def null_as(empty: Callable[[], Any]) -> Also:
    """Marks a type that null is taken for, too: it stands for what ``empty`` makes."""
    return Also(lambda value: empty() if value is None else value, {"type": "null"})


class _NotNull:
    """A key that may be left out, but not be null: Cortex tells the two apart."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse None before the optional type accepts it."""
        return core_schema.no_info_before_validator_function(_given, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the type alone, without null."""
        either = handler(schema)["anyOf"]
        return next(option for option in either if option != {"type": "null"})


def _given(value: Any) -> Any:
    if value is None:
        raise refuse("must not be null")
    return value


NOT_NULL = _NotNull()
"""Marks a field ``X | None`` whose None means that the key was left out."""
