"""What pydantic says of a value: what of it can be told of one that may be secret, and what it hints at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from pydantic_core import ErrorDetails, PydanticKnownError

from predictor_kit.errors import did_you_mean

__all__ = ["hint", "safe_text", "without_misspelt"]

T = TypeVar("T")
Path = tuple[str | int, ...]

# What the type says, by the kinds that can be told with it. A kind without a context is told as it is.
_OF_THE_TYPE: Final[dict[str, str]] = {
    "bytes_too_long": "max_length",
    "bytes_too_short": "min_length",
    "dataclass_exact_type": "class_name",
    "dataclass_type": "class_name",
    "decimal_max_digits": "max_digits",
    "decimal_max_places": "decimal_places",
    "decimal_whole_digits": "whole_digits",
    "enum": "expected",
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "is_instance_of": "class",
    "is_subclass_of": "class",
    "less_than": "lt",
    "less_than_equal": "le",
    "literal_error": "expected",
    "model_type": "class_name",
    "multiple_of": "multiple_of",
    "named_tuple_type": "class_name",
    "string_pattern_mismatch": "pattern",
    "string_too_long": "max_length",
    "string_too_short": "min_length",
    "union_tag_not_found": "discriminator",
    "url_scheme": "expected_schemes",
    "url_too_long": "max_length",
    "uuid_version": "expected_version",
}
# Of kinds that are no part of pydantic's core, whose names anybody can use: these are whole texts.
_TEXTS: Final = frozenset(
    {
        "Input is not a valid IPv4 address",
        "Input is not a valid IPv6 address",
        "Path does not point to a directory",
        "Path does not point to a file",
        "could not parse value and unit from byte string",
        "value is not a valid IPv4 or IPv6 address",
    }
)
_QUOTED: Final = re.compile("'([^']+)'")


def safe_text(detail: ErrorDetails) -> str | None:
    """What pydantic says in ``detail``, where its words can hold nothing of the value; None elsewhere.

    They are made anew from the kind of the error and from what the type says: not from its text, since a
    validator of the user's own can give its error the name of any kind.
    """
    if detail["msg"] in _TEXTS:
        return detail["msg"]
    kind: Any = detail["type"]
    name, context = _OF_THE_TYPE.get(kind, ""), detail.get("ctx", {})
    try:
        return PydanticKnownError(kind, {name: context[name]} if name in context else None).message()
    except (KeyError, TypeError):  # no kind of pydantic's, or one that tells more
        return None


def hint(detail: ErrorDetails) -> str:
    """What else to say of a value that is shown: the nearest choice, or that it needs quotes; else ""."""
    kind, value = detail["type"], detail["input"]
    if kind in ("enum", "literal_error") and isinstance(value, str):
        return did_you_mean(value, _QUOTED.findall(str(detail.get("ctx", {}).get("expected", ""))))
    quotes = kind == "string_type" and isinstance(value, (int, float))
    return " (put it in quotes)" if quotes else ""


def without_misspelt(
    found: Iterable[T], missing: Callable[[T], Path | None], unknown: Callable[[T], Path | None]
) -> list[T]:
    """``found`` without the missing keys that unknown keys beside them are meant to be.

    ``missing`` and ``unknown`` give the path of the key that one tells of; None where it tells of none.
    """
    found = list(found)
    there: dict[Path, list[str]] = {}
    for path in filter(None, map(unknown, found)):
        there.setdefault(path[:-1], []).append(str(path[-1]))

    def is_meant(path: Path | None) -> bool:
        return path is not None and bool(did_you_mean(str(path[-1]), there.get(path[:-1], ())))

    return [one for one in found if not is_meant(missing(one))]
