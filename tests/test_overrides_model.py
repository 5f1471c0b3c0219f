"""Random sequences of overrides against a simple model: a list of what stands, the last one counts."""

import threading
from contextlib import ExitStack
from typing import Any

import pytest
from dependency_injector import providers
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from predictor_kit import PredictorContainer, load_predictor, override, resolve
from predictor_kit.errors import OverrideError
from predictor_kit.metrics import InMemoryMetrics


class Box:
    def __init__(self, *args: Any, **named: Any) -> None:
        self.args, self.named = args, named


class Predictor:
    def __init__(self, a: Any, b: Any, n: Any, top: Any, listed: Any) -> None:
        self.a, self.b, self.n, self.top, self.listed = a, b, n, top, listed

    def predict(self, payload: Any) -> Any:
        return self


class Wired(PredictorContainer):
    """Singletons over factories over singletons, lists, and an option of the config."""

    metrics_client = providers.Singleton(InMemoryMetrics)
    a = providers.Singleton(Box)
    b = providers.ThreadSafeSingleton(Box)
    n = providers.Singleton(Box, PredictorContainer.config.n)
    between = providers.Factory(Box, a)
    middle = providers.Singleton(Box, between)
    top = providers.Singleton(Box, middle, b=b, option=PredictorContainer.config.n)
    listed = providers.Resource(Box, providers.List(a, providers.Dict(b=b)))


def told() -> None:
    raise LookupError("a replacement that cannot be built")


REPLACEMENTS = st.dictionaries(
    st.sampled_from(["a", "b", "middle", "config"]),
    st.sampled_from(["object", "provider", "object", "provider", "raising"]),
    min_size=1,
    max_size=2,
)


ERRORS = [None, ValueError("inside"), KeyboardInterrupt()]


def made(name: str, kind: str, number: int) -> Any:
    """A replacement for ``name``."""
    if name == "config":
        return {"n": number} if kind == "object" else providers.Object({"n": number})
    if kind == "raising":
        return providers.Singleton(told)
    return providers.Singleton(Box, number) if kind == "provider" else Box(number)


class Overrides(RuleBasedStateMachine):
    """Blocks of one container instance, entered and left in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.container: Any = Wired(config={"n": 0})
        self.standing: list[tuple[Any, dict[str, Any]]] = []
        self.left: list[tuple[Any, dict[str, Any]]] = []
        self.number = 0
        self.first: Any = None
        self.before: Any = None

    @initialize(built=st.booleans())
    def begin(self, built: bool) -> None:
        """What is there before the first block may be built, or not yet."""
        if built:
            self.first = self.ask()

    def target(self) -> Any:
        """What is overridden."""
        return self.container

    def ask(self) -> Any:
        """A predictor of what stands now."""
        return resolve(Predictor, self.container)

    @rule(kinds=REPLACEMENTS, look=st.booleans())
    def enter(self, kinds: dict[str, str], look: bool) -> None:
        """Another block, over all that stand."""
        self.number += 1
        replacements = {name: made(name, kind, self.number) for name, kind in kinds.items()}
        self.put(override(self.target(), **replacements), replacements)
        if look:
            self.resolve()

    def put(self, block: Any, replacements: dict[str, Any]) -> None:
        """Enter ``block``; it stands."""
        block.__enter__()
        self.standing.append((block, replacements))
        self.before = None

    @precondition(lambda self: self.left)
    @rule(data=st.data())
    def enter_again(self, data: st.DataObject) -> None:
        """A block that was left before, or that stands already."""
        self.put(*data.draw(st.sampled_from([*self.left, *self.standing])))

    @rule()
    def enter_unknown(self) -> None:
        """A block that is refused changes nothing."""
        with pytest.raises(OverrideError):
            override(self.target(), a=1, aa=2).__enter__()

    @precondition(lambda self: self.standing)
    @rule(data=st.data(), error=st.sampled_from(ERRORS), look=st.booleans())
    def leave(self, data: st.DataObject, error: BaseException | None, look: bool) -> None:
        """Any of the blocks that stand ends, with an exception or without."""
        block, replacements = data.draw(st.sampled_from(self.standing))
        # Of one that was entered several times the latest ends.
        latest = max(at for at, (one, _) in enumerate(self.standing) if one is block)
        assert block.__exit__(type(error) if error else None, error, None) is None
        del self.standing[latest]
        self.left.append((block, replacements))
        self.before = None
        if look:
            self.resolve()

    def given(self, name: str) -> Any:
        """What stands in for ``name``: a replacement, or None for the container's own."""
        return next((kinds[name] for _, kinds in reversed(self.standing) if name in kinds), None)

    def fails(self) -> bool:
        """Whether something that stands cannot be built, and is asked for."""
        given = [self.given(name) for name in ("a", "b", "middle")]
        return any(isinstance(one, providers.Singleton) and one.provides is told for one in given)

    @rule()
    def resolve(self) -> None:
        """All that is built meets what stands, and is the same as long as nothing changes."""
        if self.fails():
            with pytest.raises(LookupError, match="cannot be built"):
                self.ask()
            return
        predictor = self.ask()
        self.compare(predictor)
        if self.before is not None:
            self.same(predictor, self.before)
        self.before = predictor
        if not self.standing:
            if self.first is not None:
                self.same(predictor, self.first)
            self.first = predictor

    def same(self, one: Any, other: Any) -> None:
        """Both have the very same objects."""
        for name in ("a", "b", "n", "top", "listed"):
            assert getattr(one, name) is getattr(other, name), name

    def compare(self, predictor: Any) -> None:
        """The predictor has what the model says."""
        config = self.given("config")
        number = 0 if config is None else (config if isinstance(config, dict) else config())["n"]
        for name in ("a", "b"):
            given, value = self.given(name), getattr(predictor, name)
            if given is None:
                assert value.args == ()
            else:
                assert value is (given() if isinstance(given, providers.Provider) else given)
        middle = self.given("middle")
        if middle is None:
            assert predictor.top.args[0].args[0].args[0] is predictor.a
        else:
            assert predictor.top.args[0] is (middle() if isinstance(middle, providers.Provider) else middle)
        assert predictor.top.named["b"] is predictor.b
        assert predictor.top.named["option"] == predictor.n.args[0] == number
        assert predictor.listed.args[0] == [predictor.a, {"b": predictor.b}]

    @invariant()
    def nothing_stands_that_was_left(self) -> None:
        """Where nothing stands, no provider is overridden but the config, by what was given at first."""
        if not self.standing:
            for provider in self.container.traverse():
                over = (providers.Object,) if provider is self.container.config else ()
                assert [type(one) for one in provider.overridden] == list(over)

    def teardown(self) -> None:
        """All that stands ends, and the container is as it was."""
        while self.standing:
            block, _ = self.standing.pop()
            block.__exit__(None, None, None)
        self.before = None
        self.nothing_stands_that_was_left()
        self.resolve()


