"""What all clients of this package share: the guard, the count of losses, one log line a minute."""

import logging
import os
import threading
import weakref
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Self

from predictor_kit.metrics.admission import LONGEST, Kind, Reason, RefusedError, admit

__all__ = ["TIMEOUT", "GuardedMetrics"]

TIMEOUT = 5.0
"""How many seconds `flush` and `close` of a client take at most, unless it is said."""

_LOG = logging.getLogger("predictor_kit.metrics")
_LOG_SECONDS = 60.0
_MOST_NAMES = 1000

_EXPLAINED: dict[Reason, str] = {
    "name": "its name is not text, or is empty",
    "value": "its value is not a finite number",
    "negative": "its value is below zero, which the client's other end does not take",
    "tags": "its tags are not a mapping, or one of them has no key or no text",
    "size": f"its name and tags together are longer than {LONGEST} characters",
    "conflict": "its kind, or a key of its tags, is another one than at the metric's first push",
    "series": "there are too many series; one that is no longer used makes room after a while",
    "samples": "there are more samples of histograms than can be sent",
    "closed": "the client is closed",
    "send": "it could not be sent",
}


class GuardedMetrics(ABC):
    """A `MetricsClient` whose pushes never raise; a subclass says in ``_write`` where they go.

    What a predictor passes goes through `predictor_kit.metrics.admission.admit` first. A name
    that begins with ``cortex_`` or ``istio_``, as it is pushed or as it would be sent, belongs to
    the platform: such a push is dropped, counted as ``reserved``, and logged as an error once for
    each name. Cortex raised a ``UserException`` there; here a metric never costs a prediction.

    Everything else that is lost is counted too, and told to the logger
    ``predictor_kit.metrics`` at most once a minute. Copying a client, deeply or not, gives
    the client itself.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._dropped: defaultdict[str, int] = defaultdict(int)
        self._reserved_told: set[str] = set()
        self._next_line = 0.0
        # From here on a fork finds the client: a subclass makes its own attributes first.
        _clients.add(self)

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many pushes this client knows it lost, by reason; a copy, without reasons that never arose.

        The reasons: ``name``, ``reserved``, ``value``, ``negative``, ``tags`` (what was passed),
        ``size`` (the name and the tags have more than 2,000 characters), ``conflict`` (it does not
        go with the metric's first push), ``series``, ``samples`` (more at once than the client
        holds), ``closed`` (pushed after ``close()``), ``send`` (it could not be handed on).

        A forked process counts its own only.
        """
        with self._lock:
            return dict(self._dropped)

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        """Add ``value`` to the counter ``metric``, in the series of ``tags``; never raises."""
        self._push("counter", metric, value, tags)

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Set the gauge ``metric`` to ``value``, in the series of ``tags``; never raises."""
        self._push("gauge", metric, value, tags)

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Add the sample ``value`` to the histogram ``metric``, in the series of ``tags``; never raises."""
        self._push("histogram", metric, value, tags)

    def flush(self, timeout: float = TIMEOUT) -> None:  # noqa: B027 - most clients keep nothing
        """Hand on what the client keeps, within ``timeout`` seconds; where it keeps nothing, do nothing."""

    def close(self, timeout: float = TIMEOUT) -> None:  # noqa: B027 - most clients hold nothing
        """Let go of what the client holds, within ``timeout`` seconds, which most do not need.

        A second call does nothing, and none raises.
        """

    def _flush_at_once(self) -> None:
        """Hand on what can be without waiting; a fan-out does so with all of its clients first."""
        self.flush(0)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        # A container copies its providers' arguments; a copied client would count and record apart.
        return self

    @abstractmethod
    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        """Hand on one admitted push; an exception is counted as ``send``, a `RefusedError` as it says."""

    def _push(self, kind: Kind, metric: object, value: object, tags: object) -> None:
        try:
            self._write(kind, *admit(metric, value, tags))
        except RefusedError as refusal:
            self._lost(refusal)
        except Exception as error:  # noqa: BLE001 - a metric never costs a prediction
            self._lost(error)

    def _lost(self, cause: Exception, pushes: int = 1) -> None:
        if isinstance(cause, RefusedError) and cause.reason == "reserved":
            self._lost_reserved(cause.metric)
            return
        reason: Reason = cause.reason if isinstance(cause, RefusedError) else "send"
        with self._lock:
            # Without a call, at which a signal's handler could count in between.
            self._dropped[reason] += pushes
            now = monotonic()
            due = now >= self._next_line
            if due:
                self._next_line = now + _LOG_SECONDS
        # Never while the lock is held: a log handler may push metrics of its own.
        if due:
            self._tell(reason, cause)

    def _lost_reserved(self, name: str) -> None:
        with self._lock:
            self._dropped["reserved"] += 1
            due = name not in self._reserved_told and len(self._reserved_told) < _MOST_NAMES
            if due:
                self._reserved_told.add(name)
        if due:
            with suppress(Exception):
                _LOG.error("metric %s was not sent: names with cortex_ or istio_ in front are reserved", name)

    def _tell(self, reason: Reason, cause: Exception) -> None:
        what, why = "a metric", _EXPLAINED[reason]
        if not isinstance(cause, RefusedError):
            why += f" ({_one_line(cause)})"
        elif cause.metric:
            what = f"metric {cause.metric}"
        with suppress(Exception):
            _LOG.warning("%s was dropped: %s; said at most once a minute, counted in `dropped`", what, why)

    def _after_fork(self) -> None:
        # Another thread of the parent may have held the lock, and is not here to release it.
        self._lock = threading.RLock()
        # What the parent lost it counts itself.
        self._dropped = defaultdict(int)


def _one_line(error: Exception) -> str:
    try:
        return ascii(error)
    except Exception:  # noqa: BLE001 - a fan-out's client may raise anything, also what cannot be shown
        return type(error).__name__


_clients: weakref.WeakSet[GuardedMetrics] = weakref.WeakSet()


def _renew_clients() -> None:
    for client in list(_clients):
        client._after_fork()  # noqa: SLF001 - of this module's own class


if hasattr(os, "register_at_fork"):  # pragma: no branch - where there is no fork, nothing is to be done
    os.register_at_fork(after_in_child=_renew_clients)
