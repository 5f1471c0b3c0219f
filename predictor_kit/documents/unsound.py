"""A text with mistakes in it of which everything could be read all the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from predictor_kit.errors import Problem, ProblemsError

__all__ = ["UnsoundError"]


class UnsoundError(ProblemsError):
    """What is wrong in a text, and ``rest``: what it holds, with a doubt on the values that this is about."""

    def __init__(self, problems: Iterable[Problem], rest: Any) -> None:
        """``rest`` is what would have been returned without the ``problems``."""
        super().__init__(problems)
        self.rest = rest
