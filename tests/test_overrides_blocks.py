"""The forms of `override`: blocks, asynchronous ones, decorators, stacks; and the same one used again."""

import asyncio
import inspect
import unittest
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, aclosing
from typing import Any

import pytest
from dependency_injector import providers

from predictor_kit import PredictorContainer, load_predictor, override
from predictor_kit.errors import OverrideError, TeardownError
from predictor_kit.metrics import InMemoryMetrics


class Words(PredictorContainer):
    """One name to replace."""

    metrics_client = providers.Singleton(InMemoryMetrics)
    tokenizer = providers.Object("real")


container: Any = Words()


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """After each test nothing is overridden."""
    yield
    assert container.tokenizer.last_overriding is None
    assert container.tokenizer() == "real"


def test_entering_gives_the_target() -> None:
    """``with override(...) as x`` and ``async with`` give what is overridden."""
    with override(container, tokenizer=1) as entered:
        assert entered is container

    async def inside() -> None:
        async with override(Words, tokenizer=1) as entered:
            assert entered is Words
            assert entered().providers["tokenizer"]() == 1

    asyncio.run(inside())


def test_a_stack_holds_overrides() -> None:
    """An `ExitStack` and an `AsyncExitStack` take them, and restore the last one first."""
    with ExitStack() as stack:
        for number in range(3):
            stack.enter_context(override(container, tokenizer=number))
        assert container.tokenizer() == 2

    async def inside() -> None:
        async with AsyncExitStack() as stack:
            stack.enter_context(override(container, tokenizer=1))
            await stack.enter_async_context(override(container, tokenizer=2))
            assert container.tokenizer() == 2

    asyncio.run(inside())


def test_one_override_is_used_again_and_nested() -> None:
    """The same object can be entered one after the other, in itself, and in both ways at once."""
    again, other = override(container, tokenizer="fake"), override(container, tokenizer="other")
    for _ in range(2):
        with again:
            assert container.tokenizer() == "fake"
        assert container.tokenizer() == "real"
    with again, other, again:
        assert container.tokenizer() == "fake"
        with other, again:
            assert container.tokenizer() == "fake"
        assert container.tokenizer() == "fake"


def test_one_that_was_refused_can_be_left_alone() -> None:
    """A block that could not be entered leaves nothing to leave."""
    wrong = override(container, tokeniser=1)
    for _ in range(2):
        with pytest.raises(OverrideError):
            wrong.__enter__()
    with pytest.raises(IndexError):
        wrong.__exit__(None, None, None)


def test_a_function_runs_inside_its_own_block() -> None:
    """A decorated function has the replacement at each call, and is the same otherwise."""

    @override(container, tokenizer="fake")
    def ask(payload: int, *, failing: bool = False) -> tuple[int, Any]:
        """Asks."""
        if failing:
            raise KeyError(payload)
        return payload, container.tokenizer()

    assert (ask.__name__, ask.__doc__) == ("ask", "Asks.")
    assert list(inspect.signature(ask).parameters) == ["payload", "failing"]
    assert ask(1) == ask(1) == (1, "fake")
    with pytest.raises(KeyError):
        ask(1, failing=True)
    assert container.tokenizer() == "real"


def test_a_function_may_call_itself() -> None:
    """Each call of a decorated function has a block of its own, which it leaves alone."""

    @override(container, tokenizer="fake")
    def count(number: int) -> list[Any]:
        below = count(number - 1) if number else []
        return [*below, container.tokenizer()]

    assert count(3) == ["fake"] * 4


def test_a_coroutine_runs_inside_until_it_is_done() -> None:
    """A decorated coroutine function has the replacement across its awaits; calls may overlap."""
    turn: list[str] = []

    async def run() -> None:
        ready = asyncio.Event()

        @override(container, tokenizer="fake")
        async def ask(name: str) -> Any:
            if name == "first":
                await ready.wait()
            ready.set()
            turn.append(name)
            return container.tokenizer()

        assert inspect.iscoroutinefunction(ask)
        assert container.tokenizer() == "real"
        assert [*await asyncio.gather(ask("first"), ask("second"))] == ["fake", "fake"]

    asyncio.run(run())
    assert turn == ["second", "first"]


