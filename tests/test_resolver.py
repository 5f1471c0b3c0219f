"""Resolving: a callable with its arguments by name from a container, and what is told when it fails."""

import asyncio
import dataclasses
import functools
import gc
import threading
import traceback
import types
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

import pydantic
import pytest
from dependency_injector import providers
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit import PredictorContainer, ProblemsError, load_predictor, override, resolve
from predictor_kit.errors import ResolveError
from predictor_kit.metrics import InMemoryMetrics
from predictor_kit.resolver import MOST_RESOLVERS

T = TypeVar("T")


class Words(PredictorContainer):
    """A few names to ask for."""

    metrics_client = providers.Singleton(InMemoryMetrics)
    a = providers.Object("A")
    b = providers.Object("B")
    c = providers.Object("C")


class Box:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs


def extended_by(container: type[PredictorContainer], **members: Any) -> Any:
    return types.new_class(container.__name__, (container,), exec_body=lambda space: space.update(members))


def problems_of(target: Callable[..., Any], container: Any) -> list[str]:
    """The first lines of all problems."""
    with pytest.raises(ProblemsError) as caught:
        resolve(target, container)
    return [
        f"{problem.subject}: {problem.message}" if problem.subject else problem.message
        for problem in caught.value.problems
    ]


# Rule 1: by name, for every kind of callable


class Either:
    def __init__(self, a: str, b: str) -> None:
        self.got: Any = (a, b)


class KeywordOnly:
    def __init__(self, *, a: str, b: str = "own") -> None:
        self.got: Any = (a, b)


class PositionalOnly:
    def __init__(self, a: str, b: str, /) -> None:
        self.got: Any = (a, b)


class PositionalOnlyWithGap:
    def __init__(self, a: str = "own a", x: str = "own x", b: str = "own b", y: str = "own y", /) -> None:
        self.got: Any = (a, x, b, y)


class AllKinds:
    def __init__(self, x: int = 1, a: str = "own", /, b: str = "own", *, c: str, y: int = 2) -> None:
        self.got: Any = (x, a, b, c, y)


class Catching:
    def __init__(self, a: str, *args: Any, b: str, **kwargs: Any) -> None:
        self.got: Any = (a, args, b, kwargs)


class OnlyCatching:
    def __init__(self, *a: Any, **b: Any) -> None:
        self.got: Any = (a, b)


class Defaults:
    def __init__(self, x: int = 5, a: str = "own", y: Any = None) -> None:
        self.got: Any = (x, a, y)


class Inherited(Either):
    """Has the constructor of its base."""


class Supers(Either):
    def __init__(self, c: str, **kwargs: Any) -> None:
        super().__init__("a", "b")
        self.got = (c, kwargs)


class None_:  # noqa: N801 - a class without a constructor
    got = ()


class Slotted:
    __slots__ = ("got",)

    def __init__(self, a: str) -> None:
        self.got = (a,)


class ByNew:
    got: Any

    def __new__(cls, a: str, b: str) -> Self:
        self = super().__new__(cls)
        self.got = (a, b)
        return self


class Meta(type):
    def __call__(cls, c: str) -> Any:
        return type.__call__(cls, "meta", c)


class ByMetaclass(Either, metaclass=Meta):
    """Is called as its metaclass says."""


@dataclasses.dataclass
class Data:
    a: str
    b: str = "own"
    x: list[str] = dataclasses.field(default_factory=lambda: ["own"])
    c: str = dataclasses.field(init=False, default="not asked for")

    @property
    def got(self) -> Any:
        return (self.a, self.b, self.x, self.c)


class Validated(pydantic.BaseModel):
    a: str
    by_alias: str = pydantic.Field(alias="b")
    x: int = 5

    @property
    def got(self) -> Any:
        return (self.a, self.by_alias, self.x)


class Repository(Generic[T]):
    def __init__(self, a: str) -> None:
        self.got: Any = (a,)


def registered(cls: type[T]) -> type[T]:
    """A decorator that gives the class back."""
    return cls


@registered
class Registered(Either):
    def __init__(self, a: str, b: str) -> None:
        super().__init__(b, a)


