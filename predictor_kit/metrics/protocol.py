"""What a predictor may expect of its ``metrics_client``."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

__all__ = ["MetricsClient"]


@runtime_checkable
class MetricsClient(Protocol):
    """The three methods of Cortex's metrics client.

    Any object with them can be a predictor's ``metrics_client``. The clients of this package
    promise more: no push raises, and ``dropped`` counts what was lost, by reason. A client of
    your own should promise the first; behind `FanOutMetrics`, `with_tags` and `with_prefix` it
    need not. Where it has a ``close()``, that is called when the predictor is closed.
    """

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        """Add ``value`` to the counter ``metric``.

        ``tags`` divide a metric into series, ``{"model": "v1"}``: both sides are sent as text.
        """

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Set the gauge ``metric`` to ``value``; ``tags`` as for a counter."""

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Add the sample ``value`` to the histogram ``metric``; ``tags`` as for a counter."""
