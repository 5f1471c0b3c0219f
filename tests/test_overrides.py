"""Overrides: providers replaced by name for a while, all or none, and restored exactly."""

import asyncio
import gc
import itertools
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from dependency_injector import providers
from pydantic import BaseModel, StrictInt

from predictor_kit import PredictorContainer, PredictorKitError, load_predictor, override, resolve
from predictor_kit.errors import OverrideError, ResolveError, TeardownError
from predictor_kit.metrics import InMemoryMetrics


class Vocabulary:
    def __init__(self, path: str = "words.txt") -> None:
        self.path = path


class Tokenizer:
    def __init__(self, vocabulary: Any) -> None:
        self.vocabulary = vocabulary


class Box:
    def __init__(self, *args: Any) -> None:
        self.args = args


class Predictor:
    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def predict(self, payload: Any) -> Any:
        return payload


class Words(PredictorContainer):
    """A tokenizer over a vocabulary over the config."""

    metrics_client = providers.Singleton(InMemoryMetrics)
    vocabulary = providers.Singleton(Vocabulary, path=PredictorContainer.config.path)
    tokenizer = providers.Singleton(Tokenizer, vocabulary)


def words(path: str = "words.txt") -> Any:
    return Words(config={"path": path})


def extended_by(container: type[PredictorContainer], **members: Any) -> Any:
    return types.new_class("Extended", (container,), exec_body=lambda space: space.update(members))


def test_a_replacement_holds_inside_the_block() -> None:
    """Inside the block the replacement is handed over as it is; after it all is as before."""
    container, fake = words(), object()
    with override(container, tokenizer=fake):
        assert resolve(Predictor, container).tokenizer is fake
    assert isinstance(resolve(Predictor, container).tokenizer, Tokenizer)


def test_a_function_is_handed_over_uncalled() -> None:
    """Only a provider is called: a function arrives as it is, to be called by the predictor."""
    container = words()
    with override(container, tokenizer=str.split, vocabulary=providers.Factory(Vocabulary, "v")):
        assert resolve(Predictor, container).tokenizer is str.split
        assert container.vocabulary() is not container.vocabulary()
        assert container.vocabulary().path == "v"


def test_what_was_built_before_meets_the_replacement() -> None:
    """Trap: a singleton built earlier misses the fake; here it is built anew on the first edge."""
    container, fake = words(), Vocabulary("fake")
    before = resolve(Predictor, container).tokenizer
    with override(container, vocabulary=fake):
        inside = resolve(Predictor, container).tokenizer
        assert inside.vocabulary is fake
    assert before.vocabulary is not fake


def test_what_was_built_inside_does_not_keep_the_replacement() -> None:
    """Trap: a singleton built inside keeps the fake afterwards; here it goes on the second edge."""
    container, fake = words(), Vocabulary("fake")
    with override(container, vocabulary=fake):
        inside = resolve(Predictor, container).tokenizer
    after = resolve(Predictor, container).tokenizer
    assert after is not inside
    assert isinstance(after.vocabulary, Vocabulary)
    assert after.vocabulary is not fake


def test_what_needs_an_option_of_the_config_is_built_anew() -> None:
    """A singleton that reads ``config.path`` needs the config, and follows it on both edges."""
    container = words("old")
    assert resolve(Predictor, container).tokenizer.vocabulary.path == "old"
    with override(container, config={"path": "new"}):
        assert resolve(Predictor, container).tokenizer.vocabulary.path == "new"
    assert resolve(Predictor, container).tokenizer.vocabulary.path == "old"


def test_the_replaced_singleton_itself_comes_back() -> None:
    """The object that was replaced is the same one afterwards, and so is all that does not need it."""
    container = words()
    vocabulary, client = container.vocabulary(), container.metrics_client()
    with override(container, vocabulary=Vocabulary()):
        assert container.vocabulary() is not vocabulary
        assert container.metrics_client() is client
    assert container.vocabulary() is vocabulary


