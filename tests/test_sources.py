"""Callables read from source: what the code would have been, had it run."""

from __future__ import annotations

import contextlib
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import GenericAlias
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.errors import ProblemsError
from predictor_kit.objects import Project
from predictor_kit.signatures import Plan, is_async, plan_of, returns_generator
from predictor_kit.sources import unknown_of
from predictor_kit.sources.projects import SourceProject

TABLES = Path(__file__).parent / "sources"


def write(folder: Path, **files: str) -> Path:
    """Make ``folder`` with Python files of these names (without ``.py``)."""
    for name, source in files.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source))
    return folder


def read(folder: Path, **files: str) -> SourceProject:
    """A project of these files, to be read only."""
    return SourceProject(write(folder, **files))


def shape(plan: Plan) -> object:
    """What of a plan must be the same, run or read."""
    parameters = [(one.name, one.kind, one.required) for one in plan.parameters]
    return plan.name, parameters, plan.var_positional, plan.var_keyword


def traits(target: Callable[..., Any]) -> object:
    """What the checks ask of a callable, but for its plan."""
    return isinstance(target, type), is_async(target), returns_generator(target), plan_of(target).location


def cases(*tables: str) -> list[object]:
    """Each case of each table: a source that defines ``it``, and what is not known of it.

    A table is a text that all its cases begin with, then the cases: what follows it, and `=>` with
    each thing that is not known.
    """
    found: list[object] = []
    for table in tables:
        base, _, blocks = (TABLES / f"{table}.txt").read_text().partition("====\n")
        for number, block in enumerate(blocks.split("\n\n")):
            lines = block.rstrip("\n").split("\n")
            source = "".join(f"{line}\n" for line in lines if not line.startswith("=> "))
            sentences = [line.removeprefix("=> ") for line in lines if line.startswith("=> ")]
            found.append(pytest.param(base + source, sentences, id=f"{table}-{number}"))
    return found


@pytest.mark.parametrize(("source", "sentences"), cases("functions", "classes", "records"))
def test_what_is_read_is_what_would_have_run(source: str, sentences: list[str], tmp_path: Path) -> None:
    """Read from source, a callable has the parameters, kind and place that it has when the file runs."""
    write(tmp_path, some=source)
    run, found = Project(tmp_path).find("some:it"), SourceProject(tmp_path).find("some:it")
    assert list(unknown_of(found)) == sentences
    assert shape(plan_of(found)) == shape(plan_of(run))
    assert traits(found) == traits(run)


