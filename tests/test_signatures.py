"""Plans of callables: what is asked for, by which kind, and how it reads in a message."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gc
import importlib.util
import inspect
import sys
import typing
import weakref
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from unittest.mock import patch

import pydantic
import pytest
import typing_extensions
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.errors import Location, ProblemsError
from predictor_kit.signatures import (
    PLACE,
    Kind,
    Parameter,
    Plan,
    Unevaluated,
    is_async,
    plan_of,
    returns_generator,
)

if TYPE_CHECKING:
    from nowhere import Unknown  # type: ignore[import-not-found] # a name for the type checker only

T = TypeVar("T")
Calls = list[Callable[..., object]]

KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: Kind.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD: Kind.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY: Kind.KEYWORD_ONLY,
}


@dataclasses.dataclass
class Header:
    """The parameters of a function as source, without the brackets."""

    positional_only: list[str]
    either: list[str]
    keyword_only: list[str]
    defaults: int
    keyword_defaults: set[str]
    varargs: bool
    varkeywords: bool

    def source(self, *, first: str = "") -> str:
        """The text of the header, after the parameter ``first``."""
        both = [*([first] if first else []), *self.positional_only, *self.either]
        bare = len(both) - min(self.defaults, len(both) - bool(first))
        words = [name if index < bare else f"{name}={index}" for index, name in enumerate(both)]
        if self.positional_only:
            words.insert(len(both) - len(self.either), "/")
        if self.varargs or self.keyword_only:
            words.append("*args" if self.varargs else "*")
        words += [f"{name}='d'" if name in self.keyword_defaults else name for name in self.keyword_only]
        return ", ".join([*words, *(["**kwargs"] if self.varkeywords else [])])


@st.composite
def headers(draw: st.DrawFn) -> Header:
    """Any header: parameters of all kinds, with and without defaults."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True))
    first, second = sorted((draw(st.integers(0, len(names))), draw(st.integers(0, len(names)))))
    keyword_only = names[second:]
    return Header(
        names[:first],
        names[first:second],
        keyword_only,
        draw(st.integers(0, second)),
        set(draw(st.lists(st.sampled_from(keyword_only)))) if keyword_only else set(),
        draw(st.booleans()),
        draw(st.booleans()),
    )


def made(source: str, name: str, **names: Any) -> Any:
    """What ``source`` defines under ``name``, with ``names`` to be used in it."""
    namespace: dict[str, Any] = {"__name__": "made", "functools": functools, **names}
    exec(compile(source, "<made>", "exec", dont_inherit=True), namespace)
    return namespace[name]


def agrees(target: Callable[..., Any]) -> bool:
    """Whether the plan says what ``inspect.signature`` says."""
    plan, kinds = plan_of(target), inspect.Parameter
    expected = inspect.signature(target).parameters.values()
    listed = [(p.name, KINDS[p.kind], p.default) for p in expected if p.kind in KINDS]
    read = [(p.name, p.kind, p.default) for p in plan.parameters]
    required = [p.default is kinds.empty for p in expected if p.kind in KINDS]
    stars = (plan.var_positional, plan.var_keyword)
    return (
        read == listed
        and required == [p.required for p in plan.parameters]
        and stars
        == tuple(any(p.kind is kind for p in expected) for kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD))
    )


def filled(target: Callable[..., Any]) -> Any:
    """``target`` called with what its plan asks for, each argument its own name."""
    parameters = plan_of(target).parameters
    by_position = [p.name for p in parameters if p.kind is Kind.POSITIONAL_ONLY]
    return target(*by_position, **{p.name: p.name for p in parameters if p.kind is not Kind.POSITIONAL_ONLY})


@given(headers())
def test_functions_agree_with_inspect(header: Header) -> None:
    """A function's plan has the names, kinds and defaults that inspect gives."""
    assert agrees(made(f"def f({header.source()}): pass", "f"))


