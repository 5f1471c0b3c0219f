"""References and arguments of a file, at any depth and of every type: what providers get from them."""

import sys
from pathlib import Path
from typing import Any

import pytest

from predictor_kit import LoadedPredictor, check, load_predictor

PARTS = """\
import enum
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

from pydantic import BaseModel, Field

LOG = []


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Point:
    x: int
    size: int = 0


@dataclass
class Line:
    start: Point
    ends: list[Point]
    colors: dict[str, Color]


class Inner(BaseModel):
    port: int


class Outer(BaseModel):
    inner: Inner
    many: list[Inner] = []
    maybe: Optional[Inner] = None


class Thing:
    def __init__(self, path: Path = Path("x")):
        self.path = path


class Held:
    def __init__(self, tree):
        self.tree = tree

    @classmethod
    def wrapped(cls, tree: int):
        return cls([tree])

    @staticmethod
    def bare(tree: int):
        return tree


def by_position(a: int, b: Thing, /, c: float = 1.5, *rest, d: Level = Level.LOW, **more: int):
    return [a, b, c, rest, d, more]


def typed(
    whole: int = 0, part: float = 0, flag: bool = False, path: Path = Path(), color: Color = None,
    optional: Optional[int] = None, choice: Literal["a", "b"] = "a", items: list[int] = (),
    unique: set[int] = (), pair: tuple[int, str] = (), named: dict[str, int] = None,
    least: Annotated[int, Field(ge=3)] = 3, anything: Any = None, line: Line = None,
    outer: Outer = None, maybe: Outer | None = None, text: "str | None" = None,
):
    return {name: value for name, value in locals().items()}


class Manager:
    def __init__(self, name):
        LOG.append(f"made {name}")

    def __enter__(self):
        LOG.append("entered")

    def __exit__(self, *_):
        LOG.append("left")


@contextmanager
def opened(name):
    LOG.append(f"open {name}")
    yield name
    LOG.append(f"close {name}")


def generated(thing: Thing):
    LOG.append("open generated")
    yield thing
    LOG.append("close generated")
"""
PREDICTOR = """\
class PythonPredictor:
    def __init__(self, {names}):
        self.__dict__.update(locals())

    def predict(self, payload): ...
"""
HEAD = """\
- name: iris
  kind: RealtimeAPI
  predictor: {type: python, path: predictor.py, config: {count: 5, sub: {a: [1, 2]}, port: "7"}}
  providers:
"""
BOTH_FORMS = pytest.mark.parametrize("static", [False, True])


class Project:
    """The working directory: files are written there, and loaded."""

    def write(self, providers: str, names: str = "") -> None:
        """A file with these ``providers``, and a predictor that asks for ``names``."""
        Path("predictor.py").write_text(PREDICTOR.format(names=names))
        Path("parts.py").write_text(PARTS)
        Path("cortex.yaml").write_text(HEAD + providers)

    def load(self, providers: str, names: str) -> LoadedPredictor[Any]:
        """The predictor, after both forms of the check found nothing wrong."""
        self.write(providers, names)
        assert check("cortex.yaml") == check("cortex.yaml", static=True) == []
        return load_predictor("cortex.yaml")

    def value(self, argument: str, text: str) -> Any:
        """What ``typed`` gets for an argument that the file writes as ``text``."""
        with self.load(f"    it: {{class: parts:typed, args: {{{argument}: {text}}}}}\n", "it") as loaded:
            return loaded.instance.it[argument]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of its own, and variables to name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMBER", "42")
    monkeypatch.setenv("FLAG", "yes")
    monkeypatch.setenv("FOLDER", "/a/b")
    return Project()


def parts(loaded: LoadedPredictor[Any]) -> Any:
    """The module that the providers come from."""
    return sys.modules[type(loaded.instance.thing).__module__]


def test_references_in_any_depth(project: Project) -> None:
    """In lists of mappings of lists: objects by identity, config with its types, text filled in."""
    providers = """\
    thing: parts:Thing
    each: {class: parts:Thing, scope: factory}
    held:
      class: parts:Held
      args:
        tree:
          - {a: [[{b: "${thing}"}, "${config.sub}", "${each}"]]}
          - ${each}
          - x-${config.count}
          - ${env:NUMBER}
          - $${a}
    other: {class: parts:Held, args: {tree: "${thing}"}}
    outer: {class: parts:Held, args: {tree: {"a b": ["${held}", "${config}", 1.5, null]}}}
"""
    with project.load(providers, "thing, held, other, outer") as loaded:
        one = loaded.instance
        first, another, text, variable, literal = one.held.tree
        [[inner, sub, each]] = first["a"]
        assert inner["b"] is one.thing is one.other.tree
        assert (sub, text, variable, literal) == ({"a": [1, 2]}, "x-5", "42", "${a}")
        assert type(each) is type(another) is type(one.thing)
        assert each is not another
        [held, config, *rest] = one.outer.tree["a b"]
        assert held is one.held
        assert config == {"count": 5, "sub": {"a": [1, 2]}, "port": "7"}
        assert rest == [1.5, None]


