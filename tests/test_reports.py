"""What a report of a whole file has: every mistake, none that follows from another, and an end."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from predictor_kit import check, load_predictor, load_specs
from predictor_kit.cli import main
from predictor_kit.spec import survey

CODE = """\
class PythonPredictor:
    def __init__(self, nothing): ...
    def predict(self): ...

class Task:
    def __init__(self, nothing): ...
    def __call__(self): ...

class Thing:
    def __init__(self, value=None): ...

class A:
    def __init__(self, size: int, AA: str): ...
"""
TWICE = "key 'color' is given twice, first on line 1"
WIRING = "asks for 'nothing', and no provider has that name"


WRONG_KEYS: list[dict[str, Any]] = [
    {"compute": {"cpu": "many"}},
    {"colour": "red"},
    {"name": "Iris"},
    {"name": None},
    {"name": 3},
    {"predictor": {"log_level": "loud"}},
    {"predictor": {"image": "${env:NOT_SET}"}},
    {"predictor": {"models": {"path": "m", "paths": [{"name": "a", "path": "p", "x": 1}]}}},
    {"networking": {"pth": 1}},
    {"providers": {"thing": {"class": "code.py:Thing", "scope": "often"}}},
    {"providers": {"thing": None}},
    {"kind": "TaskAPI", "predictor": {}, "definition": {"path": "code.py", "log_level": 1}},
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory, with some code."""
    monkeypatch.chdir(tmp_path)
    Path("code.py").write_text(CODE)


def api(**changes: Any) -> dict[str, Any]:
    """An API whose constructor asks for what there is not; a key that is None is left out."""
    predictor = {"type": "python", "path": "code.py", **changes.pop("predictor", {})}
    whole = {"name": "iris", "kind": "RealtimeAPI", "predictor": predictor, **changes}
    return {key: value for key, value in whole.items() if value is not None}


def told(*apis: Any) -> list[str]:
    """The messages of a check of these APIs, and whether one is that of the wiring."""
    Path("cortex.yaml").write_text(json.dumps(apis))
    return [problem.message for problem in check("cortex.yaml")]


def printed(*arguments: str) -> tuple[int, str]:
    """What the command line prints, and with which code it ends."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        return main(list(arguments)), stream.getvalue()


@pytest.mark.parametrize("wrong", WRONG_KEYS)
def test_keys_and_wiring_in_one_report(wrong: dict[str, Any]) -> None:
    """Where the wiring does not depend on what is wrong with the keys, it is checked as well."""
    data = api(**wrong)
    if "definition" in data:
        del data["predictor"]
    messages = told(data)
    assert sum(WIRING in message for message in messages) == 1
    assert len(messages) > 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "RealtimeApi"},
        {"container": 3},
        {"provider": {}},
        {"path": "code.py"},
        {"networking": {"config": {}}},
        {"providers": []},
        {"providers": {"for": "code.py:Thing"}},
        {"predictor": {"type": "pythn"}},
        {"predictor": {"pth": "code.py"}},
        {"predictor": {"config": 3}},
        {"predictor": {"env": {"A": 1, "": "x"}}},
        {"predictor": {"type": "onnx"}},
        {"predictor": None, "kind": "AsyncAPI", "definition": {"path": "code.py"}},
    ],
)
def test_wiring_that_depends_on_a_mistake(wrong: dict[str, Any]) -> None:
    """Nothing is said of the wiring where it could only follow from what is told already."""
    data = api(**{**wrong, "predictor": wrong.get("predictor") or {}})
    if "definition" in data:
        del data["predictor"]
    messages = told(data)
    assert messages
    assert WIRING not in str(messages)


@pytest.mark.parametrize("wrong", WRONG_KEYS)
def test_a_key_given_twice_hides_nothing(wrong: dict[str, Any]) -> None:
    """Of an API beside the one with the key, and of that one too, the same is told as without."""
    data = api(**wrong)
    if "definition" in data:
        del data["predictor"]
    messages = {message.split(", see ")[0] for message in (*told(data), TWICE)}
    alone = json.dumps([data])
    for text in (
        alone.replace('", "', '", "color": 1, "color": 1, "', 1),
        f'{alone[:-1]}, {{"name": "other", "kind": "RealtimeAPI", "color": 1, "color": 1}}]',
    ):
        Path("cortex.yaml").write_text(text)
        assert messages <= {problem.message.split(", see ")[0] for problem in check("cortex.yaml")}


CONFIGURED = """\
from collections.abc import Callable
from dataclasses import dataclass
from dependency_injector import providers
from pydantic import BaseModel, model_validator
from predictor_kit import PredictorContainer

