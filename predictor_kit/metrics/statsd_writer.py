"""Datagrams of lines as the package statsd writes them."""

import socket
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from statsd.client.base import StatsClientBase
from statsd.client.udp import Pipeline

from predictor_kit.metrics.datagrams import LARGEST_DATAGRAM, Datagram, Writer
from predictor_kit.metrics.series import Batch

__all__ = ["StatsdWriter"]

_UNSPLIT = 65507


class StatsdWriter(Writer):
    """Fills datagrams with the package's lines."""

    _socket: socket.socket

    def __init__(self) -> None:
        self._lines = _Lines()

    def send_by(self, own: socket.socket) -> None:
        """Use this socket, which is connected."""
        self._socket = own

    def datagrams(self, batches: Iterable[Batch]) -> Iterator[Datagram]:
        """As many lines in each as it has room for."""
        lines: list[bytes] = []
        room, pushes = LARGEST_DATAGRAM, 0
        for batch in batches:
            for line, share in self._parts(batch):
                if lines and room < len(line):
                    yield self._datagram(lines, pushes)
                    lines, room, pushes = [], LARGEST_DATAGRAM, 0
                lines.append(line)
                room -= len(line) + 1
                pushes += share
        if lines:
            yield self._datagram(lines, pushes)

    def _datagram(self, lines: list[bytes], pushes: int) -> Datagram:
        return Datagram(partial(self._socket.send, b"\n".join(lines)), pushes)

    def _parts(self, batch: Batch) -> Iterator[tuple[bytes, int]]:
        """What must not be parted, and how many pushes it stands for: only samples are apart."""
        lines = [self._lines.of(batch.kind, batch.metric, value) for value in batch.values]
        if batch.kind == "histogram":
            yield from ((line, 1) for line in lines)
        else:
            yield b"\n".join(lines), batch.pushes


class _Lines(StatsClientBase):  # type: ignore[misc]  # the package is untyped
    """The package's client, which gives its lines back instead of sending them."""

    _prefix = None
    # Room for both lines of a negative gauge in one datagram: apart, others could come between.
    _maxudpsize = _UNSPLIT

    def __init__(self) -> None:
        self._line = b""

    # What is pushed is a number of any kind, and the package's defaults look like int.
    def of(self, kind: str, name: str, value: Any) -> bytes:
        """The line of one metric; a histogram is a timing, in milliseconds."""
        # -0.0 becomes 0.0: its sign would make it a change by nothing.
        value += 0
        if kind == "counter":
            self.incr(name, value)
        elif kind == "gauge":
            self.gauge(name, value)
        else:
            self.timing(name, value)
        return self._line

    def pipeline(self) -> Pipeline:
        """Several lines as one; the package puts a negative gauge into one."""
        return Pipeline(self)

    # As in the package's own subclasses, which the base's signature is too short for.
    def _send(self, data: str) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._line = data.encode("ascii")
