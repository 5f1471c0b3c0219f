"""Providers in a document: the only values that merge by what they are, not by their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from predictor_kit.documents.positions import Position

__all__ = ["Node", "is_provider", "long_form", "one_provider"]

Node = tuple[Any, Position]
"""Data with its position."""


def is_provider(path: Sequence[str | int]) -> bool:
    """Whether a provider stands at ``path`` in an API."""
    return len(path) == 2 and path[0] == "providers"


def long_form(provider: Node) -> Node:
    """The provider as a mapping, also where it is written as its class alone."""
    data, position = provider
    if not isinstance(data, str):
        return provider
    return {"class": data}, position.holding({"class": position.holding({})})


def one_provider(base: Node, over: Node) -> tuple[Node, Node] | None:
    """Both as mappings to be merged; None where ``over`` stands for itself.

    So it does where its class is another one, or is all that is written of both.
    """
    if isinstance(base[0], str) and isinstance(over[0], str):
        return None
    one, other = long_form(base), long_form(over)
    if not (isinstance(one[0], dict) and isinstance(other[0], dict)):
        return None
    classes = [node[0]["class"] for node in (one, other) if "class" in node[0]]
    return None if len(classes) == 2 and classes[0] != classes[1] else (one, other)