def test_a_factory_gives_each_its_own(project: Project) -> None:
    """By reference and by name; a singleton is one, however often it is named."""
    providers = """\
    thing: {class: parts:Thing, scope: factory}
    once: parts:Thing
    pairs: {class: parts:Held, args: {tree: ["${thing}", "${thing}", "${once}", "${once}"]}}
"""
    with project.load(providers, "thing, once, pairs") as loaded:
        first, second, third, fourth = loaded.instance.pairs.tree
        assert len({id(first), id(second), id(loaded.instance.thing)}) == 3
        assert third is fourth is loaded.instance.once


@pytest.mark.parametrize(
    ("argument", "text", "expected"),
    [
        ("whole", '"${env:NUMBER}"', 42),
        ("whole", '"${config.port}"', 7),
        ("part", '"${env:NUMBER}"', 42.0),
        ("flag", '"${env:FLAG}"', True),
        ("path", '"${env:FOLDER}/c"', Path("/a/b/c")),
        ("optional", '"${env:NUMBER}"', 42),
        ("optional", "null", None),
        ("choice", '"${env:NO_CHOICE:-b}"', "b"),
        ("items", '["1", "${env:NUMBER}", "${config.count}"]', [1, 42, 5]),
        ("items", '"${config.sub.a}"', [1, 2]),
        ("unique", "[1, 1, 2]", {1, 2}),
        ("pair", '["${env:NUMBER}", b]', (42, "b")),
        ("named", '{a: "${env:NUMBER}"}', {"a": 42}),
        ("least", '"${env:NUMBER}"', 42),
        ("anything", '{a: ["${env:NUMBER}", 1.5, null]}', {"a": ["42", 1.5, None]}),
        ("text", '"${env:NUMBER}"', "42"),
    ],
)
def test_a_value_is_cast_by_the_annotation(
    project: Project, argument: str, text: str, expected: object
) -> None:
    """Text from the environment and values of the config become what the parameter's type says."""
    value = project.value(argument, text)
    assert (type(value), value) == (type(expected), expected)


@pytest.mark.parametrize(
    ("argument", "text", "expected"),
    [
        ("color", "red", "<Color.RED: 'red'>"),
        (
            "line",
            '{start: {x: "${env:NUMBER}"}, ends: [{x: 1, size: "${config.count}"}], colors: {a: red}}',
            "Line(start=Point(x=42, size=0), ends=[Point(x=1, size=5)], colors={'a': <Color.RED: 'red'>})",
        ),
        (
            "outer",
            '{inner: {port: "${config.port}"}, many: [{port: "1"}], maybe: {port: 3}}',
            "Outer(inner=Inner(port=7), many=[Inner(port=1)], maybe=Inner(port=3))",
        ),
        (
            "maybe",
            '{inner: {port: "${env:NUMBER}"}}',
            "Outer(inner=Inner(port=42), many=[], maybe=None)",
        ),
    ],
)
def test_mappings_become_models(project: Project, argument: str, text: str, expected: str) -> None:
    """Enums, dataclasses and pydantic models, in one another."""
    assert repr(project.value(argument, text)) == expected


def test_positional_only_and_keyword_receivers(project: Project) -> None:
    """What must be handed over by position is; what ``**more`` takes is cast by its annotation too."""
    providers = """\
    thing: parts:Thing
    it: {class: parts:by_position, args: {a: 42, b: "${thing}", d: 1, x: "${env:NUMBER}", y_: "2"}}
"""
    with project.load(providers, "thing, it") as loaded:
        a, b, c, rest, d, more = loaded.instance.it
        assert b is loaded.instance.thing
        assert (a, c, rest, repr(d), more) == (42, 1.5, (), "<Level.LOW: 1>", {"x": 42, "y_": 2})


@BOTH_FORMS
def test_what_a_keyword_receiver_does_not_take(project: Project, static: bool) -> None:
    """A value that does not fit the annotation of ``**more`` is a mistake at its place."""
    providers = """\
    thing: parts:Thing
    it: {class: parts:by_position, args: {a: 1, b: "${thing}", more: many}}
"""
    project.write(providers, "it")
    (problem,) = check("cortex.yaml", static=static)
    assert str(problem).startswith(
        "cortex.yaml:6:70: providers.it.args.more: input should be a valid integer\n"
    )


def test_what_a_class_can_be(project: Project) -> None:
    """A class method and a static method are functions as well."""
    providers = """\
    wrapped: {class: parts:Held.wrapped, args: {tree: "${env:NUMBER}"}}
    bare: {class: parts:Held.bare, args: {tree: "3"}}
"""
    with project.load(providers, "wrapped, bare") as loaded:
        assert (loaded.instance.wrapped.tree, loaded.instance.bare) == ([42], 3)


def test_what_is_opened_and_closed(project: Project) -> None:
    """Generators and @contextmanager functions, in reverse; a class that has ``__enter__`` is only made."""
    providers = """\
    thing: parts:Thing
    manager: {class: parts:Manager, args: {name: it}}
    opened: {class: parts:opened, args: {name: one}}
    generated: parts:generated
"""
    with project.load(providers, "thing, manager, opened, generated") as loaded:
        log = parts(loaded).LOG
        assert loaded.instance.opened == "one"
        assert loaded.instance.generated is loaded.instance.thing
        assert log == ["made it", "open one", "open generated"]
    assert log[3:] == ["close generated", "close one"]