class Level(BaseModel):
    low: int

class Config(BaseModel):
    threshold: float
    level: Level
    labels: dict[str, int]
    size: int

class Text(BaseModel):
    text: str

    @model_validator(mode="after")
    def fits(self):
        raise {error}

@dataclass
class Part:
    size: int
    level: int

class Thing:
    def __init__(self, size: int, text: Text, part: Part, level: Level, low: int = 0): ...

class Container(PredictorContainer):
    chosen = providers.Selector(PredictorContainer.config.threshold, a=providers.Object(1))
    option = providers.Callable(int, PredictorContainer.config.level.low)
    lost = providers.Callable(int, PredictorContainer.config.lost)

class PythonPredictor:
    def __init__(self, config: Config, thing, chosen, option, lost, nothing): ...
    def predict(self): ...
"""


@pytest.mark.parametrize("error", ["ValueError", "KeyError"])
def test_the_wiring_around_values_of_the_config_that_are_not_known(error: str) -> None:
    """What such a value is handed to says nothing of it; all else that is wrong is told."""
    Path("configured.py").write_text(CONFIGURED.replace("{error}", error))
    args = {
        "size": "${config.threshold}",
        "text": {"text": "at ${config.labels.b}"},
        "part": {"size": "${config.labels.b.c}", "level": "x"},
        "level": "${config.level}",
        "low": "${config.level.high}",
        "other": 1,
    }
    config = {"threshold": "${env:NO_1}", "level": "${env:NO_2}", "labels": {"a": "x", "b": "${env:NO_3}"}}
    data = api(
        container="configured.py:Container",
        predictor={"path": "configured.py", "config": config},
        providers={"thing": {"class": "configured.py:Thing", "args": args}},
    )
    assert sorted(message.split(":")[0].split(";")[0] for message in told(data)) == [
        "'size' is missing",
        "PythonPredictor asks for 'nothing', and no provider has that name (did you mean 'thing'?)",
        "Thing takes no argument 'other'",
        "config has no key 'lost'",
        "environment variable 'NO_1' is not set",
        "environment variable 'NO_2' is not set",
        "environment variable 'NO_3' is not set",
        "input should be a valid integer",
        "input should be a valid integer",
    ]


BRANCHES = """\
from typing import Literal
from pydantic import BaseModel, field_validator

class A(BaseModel):
    kind: Literal["a"]
    x: int

class B(BaseModel):
    kind: Literal["b"]
    y: int

class Strict(BaseModel, extra="forbid"):
    x: int = 0

class Config(BaseModel):
    either: A | B
    both: A | B
    low: int
    high: int
    strict: Strict | int
    number: Literal[1, 2]

    @field_validator("high")
    @classmethod
    def above(cls, value, info):
        if value <= info.data.get("low", value):
            raise ValueError("is not above low")
        return value

class PythonPredictor:
    def __init__(self, config: Config): ...
    def predict(self): ...