@pytest.mark.parametrize(
    "within",
    [
        lambda source: providers.Singleton(Box, source),
        lambda source: providers.Singleton(Box, providers.List(source)),
        lambda source: providers.Singleton(Box, providers.Dict(k=source)),
        lambda source: providers.Singleton(Box, providers.Factory(Box, source)),
        lambda source: providers.Singleton(Box, source.provided.path),
        lambda source: providers.Singleton(Box, providers.Selector(lambda: "a", a=source)),
        lambda source: providers.Singleton(Box).add_attributes(extra=source),
        lambda source: providers.ThreadSafeSingleton(Box, source),
        lambda source: providers.ThreadLocalSingleton(Box, source),
        lambda source: providers.ContextLocalSingleton(Box, source),
        lambda source: providers.Resource(Box, source),
    ],
)
def test_whatever_needs_it_on_whatever_way_is_built_anew(within: Callable[[Any], Any]) -> None:
    """The need is found through lists, mappings, factories, attributes and selectors, for every singleton."""
    container = extended_by(Words, tokenizer=within(Words.vocabulary))(config={"path": "p"})
    before = resolve(Predictor, container).tokenizer
    with override(container, vocabulary=Vocabulary("fake")):
        inside = resolve(Predictor, container).tokenizer
        assert inside is not before
        assert resolve(Predictor, container).tokenizer is inside
    assert resolve(Predictor, container).tokenizer is not inside


def test_a_replacing_provider_may_use_other_providers() -> None:
    """A provider that replaces is resolved like any other, and is built anew with what it needs."""
    container = words("old")
    spare = providers.Singleton(Tokenizer, container.vocabulary)
    with override(container, tokenizer=spare):
        assert resolve(Predictor, container).tokenizer.vocabulary is container.vocabulary()
        with override(container, vocabulary=Vocabulary("fake")):
            assert resolve(Predictor, container).tokenizer.vocabulary.path == "fake"
        assert resolve(Predictor, container).tokenizer.vocabulary.path == "old"


def test_a_replacement_through_which_a_circle_arises_is_told() -> None:
    """Trap: a circular graph segfaults; through an override, too, it is a problem and nothing is called."""
    container = words()
    with (
        override(container, vocabulary=providers.Singleton(Box, container.tokenizer)),
        pytest.raises(PredictorKitError, match="circle: tokenizer -> vocabulary -> tokenizer"),
    ):
        resolve(Predictor, container)


def test_overrides_nest() -> None:
    """The inner one holds as long as it stands, then the outer one."""
    container = words()
    with override(container, tokenizer=1):
        with override(container, tokenizer=2):
            assert resolve(Predictor, container).tokenizer == 2
        assert resolve(Predictor, container).tokenizer == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_overrides_left_in_any_order_leave_it_as_before(order: tuple[int, ...]) -> None:
    """Trap: an exit that is not last-in-first-out pops the wrong override; here each takes back its own."""
    container = words()
    blocks = [override(container, tokenizer=number, vocabulary=number) for number in range(3)]
    for block in blocks:
        block.__enter__()
    standing = [0, 1, 2]
    for number in order:
        blocks[number].__exit__(None, None, None)
        standing.remove(number)
        if standing:
            assert container.tokenizer() == container.vocabulary() == standing[-1]
    assert container.tokenizer.overridden == container.vocabulary.overridden == ()
    assert isinstance(container.tokenizer(), Tokenizer)


def test_overrides_made_elsewhere_are_kept() -> None:
    """What somebody overrides by dependency-injector's own means, before or inside, is left as it is."""
    container = words()
    container.tokenizer.override(1)
    with override(container, tokenizer=2):
        container.tokenizer.override(3)
        container.vocabulary.override(4)
    assert (container.tokenizer(), container.vocabulary()) == (3, 4)
    container.tokenizer.reset_last_overriding()
    assert container.tokenizer() == 1
    with override(container, tokenizer=2):
        container.tokenizer.reset_override()
        container.tokenizer.override(5)
    assert container.tokenizer() == 5


def test_config_given_before_survives() -> None:
    """Trap: reset_override() erases loaded config and dependencies; here both are there afterwards."""
    needy = extended_by(Words, model=providers.Dependency())
    container = needy(config={"path": "p"}, model=5)
    container.config.from_dict({"more": 1})
    with override(container, config={"path": "q"}, model=6):
        assert (container.config(), container.model()) == ({"path": "q"}, 6)
    assert (container.config(), container.model()) == ({"path": "p", "more": 1}, 5)


def test_the_block_may_fail() -> None:
    """An exception in the block comes through, and all is restored."""
    container = words()
    with pytest.raises(KeyError, match="inside"), override(container, tokenizer=1):
        raise KeyError("inside")
    assert isinstance(container.tokenizer(), Tokenizer)


