"""The JSON Schema of the file: it takes what the reader takes, and refuses what it can know to be wrong."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.cli import main
from predictor_kit.documents import parse, read
from predictor_kit.errors import ProblemsError
from predictor_kit.references import parse_template
from predictor_kit.schema import file_schema
from predictor_kit.shortnames import short_names
from predictor_kit.spec import KINDS, load_specs
from tests.test_spec_mistakes import cases
from tests.test_spec_mutations import DATA, FILES, VALUES, change_node
from tests.writing import paths

ROOT = Path(__file__).parents[1]
SCHEMA = file_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
IRIS = {"name": "iris", "kind": "AsyncAPI", "predictor": {"type": "python", "path": "a.py"}}

UNKNOWABLE = {
    r"not shown\)$": "what a variable holds is not in the file",
    r"environment variable '\w+' is not set": "nor whether it is set",
    r"must be (at most|at least|equal to) .*(\(|target)": "it compares no two numbers",
    r"must be at least (20m|20Mi|10s)$": "it does not count in text",
    r"must be a multiple of 10s": "it does not count in text",
    r"must sum to 100": "it sums up nothing",
    r"is the (name|endpoint) of another": "it compares no two items of a list by one of their keys",
    r"must be a whole number, is a decimal number": "1.0 is a whole number to it",
    r"must be a finite number": "JSON has no others",
}
"""Messages of mistakes that JSON Schema cannot know, and why."""


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Each mapping in the schema."""
    if isinstance(schema, dict):
        yield schema
    if isinstance(schema, dict | list):
        for part in schema.values() if isinstance(schema, dict) else schema:
            yield from parts(part)


def complaints(data: Any) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(data)]


def well_written(data: Any) -> bool:
    """Whether all ``${...}`` in the arguments of providers can be read, which only a check looks at."""
    within = [(path, value) for path, value in paths(data) if "args" in path and isinstance(value, str)]
    return not any(parse_template(value).mistakes for _, value in within)


def test_the_schema_is_one() -> None:
    """It keeps to the draft that it names, and each reference in it leads somewhere."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    referred = {part["$ref"] for part in parts(SCHEMA) if isinstance(part.get("$ref"), str)}
    assert referred == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


def test_patterns_mean_the_same_in_python_and_in_an_editor() -> None:
    """No pattern has what JavaScript lacks, reads otherwise or refuses in its strict mode."""
    patterns = [part["pattern"] for part in parts(SCHEMA) if isinstance(part.get("pattern"), str)]
    assert len(patterns) > 50
    for pattern in patterns:
        assert set(re.findall(r"\\(.)", pattern)) <= set(r"sSd.+-$/{}[\\"), pattern
        assert not re.search(r"\(\?(?![:=!]|<!)", pattern), pattern


@pytest.mark.parametrize(
    "path",
    [*FILES, *sorted(ROOT.glob("examples/*/cortex*.*"))],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_every_valid_file_fits(path: Path) -> None:
    """The examples and the files of Cortex fit, as a list and under ``apis``, and each API by itself."""
    data = read(path).data
    assert complaints(data) == []
    assert complaints({"$schema": "cortex.schema.json", "apis": data}) == []
    for item in data:
        assert complaints({"$schema": "cortex.schema.json", **item}) == []


@pytest.mark.parametrize(
    "data",
    [
        "iris",
        {"$schema": "x"},
        {"apis": IRIS},
        {"apis": [IRIS], "name": "all"},
        {"apis": [IRIS], "x": 1},
        [{**IRIS, "$schema": "x"}],
        [IRIS, {}],
        [IRIS, None],
        {**IRIS, "x": 1},
        {**IRIS, "kind": "${env:KIND}", "x": 1},
        {**IRIS, "providers": {"a": {"class": "m:C", "args": {"x": ["${config}", {"y": "${env:1}"}]}}}},
        {**IRIS, "providers": {"a": ""}},
        {**IRIS, "providers": {"wire": "m:C"}},
        {**IRIS, "container": "wiring"},
    ],
    ids=str,
)
def test_what_is_no_file_does_not_fit(data: Any) -> None:
    """Forms and values that the reader or a check refuses are refused."""
    assert complaints(data) != []


@pytest.mark.parametrize(("text", "expected"), cases())
def test_mistakes_are_found_that_a_schema_can_know(text: str, expected: list[str]) -> None:
    """Each file with a mistake is refused, unless each of its mistakes is one that no schema knows."""
    if VALIDATOR.is_valid(parse(text, "cortex.yaml").data):
        for message in expected:
            assert any(re.search(pattern, message) for pattern in UNKNOWABLE), message


def test_what_a_schema_cannot_know_is_not_claimed_lightly() -> None:
    """Each reason not to find a mistake has a mistake that is not found for it."""
    unfound = [
        message
        for text, expected in (case.values for case in cases())  # type: ignore[attr-defined] # parameters
        if VALIDATOR.is_valid(parse(text, "cortex.yaml").data)
        for message in expected
    ]
    for pattern in UNKNOWABLE:
        assert any(re.search(pattern, message) for message in unfound), pattern


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write each mutation to."""
    return tmp_path_factory.mktemp("schema") / "cortex.yaml"