def wrapped(function: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> T:
        return function(*args, **kwargs)

    return call


@wrapped
def decorated(a: str, *, b: str) -> Any:
    return types.SimpleNamespace(got=(a, b))


def function(a: str, b: str = "own") -> Any:
    return types.SimpleNamespace(got=(a, b))


class Factory:
    def method(self, a: str) -> Any:
        return types.SimpleNamespace(got=(a,))

    @classmethod
    def of(cls, a: str) -> Any:
        return types.SimpleNamespace(got=(cls, a))

    def __call__(self, a: str) -> Any:
        return types.SimpleNamespace(got=("called", a))


@pytest.mark.parametrize(
    ("target", "got"),
    [
        (Either, ("A", "B")),
        (KeywordOnly, ("A", "B")),
        (PositionalOnly, ("A", "B")),
        (PositionalOnlyWithGap, ("A", "own x", "B", "own y")),
        (AllKinds, (1, "A", "B", "C", 2)),
        (Catching, ("A", (), "B", {})),
        (OnlyCatching, ((), {})),
        (Defaults, (5, "A", None)),
        (Inherited, ("A", "B")),
        (Supers, ("C", {})),
        (None_, ()),
        (Slotted, ("A",)),
        (ByNew, ("A", "B")),
        (ByMetaclass, ("meta", "C")),
        (Data, ("A", "B", ["own"], "not asked for")),
        (Validated, ("A", "B", 5)),
        (Repository, ("A",)),
        (Repository[int], ("A",)),
        (Registered, ("B", "A")),
        (wrapped(Either), ("A", "B")),
        (decorated, ("A", "B")),
        (function, ("A", "B")),
        (lambda b: types.SimpleNamespace(got=b), "B"),
        (functools.partial(Either, "given"), ("given", "B")),
        (functools.partial(Either, b="given"), ("A", "given")),
        (functools.partial(functools.partial(AllKinds, 0), c="given"), (0, "A", "B", "given", 2)),
        (Factory().method, ("A",)),
        (Factory.of, (Factory, "A")),
        (Factory(), ("called", "A")),
    ],
)
def test_each_parameter_is_filled_by_its_name(target: Callable[..., Any], got: Any) -> None:
    """For each kind of callable: a provider's value under its name, else the default; never ``*args``."""
    container = Words()
    assert resolve(target, container).got == got
    assert resolve(target, container).got == got
    if isinstance(target, type):
        predictor = type(target)("P", (target,), {"predict": lambda self, payload: payload, "__slots__": ()})
        with load_predictor(predictor, container=Words) as loaded:
            assert loaded.instance.got == got


@given(st.data())
def test_any_header_is_filled(data: st.DataObject) -> None:
    """Any mix of kinds and defaults gets providers by name, and its own defaults elsewhere."""
    names = data.draw(st.permutations("abcdxyz"))
    first, second = sorted(data.draw(st.tuples(st.integers(0, 7), st.integers(0, 7))))
    bare = data.draw(st.integers(0, second))
    known = set("abc") | set(names[:bare])
    either = [name if index < bare else f"{name}='own'" for index, name in enumerate(names[:second])]
    if first:
        either.insert(first, "/")
    keyword = [f"{name}='own'" if name not in known else name for name in names[second:]]
    header = ", ".join([*either, *(["*", *keyword] if keyword else [])])
    space: dict[str, Any] = {}
    exec(f"def target({header}): return dict(locals())", space)
    container = extended_by(Words, **{name: providers.Object(name.upper()) for name in known})()
    expected = {name: name.upper() if name in known else "own" for name in names}
    assert resolve(space["target"], container) == expected


def test_a_provider_counts_more_than_a_default() -> None:
    """The parameter's own default is used only where no provider has the name."""
    assert resolve(KeywordOnly, Words()).got == ("A", "B")


def test_an_annotation_selects_no_provider() -> None:
    """Neither a type nor a text that cannot be looked up has a say in what is handed over."""

    def target(a: int, b: "Nowhere") -> Any:  # type: ignore[name-defined] # noqa: F821 - the case under test
        return (a, b)

    assert resolve(target, Words()) == ("A", "B")


def test_what_is_missing_is_told_all_at_once() -> None:
    """Every parameter that nothing fills is a problem, with the nearest name and the constructor's place."""

    def target(aa: str, metric_client: Any, job_spec: Any, /, *, zzz: int, ok: int = 1) -> None:
        """Never called."""

    with pytest.raises(ProblemsError) as caught:
        resolve(target, Words())
    text = str(caught.value)
    assert [problem.message for problem in caught.value.problems] == [
        "target asks for 'aa', and no provider has that name (did you mean 'a'?)",
        "target asks for 'metric_client', and no provider has that name (did you mean 'metrics_client'?)",
        "target asks for 'job_spec', and no provider has that name",
        "target asks for 'zzz', and no provider has that name",
    ]
    assert "in Cortex 0.32 'job_spec' is the specification of the submitted job" in text
    assert "providers: config, metrics_client, a, b, c" in text
    assert all(problem.location and problem.location.line for problem in caught.value.problems)


def test_a_callable_without_a_signature_is_told() -> None:
    """Something written in C that does not tell its parameters cannot be filled by name."""
    with pytest.raises(ProblemsError, match="cannot be read"):
        resolve(type, Words())
    with pytest.raises(ProblemsError, match="an object of type 'int' is no class or function"):
        resolve(5, Words())  # type: ignore[arg-type] # the mistake under test


# Config


@dataclasses.dataclass
class Options:
    n: int
    deep: dict[str, list[int]]


class Settings(pydantic.BaseModel):
    n: int
    deep: dict[str, list[int]]


def test_config_is_an_own_deep_copy() -> None:
    """Trap: ``config()`` is live and shared; what one predictor changes in its config no other one sees."""

    class Changing:
        def __init__(self, config: Any, part: Any) -> None:
            self.config, self.part = config, part
            config["deep"]["list"].append(4)
            part["list"].append(5)
            config["new"] = 1

    given = {"n": 1, "deep": {"list": [1]}}
    container: Any = extended_by(Words, part=Words.config.deep)(config=given)
    one, two = resolve(Changing, container), resolve(Changing, container)
    assert one.config == two.config == {"n": 1, "deep": {"list": [1, 4]}, "new": 1}
    assert one.part == two.part == {"list": [1, 5]}
    assert container.config() == given == {"n": 1, "deep": {"list": [1]}}


@pytest.mark.parametrize("model", [Options, Settings])
def test_config_is_validated_into_its_annotation(model: Any) -> None:
    """A model or dataclass that annotates ``config`` is made of it, each time a new one."""

    def target(config: Any) -> Any:
        return config

    target.__annotations__["config"] = model
    container: Any = Words(config={"n": "3", "deep": {"list": [1]}})
    one, two = resolve(target, container), resolve(target, container)
    assert (type(one), one.n, one.deep) == (model, 3, {"list": [1]})
    one.deep["list"].append(2)
    assert two.deep == {"list": [1]}
    with load_predictor(target_class(model), container=container) as loaded:
        assert loaded.instance.config.deep == {"list": [1]}


def target_class(model: Any) -> type[Any]:
    class Predictor:
        def __init__(self, config: Any) -> None:
            self.config = config

        def predict(self, payload: Any) -> Any:
            return payload

    Predictor.__init__.__annotations__["config"] = model or Any
    return Predictor


def test_an_option_is_validated_into_its_annotation_too() -> None:
    """A provider that is an option of the config is handed over as a copy, or as the annotated model."""

    def target(section: Options, n: Any) -> Any:
        return section, n

    named = {"section": Words.config.section, "n": Words.config.section.n}
    container = extended_by(Words, **named)(config={"section": {"n": 1, "deep": {}}})
    assert resolve(target, container) == (Options(1, {}), 1)
    wrong = extended_by(Words, **named)(config={"section": {"n": "many", "deep": {}}})
    with pytest.raises(ResolveError, match="the config is no Options: n: input should be a valid integer"):
        resolve(target, wrong)


def test_a_config_that_does_not_fit_is_told_before_anything_is_built() -> None:
    """Each place in the config that its model does not take is a problem, and no constructor runs."""
    built: list[str] = []

    def target(config: Settings, tool: Any) -> None:
        """Never called."""

    container = extended_by(Words, tool=providers.Singleton(built.append, "tool"))(
        config={"n": "many", "deep": {"list": ["x"]}}
    )
    assert [problem.partition(",")[0] for problem in problems_of(target, container)] == [
        "config.deep.list[0]: input should be a valid integer",
        "config.n: input should be a valid integer",
    ]
    assert built == []


# Problems of providers, found before anything is built


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"t": providers.Dependency()}, "t: 't' is a Dependency that nothing supplies"),
        (
            {"t": providers.Singleton(Box, x=providers.Dependency())},
            "t: 'x' is a Dependency that nothing supplies",
        ),
        (
            {"t": providers.Singleton(Box, [Words.a])},
            "t: 't' would get the provider inside its list 0 uncalled",
        ),
        (
            {"t": providers.Singleton(Box, x={"k": Words.a})},
            "t: 't' would get the provider inside its dict 'x' uncalled",
        ),
        (
            {"t": providers.Singleton(Box, Words.config.dep.n)},
            "t: config.dep has no key 'n' (did you mean 'nn'?); its keys: nn",
        ),
        (
            {"t": providers.Singleton(Either, "a", bb="b")},
            "t: Either takes no argument 'bb' (did you mean 'b'?)",
        ),
        ({"t": providers.Singleton(Either, "a")}, "t: Either lacks 'b'"),
    ],
)
def test_traps_of_declarations_are_told(members: dict[str, Any], message: str) -> None:
    """Traps: what dependency-injector hands over uncalled, or finds only when it is called, is told."""
    container = extended_by(Words, **members)(config={"dep": {"nn": 1}})

    def target(t: Any) -> None:
        """Never called."""

    assert message in problems_of(target, container)


