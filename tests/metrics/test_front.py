"""How pushes are summed up, and what bounds them: DogStatsdMetrics with the server as the witness."""

import linecache
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from types import FrameType, MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.metrics import DogStatsdMetrics, background, front, store, turns, udp

from .conftest import Clock
from .wire import Line, Server


@pytest.fixture
def metrics(server: Server) -> Iterator[DogStatsdMetrics]:
    client = DogStatsdMetrics("127.0.0.1", server.port, 3600)
    yield client
    client.close()


_WHOLE = st.integers(-(2**80), 2**80) | st.booleans()
_BROKEN = st.floats(-1e15, 1e15)


@given(st.lists(_WHOLE, min_size=1, max_size=20), st.lists(_BROKEN, max_size=20), st.integers(1, 5))
def test_sums_are_exact(whole: list[int], broken: list[float], flushes: int) -> None:
    """Whole numbers are summed exactly beside floats, however large and in however many flushes."""
    with Server() as server:
        metrics = DogStatsdMetrics("127.0.0.1", server.port, 3600)
        for number, value in enumerate([*whole, *broken]):
            metrics.increment("a", value)
            if number % flushes == 0:
                metrics.flush()
        metrics.close()
        lines = server.lines()
    exact: list[Any] = [line.value for line in lines]
    assert sum(value for value in exact if isinstance(value, int)) == sum(whole)
    total = sum(value for value in exact if isinstance(value, float))
    assert total == pytest.approx(sum(broken), abs=1e-9 * (1 + sum(map(abs, broken))))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["increment", "gauge", "histogram"]),
            st.sampled_from(["a", "b", "b:", "c_"]),
            st.sampled_from([1, 2.5, True, "3", 0]),
            st.sampled_from(
                [
                    *(None, {}, {"m": "v1"}, {"m": "v2"}, {"m": 1}, {"m": True}, {"m": 1.0}, {"m": None}),
                    *({"m": "v1", "n": 2}, {"n": 2, "m": "v1"}, {"m:": "v1"}, MappingProxyType({"m": "v1"})),
                ]
            ),
        ),
        max_size=60,
    )
)
def test_any_pushes_come_to_what_they_say(pushes: list[tuple[str, str, Any, Any]]) -> None:
    """Sums, last values and samples are those of a simple model, whatever the order of pushes and of tags."""
    with Server() as server:
        metrics = DogStatsdMetrics("127.0.0.1", server.port, 3600)
        for method, name, value, tags in pushes:
            getattr(metrics, method)(name, value, tags)
        metrics.close()
        lines = server.lines()
    arrived = {key: [line.value for line in lines if _key(line) == key] for key in map(_key, lines)}
    assert {key: sum(values) if key[0] == "c" else values for key, values in arrived.items()} == _model(
        pushes
    )
    assert metrics.dropped == {}


def _key(line: Line) -> tuple[Any, ...]:
    return line.type, line.name, frozenset(line.tags)


def _model(pushes: list[tuple[str, str, Any, Any]]) -> dict[tuple[Any, ...], Any]:
    values: dict[tuple[Any, ...], list[float]] = {}
    for method, name, raw, tags in pushes:
        texts = frozenset(f"{key.replace(':', '_')}:{text}" for key, text in (tags or {}).items())
        key = (method[0].replace("i", "c"), name.replace(":", "_"), texts)
        values.setdefault(key, []).append(float(raw))
    summed: dict[str, Any] = {"c": sum, "g": lambda pushed: pushed[-1:], "h": list}
    return {key: summed[key[0]](pushed) for key, pushed in values.items()}


def test_true_is_one(server: Server, metrics: DogStatsdMetrics) -> None:
    """As a value True is sent as 1, also where the series is known already."""
    for _ in range(3):
        metrics.gauge("level", True)
        metrics.histogram("sample", False)
        metrics.increment("count", True)
    metrics.flush()
    values = {line.name: line.value for line in server.lines()}
    assert values == {"level": 1, "sample": 0, "count": 3}
    assert {type(value) for value in values.values()} == {int}


def test_many_samples_of_a_known_series(server: Server, metrics: DogStatsdMetrics) -> None:
    """More samples than a series holds before it is folded arrive all, and sums stay right."""
    for number in range(5000):
        metrics.increment("count", 1, {"n": 1})
        metrics.histogram("sample", number)
    metrics.increment("count", 0.5, {"n": 1})
    metrics.flush()
    lines = server.lines()
    assert sum(line.value for line in lines if line.name == "count") == 5000.5
    assert sorted(line.value for line in lines if line.name == "sample") == list(range(5000))
    assert metrics.dropped == {}


