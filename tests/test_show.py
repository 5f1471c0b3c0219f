"""``predictor-kit show``: what is printed is the file as varied, and a file again."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings

from predictor_kit.cli import main
from predictor_kit.spec import PredictorSpec, load_specs

from .test_yaml_writer import SINGLE, TEXTS
from .writing import mappings, trees

FOLDER = Path(__file__).parent / "cortex_files"
FILES = sorted(FOLDER.glob("*.yaml"))
API = {"name": "iris", "kind": "RealtimeAPI"}
IRIS = """\
- name: iris
  kind: RealtimeAPI
  predictor:
    type: python
    path: iris.py
    threads_per_process: ${env:THREADS:-4}
    config: {threshold: 0.1, words: [a, b], token: "x-${file:token.txt}", price: "$${env:THREADS}"}

- name: split
  kind: TrafficSplitter
  apis: [{name: iris, weight: 100}]
"""
PROD = """\
- name: iris
  predictor:
    config: {threshold: 1e-3, on: "on", none: null, text: "two\\nlines"}
  providers:
    metrics_client: in-memory
    words: {class: text.py:Words, args: {}}
"""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREDICTOR_ENV", raising=False)
    Path("cortex.yaml").write_text(IRIS)
    Path("cortex.prod.yaml").write_text(PROD.replace(" on:", ' "on":'))
    Path("token.txt").write_text("s3cret")


VARIED = ["--env", "prod", "--set", "iris.predictor.config.words[1]=c", "--set", "iris.compute.cpu=1"]


def test_what_is_shown_is_the_file_as_varied(capsys: pytest.CaptureFixture[str]) -> None:
    """Overlays and settings are merged, odd text is in quotes, references stay as they are written."""
    assert main(["show", "cortex.yaml", *VARIED]) == 0
    assert capsys.readouterr() == (
        dedent("""\
        - name: iris
          kind: RealtimeAPI
          predictor:
            type: python
            path: iris.py
            threads_per_process: ${env:THREADS:-4}
            config:
              threshold: 0.001
              words:
              - a
              - c
              token: x-${file:token.txt}
              price: $${env:THREADS}
              'on': 'on'
              none: null
              text: |-
                two
                lines
          providers:
            metrics_client: in-memory
            words:
              class: text.py:Words
              args: {}
          compute:
            cpu: 1

        - name: split
          kind: TrafficSplitter
          apis:
          - name: iris
            weight: 100
        """),
        "",
    )


def test_origins_are_named_beside_the_values(capsys: pytest.CaptureFixture[str]) -> None:
    """Each value has the file and the line that it is from, or the setting."""
    assert main(["show", ".", "--origins", "--name", "iris", *VARIED]) == 0
    assert capsys.readouterr().out == dedent("""\
        - name: iris                                # cortex.yaml:1
          kind: RealtimeAPI                         # cortex.yaml:2
          predictor:
            type: python                            # cortex.yaml:4
            path: iris.py                           # cortex.yaml:5
            threads_per_process: ${env:THREADS:-4}  # cortex.yaml:6
            config:
              threshold: 0.001                      # cortex.prod.yaml:3
              words:
              - a                                   # cortex.yaml:7
              - c                                   # --set #1
              token: x-${file:token.txt}            # cortex.yaml:7
              price: $${env:THREADS}                # cortex.yaml:7
              'on': 'on'                            # cortex.prod.yaml:3
              none: null                            # cortex.prod.yaml:3
              text: |-                              # cortex.prod.yaml:3
                two
                lines
          providers:
            metrics_client: in-memory               # cortex.prod.yaml:5
            words:
              class: text.py:Words                  # cortex.prod.yaml:6
              args: {}                              # cortex.prod.yaml:6
          compute:
            cpu: 1                                  # --set #2
        """)


def shown(*arguments: str) -> str:
    with redirect_stdout(io.StringIO()) as output:
        assert main(["show", *arguments]) == 0
    return output.getvalue()


FORMS = {"yaml": [], "json": ["--format", "json"], "origins.yaml": ["--origins"]}


def assert_shown_again(file: Path, folder: Path) -> None:
    """Reading what is shown of ``file``, in each form, gives the specs that were shown."""
    expected = load_specs(file)
    for form, options in FORMS.items():
        again = folder / f"again.{form}"
        again.write_text(shown(str(file), *options), encoding="utf-8")
        assert {name: spec.in_directory(file.parent) for name, spec in load_specs(again).items()} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_shown_is_a_file_of_the_same_specs(path: Path, tmp_path: Path) -> None:
    """What is shown of a file says what the file says."""
    assert_shown_again(path, tmp_path)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write each example to."""
    return tmp_path_factory.mktemp("shown") / "cortex.json"


@given(config=mappings(trees(SINGLE, TEXTS)), args=mappings(trees(SINGLE, TEXTS)))
@settings(max_examples=30)
def test_any_config_is_shown_as_it_is(config: Any, args: Any, file: Path) -> None:
    """Whatever values a config and arguments have, they are read again as they were."""
    api = {**API, "predictor": {"type": "python", "path": "iris.py", "config": config}}
    text = json.dumps([api]).replace("${env:", "$${env:")
    providers = json.dumps({"p": {"class": "a:A", "args": args}})
    file.write_text(text.replace('"kind"', f'"providers": {providers}, "kind"', 1))
    assert_shown_again(file, file.parent)