@given(headers())
def test_classes_agree_with_inspect(header: Header) -> None:
    """So has a class's, without ``self``, and that of a class that inherits the constructor."""
    source = f"class A:\n    def __init__({header.source(first='self')}): pass\nclass B(A): pass"
    assert agrees(made(source, "A"))
    assert agrees(made(source, "B"))


@given(headers())
def test_unusual_callables_agree_with_inspect(header: Header) -> None:
    """So have bound methods, callable objects, ``__new__``, metaclasses and decorated functions."""
    bound = header.source(first="self")
    source = f"""
class Both:
    def method({bound}): pass
    def __call__({bound}): pass
class New:
    def __new__({bound}): pass
class Meta(type):
    def __call__({bound}): pass
class Made(metaclass=Meta): pass
def decorator(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs): return function(*args, **kwargs)
    return wrapper
@decorator
def decorated({header.source()}): pass
class Decorated:
    @decorator
    def __init__({bound}): pass
objects = [Both().method, Both(), New, Made, decorated, Decorated]
"""
    assert all(map(agrees, made(source, "objects")))


@given(headers())
def test_text_is_the_header(header: Header) -> None:
    """The drawn call is the header that was written, with the usual names of ``*args`` and ``**kwargs``."""
    source = header.source()
    assert plan_of(made(f"def f({source}): pass", "f")).text() == f"f({source})"


@given(headers(), st.data())
def test_a_call_by_plan_succeeds(header: Header, data: st.DataObject) -> None:
    """Handing over what is asked for by its kind is a call that works, also of a partial."""
    function = made(f"def f({header.source()}): return locals()", "f")
    count = data.draw(st.integers(0, len(header.positional_only)))
    words = data.draw(st.lists(st.sampled_from([*header.either, *header.keyword_only] or ["_"]), unique=True))
    keywords = {word: "bound" for word in words if word != "_"}
    partial = functools.partial(function, *(["bound"] * count), **keywords)
    result = filled(partial)
    for name in [*header.positional_only[count:], *header.either, *header.keyword_only]:
        assert result[name] == ("bound" if name in keywords else name)
    assert not keywords.keys() & {p.name for p in plan_of(partial).parameters}


class NoConstructor:
    """Takes nothing."""


class Vocabulary:
    """A class to annotate with."""


@dataclasses.dataclass
class Data:
    """A dataclass with fields of each kind."""

    path: str
    seed: dataclasses.InitVar[int]
    words: list[str] = dataclasses.field(default_factory=list)
    own: int = dataclasses.field(init=False, default=0)
    limit: int = dataclasses.field(kw_only=True, default=3)


class Model(pydantic.BaseModel):
    """A pydantic model, one field of which has an alias."""

    size: int = pydantic.Field(alias="length")
    name: str | None = None


class Pair(NamedTuple):
    """A named tuple."""

    left: int
    right: str = "r"


class Holder(Generic[T]):
    """A generic class."""

    def __init__(self, item: T) -> None:
        """Keep ``item``."""


class Stars:
    """A constructor that takes ``self`` among its ``*args``."""

    def __init__(*args: Any, config: Any) -> None:
        """Take anything."""


class WithSignature:
    """A class that says its signature itself."""

    __signature__ = inspect.Signature([inspect.Parameter("said", inspect.Parameter.KEYWORD_ONLY)])

    def __init__(self, **kwargs: Any) -> None:
        """Take anything."""


def names(target: Callable[..., Any]) -> list[str]:
    """The names that are asked for."""
    return [parameter.name for parameter in plan_of(target).parameters]


def test_classes_of_every_making() -> None:
    """What a class asks for does not depend on who wrote its constructor."""
    assert names(NoConstructor) == []
    assert names(Data) == ["path", "seed", "words", "limit"]
    assert [p.name for p in plan_of(Data).parameters if p.required] == ["path", "seed"]
    assert names(Model) == ["length", "name"]
    assert [p.required for p in plan_of(Model).parameters] == [True, False]
    assert names(Pair) == ["left", "right"]
    assert names(Holder) == names(Holder[int]) == ["item"]
    assert names(Stars) == ["config"]
    assert names(WithSignature) == ["said"]


