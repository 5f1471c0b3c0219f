"""Code outside of the configuration file's folder: allowed, and told by the check."""

from pathlib import Path

import pytest

from predictor_kit.cli import main

CODE = """\
from predictor_kit import PredictorContainer


class PythonPredictor:
    def __init__(self): ...

    def predict(self, payload): ...


class Task:
    def __call__(self, config): ...


class Container(PredictorContainer): ...
"""


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the project's, with code in it, beside it and by a link."""
    Path(tmp_path, "shared.py").write_text(CODE)
    Path(tmp_path, "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    Path("inside.py").write_text(CODE)
    Path("link.py").symlink_to("../shared.py")


def told(text: str, capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """What a check of a well file says on standard error."""
    Path("cortex.yaml").write_text(text)
    assert main(["check", *options, "cortex.yaml"]) == 0
    return capsys.readouterr().err.splitlines()


def api(path: str, more: str = "") -> str:
    return f"- name: iris\n  kind: RealtimeAPI\n  predictor: {{type: python, path: '{path}'}}\n{more}"


@pytest.mark.parametrize("options", [(), ("--static",)])
@pytest.mark.parametrize("path", ["../shared.py", "../shared.py:PythonPredictor", "link.py", "{}/shared.py"])
def test_a_path_that_leads_out(
    path: str, options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Upwards, absolute, or by a link: it is told, with where it leads, and is no problem."""
    written = path.format(tmp_path)
    assert told(api(written), capsys, *options) == [
        f"iris: note: predictor.path: '{written}' leads out of the file's folder, to {tmp_path}/shared.py"
    ]


@pytest.mark.parametrize(
    "path", ["inside.py", "./inside.py", "../project/inside.py", "inside:PythonPredictor"]
)
def test_a_path_within(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Detours that end in the folder, and modules by name, are nothing to tell of."""
    assert told(api(path), capsys) == []


def test_every_key_that_names_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Containers, providers, folders to import from, and tasks."""
    more = (
        "  container: ../shared.py:Container\n"
        "  providers: {one: '../shared.py:Task', two: 'inside.py:Task', three: 'null'}\n"
    )
    text = api("inside.py", more).replace("inside.py'}", "inside.py', python_path: ../}")
    text += "- {name: task, kind: TaskAPI, definition: {path: link.py}}\n"
    text += "- {name: all, kind: TrafficSplitter, apis: [{name: iris, weight: 100}]}\n"
    end = "leads out of the file's folder, to"
    assert told(text, capsys) == [
        f"iris: note: container: '../shared.py:Container' {end} {tmp_path}/shared.py",
        f"iris: note: predictor.python_path: '../' {end} {tmp_path}",
        f"iris: note: providers.one.class: '../shared.py:Task' {end} {tmp_path}/shared.py",
        f"task: note: definition.path: 'link.py' {end} {tmp_path}/shared.py",
    ]


def test_a_path_from_the_environment_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That it leads out is told, not where to."""
    monkeypatch.setenv("CODE", str(Path("../shared.py").resolve()))
    assert told(api("${env:CODE}"), capsys) == [
        "iris: note: predictor.path: '${env:CODE}' leads out of the file's folder"
    ]


def test_a_path_that_no_file_can_have(capsys: pytest.CaptureFixture[str]) -> None:
    """It is a problem of the path, and nothing is known of where it leads."""
    Path("cortex.yaml").write_text(api("x.py").replace("'x.py'", '"a\\0b.py"'))
    assert main(["check", "cortex.yaml"]) == 1
    out, err = capsys.readouterr()
    assert "predictor.path: " in err
    assert "note:" not in err
    assert out == ""
