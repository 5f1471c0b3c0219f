"""From a file to a container: its providers, their arguments, and what refers to what."""

import pickle
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from predictor_kit import (
    LoadedPredictor,
    PredictorContainer,
    ProblemsError,
    check,
    load_predictor,
    load_specs,
)
from predictor_kit.cli import main
from predictor_kit.errors import ResolveError
from predictor_kit.metrics import (
    DogStatsdMetrics,
    InMemoryMetrics,
    LoggingMetrics,
    NullMetrics,
    OpenTelemetryMetrics,
    PrometheusMetrics,
    StatsdMetrics,
)

HEAD = """\
- name: iris
  kind: AsyncAPI
  predictor:
    type: python
    path: predictor.py
    config: {CONFIG}
"""
CODE = """\
import enum, pathlib, typing
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pydantic import BaseModel

log = []

class Got:
    def __init__(self, value=None, **more):
        self.value, self.more = value, more

class Needs:
    def __init__(self, thing, other=None):
        self.thing, self.other = thing, other
"""

Load = Callable[..., LoadedPredictor[Any]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write ``cortex.yaml`` and ``predictor.py`` into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(providers: str, asked: str = "", code: str = "", config: str = "{}", head: str = "") -> None:
        """``asked`` are the predictor's parameters, which it keeps under their names."""
        Path("cortex.yaml").write_text(
            HEAD.replace("{CONFIG}", config)
            + head
            + ("  providers:\n" + indent(dedent(providers), "    ") if providers else "")
        )
        names = [
            name.partition(":")[0].partition("=")[0].strip() for name in asked.split(",") if name.strip()
        ]
        keeps = "; ".join(f"self.{name} = {name}" for name in names) or "pass"
        Path("predictor.py").write_text(
            f"{CODE}{dedent(code)}\nclass PythonPredictor:\n"
            f"    def __init__(self, {asked}): {keeps}\n    def predict(self, payload): ...\n"
        )

    return write


@pytest.fixture
def load(write: Callable[..., None]) -> Load:
    """Load the predictor of the file that is written first."""

    def load(providers: str, asked: str = "", code: str = "", **more: Any) -> LoadedPredictor[Any]:
        arguments = {name: more.pop(name) for name in ("container", "overrides") if name in more}
        write(providers, asked, code, **more)
        return load_predictor("cortex.yaml", **arguments)

    return load


# What a class can be


@pytest.mark.parametrize(
    ("short", "client"),
    [
        ("dogstatsd", DogStatsdMetrics),
        ("in-memory", InMemoryMetrics),
        ("logging", LoggingMetrics),
        ("null", NullMetrics),
        ("opentelemetry", OpenTelemetryMetrics),
        ("prometheus", PrometheusMetrics),
        ("statsd", StatsdMetrics),
    ],
)
def test_a_short_name_stands_for_a_client(load: Load, short: str, client: type) -> None:
    """Each short name of ours is the metrics client of that name."""
    with load(f"metrics_client: '{short}'", "metrics_client") as loaded:
        assert type(loaded.instance.metrics_client) is client


def test_a_short_name_of_an_installed_package(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package adds short names by its entry points; ours cannot be taken, nor its module by a neighbour."""
    info = tmp_path / "installed" / "clocks-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clocks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[predictor_kit.providers]\nclock = clocks:Clock\nnull = clocks:Clock\n"
    )
    (info.parent / "clocks.py").write_text("class Clock: ...\n")
    (tmp_path / "clocks.py").write_text("raise SystemExit\n")
    monkeypatch.syspath_prepend(info.parent)
    with load("time: clock\nmetrics_client: 'null'", "time, metrics_client") as loaded:
        assert type(loaded.instance.time).__name__ == "Clock"
        assert type(loaded.instance.metrics_client) is NullMetrics


def test_a_short_name_read_without_imports(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an installed package what is there is read, also below a class; what is not there is not known."""
    info = Path("installed", "clocks-1.0.dist-info").absolute()
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clocks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[predictor_kit.providers]\nclock = clocks:Clock\nnone = clocks:Clok\ngone = gone.away:Clock.make\n"
    )
    (info.parent / "clocks.py").write_text("raise SystemExit\nclass Clock: ...\n")
    monkeypatch.syspath_prepend(info.parent)
    write("clock: clock\ngone: gone\nnone: none", "clock, gone")
    assert [problem.message for problem in check("cortex.yaml", static=True)] == [
        "module 'clocks' has no class 'Clok' (did you mean 'Clock'?)"
    ]


@pytest.mark.parametrize(
    "written", ["predictor:Got", "predictor.py:Got", "sub/inner.py:Got", "sub.inner:Got"]
)
def test_a_class_of_a_module_or_of_a_file(load: Load, write: Any, tmp_path: Path, written: str) -> None:
    """A class is named by its module or by its file, relative to the configuration file."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.py").write_text("class Got: ...\n")
    with load(f"got: {written}", "got") as loaded:
        assert type(loaded.instance.got).__name__ == "Got"


def test_a_function_gives_what_it_returns(load: Load) -> None:
    """Any callable can be a provider's class."""
    with load("model: predictor.py:train", "model", code="def train(): return 'a model'") as loaded:
        assert loaded.instance.model == "a model"


def test_one_object_or_one_each_time(load: Load) -> None:
    """A singleton is one object however often it is referred to; a factory gives a new one each time."""
    providers = """\
        one: predictor.py:Got
        many: {class: predictor.py:Got, scope: factory}
        a: {class: predictor.py:Needs, args: {thing: "${one}", other: "${many}"}}
        b: {class: predictor.py:Needs, args: {thing: "${one}", other: "${many}"}}
        """
    with load(providers, "a, b, one, many") as loaded:
        predictor = loaded.instance
        assert predictor.a.thing is predictor.b.thing is predictor.one
        assert len({id(predictor.a.other), id(predictor.b.other), id(predictor.many)}) == 3


# What arguments hold


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("int", "8125", 8125),
        ("float", "1e-3", 0.001),
        ("bool", "yes", True),
        ("str", "8125", "8125"),
        ("typing.Any", "8125", "8125"),
        ("pathlib.Path", "/tmp/vocabulary", Path("/tmp/vocabulary")),
        ("int | None", "3", 3),
        ("typing.Optional[float]", "0.5", 0.5),
        ("Iris", "8125", "<Iris.setosa: '8125'>"),
        ("bytes", "key", b"key"),
        ("'NoSuchName'", "text", "text"),
        ("typing.Literal['a', 'b']", "b", "b"),
        ("typing.Literal[1, 2]", "2", 2),
        ("typing.Literal[1, 2] | None", "2", 2),
        ("typing.Literal['2', 2]", "2", "2"),
        ("typing.Literal[2] | str", "2", "2"),
        ("dict[str, typing.Literal[2]] | typing.Literal[1, 2]", "2", 2),
    ],
)
def test_text_from_the_environment_is_cast(
    load: Load, monkeypatch: pytest.MonkeyPatch, annotation: str, text: str, value: object
) -> None:
    """The constructor's annotation says what a variable's text becomes; without one it stays text."""
    monkeypatch.setenv("VALUE", text)
    with load(
        "thing: {class: predictor.py:Thing, args: {value: '${env:VALUE}'}}",
        "thing",
        code=f"""\
        class Iris(enum.Enum):
            setosa = "8125"
        class Thing:
            def __init__(self, value: {annotation}): self.value = value
        """,
    ) as loaded:
        got = loaded.instance.thing.value
        got = repr(got) if annotation == "Iris" else got
        assert got == value
        assert type(got) is type(value)


