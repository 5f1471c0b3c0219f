"""with_tags and with_prefix: what they add to the contract."""

from collections.abc import Mapping
from typing import Any

import pytest

from predictor_kit.metrics import (
    DerivedMetrics,
    FanOutMetrics,
    InMemoryMetrics,
    MetricCall,
    NullMetrics,
    with_prefix,
    with_tags,
)

from .subjects import GUARDED, SUBJECTS, Broken, Own


def test_tags_are_added() -> None:
    """Every method has them; a push's own tag of the same key wins."""
    metrics = InMemoryMetrics()
    client = with_tags(metrics, {"model": "v1", "zone": "a"})
    client.increment("a")
    client.gauge("b", 1, {"model": "v2"})
    client.histogram("c", 1, {"user": 7})
    assert [call.tags for call in metrics.calls] == [
        {"model": "v1", "zone": "a"},
        {"model": "v2", "zone": "a"},
        {"model": "v1", "zone": "a", "user": "7"},
    ]


def test_a_prefix_is_added() -> None:
    """Every method's name has it, as it is."""
    metrics = InMemoryMetrics()
    client = with_prefix(metrics, "tokenizer.")
    client.increment("a")
    client.gauge("b", 1)
    client.histogram("c", 1)
    assert [call.metric for call in metrics.calls] == ["tokenizer.a", "tokenizer.b", "tokenizer.c"]


def test_they_go_together_in_one_step() -> None:
    """Tags of the outer one win, prefixes stand in the order of the way; the client is called directly."""
    metrics = InMemoryMetrics()
    client = with_prefix(with_tags(with_prefix(metrics, "app."), {"model": "v1", "zone": "a"}), "tokenizer.")
    client = with_tags(client, {"zone": "b"})
    client.increment("words")
    assert metrics.calls == (MetricCall("counter", "app.tokenizer.words", 1, {"model": "v1", "zone": "b"}),)
    assert client.client is metrics


def test_the_one_it_is_made_of_stays_as_it_is() -> None:
    """The client can be used beside it, and the mapping of tags changed later."""
    metrics = InMemoryMetrics()
    tags = {"model": "v1"}
    outer = with_tags(metrics, tags)
    with_tags(outer, {"zone": "a"})
    tags["model"] = "v2"
    outer.increment("a")
    metrics.increment("b")
    assert [call.tags for call in metrics.calls] == [{"model": "v1"}, {}]


def test_a_client_gets_tags_of_its_own() -> None:
    """A client of one's own may keep and change what it gets; without tags it gets None."""
    got: list[Any] = []

    class Greedy(Own):
        def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
            got.append(dict(tags) if tags else tags)
            if isinstance(tags, dict):
                tags.clear()

    client = with_tags(Greedy(), {"model": "v1"})
    client.increment("a")
    client.increment("a")
    with_prefix(Greedy(), "x.").increment("a")
    assert got == [{"model": "v1"}, {"model": "v1"}, None]


@pytest.mark.parametrize("client", GUARDED)
def test_any_client(client: str) -> None:
    """Whatever the client, what is added arrives there as if it had been pushed."""
    with SUBJECTS[client]() as subject:
        derived = with_prefix(with_tags(subject.client, {"model": "v1"}), "app.")
        derived.increment("requests", 2)
        derived.increment("", 1)
        derived.increment("requests", 1, ["no tags"])  # type: ignore[arg-type]  # the mistake under test
        expected = subject.expect(MetricCall("counter", "app.requests", 2, {"model": "v1"}))
        assert subject.arrived() == expected
        assert derived.dropped == subject.client.dropped == {"name": 1, "tags": 1}


def test_what_is_added_is_judged_by_the_client() -> None:
    """A prefix of the platform's loses every push, counted, as such a name does."""
    metrics = InMemoryMetrics()
    with_prefix(metrics, "cortex_").increment("requests")
    assert metrics.dropped == {"reserved": 1}


