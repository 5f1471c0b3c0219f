"""Metrics switched off."""

from collections.abc import Mapping

from predictor_kit.metrics.guard import TIMEOUT

__all__ = ["NullMetrics"]


class NullMetrics:
    """Takes every push and does nothing with it, not even look at it."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Always empty: nothing was meant to arrive."""
        return {}

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        """Do nothing."""

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Do nothing."""

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Do nothing."""

    def flush(self, timeout: float = TIMEOUT) -> None:
        """Do nothing."""

    def close(self, timeout: float = TIMEOUT) -> None:
        """Do nothing."""
