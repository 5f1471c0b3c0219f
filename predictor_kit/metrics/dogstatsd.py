"""Metrics over UDP to a DogStatsD server: a Datadog agent, or Cortex's statsd exporter."""

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from predictor_kit.metrics.datadog_writer import UNSPLIT, DatadogWriter
from predictor_kit.metrics.datagrams import Writer
from predictor_kit.metrics.ports import checked_port
from predictor_kit.metrics.udp import UdpMetrics

if TYPE_CHECKING:
    from datadog.dogstatsd.base import DogStatsd

__all__ = ["DogStatsdMetrics"]

_HOST = "127.0.0.1"
_PORT = 8125
_ENVIRONMENT = (("DD_AGENT_HOST", "DD_DOGSTATSD_PORT"), ("HOST_IP", "CORTEX_STATSD_PORT"))


class DogStatsdMetrics(UdpMetrics):
    """Sums up what is pushed, and sends it by datadog's own client every ``flush_interval`` seconds.

    A push costs no system call and no lock: counters are summed up, a gauge keeps its last value, a
    histogram its samples. A daemon thread sends them; it imports datadog, so that making a client
    does not wait for that. With a ``flush_interval`` of 0 each push is sent before the call returns.
    `flush` sends at once what was pushed; `close`, and the end of the interpreter, send the rest.
    A process that is killed loses what was pushed since the last flush.

    ``host`` is a name or an address, ``port`` a UDP port from 1 to 65535. What is not given comes
    from ``DD_AGENT_HOST`` and ``DD_DOGSTATSD_PORT``; if neither is set, from Cortex's ``HOST_IP``
    and ``CORTEX_STATSD_PORT``; else it is 127.0.0.1 and 8125. Both are fixed when the client is
    made. Raises `ValueError` if the port is none, or the interval is not from 0 to 3600.

    A name is looked up by a thread, every minute; until it is first known, pushes are kept. While
    it cannot be resolved, which is tried every 10 seconds, pushes are dropped and counted as
    ``send``, as are those of which the system says that they did not leave or nobody took them. UDP
    promises no more: a push that is not counted may still have been lost.

    20,000 series are kept at once, and 100,000 samples of histograms beside those of the last
    interval; what is beyond is dropped and counted as ``series`` and ``samples``. A series that was
    not used for a minute leaves, and makes room.

    Other variables of Datadog's mean here what they mean to its client, which reads them at the
    first flush. Tags are added from ``DATADOG_TAGS``, and as ``env``, ``service``, ``version`` and
    ``dd.internal.entity_id`` from ``DD_ENV``, ``DD_SERVICE``, ``DD_VERSION`` and ``DD_ENTITY_ID``;
    ``DD_EXTERNAL_ENV`` is added to each line; ``DD_DOGSTATSD_DISABLE`` switches sending off.
    ``DD_DOGSTATSD_URL`` is not read, and Datadog's telemetry and origin detection are off.

    A negative gauge leaves as two lines in one datagram, 0 and then its value, since a statsd
    server takes a sign for a change. A datagram has at most 1,432 bytes, unless one metric is longer.
    """

    def __init__(self, host: str | None = None, port: int | None = None, flush_interval: float = 0.3) -> None:
        named_host, named_port, origin = _named_by_environment()
        self.host: str = host or named_host
        if port is not None:
            named_port, origin = port, "port"
        self.port: int = checked_port(named_port, origin, "UDP")
        super().__init__(flush_interval)

    def _ready(self) -> bool:
        ready = super()._ready()
        with suppress(Exception):  # raised again where it is counted
            _client_class()
        return ready

    def _writer(self) -> Writer:
        return DatadogWriter(
            _client_class()(
                host=self.host,
                port=self.port,
                disable_buffering=True,
                disable_telemetry=True,
                max_buffer_len=UNSPLIT,
                origin_detection_enabled=False,
                track_instance=False,
            )
        )


_imported: "list[type[DogStatsd]]" = []
_importing = threading.RLock()


def _client_class() -> "type[DogStatsd]":
    if not _imported:
        with _importing:
            from datadog.dogstatsd.base import DogStatsd  # noqa: PLC0415 - 0.1 s, which no push waits for

            _imported.append(DogStatsd)
    return _imported[0]


def _before_fork() -> None:
    # A module that is half imported when the process is copied would block the child for ever.
    if not _importing.acquire(blocking=False):
        _importing.acquire()
        # It came too late to be called before this fork, but will be called after it.
        getattr(sys.modules.get("datadog.dogstatsd.base"), "pre_fork", bool)()


if hasattr(os, "register_at_fork"):  # pragma: no branch - where there is no fork, nothing is to be done
    os.register_at_fork(
        before=_before_fork, after_in_parent=_importing.release, after_in_child=_importing.release
    )


def _named_by_environment() -> tuple[str, int | str, str]:
    """Host, port and the port's variable; a pair of variables counts as soon as one of it is set."""
    for host_name, port_name in _ENVIRONMENT:
        host, port = os.environ.get(host_name), os.environ.get(port_name)
        if host or port:
            return host or _HOST, port or _PORT, port_name
    return _HOST, _PORT, "port"
