"""Where a host is: its addresses, looked up by a thread, and again from time to time."""

import _thread
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from time import monotonic
from typing import Any

__all__ = ["Address", "Destination"]

# Looking a host up imports this. If a thread did, and the process forked meanwhile, the child would wait
# for the import for ever.
import_module("encodings.idna")

Address = tuple[int, int, int, Any]
"""Family, kind, protocol, and what `socket.connect` takes."""

_FRESH_SECONDS = 60.0
_RETRY_SECONDS = 10.0


class Destination:
    """A host and a port; ``answered`` is called by the thread that looked it up, when it has.

    An address in numbers needs no thread. What is known is used until something else is known.
    """

    def __init__(self, host: str, port: int, answered: Callable[[], None]) -> None:
        self._host, self._port, self._answered = host, port, answered
        self._lookup: _Lookup | None = None
        self._addresses: list[Address] = []
        self._failure: Exception | None = None
        self._asked = self._due = 0.0

    def addresses(self) -> list[Address] | None:
        """The addresses, IPv4 first; None while the first answer is awaited.

        Raises what the last look-up raised, if none is known.
        """
        if self._lookup is None and monotonic() >= self._due:
            self._lookup = _Lookup(self._host, self._port, self._answered)
        if self._lookup and self._lookup.done.is_set():
            self._take(self._lookup)
        if not self._addresses and self._failure and not self._lookup:
            raise self._failure.with_traceback(None)
        return self._addresses or None

    def wait(self, seconds: float) -> None:
        """Wait for an answer that is still to come."""
        if self._lookup and seconds:  # to wait for no time takes a lock all the same
            self._lookup.done.wait(seconds)

    def doubt(self) -> None:
        """Look it up again soon: nobody listens there."""
        self._due = min(self._due, self._asked + _RETRY_SECONDS)

    def _take(self, lookup: "_Lookup") -> None:
        self._lookup, self._asked = None, monotonic()
        self._failure = lookup.failure
        self._addresses = lookup.found or self._addresses
        self._due = self._asked + (_RETRY_SECONDS if lookup.failure else _FRESH_SECONDS)


class _Lookup:
    """One look-up, done in a thread of its own if it may take time."""

    def __init__(self, host: str, port: int, answered: Callable[[], None]) -> None:
        self.done = threading.Event()
        self.found: list[Address] = []
        self.failure: Exception | None = None
        self._host, self._port, self._answered = host, port, answered
        if _in_numbers(host):
            self._ask()
        else:
            self._ask_beside()

    def _ask_beside(self) -> None:
        try:
            # Thread.start() waits until the system has run the new thread, which no push does.
            _thread.start_new_thread(self._ask, ())
        except RuntimeError as error:
            # There are no more threads, or the interpreter is about to end.
            self.failure = error
            self.done.set()

    def _ask(self) -> None:
        try:
            self.found = _found(self._host, self._port)
        except Exception as error:  # noqa: BLE001 - a host may be what no resolver would take
            self.failure = error
        self.done.set()
        self._answered()


def _found(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    if not found:
        raise OSError("the host has no address")
    # As datadog has it: agents listen there more often than on both.
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return [(family, kind, protocol, where) for family, kind, protocol, _, where in found]


def _in_numbers(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return True
    return False
