"""Values from the environment and from files: in no output, no error, no repr, no log."""

import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic_core._pydantic_core import list_all_errors

from predictor_kit import ProblemsError, check, load_predictor, load_specs
from predictor_kit.cli import main

SECRET = "hunter2"
CODE = """\
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Optional
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter, field_validator, model_validator


class Color(enum.Enum):
    RED = "red"


class Settings(BaseModel):
    token: str

    @field_validator("token")
    @classmethod
    def is_fine(cls, token):
        raise ValueError(f"{token} is not fine")


class Whole(BaseModel):
    token: str

    @model_validator(mode="after")
    def is_fine(self):
        raise ValueError(f"{self.token} is not fine")


class Late(BaseModel):
    token: str
    thing: object

    @model_validator(mode="after")
    def is_fine(self):
        raise ValueError(f"{self.token} is not fine")


class Own(BaseModel):
    token: str

    @field_validator("token")
    @classmethod
    def is_fine(cls, token):
        raise ValueError("it is too short")


class Tagged(BaseModel):
    kind: Literal["tagged"]


class Other(BaseModel):
    kind: Literal["other"]


class Choosing:
    def __init__(self, config):
        kinds = Annotated[Tagged | Other, Field(discriminator="kind")]
        token = config["token"]
        TypeAdapter(tuple[kinds, int, UUID]).validate_python([{"kind": token}, token, token])

    def predict(self, payload): ...


class Raising(BaseModel):
    token: str

    @field_validator("token")
    @classmethod
    def is_fine(cls, token):
        raise KeyError(token)


class Seeing(BaseModel):
    token: str
    size: int

    @field_validator("size")
    @classmethod
    def is_fine(cls, size, info):
        raise ValueError(info.data["token"])


@dataclass
class Point:
    x: int


class Thing:
    def __init__(
        self, number: int = 0, color: Color = None, choice: Literal["a"] = "a", items: list[int] = (),
        settings: Settings = None, whole: Whole = None, raising: Raising = None, point: Point = None,
        pair: tuple[int, int] = None, optional: Optional[int] = None, text: str = "",
        many: dict[str, int] = {}, seeing: Seeing = None, late: Late = None,
    ): ...


class Kept:
    def __init__(self, text, whole: Whole | None = None, settings: Settings | None = None):
        self.text = text


class PythonPredictor:
    def __init__(self, config, thing): ...

    def predict(self, payload): ...


class hunter2:
    def __init__(self, missing): ...
"""
TOKENS = ["${env:TOKEN}", "a-${env:TOKEN}-b", "${file:token.txt}", "${config.token}"]
FILE = """\
- name: iris
  kind: RealtimeAPI
  predictor:
    type: python
    path: code.py
    config: {{token: "${{env:TOKEN}}"}}
  providers:
    thing:
      class: code.py:Thing
      args:
        {argument}
"""

Print = Callable[[], str]


@pytest.fixture
def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: Any
) -> Iterator[Print]:
    """A project in the working directory, and what was printed and logged since."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", SECRET)
    Path("code.py").write_text(CODE)
    Path("token.txt").write_text(f"{SECRET}\n")
    caplog.set_level(logging.DEBUG)

    def everything() -> str:
        out, err = capsys.readouterr()
        return f"{out}{err}{caplog.text}"

    yield everything
    assert SECRET not in everything()


def shown(error: BaseException) -> str:
    """All that an error shows of itself, and of those that it came from."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__)


