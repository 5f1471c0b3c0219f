"""Checking a file by the source of what it names: nothing of that is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from predictor_kit import check
from predictor_kit.cli import main

HEAVY = """\
import torch_that_is_not_here

raise SystemExit("this module was imported")


class PythonPredictor:
    def __init__(self, config, metrics_client, model): ...

    def predict(self, payload): ...


class Net(torch_that_is_not_here.nn.Module): ...


def model(path: str, size: int = 1): ...
"""
FILE = """\
- name: iris
  kind: RealtimeAPI
  predictor: {type: python, path: heavy.py}
  providers:
    model: {class: heavy.py:model, args: {path: a}}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose predictor cannot be imported here; the working directory is its folder."""
    monkeypatch.chdir(tmp_path)
    Path("heavy.py").write_text(HEAVY)
    Path("cortex.yaml").write_text(FILE)
    return Path("cortex.yaml")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], list[str]]:
    code = main(["check", "--static", *arguments])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


def test_nothing_is_imported(file: Path) -> None:
    """A file is checked on a machine that lacks what its code imports."""
    command = [sys.executable, "-m", "predictor_kit", "check", "--static", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "cortex.yaml: iris: PythonPredictor(config, metrics_client, model) is well\n"


def test_an_annotation_in_quotes_is_drawn_without(file: Path) -> None:
    """The type is that of the text."""
    Path("heavy.py").write_text(HEAVY.replace("config, metrics_client, model", "nothing: 'torch.Tensor'"))
    (problem,) = check(file, static=True)
    assert problem.notes[-1].startswith("PythonPredictor(nothing: torch.Tensor)")


def test_mistakes_are_found(file: Path) -> None:
    """Names, arguments and types are checked as they are with imports."""
    written = FILE.replace("{path: a}", "{pth: a, size: many}").replace("model:", "modle:")
    file.write_text(written)
    messages = [problem.message for problem in check(file, static=True)]
    assert messages == [
        "PythonPredictor asks for 'model', and no provider has that name (did you mean 'modle'?)",
        "model takes no argument 'pth' (did you mean 'path'?)",
        "input should be a valid integer",
    ]


def test_what_could_not_be_known_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A constructor from a base that is not here is no mistake; it is told."""
    file.write_text(FILE.replace("heavy.py}", "heavy.py:Net}"))
    base = "torch_that_is_not_here.nn.Module, which is not installed here"
    assert told(capsys, "cortex.yaml") == (
        0,
        ["cortex.yaml: iris: Net() is well"],
        [
            f"iris: not known: heavy.py:Net: Net inherits its constructor from {base}",
            f"iris: not known: heavy.py:Net: Net inherits 'predict' from {base}",
        ],
    )


def test_a_container_that_could_not_be_known(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of its names nobody knows, so nothing is said of those that the constructor asks for."""
    file.write_text(
        FILE.replace("  providers:", "  container: wiring_that_is_not_here:Container\n  providers:")
    )
    code, lines, notes = told(capsys, "cortex.yaml")
    assert (code, lines) == (0, ["cortex.yaml: iris: PythonPredictor is well"])
    assert [note.partition(": ")[2].partition(" ")[0] for note in notes] == ["not"]
    assert check(file, static=True) == []


def test_what_the_environment_names_is_not_shown(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is told of a class whose name came from a variable."""
    monkeypatch.setenv("SECRET", "hunter2")
    file.write_text(FILE.replace("heavy.py:model", "'${env:SECRET}:model'"))
    assert "hunter2" not in str(told(capsys, "cortex.yaml"))


def test_a_name_of_very_many_parts(file: Path) -> None:
    """It is no name, before anything goes down it by recursion."""
    name = ".".join(["a"] * 3000)
    file.write_text(FILE.replace("heavy.py:model", f"{name}:{name}").replace("heavy.py}", f"{name}:A}}"))
    for static in (False, True):
        messages = [problem.message for problem in check(file, static=static)]
        assert messages == [
            "must end with '.py', or name a class as 'file.py:Class' or 'package.module:Class'"
        ]
    file.write_text(FILE.replace("heavy.py:model", f"{name}:{name}"))
    (problem,) = [one for one in check(file, static=True) if "model" in one.subject]
    assert problem.message.endswith(" names no object: write 'package.module:Name' or 'file.py:Name'")


def test_a_decorated_class_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of what an unknown decorator makes of a class nobody knows the constructor."""
    Path("heavy.py").write_text(
        HEAVY.replace("class PythonPredictor", "@torch_that_is_not_here.jit\nclass PythonPredictor")
    )
    assert told(capsys, "cortex.yaml") == (
        0,
        ["cortex.yaml: iris: PythonPredictor() is well"],
        [
            "iris: not known: heavy.py: PythonPredictor is decorated with torch_that_is_not_here.jit",
        ],
    )


def test_no_module_of_the_project_nor_of_a_library_is_imported(file: Path) -> None:
    """Neither the predictor's, nor a container's, nor a provider's, nor what these import, runs."""
    Path("library.py").write_text("raise SystemExit('imported')\n\n\nclass Base: ...\n\n\ndef made(): ...\n")
    Path("wiring.py").write_text(
        "import library\nfrom predictor_kit import PredictorContainer\n\nraise SystemExit('imported')\n\n\n"
        "class Container(PredictorContainer): ...\n"
    )
    Path("heavy.py").write_text(
        HEAVY.replace(
            "class Net(torch_that_is_not_here.nn.Module)", "import library\nclass Net(library.Base)"
        )
    )
    file.write_text(
        FILE.replace(
            "  providers:\n",
            "  container: wiring:Container\n  providers:\n    made: library:made\n    net: heavy:Net\n",
        )
    )
    script = (
        "import sys\nfrom predictor_kit.cli import main\n"
        "code = main(['check', '--static', 'cortex.yaml'])\n"
        "ours = ('predictor_kit', 'dependency_injector')\n"
        "names = {name.rpartition('.')[2] for name in sys.modules if not name.startswith(ours)}\n"
        "print(code, sorted(names & {'library', 'wiring', 'heavy', 'torch_that_is_not_here'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (
        "cortex.yaml: iris: PythonPredictor(config, metrics_client, model) is well\n0 []\n",
        "",
    )