async def asynchronous() -> int:
    """Never awaited."""
    raise AssertionError("run")


async def agenerator() -> Any:
    """Never iterated."""
    yield 1


@pytest.mark.parametrize(
    "provider",
    [
        providers.Singleton(asynchronous),
        providers.Factory(asynchronous),
        providers.Callable(asynchronous),
        providers.Coroutine(asynchronous),
        providers.Resource(asynchronous),
        providers.Resource(agenerator),
        providers.Factory(functools.partial(asynchronous)),
    ],
)
def test_what_is_asynchronous_is_told(provider: Any) -> None:
    """Trap: async mode freezes on the first call; here what would have to be awaited is a problem."""

    def target(t: Any) -> None:
        """Never called."""

    (message,) = problems_of(target, extended_by(Words, t=provider)())
    assert message.startswith("t: 't' is asynchronous, and what it gives cannot be awaited")


def awaitable(function: Callable[..., Any]) -> Callable[[], Any]:
    """A plain function that gives what has to be awaited."""
    return lambda: function()  # noqa: PLW0108 - not the function itself


@pytest.mark.parametrize("kind", [providers.Singleton, providers.ThreadSafeSingleton, providers.Resource])
def test_an_awaitable_is_refused_when_it_appears(kind: Any) -> None:
    """A plain function that gives a coroutine is refused with a clear error, and the coroutine closed."""
    container = extended_by(Words, t=kind(awaitable(asynchronous)))()

    def target(t: Any) -> None:
        """Never called."""

    def attempt() -> None:
        with pytest.raises(ResolveError) as caught:
            resolve(target, container)
        assert str(caught.value) == "'t' gave an awaitable, and a constructor cannot wait for it"
        assert caught.value.__notes__ == ["while building target -> t"]

    async def running() -> None:
        attempt()

    attempt()
    asyncio.run(running())


