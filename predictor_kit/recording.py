"""The metrics of a run as a table: a recorder beside the container's own client."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dependency_injector import providers

from predictor_kit.container import PredictorContainer, extended
from predictor_kit.metrics import DerivedMetrics, FanOutMetrics, InMemoryMetrics, MetricCall, MetricsClient

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
        for both in self._clients:
            both.flush()
        calls = self._recorder.calls
        series: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for call in calls:
            series[_series(call)].append(call.value)
        rows = [(*key, str(len(values)), _summary(key[0], values)) for key, values in sorted(series.items())]
        more = [f"  and {len(rows) - MOST} series more"] if len(rows) > MOST else []
        lines = [*_aligned([HEADINGS, *rows[:MOST]]), *more] if rows else []
        replaced = any(key[0] == "gauge" and len(values) > 1 for key, values in series.items())
        return "\n".join([self._title(len(calls), replaced), *lines])

    def _title(self, recorded: int, replaced: bool) -> str:
        """Where it was sent and what was lost; ``replaced`` says that a gauge was set more than once."""
        if not self._clients:
            return "metrics: the predictor asks for no metrics client"
        own = [both.clients[0] for both in self._clients]
        names = ", ".join(type(client).__name__ for client in own)
        # What is refused here comes to no recorder; what a client raises is counted here, and does.
        refused = sum(sum(both.dropped.values()) - both.dropped.get("send", 0) for both in self._clients)
        losses = _losses(own, self._clients, replaced)
        return "; ".join([f"metrics: {recorded + refused} pushed to {names}", *losses])


def _losses(own: Sequence[object], before: Sequence[FanOutMetrics], replaced: bool) -> Iterator[str]:
    """What each client, each one behind it, and each one ``before`` it did not take, by reason."""
    clients = [behind for client in own for behind in _behind(client)]
    lost: Counter[tuple[str, str]] = Counter()
    # A client can be reached by several ways.
    for client in {id(client): client for client in [*clients, *before]}.values():
        is_fan_out = isinstance(client, FanOutMetrics)
        whose = "" if is_fan_out or client in own else f" by {type(client).__name__}"
        dropped = getattr(client, "dropped", None)
        for reason, count in dropped.items() if isinstance(dropped, Mapping) else ():
            unsent = reason == "send" and not is_fan_out
            # Of a gauge only the last value is sent, and counted if it is not.
            least = "at least " if unsent and replaced else ""
            lost[least, f"{whose} ({reason}){': does a server listen?' if unsent else ''}"] += count
    return (f"{least}{count} not taken{rest}" for (least, rest), count in lost.items())


def _behind(client: object) -> Iterator[object]:
    """``client``, and those that it hands its pushes to; each of them counts what it lost itself."""
    if isinstance(client, DerivedMetrics):
        yield from _behind(client.client)
        return
    yield client
    for behind in client.clients if isinstance(client, FanOutMetrics) else ():
        yield from _behind(behind)


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
