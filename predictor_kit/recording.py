"""The metrics of a run as a table: a recorder beside the container's own client."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dependency_injector import providers

from predictor_kit.container import PredictorContainer, extended
from predictor_kit.metrics import FanOutMetrics, InMemoryMetrics, MetricCall, MetricsClient

__all__ = ["Recording"]

MOST = 100
"""So many series are shown: a tag that is different each time must not fill the screen."""

HEADINGS = ("kind", "metric", "tags", "pushes", "value")


class Recording:
    """A recorder that stands beside a container's own metrics client."""

    def __init__(self) -> None:
        """Nothing is recorded yet."""
        self._recorder = InMemoryMetrics()
        self._clients: list[FanOutMetrics] = []

    def added_to(self, container: type[PredictorContainer]) -> type[PredictorContainer]:
        """A subclass of ``container`` whose metrics go where they went before, and to the recorder."""
        # The argument's name is the provider's own, so that the way to a failure names it once.
        client = providers.Singleton(self._fan_out, metrics_client=container.metrics_client)
        return extended(container, {"metrics_client": client})

    def _fan_out(self, metrics_client: MetricsClient) -> FanOutMetrics:
        self._clients.append(FanOutMetrics([metrics_client, self._recorder]))
        return self._clients[-1]

    def table(self) -> str:
        """What was pushed, a line for each series, below where it was sent and how much of it was lost."""
        calls = self._recorder.calls
        series: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for call in calls:
            series[_series(call)].append(call.value)
        rows = [(*key, str(len(values)), _summary(key[0], values)) for key, values in sorted(series.items())]
        more = [f"  and {len(rows) - MOST} series more"] if len(rows) > MOST else []
        lines = [*_aligned([HEADINGS, *rows[:MOST]]), *more] if rows else []
        return "\n".join([self._title(len(calls)), *lines])

    def _title(self, pushed: int) -> str:
        for both in self._clients:
            both.flush()
        own = [client for both in self._clients for client in both.clients[:1]]
        lost: Counter[str] = Counter()
        for client in (*own, *self._clients):
            dropped = getattr(client, "dropped", None)
            lost.update(dropped if isinstance(dropped, Mapping) else {})
        names = ", ".join(type(client).__name__ for client in own)
        taken = f"{pushed} pushed to {names}" if names else "the predictor asks for no metrics client"
        return "; ".join([f"metrics: {taken}", *(_loss(reason, count) for reason, count in lost.items())])


def _loss(reason: str, count: int) -> str:
    return f"{count} not taken ({reason})" + (": does a server listen?" if reason == "send" else "")


def _series(call: MetricCall) -> tuple[str, ...]:
    return (call.kind, call.metric, ",".join(f"{key}:{value}" for key, value in sorted(call.tags.items())))


def _summary(kind: str, values: Sequence[float]) -> str:
    if kind == "counter":
        return f"sum {sum(values):g}"
    if kind == "gauge":
        return f"last {values[-1]:g}"
    return f"min {min(values):.3g}, mean {sum(values) / len(values):.3g}, max {max(values):.3g}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells: list[Any] = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  " + "  ".join(cells).rstrip()
