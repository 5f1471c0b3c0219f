"""Metrics that a Prometheus server fetches."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from predictor_kit.metrics.admission import Kind, RefusedError
from predictor_kit.metrics.extras import brought_by
from predictor_kit.metrics.guard import TIMEOUT, GuardedMetrics
from predictor_kit.metrics.ports import checked_port

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

__all__ = ["MILLISECONDS", "PrometheusMetrics"]

MILLISECONDS = (1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10000.0)
"""The upper bounds of a histogram's buckets where none are given: from a millisecond to ten seconds."""

_PLAIN = frozenset({int, float})


class PrometheusMetrics(GuardedMetrics):
    """Adds each push up in a registry of ``prometheus_client`` (extra ``prometheus``), to be scraped.

    With ``port`` the registry is served over HTTP from there, at the address ``address``; 0 takes
    any free port. Without, it is yours to serve. ``registry`` is prometheus_client's default one
    unless given; clients of one registry share its metrics. ``buckets`` are the upper bounds of
    histograms, ascending, in the unit of what is pushed (milliseconds, by default). Raises
    `MissingPackageError` without the package, `ValueError` if the port or the buckets are none,
    `TypeError` if the registry is none, `OSError` if the port cannot be had.

    The port is given back by `close`, or soon after the client was collected. A forked child does
    not serve, and has no port.

    Names and tags follow Prometheus: everything but ASCII letters, digits and ``_`` becomes
    ``_``, a counter's name ends in ``_total``, and the tags ``le`` and ``__...`` get ``exported_``
    in front. What a metric is, and which keys its tags can have, is fixed by its first push: a
    push that is another kind, or has a key more, is dropped and counted as ``conflict``; a key
    that is left out is empty, which is the same to Prometheus. A counter cannot go down: such a
    push is counted as ``negative``.
    """

    def __init__(
        self,
        port: int | None = None,
        address: str = "0.0.0.0",  # noqa: S104 - it is scraped from another machine
        registry: "CollectorRegistry | None" = None,
        buckets: Iterable[float] = MILLISECONDS,
    ) -> None:
        with brought_by("prometheus", "PrometheusMetrics"):
            # Only for those who use it.
            from prometheus_client import REGISTRY  # noqa: PLC0415 - see above

            from predictor_kit.metrics.prometheus_families import (  # noqa: PLC0415 - see above
                Endpoint,
                checked_buckets,
                families_of,
            )
        self._buckets = checked_buckets(buckets)
        self._registry = REGISTRY if registry is None else registry
        self._families = families_of(self._registry)
        self._children: dict[tuple[object, ...], Callable[[float], None]] = {}
        self._closed = False
        self._endpoint: Endpoint | None = None
        if port is not None:
            self._endpoint = Endpoint(checked_port(port, "port", "TCP", 0), address, self._registry, self)
        super().__init__()

    @property
    def port(self) -> int | None:
        """The port from which the registry is served; None where it is not."""
        return self._endpoint.port if self._endpoint else None

    def close(self, timeout: float = TIMEOUT) -> None:
        """Stop serving, within ``timeout`` seconds; later pushes are dropped and counted as ``closed``.

        The registry stays as it is.
        """
        with self._lock:
            self._closed = True
            self._children = {}
            endpoint, self._endpoint = self._endpoint, None
        if endpoint:
            endpoint.close(timeout)

    def _push(self, kind: Kind, metric: object, value: Any, tags: Any) -> None:
        try:
            # Found under what was admitted before: then it is admitted as it is, but for its value.
            child = self._children[_series(kind, metric, tags) if tags else (kind, metric)]
            if type(value) in _PLAIN and value - value == 0:
                child(value)
                return
        except Exception:  # noqa: BLE001, S110 - it is new, or odd: the guard tells
            pass
        super()._push(kind, metric, value, tags)

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        if self._closed:
            raise RefusedError("closed", metric)
        if kind == "counter" and value < 0:
            raise RefusedError("negative", metric)
        series = _series(kind, metric, tags)
        child = self._children.get(series)
        if child is None:
            child = self._children[series] = self._families.child(kind, metric, tags, self._buckets)
        child(value)

    def _after_fork(self) -> None:
        super()._after_fork()
        self._families.after_fork()
        endpoint, self._endpoint = self._endpoint, None
        if endpoint:
            endpoint.leave()


def _series(kind: Kind, metric: object, tags: Mapping[str, object]) -> tuple[object, ...]:
    return (kind, metric, *tags, *tags.values())
