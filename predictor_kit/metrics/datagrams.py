"""Datagrams of many metrics, which datadog's client writes and a socket of ours sends."""

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from predictor_kit.metrics.destination import Address
from predictor_kit.metrics.series import Batch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from datadog.dogstatsd.base import DogStatsd

__all__ = ["LARGEST_DATAGRAM", "UNSPLIT", "Connection", "connected"]

LARGEST_DATAGRAM = 1432
"""In bytes; what datadog's client has for UDP, as it fits one packet of any network."""

UNSPLIT = 65507
"""The most that a datagram can be: datadog's client must not split what is one datagram here."""

# A server reads while more is coming: 32 datagrams fit into the smallest buffer of a socket in use.
_BURST = 32
_BURST_SECONDS = 0.001

_MANY = 4

_Call = tuple[Callable[..., Any], str, list[str], list[str]]


class Connection:
    """datadog's client, and the socket through which it sends to ``address``."""

    def __init__(self, client: "DogStatsd", own: "_ErrorKeepingSocket", address: Address) -> None:
        self.address = address
        self._client, self._socket = client, own
        client.socket = own
        self._puts = {"counter": client.increment, "gauge": client.gauge, "histogram": client.histogram}
        self._constant = _constant_size(client)
        self._before = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, batches: Iterable[Batch], until: float, lost: Callable[[Exception, int], None]) -> None:
        """Send; ``lost`` is told each failure, and how many pushes it was.

        After the first few datagrams, which take no time to speak of, it stops at ``until``.
        """
        for number, (calls, pushes) in enumerate(self._datagrams(batches), 1):
            if number > _BURST and monotonic() > until:
                lost(TimeoutError("there was no time left"), pushes)
                continue
            if number % _BURST == 0:
                sleep(_BURST_SECONDS)
            self._send(calls, pushes, lost)

    def _send(self, calls: list[_Call], pushes: int, lost: Callable[[Exception, int], None]) -> None:
        with self._client:
            for call in calls:
                self._put(*call)
        if self._socket.refusal and self._before:
            lost(self._socket.refusal, self._before)
        if self._socket.failure:
            lost(self._socket.failure, pushes)
        self._before = 0 if self._socket.failure else pushes
        self._socket.refusal = self._socket.failure = None

    def _put(self, put: Callable[..., Any], metric: str, texts: list[str], tags: list[str]) -> None:
        if len(texts) < _MANY:
            for text in texts:
                put(metric, text, tags)
            return
        # datadog's client writes out constant tags once, and those of a call each time.
        constant = list(self._client.constant_tags)
        self._client.constant_tags = [*tags, *constant]
        try:
            for text in texts:
                put(metric, text)
        finally:
            self._client.constant_tags = constant

    def _datagrams(self, batches: Iterable[Batch]) -> Iterator[tuple[list[_Call], int]]:
        """The calls that fill one datagram, and how many pushes they stand for."""
        calls: list[_Call] = []
        room, pushes = LARGEST_DATAGRAM, 0
        for batch in batches:
            texts, start = _texts(batch), 0
            line = self._constant + _size(batch) + max(map(len, texts))
            # Only the samples of a histogram may be parted.
            least = 1 if batch.kind == "histogram" else len(texts)
            while start < len(texts):
                if calls and room < least * line:
                    yield calls, pushes
                    calls, room, pushes = [], LARGEST_DATAGRAM, 0
                part = texts[start : start + max(least, room // line)]
                calls.append((self._puts[batch.kind], batch.metric, part, batch.tags))
                start += len(part)
                room -= len(part) * line
                pushes += len(part) if batch.kind == "histogram" else batch.pushes
        yield calls, pushes


class _ErrorKeepingSocket(socket.socket):
    """A UDP socket that keeps the error of a send instead of raising it.

    datadog's client would write a log line for each, and count none. ``failure`` is what kept a
    datagram from leaving, or from being taken where that is known at once; ``refusal`` says that
    nobody took the one before.
    """

    failure: Exception | None = None
    refusal: Exception | None = None

    def send(self, data: "ReadableBuffer", flags: int = 0, /) -> int:
        """Send one datagram; 0 if it did not leave."""
        try:
            sent = self._send_past_refusal(data, flags)
            code = self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        except OSError as error:
            self.failure = error
            return 0
        if code:
            self.failure = OSError(code, os.strerror(code))
        return sent

    def _send_past_refusal(self, data: "ReadableBuffer", flags: int) -> int:
        try:
            return super().send(data, flags)
        except ConnectionRefusedError as error:
            self.refusal = error
            return super().send(data, flags)


def connected(addresses: Iterable[Address], client: "DogStatsd") -> Connection:
    """A connection to the first of ``addresses`` that can be had; raises what the last one raised."""
    failure: Exception = OSError("the host has no address")
    for address in addresses:
        family, kind, protocol, where = address
        made = _ErrorKeepingSocket(family, kind, protocol)
        try:
            made.setblocking(False)
            made.connect(where)
        except OSError as error:
            made.close()
            failure = error
        else:
            return Connection(client, made, address)
    raise failure


def _texts(batch: Batch) -> list[str]:
    """The values as they are sent; datadog's client writes a text as it is, and its length is known."""
    # -0.0 becomes 0.0: its sign would make it a change by nothing.
    texts = [str(value + 0) for value in batch.values]
    # To a statsd server -5 is a change by -5; after 0 in the same datagram it is the value.
    return ["0", *texts] if batch.kind == "gauge" and batch.values[0] < 0 else texts


def _size(batch: Batch) -> int:
    """How many bytes a line of it has beside its value."""
    return _bytes(f"{batch.metric}:|c|#{','.join(batch.tags)}\n")


def _constant_size(client: "DogStatsd") -> int:
    """How many bytes the environment adds to each line."""
    added = [*client.constant_tags, f"|e:{os.environ.get('DD_EXTERNAL_ENV', '')}"]
    return _bytes(",".join(added))


def _bytes(text: str) -> int:
    # Tags may hold what is no text; datadog's client puts one character in the place of each.
    return len(text.encode(errors="replace"))
