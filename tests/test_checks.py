"""What is found before anything is built, in containers as people write them, and in what is to be loaded."""

import copy
import functools
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from dependency_injector import providers
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from predictor_kit import PredictorContainer, Problem, ProblemsError, check, load_predictor
from predictor_kit.spec import AsyncSpec

EXAMPLE = Path(__file__).parents[1] / "examples" / "iris"


class Thing:
    def __init__(self, value: Any, other: Any = None) -> None:
        raise RuntimeError("nothing is built by a check")


class Iris:
    def __init__(self, thing: Any) -> None: ...

    def predict(self, payload: Any) -> None: ...


def found(container: Any, target: Any = Iris, **arguments: Any) -> list[str]:
    """The problems, each without the drawing of a callable and its place in this file."""
    lines = [f"{one.subject}: {one.message}" for one in check(target, container=container, **arguments)]
    return [line.removeprefix(": ") for line in lines]


def test_all_is_well() -> None:
    """Nothing is found, and nothing was built."""

    class C(PredictorContainer):
        thing = providers.Singleton(Thing, 1)

    assert check(Iris, container=C) == []
    assert check(Iris, container=C()) == []


def test_a_problem_has_the_place_of_the_class() -> None:
    """Without a file the constructor's own place is named."""
    (problem,) = check(Iris)
    line = Iris.__init__.__code__.co_firstlineno
    assert str(problem).splitlines() == [
        f"tests/test_checks.py:{line}: Iris asks for 'thing', and no provider has that name",
        "  providers: config, metrics_client",
        f"  Iris(thing: Any)  [tests/test_checks.py:{line}]",
    ]


def test_arguments_of_providers() -> None:
    """Arguments that are not taken, and those that are lacking, wherever the provider is reached from."""

    class C(PredictorContainer):
        unknown = providers.Singleton(Thing, 1, othr=2)
        lacking = providers.Factory(Thing, other=2)
        many = providers.Singleton(Thing, 1, 2, 3)
        nested = providers.Singleton(Thing, 1, other__value=3)
        thing = providers.List(unknown, lacking, many, nested)

    assert found(C) == [
        "C.lacking: Thing lacks 'value'",
        "C.many: Thing takes 2 arguments by position, and gets 3",
        "C.unknown: Thing takes no argument 'othr' (did you mean 'other'?)",
    ]


def test_what_is_called_later_may_get_its_arguments_then() -> None:
    """A factory that is handed over itself can be called with what is lacking here."""

    class C(PredictorContainer):
        factory = providers.Factory(Thing)
        thing = providers.Singleton(Thing, factory.provider)

    assert found(C) == []


def test_circles() -> None:
    """Providers that need one another, and one that needs itself."""

    class C(PredictorContainer):
        first = providers.Singleton(Thing)
        second = providers.Factory(Thing, first)
        first.set_args(second)
        alone = providers.Singleton(Thing)
        alone.set_kwargs(value=alone)
        thing = providers.List(second, alone)

    assert sorted(found(C)) == [
        "C.alone: providers need one another in a circle: alone -> alone",
        "C.second: providers need one another in a circle: second -> first -> second",
    ]


def test_config_values_that_are_missing() -> None:
    """Each one is named with the keys that there are; a value that is there is no problem."""

    class C(PredictorContainer):
        thing = providers.Singleton(
            Thing, PredictorContainer.config.model.layers, other=PredictorContainer.config.modle.rate
        )

    config = {"model": {"layers": 3}}
    assert found(C, config=config) == [
        "C.thing: config has no key 'modle' (did you mean 'model'?); its keys: model"
    ]
    assert found(C) == [
        "C.thing: config has no key 'model'; its keys: none",
        "C.thing: config has no key 'modle'; its keys: none",
    ]
    assert found(C, config={"model": {"layers": 3}, "modle": {"rate": 1}}) == []


@pytest.mark.parametrize(
    ("value", "kind"), [(1, "a whole number"), ("b", "text"), (None, "null"), ([1], "a list")]
)
def test_a_key_below_what_is_no_mapping(value: Any, kind: str) -> None:
    """It is said what the value is that has no keys; of an option and of what a selector decides by."""

    class C(PredictorContainer):
        thing = providers.Singleton(Thing, PredictorContainer.config.a.b)

    class Selecting(PredictorContainer):
        thing = providers.Selector(PredictorContainer.config.a.b, b=providers.Object(1))

    for container in (C, Selecting):
        problem = f"{container.__name__}.thing: config.a is {kind}, so it has no key 'b'"
        assert found(container, config={"a": value}) == [problem]