def test_a_provider_set_inside_stays() -> None:
    """A provider that is exchanged for good inside the block stays; the one before it is restored."""
    container = words()
    before = container.tokenizer
    with override(container, tokenizer=1):
        container.set_provider("tokenizer", providers.Object(2))
    assert container.tokenizer() == 2
    assert before.last_overriding is None


def test_a_provider_set_inside_is_known_after() -> None:
    """What is exchanged for good inside a block that replaces by a provider counts in those that follow."""
    container = words("p")
    with override(container, metrics_client=providers.Singleton(InMemoryMetrics)):
        container.set_provider("tokenizer", providers.Singleton(Box, container.vocabulary))
        assert isinstance(resolve(Predictor, container).tokenizer, Box)
    before = resolve(Predictor, container).tokenizer
    with override(container, vocabulary=1):
        assert resolve(Predictor, container).tokenizer.args == (1,)
    assert resolve(Predictor, container).tokenizer is before


@pytest.mark.parametrize("kind", ["object", "factory", "singleton"])
def test_an_awaitable_is_refused_and_leaves_no_trace(kind: str) -> None:
    """Trap: a provider's first call makes it asynchronous for good; here it is as before after the block."""

    async def later() -> str:
        return "later"

    async def run() -> None:
        waiting = asyncio.ensure_future(later())
        made = {
            "object": waiting,
            "factory": providers.Factory(lambda: waiting),
            "singleton": providers.Singleton(lambda: waiting),
        }
        with (
            override(container, vocabulary=made[kind]),
            pytest.raises(ResolveError, match="gave an awaitable"),
        ):
            resolve(Predictor, container)
        # dependency-injector waits for it, too, and builds what nobody asked for any more.
        await waiting

    container = words("p")
    asyncio.run(run())
    for path in ("p", "q"):
        with override(container, config={"path": path}):
            assert resolve(Predictor, container).tokenizer.vocabulary.path == path
    with override(container, vocabulary="fake"):
        assert resolve(Predictor, container).tokenizer.vocabulary == "fake"
    assert resolve(Predictor, container).tokenizer.vocabulary.path == "p"


def test_what_is_wired_otherwise_between_blocks_is_seen() -> None:
    """A need that arises by dependency-injector's own override, after a first block, counts in the next."""
    container = words("p")
    container.set_provider("model", providers.Singleton(Vocabulary, "model"))
    with override(container, model=1):
        resolve(Predictor, container)
    container.vocabulary.override(providers.Callable(Box, container.model))
    container.tokenizer.reset()
    assert resolve(Predictor, container).tokenizer.vocabulary.args[0].path == "model"
    with override(container, model=2):
        assert resolve(Predictor, container).tokenizer.vocabulary.args == (2,)
    assert resolve(Predictor, container).tokenizer.vocabulary.args[0].path == "model"


def test_what_only_a_replaced_name_needs_is_not_built() -> None:
    """A heavy model under a replaced name is left alone, also where a plan is used again."""
    built: list[int] = []
    heavy = providers.Singleton(built.append, 1)
    cls = extended_by(Words, heavy=heavy, vocabulary=providers.Singleton(Box, heavy))
    used: Any = cls(config={"path": "p"})
    with override(used, heavy=0):
        resolve(Predictor, used)
    assert built == []
    resolve(Predictor, used)
    built.clear()
    used.heavy.reset()
    used.vocabulary.reset()
    for _ in range(2):
        with override(used, vocabulary="fake"):
            assert resolve(Predictor, used).tokenizer.vocabulary == "fake"
    assert built == []


def test_what_is_wired_otherwise_inside_is_seen() -> None:
    """A need that arises inside a block, by dependency-injector's own means, is found when the block ends."""
    container = words("p")
    model = providers.Singleton(Box)
    container.set_provider("model", model)
    with override(container, config={"path": "fake"}):
        model.override(providers.Callable(Box, container.vocabulary))
        container.set_provider("tokenizer", holding := providers.Singleton(Box, model))
        inside = resolve(Predictor, container).tokenizer
        assert inside.args[0].args[0].path == "fake"
    after = resolve(Predictor, container).tokenizer
    assert after is not inside
    assert after.args[0].args[0].path == "p"
    assert holding() is after


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("kind", [providers.Singleton, providers.ContextLocalSingleton, providers.Resource])
def test_what_is_built_under_several_follows_each_that_ends(order: tuple[int, ...], kind: Any) -> None:
    """A singleton that needs three replaced names meets just those that still stand."""
    members = {name: providers.Object("own") for name in "abc"}
    holder = kind(Box, *members.values())
    container = extended_by(Words, **members, tokenizer=holder)(config={"path": "p"})
    before = resolve(Predictor, container).tokenizer
    fakes: list[dict[str, Any]] = [{name: "fake"} for name in "abc"]
    blocks = [override(container, **fake) for fake in fakes]
    for block in blocks:
        block.__enter__()
        resolve(Predictor, container)
    standing = ["fake"] * 3
    for number in order:
        blocks[number].__exit__(None, None, None)
        standing[number] = "own"
        assert resolve(Predictor, container).tokenizer.args == tuple(standing)
    assert resolve(Predictor, container).tokenizer is before