@pytest.mark.parametrize("annotation", ["", ": list", ": typing.Any", ": Sequence[str]", ": Iterable[str]"])
def test_values_in_lists_and_mappings_are_plain(
    load: Load, monkeypatch: pytest.MonkeyPatch, annotation: str
) -> None:
    """What arrives is plain data: exact text, lists that can be gone through twice."""
    monkeypatch.setenv("VALUE", "text")
    code = f"class Thing:\n    def __init__(self, value{annotation}): self.value = value"
    listed = "['${env:VALUE}', 'x-${env:VALUE}', '${env:NOT:-no}']"
    with load(f"thing: {{class: predictor.py:Thing, args: {{value: {listed}}}}}", "thing", code) as loaded:
        value = loaded.instance.thing.value
        assert type(value) is list
        assert value == ["text", "x-text", "no"]
        assert {type(item) for item in value} == {str}


def test_a_list_is_cast_item_by_item(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """The annotation reaches into lists and mappings, and each wrong item has its own place."""
    monkeypatch.setenv("PORT", "8125")
    code = """\
        class Thing:
            def __init__(self, ports: list[int], sizes: dict[str, float]): self.got = (ports, sizes)
        """
    providers = """\
        thing:
          class: predictor.py:Thing
          args:
            ports: [1, "2", "${env:PORT}"]
            sizes: {a: 1, b: "2.5"}
        """
    with load(providers, "thing", code=code) as loaded:
        assert loaded.instance.thing.got == ([1, 2, 8125], {"a": 1.0, "b": 2.5})
    with pytest.raises(ProblemsError) as caught:
        load(providers.replace('"2"', "two").replace("2.5", "much"), "thing", code=code)
    assert [str(one).splitlines()[0] for one in caught.value.problems] == [
        "cortex.yaml:11:20: providers.thing.args.ports[1]: input should be a valid integer",
        "cortex.yaml:12:26: providers.thing.args.sizes.b: input should be a valid number",
    ]


def test_text_becomes_the_number_that_a_choice_has(
    load: Load, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable can give the members of an enum and a literal that are numbers, not None, yes and no."""
    monkeypatch.setenv("TWO", "2")
    monkeypatch.setenv("YES", "yes")
    monkeypatch.setenv("EMPTY", "")
    code = """\
        class Level(enum.Enum):
            LOW = 1
            HIGH = 2
            NAMED = "named"
        class Options(BaseModel):
            level: Level
            choice: typing.Literal[1, 2] = 1
        class Thing:
            def __init__(
                self, level: Level, levels: list[Level], options: Options, config: Options,
                of: dict[typing.Literal["2"], Level], none: int | None = None,
            ):
                self.all = [level, levels, options.level, options.choice, config.level, of["2"]]
        """
    two = '"${env:TWO}"'
    options = f"{{level: {two}, choice: {two}}}"
    args = f"level: {two}, levels: [{two}, named, {two}], options: {options}, of: {{'2': {two}}}"
    providers = f"thing: {{class: predictor.py:Thing, args: {{{args}}}}}"
    with load(providers, "thing", code, config=f"{{level: {two}}}") as loaded:
        level, levels, *others = loaded.instance.thing.all
        assert [one.name for one in (level, *levels, others[0], *others[2:])] == [
            "HIGH",
            "HIGH",
            "NAMED",
            "HIGH",
            "HIGH",
            "HIGH",
            "HIGH",
        ]
        assert others[1] == 2
    wrong = args.replace("TWO", "YES") + ', none: "${env:EMPTY}"'
    write(f"thing: {{class: predictor.py:Thing, args: {{{wrong}}}}}", "thing", code, config="{level: '3'}")
    yes = "(the value of environment variable YES, not shown)"
    assert [one.message for one in check("cortex.yaml")] == [
        "input should be 1, 2 or 'named'",
        *[f"input should be 1, 2 or 'named' {yes}"] * 4,
        f"input should be 1 or 2 {yes}",
        f"input should be 1, 2 or 'named' {yes}",
        "input should be a valid integer (the value of environment variable EMPTY, not shown)",
    ]


@pytest.mark.parametrize("kind", ["@dataclass\n        class Options:", "class Options(BaseModel):"])
def test_a_mapping_becomes_what_the_annotation_says(
    load: Load, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A mapping becomes a dataclass or a pydantic model, whose fields cast as arguments do."""
    monkeypatch.setenv("RETRIES", "3")
    code = f"""\
        {kind}
            retries: int
            path: pathlib.Path
            needs: typing.Any = None
        class Thing:
            def __init__(self, options: Options): self.options = options
        """
    providers = """\
        thing:
          class: predictor.py:Thing
          args:
            options:
              retries: ${env:RETRIES}
              path: /tmp
        """
    with load(providers, "thing", code=code) as loaded:
        options = loaded.instance.thing.options
        assert type(options).__name__ == "Options"
        assert (options.retries, options.path) == (3, Path("/tmp"))
    with pytest.raises(ProblemsError) as caught:
        load(providers.replace("path: /tmp", "retrys: 4"), "thing", code=code)
    told = [str(one).splitlines()[0] for one in caught.value.problems]
    assert told[0] == "cortex.yaml:11:9: providers.thing.args.options: 'path' is missing"


def test_keys_that_a_mapping_should_not_have(write: Any) -> None:
    """A dataclass takes the keys that it has, as when it is called; a model what it says itself."""
    code = """\
        from typing_extensions import TypedDict
        class Inner(TypedDict):
            size: int
        @dataclass
        class Options:
            retries: int = 1
            inner: Inner | None = None
        class Model(BaseModel):
            retries: int = 1
        class Thing:
            def __init__(self, options: Options, model: Model, more: Inner): ...
        """
    providers = """\
        thing:
          class: predictor.py:Thing
          args:
            options: {retrys: 3, inner: {size: 1, siez: 2}}
            model: {retrys: 3}
            more: {size: 1, weight: 2}
        """
    write(providers, "thing", code)
    start = "providers.thing.args."
    assert [(problem.subject.removeprefix(start), problem.message) for problem in check("cortex.yaml")] == [
        ("options.retrys", "there is no 'retrys' (did you mean 'retries'?)"),
        ("options.inner.siez", "there is no 'siez'"),
        ("more.weight", "there is no 'weight'"),
    ]


def test_a_mapping_in_the_place_of_another_value(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable anywhere in it is named, and what it holds is not shown."""
    monkeypatch.setenv("SECRET", "hunter2")
    code = "class Thing:\n    def __init__(self, size: typing.Annotated[int, []]): ..."
    write("thing: {class: predictor.py:Thing, args: {size: {a: [1, '${env:SECRET}']}}}", "thing", code)
    assert [problem.message for problem in check("cortex.yaml")] == [
        "input should be a valid integer (the value of environment variable SECRET, not shown)"
    ]


def test_a_dataclass_of_any_types_is_read(load: Load) -> None:
    """Fields of types that pydantic knows nothing of take their objects, and the others are cast."""
    code = """\
        @dataclass
        class Options:
            retries: int
            got: Got | None = None
        class Thing:
            def __init__(self, options: Options): self.options = options
        """
    with load(
        "thing: {class: predictor.py:Thing, args: {options: {retries: '3'}}}", "thing", code=code
    ) as loaded:
        assert loaded.instance.thing.options.retries == 3


def test_a_model_that_cannot_be_read_is_told_of(write: Any) -> None:
    """A mapping is not handed over in the place of a model of which pydantic makes nothing."""
    code = """\
        class Options(BaseModel):
            got: 'NoSuchName'
        class Thing:
            def __init__(self, options: Options): ...
        """
    write("thing: {class: predictor.py:Thing, args: {options: {got: 1}}}", "thing", code)
    (problem,) = check("cortex.yaml")
    assert problem.message.startswith("pydantic cannot read Options: ")


def test_a_check_of_the_users_own_that_fails(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A validator's own words are told, but not those about text from the environment."""
    monkeypatch.setenv("SECRET", "hunter2")
    code = """\
        from pydantic import field_validator
        class Options(BaseModel):
            name: str
            @field_validator("name")
            @classmethod
            def check(cls, name):
                if name.startswith("key"): raise KeyError(name)
                raise ValueError(f"no {name} here")
        class Thing:
            def __init__(self, options: Options): ...
        """
    names = {
        "rose": "value error, no rose here",
        "key-1": "checking it failed with KeyError: 'key-1'",
        "${env:SECRET}": "is not valid (the value of environment variable SECRET, not shown)",
        "key-${env:SECRET}": "checking it failed with KeyError",
    }
    for name, message in names.items():
        write(f"thing: {{class: predictor.py:Thing, args: {{options: {{name: '{name}'}}}}}}", "thing", code)
        assert [problem.message for problem in check("cortex.yaml")] == [message]


def test_config_values_keep_their_types(load: Load) -> None:
    """``${config.a.b}`` alone is the value itself, in a text it is text."""
    providers = """\
        thing:
          class: predictor.py:Got
          args:
            value: ${config.model.layers}
            name: iris-${config.model.layers}-${config.model.kind}
            all: ${config.model}
            listed: [{nested: "${config.model.rate}"}]
            literal: $${config.model}
        """
    with load(providers, "thing, config", config="{model: {layers: 3, rate: 0.5, kind: tree}}") as loaded:
        thing = loaded.instance.thing
        assert thing.value == 3
        assert thing.more == {
            "name": "iris-3-tree",
            "all": {"layers": 3, "rate": 0.5, "kind": "tree"},
            "listed": [{"nested": 0.5}],
            "literal": "${config.model}",
        }


def test_config_is_handed_over_as_a_copy(load: Load) -> None:
    """``${config}``, a value in it and the parameter ``config``: nobody's changes reach another one."""
    providers = """\
        whole: {class: predictor.py:Got, args: {value: "${config}"}}
        part: {class: predictor.py:Got, args: {value: "${config.model}"}}
        named: predictor.py:Named
        """
    code = "class Named:\n    def __init__(self, config): self.value = {'model': config['model']}"
    with load(providers, "whole, part, named, config", code, config="{model: {layers: 3}}") as loaded:
        predictor = loaded.instance
        models = [
            predictor.whole.value["model"],
            predictor.part.value,
            predictor.named.value["model"],
            predictor.config["model"],
        ]
        for model in models:
            assert model == {"layers": 3}
            model["layers"] = 4


def test_config_of_a_model_for_a_provider(load: Load) -> None:
    """A provider that names a model gets the config as that model, by name and by reference."""
    code = """\
        class Config(BaseModel):
            layers: int
        class Named:
            def __init__(self, config: Config, whole: Config): self.config, self.whole = config, whole
        """
    providers = 'named: {class: predictor.py:Named, args: {whole: "${config}"}}'
    with load(providers, "named", code, config='{layers: "3"}') as loaded:
        assert loaded.instance.named.config.layers == 3
        assert loaded.instance.named.whole.layers == 3
    with pytest.raises(ProblemsError) as caught:
        load(providers, "named", code, config="{layers: three}")
    assert [str(one).splitlines()[0] for one in caught.value.problems] == [
        "cortex.yaml:6:22: predictor.config.layers: input should be a valid integer",
        "cortex.yaml:8:47: providers.named.args.whole.layers: input should be a valid integer",
    ]


def test_a_value_of_the_callers_config_has_no_place_in_the_file(write: Any) -> None:
    """What is wrong in the caller's config, or an override of it, is told of that, not of the file."""
    code = """\
        class Config(BaseModel):
            threshold: float
            sizes: dict[str, int] = {}
            items: list[int] = []
        class Named:
            def __init__(self, config: Config): ...
        """
    mine = "{threshold: 0.5, sizes: {a: many}, items: [1, many]}"
    write("named: predictor.py:Named", "config: Config, named", code, config=mine)

    def found(**given: Any) -> list[str]:
        return [str(one).splitlines()[0] for one in check("cortex.yaml", **given)]

    integer = "input should be a valid integer"
    own = [
        f"cortex.yaml:6:{at}: {integer}"
        for at in ("41: predictor.config.sizes.a", "59: predictor.config.items[1]")
    ]
    assert found() == own
    given = {"threshold": "high", "sizes": {"b": "few"}, "items": [1, 2, "more"]}
    assert found(config=given) == [
        own[0],
        f"config.items[2]: {integer}",
        f"config.sizes.b: {integer}",
        "config.threshold: input should be a valid number",
    ]
    assert found(config={"sizes": 5, "items": []}) == ["config.sizes: input should be a valid dictionary"]
    missing = "config: 'threshold' is missing"
    assert [one for one in found(overrides={"config": {"sizes": {}}}) if missing in one] == [missing]


def test_what_of_the_config_cannot_be_in_a_text(write: Any) -> None:
    """A mapping, a list and an object have no text."""
    args = "{a: 'x${config.list}', b: 'x${config.map}', c: 'x${config}', d: 'x${metrics_client}'}"
    write(f"thing: {{class: predictor.py:Got, args: {args}}}", "thing", config="{list: [1], map: {}}")
    assert [problem.message for problem in check("cortex.yaml")] == [
        "${config.list} is a list and cannot be part of a text",
        "${config.map} is a mapping and cannot be part of a text",
        "${config} is a mapping and cannot be part of a text",
        "${metrics_client} is an object and cannot be part of a text; `$${` is a literal `${`",
    ]


def test_config_of_the_container_is_known(load: Load, tmp_path: Path) -> None:
    """What a container's config has by default can be referred to, and the file's is merged over it."""
    (tmp_path / "wiring.py").write_text(
        "from dependency_injector import providers\nfrom predictor_kit import PredictorContainer\n"
        "class C(PredictorContainer):\n"
        "    config = providers.Configuration(strict=True, default={'a': 1, 'b': {'c': 2, 'd': 3}})\n"
    )
    providers = """\
        thing: {class: predictor.py:Got, args: {value: ["${config.a}", "${config.b.c}", "${config.b.d}"]}}
        """
    head = "  container: wiring:C\n"
    with load(providers, "thing, config", config="{b: {c: 5}}", head=head) as loaded:
        assert loaded.instance.thing.value == [1, 5, 3]
        assert loaded.instance.config == {"a": 1, "b": {"c": 5, "d": 3}}


def test_an_override_of_the_config_reaches_arguments(load: Load) -> None:
    """References to config are read when the argument is wanted, and cast once more."""
    code = "class Thing:\n    def __init__(self, layers: int): self.layers = layers"
    providers = "thing: {class: predictor.py:Thing, args: {layers: '${config.layers}'}}"
    asked: dict[str, Any] = {"asked": "thing", "code": code, "config": "{layers: 3}"}
    with load(providers, **asked, overrides={"config": {"layers": "7"}}) as loaded:
        assert loaded.instance.thing.layers == 7
    for config, message in {
        "many": "input should be a valid integer",
        None: r"\$\{config.layers\} refers to nothing: config has no key 'layers'; its keys: other",
    }.items():
        over = {"layers": config} if config else {"other": 1}
        with pytest.raises(Exception, match=message) as caught:
            load(providers, **asked, overrides={"config": over})
        assert caught.value.__notes__ == ["while building PythonPredictor -> thing -> layers"]


def test_a_provider_is_handed_over_as_its_object(load: Load) -> None:
    """``${name}`` alone keeps the object, also within lists and mappings, beside text and config values."""
    providers = """\
        got: predictor.py:Got
        thing:
          class: predictor.py:Got
          args:
            value: ${got}
            more: [{deep: "${got}", size: "${config.size}", text: "a ${config.size}"}, "${env:NO_SUCH:-x}", 3]
        """
    with load(providers, "thing, got", config="{size: 2}") as loaded:
        thing, got = loaded.instance.thing, loaded.instance.got
        assert thing.value is got
        assert thing.more == {"more": [{"deep": got, "size": 2, "text": "a 2"}, "x", 3]}


def test_a_mapping_with_an_object_becomes_a_model(load: Load) -> None:
    """It is made when the object is there; an object that does not fit then is told with the way to it."""
    code = """\
        @dataclass
        class Options:
            got: Got
            size: int
        class Thing:
            def __init__(self, options: Options): self.options = options
        def other(): return 3
        """
    providers = """\
        got: predictor.py:Got
        thing:
          class: predictor.py:Thing
          args: {options: {got: "${got}", size: "${config.size}"}}
        """
    with load(providers, "thing, got", code, config="{size: '2'}") as loaded:
        options = loaded.instance.thing.options
        assert (type(options).__name__, options.got, options.size) == ("Options", loaded.instance.got, 2)
    with pytest.raises(ResolveError, match="input should be an instance of Got") as caught:
        load(providers.replace("py:Got", "py:other"), "thing, got", code, config="{size: 2}")
    assert caught.value.__notes__ == ["while building PythonPredictor -> thing -> options"]


BESIDE = """\
class Record(typing.TypedDict):
    got: Got
    size: int
class Unknown(typing.TypedDict):
    got: "NotThere"
class Model(BaseModel, arbitrary_types_allowed=True):
    got: Got
    size: int = 0
    many: list[Got | int] = []
    either: list[int] | list[str] = []
class Thing:
    def __init__(self, value: ANNOTATION): self.value = value
"""


def beside(annotation: str, value: str) -> tuple[str, str]:
    """The providers of a file, and the code, for an argument with the ``annotation``."""
    args = "{value: " + value.replace("@", '"${got}"') + "}"
    code = BESIDE.replace("ANNOTATION", annotation)
    return f"got: predictor.py:Got\nthing: {{class: predictor.py:Thing, args: {args}}}\n", code


@pytest.mark.parametrize(
    ("annotation", "written", "value"),
    [
        ("list[int]", "[@, '5', '${env:FIVE}', '${config.size}']", "[got, 5, 5, 7]"),
        ("'list[Got] | None'", "[@]", "[got]"),
        ("typing.Annotated[Sequence[int], 'some']", "[@, '5']", "[got, 5]"),
        ("tuple[Got, int, str]", "[@, '5', '5']", "(got, 5, '5')"),
        ("tuple[int, ...]", "[@, '5']", "(got, 5)"),
        ("tuple", "[@, '5']", "(got, '5')"),
        ("frozenset[int]", "[@]", "frozenset({got})"),
        ("dict[str, int]", "{a: @, b: '5'}", "{'a': got, 'b': 5}"),
        ("dict[str, list[int]]", "{a: [@, '5'], b: ['5']}", "{'a': [got, 5], 'b': [5]}"),
        ("dict", "{a: @, b: '5'}", "{'a': got, 'b': '5'}"),
        ("Record", "{got: @, size: '5'}", "{'got': got, 'size': 5}"),
        ("Unknown", "{got: [@, '5']}", "{'got': [got, '5']}"),
        ("list[Record]", "[{got: @, size: '5'}]", "[{'got': got, 'size': 5}]"),
        (
            "list[Model]",
            "[{got: @, size: '5', many: [@, '5']}]",
            "[Model(got=got, size=5, many=[got, 5], either=[])]",
        ),
        ("list[int] | typing.Any", "[@, '5']", "[got, '5']"),
        ("list[int] | list[str]", "[@, '5']", "[got, '5']"),
        ("typing.Any", "[@, '5']", "[got, '5']"),
        ("str", "[@, '5']", "[got, '5']"),
    ],
)
def test_what_stands_beside_an_object_is_cast(
    load: Load, monkeypatch: pytest.MonkeyPatch, annotation: str, written: str, value: str
) -> None:
    """One reference to a provider in a list or mapping leaves the types of the rest as they are."""
    monkeypatch.setenv("FIVE", "5")
    providers, code = beside(annotation, written)
    with load(providers, "thing, got", code, config="{size: '7'}") as loaded:
        thing, got = loaded.instance.thing, loaded.instance.got
        assert repr(thing.value).replace(repr(got), "got") == value


@pytest.mark.parametrize(
    ("annotation", "written", "expected"),
    [
        ("list[Got]", "[@, 4]", ["[1]: input should be an instance of Got"]),
        ("dict[str, int]", "{a: @, b: many}", [".b: input should be a valid integer"]),
        (
            "tuple[Got, int]",
            "[@, '${env:WORD}']",
            ["[1]: input should be a valid integer (the value of environment variable WORD, not shown)"],
        ),
        (
            "list[list[int]]",
            "[[@, many], [many]]",
            [f"{at}: input should be a valid integer" for at in ("[0][1]", "[1][0]")],
        ),
        (
            "Record",
            "{got: @, size: many, more: @}",
            [".size: input should be a valid integer", ".more: there is no 'more'"],
        ),
        ("Record", "{size: [@]}", [": 'got' is missing"]),
        (
            "list[Model | None]",
            "[{size: many, many: [@, word]}]",
            [
                "[0]: 'got' is missing",
                "[0].size: input should be a valid integer",
                "[0].many[1]: input should be an instance of Got",
                "[0].many[1]: input should be a valid integer",
            ],
        ),
        ("Model", "{got: @, either: [@, 'a']}", []),
    ],
)
def test_what_stands_beside_an_object_is_checked(
    write: Any, monkeypatch: pytest.MonkeyPatch, annotation: str, written: str, expected: list[str]
) -> None:
    """One reference to a provider in a list or mapping hides no mistake in the rest, by source neither."""
    monkeypatch.setenv("WORD", "a word")
    providers, code = beside(annotation, written)
    write(providers, "thing", code)
    for static in (False, True):
        found = [f"{one.subject}: {one.message}" for one in check("cortex.yaml", static=static)]
        assert sorted(found) == sorted(f"providers.thing.args.value{one}" for one in expected)


def test_a_typed_dict_of_typing_is_read(load: Load, write: Any) -> None:
    """Its keys are cast and checked on every Python, also in lists, unions and new types."""
    code = """\
        Param = typing.TypeVar("Param")
        class Inner(typing.TypedDict):
            size: int
        class Outer(typing.TypedDict, total=False):
            inner: typing.Required["Inner"]
            more: "typing.Optional[Outer]"
        class Unknown(typing.TypedDict):
            size: "NotThere"
        class Of(typing.TypedDict, typing.Generic[Param]):
            size: Param
        Named = typing.NewType("Named", Inner)
        class Thing:
            def __init__(
                self, a: Inner, b: list[Inner] | None, c: Outer, d: Named, e: Unknown, f: Of[int],
                g: typing.Callable[[Inner], int] = len, h: typing.Annotated[Inner, "some"] = None,
            ):
                self.all = [a, b, c, d, e, f, g, h]
        """
    size = "{size: '5'}"
    args = f"{{a: {size}, b: [{size}], c: {{inner: {size}, more: {{inner: {size}}}}}, d: {size}, e: {size}"
    providers = f"thing: {{class: predictor.py:Thing, args: {args}, f: {{size: 5}}, h: {size}}}}}"
    five = {"size": 5}
    with load(providers, "thing", code) as loaded:
        inner = {"inner": five, "more": {"inner": five}}
        expected = [five, [five], inner, five, {"size": "5"}, five, len, five]
        assert loaded.instance.thing.all == expected
    write(
        providers.replace("'5'", "many").replace("inner: {", "iner: {").replace("{size: 5}", "{}"),
        "thing",
        code,
    )
    messages = [
        f"{one.subject.removeprefix('providers.thing.args.')}: {one.message}" for one in check("cortex.yaml")
    ]
    integer = "input should be a valid integer"
    assert messages == [
        *(f"{name}: {integer}" for name in ("a.size", "b[0].size")),
        "c.iner: there is no 'iner'",
        "c.more.iner: there is no 'iner'",
        f"d.size: {integer}",
        "f: 'size' is missing",
        f"h.size: {integer}",
    ]


def test_text_in_the_config_is_cast_where_it_is_used(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable's text that comes by the config becomes what the argument's annotation says."""
    monkeypatch.setenv("PORT", "8125")
    code = "class Thing:\n    def __init__(self, port: int): self.port = port"
    providers = "thing: {class: predictor.py:Thing, args: {port: '${config.port}'}}"
    with load(providers, "thing, config", code, config="{port: '${env:PORT}'}") as loaded:
        assert loaded.instance.thing.port == 8125
        assert loaded.instance.config == {"port": "8125"}


def test_a_fan_out_of_a_file(load: Load) -> None:
    """The list of clients is made of providers."""
    providers = """\
        first: in-memory
        second: {class: in-memory, scope: factory}
        metrics_client: {class: fan-out, args: {clients: ["${first}", "${second}"]}}
        """
    with load(providers, "metrics_client, first") as loaded:
        loaded.instance.metrics_client.increment("my_counter")
        assert [call.metric for call in loaded.instance.first.calls] == ["my_counter"]


# By name


def test_what_is_left_out_is_filled_by_name(load: Load) -> None:
    """Parameters without an argument get the provider of their name, else their default; never ``*args``."""
    code = """\
        class Thing:
            def __init__(self, one, two=2, /, got=None, *args, other, unknown=5, **more):
                self.all = (one, two, got, args, other, unknown, more)
        """
    providers = """\
        thing: {class: predictor.py:Thing, args: {one: 1, more: 7}}
        got: predictor.py:Got
        other: predictor.py:Got
        args: predictor.py:Got
        """
    with load(providers, "thing, got, other", code) as loaded:
        predictor = loaded.instance
        assert predictor.thing.all == (1, 2, predictor.got, (), predictor.other, 5, {"more": 7})


def test_a_positional_argument_behind_a_default(load: Load) -> None:
    """What can only be handed over by position brings the defaults before it along."""
    code = "class Thing:\n    def __init__(self, a=1, got=None, b=3, /): self.all = (a, got, b)"
    with load("thing: predictor.py:Thing\ngot: predictor.py:Got", "thing, got", code) as loaded:
        assert loaded.instance.thing.all == (1, loaded.instance.got, 3)


# Generators


@pytest.mark.parametrize("decorator", ["", "@contextmanager"])
def test_generators_are_torn_down_in_reverse(load: Load, decorator: str) -> None:
    """What comes after ``yield`` runs at the end, the last one made first, whatever the order in the file."""
    code = f"""\
        {decorator}
        def outer(inner):
            log.append("outer begins")
            yield ("outer", inner)
            log.append("outer ends")
        {decorator}
        def inner(config):
            log.append("inner begins")
            yield "inner"
            log.append("inner ends")
        """
    with load("outer: predictor.py:outer\ninner: predictor.py:inner", "outer, kept=log", code) as loaded:
        predictor = loaded.instance
        assert predictor.outer == ("outer", "inner")
        assert predictor.kept == ["inner begins", "outer begins"]
    assert predictor.kept == ["inner begins", "outer begins", "outer ends", "inner ends"]


# What replaces what

WIRING = """\
from dependency_injector import providers
from predictor_kit import PredictorContainer
from predictor import Got, Needs

class Wrapper:
    def __init__(self, inner): self.inner = inner

class C(PredictorContainer):
    thing = providers.Singleton(Got, value="the container's")
    first = providers.Singleton(Needs, thing)
    second = providers.Singleton(Needs, first, other=thing)
"""


def test_a_provider_of_the_file_reaches_all_that_name_it(load: Load, tmp_path: Path) -> None:
    """It replaces the container's own for every provider of the container, however far."""
    (tmp_path / "wiring.py").write_text(WIRING)
    providers = "thing: {class: predictor.py:Got, args: {value: the file's}}"
    with load(providers, "second, thing", head="  container: wiring.py:C\n") as loaded:
        second = loaded.instance.second
        assert second.other is second.thing.thing is loaded.instance.thing
        assert second.other.value == "the file's"
    with load("", "second", head="  container: wiring.py:C\n") as loaded:
        assert loaded.instance.second.other.value == "the container's"


@pytest.mark.parametrize("args", ["{inner: '${thing}'}", "{}"])
def test_a_provider_can_wrap_what_it_replaces(load: Load, tmp_path: Path, args: str) -> None:
    """By its own name it means what it replaces; everyone else gets the wrapper."""
    (tmp_path / "wiring.py").write_text(WIRING.replace("inner", "thing") if args == "{}" else WIRING)
    providers = f"thing: {{class: 'wiring:Wrapper', args: {args}}}"
    with load(providers, "second, thing", head="  container: wiring:C\n") as loaded:
        wrapper = loaded.instance.thing
        assert type(wrapper).__name__ == "Wrapper"
        assert (wrapper.thing if args == "{}" else wrapper.inner).value == "the container's"
        assert loaded.instance.second.other is loaded.instance.second.thing.thing is wrapper


def test_a_container_given_by_the_caller(load: Load, tmp_path: Path) -> None:
    """It stands in for the one that the file names, which is then not looked for."""
    with load("", "metrics_client", head="  container: no_such:C\n", container=PredictorContainer) as loaded:
        assert type(loaded.container).__name__ == "ContainerInstance"


def test_an_instance_cannot_take_providers_of_a_file(load: Load, write: Any) -> None:
    """They are added to a class; an instance without them serves as it is."""
    with pytest.raises(ProblemsError) as caught:
        load("thing: predictor.py:Got", "thing", container=PredictorContainer())
    assert str(caught.value).startswith("cortex.yaml:8:5: providers: the providers of a file are added to a ")
    assert str(caught.value).endswith("\n  give the class instead")
    container: Any = PredictorContainer()
    with load("", "metrics_client", container=container) as loaded:
        assert loaded.container is container


# What ``**kwargs`` takes

OPTIONS = """\
class Options(typing.TypedDict):
    size: int
    path: typing.NotRequired[pathlib.Path]
class Thing:
    def __init__(self, **options: typing.Unpack[Options]): self.options = options
"""


def test_the_keys_of_options_are_arguments(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are cast as their types say, filled by name where the file leaves them out, and can be absent."""
    monkeypatch.setenv("SIZE", "3")
    given = "thing: {class: predictor.py:Thing, args: {size: '${env:SIZE}', path: a.txt}}"
    with load(given, "thing", OPTIONS) as loaded:
        assert loaded.instance.thing.options == {"size": 3, "path": Path("a.txt")}
    code = f"{OPTIONS}def four(): return 4"
    with load("thing: predictor.py:Thing\nsize: predictor.py:four", "thing", code) as loaded:
        assert loaded.instance.thing.options == {"size": 4}


def test_the_keys_of_what_predict_takes(write: Any) -> None:
    """They are handed over by name as any argument of it, and checked as such."""
    code = """\
        class Given(typing.TypedDict):
            payload: str
            headers: typing.NotRequired[dict[str, str]]
        class Other(typing.TypedDict):
            paylod: str
        class Takes:
            def predict(self, **given: typing.Unpack[Given]): return given
        class Misspelt:
            def predict(self, **given: typing.Unpack[Other]): ...
        """
    write("", code=code)
    with load_predictor("predictor:Takes") as loaded:
        assert loaded.predict("a", headers={"b": "c"}) == {"payload": "a", "headers": {"b": "c"}}
    (problem,) = check("predictor:Misspelt")
    assert "predict asks for 'paylod', which nobody hands it (did you mean 'payload'?)" in problem.message


@pytest.mark.parametrize("static", [False, True])
def test_options_that_are_wrong(write: Any, static: bool) -> None:
    """All of it is found: a value, a name, one that is lacking; from the source alone, too."""
    write(
        """\
        one: {class: predictor.py:Thing, args: {size: abc, pth: x}}
        two: {class: predictor.py:Thing, args: {path: x}}
        """,
        "one, two",
        OPTIONS,
    )
    assert [(problem.subject, problem.message) for problem in check("cortex.yaml", static=static)] == [
        ("providers.one.args.size", "input should be a valid integer"),
        ("providers.one.args", "Thing takes no argument 'pth' (did you mean 'path'?)"),
        ("providers.two", "Thing asks for 'size', and no provider has that name"),
    ]


def test_options_that_were_not_read(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A check of the source says that it does not know them."""
    code = "from elsewhere import Options\n" + OPTIONS[OPTIONS.index("class Thing") :]
    code += "def made(**options: typing.Unpack[Options]): ...\ndef loose(**options: int): ...\n"
    providers = "".join(
        f"{name}: {{class: predictor.py:{name}, args: {{any: 1}}}}\n" for name in ("Thing", "made", "loose")
    )
    write(providers, "Thing, made, loose", code)
    assert main(["check", "--static", "cortex.yaml"]) == 0
    err = capsys.readouterr().err
    for name in ("Thing", "made"):
        known = f"predictor.py:{name}: {name} takes **options: typing.Unpack[Options], which was not read"
        assert known in err
    assert "loose takes" not in err
    Path("predictor.py").write_text(
        f"{CODE}from elsewhere import Options\n"
        "class PythonPredictor:\n    def predict(self, **given: typing.Unpack[Options]): ...\n"
    )
    Path("cortex.yaml").write_text(HEAD.replace("{CONFIG}", "{}"))
    assert main(["check", "--static", "cortex.yaml"]) == 0
    assert "predict takes **given: typing.Unpack[Options], which was not read" in capsys.readouterr().err


# What is checked, and what is built


def test_unused_providers_are_checked_and_not_built(write: Any) -> None:
    """Every provider of the file is checked; only what the predictor reaches is built."""
    code = """\
        class Boom:
            def __init__(self): raise RuntimeError("built")
        """
    write("boom: predictor.py:Boom\nthing: predictor.py:Got", "thing", code)
    load_predictor("cortex.yaml").close()
    write("boom: {class: predictor.py:Boom, args: {x: 1}}\nthing: predictor.py:Got", "thing", code)
    assert [problem.message for problem in check("cortex.yaml")] == ["Boom takes no argument 'x'"]


@pytest.mark.parametrize(
    "broken",
    [
        "thing: predictor.py:NoSuch",
        "thing: {class: predictor.py:Needs, args: {thing: '${no_such}'}}",
        "thing: {class: predictor.py:Needs, args: {thing: 1, other: '${config.no_such}'}}",
        "thing: predictor.py:Needs2",
    ],
)
def test_a_failed_reference_does_not_cascade(write: Any, broken: str) -> None:
    """What refers to a broken provider is told of no more than if it were well."""
    write(
        f"""\
        user: {{class: predictor.py:Needs, args: {{thing: "${{thing}}", other: ["${{thing}}"]}}}}
        third: {{class: predictor.py:Needs, args: {{other: 1}}}}
        {broken}
        """,
        "user, thing, third",
        "class Needs2:\n    def __init__(self, no_such): ...",
    )
    assert len(check("cortex.yaml")) == 1


def test_the_predictors_own_variables_are_seen(load: Load) -> None:
    """``env`` of the file is set when references to the environment are read."""
    head = "    env: {MODEL: iris}\n"
    with load(
        "thing: {class: predictor.py:Got, args: {value: '${env:MODEL}'}}", "thing", head=head
    ) as loaded:
        assert loaded.instance.thing.value == "iris"


SECRETS = """\
number: {class: predictor.py:Number, args: {value: "${env:SECRET}", path: ["${config.key}"]}}
named: {class: "${env:SECRET}:Thing"}
short: {class: "${env:SECRET}"}
text: {class: predictor.py:Got, args: {value: "${config.key.deeper}", other: "${config.key}${text}"}}
"""
SECRET_CODE = """\
class Number:
    def __init__(self, value: int, path: list[float]): ...
class Config(BaseModel):
    key: int
"""


@pytest.mark.parametrize(
    ("head", "problems"),
    [
        ("", 7),
        ('    env: {KEY: "${env:SECRET}", OTHER: "x-${env:SECRET}"}\n  container: "${env:SECRET}:C"\n', 3),
        ('    env: {KEY: "${env:SECRET}\\0"}\n', 1),
        ("    python_path: ${env:SECRET}\n", 1),
        ("    log_level: ${env:SECRET}\n", 8),
    ],
)
def test_problems_never_show_a_value_from_the_environment(
    write: Any, monkeypatch: pytest.MonkeyPatch, head: str, problems: int
) -> None:
    """Whatever is wrong with it, and wherever it stands."""
    monkeypatch.setenv("SECRET", "hunter2")
    write(SECRETS, "config: Config, number", SECRET_CODE, "{key: '${env:SECRET}'}", head)
    found = check("cortex.yaml")
    assert len(found) == problems, list(map(str, found))
    assert all(problem.location for problem in found)
    assert "hunter2" not in f"{list(map(str, found))}{found}"
    with pytest.raises(ProblemsError) as caught:
        load_predictor("cortex.yaml")
    assert "hunter2" not in f"{caught.value}{caught.value!r}"


@pytest.mark.parametrize("path", ["${env:SECRET}.py", "predictor.py:${env:SECRET}", "${env:SECRET}:Iris"])
def test_a_path_from_the_environment_is_not_shown(
    write: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A class that is not found is told of by what the file says."""
    monkeypatch.setenv("SECRET", "hunter2")
    write("", "config")
    text = Path("cortex.yaml").read_text()
    Path("cortex.yaml").write_text(text.replace("path: predictor.py", f"path: {path}"))
    (problem,) = check("cortex.yaml")
    message = "what it names cannot be used (the value of environment variable SECRET, not shown)"
    assert str(problem).splitlines() == [
        f"cortex.yaml:5:11: predictor.path: {message}",
        f"  5 |     path: {path}",
        f"    |           {'^' * len(path)}",
    ]


def test_what_is_loaded_does_not_show_it_either(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Specs, containers and loaded predictors keep it to themselves; the predictor gets it as plain text."""
    monkeypatch.setenv("SECRET", "hunter2")
    providers = "thing: {class: predictor.py:Got, args: {value: '${env:SECRET}'}}"
    with load(providers, "thing, config", config="{key: '${env:SECRET}'}") as loaded:
        assert loaded.instance.thing.value == loaded.instance.config["key"] == "hunter2"
        assert type(loaded.instance.config["key"]) is str
        assert "hunter2" not in f"{loaded!r}{loaded.container!r}"
    specs = load_specs("cortex.yaml")
    assert "hunter2" not in f"{specs!r}{pickle.loads(pickle.dumps(specs))!r}"


def test_a_long_chain_of_providers(load: Load) -> None:
    """A thousand providers, each over the one that is written after it, are checked and built."""
    links = [f"n{number}: {{class: predictor.py:Got, args: [[n{number + 1}]]}}" for number in range(999)]
    chain = "\n".join(links).replace("[[", '{value: "${').replace("]]", '}"}')
    value: Any = load(f"{chain}\nn999: {{class: predictor.py:Got, args: {{value: end}}}}", "n0").instance.n0
    for _ in range(1000):
        value = value.value
    assert value == "end"
