"""Single values: numbers, booleans and null from their text, and words for what a value is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

__all__ = ["OUT_OF_RANGE", "ROUNDED", "is_rounded", "kind_of", "read_scalar"]

OUT_OF_RANGE: Final = "this number is out of range: a whole number has 64 bits, any other is a double"
"""Said of a number that JSON and TOML could write and that nothing here can hold."""

ROUNDED: Final = (
    "this whole number has more than 64 bits: Cortex reads a float, which loses some of its digits;"
    " put it in quotes to have it as text"
)
"""Said of a number for which `is_rounded`."""

_KINDS: Final[Mapping[type, str]] = {
    bool: "a boolean",
    dict: "a mapping",
    float: "a number",
    int: "a number",
    list: "a list",
    str: "text",
    type(None): "null",
}
_CONSTANTS: Final[Mapping[str, bool | float | None]] = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], math.nan),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], math.inf),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], -math.inf),
}
_INTEGER: Final = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]{0,19}))"
)
_BASES: Final = {2: 16, 3: 2, 4: 8, 5: 10}
_WHOLE: Final = re.compile(r"[-+]?[0-9][0-9_]*")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def kind_of(value: Any) -> str:
    """What a value of a document is, as a message says it: ``a mapping``, ``text``."""
    return _KINDS[type(value)]


def read_scalar(text: str) -> str | int | float | bool | None:
    """The value of the unquoted scalar ``text``, as Cortex's Go reader reads it.

    Returns a bool, None, an int (of 64 bits) or a float where ``text`` is one, else ``text``.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number(text) if text[0] in "+-.0123456789" else text


def is_rounded(text: str, value: Any) -> bool:
    """Whether ``text`` is a whole number and ``value``, which was read of it, a float near it."""
    return isinstance(value, float) and _WHOLE.fullmatch(text) is not None and Decimal(text) != value


def _number(text: str) -> str | int | float:
    digits = text if text[0] == "." else text.replace("_", "")
    if found := _INTEGER.fullmatch(digits):
        base = found.lastindex or 0
        integer = int(found[1] + found[base], _BASES[base])
        if -(2**63) <= integer < 2**64:
            return integer
    number = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return number if math.isfinite(number) else text