def test_an_override_below_another_that_came_to_need_it() -> None:
    """An outer override ends first, and what an inner one brought had needed it: it is built anew."""
    container = words("p")
    outer = override(container, config={"path": "fake"})
    holder = providers.Singleton(Box, container.config.path)
    inner = override(container, vocabulary=holder)
    resolve(Predictor, container)
    outer.__enter__()
    inner.__enter__()
    assert resolve(Predictor, container).tokenizer.vocabulary.args == ("fake",)
    outer.__exit__(None, None, None)
    assert resolve(Predictor, container).tokenizer.vocabulary.args == ("p",)
    inner.__exit__(None, None, None)
    assert resolve(Predictor, container).tokenizer.vocabulary.path == "p"


def test_overrides_undone_by_other_means_are_left_so() -> None:
    """Somebody who resets all overrides inside a block does not break its end, or the next one."""
    container = words("p")
    with override(container, vocabulary=1), override(container, vocabulary=2):
        container.vocabulary.reset_override()
        container.tokenizer.reset_override()
        with override(container, vocabulary=3):
            assert resolve(Predictor, container).tokenizer.vocabulary == 3
    assert isinstance(resolve(Predictor, container).tokenizer.vocabulary, Vocabulary)


def test_a_plan_that_is_used_again_says_where_it_failed() -> None:
    """Where what is built anew fails the second time, the note names the way to it as the first time."""
    container, calls = words("p"), []

    def fragile(vocabulary: Any) -> Any:
        calls.append(vocabulary)
        if vocabulary == "bad":
            raise LookupError("no tokenizer")
        return Tokenizer(vocabulary)

    container.set_provider("tokenizer", providers.Singleton(fragile, container.vocabulary))
    for _ in range(2):
        with override(container, vocabulary="good"):
            assert resolve(Predictor, container).tokenizer.vocabulary == "good"
    with override(container, vocabulary="bad"), pytest.raises(LookupError) as caught:
        resolve(Predictor, container)
    assert caught.value.__notes__ == ["while building Predictor -> tokenizer"]
    assert calls == ["good", "good", "bad"]


def test_a_config_is_checked_anew_where_it_differs() -> None:
    """A plan that was checked for one config is not used for one that only looks alike."""

    class Settings(BaseModel):
        path: str
        n: StrictInt

    class Configured:
        def __init__(self, config: Settings, tokenizer: Any) -> None:
            self.config = config

    container = words()
    for n, fit in [(1, True), (True, False), (1.0, False), (2, True), (1, True)]:
        with override(container, config={"path": "p", "n": n}):
            if fit:
                assert resolve(Configured, container).config.n == n
            else:
                with pytest.raises(PredictorKitError, match=r"config\.n"):
                    resolve(Configured, container)
    with override(container, config={"path": "p", "n": object()}), pytest.raises(PredictorKitError):
        resolve(Configured, container)


class Config(dict[str, Any]):
    """A config that can be told from others."""


def test_plans_for_many_sets_of_names_do_not_fill_the_memory() -> None:
    """Of the sets of replaced names, and of the configs, only so many are remembered."""
    container = words("p")
    for number in range(200):
        with override(container, config=Config(path=str(number))):
            assert resolve(Predictor, container).tokenizer.vocabulary.path == str(number)
    gc.collect()
    kept = [one for one in gc.get_objects() if type(one) is Config]
    assert 0 < len(kept) < 100


