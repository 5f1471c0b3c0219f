"""Durations as Go writes them: ``10s``, ``1h30m``, ``500ms``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import Field

from predictor_kit.spec.scalars import INT64, Text, must, text_like

__all__ = ["Interval", "Period", "Window", "parse_duration"]

_UNITS: Final = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,  # the micro sign
    "μs": 10**3,  # the Greek letter
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART: Final = r"(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)"
_DURATION: Final = re.compile(rf"[-+]?(?:0|(?:{_PART})+)")
_POSITIVE: Final = r"(?!-)(?=.*[1-9])"
_NOT_NEGATIVE: Final = r"(?!-(?:.*[a-zµμ])?0*[1-9])"

_EACH: Final = re.compile(_PART)
_LONGEST: Final = 100
_TICK: Final = 10 * _UNITS["s"]


def parse_duration(text: str) -> int | None:
    """The nanoseconds that ``text`` stands for, or None if it is no duration of Go's."""
    if len(text) > _LONGEST or not _DURATION.fullmatch(text):
        return None
    total = sum(_nanoseconds(*part) for part in _EACH.findall(text))
    return None if total > INT64 else -total if text.startswith("-") else total


def _nanoseconds(whole: str, part: str, unit: str) -> int:
    return int(whole + part) * _UNITS[unit] // int(10 ** len(part))


def _schema(limit: str, *examples: str) -> Any:
    """What the JSON Schema says of a duration: ``limit``, a lookahead, is what a pattern can say of it."""
    return Field(json_schema_extra={"pattern": f"^{limit}{_DURATION.pattern}$", "examples": list(examples)})


def _duration(limits: Callable[[int], str | None]) -> Any:
    """A validator: a text is a duration, and ``limits`` finds nothing wrong with its nanoseconds."""

    def complaint(text: str) -> str | None:
        nanoseconds = parse_duration(text)
        return _NOT_ONE if nanoseconds is None else limits(nanoseconds)

    return must(complaint)


def _window(nanoseconds: int) -> str | None:
    if nanoseconds < _TICK:
        return "must be at least 10s"
    return "must be a multiple of 10s" if nanoseconds % _TICK else None


_NOT_ONE: Final = "must be a duration such as 10s, 500ms or 1h30m"
_ONLY_TEXT: Final = text_like("text such as 10s or 1h30m")

Window = Annotated[Text, _duration(_window), _schema(_POSITIVE, "60s"), _ONLY_TEXT]
"""A duration of at least 10s that is a multiple of 10s."""

Period = Annotated[
    Text,
    _duration(lambda nanoseconds: "must be at least 0s" if nanoseconds < 0 else None),
    _schema(_NOT_NEGATIVE, "5m"),
    _ONLY_TEXT,
]
"""A duration that is not negative."""

Interval = Annotated[
    Text,
    _duration(lambda nanoseconds: "must be more than 0s" if nanoseconds <= 0 else None),
    _schema(_POSITIVE, "200ms"),
    _ONLY_TEXT,
]
"""A duration longer than nothing."""