def test_a_future_that_was_there_before_is_refused() -> None:
    """What somebody built in async mode before is a future, and is no object to hand over."""

    async def answer() -> int:
        return 1

    async def main() -> None:
        container = extended_by(Words, t=providers.Singleton(awaitable(answer)))()
        future = container.t()
        with pytest.raises(ResolveError, match="'t' gave an awaitable"):
            resolve(lambda t: t, container)
        assert await future == 1

    asyncio.run(main())


def test_an_object_that_can_be_awaited_and_used_is_handed_over() -> None:
    """Some clients have an ``__await__`` and work without: they are objects like any other."""

    class Client:
        def __await__(self) -> Iterator[Any]:
            raise AssertionError("awaited")

    assert isinstance(resolve(lambda t: t, extended_by(Words, t=providers.Singleton(Client))()), Client)


@pytest.mark.parametrize(
    ("provider", "value"),
    [
        (providers.Singleton(lambda: 5), 5),
        (providers.Singleton(Decimal, "1.5"), Decimal("1.5")),
        (providers.Singleton(dict, k=1), {"k": 1}),
        (providers.Factory(threading.Lock), None),
        (providers.Singleton(iter, [1]), None),
        (providers.Callable(min, 3, 2), 2),
        (providers.Singleton(getattr, Words, "__name__"), "Words"),
        (providers.Singleton(functools.partial(int, "ff"), base=16), 255),
        (providers.Singleton(str.upper, "a"), "A"),
    ],
)
def test_lambdas_and_callables_in_c_are_called_as_declared(provider: Any, value: Any) -> None:
    """Where a callable does not tell its parameters, its arguments are left to the call."""
    found = resolve(lambda t: t, extended_by(Words, t=provider)())
    assert value is None or found == value