def told() -> list[str]:
    """The problems of a check; neither form of it shows the secret in any way."""
    problems = check("cortex.yaml")
    text = f"{problems!r}{list(map(str, problems))}{check('cortex.yaml', static=True)!r}"
    assert SECRET not in text
    assert main(["check", "cortex.yaml"]) == bool(problems)
    main(["check", "--static", "cortex.yaml"])
    return [problem.message for problem in problems]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "argument",
    [
        "number: '{}'",
        "color: '{}'",
        "choice: '{}'",
        "items: ['{}']",
        "items: '{}'",
        "settings: {{token: '{}'}}",
        "whole: {{token: '{}'}}",
        "raising: {{token: '{}'}}",
        "point: {{x: '{}'}}",
        "point: '{}'",
        "pair: [1, '{}']",
        "optional: '{}'",
        "many: {{a: '{}'}}",
        "nothing: '{}'",
        "text: '{} ${{nothing}}'",
        "text: '{} ${{config.nothing}}'",
    ],
)
def test_an_argument_that_is_wrong(printed: Print, argument: str, token: str) -> None:
    """Whatever is wrong with a value, and whoever says so: the value is not shown; loading says the same."""
    Path("cortex.yaml").write_text(FILE.format(argument=argument.format(token)))
    assert told()
    with pytest.raises(ProblemsError) as caught:
        load_predictor("cortex.yaml")
    assert SECRET not in shown(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        "name: '${env:TOKEN}!'",
        "kind: '${env:TOKEN}'",
        "predictor: {type: '${env:TOKEN}', path: code.py}",
        "predictor: {type: python, path: '${env:TOKEN}'}",
        "predictor: {type: python, path: '${env:TOKEN}.py'}",
        "predictor: {type: python, path: 'code.py:${env:TOKEN}'}",
        "predictor: {type: python, path: code.py, python_path: '${env:TOKEN}'}",
        "predictor: {type: python, path: code.py, log_level: '${file:token.txt}'}",
        "predictor: {type: python, path: code.py, processes_per_replica: '${env:TOKEN}'}",
        "predictor: {type: python, path: code.py, shm_size: '${env:TOKEN}'}",
        "predictor: {type: python, path: code.py, models: {path: '${env:TOKEN}'}}",
        "predictor: '${env:TOKEN}'",
        "container: '${env:TOKEN}'",
        "container: '${env:TOKEN}:Container'",
        "container: 'code.py:${env:TOKEN}'",
        "providers: {thing: '${env:TOKEN}'}",
        "providers: {thing: '${env:TOKEN}:A'}",
        "providers: {thing: 'code.py:${env:TOKEN}'}",
        "providers: {thing: {class: 'code.py:${env:TOKEN}', args: {other: 1}}}",
        "providers: {thing: {class: code.py:Thing, scope: '${env:TOKEN}'}}",
        "providers: '${env:TOKEN}'",
        "networking: {endpoint: '${env:TOKEN} '}",
        "compute: {cpu: '${env:TOKEN}'}",
        "autoscaling: {min_replicas: '${env:TOKEN}'}",
    ],
)
def test_a_key_that_is_wrong(printed: Print, key: str) -> None:
    """In each of the file's keys: of names, kinds, paths and classes, too."""
    keys = {
        "name": "name: iris",
        "kind": "kind: RealtimeAPI",
        "predictor": "predictor: {type: python, path: code.py}",
    }
    keys |= {key.partition(":")[0]: key}
    Path("cortex.yaml").write_text("- " + "\n  ".join(keys.values()) + "\n")
    assert told()


