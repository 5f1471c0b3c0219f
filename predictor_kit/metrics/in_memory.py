"""Metrics kept in a list, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass

from predictor_kit.metrics.admission import Kind
from predictor_kit.metrics.guard import GuardedMetrics

__all__ = ["InMemoryMetrics", "MetricCall"]


@dataclass(frozen=True, slots=True)
class MetricCall:
    """One push: ``kind`` is ``counter``, ``gauge`` or ``histogram``; the rest is as it would be sent.

    So ``value`` is a plain int or float (``True`` is 1), and ``tags`` is a copy with both sides
    as text.
    """

    kind: Kind
    metric: str
    value: float
    tags: Mapping[str, str]


class InMemoryMetrics(GuardedMetrics):
    """Records every push, in order, without bound; may be shared by threads.

    >>> metrics = InMemoryMetrics()
    >>> metrics.increment("predictions", tags={"species": "setosa"})
    >>> metrics.calls
    (MetricCall(kind='counter', metric='predictions', value=1, tags={'species': 'setosa'}),)
    """

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[MetricCall] = []

    @property
    def calls(self) -> tuple[MetricCall, ...]:
        """Every push so far, or since `clear`; the oldest first."""
        with self._lock:
            return tuple(self._calls)

    def clear(self) -> None:
        """Forget the pushes recorded so far; the counts in ``dropped`` stay."""
        with self._lock:
            self._calls.clear()

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        with self._lock:
            self._calls.append(MetricCall(kind, metric, value, tags))
