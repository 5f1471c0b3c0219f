"""A metrics client for files: it needs nothing of predictor_kit, only the three methods."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

__all__ = ["TallyMetrics"]


class TallyMetrics:
    """Counts the pushes of each metric, and writes the counts to ``path`` when it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pushes: Counter[str] = Counter()

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        """Count one push."""
        self._pushes[metric] += 1

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Count one push."""
        self._pushes[metric] += 1

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Count one push."""
        self._pushes[metric] += 1

    def close(self) -> None:
        """Write the counts, a line for each metric."""
        lines = (f"{metric} {pushes}\n" for metric, pushes in sorted(self._pushes.items()))
        self._path.write_text("".join(lines), encoding="utf-8")
