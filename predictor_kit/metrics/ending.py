"""Flushing and closing a client of whatever kind: one of your own need not have either."""

import inspect
from typing import Literal

__all__ = ["End", "end_within", "flush_at_once"]

End = Literal["flush", "close"]


def end_within(client: object, end: End, seconds: float) -> None:
    """Flush or close ``client`` if it can be, within ``seconds`` if it takes a ``timeout``."""
    if _takes_timeout(client, end):
        getattr(client, end)(timeout=seconds)
    else:
        getattr(client, end, _nothing)()


def flush_at_once(client: object) -> None:
    """Let a client of this package hand on what it can without waiting; another one is not asked."""
    # Of its class, as a mock has whatever it is asked for.
    if hasattr(type(client), "_flush_at_once"):
        client._flush_at_once()  # type: ignore[attr-defined]  # noqa: SLF001 - see above


def _takes_timeout(client: object, end: End) -> bool:
    try:
        return "timeout" in inspect.signature(getattr(client, end)).parameters
    except Exception:  # noqa: BLE001 - there is no such method, or nothing is known of it
        return False


def _nothing() -> None:
    pass
