"""One push to several clients."""

import logging
from collections.abc import Iterable
from contextlib import suppress

from predictor_kit.metrics.admission import Kind
from predictor_kit.metrics.guard import GuardedMetrics
from predictor_kit.metrics.protocol import MetricsClient

__all__ = ["FanOutMetrics"]

_LOG = logging.getLogger("predictor_kit.metrics")
_METHODS: dict[Kind, str] = {"counter": "increment", "gauge": "gauge", "histogram": "histogram"}


class FanOutMetrics(GuardedMetrics):
    """Hands every push to each of ``clients``, in order; what one of them raises stops no other.

    The push is guarded here, so a client of your own gets plain values only, and its own dict of
    tags (None where there are none). ``dropped`` counts what was refused here and, as ``send``,
    each client that raised; what a client drops silently is in its own ``dropped``.
    """

    def __init__(self, clients: Iterable[MetricsClient]) -> None:
        super().__init__()
        self._clients = tuple(clients)

    @property
    def clients(self) -> tuple[MetricsClient, ...]:
        """The clients that every push is handed to, in order."""
        return self._clients

    def flush(self) -> None:
        """Flush every client that has a ``flush()``; one that fails is logged, and stops no other."""
        self._call("flush", "a metrics client could not be flushed: %s")

    def close(self) -> None:
        """Close every client that has a ``close()``; one that fails is logged, and stops no other."""
        self._call("close", "a metrics client could not be closed: %s")

    def _call(self, method: str, failed: str) -> None:
        for client in self._clients:
            try:
                getattr(client, method, _nothing)()
            except Exception:  # noqa: BLE001 - the others are called all the same
                with suppress(Exception):
                    _LOG.exception(failed, type(client).__name__)

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        for client in self._clients:
            try:
                getattr(client, _METHODS[kind])(metric, value, dict(tags) or None)
            except Exception as error:  # noqa: BLE001 - the others must have it all the same
                self._lost(error)


def _nothing() -> None:
    pass
