"""Clients in a file: what fills their arguments, and one that another package brings, really installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from predictor_kit import LoadedPredictor, load_predictor

from .subjects import from_reader

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


GIVEN = """\
- name: iris
  kind: RealtimeAPI
  predictor: {{type: python, path: predictor.py}}
  providers:
    {name}: given.py:make
    metrics_client: {short_name}
"""


def load(folder: Path, short_name: str, name: str, code: str) -> LoadedPredictor[Any]:
    (folder / "given.py").write_text(code)
    (folder / "predictor.py").write_text(PREDICTOR)
    (folder / "cortex.yaml").write_text(GIVEN.format(short_name=short_name, name=name))
    return load_predictor(folder / "cortex.yaml")


def test_a_registry_is_filled_by_name(tmp_path: Path) -> None:
    """A provider `registry` is where the Prometheus client puts its metrics."""
    code = "import prometheus_client\nmake = prometheus_client.CollectorRegistry\n"
    with load(tmp_path, "prometheus", "registry", code) as loaded:
        loaded.predict(1)
        registry = loaded.container.registry()
        assert registry.get_sample_value("predictions_total") == 1


def test_a_meter_is_filled_by_name(tmp_path: Path) -> None:
    """A provider `meter` is what the OpenTelemetry client makes its instruments of."""
    code = """
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
READER = InMemoryMetricReader()
def make():
    return MeterProvider([READER], shutdown_on_exit=False).get_meter("iris")
"""
    with load(tmp_path, "opentelemetry", "meter", code) as loaded:
        loaded.predict(1)
        reader = sys.modules[type(loaded.instance).__module__.replace("predictor", "given")].READER
        assert from_reader(reader.get_metrics_data())["counter", "predictions", ()] == 1


@pytest.mark.parametrize(
    ("short_name", "name", "message"),
    [
        ("prometheus", "registry", "registry is no CollectorRegistry of prometheus_client: dict"),
        ("opentelemetry", "meter", "meter is no Meter of OpenTelemetry: dict"),
    ],
)
def test_a_provider_of_that_name_may_be_something_else(
    tmp_path: Path, short_name: str, name: str, message: str
) -> None:
    """What is no registry, or no meter, is refused when the client is made, with what it is."""
    with pytest.raises(TypeError, match=message):
        load(tmp_path, short_name, name, "def make(): return {}\n")
