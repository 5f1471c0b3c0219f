"""One push to several clients."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic

from predictor_kit.metrics.admission import Kind
from predictor_kit.metrics.ending import End, end_within, flush_at_once
from predictor_kit.metrics.guard import TIMEOUT, GuardedMetrics
from predictor_kit.metrics.protocol import MetricsClient

__all__ = ["FanOutMetrics"]

_LOG = logging.getLogger("predictor_kit.metrics")
_FAILED: dict[End, str] = {
    "flush": "a metrics client could not be flushed: %s",
    "close": "a metrics client could not be closed: %s",
}
_METHODS: dict[Kind, str] = {"counter": "increment", "gauge": "gauge", "histogram": "histogram"}


class FanOutMetrics(GuardedMetrics):
    """Hands every push to each of ``clients``, in order; what one of them raises stops no other.

    The push is guarded here, so a client of your own gets plain values only, and its own dict of
    tags (None where there are none). ``dropped`` counts what was refused here and, as ``send``,
    each client that raised; what a client drops silently is in its own ``dropped``.
    """

    def __init__(self, clients: Iterable[MetricsClient]) -> None:
        self._clients = tuple(clients)
        self._closed = False
        super().__init__()

    @property
    def clients(self) -> tuple[MetricsClient, ...]:
        """The clients that every push is handed to, in order."""
        return self._clients

    def flush(self, timeout: float = TIMEOUT) -> None:
        """Flush every client that has a ``flush()``, within ``timeout`` seconds for all of them together.

        What can leave at once leaves first, whatever another client has to wait for. One that fails
        is logged, and stops no other. A client of your own is told how many seconds are left if its
        ``flush`` has a parameter ``timeout``.
        """
        self._end("flush", monotonic() + timeout)

    def close(self, timeout: float = TIMEOUT) -> None:
        """Close every client that has a ``close()``, within ``timeout`` seconds, as `flush` does.

        A second call does nothing.
        """
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            self._end("close", monotonic() + timeout)

    def _flush_at_once(self) -> None:
        for client in self._clients:
            # It is told where there is time.
            with suppress(Exception):
                flush_at_once(client)

    def _end(self, end: End, deadline: float) -> None:
        """Flush or close each client until ``deadline``; a failure is logged."""
        # What one can hand on now must not wait for another one whose server's name is not known yet.
        self._flush_at_once()
        for client in self._clients:
            try:
                end_within(client, end, max(0.0, deadline - monotonic()))
            except Exception:  # noqa: BLE001 - the others are called all the same
                with suppress(Exception):
                    _LOG.exception(_FAILED[end], type(client).__name__)

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        for client in self._clients:
            try:
                getattr(client, _METHODS[kind])(metric, value, dict(tags) or None)
            except Exception as error:  # noqa: BLE001 - the others must have it all the same
                self._lost(error)