def test_sums_beyond_all_floats(server: Server, metrics: DogStatsdMetrics) -> None:
    """A sum that no server could read is dropped and counted; one that comes back is sent."""
    for value in (1.7e308, 1.7e308, -1.7e308):
        metrics.increment("a", value)
        metrics.increment("b", value if value > 0 else 1)
    metrics.increment("c", int(1.7e308))
    metrics.increment("c", int(1.7e308))
    metrics.flush()
    assert server.lines() == [Line("a", 1.7e308, "c")]
    assert metrics.dropped == {"value": 5}


def test_odd_values_in_a_known_series(server: Server, metrics: DogStatsdMetrics) -> None:
    """What is no finite number is refused also where the series is known; the last good value stays."""
    for value in (5, float("nan"), float("inf"), 10**5000, "x", None):
        for tags in ({"n": "1"}, {"n": 1}):
            metrics.gauge("level", value, tags)  # type: ignore[arg-type]  # what a user may do
    metrics.flush()
    assert server.lines() == [Line("level", 5, "g", ("n:1",))] * 1
    assert metrics.dropped == {"value": 10}


def test_a_name_that_looks_like_a_key(server: Server, metrics: DogStatsdMetrics) -> None:
    """A tuple is no name, though the front keeps tuples."""
    metrics.increment("a", tags={"m": "v1"})
    metrics.increment(("a", "m", "v1"))  # type: ignore[arg-type]  # what a user may do
    metrics.flush()
    assert server.lines() == [Line("a", 1, "c", ("m:v1",))]
    assert metrics.dropped == {"name": 1}


def test_tags_that_look_like_a_key(server: Server, metrics: DogStatsdMetrics) -> None:
    """Types are no tags of their own, though the front keeps types: each push has its own series."""
    alike: list[Any] = [{"a": 1}, {"a": str, 1: int}, {("a", 1): (str, int)}]
    for _ in range(2):
        for tags in alike:
            metrics.increment("n", tags=tags)
    metrics.flush()
    assert [line.value for line in server.lines()] == [2, 2, 2]


