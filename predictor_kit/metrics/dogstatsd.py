"""Metrics over UDP to a DogStatsD server: a Datadog agent, or Cortex's statsd exporter."""

import os
import socket
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from predictor_kit.metrics.admission import Kind, RefusedError
from predictor_kit.metrics.guard import GuardedMetrics

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from datadog.dogstatsd.base import DogStatsd

__all__ = ["DogStatsdMetrics"]

_HOST = "127.0.0.1"
_PORT = 8125
_ENVIRONMENT = (("DD_AGENT_HOST", "DD_DOGSTATSD_PORT"), ("HOST_IP", "CORTEX_STATSD_PORT"))
_LARGEST_DATAGRAM = 65507
_RECONNECT_SECONDS = 10.0


class DogStatsdMetrics(GuardedMetrics):
    """Sends each push as a datagram, by datadog's own client, before the call returns.

    ``host`` is a name or an address, ``port`` a UDP port from 1 to 65535. What is not given comes
    from ``DD_AGENT_HOST`` and ``DD_DOGSTATSD_PORT``; if neither is set, from Cortex's ``HOST_IP``
    and ``CORTEX_STATSD_PORT``; else it is 127.0.0.1 and 8125. Both are fixed when the client is
    made. Raises `ValueError` if the port is none.

    The socket is opened at the first push. A name that cannot be resolved is asked for again after
    10 seconds; until then pushes are dropped and counted as ``send``, as are those of which the
    system says that they did not leave. UDP promises no more: a push that is not counted may still
    have been lost.

    Tags may be added from outside, by Datadog's convention: those of ``DATADOG_TAGS``, and
    ``env``, ``service`` and ``version`` from ``DD_ENV``, ``DD_SERVICE`` and ``DD_VERSION``.
    ``DD_DOGSTATSD_DISABLE`` switches sending off. Datadog's telemetry and origin detection are off.

    A negative gauge leaves as two lines in one datagram, 0 and then its value, since a statsd
    server takes a sign for a change.
    """

    def __init__(self, host: str | None = None, port: int | None = None) -> None:
        from datadog.dogstatsd.base import DogStatsd  # noqa: PLC0415 - 0.1 s, for those only who use it

        named_host, named_port, origin = _named_by_environment()
        self.host: str = host or named_host
        self.port: int = _port(named_port, origin) if port is None else _port(port, "port")
        self._client_class = DogStatsd
        self._connection: _Connection | None = None
        self._closed = False
        self._unreachable_until = 0.0
        super().__init__()

    def close(self) -> None:
        """Close the socket; later pushes are dropped and counted as ``closed``."""
        with self._lock:
            self._closed = True
            self._disconnect()

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        with self._lock:
            if self._closed:
                raise RefusedError("closed", metric)
            connection = self._connection or self._connect()
            _send(connection.client, kind, metric, value, [f"{key}:{text}" for key, text in tags.items()])
            error = connection.socket.take_error()
            # The name may stand for another address by now.
            if error and monotonic() >= connection.opened + _RECONNECT_SECONDS:
                self._disconnect()
        if error:
            raise error

    def _connect(self) -> "_Connection":
        if monotonic() < self._unreachable_until:
            raise ConnectionError("no connection could be had before, and is tried again later")
        try:
            connection = _connected(self._client_class, self.host, self.port)
        except Exception:
            # Counted from the end of the attempt: a resolver may take longer than the pause to fail.
            self._unreachable_until = monotonic() + _RECONNECT_SECONDS
            raise
        self._connection = connection
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.socket.close()

    def _after_fork(self) -> None:
        super()._after_fork()
        # A new datadog client in the child: the parent's may be locked by a thread that is not here.
        self._disconnect()


class _ErrorKeepingSocket(socket.socket):
    """A UDP socket that keeps the error of a send instead of raising it.

    datadog's client would write a log line for each, and count none.
    """

    _error: OSError | None = None

    def send(self, data: "ReadableBuffer", flags: int = 0, /) -> int:
        """Send one datagram; 0 if it did not leave."""
        try:
            return self._send_past_refusal(data, flags)
        except OSError as error:
            self._error = error
            return 0

    def _send_past_refusal(self, data: "ReadableBuffer", flags: int) -> int:
        try:
            return super().send(data, flags)
        except ConnectionRefusedError as error:
            # It was the datagram before that nobody took; this one has not been tried yet.
            self._error = error
            return super().send(data, flags)

    def take_error(self) -> OSError | None:
        """The error kept since the last call, if any."""
        error, self._error = self._error, None
        return error


class _Connection(NamedTuple):
    client: "DogStatsd"
    socket: _ErrorKeepingSocket
    opened: float


def _connected(client_class: "type[DogStatsd]", host: str, port: int) -> _Connection:
    client = client_class(
        host=host,
        port=port,
        disable_buffering=True,
        disable_telemetry=True,
        max_buffer_len=_LARGEST_DATAGRAM,
        origin_detection_enabled=False,
        track_instance=False,
    )
    connected = _connected_socket(host, port)
    client.socket = connected
    return _Connection(client, connected, monotonic())


def _send(client: "DogStatsd", kind: Kind, metric: str, value: float, tags: list[str]) -> None:
    if kind == "counter":
        client.increment(metric, value, tags)
    elif kind == "histogram":
        client.histogram(metric, value, tags)
    elif value >= 0:
        client.gauge(metric, value, tags)
    else:
        # To a statsd server -5 is a change by -5; after 0 in the same datagram it is the value.
        with client:
            client.gauge(metric, 0, tags)
            client.gauge(metric, value, tags)


def _connected_socket(host: str, port: int) -> _ErrorKeepingSocket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    failure: Exception = OSError("the host has no address")
    # IPv4 first, as datadog has it: agents listen there more often than on both.
    for family, kind, protocol, _, address in sorted(found, key=lambda entry: entry[0] != socket.AF_INET):
        made = _ErrorKeepingSocket(family, kind, protocol)
        try:
            made.setblocking(False)
            made.connect(address)
        except OSError as error:
            made.close()
            failure = error
        else:
            return made
    raise failure


def _named_by_environment() -> tuple[str, int | str, str]:
    """Host, port and the port's variable; a pair of variables counts as soon as one of it is set."""
    for host_name, port_name in _ENVIRONMENT:
        host, port = os.environ.get(host_name), os.environ.get(port_name)
        if host or port:
            return host or _HOST, port or _PORT, port_name
    return _HOST, _PORT, "port"


def _port(written: int | str, origin: str) -> int:
    try:
        port = int(written)
    except ValueError:
        port = 0
    if not 0 < port < 65536:
        # Without the value, which may have come from the environment.
        raise ValueError(f"{origin} is not a UDP port, a whole number from 1 to 65535")
    return port
