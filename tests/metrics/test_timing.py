"""timer: what is timed, as a block and as a decorator of every kind of function."""

import asyncio
import contextlib
import functools
import inspect
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from typing import Any

import pytest

from predictor_kit.metrics import InMemoryMetrics, MetricCall, Timer, timer, timing

from .subjects import SUBJECTS, Own


class Clock:
    """A clock in seconds that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(timing, "perf_counter", stopped)
    return stopped


@pytest.fixture
def metrics() -> InMemoryMetrics:
    return InMemoryMetrics()


def values(metrics: InMemoryMetrics) -> list[float]:
    return [call.value for call in metrics.calls]


def test_a_block(metrics: InMemoryMetrics, clock: Clock) -> None:
    """A block's time is a sample of the histogram, in milliseconds, with the tags."""
    with timer(metrics, "inference", {"model": "v1"}):
        clock.now += 0.25
    assert metrics.calls == (MetricCall("histogram", "inference", 250, {"model": "v1"}),)


def test_an_async_block(metrics: InMemoryMetrics, clock: Clock) -> None:
    """``async with`` is the same; waiting is part of the time."""

    async def predict() -> None:
        async with timer(metrics, "inference", {"model": "v1"}) as timed:
            assert isinstance(timed, Timer)
            await asyncio.sleep(0)
            clock.now += 0.25

    asyncio.run(predict())
    assert metrics.calls == (MetricCall("histogram", "inference", 250, {"model": "v1"}),)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, asyncio.CancelledError])
def test_an_async_block_that_raises(metrics: InMemoryMetrics, error: type[BaseException]) -> None:
    """Its time is pushed, and what it raised is passed on; so it is when it is cancelled."""

    async def predict() -> None:
        async with timer(metrics, "inference"):
            raise error

    with pytest.raises(error):
        asyncio.run(predict())
    assert len(metrics.calls) == 1


def test_tags_are_read_at_the_end(metrics: InMemoryMetrics) -> None:
    """What a block found out can still be among its tags."""
    tags = {"model": "v1"}
    with timer(metrics, "inference", tags):
        tags["outcome"] = "hit"
    assert metrics.calls[0].tags == {"model": "v1", "outcome": "hit"}


def test_a_timer_inside_itself(metrics: InMemoryMetrics, clock: Clock) -> None:
    """One timer can be entered again before it was left; each block has its own time."""
    timed = timer(metrics, "inference")
    with timed:
        clock.now += 1
        with timed:
            clock.now += 2
    assert values(metrics) == [2000, 3000]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises(metrics: InMemoryMetrics, error: type[BaseException]) -> None:
    """Its time is pushed, and what it raised is passed on."""
    with pytest.raises(error), timer(metrics, "inference"):
        raise error
    assert len(metrics.calls) == 1


def test_a_function(metrics: InMemoryMetrics, clock: Clock) -> None:
    """Each call is timed, also one that raises; name, signature and result are the function's own."""

    @timer(metrics, "inference")
    def predict(payload: float, *, scale: float = 1) -> float:
        """Predict."""
        clock.now += payload
        return 1 / payload * scale

    assert predict(0.5, scale=3) == 6
    with pytest.raises(ZeroDivisionError):
        predict(0)
    assert values(metrics) == [500, 0]
    assert (predict.__name__, predict.__doc__) == ("predict", "Predict.")
    assert str(inspect.signature(predict)) == "(payload: float, *, scale: float = 1) -> float"


def test_a_method(metrics: InMemoryMetrics) -> None:
    """A method is bound as it was."""

    class Predictor:
        @timer(metrics, "inference")
        def predict(self, payload: int) -> tuple[object, int]:
            return self, payload

    predictor = Predictor()
    assert predictor.predict(1) == (predictor, 1)
    assert len(metrics.calls) == 1