def test_closing_and_flushing_are_the_clients_own() -> None:
    """They are passed on, with the seconds if it takes them; where it has none, they do nothing."""
    done: list[object] = []

    class Closing(Own):
        dropped: Mapping[str, int] = {"send": 3}

        def close(self, timeout: float) -> None:
            done.append(0 < timeout <= 2)

        def flush(self) -> None:
            done.append("flushed")

    client = with_prefix(with_tags(Closing(), {}), "a.")
    client.flush()
    client.close(timeout=2)
    assert done == ["flushed", True]
    assert client.dropped == {"send": 3}
    plain = with_tags(Own(), {})
    plain.flush()
    plain.close(timeout=2)
    assert plain.dropped == {}


class Dropping(Broken):
    """Counts what it lost in its own way."""

    dropped: object = {"send": 2, "full": 1}


def test_a_client_that_raises_is_guarded() -> None:
    """What a client of one's own raises is counted beside what it counts itself, in all derived of it."""
    outer = with_tags(Dropping(OSError("disk full")), {"model": "v1"})
    inner = with_prefix(outer, "app.")
    inner.increment("a")
    outer.gauge("b", 1)
    inner.histogram("c", float("nan"))
    assert outer.dropped == inner.dropped == {"send": 4, "full": 1, "value": 1}


def test_closing_a_client_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    """Its failure is logged, as behind a fan-out."""
    client = with_tags(Broken(OSError("in use")), {})
    client.flush()
    client.close()
    assert caplog.messages == ["a metrics client could not be closed: Broken"]


def test_what_a_client_calls_dropped_may_be_anything() -> None:
    """Where it is no mapping it is no count."""
    client = Dropping(OSError("disk full"))
    client.dropped = "no mapping"
    derived = with_tags(client, {})
    derived.increment("a")
    assert derived.dropped == {"send": 1}


@pytest.mark.parametrize("base", [InMemoryMetrics, DerivedMetrics, NullMetrics])
def test_a_subclass_that_raises_is_guarded(base: type[Any]) -> None:
    """A class of one's own may raise, whatever it inherits; the methods that it left alone need no guard."""

    class Failing(base):  # type: ignore[misc]  # any of them
        def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
            raise OSError("disk full")

    class Silent(base):  # type: ignore[misc]  # any of them
        pass

    arguments: tuple[Any, ...] = (InMemoryMetrics(), "", {}) if base is DerivedMetrics else ()
    failing = with_tags(Failing(*arguments), {"model": "v1"})
    failing.histogram("a", 1)
    assert failing.dropped == {"send": 1}
    silent = Silent(*arguments)
    assert with_tags(silent, {"model": "v1"}).client is silent


@pytest.mark.parametrize("method", ["increment", "gauge", "histogram"])
@pytest.mark.parametrize("derive", [lambda client: client, lambda client: with_prefix(client, "app.")])
def test_an_object_with_a_method_of_its_own_is_guarded(derive: Any, method: str) -> None:
    """What a test puts in the place of a method may raise, and is not gone round."""
    client = derive(InMemoryMetrics())
    setattr(client, method, Broken(OSError("disk full")).gauge)
    derived = with_tags(client, {"model": "v1"})
    getattr(derived, method)("a", 1)
    assert derived.dropped == {"send": 1}


def test_an_interrupt_passes_the_guard() -> None:
    """What is no Exception is not held up."""
    with pytest.raises(KeyboardInterrupt):
        with_tags(Broken(KeyboardInterrupt()), {}).increment("a")


def test_a_subclass_is_no_step_to_skip() -> None:
    """A class of one's own that derives from it keeps its methods in the way."""
    metrics = InMemoryMetrics()

    class Doubling(DerivedMetrics):
        def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
            super().increment(metric, 2 * value, tags)

    with_tags(Doubling(metrics, "", {}), {"model": "v1"}).increment("a")
    assert metrics.calls == (MetricCall("counter", "a", 2, {"model": "v1"}),)


def test_it_can_stand_anywhere() -> None:
    """It is a client among others: behind a fan-out each way of it is apart."""
    metrics = InMemoryMetrics()
    FanOutMetrics([with_prefix(metrics, "a."), with_prefix(metrics, "b."), NullMetrics()]).increment("x")
    assert [call.metric for call in metrics.calls] == ["a.x", "b.x"]
