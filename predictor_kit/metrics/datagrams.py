"""Datagrams of many metrics, which a package's client writes and a socket of ours sends."""

import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple

from predictor_kit.metrics.destination import Address
from predictor_kit.metrics.series import Batch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["LARGEST_DATAGRAM", "Connection", "Datagram", "Writer", "connected"]

LARGEST_DATAGRAM = 1432
"""In bytes; what datadog's client has for UDP, as it fits one packet of any network."""

# A server reads while more is coming: 32 datagrams fit into the smallest buffer of a socket in use.
_BURST = 32
_BURST_SECONDS = 0.001


class Datagram(NamedTuple):
    """``send`` sends it, and ``pushes`` is how many pushes it stands for."""

    send: Callable[[], object]
    pushes: int


class Writer(ABC):
    """Makes datagrams of batches, by the client of a package."""

    @abstractmethod
    def send_by(self, own: socket.socket) -> None:
        """Use this socket, which is connected."""

    @abstractmethod
    def datagrams(self, batches: Iterable[Batch]) -> Iterator[Datagram]:
        """Each is sent before the next is asked for."""


class Connection:
    """A socket, and who writes the datagrams that it sends to ``address``."""

    def __init__(self, writer: Writer, own: "_ErrorKeepingSocket", address: Address) -> None:
        self.address = address
        self._writer, self._socket = writer, own
        self._before = 0
        writer.send_by(own)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(
        self,
        batches: Iterable[Batch],
        until: float,
        lost: Callable[[Exception, int], None],
        handled: Callable[[int], None],
    ) -> None:
        """Send; ``lost`` is told each failure, and how many pushes it was, ``handled`` all that are done.

        After the first few datagrams, which take no time to speak of, it stops at ``until``.
        """
        for number, datagram in enumerate(self._writer.datagrams(batches), 1):
            if number > _BURST and monotonic() > until:
                lost(TimeoutError("there was no time left"), datagram.pushes)
            else:
                if number % _BURST == 0:
                    sleep(_BURST_SECONDS)
                self._send(datagram, lost)
            handled(datagram.pushes)

    def _send(self, datagram: Datagram, lost: Callable[[Exception, int], None]) -> None:
        datagram.send()
        if self._socket.refusal and self._before:
            lost(self._socket.refusal, self._before)
        if self._socket.failure:
            lost(self._socket.failure, datagram.pushes)
        self._before = 0 if self._socket.failure else datagram.pushes
        self._socket.refusal = self._socket.failure = None


class _ErrorKeepingSocket(socket.socket):
    """A UDP socket that keeps the error of a send instead of raising it.

    The packages' clients would count none. ``failure`` is what kept a
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


def connected(addresses: Iterable[Address], writer: Writer) -> Connection:
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
            return Connection(writer, made, address)
    raise failure