def test_no_value_from_outside_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a variable and of a file only the reference is printed, wherever it stands."""
    monkeypatch.setenv("THREADS", "37")
    monkeypatch.setenv("NAME", "irises")
    Path("cortex.yaml").write_text(IRIS.replace("name: iris\n", "name: ${env:NAME}\n", 1))
    for options in FORMS.values():
        output = shown("cortex.yaml", "--name", "irises", *options)
        assert "${env:NAME}" in output
        assert "s3cret" not in output
        assert "37" not in output
        assert "irises" not in output


def test_an_invalid_file_has_its_problems_told_as_check_tells_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is shown of a file that is wrong; what is wrong is what ``check`` says of it."""
    wrong = ["cortex.yaml", "--set", "iris.predictor.typ=1", "--set", "split.apis[0].weight=7"]
    codes, outputs = [], []
    for command in ("show", "check"):
        codes.append(main([command, *wrong]))
        outputs.append(capsys.readouterr())
    assert codes == [1, 1]
    assert outputs[0] == outputs[1]
    assert "--set #1:1:16: predictor: unknown key 'typ' (did you mean 'type'?)" in outputs[0].err
    assert "weight" in outputs[0].err


def test_an_unknown_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The APIs that there are are named."""
    assert main(["show", "cortex.yaml", "--name", "irs"]) == 1
    assert capsys.readouterr().err == (
        "no api is named 'irs' in cortex.yaml (did you mean 'iris'?)\n"
        "  apis: iris (RealtimeAPI), split (TrafficSplitter)\n"
    )


def test_json_has_no_origins(capsys: pytest.CaptureFixture[str]) -> None:
    """Comments in JSON would make it a file of no language: such a call is a wrong one."""
    assert main(["show", "cortex.yaml", "--origins", "--format", "json"]) == 2
    assert capsys.readouterr() == (
        "",
        "--origins: JSON has no comments to name them in; leave --format json out\n",
    )


def test_json_has_no_infinite_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """All numbers that JSON cannot write are told, each at its place; YAML has them."""
    values = ["--set", "iris.predictor.config.words=[.inf, .nan]", "--set", "iris.predictor.config.x=-.inf"]
    assert main(["show", "cortex.yaml", *values, "--format", "json"]) == 1
    output, error = capsys.readouterr()
    message = "JSON can say neither .inf nor .nan; leave --format json out"
    assert output == ""
    assert [line for line in error.splitlines() if line.startswith("--set")] == [
        f"--set #1:1:30: predictor.config.words[0]: {message}",
        f"--set #1:1:36: predictor.config.words[1]: {message}",
        f"--set #2:1:25: predictor.config.x: {message}",
    ]
    assert "x: -.inf" in shown("cortex.yaml", *values)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_narrow_stream_gets_escapes(form: str, tmp_path: Path) -> None:
    """Where the output cannot take a character it gets the language's own escape for it."""
    value = "é 😀 \u65e5"
    done = subprocess.run(
        [
            *[sys.executable, "-m", "predictor_kit", "show", "cortex.yaml", "--format", form],
            *["--set", f"iris.predictor.config.x={value}"],
        ],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.isascii()
    Path(f"again.{form}").write_bytes(done.stdout)
    assert load_specs(f"again.{form}")["iris"].config["x"] == value


@pytest.mark.parametrize("options", FORMS.values())
def test_a_file_without_apis_is_shown(options: list[str]) -> None:
    """An empty list stays one."""
    Path("cortex.yaml").write_text("[]\n")
    assert shown("cortex.yaml", *options) == "[]\n"


@pytest.mark.parametrize(("name", "text"), [("f.json", '{"apis": [%s]}'), ("f.toml", "%s"), ("f.yaml", "%s")])
def test_every_language_and_form_is_shown_as_a_list(name: str, text: str) -> None:
    """JSON and TOML, ``apis:`` above the list and a single API are shown as YAML's list."""
    task = '{"name": "a", "kind": "TaskAPI", "definition": {"path": "a.py"}}'
    if name.endswith("toml"):
        task = 'name = "a"\nkind = "TaskAPI"\ndefinition.path = "a.py"'
    Path(name).write_text(text % task)
    assert shown(name) == "- name: a\n  kind: TaskAPI\n  definition:\n    path: a.py\n"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A project in another folder, with an overlay in a third."""
    project, overlays = tmp_path / "project", tmp_path / "overlays"
    for folder in (project, overlays):
        folder.mkdir()
    (project / "cortex.yaml").write_text(IRIS)
    (project / "token.txt").write_text("other")
    (overlays / "more.yaml").write_text("- name: iris\n  predictor: {path: sub/iris.py, python_path: sub}\n")
    return project


def test_paths_mean_the_same_in_the_folder_of_the_file(elsewhere: Path) -> None:
    """Written beside the file, what is shown says the same, wherever an overlay of it lies."""
    overlay = str(elsewhere.parent / "overlays" / "more.yaml")
    (elsewhere / "shown.yaml").write_text(shown(str(elsewhere), "--overlay", overlay))
    expected: dict[str, PredictorSpec] = load_specs(elsewhere / "cortex.yaml", overlay)
    assert load_specs(elsewhere / "shown.yaml") == expected
    assert expected["iris"].config["token"] == "x-other"
