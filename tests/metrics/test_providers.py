"""A client that another package brings: built, installed, and named in a file by its short name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PREDICTOR = """\
class PythonPredictor:
    def __init__(self, metrics_client):
        self.metrics = metrics_client

    def predict(self, payload):
        self.metrics.increment("predictions")
        self.metrics.histogram("sizes", payload)
        return payload + 1
"""
FILE = """\
- name: iris
  kind: RealtimeAPI
  predictor: {{type: python, path: predictor.py}}
  providers:
    metrics_client: {{class: {short_name}, args: {{path: tally.txt}}}}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the example package is installed, from a copy and without a network."""
    folder = tmp_path_factory.mktemp("installed")
    source = shutil.copytree(Path(__file__).parent / "tally_metrics", folder / "source")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder / "packages")]
    subprocess.run([*pip, *offline, str(source)], check=True)
    return folder / "packages"


def predictor_kit(folder: Path, packages: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "predictor_kit", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(packages)},
        input="1\n2\n",
        capture_output=True,
        text=True,
        check=False,
    )


def write(folder: Path, short_name: str) -> None:
    (folder / "predictor.py").write_text(PREDICTOR)
    (folder / "cortex.yaml").write_text(FILE.format(short_name=short_name))


def test_an_installed_client_is_named_in_a_file(installed: Path, tmp_path: Path) -> None:
    """Its short name stands for its class; the argument is cast, the pushes arrive, and it is closed."""
    write(tmp_path, "tally")
    checked = predictor_kit(tmp_path, installed, "check", "cortex.yaml")
    assert (checked.returncode, checked.stderr) == (0, "")
    done = predictor_kit(tmp_path, installed, "run", "cortex.yaml")
    assert (done.returncode, done.stdout) == (0, "2\n3\n")
    assert (tmp_path / "tally.txt").read_text() == "predictions 2\nsizes 2\n"


def test_a_misspelt_name_is_told_with_the_installed_one(installed: Path, tmp_path: Path) -> None:
    """What packages bring is among the names that a message offers."""
    write(tmp_path, "taly")
    done = predictor_kit(tmp_path, installed, "check", "cortex.yaml")
    assert done.returncode == 1
    assert "there is no short name 'taly' (did you mean 'tally'?)" in done.stderr
