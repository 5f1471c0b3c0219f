"""Recorded metrics, to be asked in plain ``assert`` statements."""

from __future__ import annotations

import difflib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Self

from predictor_kit.metrics import InMemoryMetrics, MetricCall

__all__ = ["Counter", "Gauge", "Histogram", "Recorded", "RecordedMetrics"]

MOST = 20
"""So many series, and values of each, are shown where an assertion fails."""

Tags = Mapping[str, object]


class Recorded(ABC):
    """What was recorded of one metric; its ``repr()`` tells all else that was, the nearest first."""

    asked: str
    calls: tuple[MetricCall, ...]
    dropped: Mapping[str, int]

    def told(self) -> list[str]:
        """What was asked for and found, then a line for each series that was recorded, nearest first."""
        series = _series(self.calls)
        refused = [f"{count} refused ({reason})" for reason, count in self.dropped.items()]
        lines = sorted(series, key=lambda line: _distance(self.asked, line))
        more = [f"and {len(lines) - MOST} series more"] if len(lines) > MOST else []
        found = [f"{line} = {_shown(series[line])}" for line in lines[:MOST]]
        return [f"{self.asked} = {self._value()}", *(found or ["nothing was recorded"]), *more, *refused]

    @abstractmethod
    def _value(self) -> str:
        """What was found, in a word or two."""

    def __repr__(self) -> str:
        asked, *recorded = self.told()
        return f"<{asked}; recorded: {', '.join(recorded)}>"


class _Number(Recorded, float):
    """What was recorded of a metric as one number; a float."""

    def __new__(cls, value: float, asked: str, metrics: RecordedMetrics) -> Self:
        self = super().__new__(cls, value)
        self.asked, self.calls, self.dropped = asked, metrics.calls, metrics.dropped
        return self

    __hash__ = float.__hash__

    def __eq__(self, other: object) -> bool:
        # For type checkers, which say of no subclass of float that it can equal an int.
        return float(self) == other

    def _value(self) -> str:
        return f"{float(self):g}"


class Counter(_Number):
    """The sum of a counter, 0 where it was never pushed; a float."""


class Gauge(_Number):
    """The last value of a gauge, a float; NaN, which equals nothing, where it was never pushed."""


class Histogram(Recorded):
    """The samples of a histogram: ``values`` in their order, ``count`` and ``sum`` of them."""

    def __init__(self, values: Iterable[float], asked: str, metrics: RecordedMetrics) -> None:
        self.asked, self.calls, self.dropped = asked, metrics.calls, metrics.dropped
        self.values = tuple(values)

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self.values)

    @property
    def sum(self) -> float:
        """All samples added up; 0 where there are none."""
        return sum(self.values)

    def _value(self) -> str:
        return f"{self.count} sample{'' if self.count == 1 else 's'}"


class RecordedMetrics:
    """What a predictor pushed, to be asked by name and tags.

    ``client`` is the metrics client that records; hand it to the predictor::

        metrics = RecordedMetrics()
        with load_predictor(Iris, overrides={"metrics_client": metrics.client}) as loaded:
            loaded.predict(...)
        assert metrics.counter("my_counter", model="v1") == 1

    Tags that are asked for must be there, with that text; others may be there too. Those that are
    no Python names are given as a mapping: ``metrics.counter("my_counter", {"model-name": "iris"})``.
    """

    def __init__(self, client: InMemoryMetrics | None = None) -> None:
        """Ask what ``client`` recorded; by default a new one."""
        self.client = InMemoryMetrics() if client is None else client

    @property
    def calls(self) -> tuple[MetricCall, ...]:
        """Every push, the oldest first."""
        return self.client.calls

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many pushes were refused, by reason: a name that is none, a value that is no number."""
        return self.client.dropped

    def counter(self, metric: str, tags: Tags | None = None, /, **more: object) -> Counter:
        """The sum of the counter ``metric`` over all series that have these tags."""
        values, asked = self._asked("counter", metric, {**(tags or {}), **more})
        return Counter(sum(values), asked, self)

    def gauge(self, metric: str, tags: Tags | None = None, /, **more: object) -> Gauge:
        """The last value of the gauge ``metric`` of all series that have these tags."""
        values, asked = self._asked("gauge", metric, {**(tags or {}), **more})
        return Gauge(values[-1] if values else math.nan, asked, self)

    def histogram(self, metric: str, tags: Tags | None = None, /, **more: object) -> Histogram:
        """The samples of the histogram ``metric`` over all series that have these tags."""
        return Histogram(*self._asked("histogram", metric, {**(tags or {}), **more}), self)

    def clear(self) -> None:
        """Forget what was recorded so far."""
        self.client.clear()

    def __repr__(self) -> str:
        series = [f"{line} = {_shown(values)}" for line, values in _series(self.calls).items()]
        return f"<RecordedMetrics: {', '.join(series) or 'nothing was recorded'}>"

    def _asked(self, kind: str, metric: str, tags: Tags) -> tuple[list[float], str]:
        """The values of the series with these tags, and the series as text."""
        texts = {key: str(value) for key, value in tags.items()}
        values = [
            call.value
            for call in self.calls
            if (call.kind, call.metric) == (kind, metric) and texts.items() <= dict(call.tags).items()
        ]
        return values, _line(kind, metric, texts)


def _series(calls: Iterable[MetricCall]) -> dict[str, list[float]]:
    series: dict[str, list[float]] = {}
    for call in calls:
        series.setdefault(_line(call.kind, call.metric, call.tags), []).append(call.value)
    return series


def _line(kind: str, metric: str, tags: Mapping[str, str]) -> str:
    listed = ", ".join(f"{key}: {value!r}" for key, value in sorted(tags.items()))
    return f"{kind} {metric!r}" + (f" {{{listed}}}" if listed else "")


def _shown(values: list[float]) -> str:
    listed = ", ".join(f"{value:g}" for value in values[:MOST])
    return f"[{listed}, ...]" if len(values) > MOST else f"[{listed}]"


def _distance(asked: str, line: str) -> float:
    return 1 - difflib.SequenceMatcher(None, asked, line).ratio()
