"""``${...}`` in the JSON Schema: any single value may be one, and a text must write it well."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["ARGUMENT", "REFERENCE", "VALUE", "list_of_types", "or_reference"]

_DEFAULT: Final = r"(?:(?!\$\{)[^}])*"
_ENV: Final = rf"env:[A-Za-z_][A-Za-z0-9_]*(?::-{_DEFAULT})?"
_FILE: Final = rf"file:(?![\s}}]){_DEFAULT}(?<!\s)"
_OUTSIDE: Final = rf"(?:{_ENV}|{_FILE})"
_NAME: Final = r"[^\s\d!-/:-@\[-^`{-~][^\s!-/:-@\[-^`{-~]*"
_CONFIG: Final = r"config(?:\.(?:(?!\$\{)[^\s.:}])+)+"
_ANY: Final = rf"(?:{_ENV}|{_FILE}|{_CONFIG}|{_NAME})"
_BEGIN: Final = r"(?:^|[^$])\$\{"  # not $${, which stands for the characters ${

REFERENCE: Final = rf"{_BEGIN}{_OUTSIDE}\}}"
"""The pattern of a text that has a reference to the outside."""

_NUMBERS: Final = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}


def _well_formed(opening: str, reference: str) -> dict[str, Any]:
    """A text in which all that begins as ``opening`` is a ``reference``."""
    return {"pattern": rf"^(?!(?:[\s\S]*[^$])?\$\{{{opening}(?!{reference}\}}))"}


_TEXT: Final = {
    **_well_formed("(?=env:|file:)", _OUTSIDE),
    "patternErrorMessage": "write ${env:NAME}, ${env:NAME:-default} or ${file:path}",
}

VALUE: Final[dict[str, Any]] = {
    **_TEXT,
    "items": {"$ref": "#/$defs/Value"},
    "additionalProperties": {"$ref": "#/$defs/Value"},
}
"""A value in a config: of any type, and with references to the outside in its texts."""

ARGUMENT: Final[dict[str, Any]] = {
    **_well_formed("", _ANY),
    "patternErrorMessage": "write ${name}, ${config.key}, ${env:NAME}, ${env:NAME:-default} or ${file:path}; "
    "$${ stands for the characters ${",
    "items": {"$ref": "#/$defs/Argument"},
    "additionalProperties": {"$ref": "#/$defs/Argument"},
}
"""A value in a provider's arguments: as in a config, and with references to config and providers."""


def or_reference(scalar: dict[str, Any]) -> dict[str, Any]:
    """The schema ``scalar`` of a single value, which may also be text with a reference to the outside."""
    if "enum" in scalar:
        rest = {key: value for key, value in scalar.items() if key not in ("enum", "type")}
        return {**rest, "anyOf": [{"enum": scalar["enum"]}, {"type": "string", "pattern": REFERENCE}]}
    types = list_of_types(scalar)
    if not {"string", *_NUMBERS} & set(types):
        return scalar
    if "string" in types and "pattern" not in scalar:
        return {**scalar, **_TEXT}
    pattern = f"{scalar['pattern']}|{REFERENCE}" if "pattern" in scalar else REFERENCE
    all_types = types if "string" in types else [*types, "string"]
    return {
        **scalar,
        "type": all_types[0] if len(all_types) == 1 else all_types,
        "pattern": pattern,
        "patternErrorMessage": _meant(scalar, types),
    }


def list_of_types(schema: dict[str, Any]) -> list[str]:
    """The types that ``schema`` takes, of which it has one or a list."""
    types = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def _meant(scalar: dict[str, Any], types: list[str]) -> str:
    """What an editor says of a text that does not fit."""
    words = [_NUMBERS[name] for name in types if name in _NUMBERS]
    texts = [example for example in scalar.get("examples", ()) if isinstance(example, str)]
    such = [f"text such as {' or '.join(texts)}"] if texts else []
    return f"must be {', '.join([*words, *such])}, or a reference such as ${{env:NAME}}"
