"""What each client adds to the contract; DogStatsD has its own file."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

import predictor_kit.metrics
from predictor_kit.metrics import InMemoryMetrics, LoggingMetrics, MetricCall, MetricsClient

from .subjects import Own


def test_the_package_shows_its_public_names() -> None:
    """`__all__` is what can be had, each name is there, and no other."""
    assert dir(predictor_kit.metrics) == predictor_kit.metrics.__all__
    for name in predictor_kit.metrics.__all__:
        assert getattr(predictor_kit.metrics, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'StatsD'"):
        predictor_kit.metrics.StatsD  # type: ignore[attr-defined]  # noqa: B018 - that it is absent is the test


PACKAGES = {
    "DogStatsdMetrics": "datadog",
    "OpenTelemetryMetrics": "opentelemetry",
    "PrometheusMetrics": "prometheus_client",
    "StatsdMetrics": "statsd",
}


@pytest.mark.parametrize("client", PACKAGES)
def test_importing_imports_no_package_of_a_client(client: str) -> None:
    """Neither the package nor any of its classes imports a client's package before that client is made."""
    script = f"""
import logging, sys
import predictor_kit.metrics
handlers = list(logging.getLogger("predictor_kit.metrics").handlers)
for name in predictor_kit.metrics.__all__:
    getattr(predictor_kit.metrics, name)
packages = {set(PACKAGES.values())}
assert not packages & set(sys.modules) and not handlers
client = predictor_kit.metrics.{client}()
client.increment("made")
client.close()
assert packages & set(sys.modules) == {{{PACKAGES[client]!r}}}
"""
    subprocess.run([sys.executable, "-c", script], check=True)


EXTRAS = {
    "OpenTelemetryMetrics": "opentelemetry",
    "PrometheusMetrics": "prometheus",
    "StatsdMetrics": "statsd",
}


@pytest.mark.parametrize(("client", "extra"), EXTRAS.items())
def test_a_package_that_is_not_installed(client: str, extra: str) -> None:
    """Without its package a client says which line installs it; every other client can be made."""
    script = f"""
import sys
sys.modules[{PACKAGES[client]!r}] = None
from predictor_kit import PredictorKitError
from predictor_kit.metrics import *
for other in (DogStatsdMetrics, LoggingMetrics, InMemoryMetrics, NullMetrics):
    other().close()
try:
    {client}()
except PredictorKitError as error:
    assert isinstance(error, ImportError)
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"{client} needs a package that is not installed ({PACKAGES[client]}")
    assert done.stdout.endswith(f"): pip install 'predictor-kit[{extra}]'\n")


PREDICTOR = """
class PythonPredictor:
    def __init__(self, metrics_client): ...
    def predict(self, payload): ...
"""
FILE = """
- name: iris
  kind: RealtimeAPI
  predictor: {type: python, path: predictor.py}
  providers: {metrics_client: statsd}
"""


def test_a_missing_package_at_the_command_line(tmp_path: Path) -> None:
    """A file that names such a client ends in the line that installs it, without a traceback."""
    (tmp_path / "predictor.py").write_text(PREDICTOR)
    (tmp_path / "cortex.yaml").write_text(FILE)
    script = f"""
import sys
sys.modules["statsd"] = None
from predictor_kit.cli import main
sys.exit(main(["run", {str(tmp_path)!r}]))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "StatsdMetrics needs a package that is not installed (statsd): pip install" in done.stderr
    assert "while building" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_client_of_ones_own_needs_no_base_class() -> None:
    """Whatever has the three methods is a metrics client, and what lacks one is none."""
    assert isinstance(Own(), MetricsClient)
    assert not isinstance(logging.getLogger(), MetricsClient)


def test_in_memory_forgets() -> None:
    """After clear() only what came later is there; the counts of losses stay."""
    metrics = InMemoryMetrics()
    metrics.increment("one")
    metrics.gauge("lost", float("nan"))
    before = metrics.calls
    metrics.clear()
    metrics.increment("two")
    assert before == (MetricCall("counter", "one", 1, {}),)
    assert metrics.calls == (MetricCall("counter", "two", 1, {}),)
    assert metrics.dropped == {"value": 1}


def test_in_memory_keeps_recording_after_close() -> None:
    """A recorder that a test shares between two predictors is not silenced by the first."""
    metrics = InMemoryMetrics()
    metrics.close()
    metrics.increment("one")
    assert len(metrics.calls) == 1


@pytest.mark.parametrize("level", ["warning", logging.WARNING])
def test_logging_writes_at_its_level(caplog: pytest.LogCaptureFixture, level: int | str) -> None:
    """One line for each push, to the logger and at the level asked for."""
    LoggingMetrics("my.pushes", level).histogram("latency", 0.5, {"model": "v1", "note": "a b\n"})
    assert caplog.record_tuples == [
        ("my.pushes", logging.WARNING, r"histogram latency 0.5 model='v1' note='a b\n'")
    ]


def test_logging_is_silent_below_the_loggers_level(caplog: pytest.LogCaptureFixture) -> None:
    """Lines go to the package's logger as info, which logging leaves out until told otherwise."""
    LoggingMetrics().increment("one")
    assert caplog.records == []
    with caplog.at_level(logging.INFO, "predictor_kit.metrics"):
        LoggingMetrics().increment("two")
    assert caplog.messages == ["counter two 1"]


def test_logging_that_fails_is_a_loss(caplog: pytest.LogCaptureFixture) -> None:
    """A logger whose filter raises costs no prediction; the push is counted."""

    def fail(record: logging.LogRecord) -> bool:
        raise RuntimeError("a broken filter")

    logger = logging.getLogger("my.broken.pushes")
    logger.addFilter(fail)
    metrics = LoggingMetrics(logger.name, "error")
    metrics.increment("one")
    logger.removeFilter(fail)
    assert metrics.dropped == {"send": 1}
    assert "RuntimeError('a broken filter')" in caplog.text


def test_logging_refuses_an_unknown_level() -> None:
    """A level that is none is refused when the client is made, without showing it."""
    with pytest.raises(ValueError, match="none of the log levels critical") as caught:
        LoggingMetrics(level="loud")
    assert "loud" not in str(caught.value)