def test_a_class_that_a_variable_names(printed: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that ends well names what was written, not what it led to; a problem does the same."""
    monkeypatch.setenv("FOLDER", SECRET)
    Path(SECRET).mkdir()
    Path(SECRET, "code.py").write_text(CODE)
    head, code = "name: iris, kind: RealtimeAPI", "predictor: {{type: python, path: '{}'}}"
    text = f"- {{{{{head}, {code}, providers: {{{{thing: '{{}}'}}}}}}}}\n"
    Path("cortex.yaml").write_text(text.format("${env:FOLDER}/code.py", "${env:FOLDER}/code.py:Thing"))
    assert main(["check", "cortex.yaml"]) == 0
    assert printed().startswith("cortex.yaml: iris: ${env:FOLDER}/code.py(config, thing) is well\n")
    Path("cortex.yaml").write_text(text.format("code.py", "${env:FOLDER}/code.py:Kept"))
    assert told() == ["${env:FOLDER}/code.py:Kept asks for 'text', and no provider has that name"]
    Path("cortex.yaml").write_text(text.format("${env:FOLDER}/code.py:Kept", "code.py:Thing"))
    assert told()[0] == "${env:FOLDER}/code.py:Kept asks for 'text', and no provider has that name"


def test_what_holds_a_value_does_not_show_it(printed: Print) -> None:
    """Specs, what is loaded, and the way back from a pickle."""
    text = FILE.format(argument='text: "${file:token.txt}"')
    Path("cortex.yaml").write_text(
        text.replace("type: python", "type: python\n    env: {KEY: '${env:TOKEN}'}")
    )
    specs = load_specs("cortex.yaml")
    for one in (specs["iris"], pickle.loads(pickle.dumps(specs["iris"]))):
        assert SECRET not in f"{one!r}{one}{one.config!r}{one.env!r}{one.providers!r}"
    with load_predictor("cortex.yaml") as loaded:
        assert SECRET not in f"{loaded!r}{loaded}{loaded.spec!r}{loaded.container!r}"
    assert main(["check", "cortex.yaml"]) == 0


def test_a_model_that_is_made_when_its_object_is_there(printed: Print) -> None:
    """A validator of the user's own that fails only then cannot tell the value either."""
    Path("cortex.yaml").write_text(
        FILE.format(argument="late: {token: '${env:TOKEN}', thing: '${metrics_client}'}")
    )
    assert told() == []
    with pytest.raises(
        Exception, match=r"it does not fit Late \(the value of environment variable TOKEN"
    ) as caught:
        load_predictor("cortex.yaml")
    assert SECRET not in shown(caught.value)
    assert main(["run", "cortex.yaml", "token.txt"]) == 1


def test_a_provider_that_is_a_model(printed: Print) -> None:
    """What its validators say while it is built is told at the command line without the value."""
    Path("cortex.yaml").write_text(FILE.format(argument="token: '${env:TOKEN}'").replace(":Thing", ":Own"))
    assert told() == []
    assert printed().count("is well") == 2
    assert main(["run", "cortex.yaml", "token.txt"]) == 1
    first, way, *_ = printed().splitlines()
    assert first == "ValidationError: Own: token: Value error, it is too short"
    assert way == "while building PythonPredictor -> thing"


def test_a_model_that_a_constructor_makes(printed: Print) -> None:
    """What pydantic says in the user's own code is told at the command line without the value."""
    Path("cortex.yaml").write_text(
        FILE.format(argument="text: '${env:TOKEN}'").replace("path: code.py", "path: code.py:Choosing")
    )
    assert main(["run", "cortex.yaml", "token.txt"]) == 1
    assert printed().splitlines()[0].partition(": ")[2].partition(": ")[2].split("; ") == [
        "0: Input tag does not match any of the expected tags",
        "1: Input should be a valid integer, unable to parse string as an integer",
        "2: Input should be a valid UUID",
    ]


def test_a_validator_that_sees_another_field(printed: Print) -> None:
    """What it says of a value that is no secret can hold one that is."""
    Path("cortex.yaml").write_text(FILE.format(argument="seeing: {token: '${env:TOKEN}', size: 1}"))
    assert told() == ["is not valid (why is not shown, since it may tell of environment variable TOKEN)"]


OF_THE_TYPE = {
    *("class", "class_name", "decimal_places", "discriminator", "expected", "expected_schemes"),
    *("expected_version", "ge", "gt", "le", "lt", "max_digits", "max_length", "min_length", "multiple_of"),
    *("pattern", "whole_digits"),
}
"""What a type says, among all that pydantic puts into its texts."""

EVERY_KIND = """
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError, PydanticKnownError


def fail(text):
    secret, kind, how, context = text.split("|")
    context = {name: secret if value == "SECRET" else value for name, value in eval(context).items()}
    if how == "known":
        raise PydanticKnownError(kind, context or None)
    raise PydanticCustomError(kind, "it is {text}", {"text": text, **context})


class Failing:
    def __init__(self, items: list[Annotated[str, BeforeValidator(fail)]]): ...
"""


def context_of(kind: Mapping[str, Any]) -> dict[str, Any]:
    """What an error of ``kind`` is told: what the type does not say may be the value, or a number of it."""
    context = {}
    for name, example in (kind.get("example_context") or {}).items():
        is_number = type(example) is int or name == "actual_length"
        if name in OF_THE_TYPE:
            context[name] = 3 if is_number else "x"
        else:
            context[name] = 7654321 if is_number else "SECRET"
    return context


@pytest.mark.parametrize("how", ["known", "custom"])
def test_every_kind_of_error_that_pydantic_knows(printed: Print, how: str) -> None:
    """No text of pydantic's shows the value or a number of it; nor does another one of the same kind."""
    texts = [f"${{env:TOKEN}}|{kind['type']}|{how}|{context_of(kind)}" for kind in list_all_errors()]
    assert len(texts) > 90
    Path("code.py").write_text(CODE + EVERY_KIND)
    lines = "".join(f"\n          - {json.dumps(text)}" for text in texts)
    Path("cortex.yaml").write_text(FILE.format(argument=f"items: {lines}").replace(":Thing", ":Failing"))
    messages = told()
    assert len(messages) == len(texts)
    assert "7654321" not in str(messages)
    assert messages.count("is not valid (the value of environment variable TOKEN, not shown)") > 20
    assert "input should be a valid integer (the value of environment variable TOKEN, not shown)" in messages


TYPES = """
import uuid
from pydantic import Field, FilePath, Json


class A(BaseModel):
    kind: Literal["a"]


class B(BaseModel):
    kind: Literal["b"]


class Loose(BaseModel, extra="forbid"):
    x: int


class Typed:
    def __init__(
        self, tagged: Annotated[A | B, Field(discriminator="kind")] = None, id: uuid.UUID = None,
        file: FilePath = None, json: Json[Loose] = None, inner: "Inner" = None,
        long: Annotated[str, Field(min_length=10)] = "", picky: "Picky" = None,
    ): ...


class Picky(BaseModel):
    token: str
    number: int

    @field_validator("token")
    @classmethod
    def is_fine(cls, token):
        return {"hunter2": token}[token]


class Moving(BaseModel):
    token: str
    choice: Literal["hunter"] = "hunter"
    pin: uuid.UUID | None = None
    path: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def move(cls, data):
        moved = isinstance(data, dict) and data.get("choice") == "move"
        return {**data, "choice": data["token"], "pin": data["token"]} if moved else data


class Inner(BaseModel):
    number: int = 0
    moving: Moving
"""
OUTSIDE = " (the value of environment variable {}, not shown)"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("tagged: {kind: '${env:TOKEN}'}", "is not valid" + OUTSIDE.format("TOKEN")),
        ("id: '${env:TOKEN}'", "is not valid" + OUTSIDE.format("TOKEN")),
        ("file: '${env:TOKEN}'", "path does not point to a file" + OUTSIDE.format("TOKEN")),
        ("json: '${env:TOKEN}'", "is not valid" + OUTSIDE.format("TOKEN")),
        ("json: '${env:JSON}'", "extra inputs are not permitted" + OUTSIDE.format("JSON")),
        (
            "inner: {number: x, moving: {token: '${env:TOKEN}'}}",
            "input should be a valid integer",
        ),
        (
            "inner: {moving: {token: '${env:TOKEN}', path: true}}",
            f"input is not a valid path for {Path}",
        ),
        (
            "inner: {moving: {token: '${env:TOKEN}', pin: 3}}",
            "UUID input should be a string, bytes or UUID object",
        ),
        (
            "inner: {moving: {token: '${env:TOKEN}', choice: hunted}}",
            "input should be 'hunter' (did you mean 'hunter'?)",
        ),
        ("inner: {moving: {token: '${env:TOKEN}', choice: move}}", "input should be 'hunter'"),
        ("long: '${env:TOKEN}'", "string should have at least 10 characters" + OUTSIDE.format("TOKEN")),
        ("picky: {token: '${env:TOKEN}', number: x}", "input should be a valid integer"),
        (
            "inner: {number: '${env:TOKEN}', moving: 3}",
            "input should be a valid dictionary or instance of Moving",
        ),
    ],
)
def test_what_is_told_of_types(
    printed: Print, monkeypatch: pytest.MonkeyPatch, argument: str, expected: str
) -> None:
    """Of a value from outside what its type says; of one beside it all that is so whatever that is."""
    monkeypatch.setenv("JSON", f'{{"x": 1, "{SECRET}": 2}}')
    Path("code.py").write_text(CODE.replace("Literal, Optional", "Annotated, Literal, Optional") + TYPES)
    Path("cortex.yaml").write_text(FILE.format(argument=argument).replace(":Thing", ":Typed"))
    assert expected in told()