def test_recursion_and_threads(metrics: InMemoryMetrics) -> None:
    """A decorated function calls itself, eight times at once: each call is one sample."""

    @timer(metrics, "inference")
    def count(number: int) -> int:
        return count(number - 1) + 1 if number else 0

    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(count(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [20] * 8
    assert len(metrics.calls) == 8 * 21
    assert min(call.value for call in metrics.calls) >= 0


def test_a_coroutine_function(metrics: InMemoryMetrics, clock: Clock) -> None:
    """Waiting is part of the time; calls that overlap have each their own."""

    @timer(metrics, "inference")
    async def predict(started: asyncio.Event, may_end: asyncio.Event) -> str:
        started.set()
        await may_end.wait()
        return "done"

    async def overlapping() -> list[str]:
        events = [(asyncio.Event(), asyncio.Event()) for _ in range(2)]
        tasks = []
        for started, may_end in events:
            tasks.append(asyncio.create_task(predict(started, may_end)))
            await started.wait()
            clock.now += 1
        for (_, may_end), task in zip(events, tasks, strict=True):
            may_end.set()
            await task
        return [task.result() for task in tasks]

    assert inspect.iscoroutinefunction(predict)
    assert asyncio.run(overlapping()) == ["done", "done"]
    assert values(metrics) == [2000, 1000]


def test_a_cancelled_coroutine(metrics: InMemoryMetrics) -> None:
    """Cancelling passes through, and the time until then is pushed."""

    @timer(metrics, "inference")
    async def predict() -> None:
        await asyncio.Event().wait()

    async def cancelled() -> None:
        task = asyncio.create_task(predict())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert len(metrics.calls) == 1


def talk() -> Generator[str, str, str]:
    """Says what it was sent or thrown, until it is told to stop."""
    said = ""
    with contextlib.suppress(GeneratorExit):
        while said != "stop":
            try:
                said = yield f"said {said}"
            except KeyError as error:
                said = f"thrown {error.args[0]}"
    return "bye"


def test_a_generator_function(metrics: InMemoryMetrics, clock: Clock) -> None:
    """It is timed from the first step to its end; what is sent, thrown and returned passes through."""
    timed = timer(metrics, "stream")(talk)
    assert inspect.isgeneratorfunction(timed)
    talking = timed()
    clock.now += 100
    assert next(talking) == "said "
    assert talking.send("a") == "said a"
    assert talking.throw(KeyError("b")) == "said thrown b"
    assert values(metrics) == []
    clock.now += 2
    with pytest.raises(StopIteration) as stopped:
        talking.send("stop")
    assert stopped.value.value == "bye"
    assert values(metrics) == [2000]


def test_a_generator_that_is_left(metrics: InMemoryMetrics) -> None:
    """Closing it closes the generator inside, and pushes the time; one never begun has none."""
    timed = timer(metrics, "stream")(talk)
    talking = timed()
    next(talking)
    talking.close()
    timed().close()
    assert len(metrics.calls) == 1


async def talk_async() -> AsyncGenerator[str, str]:
    """As `talk`; what it says after it was closed tells that it was."""
    said = ""
    try:
        while said != "stop":
            try:
                said = yield f"said {said}"
            except KeyError as error:
                said = f"thrown {error.args[0]}"
        await asyncio.sleep(0)
    finally:
        ENDED.append(said)


ENDED: list[str] = []


def test_an_async_generator_function(metrics: InMemoryMetrics, clock: Clock) -> None:
    """What is sent and thrown passes through; the time is from the first step to the end."""
    timed = timer(metrics, "stream")(talk_async)
    assert inspect.isasyncgenfunction(timed)

    async def talking() -> None:
        generator = timed()
        clock.now += 100
        assert await anext(generator) == "said "
        assert await generator.asend("a") == "said a"
        assert await generator.athrow(KeyError("b")) == "said thrown b"
        assert values(metrics) == []
        clock.now += 2
        with pytest.raises(StopAsyncIteration):
            await generator.asend("stop")

    asyncio.run(talking())
    assert values(metrics) == [2000]


def test_an_async_generator_that_is_left_or_fails(metrics: InMemoryMetrics) -> None:
    """Closing it closes the generator inside at once; what is raised there comes out."""
    timed = timer(metrics, "stream")(talk_async)

    async def left() -> None:
        generator = timed()
        await anext(generator)
        await generator.asend("left")
        await generator.aclose()
        assert ENDED[-1] == "left"
        failing = timed()
        await anext(failing)
        with pytest.raises(ZeroDivisionError):
            await failing.athrow(ZeroDivisionError())

    asyncio.run(left())
    assert len(metrics.calls) == 2


class Asynchronous:
    async def __call__(self, payload: int) -> int:
        return payload


class Streaming:
    def __call__(self) -> Iterator[int]:
        yield 1


async def awaited(payload: int) -> int:
    return payload


@pytest.mark.parametrize("function", [Asynchronous(), functools.partial(awaited)])
def test_what_is_called_may_be_an_object(metrics: InMemoryMetrics, function: Callable[..., Any]) -> None:
    """An object whose call is a coroutine is timed as one."""

    async def called() -> int:
        pending = timer(metrics, "inference")(function)(3)
        assert values(metrics) == []
        result: int = await pending
        return result

    assert asyncio.run(called()) == 3
    assert len(metrics.calls) == 1


def test_an_object_that_streams(metrics: InMemoryMetrics) -> None:
    """An object whose call is a generator is timed as one."""
    assert list(timer(metrics, "stream")(Streaming())()) == [1]
    assert len(metrics.calls) == 1


def test_a_class_is_timed_as_it_is_made(metrics: InMemoryMetrics) -> None:
    """A class is called to make an object, whatever its objects do when they are called."""
    made = timer(metrics, "load")(Asynchronous)()
    assert type(made) is Asynchronous
    assert len(metrics.calls) == 1


@pytest.mark.parametrize("client", SUBJECTS)
def test_any_client(client: str) -> None:
    """Whatever the client, a sample arrives there."""
    with SUBJECTS[client]() as subject:
        with timer(subject.client, "inference"):
            pass
        kinds = [key[0] for key in subject.arrived()]
        assert kinds == ([] if client == "null" else ["histogram"])


def test_a_client_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    """A client of one's own that fails hides neither a result nor what the body raised; it is logged."""

    class Broken(Own):
        def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
            raise OSError("disk full")

    assert timer(Broken(), "inference")(lambda: 3)() == 3
    with pytest.raises(ValueError, match="of the body"), timer(Broken(), "inference"):
        raise ValueError("of the body")
    assert caplog.messages == ["a metrics client failed: Broken"] * 2
