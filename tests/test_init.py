"""The starter project: what ``predictor-kit init`` writes works as it comes, and overwrites nothing."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from predictor_kit.cli import main
from predictor_kit.documents import read
from predictor_kit.schema import file_schema

FILES = [
    ".gitignore",
    "README.md",
    "cortex.dev.yaml",
    "cortex.schema.json",
    "cortex.yaml",
    "inputs.jsonl",
    "model.py",
    "predictor.py",
    "requirements.txt",
    "test_predictor.py",
]


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A project that was just made, in a folder that was not there."""
    folder = tmp_path / "of mine" / "project"
    assert main(["init", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [str(folder / name) for name in FILES]
    assert printed.err == f"next: predictor-kit check '{folder}'\n"
    return folder


def run(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a module in the project, as its user does."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=project, capture_output=True, text=True, check=False
    )


def test_the_project_passes_its_check(project: Path) -> None:
    """``predictor-kit check`` finds all well, also from source alone and for its environment."""
    for options in ([], ["--static"], ["--env", "dev"]):
        done = run(project, "predictor_kit", "check", *options, ".")
        assert done.stdout == ".: sentiment: PythonPredictor(config, metrics_client, model) is well\n"
        assert (done.returncode, done.stderr) == (0, "")


def test_the_project_runs(project: Path) -> None:
    """``predictor-kit run`` predicts its inputs; its overlay turns the metrics to the log."""
    done = run(project, "predictor_kit", "run", ".", "inputs.jsonl", "--env", "dev")
    labels = [json.loads(line)["label"] for line in done.stdout.splitlines()]
    assert labels == ["positive", "negative", "negative"]
    told = [f"INFO predictor_kit.metrics: counter predictions 1 label='{label}'" for label in labels]
    assert done.stderr.splitlines() == told
    assert done.returncode == 0


def test_the_project_passes_its_own_test(project: Path) -> None:
    """Its test is found by pytest and passes without a warning."""
    done = run(project, "pytest", "-q", "-p", "no:asyncio", "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_project_has_a_test_that_can_fail(project: Path) -> None:
    """Its test fails once its model is another."""
    (project / "cortex.yaml").write_text((project / "cortex.yaml").read_text().replace("great", "greater"))
    done = run(project, "pytest", "-q")
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_the_project_fits_the_schema(project: Path) -> None:
    """An editor finds the schema that the file names, and nothing to complain of."""
    first_line = (project / "cortex.yaml").read_text().splitlines()[0]
    schema = json.loads((project / first_line.rpartition("=")[2]).read_text())
    assert schema == file_schema()
    jsonschema.validate(read(project / "cortex.yaml").data, schema)


def test_its_readme_tells_every_file(project: Path) -> None:
    """The README of the project says what each file is for."""
    readme = (project / "README.md").read_text()
    assert [name for name in FILES if f"| `{name}` |" not in readme] == [".gitignore", "README.md"]


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a file of the project is there, also as a dead link, all such are told and nothing is written."""
    (tmp_path / "predictor.py").write_text("mine")
    (tmp_path / "model.py").symlink_to("nowhere")
    (tmp_path / "other.py").write_text("mine")
    assert main(["init", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"{tmp_path}/model.py: is there already\n"
        f"{tmp_path}/predictor.py: is there already\n"
        "nothing was written: choose another folder, or move what is there\n"
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.py", "other.py", "predictor.py"]
    assert (tmp_path / "predictor.py").read_text() == "mine"


def test_a_folder_with_other_files_is_taken(tmp_path: Path) -> None:
    """A folder that is there, with files of other names, gets the project beside them."""
    (tmp_path / "other.py").write_text("mine")
    assert main(["init", str(tmp_path)]) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*FILES, "other.py"])


def test_what_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path through a file is a problem that names it, not a traceback."""
    file = tmp_path / "file"
    file.write_text("mine")
    assert main(["init", str(file)]) == 1
    assert capsys.readouterr().err == f"{file}: cannot be written: File exists\n"


def test_the_next_command_can_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder whose name a shell would take apart stands in quotes, another as it is."""
    monkeypatch.chdir(tmp_path)
    for folder, shown in (("x y", "'x y'"), ("plain", "plain")):
        assert main(["init", folder]) == 0
        assert capsys.readouterr().err == f"next: predictor-kit check {shown}\n"