@pytest.mark.parametrize(("source", "sentences"), cases("unknown"))
def test_what_cannot_be_known(
    source: str, sentences: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only running the code would tell is said in plain words, and then anything is taken."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, some=source)
    found = SourceProject().find("some:it")
    assert list(unknown_of(found, "predict")) == sentences
    assert plan_of(found).text().endswith("(*args, **kwargs)")


@st.composite
def headers(draw: st.DrawFn, first: str = "") -> str:
    """The parameters of a function as source, of all kinds, with and without defaults."""
    names = draw(st.lists(st.sampled_from("abcdef"), unique=True))
    bounds = sorted((draw(st.integers(0, len(names))), draw(st.integers(0, len(names)))))
    only, either, keyword = names[: bounds[0]], names[bounds[0] : bounds[1]], names[bounds[1] :]
    bare = draw(st.integers(0, bounds[1]))
    words = [*([first] if first else [])]
    words += [
        f"{name}: int = {index}" if index >= bare else name for index, name in enumerate([*only, *either])
    ]
    if only:
        words.insert(len(words) - len(either), "/")
    stars = draw(st.booleans())
    if stars or keyword:
        words.append("*args" if stars else "*")
    words += [f"{name}=None" if draw(st.booleans()) else f"{name}: 'str'" for name in keyword]
    return ", ".join([*words, *(["**kwargs"] if draw(st.booleans()) else [])])


FIELDS = [
    "a: int",
    "b: str = 'b'",
    "c: list = field(default_factory=list)",
    "_: KW_ONLY",
    "d: InitVar[int] = 1",
    "b: int",
]


@st.composite
def definitions(draw: st.DrawFn, name: str, earlier: list[str]) -> str:
    """The definition of a function, a class, or a dataclass, which may derive from those before it."""
    if draw(st.booleans()):
        body = draw(st.sampled_from(["return 1", "yield 1"]))
        return f"{draw(st.sampled_from(['', 'async ']))}def {name}({draw(headers())}):\n    {body}\n"
    bases = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
    decorator = draw(st.sampled_from(["", "", "@dataclass\n", "@dataclass(kw_only=True)\n"]))
    lines = draw(st.lists(st.sampled_from(FIELDS), max_size=3)) if decorator else []
    for method in draw(st.lists(st.sampled_from(["__init__", "__new__", "predict"]), unique=True)):
        lines.append(f"def {method}({draw(headers('self'))}): ...")
    return f"{decorator}class {name}({', '.join(bases)}):\n    " + "\n    ".join(lines or ["pass"]) + "\n"


@st.composite
def modules(draw: st.DrawFn) -> list[str]:
    """The definitions of a module, one by one; ``v2`` is what the third of them defines."""
    count = draw(st.integers(1, 5))
    return [draw(definitions(f"v{index}", [f"v{one}" for one in range(index)])) for index in range(count)]


@given(modules())
def test_any_definition_is_read_as_it_would_run(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    """The plan of what a source defines has the names, kinds and defaults of what it defines when it runs."""
    start = "from dataclasses import KW_ONLY, InitVar, dataclass, field\n"
    project = read(tmp_path_factory.mktemp("made"), some=start + "".join(parts))
    namespace: dict[str, Any] = {"__name__": "dataclasses"}
    exec(start, namespace)
    for index, part in enumerate(parts):
        found = project.find(f"some:v{index}")
        with contextlib.suppress(TypeError, NameError):  # Python does not take every class
            exec(part, namespace)
            run = namespace[f"v{index}"]
            assert told(found) == told(run)
            assert unknown_of(found) == ()


def told(target: Callable[..., Any]) -> object:
    """What a callable tells of itself, wherever it was defined."""
    try:
        plan = plan_of(target)
    except ProblemsError as error:
        return str(error)
    return shape(plan), is_async(target), returns_generator(target)


ANNOTATIONS = [
    "int",
    "'int'",
    "None",
    "int | None",
    "'int | None'",
    "'Later | None'",
    "Optional[str]",
    "typing.Optional[Path]",
    "pathlib.Path",
    "os.PathLike[str]",
    "list[int]",
    "dict[str, 'list[int]']",
    "tuple[int, ...]",
    "tuple[()]",
    "Callable[[int], str]",
    "Sequence[Color]",
    "Literal['a', 1, None]",
    "Literal[Color.RED]",
    "Annotated[int, 'doc']",
    "Annotated[int, Field(gt=0)]",
    "Annotated[str, annotated_types.MaxLen(3)]",
    "Alias",
    "Number",
    "UserId",
    "list[T]",
    "dt.datetime",
    "Decimal",
    "uuid.UUID",
    "pydantic.SecretStr",
    "PositiveInt",
    "typing.Any",
    "type[Exception]",
    "'unfinished ['",
    "'Nothing'",
]


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
@pytest.mark.parametrize("written", ANNOTATIONS)
def test_annotations_are_the_types_that_they_mean(written: str, future: str, tmp_path: Path) -> None:
    """Names of the standard library and of pydantic mean what they mean, also in texts."""
    source = f"""
        import annotated_types, enum, os, pathlib, pydantic, typing, uuid
        import datetime as dt
        from collections.abc import Callable, Sequence
        from decimal import Decimal
        from pathlib import Path
        from typing import Annotated, Literal, NewType, Optional, TypeVar, Union
        from pydantic import Field, PositiveInt

        Alias = Union[int, "str"]
        Number = int | float
        UserId = NewType("UserId", int)
        T = TypeVar("T")
        class Color(enum.Enum):
            RED = "red"
        def it(a: {written}): ...
        class Later: ...
        """
    write(tmp_path, some=future + textwrap.dedent(source))
    run, found = (one.find("some:it") for one in (Project(tmp_path), SourceProject(tmp_path)))
    (theirs,), (ours,) = plan_of(run).parameters, plan_of(found).parameters
    assert re.sub(r"\w+_[0-9a-f]{8}\.", "", str(theirs.annotation)) == str(ours.annotation)
    if future and "'" not in written:
        assert ours.text() == theirs.text()


@pytest.mark.parametrize(
    "written",
    [
        "nowhere.Tensor",
        "Model",
        "model.Net",
        "print",
        "sys",
        "enum.auto()",
        "f'{1}'",
        "Annotated[int, Doubled]",
        "missing[int]",
        "missing",
    ],
)
def test_annotations_that_are_not_known(written: str, tmp_path: Path) -> None:
    """What would have to be imported, or run, counts as ``typing.Any``."""
    source = f"""
        import enum, sys, nowhere
        import model
        from nowhere_else import Model
        from typing import Annotated
        def it(a: {written}): ...
        """
    project = read(tmp_path, some=source, model="import nowhere\nclass Net(nowhere.nn.Module): ...")
    (one,) = plan_of(project.find("some:it")).parameters
    assert one.annotation is Any
    assert one.text() == f"a: {written}"


def test_classes_of_the_project_are_types(tmp_path: Path) -> None:
    """A class of the project stands for itself in an annotation: a value can be checked against it."""
    models = """
        import enum
        from dataclasses import dataclass
        from pydantic import BaseModel, Field, field_validator, model_validator
        class Color(enum.Enum):
            RED = "red"
        class Open(enum.Enum):
            RED = "red"
            @classmethod
            def _missing_(cls, value): return cls.RED
        class Cut(BaseModel):
            at: float = Field(gt=0)
            colors: list[Color]
            after = field_validator("at")(print)
        class Cleaned(BaseModel):
            at: float
            @field_validator("at", mode="before")
            def clean(cls, value): return 1
            @model_validator(mode="after")
            def check(self): return self
        class Own(BaseModel):
            at: float
            def __init__(self, other): ...
        @dataclass
        class Point:
            x: int
        class Plain: ...
        """
    names = ["Color", "Open", "Cut", "Cleaned", "Own", "Point", "Plain"]
    arguments = ", ".join(f"{name.lower()}: {name}" for name in names)
    project = read(tmp_path, models=models, some=f"from models import *\ndef it({arguments}): ...")
    found = {one.name: one.annotation for one in plan_of(project.find("some:it")).parameters}
    assert cast(found["color"], "red").value == "red"
    assert cast(found["point"], {"x": "1"}).x == 1
    assert [one.value for one in cast(found["cut"], {"at": "1", "colors": ["red"]}).colors] == ["red"]
    assert found["plain"].__name__ == "Plain"
    points: Any = GenericAlias(list, (found["point"],))
    strict = pydantic.TypeAdapter(points, config=pydantic.ConfigDict(extra="forbid"))
    with pytest.raises(pydantic.ValidationError, match="unexpected"):
        strict.validate_python([{"x": 1, "y": 2}])
    with pytest.raises(pydantic.ValidationError, match="greater than 0"):
        cast(found["cut"], {"at": -1, "colors": []})
    assert found["open"] is found["cleaned"] is found["own"] is Any


def cast(annotation: Any, value: object) -> Any:
    """``value`` as ``annotation`` has it."""
    return pydantic.TypeAdapter(annotation).validate_python(value)
