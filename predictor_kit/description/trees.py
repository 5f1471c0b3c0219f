"""Trees of text, drawn with lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["tree"]

T = TypeVar("T")


def tree(root: T, told: Callable[[T], tuple[str, Sequence[T]]]) -> Iterator[str]:
    """The lines of ``root`` and of all below it.

    ``told`` gives an item's line and what is below it; it is asked in the order of the lines.
    """
    # Its own stack: a long chain must not reach Python's recursion limit.
    ahead = [(root, "", "")]
    while ahead:
        item, here, below = ahead.pop()
        line, items = told(item)
        yield f"{here}{line}"
        inner = [(one, f"{below}├── ", f"{below}│   ") for one in items[:-1]]
        inner += [(one, f"{below}└── ", f"{below}    ") for one in items[-1:]]
        ahead += reversed(inner)
