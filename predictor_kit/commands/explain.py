"""``predictor-kit explain``: why a parameter gets the object that it gets."""

from __future__ import annotations

from typing import Unpack

from predictor_kit.commands.description import say_description
from predictor_kit.commands.variation import Variation
from predictor_kit.description import explained

__all__ = ["explain"]


def explain(file: str, parameter: str, name: str | None, **variation: Unpack[Variation]) -> int:
    """Print what ``parameter`` of the API ``name`` of ``file`` gets, and why; 0 where the file is well."""
    return say_description(file, name, variation, lambda description: explained(description, parameter))
