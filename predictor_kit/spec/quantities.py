"""Kubernetes quantities: ``200m`` of a processor, ``512Mi`` of memory."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import Field

from predictor_kit.spec.base import Also, kind_of, refuse
from predictor_kit.spec.scalars import Text, must, text_like

__all__ = ["Cpu", "Memory", "Size", "parse_quantity"]

_QUANTITY: Final = re.compile(
    r"([-+]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([-+]?[0-9]+))?"
)
_SUFFIXES: Final = {
    **{
        suffix: Fraction(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
_POSITIVE: Final = r"(?!-)(?=[^eE]*[1-9])"
_LONGEST: Final = 100
_FARTHEST: Final = 100
"""Exponents beyond this say nothing more; Kubernetes itself stops at 2**63."""


def parse_quantity(text: str) -> Fraction | None:
    """The number that the quantity ``text`` stands for (of processors, of bytes), or None if it is none."""
    found = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        return None
    sign, whole, part, suffix, exponent = found.groups("")
    number = Fraction(int(whole + part), 10 ** len(part))
    if exponent:
        number *= Fraction(10) ** max(-_FARTHEST, min(int(exponent), _FARTHEST))
    return (-number if sign == "-" else number) * _SUFFIXES.get(suffix, 1)


def _quantity(example: str, least: str | None = None) -> Any:
    """A validator: ``text`` is a quantity, and at least ``least``."""
    bound = parse_quantity(least or "")

    def complaint(text: str) -> str | None:
        number = parse_quantity(text)
        if number is None:
            return f"must be a Kubernetes quantity such as {example}"
        return f"must be at least {least}" if bound is not None and number < bound else None

    return must(complaint)


def _schema(limit: str, *examples: str | int) -> Any:
    """What the JSON Schema says of a quantity: ``limit`` is a pattern's lookahead."""
    return Field(json_schema_extra={"pattern": f"^{limit}{_QUANTITY.pattern}$", "examples": list(examples)})


def _number_as_text(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, str):
        return value
    raise refuse(f"must be a number, or text such as 200m, is {kind_of(value)}")


_SIZE: Final = text_like("text with a unit such as 512Mi")

Cpu = Annotated[
    Text,
    _quantity("200m or 1.5", "20m"),
    _schema(_POSITIVE, "200m", 1),
    Also(_number_as_text, {"type": "number", "minimum": 0.02}),
]
"""An amount of processors, at least 20m; a number becomes its text."""

Memory = Annotated[Text, _quantity("512Mi or 2G", "20Mi"), _schema(_POSITIVE, "512Mi"), _SIZE]
"""An amount of memory in bytes, at least 20Mi."""

Size = Annotated[Text, _quantity("512Mi or 2G"), _schema("", "1Gi"), _SIZE]
"""An amount of bytes."""
