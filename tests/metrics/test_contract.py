"""What holds for every metrics client alike."""

import copy
import inspect
import logging
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from predictor_kit.metrics import (
    FanOutMetrics,
    InMemoryMetrics,
    MetricCall,
    MetricsClient,
    NullMetrics,
    with_tags,
)

from .conftest import Clock
from .subjects import GUARDED, SUBJECTS, Broken, Subject


@pytest.fixture(params=GUARDED)
def guarded(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """Each client that hands on what it is given."""
    with SUBJECTS[request.param]() as subject:
        yield subject


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """Each client."""
    with SUBJECTS[request.param]() as subject:
        yield subject


class Raising:
    """Raises whatever is asked of it."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def _raise(self, *arguments: object) -> Any:
        raise self._error

    __str__ = __repr__ = __float__ = __index__ = __bool__ = __len__ = __iter__ = __hash__ = _raise
    __class__: Any = property(_raise)


class OddText(str):
    """Text that answers something else whenever it is asked."""

    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError("no text")

    def startswith(self, *arguments: object) -> bool:
        raise RuntimeError("no beginning")


class Species(str, Enum):  # noqa: UP042 - the older form is tested
    SETOSA = "setosa"


class Level(IntEnum):
    HIGH = 3


class OddMapping(Mapping[str, str]):
    """A mapping that fails when it is read."""

    def __getitem__(self, key: str) -> str:
        raise RuntimeError("no value")

    def __iter__(self) -> Iterator[str]:
        yield "key"

    def __len__(self) -> int:
        return 1


_BAD_NAMES: dict[str, tuple[Any, str]] = {
    "None": (None, "name"),
    "number": (7, "name"),
    "bytes": (b"bytes", "name"),
    "list": (["name"], "name"),
    "empty": ("", "name"),
    "10 kB": ("x" * 10_000, "size"),
}
_CLEANED_NAMES = {
    "newline": ("ok:1|c\nforged_payments:1000000|c\nx", "ok_1_c_forged_payments_1000000_c_x"),
    "signs": ("a:b|c@d#e,f", "a_b_c_d_e_f"),
    "control characters": ("a\x00b\x1b[31m\x7f\x85\u2028", "a_b__31m___"),
    "lone surrogate": ("a\ud800b", "a_b"),
    "blank": (" ", "_"),
    "unicode": ("métrique/ü-1.count", "métrique/ü-1.count"),
    "odd text": (OddText("odd"), "odd"),
    "enum": (Species.SETOSA, "setosa"),
    "reserved later on": ("my_cortex_", "my_cortex_"),
}
_BAD_VALUES: dict[str, Any] = {
    "None": None,
    "text": "abc",
    "forging text": "1|c\nforged:5|g",
    "text nan": "nan",
    "list": [1],
    "nan": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "10**5000": 10**5000,
    "complex": 1j,
    "decimal nan": Decimal("sNaN"),
    "large decimal": Decimal("1e400"),
    "large fraction": Fraction(10**400, 3),
    "numpy nan": np.float32("nan"),
    "numpy array": np.array([1.0, 2.0]),
}
_GOOD_VALUES: dict[str, tuple[Any, float]] = {
    "True": (True, 1),
    "False": (False, 0),
    "int": (3, 3),
    "large int": (2**64 + 1, 2**64 + 1),
    "float": (0.1, 0.1),
    "tiny": (5e-324, 5e-324),
    "huge": (1.7976931348623157e308, 1.7976931348623157e308),
    "minus zero": (-0.0, 0),
    "text": ("2.5", 2.5),
    "Decimal": (Decimal("1.5"), 1.5),
    "Fraction": (Fraction(1, 4), 0.25),
    "IntEnum": (Level.HIGH, 3),
    "numpy int64": (np.int64(2**62 + 1), 2**62 + 1),
    "numpy float32": (np.float32(0.5), 0.5),
    "numpy float64": (np.float64(0.1), 0.1),
    "numpy bool": (np.True_, 1),
    "numpy scalar array": (np.array(3), 3),
}
_BAD_TAGS: dict[str, tuple[Any, str]] = {
    "list": (["model:v1"], "tags"),
    "text": ("model:v1", "tags"),
    "number": (7, "tags"),
    "True": (True, "tags"),
    "set": ({"model"}, "tags"),
    "pairs": ([("model", "v1")], "tags"),
    "empty key": ({"": "v1"}, "tags"),
    "odd mapping": (OddMapping(), "tags"),
    "long value": ({"model": "v" * 10_000}, "size"),
    "long key": ({"m" * 10_000: "v1"}, "size"),
    "too many": ({number: number for number in range(10_000)}, "size"),
    "long together": ({f"{number:099}": number for number in range(100)}, "size"),
}
_GOOD_TAGS: dict[str, tuple[Any, dict[str, str]]] = {
    "None": (None, {}),
    "empty": ({}, {}),
    "empty list": ([], {}),
    "text": ({"model": "v1"}, {"model": "v1"}),
    "many": ({f"tag{number}": number for number in range(50)}, {f"tag{n}": str(n) for n in range(50)}),
    "other kinds": (
        {"one": 1, "yes": True, "half": 0.5, "none": None, "kind": Species.SETOSA},
        {"one": "1", "yes": "True", "half": "0.5", "none": "None", "kind": "setosa"},
    ),
    "odd text": ({OddText("key"): OddText("value")}, {"key": "value"}),
    "key with signs": ({"a:b|c\nd": "v1"}, {"a_b_c_d": "v1"}),
    "value with a colon": ({"url": "http://host:80/x"}, {"url": "http://host:80/x"}),
    "read-only": (MappingProxyType({"model": "v1"}), {"model": "v1"}),
}


def test_is_a_metrics_client(subject: Subject) -> None:
    """Each has the protocol's three methods."""
    assert isinstance(subject.client, MetricsClient)


def test_pushes_arrive(guarded: Subject) -> None:
    """Kind, name, value and tags arrive as they were pushed; an increment is by 1."""
    guarded.client.increment("predictions", tags={"model": "v1"})
    guarded.client.gauge("queue", 3)
    guarded.client.histogram(metric="latency", value=0.25, tags={"model": "v1", "zone": "b"})
    guarded.client.increment("bytes", 512)
    assert guarded.arrived() == guarded.expect(
        MetricCall("counter", "predictions", 1, {"model": "v1"}),
        MetricCall("gauge", "queue", 3, {}),
        MetricCall("histogram", "latency", 0.25, {"model": "v1", "zone": "b"}),
        MetricCall("counter", "bytes", 512, {}),
    )
    assert guarded.client.dropped == {}


def test_pushes_of_a_series_are_one(guarded: Subject) -> None:
    """A counter adds up, a gauge has its last value, a histogram every sample; other tags are apart."""
    calls = [
        *(MetricCall("counter", "predictions", value, {"model": "v1"}) for value in (2, 3)),
        MetricCall("counter", "predictions", 5, {"model": "v2"}),
        *(MetricCall("gauge", "queue", value, {"model": "v1"}) for value in (7, -4, -4, -5.5)),
        *(MetricCall("histogram", "latency", value, {"model": "v1"}) for value in (0.5, 4)),
    ]
    for call in calls:
        _push(guarded.client, call.kind, call.metric, call.value, call.tags)
    assert guarded.arrived() == guarded.expect(*calls)
    assert guarded.client.dropped == {}


@pytest.mark.parametrize(("name", "reason"), _BAD_NAMES.values(), ids=_BAD_NAMES)
def test_a_name_that_is_none_is_dropped(subject: Subject, name: Any, reason: str) -> None:
    """A name that cannot be sent is dropped and counted by every method, and nothing is raised."""
    _push_thrice(subject.client, name, 1, None)
    assert subject.arrived() == {}
    assert subject.client.dropped == _counted(subject, reason, 3)


@pytest.mark.parametrize("client", GUARDED)
@pytest.mark.parametrize(("name", "clean"), _CLEANED_NAMES.values(), ids=_CLEANED_NAMES)
def test_a_name_is_cleaned(client: str, name: str, clean: str) -> None:
    """A name with foreign characters arrives under a safe name, and forges no other metric."""
    for kind in _KINDS:
        with SUBJECTS[client]() as guarded:
            _push(guarded.client, kind, name, 1, None)
            assert guarded.arrived() == guarded.expect(MetricCall(kind, clean, 1, {}))
            assert guarded.client.dropped == {}


@pytest.mark.parametrize("value", _BAD_VALUES.values(), ids=_BAD_VALUES)
def test_a_value_that_is_none_is_dropped(subject: Subject, value: Any) -> None:
    """What is no finite number is dropped and counted by every method, and nothing is raised."""
    _push_thrice(subject.client, "metric", value, None)
    assert subject.arrived() == {}
    assert subject.client.dropped == _counted(subject, "value", 3)


@pytest.mark.parametrize(("value", "number"), _GOOD_VALUES.values(), ids=_GOOD_VALUES)
def test_a_number_of_any_kind_arrives(guarded: Subject, value: Any, number: float) -> None:
    """Numbers of any kind arrive as plain ones, as exactly as the wire can have it."""
    _push_each(guarded.client, "metric_", value, None)
    calls = [MetricCall(kind, f"metric_{kind}", number, {}) for kind in _KINDS]
    assert guarded.arrived() == guarded.expect(*calls)
    assert guarded.client.dropped == {}


def test_a_series_that_is_known_is_guarded_alike(guarded: Subject) -> None:
    """What was pushed before lets no odd value pass, and makes no other tag the same."""
    odd: dict[Any, Any] = {OddText("model"): OddText("1")}
    for kind in _KINDS:
        for tags in ({"model": "1"}, {"model": True}, {"model": 1}, odd):
            _push(guarded.client, kind, f"metric_{kind}", 2, tags)
        for value in _BAD_VALUES.values():
            _push(guarded.client, kind, f"metric_{kind}", value, {"model": "1"})
        _push(guarded.client, kind, f"metric_{kind}", np.float32(0.5), {"model": "1"})
    values = [("1", 2), ("True", 2), ("1", 2), ("1", 2), ("1", 0.5)]
    assert guarded.arrived() == guarded.expect(
        *(
            MetricCall(kind, f"metric_{kind}", value, {"model": tag})
            for kind in _KINDS
            for tag, value in values
        )
    )
    assert guarded.client.dropped == {"value": 3 * len(_BAD_VALUES)}


def test_a_value_below_zero_arrives_or_is_counted(guarded: Subject) -> None:
    """A gauge can be below zero; what else is arrives so, or is counted where the other end has no such."""
    _push_each(guarded.client, "metric_", -3, None)
    arrived, negative = guarded.arrived(), guarded.client.dropped.get("negative", 0)
    expected = guarded.expect(*(MetricCall(kind, f"metric_{kind}", -3, {}) for kind in _KINDS))
    assert arrived.items() <= expected.items()
    assert len(arrived) + negative == 3
    assert "gauge" in {kind for kind, _, _ in arrived}


@pytest.mark.parametrize(("tags", "reason"), _BAD_TAGS.values(), ids=_BAD_TAGS)
def test_tags_that_are_none_drop_the_push(subject: Subject, tags: Any, reason: str) -> None:
    """A push whose tags cannot be sent is dropped whole and counted, and nothing is raised."""
    _push_thrice(subject.client, "metric", 1, tags)
    assert subject.arrived() == {}
    assert subject.client.dropped == _counted(subject, reason, 3)


@pytest.mark.parametrize(("tags", "texts"), _GOOD_TAGS.values(), ids=_GOOD_TAGS)
def test_tags_arrive_as_text(guarded: Subject, tags: Any, texts: dict[str, str]) -> None:
    """Both sides of a tag arrive as text, and only the key is cleaned."""
    _push_each(guarded.client, "metric_", 1, tags)
    calls = [MetricCall(kind, f"metric_{kind}", 1, texts) for kind in _KINDS]
    assert guarded.arrived() == guarded.expect(*calls)
    assert guarded.client.dropped == {}


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, RecursionError])
def test_an_object_that_raises_is_dropped(guarded: Subject, error: type[Exception]) -> None:
    """An object that raises at every question is dropped and counted wherever it stands."""
    raising: Any = Raising(error())
    _push_thrice(guarded.client, raising, 1, None)
    _push_thrice(guarded.client, "metric", raising, None)
    _push_thrice(guarded.client, "metric", 1, raising)
    _push_thrice(guarded.client, "metric", 1, {"key": raising})
    assert guarded.arrived() == {}
    assert guarded.client.dropped == {"name": 3, "value": 3, "tags": 6}