def loads(file: Path, data: Any) -> bool:
    """Whether the reader takes ``data``, written as YAML."""
    file.write_text(yaml.safe_dump(data, sort_keys=False))
    try:
        return bool(load_specs(file))
    except ProblemsError:
        return False


def assert_no_false_alarm(file: Path, data: Any) -> None:
    if loads(file, data) and well_written(data):
        assert complaints(read(file).data) == []


CHANGES = st.tuples(
    st.sampled_from(["delete", "duplicate", "rename", "retype"]), st.integers(0, 400), st.integers(0, 200)
)


@given(st.sampled_from(DATA), st.lists(CHANGES, min_size=1, max_size=2))
def test_no_false_alarm_on_a_changed_file(file: Path, data: Any, changes: list[tuple[str, int, int]]) -> None:
    """Whatever is done to a valid file: what the reader takes, the schema takes."""
    data = copy.deepcopy(data)
    for change, at, number in changes:
        change_node(data, change, at, number)
    assert_no_false_alarm(file, data)


TEXTS = [value for data in DATA for _, value in paths(data) if isinstance(value, str)]
ODD = [
    "é:Ü",
    "a b.py",
    "-0s",
    "0.5ns",
    "1h30m",
    "1e3",
    "+1",
    "~",
    "a:b.py:C",
    "$${env:x",
    "s3://é/a\nb",
    "a\n",
]


@given(
    st.sampled_from(DATA),
    st.integers(0, 400),
    st.sampled_from([*TEXTS, *ODD, *VALUES]) | st.text(max_size=6) | st.integers(-2, 200) | st.floats(0, 2),
)
def test_no_false_alarm_on_a_changed_value(file: Path, data: Any, at: int, value: Any) -> None:
    """Whatever stands for one value: what the reader takes, the schema takes."""
    data = copy.deepcopy(data)
    places = [path for path, old in paths(data) if not isinstance(old, dict | list)]
    *holders, last = places[at % len(places)]
    holder = data
    for step in holders:
        holder = holder[step]
    holder[last] = value
    assert_no_false_alarm(file, data)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_value_may_come_from_the_environment(
    path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every single value of a valid file but null can be a reference, to the reader and to the schema."""
    data = read(path).data
    found = [place for place, value in paths(data) if not isinstance(value, dict | list | None)]
    for number, place in enumerate(found):
        *holders, last = place
        holder = data
        for step in holders:
            holder = holder[step]
        value = holder[last]
        monkeypatch.setenv(f"V{number}", value if isinstance(value, str) else json.dumps(value))
        holder[last] = f"${{env:V{number}}}"
    assert loads(file, data)
    assert complaints(data) == []


def test_no_false_alarm_on_a_reference_that_may_be_empty(file: Path) -> None:
    """Text from outside that is empty is as none, where a key belongs to another type of predictor."""
    image = {"tensorflow_serving_image": "${env:UNSET_BY_ALL:-}"}
    data = [{**IRIS, "predictor": {"type": "python", "path": "a.py", **image}}]
    assert loads(file, data)
    assert complaints(data) == []


def test_an_editor_has_what_to_show() -> None:
    """Each key has a description, choices are listed, and the short names of classes are proposed."""
    sections = [part for name, part in SCHEMA["$defs"].items() if "properties" in part and name != "Api"]
    assert len(sections) == len(KINDS) + 12
    for section in sections:
        for key, part in section["properties"].items():
            assert key in ("name", "kind", "$schema") or part["description"], key
    assert SCHEMA["$defs"]["Api"]["properties"]["kind"]["anyOf"][0]["enum"] == list(KINDS)
    assert SCHEMA["$defs"]["ProviderSpec"]["properties"]["class"]["examples"] == sorted(short_names())
    autoscaling = SCHEMA["$defs"]["Autoscaling"]["properties"]
    assert autoscaling["max_replicas"]["default"] == 100
    assert autoscaling["window"]["examples"] == ["60s"]


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """``predictor-kit schema`` prints it in ASCII on standard output, and nothing else anywhere."""
    assert main(["schema"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == SCHEMA
    assert printed.out.isascii()
    assert printed.err == ""


def test_what_stands_beside_a_reference_only_describes() -> None:
    """Editors that put a definition in its reference's place lose nothing that is checked."""
    for part in parts(SCHEMA):
        if isinstance(part.get("$ref"), str):
            assert set(part) <= {"$ref", "description", "default"}