def test_an_override_of_the_config_that_does_not_fit(printed: Print) -> None:
    """What fails when the object is built tells no value of the config: any may be from outside."""
    Path("code.py").write_text(CODE.replace("Literal, Optional", "Annotated, Literal, Optional") + TYPES)
    Path("cortex.yaml").write_text(FILE.format(argument='id: "${config.id}"').replace(":Thing", ":Typed"))
    good = {"id": "00000000-0000-0000-0000-000000000000"}
    with pytest.raises(Exception, match="is not valid") as caught:
        load_predictor("cortex.yaml", config=good, overrides={"config": {"id": SECRET}})
    assert SECRET not in shown(caught.value)


def test_a_name_that_is_near_a_value(printed: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    """No message says what the value of a key is nearest to."""
    monkeypatch.setenv("NEAR", "pyton")
    monkeypatch.setenv("KIND", "RealtimAPI")
    Path("cortex.yaml").write_text(
        "- {name: iris, kind: '${env:KIND}', predictor: {type: '${env:NEAR}', path: code.py}}\n"
    )
    assert told() == [
        "is no kind of API" + OUTSIDE.format("KIND"),
        "must be 'python', 'tensorflow' or 'onnx'" + OUTSIDE.format("NEAR"),
    ]


def test_a_task_that_is_called_with_more(printed: Print) -> None:
    """Its config is checked again when it is complete; the error shows nothing of it."""
    Path("code.py").write_text(
        CODE
        + "\n\nclass Job(Whole):\n    size: int\n\n\nclass Task:\n    def __call__(self, config: Job): ...\n"
    )
    Path("cortex.yaml").write_text(
        "- {name: job, kind: TaskAPI, definition: {path: code.py, config: {token: '${env:TOKEN}'}}}\n"
    )
    with (
        load_predictor("cortex.yaml") as loaded,
        pytest.raises(Exception, match="is no Job: it: is not valid") as caught,
    ):
        loaded({"size": 1})
    assert SECRET not in shown(caught.value)


RUN = """\
- name: iris
  kind: RealtimeAPI
  predictor: {type: python, path: "${env:CODE}"}
  container: "${env:WIRING}"
  providers:
    service: {class: "${env:SERVICE}"}
"""
LEAKING = """\
from predictor_kit import PredictorContainer


class hunter2Container(PredictorContainer): ...


class hunter2Service:
    def __init__(self):
        if __import__("os").environ.get("STOP"):
            raise RuntimeError("stopped")


class hunter2Predictor:
    def __init__(self, config, service): ...

    def predict(self, payload):
        raise ValueError(helped())


def helped():
    import helper

    helper.fail()
"""


@pytest.mark.parametrize("where", ["hunter2.py", "hunter2", "hunter2.inner", "hunter2/code.py"])
def test_what_a_variable_names_fails(printed: Print, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Its class and its file are told by the reference, other files of the project by their name."""
    file = Path(where) if where.endswith(".py") else Path(f"{where.replace('.', '/')}.py")
    file.parent.mkdir(exist_ok=True)
    file.write_text(LEAKING)
    Path("helper.py").write_text("def fail():\n    raise KeyError(1)\n")
    Path("cortex.yaml").write_text(RUN)
    for name, cls in (("CODE", "Predictor"), ("WIRING", "Container"), ("SERVICE", "Service")):
        monkeypatch.setenv(name, f"{where}:hunter2{cls}")
    Path("inputs.jsonl").write_text("1\n")
    assert main(["run", "cortex.yaml", "inputs.jsonl"]) == 1
    assert printed().startswith(
        '{"error": "KeyError: 1"}\n'
        "inputs.jsonl:1: KeyError: 1\n"
        "  ${env:CODE}:17, in predict\n"
        "  ${env:CODE}:23, in helped\n"
        "  helper.py:2, in fail: raise KeyError(1)\n"
    )
    with load_predictor("cortex.yaml") as loaded:
        assert repr(loaded) == "<LoadedPredictor 'iris' ${env:CODE}>"
    monkeypatch.setenv("STOP", "1")
    assert main(["run", "cortex.yaml", "inputs.jsonl"]) == 1
    assert printed().startswith(
        "RuntimeError: stopped\nwhile building ${env:CODE} -> service\n  ${env:CODE}:10, in __init__\n"
    )
    with pytest.raises(RuntimeError) as caught:
        load_predictor("cortex.yaml")
    assert caught.value.__notes__ == ["while building ${env:CODE} -> service"]
