"""A client made of another one: with tags, or a prefix, on every push."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Self

from predictor_kit.metrics.ending import end_within, flush_at_once
from predictor_kit.metrics.fan_out import FanOutMetrics
from predictor_kit.metrics.guard import TIMEOUT
from predictor_kit.metrics.protocol import MetricsClient

__all__ = ["DerivedMetrics", "with_prefix", "with_tags"]

_METHODS = frozenset({"increment", "gauge", "histogram"})


class DerivedMetrics:
    """Hands every push to ``client``, with ``prefix`` before its name and ``tags`` beside its own.

    It judges nothing: what is no name, and what are no tags, is handed on as it came, for the
    client to refuse. A client of your own is guarded as behind a `FanOutMetrics`: it gets plain
    values, and what it raises is counted. `close`, `flush` and `dropped` are the client's own,
    where it has them.
    """

    def __init__(self, client: MetricsClient, prefix: str, tags: Mapping[str, object]) -> None:
        self._client = client if _is_guarded(client) else _Guard((client,))
        self._prefix = prefix
        self._tags = dict(tags)

    @property
    def client(self) -> MetricsClient:
        """What every push is handed to; in front of a client of your own that is its guard."""
        return self._client

    @property
    def dropped(self) -> Mapping[str, int]:
        """What the client counted as lost, by reason; of one of your own with what its guard counted."""
        lost = Counter(_dropped(self._client))
        if isinstance(self._client, _Guard):
            lost.update(_dropped(self._client.clients[0]))
        return dict(lost)

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        """Add ``value`` to the client's counter."""
        self._client.increment(self._named(metric), value, self._tagged(tags))

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Set the client's gauge to ``value``."""
        self._client.gauge(self._named(metric), value, self._tagged(tags))

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Add the sample ``value`` to the client's histogram."""
        self._client.histogram(self._named(metric), value, self._tagged(tags))

    def flush(self, timeout: float = TIMEOUT) -> None:
        """Flush the client, within ``timeout`` seconds."""
        end_within(self._client, "flush", timeout)

    def close(self, timeout: float = TIMEOUT) -> None:
        """Close the client, within ``timeout`` seconds."""
        end_within(self._client, "close", timeout)

    def _flush_at_once(self) -> None:
        flush_at_once(self._client)

    def derived(self, prefix: str, tags: Mapping[str, object]) -> Self:
        """The same client with ``prefix`` after the prefix that is there, and ``tags`` added to the tags."""
        return type(self)(self._client, self._prefix + prefix, {**self._tags, **tags})

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        # A container copies its providers' arguments; this one goes with its client, which stays one.
        return self

    def _named(self, metric: str) -> str:
        try:
            return self._prefix + metric if metric else metric
        except Exception:  # noqa: BLE001 - it is no text, which the client counts
            return metric

    def _tagged(self, tags: Mapping[str, object] | None) -> Mapping[str, object] | None:
        try:
            return {**self._tags, **(tags or {})} or None
        except Exception:  # noqa: BLE001 - it is no mapping, which the client counts
            return tags


def with_tags(metrics_client: MetricsClient, tags: Mapping[str, object]) -> DerivedMetrics:
    """``metrics_client`` with ``tags`` on every push; a push's own tag of the same key wins.

    >>> from predictor_kit.metrics import InMemoryMetrics
    >>> metrics = InMemoryMetrics()
    >>> with_tags(metrics, {"model": "v1"}).increment("predictions", tags={"species": "setosa"})
    >>> metrics.calls[0].tags
    {'model': 'v1', 'species': 'setosa'}
    """
    return _derived(metrics_client, "", tags)


def with_prefix(metrics_client: MetricsClient, prefix: str) -> DerivedMetrics:
    """``metrics_client`` with ``prefix``, as it is, before the name of every push.

    >>> from predictor_kit.metrics import InMemoryMetrics
    >>> metrics = InMemoryMetrics()
    >>> with_prefix(metrics, "tokenizer.").increment("words", 3)
    >>> metrics.calls[0].metric
    'tokenizer.words'
    """
    return _derived(metrics_client, prefix, {})


def _derived(client: MetricsClient, prefix: str, tags: Mapping[str, object]) -> DerivedMetrics:
    # One step however often it is derived.
    if type(client) is DerivedMetrics and _is_guarded(client):
        return client.derived(prefix, tags)
    return DerivedMetrics(client, prefix, tags)


class _Guard(FanOutMetrics):
    """What stands in front of one client of your own."""


def _is_guarded(client: MetricsClient) -> bool:
    """Whether the three methods are this package's, none of which raises: a subclass may have its own."""
    # An object itself may, too: one that a test has put there.
    return _METHODS.isdisjoint(getattr(client, "__dict__", ())) and _is_guarded_class(type(client))


# Some derive for each request.
@lru_cache(maxsize=64)
def _is_guarded_class(kind: type) -> bool:
    methods = (getattr(kind, name, None) for name in _METHODS)
    return all(str(getattr(method, "__module__", "")).startswith(f"{__package__}.") for method in methods)


def _dropped(client: object) -> Mapping[str, int]:
    dropped = getattr(client, "dropped", None)
    # What a client of your own calls so may be anything.
    return dropped if isinstance(dropped, Mapping) else {}