def test_equal_keys_stay_apart(guarded: Subject) -> None:
    """1, True and 1.0 are three values of a tag."""
    for value in (1, True, 1.0):
        guarded.client.increment("metric", tags={"value": value})
    texts = ("1", "True", "1.0")
    assert guarded.arrived() == guarded.expect(
        *(MetricCall("counter", "metric", 1, {"value": text}) for text in texts)
    )


def test_tags_are_copied(guarded: Subject) -> None:
    """What happens to the dict after the push changes nothing, and the push changes no dict."""
    tags = {"model": "v1"}
    guarded.client.increment("metric", tags=tags)
    assert tags == {"model": "v1"}
    tags["model"] = "v2"
    assert guarded.arrived() == guarded.expect(MetricCall("counter", "metric", 1, {"model": "v1"}))


@pytest.mark.parametrize("name", ["cortex_status_code", "istio_requests", "cortex_", "cortex:latency"])
@pytest.mark.parametrize("client", [name for name in GUARDED if name != "with-prefix"])
def test_reserved_names_are_never_sent(client: str, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A reserved name is dropped, counted, and logged as an error once, even where cleaning makes it one."""
    with SUBJECTS[client]() as guarded:
        _push_thrice(guarded.client, name, 1, None)
        assert guarded.arrived() == {}
        assert guarded.client.dropped == {"reserved": 3}
    (record,) = (record for record in caplog.records if record.name == "predictor_kit.metrics")
    assert record.levelno == logging.ERROR
    assert name.replace(":", "_") in record.getMessage()


@pytest.mark.parametrize(
    "name", ["cortex.requests", "cortex/requests", "cortex-requests", "Cortex_requests", "istio", "istio."]
)
def test_no_spelling_arrives_as_a_reserved_name(guarded: Subject, name: str) -> None:
    """However a client writes a name: what begins with cortex_ or istio_ then is counted, and not sent."""
    for kind in _KINDS:
        # Tags are part of a name, too, or may be.
        _push(guarded.client, kind, name, 1, {"_": "v1"} if kind == "gauge" else None)
    arrived = guarded.arrived()
    assert not [key for key in arrived if key[1].startswith(("cortex_", "istio_"))]
    # Where only one kind can have the name.
    dropped = {"reserved": 0, "conflict": 0, **guarded.client.dropped}
    assert len(arrived) + dropped["reserved"] + dropped["conflict"] == 3


_SPELT = {
    "prometheus": ("cortex.requests", "cortex_requests_total"),
    "statsd": ("cortex/requests", "cortex_requests"),
    "statsd at once": ("cortex/requests", "cortex_requests"),
    "statsd-without-tags": ("cortex/requests", "cortex_requests"),
    "opentelemetry": ("Cortex_requests", "cortex_requests"),
}


@pytest.mark.parametrize(("client", "name", "sent"), [(client, *names) for client, names in _SPELT.items()])
def test_a_reserved_name_in_another_spelling(
    client: str, name: str, sent: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is counted at each push, and logged once as it would have been sent."""
    with SUBJECTS[client]() as guarded:
        for value in (1, 2, 3):
            guarded.client.increment(name, value)
        assert guarded.arrived() == {}
        assert guarded.client.dropped == {"reserved": 3}
    (message,) = caplog.messages
    assert f"metric {sent} was not sent" in message


def test_a_prefix_makes_no_name_reserved_that_is_not() -> None:
    """What counts is the name that would be sent."""
    with SUBJECTS["with-prefix"]() as guarded:
        guarded.client.increment("cortex_latency")
        assert guarded.arrived() == guarded.expect(MetricCall("counter", "cortex_latency", 1, {}))


def test_reserved_names_are_logged_one_by_one_within_a_bound(caplog: pytest.LogCaptureFixture) -> None:
    """Each reserved name has its own line, but not for ever; all are counted."""
    client = InMemoryMetrics()
    for number in range(1100):
        client.increment(f"cortex_{number}")
    assert client.dropped == {"reserved": 1100}
    assert len(caplog.records) == 1000


def test_losses_are_logged_once_a_minute(
    guarded: Subject, caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    """However much is lost, there is one line a minute; it says what, and why."""
    for _ in range(3):
        guarded.client.increment("lost", float("nan"))
    (first,) = caplog.messages
    assert re.match(r"metric (app\.)?lost was dropped: its value is not a finite number;", first)
    clock.now += 61
    _push_thrice(guarded.client, "", 1, None)
    (_, second) = caplog.messages
    assert second.startswith("a metric was dropped: its name is not text, or is empty;")
    assert guarded.client.dropped == {"value": 3, "name": 3}


@pytest.mark.parametrize("name", ["cortex_x", "lost"])
def test_a_failing_log_handler_reaches_nobody(guarded: Subject, name: str) -> None:
    """Nothing is raised even where logging itself fails."""
    logger = logging.getLogger("predictor_kit.metrics")

    def fail(record: logging.LogRecord) -> bool:
        raise RuntimeError("a broken filter")

    logger.addFilter(fail)
    try:
        guarded.client.increment(name, float("nan"))
    finally:
        logger.removeFilter(fail)
    assert sum(guarded.client.dropped.values()) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_passes(guarded: Subject, error: type[BaseException]) -> None:
    """What is no Exception is not held up, wherever it comes from."""
    raising: Any = Raising(error())
    for name, value, tags in (("a", raising, None), ("a", 1, {"key": raising}), (raising, 1, None)):
        with pytest.raises(error):
            guarded.client.gauge(name, value, tags)
    assert guarded.client.dropped == {}


def test_threads_lose_nothing(guarded: Subject) -> None:
    """Eight threads push at once; every push arrives, or is counted."""

    def push() -> None:
        for number in range(12):
            guarded.client.increment("counted", tags={"model": "v1"})
            guarded.client.histogram("sampled", number)
            guarded.client.gauge("lost", float("nan"))

    _at_once(push, 8)
    counted = [MetricCall("counter", "counted", 1, {"model": "v1"})] * 96
    sampled = [MetricCall("histogram", "sampled", number, {}) for number in range(12)] * 8
    assert guarded.arrived() == guarded.expect(*counted, *sampled)
    assert guarded.client.dropped == {"value": 96}


def test_close_twice_and_use_afterwards(subject: Subject) -> None:
    """Closing again does nothing; a later push raises nothing, and arrives or is counted."""
    subject.client.increment("before")
    subject.client.close()
    subject.client.close()
    _push_each(subject.client, "after_", 1, None)
    dropped = subject.client.dropped
    if not isinstance(subject.client, NullMetrics):
        assert len(subject.arrived()) + sum(dropped.values()) == 4
    assert set(dropped) <= {"closed"}


def test_close_before_anything(subject: Subject) -> None:
    """A client that was never used can be closed."""
    subject.client.close()
    assert subject.arrived() == {}


@pytest.mark.parametrize("timeout", [0, 0.5, 5])
def test_flush_and_close_within_a_time(subject: Subject, timeout: float) -> None:
    """Every client can be flushed and closed within so many seconds, and loses nothing by it."""
    subject.client.increment("before")
    subject.client.flush(timeout)
    subject.client.flush(timeout=timeout)
    subject.client.flush()
    calls = [] if isinstance(subject.client, NullMetrics) else [MetricCall("counter", "before", 1, {})]
    assert subject.arrived() == subject.expect(*calls)
    subject.client.close(timeout)
    subject.client.close(timeout=timeout)
    subject.client.flush(timeout)
    assert subject.client.dropped == {}


def test_the_time_has_the_same_default_everywhere(subject: Subject) -> None:
    """Flushing and closing take five seconds at most, unless it is said."""
    for end in (subject.client.flush, subject.client.close):
        assert str(inspect.signature(end)) == "(timeout: float = 5.0) -> None"


@pytest.mark.parametrize(
    "derive", [lambda client: with_tags(client, {"a": 1}), lambda client: FanOutMetrics([client])]
)
def test_a_client_of_ones_own_may_raise(derive: Callable[[Any], Any]) -> None:
    """In whatever of this package it stands, a push raises nothing; it is counted."""
    client = derive(Broken(OSError("disk full")))
    _push_thrice(client, "a", 1, {"model": "v1"})
    assert client.dropped == {"send": 3}


def test_a_copy_is_the_client_itself(guarded: Subject) -> None:
    """Copying a container copies its arguments; the client stays one."""
    assert copy.copy(guarded.client) is guarded.client
    assert copy.deepcopy({"client": guarded.client})["client"] is guarded.client


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_counts_its_own_losses(guarded: Subject) -> None:
    """So the sum over all processes has each of them once."""
    _push_thrice(guarded.client, "", 1, None)
    child = os.fork()
    if not child:
        began = guarded.client.dropped == {}
        guarded.client.gauge("metric", float("nan"))
        os._exit(7 if began and guarded.client.dropped == {"value": 1} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert guarded.client.dropped == {"name": 3}


def test_dropped_is_a_copy(guarded: Subject) -> None:
    """What one does with the counts does not change them."""
    guarded.client.gauge("metric", float("nan"))
    counts: Any = guarded.client.dropped
    counts.clear()
    assert guarded.client.dropped == {"value": 1}


_TEXTS = st.text(st.characters(), max_size=12) | st.sampled_from(
    [
        "a:1|c\nforged:5|g\nb",
        "v1|#zone:a",
        'x"} 1\nforged 5\n',
        "a,b=c",
        "\ud800",
        "_total",
        "le",
        "é",
        " ",
        "\r",
    ]
)
_NUMBERS = st.integers() | st.floats() | st.booleans() | st.sampled_from(["1|c\nforged:5|g", "2.5", None])
_PUSHES = st.lists(
    st.tuples(
        st.sampled_from(["counter", "gauge", "histogram"]),
        _TEXTS,
        _NUMBERS,
        st.none() | st.dictionaries(_TEXTS, _TEXTS | _NUMBERS, max_size=3),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("client", GUARDED)
@given(pushes=_PUSHES)
@settings(max_examples=40)
def test_nothing_pushed_forges_a_metric(client: str, pushes: list[tuple[str, Any, Any, Any]]) -> None:
    """Whatever the names, values and tags: what arrives parses and was pushed; the rest is counted."""
    reference = InMemoryMetrics()
    with SUBJECTS[client]() as guarded:
        for push in pushes:
            _push(guarded.client, *push)
            _push(reference, *push)
        arrived, dropped = guarded.arrived(), guarded.client.dropped
        expected = guarded.expect(*reference.calls)
    # A prefix makes another name of a reserved one.
    assume("reserved" not in reference.dropped)
    assert {key[:2] for key in arrived} <= {key[:2] for key in expected}
    if sum(dropped.values()) == sum(reference.dropped.values()):
        assert {key[:2] for key in arrived} == {key[:2] for key in expected}


_KINDS: tuple[Any, ...] = ("counter", "gauge", "histogram")
_METHODS = {"counter": "increment", "gauge": "gauge", "histogram": "histogram"}


def _push(client: Any, kind: str, name: Any, value: Any, tags: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(client, _METHODS[kind])(name, value, tags)


def _push_thrice(client: Any, name: Any, value: Any, tags: Any) -> None:
    for kind in _KINDS:
        _push(client, kind, name, value, tags)


def _push_each(client: Any, prefix: str, value: Any, tags: Any) -> None:
    """By each method to a name of its own: of one name, some clients take one kind only."""
    for kind in _KINDS:
        _push(client, kind, prefix + kind, value, tags)


def _counted(subject: Subject, reason: str, times: int) -> dict[str, int]:
    return {} if isinstance(subject.client, NullMetrics) else {reason: times}


def _at_once(work: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