@pytest.mark.parametrize("kind", [providers.ThreadLocalSingleton, providers.ContextLocalSingleton])
def test_threads_that_hold_their_own_find_none_of_an_ended_block(kind: Any) -> None:
    """What a thread built for itself in one block is not there in the next."""
    container = extended_by(Words, tokenizer=kind(Tokenizer, Words.vocabulary))(config={"path": "p"})
    seen: list[Any] = []

    def work(go: threading.Event) -> None:
        for _ in range(2):
            go.wait(timeout=30)
            go.clear()
            seen.append(container.tokenizer().vocabulary)
            done.set()

    go, done = threading.Event(), threading.Event()
    worker = threading.Thread(target=work, args=(go,))
    worker.start()
    for number in range(2):
        done.clear()
        with override(container, vocabulary=number):
            go.set()
            assert done.wait(timeout=30)
    worker.join(timeout=30)
    assert seen == [0, 1]


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("kind", ["object", "provider"])
def test_no_container_is_kept_alive(kind: str, ended: bool) -> None:
    """Trap: one shared overriding provider kept 2,000 of 2,000 containers alive; ours keeps none."""
    shared: Any = object() if kind == "object" else providers.Singleton(Vocabulary)
    dropped = []
    container = block = None
    for number in range(2000):
        container = words()
        dropped.append(weakref.ref(container))
        block = override(container, vocabulary=shared)
        block.__enter__()
        # Checking and compiling takes most of the time: not for each.
        if number % 50 == 0:
            assert resolve(Predictor, container).tokenizer is container.tokenizer()
        if ended:
            block.__exit__(None, None, None)
    del container, block
    gc.collect()
    assert [reference() for reference in dropped] == [None] * 2000
    assert kind == "object" or shared.overrides == ()


def test_a_container_that_a_singleton_was_given_counts_as_all_of_it() -> None:
    """A singleton that has the container itself can ask it for anything, so it is built anew, too."""

    class Locating:
        def __init__(self, container: Any) -> None:
            self.vocabulary = container.vocabulary()

    this: Any = providers.Self()
    cls = extended_by(Words, __self__=this, tokenizer=providers.Singleton(Locating, this))
    container = cls(config={"path": "p"})
    before = resolve(Predictor, container).tokenizer
    with override(container, vocabulary=(fake := Vocabulary("fake"))):
        assert resolve(Predictor, container).tokenizer.vocabulary is fake
    assert resolve(Predictor, container).tokenizer is before


# Refused


def test_unknown_names_override_nothing() -> None:
    """Trap: an unknown name raises and leaves the good ones overridden; here none is, and it is told."""
    container = words()
    with pytest.raises(OverrideError) as caught, override(container, vocabulary=1, tokeniser=2):
        pass
    assert str(caught.value) == (
        "Words has no provider 'tokeniser' (did you mean 'tokenizer'?); "
        "it has: config, metrics_client, vocabulary, tokenizer"
    )
    assert isinstance(container.vocabulary(), Vocabulary)


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (providers.AbstractFactory(Box), "'thing' cannot be replaced by int: .* must be overridden only by"),
        (providers.AbstractSingleton(Box), "'thing' cannot be replaced by int: "),
        (providers.AbstractCallable(Box), "'thing' cannot be replaced by int: "),
        (providers.FactoryAggregate(a=providers.Factory(Box)), "'thing' cannot be replaced by int: "),
        (PredictorContainer.config.path, "'thing' cannot be replaced by int: Configuration option"),
        (providers.Container(Words), "'thing' holds providers of its own: replace those"),
        (providers.DependenciesContainer(), "'thing' holds providers of its own: replace those"),
    ],
)
def test_what_cannot_be_replaced_overrides_nothing(provider: Any, said: str) -> None:
    """Where dependency-injector refuses an override, those before it in the same call are taken back."""
    container = extended_by(Words, thing=provider)(config={"path": "p"})
    vocabulary = container.vocabulary()
    with pytest.raises(OverrideError, match=said), override(container, vocabulary=1, thing=2):
        pass
    assert container.vocabulary() is vocabulary


def test_an_abstract_provider_takes_one_of_its_kind() -> None:
    """An abstract factory can be replaced by a factory, and an abstract singleton by a singleton."""
    container = extended_by(
        Words,
        made=providers.AbstractFactory(Box),
        tokenizer=providers.AbstractSingleton(Box, Words.vocabulary),
    )(config={"path": "p"})
    with override(container, made=providers.Factory(Box, 1), tokenizer=providers.Singleton(Box, 2)):
        assert container.made().args == (1,)
        assert resolve(Predictor, container).tokenizer.args == (2,)
        with override(container, vocabulary=3):
            assert resolve(Predictor, container).tokenizer.args == (2,)
    with override(container, vocabulary=3):
        """An abstract singleton that nothing stands in for has nothing to build anew."""