def test_plan_of_what_has_no_signature() -> None:
    """A callable that tells nothing of its parameters is a problem that says what to do."""
    with pytest.raises(ProblemsError) as raised:
        plan_of(dict)
    assert str(raised.value).splitlines() == [
        "the parameters of 'dict' cannot be read (no signature found for builtin type <class 'dict'>)",
        "  wrap it in a function of your own that names its parameters",
    ]


def test_plan_of_what_cannot_be_called() -> None:
    """A value that is no callable is a problem that names its type."""
    with pytest.raises(ProblemsError, match="an object of type 'int' is no class or function"):
        plan_of(typing.cast("Callable[..., object]", 3))


def test_plan_of_a_signature_that_raises() -> None:
    """Whatever the look at a signature raises becomes a problem, and stays its cause."""

    def function() -> None:
        pass

    function.__wrapped__ = function  # type: ignore[attr-defined] # a decorator gone wrong
    with pytest.raises(ProblemsError, match="'function' cannot be read") as raised:
        plan_of(function)
    assert isinstance(raised.value.__cause__, ValueError)


def test_plans_are_remembered() -> None:
    """The second plan of a class or a function is the first one; a bound method's is not kept."""

    def function(config: Any) -> None:
        pass

    assert plan_of(Data) is plan_of(Data)
    assert plan_of(function) is plan_of(function)
    assert plan_of(Vocabulary().__repr__) is not plan_of(Vocabulary().__repr__)


def test_a_replaced_constructor_is_read_again() -> None:
    """A constructor patched in a test is seen, and the old one again afterwards."""

    def other(self: object, tokenizer: Any) -> None:
        pass

    assert names(Holder) == ["item"]
    with patch.object(Holder, "__init__", other):
        assert names(Holder) == ["tokenizer"]
    assert names(Holder) == ["item"]


def test_a_plan_keeps_nothing_alive() -> None:
    """A class that was planned can go, with its defaults; its plan then says so, or says nothing."""
    source = "class A:\n    def __init__(self, x: int = [1]): self.y = A"
    cls = made(source, "A")
    plan, gone = plan_of(cls), weakref.ref(cls)
    del cls
    gc.collect()
    assert gone() is None
    parameter = plan.parameters[0]
    with pytest.raises(ReferenceError, match="no longer exists"):
        assert parameter.default
    assert parameter.annotation is Any
    assert plan.location is None
    assert plan.text() == "A(x=...)"


class Later:
    """Annotations in text (see the first import), some of names that are not there."""

    Inner = Vocabulary
    date = None

    def __init__(
        self,
        plain: int,
        maybe: Vocabulary | None,
        half: Unknown | None,
        noted: Annotated[int, "note"],
        unknown: Unknown,
        unknowns: list[Unknown],
        inner: Inner,  # type: ignore[valid-type] # to a type checker it is a variable
        dotted: Unknown.Part,
        literal: Literal["a.b.c"] = "a.b.c",
    ) -> None: ...


def test_annotations_are_resolved() -> None:
    """Text becomes the type it names; ``None`` and ``Annotated`` stay; what is not there is Any."""
    annotations = {p.name: p.annotation for p in plan_of(Later).parameters}
    assert annotations == {
        "plain": int,
        "maybe": Vocabulary | None,
        "half": Any | None,
        "noted": Annotated[int, "note"],
        "unknown": Any,
        "unknowns": list[Any],
        "inner": Vocabulary,
        "dotted": Any,
        "literal": Literal["a.b.c"],
    }


