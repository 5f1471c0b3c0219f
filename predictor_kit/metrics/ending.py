"""Flushing and closing a client of whatever kind: one of your own need not have either."""

import inspect
from typing import Literal

__all__ = ["End", "end_within", "takes_timeout"]

End = Literal["flush", "close"]


def end_within(client: object, end: End, seconds: float) -> None:
    """Flush or close ``client`` if it can be, within ``seconds`` if it takes a ``timeout``."""
    if takes_timeout(client, end):
        getattr(client, end)(timeout=seconds)
    else:
        getattr(client, end, _nothing)()


def takes_timeout(client: object, end: End) -> bool:
    """Whether the method has a parameter ``timeout``, as all of this package have."""
    try:
        return "timeout" in inspect.signature(getattr(client, end)).parameters
    except Exception:  # noqa: BLE001 - there is no such method, or nothing is known of it
        return False


def _nothing() -> None:
    pass