@pytest.mark.parametrize("other", [None, Words.tokenizer, Predictor, {"tokenizer": 1}])
def test_only_containers_have_names_to_override(other: Any) -> None:
    """Anything but a container or its class is refused, and shown."""
    with pytest.raises(OverrideError, match="only a container, its class or a loaded predictor has names"):
        override(other, tokenizer=1).__enter__()


@pytest.mark.parametrize("target", [Words, Words()])
def test_a_config_that_would_have_to_be_built_is_refused(target: Any) -> None:
    """The config is read by the checks, before anything is built."""
    with (
        pytest.raises(OverrideError, match="config is read before anything is built"),
        override(target, config=providers.Singleton(dict)),
    ):
        pass


def test_a_configuration_replaces_a_config() -> None:
    """Another Configuration can stand in, and what is set in it inside the block counts."""
    container, other = words("old"), providers.Configuration(strict=True)
    other.override({"path": "new"})
    with override(container, config=other):
        assert resolve(Predictor, container).tokenizer.vocabulary.path == "new"
    assert resolve(Predictor, container).tokenizer.vocabulary.path == "old"


# Resources


def resources(log: list[str]) -> Callable[..., Iterator[str]]:
    """A generator that logs its opening and closing, and fails to close under a name that ends in ``!``."""

    def opened(name: str, *needs: Any) -> Iterator[str]:
        log.append(f"open {name}")
        yield name
        log.append(f"close {name}")
        if name.endswith("!"):
            raise OSError(name)

    return opened


def chain(log: list[str], last: str = "c") -> Any:
    """An instance with resources a, b and c, each over the one before, and ``a`` over the config."""
    opened = resources(log)
    a = providers.Resource(opened, "a", Words.config.path)
    b = providers.Resource(opened, "b", providers.Singleton(Box, a))
    return extended_by(Words, a=a, b=b, tokenizer=providers.Resource(opened, last, b))(config={"path": "p"})


def test_resources_are_opened_anew_in_order() -> None:
    """What was opened inside is shut down at its end, what needs another first; what was open stays so."""
    for _ in range(10):
        log: list[str] = []
        container = chain(log)
        resolve(Predictor, container)
        with override(container, config={"path": "q"}):
            log.append("inside")
            resolve(Predictor, container)
        resolve(Predictor, container)
        opening, closing = ["open a", "open b", "open c"], ["close c", "close b", "close a"]
        assert log == [*opening, "inside", *opening, *closing]


def test_a_resource_that_a_loaded_predictor_uses_stays_open() -> None:
    """Nothing is closed under a predictor by an override; what was opened for it is closed with it."""
    log: list[str] = []
    container = chain(log)
    loaded = load_predictor(Predictor, container=container)
    with override(container, config={"path": "q"}):
        assert log == ["open a", "open b", "open c"]
        log.clear()
        resolve(Predictor, container)
    assert log == ["open a", "open b", "open c", "close c", "close b", "close a"]
    log.clear()
    loaded.close()
    assert log == ["close c", "close b", "close a"]


def test_what_a_predictor_had_built_is_its_again_after_an_override() -> None:
    """What it was given is there again after the block, and goes when the predictor is closed."""
    container = words()
    loaded = load_predictor(Predictor, container=container)
    with override(container, config={"path": "q"}):
        """Has the tokenizer built anew."""
    own = container.tokenizer()
    loaded.close()
    assert own is loaded.instance.tokenizer
    assert container.tokenizer() is not own


def test_two_predictors_with_their_own_config_close_nothing_of_each_other() -> None:
    """Of one shared instance, each load's config opens its own resources, closed with the last of them."""
    log: list[str] = []

    def opened(path: str) -> Iterator[str]:
        log.append(f"open {path}")
        yield path
        log.append(f"close {path}")

    container = extended_by(Words, tokenizer=providers.Resource(opened, Words.config.path))()
    one = load_predictor(Predictor, container=container, config={"path": "one"})
    two = load_predictor(Predictor, container=container, config={"path": "two"})
    assert (one.instance.tokenizer, two.instance.tokenizer) == ("one", "two")
    one.close()
    assert log == ["open one", "open two"]
    two.close()
    assert log == ["open one", "open two", "close two", "close one"]
    assert container.config() == {}