def test_too_many_samples(server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound samples are dropped and counted; the next flush makes room."""
    monkeypatch.setattr(store, "MOST_SAMPLES", 5000)
    monkeypatch.setattr("predictor_kit.metrics.worker.Worker.wake", lambda worker: None)
    for number in range(10_000):
        metrics.histogram("sample", number)
    metrics.flush()
    lines = server.lines()
    assert len(lines) + metrics.dropped["samples"] == 10_000
    assert 4096 <= len(lines) <= 5000 + 2048
    metrics.histogram("sample", 1)
    metrics.flush()
    assert len(server.lines()) == 1


def test_too_many_series(
    server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Beyond the bound series are dropped and counted; those that are not used make room."""
    monkeypatch.setattr(store, "MOST_SERIES", 10)
    for _ in range(2):
        for number in range(12):
            metrics.increment("a", tags={"user": str(number)})
    assert metrics.dropped == {"series": 4}
    metrics.flush()
    assert len(server.lines()) == 10
    clock.now += 1
    metrics.increment("a", tags={"user": "0"})
    metrics.flush()
    metrics.increment("a", tags={"user": "new"})
    metrics.flush()
    assert metrics.dropped == {"series": 4}
    assert [line.tags for line in server.lines()] == [("user:0",), ("user:new",)]


def test_a_series_leaves_after_a_minute(server: Server, metrics: DogStatsdMetrics, clock: Clock) -> None:
    """One that comes back later is as good as new, whatever it was known by."""
    for seconds in (0, 61, 61, 5):
        clock.now += seconds
        for tags in ({"m": "1", "n": "2"}, {"n": "2", "m": "1"}):
            metrics.increment("a", 1, tags)
        metrics.increment("b")
        metrics.flush()
        clock.now += 61
        metrics.increment("other")
        metrics.flush()
        assert sum(line.value for line in server.lines() if line.name == "a") == 2
    assert metrics.dropped == {}


def test_series_that_come_and_go_lose_nothing(
    server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads push while series leave: a push whose series leaves at that moment is sent all the same."""
    monkeypatch.setattr(store, "IDLE_SECONDS", 0.0)
    going = True

    def flush() -> None:
        while going:
            metrics.flush()

    def push() -> None:
        for number in range(2000):
            metrics.increment("a", tags={"n": str(number % 7)})

    flusher, threads = threading.Thread(target=flush), [threading.Thread(target=push) for _ in range(4)]
    for thread in (flusher, *threads):
        thread.start()
    received = [line.value for line in _until(server, 8000)]
    for thread in threads:
        thread.join()
    going = False
    flusher.join()
    metrics.close()
    assert sum(received) + sum(line.value for line in server.lines()) == 8000


def _until(server: Server, total: float) -> list[Line]:
    lines: list[Line] = []
    while sum(line.value for line in lines) < total:
        lines += server.datagram()
    return lines


def test_closing_while_threads_push(server: Server, metrics: DogStatsdMetrics) -> None:
    """Every push arrives or is counted as closed, and none is both."""
    started = threading.Barrier(5)

    def push() -> None:
        started.wait()
        for number in range(3000):
            metrics.increment("a", tags={"n": str(number % 3)})

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    metrics.close()
    for thread in threads:
        thread.join()
    assert sum(line.value for line in server.lines()) + metrics.dropped.get("closed", 0) == 12000
    assert set(metrics.dropped) <= {"closed"}


def test_a_push_in_the_middle_when_a_client_is_closed(server: Server, metrics: DogStatsdMetrics) -> None:
    """Closing waits for a thread that has found its series, and has not pushed yet."""
    reached, go_on = threading.Event(), threading.Event()

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and frame.f_code.co_name == "increment" and "samples.append(value)" in line:
            reached.set()
            go_on.wait()
        return trace

    def push() -> None:
        sys.settrace(trace)
        metrics.increment("a")

    metrics.increment("a")
    pushing, closing = threading.Thread(target=push), threading.Thread(target=metrics.close)
    pushing.start()
    reached.wait()
    closing.start()
    while metrics.dropped == {}:
        metrics.increment("b", float("nan"))
    go_on.set()
    for thread in (pushing, closing):
        thread.join()
    assert sum(line.value for line in server.lines() if line.name == "a") == 2


def test_samples_are_being_taken(
    server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A push never waits for the thread that takes the samples, though there are many."""
    reached, go_on = threading.Event(), threading.Event()

    def hold_up() -> float:
        reached.set()
        go_on.wait()
        return monotonic()

    metrics.increment("a")
    monkeypatch.setattr(store, "monotonic", hold_up)
    flushing = threading.Thread(target=metrics.flush)
    flushing.start()
    reached.wait()
    for _ in range(3000):
        metrics.increment("a")
    go_on.set()
    flushing.join()
    metrics.flush()
    assert sum(line.value for line in server.lines()) == 3001


@pytest.mark.parametrize("interval", [3600.0, 0.0])
@pytest.mark.parametrize("closing", [False, True])
def test_a_send_that_takes_long(
    server: Server, monkeypatch: pytest.MonkeyPatch, interval: float, closing: bool
) -> None:
    """Nothing waits for another thread's send: no push, and no flush or close for longer than it may."""
    sending, may_send, send = threading.Event(), threading.Event(), socket.socket.send

    def send_slowly(own: socket.socket, data: Any, *flags: int) -> int:
        sending.set()
        may_send.wait()
        return send(own, data, *flags)

    monkeypatch.setattr(socket.socket, "send", send_slowly)
    metrics = DogStatsdMetrics("127.0.0.1", server.port, interval)

    def push() -> None:
        metrics.increment("a")
        metrics.flush()

    pushing = threading.Thread(target=push)
    pushing.start()
    sending.wait()
    metrics.flush(timeout=0.01)
    metrics.increment("a")
    if closing:
        metrics.close(timeout=0.01)
    may_send.set()
    pushing.join()
    metrics.close()
    assert sum(line.value for line in server.lines()) + metrics.dropped.get("send", 0) == 2
    assert closing or metrics.dropped == {}


def test_a_flush_within_a_flush(
    server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal's handler that flushes in the middle of a flush does not wait for what it has interrupted."""
    send = socket.socket.send

    def interrupted(own: socket.socket, data: Any, *flags: int) -> int:
        metrics.flush(timeout=3600)
        return send(own, data, *flags)

    monkeypatch.setattr(socket.socket, "send", interrupted)
    metrics.increment("a")
    metrics.flush()
    assert server.lines() == [Line("a", 1, "c")]


@pytest.mark.usefixtures("no_thread")
def test_closing_in_no_time(server: Server, metrics: DogStatsdMetrics) -> None:
    """What takes time to send is dropped and counted; the first datagrams are sent all the same."""
    for number in range(5000):
        metrics.increment(f"a_counter_with_a_name_{number}")
    metrics.close(timeout=0)
    lines = server.lines()
    assert len(lines) + metrics.dropped["send"] == 5000
    assert 1000 < len(lines) < 2000


def test_a_signal_handler_may_push(server: Server, metrics: DogStatsdMetrics) -> None:
    """A handler that pushes in the middle of a push or a flush neither blocks nor loses anything."""
    handled = 0

    def push(*signal: object) -> None:
        nonlocal handled
        handled += 1
        metrics.increment("a", tags={"n": str(handled % 50)})

    before = signal.signal(signal.SIGALRM, push)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        count = 0
        while handled < 100:
            metrics.increment("a", tags={"n": str(count % 60)})
            count += 1
            if count % 50 == 0:
                metrics.flush()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    metrics.close()
    assert sum(line.value for line in server.lines()) == count + handled


def test_a_flush_in_the_middle_of_a_fold(server: Server, metrics: DogStatsdMetrics) -> None:
    """A signal's handler that flushes while its own thread makes room in a series waits for nothing."""
    reached: list[str] = []

    def interrupt(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "_folded":
            reached.append(event)
            sys.setprofile(None)
            metrics.flush(1)

    for number in range(store.CHUNK):
        metrics.histogram("h", number)
    sys.setprofile(interrupt)
    try:
        metrics.histogram("h", -1)
    finally:
        sys.setprofile(None)
    assert reached == ["call"]
    metrics.flush()
    assert sorted(line.value for line in server.lines()) == [*range(-1, store.CHUNK)]


def test_a_close_in_the_middle_of_a_flush(
    server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal's handler that closes while its own thread collects waits for nothing; all is sent."""
    closed: list[float] = []

    def interrupting() -> float:
        if not closed:
            closed.append(monotonic())
            metrics.close(0)
        return monotonic()

    metrics.increment("a", 3)
    monkeypatch.setattr(store, "monotonic", interrupting)
    metrics.flush()
    assert closed
    assert [line.value for line in server.lines()] == [3]
    assert metrics.dropped == {}


@pytest.mark.parametrize("interval", [3600.0, 0.0])
def test_a_handler_that_raises(server: Server, interval: float) -> None:
    """Wherever a signal's handler raises in a push or a flush, other threads push and flush afterwards."""
    metrics = DogStatsdMetrics("127.0.0.1", server.port, interval)
    metrics.increment("connected")
    metrics.flush()

    def push_and_flush() -> None:
        metrics._before_fork()  # so that the thread is started again
        metrics.histogram("h", 0)
        metrics.histogram("h", 0)
        metrics.flush()

    def push() -> None:
        metrics.increment("a")
        metrics.flush(10)

    step, raised = -1, True
    while raised:
        step += 1
        for _ in range(store.CHUNK - 1 if interval else 0):
            metrics.histogram("h", 0)
        raised = _raised_at(step, push_and_flush)
        server.lines()
        pushing = threading.Thread(target=push)
        pushing.start()
        pushing.join(60)
        assert Line("a", 1, "c") in server.lines()
        assert metrics._worker.running or not interval
    assert step > 20
    metrics.close()


class _Interrupt(BaseException):
    """What a signal's handler raises."""


_PLACES = [module.__file__ for module in (background, front, store, turns, udp)]


def _raised_at(step: int, work: Callable[[], object]) -> bool:
    """Do ``work``, and raise where the interpreter looks at signals in it for the ``step``-th time."""
    looks = 0

    def interrupt(frame: FrameType, event: str, called: Any) -> None:
        nonlocal looks
        # A lock that is entered by `with` is out of a handler's reach.
        if frame.f_code.co_filename in _PLACES and (
            event == "call" or (event == "c_return" and called.__name__ != "__enter__")
        ):
            looks += 1
            if looks > step:
                sys.setprofile(None)
                raise _Interrupt

    sys.setprofile(interrupt)
    try:
        work()
    except _Interrupt:
        return True
    finally:
        sys.setprofile(None)
    return False