def test_a_default_hides_no_failure() -> None:
    """A provider that raises is an error, also where the parameter has a default."""

    def failing() -> None:
        raise LookupError("no model")

    def target(t: Any = None) -> None:
        """Never called."""

    for kind in (providers.Singleton, providers.Factory, providers.Resource, providers.Callable):
        with pytest.raises(LookupError, match="no model"):
            resolve(target, extended_by(Words, t=kind(failing))())


def test_a_value_deep_in_the_config_is_found_missing() -> None:
    """The message names the section that lacks the key, the nearest key, and what there is."""
    container = extended_by(Words, t=providers.Singleton(Box, Words.config.a.bb.c, Words.config.a.b.e))()
    container.config.override({"a": {"b": {"d": 1}}})
    assert problems_of(lambda t: t, container) == [
        "t: config.a has no key 'bb' (did you mean 'b'?); its keys: b",
        "t: config.a.b has no key 'e'; its keys: d",
    ]


def test_config_is_merged_over_the_containers() -> None:
    """What is given at the load is merged over what the container has, section by section, and undone."""
    container: Any = Words(config={"a": {"x": 1, "y": [1]}, "b": 2})
    given = {"a": {"y": [2]}, "c": {"z": 3}}
    with load_predictor(target_class(None), container=container, config=given) as loaded:
        assert loaded.instance.config == {"a": {"x": 1, "y": [2]}, "b": 2, "c": {"z": 3}}
    assert container.config() == {"a": {"x": 1, "y": [1]}, "b": 2}


def test_a_circle_is_told_once() -> None:
    """However many ways lead into it, certain ones or not, a circle is one problem."""
    a: Any = SINGLE(Box)
    b = SINGLE(Box, a)
    a.set_args(b)
    maybe = providers.Selector(lambda: "a", a=a)
    container = extended_by(Words, maybe=maybe, b=b, a=a)()
    assert problems_of(lambda maybe, b, a: a, container) == [
        "a: providers need one another in a circle: a -> b -> a"
    ]


def test_an_aggregate_is_handed_over_with_its_factories_unbuilt() -> None:
    """What may be made through an aggregate is checked, and made when it is asked for by its key."""
    factories: dict[str, Any] = {"box": MAKE(Box, 1), "either": MAKE(Either, "a")}
    kinds = providers.FactoryAggregate(factories)
    container = extended_by(Words, made=providers.Factory(kinds, "box"), kinds=kinds.provider)()
    made, given = resolve(lambda made, kinds: (made, kinds), container)
    assert made.args == given("box").args == (1,)
    broken = providers.Aggregate(box=providers.Singleton(Box, providers.Dependency()))
    assert problems_of(lambda t: t, extended_by(Words, t=SINGLE(broken, "box"))()) == [
        "t: '0' is a Dependency that nothing supplies"
    ]


# Selectors


def test_branches_that_are_not_taken_stay_untouched() -> None:
    """Trap: ``init_resources()`` opens every branch of a selector; here only the one that config names."""
    opened: list[str] = []
    branch = {name: providers.Resource(opened.append, name) for name in ("udp", "datadog", "none")}
    choosing = extended_by(Words, t=providers.Selector(Words.config.kind, **branch))
    resolve(lambda t: t, choosing(config={"kind": "none"}))
    assert opened == ["none"]


def test_a_branch_with_a_problem_counts_only_where_it_is_taken() -> None:
    """A missing dependency behind another branch keeps nothing from being built."""
    choosing = extended_by(
        Words, t=providers.Selector(Words.config.kind, a=providers.Dependency(), b=providers.Object(2))
    )
    assert resolve(lambda t: t, choosing(config={"kind": "b"})) == 2
    assert problems_of(lambda t: t, choosing(config={"kind": "a"})) == [
        "t: 'a' is a Dependency that nothing supplies"
    ]