def test_what_is_abstract_and_not_overridden() -> None:
    """It is said before it is called; an override, and being handed over uncalled, are fine."""

    class C(PredictorContainer):
        thing: Any = providers.AbstractFactory(Thing)

    class Later(PredictorContainer):
        abstract = providers.AbstractSingleton(Thing)
        thing = providers.Factory(object, value=abstract.provider)

    assert found(C) == ["C.thing: 'thing' is abstract, and nothing overrides it"]
    assert found(C, overrides={"thing": providers.Factory(Thing, 1)}) == []
    assert not [one for one in found(Later) if "abstract" in one]


class Encoder(ABC):
    @abstractmethod
    def encode(self) -> None: ...

    @property
    @abstractmethod
    def size(self) -> int: ...


class Half(Encoder):
    def encode(self) -> None: ...


class Whole(Half):
    @property
    def size(self) -> int:
        return 3


class Chosen(Encoder):
    def __new__(cls) -> Any:
        return Whole()


def test_an_abstract_class_is_a_problem() -> None:
    """No object can be made of it, be it a provider's or the predictor's own; what lacks is named."""

    class Predicting(Encoder):
        def predict(self, payload: Any) -> None: ...

    half_of: Any = Half

    class C(PredictorContainer):
        encoder = providers.Singleton(Encoder)
        half = providers.Factory(functools.partial(half_of))
        whole = providers.Singleton(Whole)
        chosen = providers.Singleton(Chosen)
        thing = providers.List(encoder, half, whole, chosen)

    assert found(C) == [
        "C.encoder: class Encoder is abstract: it does not define the methods encode, size",
        "C.half: class Half is abstract: it does not define the method size",
    ]
    assert found(None, Predicting) == [
        "class Predicting is abstract: it does not define the methods encode, size"
    ]


ABSTRACT = """\
from abc import ABC, abstractmethod
from collections.abc import Mapping
from no_such_package import Mixin

class Encoder(ABC):
    @abstractmethod
    def encode(self): ...
    @property
    @abstractmethod
    def size(self): ...
class Half(Encoder):
    def encode(self): ...
class Whole(Half):
    size = 3
class Mixed(Mixin, Encoder): ...
class Words(Mapping):
    def __getitem__(self, key): ...
    def __iter__(self): ...
    def __len__(self): ...
class PythonPredictor(Encoder):
    def predict(self, payload): ...
"""


def test_an_abstract_class_is_found_in_source(write: Any) -> None:
    """Without imports, too; nothing is said of one that has a base that was not read."""
    names = ["Encoder", "Half", "Whole", "Mixed", "Words"]
    listed = ", ".join(f"{name.lower()}: 'a.py:{name}'" for name in names)
    api = API.format(name="a", kind="AsyncAPI", path="a.py", more="")
    write(cortex_yaml=f"{api}  providers: {{{listed}}}\n", a_py=ABSTRACT)
    assert [f"{one.subject}: {one.message}" for one in check("cortex.yaml", static=True)] == [
        "predictor: class PythonPredictor is abstract: it does not define the methods encode, size",
        "providers.encoder: class Encoder is abstract: it does not define the methods encode, size",
        "providers.half: class Half is abstract: it does not define the method size",
    ]


PROTOCOL = """\
from typing import Protocol
class Encoder(Protocol):
    def encode(self): ...
class Words(Encoder):
    def encode(self): ...
class PythonPredictor:
    def __init__(self, encoder, words): ...
    def predict(self, payload): ...
"""


@pytest.mark.parametrize("static", [False, True])
def test_a_protocol_is_a_problem(static: bool, write: Any) -> None:
    """No object can be made of one; of a class that fulfils it there can."""
    api = API.format(name="a", kind="AsyncAPI", path="a.py", more="")
    write(cortex_yaml=f"{api}  providers: {{encoder: 'a.py:Encoder', words: 'a.py:Words'}}\n", a_py=PROTOCOL)
    assert [f"{one.subject}: {one.message}" for one in check("cortex.yaml", static=static)] == [
        "providers.encoder: class Encoder is a Protocol, and no object can be made of it"
    ]