def test_a_failing_end_on_leaving_restores_all_the_same() -> None:
    """Where a resource cannot be shut down on the second edge, all is restored, and the failure told."""
    log: list[str] = []
    container = chain(log, "c!")
    with pytest.raises(TeardownError), override(container, config={"path": "q"}):
        resolve(Predictor, container)
    assert log[3:] == ["close c!", "close b", "close a"]
    assert container.config() == {"path": "p"}
    assert resolve(Predictor, container).tokenizer == "c!"


# Classes


def test_a_class_overridden_holds_for_instances_made_inside() -> None:
    """Instances made inside the block have the replacement for good; those made outside never."""
    before = words()
    with override(Words, vocabulary=7):
        inside = words()
        assert before.vocabulary() != 7
        assert resolve(Predictor, inside).tokenizer.vocabulary == 7
    assert resolve(Predictor, inside).tokenizer.vocabulary == 7
    assert isinstance(words().vocabulary(), Vocabulary)


def test_a_class_overridden_leaves_other_classes_alone() -> None:
    """An inherited provider belongs to the base too, and to its other subclasses: they are not touched."""
    other = extended_by(Words)
    mine = extended_by(Words)
    with override(mine, metrics_client=1, config={"n": 1}, strict=False):
        assert (mine().metrics_client(), mine().config()) == (1, {"n": 1})
        for cls in (other, Words):
            assert isinstance(cls().metrics_client(), InMemoryMetrics)
            assert cls().config() == {}


def test_a_class_overridden_reaches_its_subclasses() -> None:
    """A subclass that inherits the name has the replacement; one that redefines it has its own."""
    heir = extended_by(Words)
    own = extended_by(Words, vocabulary=providers.Object("own"))
    with override(Words, vocabulary="base"):
        assert heir().tokenizer().vocabulary == "base"
        assert own().tokenizer().vocabulary == "own"
        with override(own, vocabulary="over"):
            assert own().tokenizer().vocabulary == "over"
            assert words().tokenizer().vocabulary == "base"
        with load_predictor(Predictor, container=heir) as loaded:
            assert loaded.instance.tokenizer.vocabulary == "base"


def test_a_replacement_of_a_class_may_wrap_what_it_replaces() -> None:
    """It is as if a subclass redefined the name: the wrapper has the old one, all others the wrapper."""
    wrapper = providers.Singleton(Box, Words.vocabulary)
    with override(Words, vocabulary=wrapper):
        one, two = words(), words()
    wrapped = resolve(Predictor, one).tokenizer.vocabulary
    assert isinstance(wrapped.args[0], Vocabulary)
    assert one.vocabulary() is wrapped
    assert two.vocabulary() is not wrapped


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_overrides_of_a_class_can_be_left_in_any_order(order: tuple[int, ...]) -> None:
    """Each takes back its own, even if it is the same object as another one's."""
    same = providers.Object(5)
    blocks: list[AbstractContextManager[Any]] = [override(Words, vocabulary=same) for _ in range(3)]
    with ExitStack() as left:
        for block in blocks:
            left.enter_context(block)
        left.pop_all()
    for number in order:
        assert words().vocabulary() == 5
        blocks[number].__exit__(None, None, None)
    assert isinstance(words().vocabulary(), Vocabulary)


def test_unknown_names_of_a_class_override_nothing() -> None:
    """A class is left as it was, too, where one of the names is unknown or cannot be replaced."""
    nested = extended_by(Words, sub=providers.DependenciesContainer())
    wrong: list[dict[str, Any]] = [{"vocabulary": 1, "nothing": 2}, {"vocabulary": 1, "sub": 2}]
    for names in wrong:
        with pytest.raises(OverrideError), override(nested, **names):
            pass
    assert isinstance(nested(config={"path": "p"}).vocabulary(), Vocabulary)


def test_threads_see_one_state() -> None:
    """An override holds for every thread that uses the instance, which its end waits for nobody."""
    container, seen = words(), []
    with override(container, tokenizer=3):
        worker = threading.Thread(target=lambda: seen.append(resolve(Predictor, container).tokenizer))
        worker.start()
        worker.join(timeout=30)
    assert seen == [3]