def test_annotations_that_are_objects() -> None:
    """Annotations that were evaluated stay as they are, with references in them resolved."""
    assert [p.annotation for p in plan_of(Model).parameters] == [int, str | None]

    source = "def f(a: list['Vocabulary'], b: Vocabulary, c, d: '(', e: 3): pass"
    function = made(source, "f", Vocabulary=Vocabulary)
    assert [p.annotation for p in plan_of(function).parameters] == [list[Vocabulary], Vocabulary, Any, Any, 3]


def test_an_annotation_comes_from_where_it_was_written(tmp_path: Path) -> None:
    """A constructor from another module, or generated there, is read with the names of that module."""
    base = loaded(
        tmp_path / "base_of_it.py",
        "from __future__ import annotations\nclass Here: pass\n"
        "class Base:\n    def __init__(self, x: Here): pass\n",
    )

    class Derived(base.Base):  # type: ignore[misc,name-defined] # its base is made at run time
        pass

    assert plan_of(Derived).parameters[0].annotation is base.Here
    foreign = made("def __init__(self, x): pass", "__init__")
    foreign.__annotations__ = {"x": "Here"}
    generated = type("Generated", (), {"__init__": foreign, "__module__": base.__name__})
    assert plan_of(generated).parameters[0].annotation is base.Here


