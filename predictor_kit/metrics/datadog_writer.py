"""Datagrams as datadog's client writes them."""

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from predictor_kit.metrics.datagrams import LARGEST_DATAGRAM, Datagram, Writer
from predictor_kit.metrics.series import Batch

if TYPE_CHECKING:
    from datadog.dogstatsd.base import DogStatsd

__all__ = ["UNSPLIT", "DatadogWriter"]

UNSPLIT = 65507
"""The most that a datagram can be: datadog's client must not split what is one datagram here."""

_MANY = 4

_Call = tuple[Callable[..., Any], str, list[str], list[str]]


class DatadogWriter(Writer):
    """datadog's client, which writes the calls of a block into one datagram."""

    def __init__(self, client: "DogStatsd") -> None:
        self._client = client
        self._puts = {"counter": client.increment, "gauge": client.gauge, "histogram": client.histogram}
        self._constant = _constant_size(client)

    def send_by(self, own: socket.socket) -> None:
        """Use this socket, which is connected."""
        self._client.socket = own

    def datagrams(self, batches: Iterable[Batch]) -> Iterator[Datagram]:
        """As the calls that fill one datagram each."""
        calls: list[_Call] = []
        room, pushes = LARGEST_DATAGRAM, 0
        for batch in batches:
            texts, start = _texts(batch), 0
            line = self._constant + _size(batch) + max(map(len, texts))
            # Only the samples of a histogram may be parted.
            least = 1 if batch.kind == "histogram" else len(texts)
            while start < len(texts):
                if calls and room < least * line:
                    yield Datagram(partial(self._send, calls), pushes)
                    calls, room, pushes = [], LARGEST_DATAGRAM, 0
                part = texts[start : start + max(least, room // line)]
                calls.append((self._puts[batch.kind], batch.metric, part, batch.tags))
                start += len(part)
                room -= len(part) * line
                pushes += len(part) if batch.kind == "histogram" else batch.pushes
        yield Datagram(partial(self._send, calls), pushes)

    def _send(self, calls: list[_Call]) -> None:
        with self._client:
            for call in calls:
                self._put(*call)

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
