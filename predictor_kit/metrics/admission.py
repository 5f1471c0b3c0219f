"""The guard in front of every client: what a predictor passes, made plain or refused.

`admit` gives a name, a number and tags that hold nothing but what they seem to: a name cannot
smuggle in a second metric, a number is finite, a tag is text. A push is admitted whole or
refused whole; it is never sent without the part that was wrong.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

__all__ = [
    "LONGEST",
    "RESERVED_PREFIXES",
    "Kind",
    "Reason",
    "RefusedError",
    "admit",
    "admit_value",
    "refuse_reserved",
]

Kind = Literal["counter", "gauge", "histogram"]
Reason = Literal[
    "name",
    "reserved",
    "value",
    "negative",
    "tags",
    "size",
    "conflict",
    "series",
    "samples",
    "closed",
    "send",
]

RESERVED_PREFIXES = ("cortex_", "istio_")

# In characters, the name and the tags together. At four bytes each that still fits the 8 KiB
# which a Datadog agent reads of one datagram.
LONGEST = 2000

_UNSAFE = re.compile(r"[^\w./-]")

_Plain = TypeVar("_Plain")


class RefusedError(Exception):
    """A push that is dropped: ``reason`` says why, ``metric`` is its name where that is known."""

    def __init__(self, reason: Reason, metric: str = "") -> None:
        super().__init__(reason, metric)
        self.reason: Reason = reason
        self.metric = metric


def admit(metric: object, value: object, tags: object) -> tuple[str, int | float, dict[str, str]]:
    """The name, number and tags to be sent, all plain and all new objects.

    In the name and in the keys of tags every character but letters, digits and ``_./-`` becomes
    ``_``; the values of tags stay as they are, for only the client knows what its wire can bear.
    Numbers of any kind are taken, and text that reads as one (Cortex sent that too).
    Raises `RefusedError`, and nothing else but what is no `Exception`.
    """
    name = _made("name", _name, metric, "")
    if len(name) > LONGEST:
        raise RefusedError("size")
    refuse_reserved(name)
    number = admit_value(value, name)
    texts = _made("tags", _texts, tags, name)
    if len(name) + sum(map(len, texts)) + sum(map(len, texts.values())) > LONGEST:
        raise RefusedError("size", name)
    return name, number, texts


def admit_value(value: object, metric: str) -> int | float:
    """The number to be sent, for a ``metric`` that was admitted before; raises as `admit` does."""
    return _made("value", _number, value, metric)


def refuse_reserved(name: str) -> None:
    """Raise `RefusedError` for a name of the platform's; also called by who spells names in its own way."""
    if name.startswith(RESERVED_PREFIXES):
        raise RefusedError("reserved", name)


def _made(reason: Reason, make: Callable[[object], _Plain], raw: object, metric: str) -> _Plain:
    try:
        return make(raw)
    except Exception as error:
        raise RefusedError(reason, metric) from error


def _name(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError("a metric's name is text")
    return _clean(_text(raw))


def _number(raw: Any) -> int | float:
    number: int | float
    try:
        number = float(raw) if isinstance(raw, float) else operator.index(raw)
    except TypeError:
        number = float(raw)
    if not math.isfinite(number):
        raise ValueError("neither NaN nor infinity can be sent")
    # -0.0 becomes 0.0: its sign would make it a change by nothing where a gauge is to be set.
    return number + 0


def _texts(raw: object) -> dict[str, str]:
    if not raw:
        return {}
    if not isinstance(raw, Mapping):
        raise TypeError("tags are a mapping")
    # Copied first, as another thread may add a tag meanwhile.
    return {_clean(_text(key)): _text(value) for key, value in dict(raw).items()}


def _clean(text: str) -> str:
    if not text:
        raise ValueError("a name is not empty")
    return _UNSAFE.sub("_", text)


def _text(raw: object) -> str:
    # str.__str__ because a subclass of str may answer anything to str().
    return str.__str__(raw if isinstance(raw, str) else str(raw))