def test_a_generator_runs_inside_until_its_end() -> None:
    """A decorated generator has the replacement from its first item to its end, and gets what is sent."""

    @override(container, tokenizer="fake")
    def ask() -> Generator[Any, Any, str]:
        received = yield container.tokenizer()
        try:
            yield received
        except KeyError:
            yield "caught"
        return "returned"

    made: Any = ask()
    assert container.tokenizer() == "real"
    assert next(made) == container.tokenizer() == "fake"
    assert made.send("sent") == "sent"
    assert made.throw(KeyError()) == "caught"
    with pytest.raises(StopIteration) as stopped:
        next(made)
    assert stopped.value.value == "returned"


def test_a_generator_that_is_left_restores() -> None:
    """Closing a decorated generator early ends the block."""

    @override(container, tokenizer="fake")
    def ask() -> Iterator[Any]:
        yield container.tokenizer()

    made: Any = ask()
    assert next(made) == "fake"
    made.close()
    assert container.tokenizer() == "real"


def test_a_generator_exit_inside_a_block_restores() -> None:
    """A generator with a block of its own, left early, restores."""

    def ask() -> Iterator[Any]:
        with override(container, tokenizer="fake"):
            yield container.tokenizer()

    made: Any = ask()
    assert next(made) == "fake"
    made.close()
    assert container.tokenizer() == "real"


def test_an_async_generator_runs_inside_until_its_end() -> None:
    """A decorated asynchronous generator is sent to and thrown into as it would be undecorated."""

    @override(container, tokenizer="fake")
    async def ask() -> AsyncIterator[Any]:
        received = yield container.tokenizer()
        try:
            yield received
        except KeyError:
            yield "caught"

    async def run() -> None:
        made: Any = ask()
        assert container.tokenizer() == "real"
        assert await anext(made) == container.tokenizer() == "fake"
        assert await made.asend("sent") == "sent"
        assert await made.athrow(KeyError()) == "caught"
        with pytest.raises(StopAsyncIteration):
            await anext(made)
        assert container.tokenizer() == "real"
        assert [item async for item in ask()] == ["fake", None]

    asyncio.run(run())


def test_an_async_generator_that_is_left_restores() -> None:
    """Closing a decorated asynchronous generator early ends its own block, and the override's."""
    ended: list[Any] = []

    @override(container, tokenizer="fake")
    async def ask() -> AsyncIterator[Any]:
        try:
            yield container.tokenizer()
        finally:
            ended.append(container.tokenizer())

    async def run() -> None:
        async with aclosing(ask()) as made:  # type: ignore[type-var] # it is a generator
            assert await anext(made) == "fake"
        assert ended == ["fake"]
        assert container.tokenizer() == "real"

    asyncio.run(run())


def test_of_a_class_the_test_methods_run_inside() -> None:
    """Methods whose name begins with ``test``, inherited ones too, of any kind; nothing else of the class."""

    class Base:
        def test_inherited(self) -> Any:
            """Inherited."""
            return container.tokenizer()

    @override(container, tokenizer="fake")
    class Tests(Base):
        test_data = 5

        def test_own(self) -> Any:
            """Of its own."""
            return container.tokenizer()

        @staticmethod
        def test_static() -> Any:
            """Without an instance."""
            return container.tokenizer()

        @classmethod
        def test_class(cls) -> Any:
            """Of the class."""
            return cls.__name__, container.tokenizer()

        async def test_async(self) -> Any:
            """Asynchronous."""
            return container.tokenizer()

        def other(self) -> Any:
            return container.tokenizer()

    tests = Tests()
    assert tests.test_own() == tests.test_static() == tests.test_inherited() == "fake"
    assert tests.test_class() == ("Tests", "fake")
    assert asyncio.run(tests.test_async()) == "fake"
    assert tests.other() == Base().test_inherited() == "real"
    assert tests.test_data == 5