def test_a_choice_from_the_environment_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where the option is known, nor where only a provider knows its key."""
    monkeypatch.setenv("KIND", "hunter2")
    monkeypatch.chdir(tmp_path)
    Path("predictor.py").write_text(
        "class PythonPredictor:\n    def __init__(self, one, two): ...\n    def predict(self): ...\n"
    )
    Path("cortex.yaml").write_text(
        "- name: iris\n  kind: AsyncAPI\n  predictor:\n    type: python\n    path: predictor.py\n"
        "    config: {a: {kind: '${env:KIND}'}}\n"
    )

    class C(PredictorContainer):
        key = providers.Object("kind")
        one = providers.Selector(PredictorContainer.config.a.kind, a=providers.Object(1))
        two = providers.Selector(PredictorContainer.config.a[key], a=providers.Object(1))

    told = [problem.message for problem in check("cortex.yaml", container=C)]
    secret = "such choice (the value of environment variable KIND, not shown)"
    assert told == [f"'one' has no {secret}; it has: a", f"'two' has no {secret}; it has: a"]


def test_a_choice_of_another_configuration() -> None:
    """What a configuration beside ``config`` says is the container's own, and shown."""

    class C(PredictorContainer):
        settings = providers.Configuration(default={"kind": "c"})
        thing = providers.Selector(settings.kind, a=providers.Object(1))

    assert found(C) == ["C.thing: 'thing' has no choice 'c'; it has: a"]


def test_a_config_key_that_a_provider_gives() -> None:
    """It is not known before that provider is called."""

    class C(PredictorContainer):
        key = providers.Object("layers")
        thing = providers.Singleton(Thing, PredictorContainer.config.model[key])

    assert found(C, config={"model": {"layers": 3}}) == found(C) == []


def test_dependencies_that_were_not_supplied() -> None:
    """A Dependency is supplied by a subclass, or where the container is made."""

    class C(PredictorContainer):
        thing: Any = providers.Dependency(instance_of=int)

    class D(C):
        thing = providers.Object(3)

    class Default(PredictorContainer):
        thing: Any = providers.Dependency(instance_of=int, default=3)

    assert found(Default) == []
    assert found(C) == ["C.thing: 'thing' is a Dependency that nothing supplies"]
    assert found(D) == found(C(thing=providers.Object(3))) == []


def test_what_cannot_be_awaited() -> None:
    """Coroutine functions and asynchronous generators and context managers, by whatever provider."""

    async def coroutine() -> None: ...

    async def generator() -> AsyncGenerator[None]:
        yield

    class C(PredictorContainer):
        a = providers.Coroutine(coroutine)
        b = providers.Resource(generator)
        c = providers.Singleton(coroutine)
        d = providers.Callable(asynccontextmanager(generator))
        thing = providers.List(a, b, c, d)

    end = "is asynchronous, and what it gives cannot be awaited while a predictor is built"
    assert found(C) == [f"C.{name}: {name!r} {end}" for name in "abcd"]


def test_providers_within_plain_collections() -> None:
    """They would arrive as providers; dependency-injector has its own collections for them."""

    class C(PredictorContainer):
        one = providers.Object(1)
        thing = providers.Singleton(Thing, [one], other={"one": one})
        also = providers.Singleton(Thing, (one,), other=[1])
        both = providers.List(thing, also)

    problems = check(Both, container=C)
    assert [f"{one.message}: {one.notes[0]}" for one in problems] == [
        "'also' would get the provider inside its tuple 0 uncalled: write providers.List(...)",
        "'thing' would get the provider inside its list 0 uncalled: write providers.List(...)",
        "'thing' would get the provider inside its dict 'other' uncalled: write providers.Dict(...)",
    ]


class Both:
    def __init__(self, both: Any) -> None: ...

    def predict(self) -> None: ...


def test_what_nothing_can_be_known_of() -> None:
    """Callables written in C, providers without one, and providers of providers are left to their call."""

    class C(PredictorContainer):
        builtin: Any = providers.Singleton(dict, [("a", 1)])
        inner = providers.Factory(Thing, 1)
        of_provider = providers.Callable(inner)
        thing = providers.List(builtin, of_provider, providers.Callable())

    assert found(C) == []


