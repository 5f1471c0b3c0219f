"""``predictor-kit graph``: what depends on what."""

from __future__ import annotations

from typing import Unpack

from predictor_kit.commands.description import say_description
from predictor_kit.commands.variation import Variation
from predictor_kit.description import FORMATS

__all__ = ["graph"]


def graph(file: str, name: str | None, format: str, **variation: Unpack[Variation]) -> int:  # noqa: A002 - the option
    """Print the graph of the API ``name`` of ``file`` in a format; 0 where the file is well."""
    return say_description(file, name, variation, FORMATS[format])