def test_a_selector_that_something_else_decides_is_built_when_it_is_called() -> None:
    """Where a function decides, no branch is built before, and the one taken is built then."""
    opened: list[str] = []
    choice = iter("ba")

    def branch(name: str) -> str:
        opened.append(name)
        return name

    branches = {name: providers.Singleton(branch, name) for name in "abc"}
    container = extended_by(Words, t=providers.Selector(lambda: next(choice), **branches))()
    assert resolve(lambda t: t, container) == "b"
    assert opened == ["b"]
    assert resolve(lambda t: t, container) == "a"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "t: config has no key 'kind'; its keys: none"),
        ({"kind": "aa"}, "t: 't' has no choice 'aa' (did you mean 'a'?); it has: a"),
        ({"kind": 3}, "t: 't' has no choice 3; it has: a"),
        ({"kind": ["a"]}, "t: 't' has no choice ['a']; it has: a"),
    ],
)
def test_a_selector_whose_value_names_no_branch_is_told(config: dict[str, Any], message: str) -> None:
    """A value that is missing, unknown or of another type takes no branch, and nothing is built."""
    opened: list[str] = []
    branches = {"a": providers.Singleton(opened.append, "a")}
    container = extended_by(Words, t=providers.Selector(Words.config.kind, **branches))(config=config)
    assert problems_of(lambda t: t, container) == [message]
    assert opened == []


# The way to a failure


class Boom:
    def __init__(self, *_: Any) -> None:
        raise ValueError("boom")


class PartlyBoom:
    def __init__(self, vocabulary: Any = None) -> None:
        self._load()

    def _load(self) -> None:
        raise ValueError("boom")


@dataclasses.dataclass
class DataBoom:
    vocabulary: Any = None

    def __post_init__(self) -> None:
        raise ValueError("boom")


@contextmanager
def resource_boom(*_: Any) -> Generator[None]:
    if __name__:
        raise ValueError("boom")
    yield


def function_boom(*_: Any) -> None:
    raise ValueError("boom")


class MethodBoom:
    def make(self) -> None:
        raise ValueError("boom")

    __call__ = make


SINGLE = providers.Singleton
MAKE = providers.Factory
SINGLES, MAKES = "SINGLE vocabulary", "MAKE vocabulary"
VOCABULARY, WORDS = "tokenizer -> vocabulary", "tokenizer -> vocabulary -> words"


@pytest.mark.parametrize(
    ("members", "way"),
    [
        ({"tokenizer": SINGLE(Boom)}, "tokenizer"),
        ({"tokenizer": MAKE(Boom)}, "tokenizer"),
        ({"vocabulary": SINGLE(Boom), "tokenizer": SINGLES}, VOCABULARY),
        ({"vocabulary": MAKE(Boom), "tokenizer": SINGLES}, VOCABULARY),
        ({"vocabulary": SINGLE(Boom), "tokenizer": MAKES}, VOCABULARY),
        ({"vocabulary": MAKE(Boom), "tokenizer": MAKES}, VOCABULARY),
        ({"vocabulary": MAKE(PartlyBoom), "tokenizer": MAKES}, VOCABULARY),
        ({"vocabulary": MAKE(DataBoom), "tokenizer": MAKES}, VOCABULARY),
        ({"vocabulary": MAKE(function_boom), "tokenizer": MAKES}, VOCABULARY),
        (
            {"vocabulary": MAKE(functools.partial(function_boom, 1)), "tokenizer": MAKES},
            VOCABULARY,
        ),
        (
            {"vocabulary": providers.Callable(MethodBoom().make), "tokenizer": MAKES},
            VOCABULARY,
        ),
        ({"vocabulary": MAKE(MethodBoom()), "tokenizer": MAKES}, VOCABULARY),
        (
            {"vocabulary": providers.Resource(resource_boom), "tokenizer": SINGLES},
            VOCABULARY,
        ),
        (
            {"words": MAKE(Boom), "vocabulary": "LIST words", "tokenizer": SINGLES},
            WORDS,
        ),
        (
            {"words": SINGLE(Boom), "vocabulary": "DICT words", "tokenizer": MAKES},
            WORDS,
        ),
        (
            {"words": MAKE(Boom), "vocabulary": "MAKE words", "tokenizer": SINGLES},
            WORDS,
        ),
        ({"tokenizer": MAKE(Box, vocabulary=MAKE(Boom))}, VOCABULARY),
        ({"tokenizer": SINGLE(Box, providers.List(MAKE(Box), MAKE(Boom)))}, "tokenizer -> 0 -> 1"),
        ({"tokenizer": SINGLE(Box, vocabulary=SINGLE(Boom))}, VOCABULARY),
        ({"vocabulary": SINGLE(Box), "tokenizer": "PROVIDED vocabulary"}, "tokenizer"),
        ({"vocabulary": MAKE(Boom), "tokenizer": "SELECT vocabulary"}, VOCABULARY),
        ({"vocabulary": SINGLE(Boom), "tokenizer": "SELECT vocabulary"}, VOCABULARY),
        ({"vocabulary": SINGLE(Boom), "tokenizer": "UNNAMED vocabulary"}, "tokenizer -> it -> vocabulary"),
        ({"vocabulary": MAKE(Boom), "tokenizer": "ONE vocabulary"}, "tokenizer"),
        ({"tokenizer": SINGLE(int, "x")}, "tokenizer"),
        ({"tokenizer": MAKE(int, "x")}, None),
    ],
)
def test_a_failure_tells_the_way_to_it(members: dict[str, Any], way: str | None) -> None:
    """The exception keeps its type and traceback, and gains one note with the names that led there."""
    container = extended_by(Words, **wired(members))()

    def predictor(a: str, tokenizer: Any) -> None:
        """Never called."""

    def attempt() -> None:
        with pytest.raises(ValueError, match=r"boom|invalid literal") as caught:
            resolve(predictor, container)
        assert caught.value.__notes__ == ["while building predictor" + (f" -> {way}" if way else "")]
        if "boom" in str(caught.value):
            assert 'raise ValueError("boom")' in "".join(traceback.format_exception(caught.value))

    attempt()
    attempt()


