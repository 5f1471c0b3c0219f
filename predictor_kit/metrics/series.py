"""Series: what was pushed to one metric under one set of tags, and was not sent yet.

A push is one ``append`` to ``samples``, which is atomic: any thread may do it at any time,
without a lock. `fold` and ``take`` are called by one thread at a time.
"""

import math
import sys
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from predictor_kit.metrics.admission import Kind

__all__ = ["KINDS", "Alias", "Batch", "Counter", "Gauge", "Histogram", "Samples", "Series", "held", "texts"]

Samples = list[float] | deque[float]
Alias = tuple[object, ...]

_LARGEST = sys.float_info.max
_ALONE = 2  # what `sys.getrefcount` says of an object that only one other holds


class Batch(NamedTuple):
    """What is sent of one series: ``values``, which ``pushes`` pushes came to."""

    kind: Kind
    metric: str
    tags: list[str]
    values: list[float]
    pushes: int


class _OneSeries(ABC):
    """One metric with one set of tags, each of these as ``key:value``.

    ``key`` and ``aliases`` are what it is found by; ``used`` is when it was last seen in use.
    """

    __slots__ = ("aliases", "key", "metric", "tags", "used")
    kind: ClassVar[Kind]

    def __init__(self, key: Alias, metric: str, tags: Mapping[str, str], now: float) -> None:
        self.key = key
        self.metric = metric
        self.tags = texts(tags)
        self.aliases: list[Alias] = []
        self.used = now

    @abstractmethod
    def take(self) -> Batch:
        """What was pushed since this was last called; it is no longer held here."""

    def _batch(self, values: list[float], pushes: int) -> Batch:
        return Batch(self.kind, self.metric, self.tags, values, pushes)


class Counter(_OneSeries):
    """Sums: whole numbers exactly, others with one rounding.

    A sum stands before the samples in the same list, so that a fold is one step to other threads.
    """

    __slots__ = ("_pushes", "_sums", "samples")
    kind = "counter"

    def __init__(self, key: Alias, metric: str, tags: Mapping[str, str], now: float) -> None:
        super().__init__(key, metric, tags, now)
        self.samples: list[float] = []
        self._sums = self._pushes = 0

    def fold(self) -> None:
        """Put the sums in the place of what was summed."""
        count = len(self.samples)
        sums = _summed(self.samples[:count])
        self.samples[:count] = sums
        self._pushes += count - self._sums
        self._sums = len(sums)

    def take(self) -> Batch:
        """One sum; two if both kinds of number were pushed, as a sum of both would be rounded.

        No value at all if they come to more than a float can hold, and so a server.
        """
        self.fold()
        sums, pushes = self.samples[: self._sums], self._pushes
        del self.samples[: self._sums]
        self._sums = self._pushes = 0
        return self._batch(sums if all(-_LARGEST <= value <= _LARGEST for value in sums) else [], pushes)


class Gauge(_OneSeries):
    """Keeps the last value."""

    __slots__ = ("samples",)
    kind = "gauge"

    def __init__(self, key: Alias, metric: str, tags: Mapping[str, str], now: float) -> None:
        super().__init__(key, metric, tags, now)
        self.samples: deque[float] = deque(maxlen=1)

    def take(self) -> Batch:
        """The last value, if one was pushed."""
        values = [self.samples.pop()] if self.samples else []
        return self._batch(values, len(values))


class Histogram(_OneSeries):
    """Keeps all values."""

    __slots__ = ("samples",)
    kind = "histogram"

    def __init__(self, key: Alias, metric: str, tags: Mapping[str, str], now: float) -> None:
        super().__init__(key, metric, tags, now)
        self.samples: list[float] = []

    def take(self) -> Batch:
        """All values, in the order in which they were pushed."""
        values = self.samples[: len(self.samples)]
        del self.samples[: len(values)]
        return self._batch(values, len(values))


Series = Counter | Gauge | Histogram

KINDS: dict[Kind, type[Series]] = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}


def held(series: Series) -> bool:
    """Whether somebody else has its samples at hand, and may still append to them."""
    return sys.getrefcount(series.samples) > _ALONE


def texts(tags: Mapping[str, str]) -> list[str]:
    """Each tag as ``key:value``."""
    return [f"{name}:{text}" for name, text in tags.items()]


def _summed(values: list[float]) -> list[float]:
    total = sum(values)
    if not values or type(total) is int:
        return [total] if values else []
    whole = [value for value in values if type(value) is int]
    broken = [value for value in values if type(value) is float]
    return [*([sum(whole)] if whole else []), _sum_of_floats(broken)]


def _sum_of_floats(values: list[float]) -> float:
    try:
        return math.fsum(values)
    except OverflowError:
        # Too large to be sent; but what is pushed next may bring it back.
        return sum(map(int, values))
