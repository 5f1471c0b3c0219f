"""The front of a client: pushes are summed up where they are made, and handed on by another thread.

A push that has its series already is a look-up and an ``append``, without any lock::

    metric, tags ---> alias ---> samples of a Series ---drain---> Batch ---> wherever a client sends it
                        (a miss: admit, series, alias)

What is kept is bounded: so many series, so many samples. A series that is not used leaves.
"""

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import NoneType

from predictor_kit.metrics.admission import Kind, RefusedError, admit, admit_value
from predictor_kit.metrics.background import BackgroundMetrics
from predictor_kit.metrics.series import KINDS, Alias, Batch, Samples, texts
from predictor_kit.metrics.store import CHUNK, Store
from predictor_kit.metrics.turns import TimedTurn
from predictor_kit.metrics.worker import remaining

__all__ = ["AggregatingMetrics"]

# An int between this and its negative needs no further look.
_PLAIN = 1 << 62
# The same object wherever a 1 is written; no other object is it.
_ONE: float = 1
_PLAIN_TAGS = frozenset({str, int, bool, NoneType})
_PATIENCE = 0.1

_Shown = dict[Alias, Samples]


class AggregatingMetrics(BackgroundMetrics):
    """A `MetricsClient` that sums counters, keeps the last value of gauges and the samples of histograms.

    A subclass says in ``_deliver`` where that goes, and in ``_ready`` whether it can go there yet.
    """

    def _begin(self) -> None:
        super()._begin()
        self._store = Store()
        # Taken while batches are collected and delivered, so that they arrive in their order.
        # So many pushes were taken from the store, and are not sent or counted yet.
        self._on_the_way = 0
        self._draining = TimedTurn()
        self._pause()

    # What the three methods do in front of _push is spelled out in each: it is most of what a push costs.
    # A single tag is told apart as that is quicker; only NaN and the infinities do not come to 0.0.

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        """Add ``value`` to the counter ``metric``, in the series of ``tags``; never raises."""
        try:
            if not tags:
                samples = self._counters[metric,]
            elif len(tags) == 1:
                (name,) = tags
                samples = self._counters[metric, name, tags[name]]
            else:
                samples = self._counters[(metric, *tags, *tags.values())]
            if (
                value is _ONE
                or (type(value) is int and -_PLAIN < value < _PLAIN)
                or (type(value) is float and value - value == 0.0)
            ) and len(samples) < CHUNK:
                samples.append(value)
                return
        except Exception:  # noqa: BLE001, S110 - it is not known yet, or it is odd: see below
            pass
        self._push("counter", metric, value, tags)

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Set the gauge ``metric`` to ``value``, in the series of ``tags``; never raises."""
        try:
            if not tags:
                samples = self._gauges[metric,]
            elif len(tags) == 1:
                (name,) = tags
                samples = self._gauges[metric, name, tags[name]]
            else:
                samples = self._gauges[(metric, *tags, *tags.values())]
            kind: type = type(value)
            if (kind is int and -_PLAIN < value < _PLAIN) or (kind is float and value - value == 0.0):
                samples.append(value)
                return
        except Exception:  # noqa: BLE001, S110 - it is not known yet, or it is odd: see below
            pass
        self._push("gauge", metric, value, tags)

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Add the sample ``value`` to the histogram ``metric``, in the series of ``tags``; never raises."""
        try:
            if not tags:
                samples = self._histograms[metric,]
            elif len(tags) == 1:
                (name,) = tags
                samples = self._histograms[metric, name, tags[name]]
            else:
                samples = self._histograms[(metric, *tags, *tags.values())]
            kind: type = type(value)
            if (
                (kind is int and -_PLAIN < value < _PLAIN) or (kind is float and value - value == 0.0)
            ) and len(samples) < CHUNK:
                samples.append(value)
                return
        except Exception:  # noqa: BLE001, S110 - it is not known yet, or it is odd: see below
            pass
        self._push("histogram", metric, value, tags)

    def _prepare(self) -> None:
        """Begin with what takes time until batches can be delivered; waits for nothing."""

    @abstractmethod
    def _ready(self) -> bool:
        """Whether batches can be delivered, or found to be undeliverable; waits for nothing outside."""

    @abstractmethod
    def _deliver(self, batches: Iterable[Batch], until: float) -> None:
        """Send; what is lost is counted by ``_lost``, as is what would take longer than ``until``.

        Of what was sent, or counted, ``_handled`` is told.
        """

    def _push(self, kind: Kind, metric: object, value: object, tags: object) -> None:
        try:
            # Another thread may change the dict between two looks at it.
            tags = dict(tags) if type(tags) is dict else tags
            alias = _alias(metric, tags)
            if alias and self._pushed_again(kind, alias, value):
                return
            self._write(kind, *admit(metric, value, tags), alias)
        except Exception as error:  # noqa: BLE001 - a metric never costs a prediction
            self._lost(error)

    def _pushed_again(self, kind: Kind, alias: Alias, value: object) -> bool:
        """Append to a known series, where its tags are not all text or the value is no plain number."""
        samples = None if self._paused else self._store.aliases[kind].get(alias)
        if samples is None or len(samples) >= CHUNK:
            return False
        samples.append(admit_value(value, str(alias[0])))
        if self._ended:
            self._end()
        return True

    def _write(
        self, kind: Kind, metric: str, value: float, tags: dict[str, str], alias: Alias | None = None
    ) -> None:
        if self._at_once and self._delivered(kind, metric, value, tags):
            return
        store = self._store
        series = store.enter(kind, metric, value, tags, alias)
        if self._ended:
            self._end()
            return
        if self._paused:
            self._prepare()
        if self._worker.start():
            self._resume()
        if len(series.samples) >= CHUNK:
            self._lost_some(RefusedError("samples", metric), store.fold(series))
            if store.crowded():
                self._worker.wake()

    def _delivered(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> bool:
        """Deliver one push now, unless what was pushed before is still to come."""
        batch = Batch(kind, metric, texts(tags), [value], 1)
        return self._draining.take(_PATIENCE, partial(self._deliver_one, batch))

    def _deliver_one(self, batch: Batch) -> bool:
        if self._closed or self._store.pending() or not self._ready():
            return False
        self._deliver([batch], math.inf)
        self._deliver_left(math.inf)
        return True

    def _drain(self, deadline: float, until: float = math.inf) -> bool:
        # By a signal's handler, which has interrupted what it asks for.
        return self._draining.own or self._draining.take(remaining(deadline), partial(self._drained, until))

    def _drained(self, until: float) -> bool:
        if not self._store.pending():
            return True
        if self._ready():
            self._deliver_all(until)
            self._deliver_left(until)
            return True
        self._lost_some(RefusedError("samples"), self._store.fold_all())
        return False

    def _deliver_all(self, until: float) -> None:
        self._on_the_way = 0
        try:
            self._deliver(self._taken(), until)
        except Exception as error:  # noqa: BLE001 - the next ones may be delivered
            self._lost_some(error, self._on_the_way + sum(batch.pushes for batch in self._taken()))
        except BaseException:
            # By a signal's handler; what was not taken yet is still there.
            self._lost_some(InterruptedError("the sending was interrupted"), self._on_the_way)
            raise

    def _deliver_left(self, until: float) -> None:
        """Deliver what a signal's handler pushed in between and left here, if it has closed the client."""
        if self._ended and self._store.pending():
            self._deliver_all(until)

    def _taken(self) -> Iterator[Batch]:
        """What is to be delivered, taken from the store bit by bit."""
        for batch in self._store.collect():
            if batch.values:
                self._on_the_way += batch.pushes
                yield batch
            else:
                self._lost(RefusedError("value", batch.metric), batch.pushes)

    def _handled(self, pushes: int) -> None:
        self._on_the_way -= pushes

    def _lost_some(self, cause: Exception, pushes: int) -> None:
        if pushes:
            self._lost(cause, pushes)

    def _pause(self) -> None:
        self._counters: _Shown = {}
        self._gauges: _Shown = {}
        self._histograms: _Shown = {}
        self._paused = True

    def _resume(self) -> None:
        """Let the methods find what is known."""
        if self._paused and not self._at_once:
            aliases = self._store.aliases
            self._counters, self._gauges, self._histograms = (aliases[kind] for kind in KINDS)
            self._paused = False

    def _pending(self) -> bool:
        return self._store.pending()

    def _stop_taking(self) -> None:
        self._store.close()

    def _give_up(self, why: str) -> None:
        # In a signal's handler that has interrupted the sending: it goes on.
        if not self._draining.own:
            self._lost_some(TimeoutError(why), sum(batch.pushes for batch in self._store.collect()))

    def _release(self, deadline: float) -> None:  # noqa: ARG002 - a subclass may have to wait
        self._give_up("the client was closed before")


def _alias(metric: object, tags: object) -> Alias | None:
    """What the same push is found by; None if it may be equal to the alias of another."""
    if type(metric) is not str or (tags is not None and type(tags) is not dict):
        return None
    parts: tuple[object, ...] = (*tags, *tags.values()) if isinstance(tags, dict) else ()
    types = tuple(map(type, parts))
    if types.count(str) == len(types):
        return (metric, *parts)
    # 1 and True are equal, and so are their hashes. With the types as one more part it is of even length,
    # and equal to none that the methods look for: theirs are a name and pairs.
    return (metric, *parts, types) if _PLAIN_TAGS.issuperset(types) else None
