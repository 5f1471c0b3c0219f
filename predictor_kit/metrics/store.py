"""The store of a front: the series by what is pushed, bounded, and emptied from time to time."""

import threading
from collections import deque
from collections.abc import Iterator
from functools import partial
from time import monotonic

from predictor_kit.metrics.admission import Kind, RefusedError
from predictor_kit.metrics.series import KINDS, Alias, Batch, Counter, Histogram, Samples, Series, held
from predictor_kit.metrics.turns import Turn

__all__ = ["CHUNK", "IDLE_SECONDS", "MOST_SAMPLES", "MOST_SERIES", "Store"]

MOST_SERIES = 20_000
MOST_SAMPLES = 100_000
"""So many samples of histograms are kept beside those in the series, which hold `CHUNK` each."""

CHUNK = 2048
"""A series that holds so many samples is folded."""

IDLE_SECONDS = 60.0
_NOTHING: tuple[Batch, ...] = ()

# Where tags are dropped, one series has as many aliases as there are tags.
_MOST_ALIASES = 1000


class Store:
    """All series, and the aliases under which their samples are found without a lock.

    A series that was not used for a minute leaves; where there are many, at once.
    """

    def __init__(self) -> None:
        self.aliases: dict[Kind, dict[Alias, Samples]] = {kind: {} for kind in KINDS}
        self._series: dict[Alias, Series] = {}
        self._left: list[Series] = []
        self._apart: deque[Batch] = deque()
        self._samples_apart = 0
        self._closed = False
        # Held for a few steps only, while series come and go; a signal's handler may enter it again.
        self._lock = threading.RLock()
        # Taken while samples are.
        self._taking = Turn()

    def enter(
        self, kind: Kind, metric: str, value: float, tags: dict[str, str], alias: Alias | None
    ) -> Series:
        """Append to the series, a new one if need be; remember ``alias`` for it.

        Raises `RefusedError` if there are too many series, or the store is closed.
        """
        key = (kind, metric, *sorted(tags.items()))
        with self._lock:
            if self._closed:
                raise RefusedError("closed", metric)
            series = self._series.get(key) or self._made(key, kind, metric, tags)
            series.samples.append(value)
            known = self.aliases[kind]
            if len(series.aliases) >= _MOST_ALIASES:
                self._forget(series)
            if alias and alias not in known and len(known) < 2 * MOST_SERIES:
                known[alias] = series.samples
                series.aliases.append(alias)
        return series

    def _made(self, key: Alias, kind: Kind, metric: str, tags: dict[str, str]) -> Series:
        if len(self._series) >= MOST_SERIES:
            raise RefusedError("series", metric)
        made = KINDS[kind](key, metric, tags, monotonic())
        return self._series.setdefault(key, made)

    def fold(self, series: Series) -> int:
        """Make room in a series; returns how many samples were dropped, as too many are kept already."""
        # If samples are being taken, there is room soon.
        return 0 if self._taking.taken else self._taking.take(partial(self._folded, series), 0)

    def fold_all(self) -> int:
        """`fold` every series: nothing can be sent yet, and what is kept must not grow."""
        return sum(self.fold(series) for series in [*self._series.values()] if series.samples)

    def _folded(self, series: Series) -> int:
        if isinstance(series, Counter):
            series.fold()
        if not isinstance(series, Histogram):
            return 0
        batch = series.take()
        if self._samples_apart + batch.pushes > MOST_SAMPLES:
            return batch.pushes
        self._apart.append(batch)
        self._samples_apart += batch.pushes
        return 0

    def crowded(self) -> bool:
        """Whether so many samples are kept that they should be sent soon."""
        return self._samples_apart > MOST_SAMPLES // 4

    def collect(self) -> Iterator[Batch]:
        """All that was pushed; series that were not used lately leave.

        Each batch is taken when it is asked for: what is not asked for any more stays.
        """
        for _ in range(len(self._apart)):
            yield from self._taking.take(self._next_apart, _NOTHING)
        now = monotonic()
        idle = IDLE_SECONDS if len(self._series) < MOST_SERIES // 2 else 0.0
        for series in [*self._left, *self._series.values()]:
            if series.samples:
                series.used = now
                yield from self._taking.take(partial(_next_of, series), _NOTHING)
            elif now - series.used > idle:
                self._leave(series)
        # Asked in this order: what nobody holds gets no more samples.
        self._left = [series for series in self._left if held(series) or series.samples]

    def _next_apart(self) -> tuple[Batch, ...]:
        batch = self._apart.popleft()
        self._samples_apart -= batch.pushes
        return (batch,)

    def pending(self) -> bool:
        """Whether `collect` would find something, or may soon."""
        return bool(self._apart or self._left) or any(series.samples for series in [*self._series.values()])

    def close(self) -> None:
        """Let all series leave: what has not found one yet does not find it any more."""
        with self._lock:
            self._closed = True
            for series in [*self._series.values()]:
                self._leave(series)

    def _leave(self, series: Series) -> None:
        with self._lock:
            if self._series.get(series.key) is series:
                del self._series[series.key]
                self._forget(series)
                self._left.append(series)

    def _forget(self, series: Series) -> None:
        for alias in series.aliases:
            self.aliases[series.kind].pop(alias, None)
        series.aliases.clear()


def _next_of(series: Series) -> tuple[Batch, ...]:
    return (series.take(),)