def test_other_kinds_of_providers() -> None:
    """Objects, delegates, selectors and containers in containers have nothing to check of their own."""

    class Inner(PredictorContainer):
        thing = providers.Singleton(Thing, 1)

    class C(PredictorContainer):
        inner: Any = providers.Container(Inner)
        delegate = providers.Delegate(inner.thing)
        selector = providers.Selector(PredictorContainer.config.kind, a=inner.thing, b=providers.Object(1))
        thing = providers.List(delegate, selector, inner.thing)

    assert found(C, config={"kind": "a"}) == []


def test_an_overridden_provider_is_not_checked() -> None:
    """What stands in for it is."""

    class C(PredictorContainer):
        thing = providers.Singleton(Thing, nonsense=1)

    container = C()
    container.thing.override(providers.Object(3))
    assert found(container) == []
    container.thing.override(providers.Singleton(Thing, other=1))
    assert found(container) == ["C.thing: Thing lacks 'value'"]


# The class to load


class Config(BaseModel):
    layers: int


def test_the_configs_model() -> None:
    """A config from Python is checked against the model that the class names."""

    class WithConfig:
        def __init__(self, config: Config) -> None: ...

        def predict(self) -> None: ...

    assert found(None, WithConfig, config={"layers": "many"}) == [
        "config.layers: input should be a valid integer"
    ]
    assert found(None, WithConfig) == ["config: 'layers' is missing"]
    assert found(None, WithConfig, config={"layers": 1}) == []


def test_a_class_whose_arguments_cannot_be_read() -> None:
    """It is told of, and wrapping it is advised."""
    (problem,) = check(dict)
    assert problem.message.startswith("the parameters of 'dict' cannot be read")


def test_an_asynchronous_factory() -> None:
    """A function that makes a predictor is called, not awaited."""

    async def make(config: Any) -> None: ...

    assert found(None, make) == ["make is asynchronous, and a loaded predictor cannot wait for it"]
    assert found(None, lambda config: config) == []


def wrapped(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Methods:
    @wrapped
    def decorated(self, payload: Any, request_id: Any = None) -> Any:
        return payload, request_id

    @staticmethod
    def static(payload: Any) -> Any:
        return payload

    @classmethod
    def of_class(cls, payload: Any) -> Any:
        return payload

    def two(self, before: Any, payload: Any) -> Any:
        return payload

    partial_method = functools.partialmethod(two, 1)
    partial = functools.partial(lambda before, payload: payload, 1)
    any_names = lambda self, *args, **kwargs: None  # noqa: E731 - one of the ways to have a method
    optional = lambda self, more=1, *, headers: None  # noqa: E731 - the same
    wrong = lambda self, data: None  # noqa: E731 - the same
    static_wrong = staticmethod(lambda self: None)
    no_method = property(lambda self: None)
    in_c = functools.partial(max)


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("decorated", None),
        ("static", None),
        ("of_class", None),
        ("partial_method", None),
        ("partial", None),
        ("any_names", None),
        ("optional", None),
        ("two", "class P: predict asks for 'before', which nobody hands it"),
        ("wrong", "class P: predict asks for 'data', which nobody hands it"),
        ("static_wrong", "class P: predict asks for 'self', which nobody hands it"),
        ("no_method", "class P: 'predict' is defined, but is not a method"),
        ("in_c", "class P: the parameters of 'max' cannot be read"),
    ],
)
def test_what_predict_names(method: str, message: str | None) -> None:
    """Every kind of method is read; what it names must be what a predictor can be handed."""
    cls = type("P", (), {"predict": Methods.__dict__[method]})
    messages = [problem.message.partition(" (")[0] for problem in check(cls)]
    assert messages == ([message] if message else [])


def test_a_class_that_predicts_nothing() -> None:
    """``predict`` is required; a class with ``__call__`` alone is a task."""

    class Nothing: ...

    class Task:
        def __call__(self, config: Any) -> None: ...

    class Other(Task):
        def __call__(self, config: Any, payload: Any) -> None: ...  # type: ignore[override] # the mistake under test

    assert found(None, Nothing) == ["class Nothing: required method 'predict' is not defined"]
    assert found(None, Task) == []
    assert found(None, Other) == ["class Other: __call__ asks for 'payload', which nobody hands it"]


# Files


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)

    def write(**files: str) -> None:
        for name, text in files.items():
            Path(name.replace("_", ".")).write_text(text)

    return write


