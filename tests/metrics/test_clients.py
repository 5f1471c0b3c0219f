"""What each client adds to the contract; DogStatsD has its own file."""

import logging
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import predictor_kit.metrics
from predictor_kit.metrics import FanOutMetrics, InMemoryMetrics, LoggingMetrics, MetricCall, MetricsClient

from .conftest import Clock


class Broken:
    """A client of one's own, without any guard."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        raise self._error

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        raise self._error

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        raise self._error

    def close(self) -> None:
        raise self._error


class Unshowable(Exception):  # noqa: N818 - named for what it does
    def __repr__(self) -> str:
        raise RuntimeError("no text")


class Greedy:
    """Keeps the very objects it gets, and changes them."""

    def __init__(self) -> None:
        self.got: list[tuple[Any, ...]] = []

    def increment(self, metric: str, value: float = 1, tags: Any = None) -> None:
        self.got.append((metric, value, dict(tags) if tags else tags))
        if tags:
            tags.clear()

    gauge = histogram = increment


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
    assert isinstance(Greedy(), MetricsClient)
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


def test_one_failing_client_stops_no_other(caplog: pytest.LogCaptureFixture, clock: Clock) -> None:
    """The others get every push; each failure is counted, and one line a minute tells the error."""
    first, last = InMemoryMetrics(), InMemoryMetrics()
    fan_out = FanOutMetrics([first, Broken(OSError("disk\nfull")), Broken(Unshowable()), last])
    fan_out.increment("a")
    fan_out.gauge("b", -1, {"model": "v1"})
    assert first.calls == last.calls
    assert [call.metric for call in last.calls] == ["a", "b"]
    assert fan_out.dropped == {"send": 4}
    (line,) = caplog.messages
    assert r"it could not be sent (OSError('disk\nfull'));" in line
    clock.now += 61
    FanOutMetrics([Broken(Unshowable())]).increment("a")
    assert "(Unshowable);" in caplog.messages[-1]


def test_an_interrupt_in_a_client_passes() -> None:
    """A fan-out holds up no interrupt."""
    with pytest.raises(KeyboardInterrupt):
        FanOutMetrics([Broken(KeyboardInterrupt())]).increment("a")


def test_a_client_behind_a_fan_out_gets_plain_values() -> None:
    """An unguarded client gets a clean name, a plain number and tags of its own, or None."""
    one, two = Greedy(), Greedy()
    fan_out = FanOutMetrics(client for client in (one, two))
    fan_out.increment("a:b", True, {"n": 1})
    fan_out.gauge("g", 2)
    assert one.got == two.got == [("a_b", 1, {"n": "1"}), ("g", 2, None)]


def test_flushing_a_fan_out_flushes_each(caplog: pytest.LogCaptureFixture) -> None:
    """Each client that can be flushed is, also behind one that fails; the failure is logged."""
    flushed: list[str] = []

    class Flushing(InMemoryMetrics):
        def flush(self) -> None:
            flushed.append("flushed")

    class Failing(InMemoryMetrics):
        def flush(self) -> None:
            raise OSError("in use")

    FanOutMetrics([Greedy(), Flushing(), Failing(), Flushing()]).flush()
    assert flushed == ["flushed", "flushed"]
    assert caplog.messages == ["a metrics client could not be flushed: Failing"]


def test_closing_a_fan_out_closes_each(caplog: pytest.LogCaptureFixture) -> None:
    """Each client that can be closed is, also behind one that fails; the failure is logged."""
    closed: list[str] = []

    class Closing(InMemoryMetrics):
        def close(self) -> None:
            closed.append("closed")

    FanOutMetrics([Greedy(), Closing(), Broken(OSError("in use")), Closing()]).close()
    assert closed == ["closed", "closed"]
    assert caplog.messages == ["a metrics client could not be closed: Broken"]