def wired(members: dict[str, Any]) -> dict[str, Any]:
    """Members with each text ``KIND name`` made a provider over the one of that name."""
    made: dict[str, Any] = {}
    kinds: dict[str, Callable[[Any], Any]] = {
        "SINGLE": lambda inner: SINGLE(Box, inner),
        "MAKE": lambda inner: MAKE(Box, vocabulary=inner),
        "LIST": providers.List,
        "DICT": lambda inner: providers.Dict(k=inner),
        "PROVIDED": lambda inner: SINGLE(Boom, inner.provided.args, inner.provided.kwargs.get.call("k")),
        "SELECT": lambda inner: providers.Selector(lambda: "it", other=MAKE(Box), it=inner),
        "ONE": lambda inner: SINGLE(Box, MAKE(Box), one=inner, other=MAKE(Boom)),
        "UNNAMED": lambda inner: providers.Selector(lambda: "it", it=SINGLE(Box, inner)),
    }
    for name, member in members.items():
        kind, _, inner = member.partition(" ") if isinstance(member, str) else ("", "", "")
        made[name] = kinds[kind](made[inner]) if kind else member
    return made


def test_a_failure_of_the_target_itself_names_it() -> None:
    """A constructor that fails though all it asked for was there is at the end of its own way."""
    with pytest.raises(ValueError, match="boom") as caught:
        resolve(PartlyBoom, Words())
    assert caught.value.__notes__ == ["while building PartlyBoom"]


def test_what_a_constructor_makes_by_hand_is_not_taken_for_a_provider() -> None:
    """A class that is a provider's too, made by hand and failing, is no step on the way."""
    made: list[int] = []

    class Once:
        def __init__(self) -> None:
            made.append(1)
            if len(made) > 1:
                raise ValueError("boom")

    class Target:
        def __init__(self, once: Any) -> None:
            Once()

    with pytest.raises(ValueError, match="boom") as caught:
        resolve(Target, extended_by(Words, once=SINGLE(Once))())
    assert caught.value.__notes__ == ["while building Target"]


def test_a_redefined_provider_is_on_the_way_under_its_name() -> None:
    """The way through an inherited provider goes by the name that was redefined, not by the argument's."""
    over = extended_by(Words, vocabulary=SINGLE(Box))
    over = extended_by(over, tokenizer=SINGLE(Box, words=over.vocabulary))
    container = extended_by(over, vocabulary=SINGLE(Boom))()
    with pytest.raises(ValueError, match="boom") as caught:
        resolve(lambda tokenizer: None, container)
    assert caught.value.__notes__ == ["while building <lambda> -> tokenizer -> vocabulary"]


# Plans


def test_what_is_built_is_kept() -> None:
    """Singletons are one object, factories a new one, however often the target is resolved."""
    container = extended_by(Words, s=SINGLE(Box), f=MAKE(Box))()
    one, two = (resolve(lambda s, f: (s, f), container) for _ in range(2))
    assert one[0] is two[0]
    assert one[1] is not two[1]