API = "- name: {name}\n  kind: {kind}\n  predictor: {{type: python, path: {path}{more}}}\n"
TASK = "- name: train\n  kind: TaskAPI\n  definition: {path: task.py}\n"
SPLITTER = "- name: split\n  kind: TrafficSplitter\n  apis: [{name: a, weight: 100}]\n"


def test_all_apis_of_a_file_are_checked(write: Any) -> None:
    """Each problem says of which API it is; a task and a splitter are APIs like others."""
    write(
        cortex_yaml=API.format(name="a", kind="RealtimeAPI", path="a.py", more="")
        + API.format(name="b", kind="BatchAPI", path="b.py", more=", python_path: nowhere")
        + TASK
        + SPLITTER,
        a_py="class PythonPredictor:\n    def __init__(self, a): ...\n    def predict(self): ...\n",
        task_py="class Task:\n    def __init__(self, b): ...\n",
    )
    assert [(one.api, str(one).splitlines()[0]) for one in check("cortex.yaml")] == [
        ("a", "cortex.yaml:3:35: predictor: PythonPredictor asks for 'a', and no provider has that name"),
        ("b", "cortex.yaml:6:54: predictor.python_path: there is no folder 'nowhere'"),
        ("train", "cortex.yaml:9:22: definition: Task asks for 'b', and no provider has that name"),
        ("train", "cortex.yaml:9:22: definition: class Task: required method '__call__' is not defined"),
    ]
    assert [one.api for one in check("cortex.yaml", name="b")] == ["b"]
    assert [one.message for one in check("cortex.yaml", name="split")] == [
        "'split' is a TrafficSplitter: it shares requests among other apis and has no predictor"
    ]
    assert [one.message for one in check("cortex.yaml", name="c")] == ["no api is named 'c' in cortex.yaml"]


def test_a_file_that_cannot_be_read(write: Any) -> None:
    """Its problems are given, not raised."""
    write(cortex_yaml="- name: [\n")
    assert all(isinstance(one, Problem) for one in check("cortex.yaml"))
    assert check("no-such.yaml")[0].message == "there is no such file"


def test_problems_of_a_container_of_a_file(write: Any) -> None:
    """They name the container and, among those of other APIs, the API."""
    write(
        cortex_yaml=API.format(name="a", kind="AsyncAPI", path="a.py", more="") + "  container: a.py:C\n",
        a_py="from dependency_injector import providers\nfrom predictor_kit import PredictorContainer\n"
        "class C(PredictorContainer):\n    thing = providers.Singleton(int, PredictorContainer.config.n)\n"
        "class PythonPredictor:\n    def __init__(self, thing): ...\n    def predict(self): ...\n",
    )
    (problem,) = check("cortex.yaml")
    assert (problem.api, problem.subject) == ("a", "C.thing")
    assert problem.message == "config has no key 'n'; its keys: none"


def test_a_class_of_a_file_whose_arguments_cannot_be_read(write: Any) -> None:
    """The place is that of its path in the file."""
    write(
        cortex_yaml=API.format(name="a", kind="AsyncAPI", path="'a.py:C'", more=""),
        a_py="class C(dict):\n    def predict(self): ...\n",
    )
    (problem,) = check("cortex.yaml")
    assert str(problem).startswith("cortex.yaml:3:35: predictor.path: the parameters of 'C' cannot be read")


def test_a_spec_made_in_python(write: Any) -> None:
    """Problems of a spec without a file have no place of their own."""
    write(a_py="class PythonPredictor:\n    def __init__(self, thing): ...\n    def predict(self): ...\n")
    data = {"name": "a", "predictor": {"type": "python", "path": "a.py"}, "providers": {"thing": "a.py:No"}}
    spec = AsyncSpec.model_validate(data)
    problems = check(spec)
    assert [str(one).splitlines()[0] for one in problems] == ["providers.thing.class: a.py has no class 'No'"]


def test_load_finds_the_same(write: Any) -> None:
    """Loading raises what a check gives."""
    write(cortex_yaml=API.format(name="a", kind="AsyncAPI", path="a.py", more=""), a_py="class A: ...\n")
    with pytest.raises(ProblemsError) as caught:
        load_predictor("cortex.yaml")
    assert list(caught.value.problems) == check("cortex.yaml")


