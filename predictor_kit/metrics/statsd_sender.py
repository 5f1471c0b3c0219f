"""The statsd package's own lines, over a socket that says what it could not send."""

import socket
from typing import Any

from statsd.client.base import StatsClientBase
from statsd.client.udp import Pipeline

from predictor_kit.metrics.admission import Kind

__all__ = ["Sender"]

_LARGEST_DATAGRAM = 65507


class Sender(StatsClientBase):  # type: ignore[misc]  # the package is untyped
    """Sends to the first address of ``host``, over a connected socket that never blocks.

    The package's own client swallows what the system says of a datagram; here it is raised, as
    `OSError`. The constructor resolves the name, which may take long; where that fails it raises
    `OSError`, too.
    """

    _prefix = None
    # Room for both lines of a negative gauge in one datagram: apart, others could come between.
    _maxudpsize = _LARGEST_DATAGRAM

    def __init__(self, host: str, port: int) -> None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        # IPv4 first: servers listen there more often than on both.
        family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        self._socket = socket.socket(family, kind, protocol)
        try:
            self._socket.setblocking(False)
            # Only a connected socket is told that nobody listens.
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise

    # What is pushed is a number of any kind, and the package's defaults look like int.
    def push(self, kind: Kind, name: str, value: Any) -> None:
        """Send one metric; a histogram is a timing, in milliseconds."""
        if kind == "counter":
            self.incr(name, value)
        elif kind == "gauge":
            self.gauge(name, value)
        else:
            self.timing(name, value)

    def pipeline(self) -> Pipeline:
        """Several lines in one datagram; the package puts a negative gauge into one."""
        return Pipeline(self)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    # As in the package's own subclasses, which the base's signature is too short for.
    def _send(self, data: str) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        datagram = data.encode("ascii")
        try:
            self._socket.send(datagram)
        except ConnectionRefusedError:
            # It was the datagram before that nobody took; this one has not been tried yet.
            self._socket.send(datagram)
            raise