def test_a_provider_that_is_set_or_deleted_counts_at_once() -> None:
    """A compiled plan is void when a provider is exchanged, added or deleted, and under an override."""
    container: Any = Words()
    target = functools.partial(function)
    assert resolve(target, container).got == ("A", "B")
    container.set_provider("b", providers.Object("new"))
    assert resolve(target, container).got == ("A", "new")
    container.a = providers.Object("newer")
    assert resolve(target, container).got == ("newer", "new")
    with override(container, a="over"):
        assert resolve(target, container).got == ("over", "new")
    assert resolve(target, container).got == ("newer", "new")
    del container.b
    assert resolve(target, container).got == ("newer", "own")
    del container.a
    assert problems_of(target, container) == ["function asks for 'a', and no provider has that name"]


def test_a_callable_needs_no_hash() -> None:
    """A plan belongs to the very object, whatever it says of its equality."""

    @dataclasses.dataclass
    class Made:
        number: int = dataclasses.field(compare=False)
        made: Any = None

        def __call__(self, a: str) -> tuple[int, str]:
            return (self.number, a)

    one, two = Made(1), Made(2)
    assert one == two
    container = Words()
    assert [resolve(target, container) for target in (one, two, one)] == [(1, "A"), (2, "A"), (1, "A")]


def test_functions_made_anew_do_not_fill_the_memory() -> None:
    """A function made for each call is resolved like any other, and only so many plans are kept."""
    container: Any = Words()
    first = weakref.ref(target := lambda a: a)
    resolve(target, container)
    del target
    for number in range(MOST_RESOLVERS + 5):
        assert resolve(lambda a, number=number: (a, number), container) == ("A", number)
    gc.collect()
    assert first() is None
    assert len(container.resolvers) <= MOST_RESOLVERS


def test_a_class_in_place_of_an_instance_is_told() -> None:
    """Names are resolved from an instance; the class given instead is told how to make one."""
    with pytest.raises(ResolveError, match=r"not from <class '.*Words'>: call the class, Words\(\)$"):
        resolve(function, Words)  # type: ignore[arg-type] # the mistake under test


@pytest.mark.parametrize("other", [None, {"a": 1}, Box(), providers.Object(1), [Words]])
def test_something_else_in_place_of_a_container_is_told(other: Any) -> None:
    """Anything but an instance of a container is refused, and shown."""
    with pytest.raises(
        ResolveError, match="names are resolved from an instance of a PredictorContainer, not"
    ):
        resolve(function, other)


def test_a_long_chain_is_built() -> None:
    """Hundreds of providers, each over the one before, are checked and built one after the other."""
    container: Any = Words()
    before: Any = providers.Object(0)
    for number in range(2000):
        before = SINGLE(lambda n: n + 1, before)
        container.set_provider(f"n{number}", before)
    assert resolve(lambda n1999: n1999, container) == 2000


def test_a_provider_of_a_type_of_its_own_is_built() -> None:
    """A singleton that is declared for one type of objects only, dependency-injector's ``provided_type``."""

    class Boxes(providers.Singleton[Any]):
        provided_type: Any = Box

    container = extended_by(Words, t=Boxes(Box, "x"))()
    assert resolve(lambda t: t, container) is resolve(lambda t, a: t, container) is container.t()
    assert container.t().args == ("x",)


def test_a_provider_over_a_provider_is_built() -> None:
    """A factory or singleton that provides what another provider gives is resolved through it."""
    inner = SINGLE(Box, "x")
    container = extended_by(Words, t=providers.Callable(inner), u=SINGLE(MAKE(Box), "u"))()
    t, u = resolve(lambda t, u: (t, u), container)
    assert (t.args, u.args) == (("x",), ("u",))


def test_a_provider_can_be_handed_over_uncalled() -> None:
    """``x.provider`` arrives as the provider: nothing is built before it is called, not even in a circle."""
    built: list[int] = []

    class Lazy:
        def __init__(self, make: Any) -> None:
            built.append(1)
            self.make = make

    lazy: Any = SINGLE(Lazy)
    tool = SINGLE(Box, lazy)
    lazy.set_args(tool.provider)
    kinds = {"f": providers.DelegatedFactory(Boom), "s": providers.DelegatedSingleton(Boom)}
    container = extended_by(Words, lazy=lazy, tool=tool, **kinds)()
    found, *uncalled = resolve(lambda lazy, f, s: (lazy, f, s), container)
    assert built == [1]
    assert found.make().args == (found,)
    assert uncalled == [container.f, container.s]
