"""The text of a Python file, as Python itself reads it."""

from __future__ import annotations

import importlib.util

__all__ = ["decoded"]


def decoded(source: bytes, file: str) -> str:
    """``source`` as text, by its own declaration or as UTF-8; raises ``SyntaxError`` with the place."""
    try:
        if b"\0" not in source:
            return importlib.util.decode_source(source)
        message, end = "a null byte: this is not text", source.index(b"\0")
    except (SyntaxError, UnicodeDecodeError) as error:
        message, end = _undecodable(source, error)
    raise SyntaxError(message, (file, source.count(b"\n", 0, end) + 1, None, None))


def _undecodable(source: bytes, error: SyntaxError | UnicodeDecodeError) -> tuple[str, int]:
    try:
        source.decode()
    except UnicodeDecodeError as wrong:
        return f"byte 0x{source[wrong.start]:02x} is not UTF-8 text", wrong.start
    return str(error), 0