# Any change of a valid file

VALID = (
    (EXAMPLE / "cortex.yaml").read_text()
    + """\
- name: second
  kind: RealtimeAPI
  predictor:
    type: python
    path: predictor.py
    config: {features: [a, "2"], nested: {port: 8125, host: "${env:HOST_NAME:-localhost}"}}
    env: {KEY: value}
  container: predictor_kit:PredictorContainer
  providers:
    metrics_client: {class: fan-out, args: {clients: ["${first}", "${second}"]}}
    first: {class: dogstatsd, args: {host: "${config.nested.host}", port: "${config.nested.port}"}}
    second: in-memory
    model:
      class: model.py:train
      args: {path: "x-${config.nested.host}", features: "${config.features}"}
      scope: factory
"""
)
WORDS = re.findall(
    r"\S+",
    """name kind predictor config providers container class args scope path model metrics_client first
    __init__ host port python_path env features""",
)
REFERENCES = re.findall(
    r"\S+",
    """${config} ${config.features} ${config.no} ${first} ${model} ${no} ${metrics_client} x${first}
    ${env:NO_SUCH_VARIABLE} ${env:HOME} ${ $${a} model.py:train model:no predictor.py no.such:Name a:b:c
    predictor.py:PythonPredictor builtins:dict builtins:print predictor_kit.metrics:FanOutMetrics os:path
    predictor_kit:PredictorContainer typing:List collections.abc:Iterable asyncio:sleep . / factory null""",
)
VALUES: list[Any] = [
    *(None, True, 3, 2.5, "", "a\0b", [], {}, [1], {"a": 1}, ["${model}"], {"x": ["${config.nested}"]}),
    {"class": "in-memory", "args": {"a": 1}},
    *REFERENCES,
]


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each mapping or list in ``value`` with each of its keys or indexes."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from nodes(value[key])


def change(data: Any, how: str, at: int, number: int) -> None:
    """Delete, retype, rename or add one node of ``data``."""
    holder, key = list(nodes(data))[at % len(list(nodes(data)))]
    word, value = WORDS[number % len(WORDS)], copy.deepcopy(VALUES[number % len(VALUES)])
    if how == "retype":
        holder[key] = value
    elif isinstance(holder, list):
        holder[key : key + 1] = [holder[key], value] if how == "add" else []
    else:
        held = holder[key] if how == "add" else holder.pop(key)
        if how != "delete":
            holder[word] = value if how == "add" else held