def loaded(file: Path, source: str) -> ModuleType:
    """The module with this source."""
    file.write_text(source)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[file.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Raising:
    """A value that cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError


def test_text_shows_types_and_defaults() -> None:
    """Types have the last part of their module; defaults are short and need not be showable."""
    used = {"Vocabulary": Vocabulary, "Raising": Raising(), "Opaque": object(), "Sequence": Sequence}
    source = (
        "def f(a: Vocabulary, b: int = 1, *, c=Raising, d='x' * 99, e: Sequence[int] = (), g=Opaque, "
        "h=Vocabulary, i='y' * 39, j: 'some.long.Name' = None, k: \"Literal['a.b.c']\" = 0): pass"
    )
    assert plan_of(made(source, "f", **used)).text() == (
        f"f(a: {__name__.split('.')[-1]}.Vocabulary, b: int = 1, *, c=<Raising instance>, "
        "d='xxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxx', e: Sequence[int] = (), "
        "g=<object object>, h=Vocabulary, i='yyyyyyyyyyyyyyyyy...yyyyyyyyyyyyyyyyyy', "
        "j: long.Name = None, k: Literal['a.b.c'] = 0)"
    )


def test_text_of_a_default_that_is_long_in_pieces() -> None:
    """A default of many short pieces is cut as well."""
    default = {"one": ["first", "second"], "two": ["third", "fourth"]}

    def function(x: Any = default) -> None:
        pass

    assert plan_of(function).text() == "function(x: Any = {'one': ['first', 'second'], 'two': [...)"


def test_names_of_callables() -> None:
    """A plan is called as its class or function; an object as its class."""

    class Tool:
        def __call__(self) -> None:
            pass

        def method(self) -> None:
            pass

    called: Calls = [
        Tool,
        Tool(),
        Tool().method,
        functools.partial(Tool),
        functools.partial(Tool()),
        Holder[int],
        len,
    ]
    assert [plan_of(one).name for one in called] == [
        "Tool",
        "Tool",
        "method",
        "Tool",
        "Tool",
        "Holder",
        "len",
    ]


SOURCE = """\
import dataclasses, functools, typing


def decorator(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


class Plain:
    x = 1

    def __init__(self, a): pass


@decorator
@functools.cache
def decorated(a): pass


@dataclasses.dataclass(
    frozen=True,
)
class Data:
    a: int


class New:
    def __new__(cls, a): pass


class Sub(Plain): pass
class Empty: pass
short = lambda a: a
"""


def test_locations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place is that of ``def __init__`` or ``__new__``, else of the class; decorators do not count."""
    module = loaded(tmp_path / "places_of.py", SOURCE)
    lines = {"Plain": 14, "decorated": 19, "Data": 25, "New": 30, "Sub": 14, "Empty": 34, "short": 35}
    found = {name: plan_of(getattr(module, name)).location for name in lines}
    assert {name: place.line for name, place in found.items() if place} == lines
    assert found["Plain"] is not None
    assert (found["Plain"].file, found["Plain"].column) == (str(tmp_path / "places_of.py"), 0)
    monkeypatch.chdir(tmp_path)
    assert str(plan_of(module.Plain).location) == "places_of.py:14"
    assert plan_of(functools.partial(module.decorated)).location == plan_of(module.decorated).location


def test_locations_that_are_not_known() -> None:
    """Code without a file, and code in C, has no place; a pydantic model has its class's."""
    assert plan_of(made("def f(): pass", "f")).location is None
    assert plan_of(made("class A:\n    def __init__(self): pass", "A")).location is None
    assert plan_of(len).location is None
    place, (_, line) = plan_of(Model).location, inspect.getsourcelines(Model)
    assert place is not None
    assert place.line == line


def test_a_location_needs_no_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place is shown in full when the working directory is gone."""
    module = loaded(tmp_path / "still_there.py", "def f(): pass\n")
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert str(plan_of(module.f).location) == f"{tmp_path / 'still_there.py'}:1"


def stream(x: Any) -> Generator[int, None, None]:
    """Yield."""
    yield x


managed = contextlib.contextmanager(stream)


def passing(function: Callable[..., T]) -> Callable[..., T]:
    """A decorator that returns what the function returns."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> T:
        return function(*args, **kwargs)

    return wrapper


class Streaming:
    """Generators among methods."""

    def __call__(self) -> Generator[int, None, None]:
        """Yield."""
        yield 1

    def method(self) -> Generator[int, None, None]:
        """Yield."""
        yield 1


def test_returns_generator() -> None:
    """Generator functions are seen through partials, methods, contextmanager and decorators."""
    partial = functools.partial(functools.partial(managed, 1))
    methods: Calls = [Streaming(), Streaming().method, functools.partial(Streaming())]
    functions: Calls = [stream, managed, partial, passing(stream), passing(managed)]
    others: Calls = [Streaming, Data, len, names, lambda: stream(1)]
    assert [returns_generator(one) for one in methods + functions] == [True] * 8
    assert [returns_generator(one) for one in others] == [False] * 5


async def coroutine() -> None:
    """Do nothing."""


async def asynchronous_stream() -> AsyncGenerator[int, None]:
    """Yield."""
    yield 1


def test_is_async() -> None:
    """Asynchronous functions are seen through partials; a decorator may have made them plain."""
    managed_stream = contextlib.asynccontextmanager(asynchronous_stream)
    functions: Calls = [coroutine, asynchronous_stream, managed_stream, functools.partial(coroutine)]
    others: Calls = [passing(coroutine), stream, managed, Data, len]
    assert [is_async(one) for one in functions] == [True] * 4
    assert [is_async(one) for one in others] == [False] * 5


def test_plans_and_parameters_compare_by_what_they_say() -> None:
    """Two plans that ask for the same are equal, and neither can be changed."""

    def make() -> Callable[..., None]:
        def function(config: Any, *, limit: int = 1) -> None:
            pass

        return function

    first, second = plan_of(make()), plan_of(make())
    assert first == second
    assert hash(first) == hash(second)
    assert isinstance(first, Plan)
    assert isinstance(first.parameters[0], Parameter)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.name = "other"  # type: ignore[misc] # that it is refused is what is tested


def test_a_signature_that_was_read_from_source() -> None:
    """An annotation that was read is drawn as written, and evaluated when it is asked for."""

    class Read:
        pass

    def failing() -> object:
        raise NameError

    kind = inspect.Parameter.KEYWORD_ONLY
    written = {
        "size": Unevaluated(lambda: "Size", lambda: int),
        "other": Unevaluated(lambda: "Other", failing),
    }
    default = Unevaluated(lambda: "made()")
    parameters = [
        inspect.Parameter(name, kind, annotation=one, default=default) for name, one in written.items()
    ]
    setattr(Read, "__signature__", inspect.Signature(parameters))  # noqa: B010 - a class has none to mypy
    setattr(Read, PLACE, Location("text.py", 3))
    plan = plan_of(Read)
    assert plan.text() == "Read(*, size: Size = made(), other: Other = made())"
    assert [one.annotation for one in plan.parameters] == [int, Any]
    assert plan.location == Location("text.py", 3)


def test_what_a_keyword_receiver_takes() -> None:
    """Its annotation, which is Any where there is none, and where nothing is received."""

    def typed(**more: int) -> None: ...

    def none(a: int) -> None: ...

    loose = eval("lambda **more: None")
    assert [plan_of(one).keyword_annotation for one in (typed, loose, none)] == [int, Any, Any]


class Base(typing.TypedDict):
    """A key that is required."""

    size: int


class Named(Base, total=False):
    """Keys that can be left out, and two that say for themselves which they are."""

    name: Annotated[str, 1]
    must: typing.Required[Unknown]


class Marked(typing_extensions.TypedDict):
    """The same of the package that has what Python has only later."""

    may: typing_extensions.NotRequired[typing_extensions.ReadOnly[int]]


class Takes:
    """A class whose constructor names keys."""

    def __init__(self, name: str = "", *rest: int, **kwargs: typing.Unpack[Named]) -> None: ...  # type: ignore[misc]


def test_the_keys_of_a_keyword_receiver() -> None:
    """Each key of what is unpacked is a parameter: required or not, with its type, after all others."""

    def later(**kwargs: typing_extensions.Unpack[Marked]) -> None: ...

    plan = plan_of(Takes)
    assert plan.text() == "Takes(name: str = '', *args, size: int, must: Any)"
    assert (plan.var_keyword, plan.keyword_annotation) == (False, Any)
    assert [(one.name, one.required, one.annotation) for one in plan.parameters[1:]] == [
        ("size", True, int),
        ("must", True, Any),
    ]
    assert plan_of(later).text() == "later(*, may: int = ...)"
    (may,) = plan_of(later).parameters
    assert (may.default, may.annotation) == (inspect.Parameter.empty, int)
    half: Any = functools.partial(Takes, must=1)
    assert [one.name for one in plan_of(half).parameters] == ["name", "size"]


def test_what_a_keyword_receiver_unpacks_is_not_known() -> None:
    """It takes anything then: a name that is not there, what is no TypedDict."""

    def absent(**kwargs: typing.Unpack[Unknown]) -> None: ...  # type: ignore[misc]

    def other(**kwargs: typing.Unpack[Takes]) -> None: ...  # type: ignore[misc]

    class Odd:
        __required_keys__ = frozenset({"a"})

        @property
        def __annotations__(self) -> None:  # type: ignore[override]
            raise NameError("a")

    def odd(**kwargs: Any) -> None: ...

    odd.__annotations__["kwargs"] = typing.Unpack[Odd()]
    for one in (absent, other, odd):
        plan = plan_of(one)
        assert (plan.parameters, plan.var_keyword, plan.unread) == ((), True, "")


def test_a_key_of_what_is_gone() -> None:
    """It is drawn by its name, as any parameter."""

    def made() -> Any:
        def short(**kwargs: typing.Unpack[Base]) -> None: ...

        return plan_of(short)

    plan = made()
    gc.collect()
    assert plan.text() == "short(*, size)"


def test_a_private_module_is_not_drawn() -> None:
    """It is no part of a name to a reader: a path is a ``pathlib.Path`` on every Python."""

    class Elsewhere:
        """As of a package's private module."""

    Elsewhere.__module__, Elsewhere.__qualname__ = "package.module._private", "Elsewhere"

    def takes(path: Path, other: Elsewhere) -> None: ...

    takes.__annotations__ = {"path": Path, "other": Elsewhere}
    assert plan_of(takes).text() == "takes(path: pathlib.Path, other: module.Elsewhere)"