class LoadedOverrides(Overrides):
    """Blocks of a loaded predictor, which is built anew for each."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = load_predictor(Predictor, container=self.container)

    def target(self) -> Any:
        return self.loaded

    def ask(self) -> Any:
        return self.loaded.predict(None)

    def put(self, block: Any, replacements: dict[str, Any]) -> None:
        """One that cannot be built changes nothing."""
        self.standing.append((block, replacements))
        if self.fails():
            with pytest.raises(LookupError):
                block.__enter__()
            self.standing.pop()
        else:
            self.standing.pop()
            super().put(block, replacements)

    def teardown(self) -> None:
        super().teardown()
        self.loaded.close()


TestOverrides = Overrides.TestCase
TestLoadedOverrides = LoadedOverrides.TestCase
TestOverrides.settings = settings(max_examples=60, stateful_step_count=25)
TestLoadedOverrides.settings = settings(max_examples=40, stateful_step_count=20)


THREADS, ROUNDS = 8, 60


def hammered(work: Any) -> None:
    """``work`` in eight threads at once, each given its number; what one raises is raised."""
    start, failures = threading.Barrier(THREADS), list[BaseException]()

    def run(number: int) -> None:
        try:
            start.wait(timeout=60)
            for _ in range(ROUNDS):
                work(number)
        except BaseException as failure:  # noqa: BLE001 - raised in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]


def test_eight_threads_override_their_own_containers() -> None:
    """Instances of one class, and predictors loaded from it, know nothing of one another's overrides."""
    containers = [Wired(config={"n": number}) for number in range(THREADS)]
    firsts = [resolve(Predictor, container) for container in containers]

    def work(number: int) -> None:
        container, fake = containers[number], Box(number)
        with override(container, a=fake), override(container, config={"n": -number}):
            inside = resolve(Predictor, container)
            assert inside.a is inside.top.args[0].args[0].args[0] is fake
            assert inside.top.named["option"] == -number
        after = resolve(Predictor, container)
        assert after.top is firsts[number].top

    hammered(work)


def test_eight_threads_override_one_container() -> None:
    """Each its own name of a shared instance, or all the same: at the end everything is as before."""
    container: Any = Wired(config={"n": 0})
    first = resolve(Predictor, container)
    names = ["a", "b", "middle", "n"]

    def work(number: int) -> None:
        name = names[number % len(names)]
        fake = Box(number)
        replacements: dict[str, Any] = {name: fake}
        with ExitStack() as stack:
            stack.enter_context(override(container, **replacements))
            assert isinstance(resolve(Predictor, container).top, Box)
            assert container.providers[name]() is not getattr(first, name, None)

    hammered(work)
    assert all(not one.overridden for one in container.traverse() if one is not container.config)
    after = resolve(Predictor, container)
    assert all(getattr(after, name) is getattr(first, name) for name in ("a", "b", "n", "top", "listed"))


def test_eight_threads_override_one_container_that_built_nothing() -> None:
    """Where nothing was built before, nothing that was built meanwhile is kept."""
    container: Any = Wired(config={"n": 0})

    def work(number: int) -> None:
        with override(container, a=Box("fake"), b=Box("fake")):
            assert resolve(Predictor, container).a.args == ("fake",)

    hammered(work)
    after = resolve(Predictor, container)
    assert after.a.args == after.b.args == ()
    assert after.top.args[0].args[0].args[0] is after.a
    assert after.listed.args[0] == [after.a, {"b": after.b}]


def test_eight_threads_override_one_class() -> None:
    """A class that all override gives instances of one replacement or another, and its own at the end."""
    cls: Any = type("Own", (Wired,), {})

    def work(number: int) -> None:
        with override(cls, a=Box(number)):
            assert cls().a().args != ()

    hammered(work)
    assert cls().a().args == ()


def test_eight_threads_override_one_loaded_predictor() -> None:
    """The instance in use is one or another inside, and the first at the end."""
    with load_predictor(Predictor, container=Wired, config={"n": 0}) as loaded:
        first = loaded.instance

        def work(number: int) -> None:
            with override(loaded, a=Box(number)):
                assert isinstance(loaded.predict(None), Predictor)

        hammered(work)
        assert loaded.instance is first
        assert loaded.predict(None) is first