CHANGES = st.tuples(
    st.sampled_from(["delete", "retype", "rename", "add"]), st.integers(0, 400), st.integers(0, 400)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Python files of the example."""
    folder = tmp_path_factory.mktemp("changed")
    for name in ("predictor.py", "model.py"):
        (folder / name).write_text((EXAMPLE / name).read_text())
    return folder


def checked(folder: Path, text: str) -> None:
    (folder / "cortex.yaml").write_text(text)
    for problem in check(folder):
        assert problem.message
        assert str(problem)
        assert problem.location is not None or re.match("[A-Za-z]+Container[.]", problem.subject), problem


def test_the_file_that_is_changed_is_valid(folder: Path) -> None:
    """The changes start from a file in which nothing is wrong."""
    checked(folder, VALID)
    assert check(folder) == []


@given(st.lists(CHANGES, min_size=1, max_size=4))
def test_any_change_of_a_file_gives_problems_with_places(
    folder: Path, changes: list[tuple[str, int, int]]
) -> None:
    """Whatever is deleted, added, renamed or retyped, a check gives problems and never raises."""
    data = yaml.safe_load(VALID)
    for one in changes:
        if any(nodes(data)):
            change(data, *one)
    checked(folder, yaml.safe_dump(data, sort_keys=False))


@given(st.sampled_from(sorted({"model", "first", "extra"})), st.sampled_from(VALUES), st.sampled_from(VALUES))
def test_any_provider_at_all(folder: Path, name: str, cls: Any, args: Any) -> None:
    """Any class with any argument, beside any other."""
    data = yaml.safe_load(VALID)
    data[1]["providers"][name] = {"class": cls, "args": {"path": args, "features": args, "self": args}}
    checked(folder, yaml.safe_dump(data, sort_keys=False))


# What a first user ran into


def test_a_method_without_self_is_a_problem() -> None:
    """A method, or the constructor, whose first parameter is not self would get things in wrong places."""

    class NoSelf:
        def __init__(config) -> None: ...  # noqa: N805 - the mistake meant

        def predict(payload): ...  # type: ignore[no-untyped-def] # noqa: ANN202, N805 - the mistake meant

    class Nothing:
        def predict() -> None: ...  # type: ignore[misc]

    assert [problem.message for problem in check(NoSelf)] == [
        "class NoSelf: the first parameter of __init__ must be self",
        "class NoSelf: the first parameter of predict must be self",
    ]
    assert [problem.message for problem in check(Nothing)] == [
        "class Nothing: the first parameter of predict must be self"
    ]


def test_a_method_may_take_self_among_others() -> None:
    """A method of ``*args`` gets what there is, and a constructor may call self what it likes."""

    class Loose:
        def __init__(this) -> None: ...  # noqa: N805 - the case meant

        def predict(*args: object) -> None: ...

    assert check(Loose) == []


def test_a_generator_in_a_singleton_is_a_problem() -> None:
    """It would be handed over as it is, and nobody would run it."""

    def opened() -> Generator[int]:
        yield 1  # pragma: no cover - never run, which is the point

    class Container(PredictorContainer):
        one = providers.Singleton(opened)
        two = providers.Factory(contextmanager(opened))

    class Iris:
        def __init__(self, one: int, two: int) -> None: ...

        def predict(self) -> None: ...

    assert [str(problem).splitlines() for problem in check(Iris, container=Container)] == [
        [
            f"Container.{name}: {name!r} would be a generator that nobody runs",
            "  to have it opened, and closed at the end, write providers.Resource(opened, ...)",
        ]
        for name in ("one", "two")
    ]


def test_overrides_are_checked() -> None:
    """Check takes the overrides of load_predictor: they fill what is missing, and their names are checked."""

    class Iris:
        def __init__(self, config: object, metrics_client: object) -> None: ...

        def predict(self) -> None: ...

    class Asking(Iris):
        def __init__(self, config: object, model: object) -> None: ...

    container: Any = type("Own", (PredictorContainer,), {"model": providers.Dependency()})
    assert check(Asking, container=container) != []
    assert check(Asking, container=container, overrides={"model": 1}) == []
    assert [problem.message for problem in check(Iris, overrides={"metric_client": 1})] == [
        (
            "PredictorContainer has no provider 'metric_client' (did you mean 'metrics_client'?); "
            "it has: config, metrics_client"
        )
    ]


@pytest.mark.parametrize("argument", ["config", "overrides"])
def test_arguments_of_another_type_are_refused(argument: str) -> None:
    """Config and overrides are mappings."""
    wrong: Any = {argument: [1]}
    assert [str(problem) for problem in check(dict, **wrong)] == [
        f"{argument} must be a mapping by name, not list"
    ]


def test_a_name_without_a_file_is_refused() -> None:
    """A class has no APIs to choose among."""
    assert [str(problem) for problem in check(dict, name="iris")] == [
        "iris: name says which API of a file, and no file was given"
    ]


def test_an_api_that_is_wrong_hides_no_other(tmp_path: Path) -> None:
    """What is wrong with the wiring of one API is reported beside what is wrong in another."""
    file = tmp_path / "cortex.yaml"
    predictor = "kind: RealtimeAPI, predictor: {type: python, path: nope.py"
    file.write_text(f"- {{name: a, {predictor}}}}}\n- {{name: b, {predictor}, colour: red}}}}\n")
    assert [problem.message.partition(" /")[0] for problem in check(file)] == [
        "there is no file",
        "there is no file",
        "unknown key 'colour'",
    ]


# Selectors


def test_a_config_value_that_selects_nothing_is_a_problem() -> None:
    """The choices are named, the nearest one too."""

    class Container(PredictorContainer):
        model = providers.Selector(
            PredictorContainer.config.kind, small=providers.Object(1), large=providers.Object(2)
        )

    class Iris:
        def __init__(self, model: int) -> None: ...

        def predict(self) -> None: ...

    assert [str(problem) for problem in check(Iris, container=Container, config={"kind": "smal"})] == [
        "Container.model: 'model' has no choice 'smal' (did you mean 'small'?); it has: small, large"
    ]
    assert check(Iris, container=Container, config={"kind": "large"}) == []