def test_a_test_case_of_unittest_runs_inside() -> None:
    """A `unittest.TestCase` can be decorated; its methods are found and pass."""

    @override(container, tokenizer="fake")
    class Case(unittest.TestCase):
        def test_it(self) -> None:
            """Asks."""
            assert container.tokenizer() == "fake"

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert (result.testsRun, result.failures, result.errors) == (1, [], [])


def test_a_class_without_tests_is_refused() -> None:
    """Decorating a predictor's class, say, would do nothing: it is an error."""

    class Predictor:
        def predict(self) -> None:
            """Not a test."""

    with pytest.raises(OverrideError, match="Predictor has no method whose name begins with 'test'"):
        override(container, tokenizer="fake")(Predictor)


def test_overrides_are_stacked_as_decorators() -> None:
    """Decorators nest like blocks: the lowest is the innermost."""

    @override(container, tokenizer="outer")
    @override(container, tokenizer="inner")
    def ask() -> Any:
        return container.tokenizer()

    assert ask() == "inner"


class Stop(BaseException):
    """What neither is an `Exception` nor known to anybody."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, Stop])
def test_whatever_ends_a_block_all_is_restored(error: type[BaseException]) -> None:
    """Exceptions of every kind come through, and everything is as before."""
    block = override(container, tokenizer="fake")
    with pytest.raises(error), block:
        raise error
    assert container.tokenizer() == "real"

    async def inside() -> None:
        async with block:
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        asyncio.run(inside())


def test_a_cancelled_task_restores() -> None:
    """A task that is cancelled inside its block leaves it."""

    async def run() -> None:
        entered = asyncio.Event()

        async def wait() -> None:
            async with override(container, tokenizer="fake"):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(wait())
        await entered.wait()
        assert container.tokenizer() == "fake"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert container.tokenizer() == "real"

    asyncio.run(run())


def test_an_error_of_the_block_goes_before_a_failing_end() -> None:
    """What fails while the override ends is noted on what the block raised; alone it is raised."""

    def opened(tokenizer: Any) -> Iterator[Any]:
        yield tokenizer
        raise OSError("not closed")

    tools: Any = type("Tools", (Words,), {"tool": providers.Resource(opened, Words.tokenizer)})()
    with pytest.raises(KeyError) as caught, override(tools, tokenizer="fake"):
        raise KeyError(tools.tool())
    assert caught.value.__notes__ == ["and then ending the override failed: OSError: not closed"]
    with pytest.raises(TeardownError) as failed, override(tools, tokenizer="fake"):
        tools.tool()
    assert str(failed.value).startswith("what was built with a replacement could not be taken down")
    assert tools.tool.last_overriding is tools.tokenizer.last_overriding is None


def test_a_constructor_that_raises_at_the_end_is_noted() -> None:
    """Where a predictor cannot be built anew at an end out of order, the block's own error goes on."""

    class Fragile:
        built = 0

        def __init__(self, tokenizer: Any) -> None:
            type(self).built += 1
            if self.built > 3:
                raise LookupError("no more")

        def predict(self, payload: Any) -> Any:
            return payload

    with load_predictor(Fragile, container=Words) as loaded:
        outer, inner = override(loaded, tokenizer=1), override(loaded, tokenizer=2)
        with ExitStack() as stack:
            with pytest.raises(KeyError) as caught, outer:
                raise KeyError(stack.enter_context(inner))
            assert caught.value.__notes__[-1] == "and then ending the override failed: LookupError: no more"


def test_its_repr_names_what_is_replaced() -> None:
    """The names and the target are shown, no values: they may be secret."""
    shown = repr(override(Words, tokenizer="secret", config={}))
    assert shown == f"<override of tokenizer, config in {Words!r}>"
    assert repr(override(Words)) == f"<override of nothing in {Words!r}>"