"""


def test_branches_and_validators_that_see_what_is_not_known() -> None:
    """Which branch of a union is meant, and what a validator compares, may depend on it."""
    Path("branches.py").write_text(BRANCHES)
    unknown = "${env:NO_1}"
    config = {
        "either": {"kind": "a", "x": unknown},
        "both": {"kind": "a"},
        "low": unknown,
        "high": 1,
        "strict": {"x": unknown, "z": 1},
        "number": float("nan"),
    }
    Path("cortex.yaml").write_text(
        yaml.safe_dump([api(predictor={"path": "branches.py", "config": config})], sort_keys=False)
    )
    problems = [one for one in check("cortex.yaml") if "is not set" not in one.message]
    assert all(one.location for one in problems)
    assert [(one.subject, one.message) for one in problems] == [
        ("predictor.config.both", "'x' is missing"),
        ("predictor.config.both", "'y' is missing"),
        ("predictor.config.both.kind", "input should be 'b'"),
        ("predictor.config.number", "input should be 1 or 2"),
    ]


def test_a_list_in_the_config_with_a_value_that_is_not_known() -> None:
    """The others in it are checked."""
    code = CODE + "\nclass Numbers:\n    def __init__(self, numbers: list[int]): ...\n"
    Path("code.py").write_text(code)
    data = api(
        predictor={"config": {"numbers": [1, "${env:NO_1}", "x"]}},
        providers={"nothing": {"class": "code.py:Numbers", "args": {"numbers": "${config.numbers}"}}},
    )
    missing, wrong = told(data)
    assert (missing.split(":")[0], wrong) == (
        "environment variable 'NO_1' is not set",
        "input should be a valid integer",
    )
    assert [one.subject for one in check("cortex.yaml")][-1] == "providers.nothing.args.numbers[2]"


def test_what_is_no_api_or_has_no_code() -> None:
    """There is nothing to wire in either."""
    splitter = {"name": "split", "kind": "TrafficSplitter", "apis": [{"name": "a", "weight": 100}], "x": 1}
    assert told("iris") == ["an API must be a mapping with its name, its kind and its keys, is text"]
    assert told(splitter) == ["unknown key 'x'"]


def test_what_refers_to_a_provider_with_a_mistake() -> None:
    """A constructor that asks for it and a reference to it are no further mistakes."""
    providers = {
        "nothing": {"class": "code.py:Thing", "args": 3},
        "thing": {"class": "code.py:Thing", "args": {"value": "${nothing}"}},
        "other": {"class": "code.py:Thing", "args": {"value": "${nothin}"}},
    }
    first, second = told(api(providers=providers))
    assert first == "must be a mapping, is a whole number"
    assert second.startswith("${nothin} refers to no provider (did you mean 'nothing'?)")


def test_the_name_of_an_api_with_mistakes() -> None:
    """A problem of its wiring says of which API it is, as one of its keys does."""
    told(api(compute={"cpu": "many"}))
    assert [problem.api for problem in check("cortex.yaml")] == ["iris", "iris"]


def test_the_list_of_allowed_code_holds_for_the_rest() -> None:
    """An API with mistakes in other keys is held to the same list."""
    told(api(colour="red"))
    (rest,) = survey("cortex.yaml", allow=["other.py"]).partial
    assert [problem.message for problem in check(rest)] == [
        "'code.py:PythonPredictor' is not on the allow-list"
    ]


def test_apis_in_the_order_of_the_file() -> None:
    """Whatever is wrong with each, and wherever its problems are."""
    Path("wrong.py").write_text("class PythonPredictor\n")
    wrong = {"type": "python", "path": "wrong.py"}
    told(
        api(name="c"),
        api(name="b", predictor=wrong),
        api(name="a", predictor={"type": "x"}),
        api(name="well"),
    )
    code, text = printed("check", "cortex.yaml")
    headings = [line for line in text.splitlines() if line.startswith("cortex.yaml: ")]
    assert code == 1
    assert headings == [f"cortex.yaml: {name}:" for name in ("c", "b", "a", "well")]


def test_a_module_that_fails_is_run_once() -> None:
    """What it does before it fails is not done again for each class of it, and it is told once."""
    Path("wrong.py").write_text("import os\nos.mkdir('runs')\nraise ValueError('of its own')\n")
    providers = {name: f"wrong.py:{name}" for name in ("A", "B", "C")}
    messages = told(api(providers=providers))
    assert [message for message in messages if WIRING not in message] == [
        "importing wrong.py failed: ValueError: of its own"
    ]
    assert Path("runs").is_dir()


def test_a_module_from_the_environment_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one that a variable names each reference is told, as nothing says that they mean the same."""
    Path("wrong.py").write_text("raise ValueError\n")
    monkeypatch.setenv("MODULE", "wrong")
    messages = told(api(providers={"a": "${env:MODULE}:A", "b": "${env:MODULE}:B"}))
    assert sum("what it names cannot be used" in message for message in messages) == 2


