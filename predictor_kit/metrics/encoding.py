"""Text for wires that are UTF-8."""

__all__ = ["encodable"]


def encodable(text: str) -> str:
    """``text`` with a ``?`` for each lone surrogate: one of them would make a whole export fail."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
