"""Single values: the types of text and numbers, and the validators that other types are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from predictor_kit.documents import read_scalar
from predictor_kit.references import OutsideText
from predictor_kit.spec.base import kind_of, refuse

__all__ = ["INT32", "INT64", "TYPED", "Number", "Switch", "Text", "Whole", "must", "text_like", "typed"]

INT32: Final = 2**31 - 1
INT64: Final = 2**63 - 1


def typed(value: Any) -> Any:
    """``value``; where it is text from the environment, what that is as a YAML scalar."""
    return read_scalar(value) if isinstance(value, OutsideText) else value


def must(complaint: Callable[[str], str | None]) -> AfterValidator:
    """A validator of text: ``complaint`` returns what the text must be, or None when it is."""

    def check(text: str) -> str:
        message = complaint(text)
        if message:
            raise refuse(message)
        return text

    return AfterValidator(check)


def text_like(what: str) -> BeforeValidator:
    """A validator that takes text and null only and says in its own words ``what`` is wanted."""

    def check(value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        raise refuse(f"must be {what}, is {kind_of(value)}")

    return BeforeValidator(check)


def _keep(value: Any, handler: ValidatorFunctionWrapHandler) -> str:
    # pydantic copies subclasses of str into str, and a secret would lose its mark.
    text: str = handler(value)
    return value if isinstance(value, OutsideText) else text


TYPED = BeforeValidator(typed)
"""Reads text from the environment as a YAML scalar, for types other than text."""

Text = Annotated[str, Strict(), WrapValidator(_keep)]
"""Text; nothing is cast to it."""

Whole = Annotated[int, Strict(), Field(ge=-INT64 - 1, le=INT64), TYPED]
"""A whole number of 64 bits."""

Number = Annotated[float, Strict(), Field(allow_inf_nan=False), TYPED]
"""A finite number; a whole number is one too."""

Switch = Annotated[bool, Strict(), TYPED]
"""True or false."""