def test_the_rest_of_what_is_said_of_a_hidden_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the name of the class is left out, not each text that is like it."""
    monkeypatch.setenv("CLASS", "A")
    told(api(providers={"one": {"class": "code.py:${env:CLASS}", "args": {"size": 1}}}))
    (problem,) = [one for one in check("cortex.yaml") if one.subject == "providers.one"]
    assert problem.message == "code.py:${env:CLASS} asks for 'AA', and no provider has that name"
    assert problem.notes[-1] == "code.py:${env:CLASS}(size: int, AA: str)"


def test_a_list_of_names_has_an_end() -> None:
    """Of many providers, keys or classes those nearest are listed, and how many more there are."""
    things = {f"thing_{number}": "code.py:Thing" for number in range(300)}
    wrong = {"other": {"class": "code.py:Thing", "args": {"value": "${thng_299}"}}}
    first, second = told(api(providers={**things, **wrong}))
    assert WIRING in first
    assert second.startswith(
        "${thng_299} refers to no provider (did you mean 'thing_299'?); there are: thing_299, "
    )
    assert second.endswith(" and 283 more")
    assert all(len(str(problem)) < 1000 for problem in check("cortex.yaml"))
    config = {f"key_{number}": number for number in range(50)}
    (problem,) = [
        one
        for one in told(
            api(
                predictor={"config": config},
                providers={"a": {"class": "code.py:Thing", "args": {"value": "${config.kye}"}}},
            )
        )
        if "refers" in one
    ]
    assert problem.endswith(" and 30 more")


def chain(length: int, last: str | None) -> None:
    """A file of providers of which each needs the next one."""
    providers: dict[str, Any] = {
        f"p{number}": {"class": "code.py:Thing", "args": {"value": f"${{p{number + 1}}}"}}
        for number in range(length - 1)
    }
    providers[f"p{length - 1}"] = {"class": "code.py:Thing", "args": {"value": last}}
    code = CODE.replace("nothing", "p0")
    Path("chain.py").write_text(code)
    told(api(predictor={"path": "chain.py"}, providers=providers))


COMMANDS = [
    ["check", "cortex.yaml"],
    ["check", "--static", "cortex.yaml"],
    ["explain", "cortex.yaml", "p599"],
    ["graph", "cortex.yaml"],
    ["run", "cortex.yaml", "inputs.jsonl"],
]


def test_a_long_circle() -> None:
    """Every command ends with the problem, and the circle is told by both of its ends."""
    chain(600, "${p0}")
    Path("inputs.jsonl").write_text("{}\n")
    for command in COMMANDS:
        code, text = printed(*command)
        assert code == 1
        assert text.splitlines()[0] == (
            "cortex.yaml:1:125: providers.p0: providers need one another in a circle: p0 -> p1 -> p2 -> p3"
            " -> p4 -> p5 -> p6 -> p7 -> p8 -> p9 -> (581 more) -> p591 -> p592 -> p593 -> p594 -> p595"
            " -> p596 -> p597 -> p598 -> p599 -> p0"
        )


def test_a_long_chain() -> None:
    """Providers that need one another two thousand deep are checked, explained, drawn, run and loaded."""
    chain(2000, None)
    Path("inputs.jsonl").write_text("{}\n")
    for command in COMMANDS:
        code, text = printed(*command)
        assert (code, "Traceback" in text) == (0, False), command
    with load_predictor(load_specs("cortex.yaml")["iris"]) as loaded:
        assert loaded.predict(None) is None
