"""What PrometheusMetrics adds to the contract: Prometheus's own rules, and the endpoint."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import weakref
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY, CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from predictor_kit.metrics import PrometheusMetrics

from .servers import eventually
from .subjects import from_scrape

KEYS = st.sampled_from(["le", "__name__", "__", "1", "a.b", "a/b", "quantile", "é", "model"])


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def client(registry: CollectorRegistry) -> PrometheusMetrics:
    return PrometheusMetrics(registry=registry)


def scraped(registry: CollectorRegistry) -> dict[Any, Any]:
    return from_scrape(generate_latest(registry).decode())


def fetched(port: int | None) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def test_the_first_push_fixes_the_kind(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """A push of another kind to a name is counted, also where the kinds meet in what they add to a name."""
    client.increment("requests")
    client.gauge("requests", 1)
    client.histogram("requests", 1)
    client.gauge("requests_total", 1)
    client.histogram("latency", 1)
    client.gauge("latency_count", 1)
    assert client.dropped == {"conflict": 4}
    assert scraped(registry) == {("counter", "requests", ()): 1, ("histogram", "latency", ()): (1, 1)}


def test_the_first_push_fixes_the_keys(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """A key more is a conflict; one less is empty there, which is none; their order is nothing."""
    client.increment("requests", tags={"model": "v1", "zone": "a"})
    client.increment("requests", tags={"zone": "a", "model": "v1"})
    client.increment("requests", tags={"zone": "a"})
    client.increment("requests")
    client.increment("requests", tags={"model": "v1", "zone": "a", "user": "7"})
    client.increment("requests", tags={"user": "7"})
    assert client.dropped == {"conflict": 2}
    assert scraped(registry) == {
        ("counter", "requests", (("model", "v1"), ("zone", "a"))): 2,
        ("counter", "requests", (("zone", "a"),)): 1,
        ("counter", "requests", ()): 1,
    }


def test_a_conflict_is_told(client: PrometheusMetrics, caplog: pytest.LogCaptureFixture) -> None:
    """The line names the metric, and what is wrong with it."""
    client.increment("requests")
    client.increment("requests", tags={"model": "v1"})
    assert caplog.messages[0].startswith(
        "metric requests was dropped: its kind, or a key of its tags, is another one than at"
    )


def test_a_name_that_somebody_else_has(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """A metric of the application's own is left as it is; a push to its name is counted."""
    Gauge("queue", "the application's own", registry=registry).set(5)
    client.gauge("queue", 1)
    assert client.dropped == {"conflict": 1}
    assert scraped(registry) == {("gauge", "queue", ()): 5}


def test_a_counter_cannot_go_down(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """A change below zero is counted; one by zero makes the series."""
    client.increment("requests", -1)
    client.increment("requests", 0)
    assert client.dropped == {"negative": 1}
    assert scraped(registry) == {("counter", "requests", ()): 0}


def test_a_counters_name_ends_in_total_once(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """With the ending, without and with several it is the same counter; the ending alone is no name."""
    client.increment("requests_total")
    client.increment("requests")
    client.increment("requests_total_total")
    client.increment("_total")
    client.increment(":total")
    client.increment("_total_total", tags={"model": "v1"})
    client.gauge("_total", 1)
    assert "requests_total 3.0" in generate_latest(registry).decode().splitlines()
    assert scraped(registry).keys() == {("counter", "requests", ()), ("gauge", "_total", ())}
    assert client.dropped == {"name": 3}


def test_names_are_written_as_prometheus_has_them(
    client: PrometheusMetrics, registry: CollectorRegistry
) -> None:
    """Foreign characters become _, a digit is not first, and the name as it was pushed is the help."""
    client.gauge("1.métrique/x-y", 1, {"2.a": "b"})
    text = generate_latest(registry).decode()
    assert text.splitlines() == [
        "# HELP _1_m_trique_x_y 1.métrique/x-y",
        "# TYPE _1_m_trique_x_y gauge",
        '_1_m_trique_x_y{_2_a="b"} 1.0',
    ]


@given(keys=st.lists(KEYS, unique=True, max_size=4))
def test_reserved_tags_are_renamed(keys: list[str]) -> None:
    """Whatever the keys, the scrape parses, a histogram's bounds are its own, and nothing is lost."""
    registry = CollectorRegistry()
    client = PrometheusMetrics(registry=registry)
    client.histogram("latency", 1, dict.fromkeys(keys, "forged"))
    (family,) = text_string_to_metric_families(generate_latest(registry).decode())
    for sample in family.samples:
        assert sample.name in {"latency_bucket", "latency_count", "latency_sum"}
        assert sample.labels.get("le") != "forged"
        assert "__name__" not in sample.labels
    assert client.dropped == {}


def test_a_lone_surrogate_spoils_no_scrape(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """A tag that UTF-8 does not know would make every later scrape fail; it is replaced."""
    client.increment("requests", tags={"user": "a\ud800b"})
    assert scraped(registry) == {("counter", "requests", (("user", "a?b"),)): 1}


def test_a_reserved_name_with_what_is_added(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """What a counter and a histogram add may make a reserved name of one that is none."""
    client.increment("cortex")
    client.histogram("istio", 1)
    client.gauge("cortex", 1)
    assert client.dropped == {"reserved": 2}
    assert scraped(registry) == {("gauge", "cortex", ()): 1}


def test_buckets_are_milliseconds_or_as_given(client: PrometheusMetrics, registry: CollectorRegistry) -> None:
    """The bounds reach from one millisecond to ten seconds, or are the option's."""
    client.histogram("latency", 1)
    PrometheusMetrics(registry=registry, buckets=[1, 10]).histogram("sizes", 3)
    lines = generate_latest(registry).decode().splitlines()
    bounds = [line.split('"')[1] for line in lines if line.startswith("latency_bucket")]
    assert (bounds[0], bounds[-2:], len(bounds)) == ("1.0", ["10000.0", "+Inf"], 14)
    assert [line for line in lines if line.startswith("sizes_bucket")] == [
        'sizes_bucket{le="1.0"} 0.0',
        'sizes_bucket{le="10.0"} 1.0',
        'sizes_bucket{le="+Inf"} 1.0',
    ]


@pytest.mark.parametrize("buckets", [[], [2, 1]])
def test_buckets_that_are_none(buckets: list[float]) -> None:
    """They are refused when the client is made, not at its first histogram."""
    with pytest.raises(ValueError, match="ucket"):
        PrometheusMetrics(buckets=buckets)


def test_clients_of_one_registry_share_its_metrics(registry: CollectorRegistry) -> None:
    """A second client goes on where the first stopped: a predictor can be loaded again."""
    first = PrometheusMetrics(registry=registry)
    first.increment("requests")
    first.close()
    second = PrometheusMetrics(registry=registry)
    second.increment("requests")
    second.gauge("requests", 1)
    first.increment("requests")
    assert scraped(registry) == {("counter", "requests", ()): 2}
    assert (first.dropped, second.dropped) == ({"closed": 1}, {"conflict": 1})


def test_the_default_registry() -> None:
    """Without an option the metrics are where prometheus_client's own are."""
    client = PrometheusMetrics()
    client.increment("tests_of_the_default_registry")
    assert REGISTRY.get_sample_value("tests_of_the_default_registry_total") == 1


def test_a_registry_is_not_kept_alive() -> None:
    """A registry that nobody uses any more goes, with all its metrics."""
    registry = CollectorRegistry()
    PrometheusMetrics(registry=registry).increment("requests")
    gone = weakref.ref(registry)
    del registry
    gc.collect()
    assert gone() is None


def test_the_endpoint(registry: CollectorRegistry) -> None:
    """It serves the registry from the port that it has, until it is closed."""
    client = PrometheusMetrics(port=0, address="127.0.0.1", registry=registry)
    client.increment("requests", tags={"model": "v1"})
    port = client.port
    assert from_scrape(fetched(port)) == {("counter", "requests", (("model", "v1"),)): 1}
    client.close()
    client.close()
    assert client.port is None
    with socket.create_server(("127.0.0.1", port or 0)):
        pass


def test_no_endpoint(client: PrometheusMetrics) -> None:
    """Without a port nothing is served."""
    assert client.port is None


def test_a_port_that_is_taken(registry: CollectorRegistry) -> None:
    """It is said when the client is made."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        PrometheusMetrics(taken.getsockname()[1], "127.0.0.1", registry)


@pytest.mark.parametrize(
    "port", [99999, 65536, -1, "99999", "", "http", "80.5", 80.5, [80], b"80", True, False]
)
def test_a_port_that_is_none(registry: CollectorRegistry, port: Any) -> None:
    """It is refused when the client is made, without showing it."""
    with pytest.raises(ValueError, match=r"^port is not a TCP port, a whole number from 0 to 65535$"):
        PrometheusMetrics(port, "127.0.0.1", registry)


def test_a_port_as_text(registry: CollectorRegistry) -> None:
    """Text of digits is taken, as it comes from the environment."""
    text: Any = "0"
    client = PrometheusMetrics(text, "127.0.0.1", registry)
    assert (client.port or 0) > 0
    client.close()


def test_closing_takes_no_time(registry: CollectorRegistry) -> None:
    """It does not wait until a server's thread looks up by itself, which it does twice a second."""
    start = monotonic()
    for _ in range(20):
        client = PrometheusMetrics(0, "127.0.0.1", registry)
        port = client.port
        client.close(timeout=0)
        with socket.create_server(("127.0.0.1", port or 0)):
            pass
    assert monotonic() - start < 4


def listened(port: int | None) -> bool:
    """Whether anybody still listens there."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port or 0)) == 0


def test_a_client_that_is_dropped_gives_its_port_back(registry: CollectorRegistry) -> None:
    """Its thread ends, and the socket is closed, soon after it is collected; nothing is waited for."""
    before = set(threading.enumerate())
    client = PrometheusMetrics(port=0, address="127.0.0.1", registry=registry)
    port, (serving,) = client.port, set(threading.enumerate()) - before
    assert listened(port)
    del client
    gc.collect()
    serving.join(30)
    assert not serving.is_alive()
    assert eventually(lambda: listened(port), expected=False) is False


def test_a_client_can_be_collected_by_its_own_server() -> None:
    """A scrape during which the last reference goes is answered, and the port is given back after it."""
    registry = CollectorRegistry()
    held = {"client": PrometheusMetrics(port=0, address="127.0.0.1", registry=registry)}
    port = held["client"].port

    class Letting:
        def collect(self) -> list[Any]:
            held.clear()
            return []

    registry.register(Letting())
    gc.collect()
    assert "requests" not in fetched(port)
    assert held == {}
    assert eventually(lambda: listened(port), expected=False) is False


WORKERS = """
import os
from predictor_kit.metrics import PrometheusMetrics

parent = PrometheusMetrics(port=0, address="127.0.0.1")
for number in (1, 2):
    child = os.fork()
    if not child:
        worker = PrometheusMetrics()
        worker.increment("requests", number)
        worker.histogram("latency", number)
        worker.gauge("queue", number)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
import urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{parent.port}/").read().decode())
parent.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_processes_that_share_a_directory(tmp_path: Path) -> None:
    """With PROMETHEUS_MULTIPROC_DIR the endpoint serves all: sums, and of a gauge what was set last."""
    done = subprocess.run(
        [sys.executable, "-c", WORKERS],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert from_scrape(done.stdout) == {
        ("counter", "requests", ()): 3,
        ("histogram", "latency", ()): (2, 3),
        ("gauge", "queue", ()): 2,
    }


class Waiting(CollectorRegistry):
    """Whoever registers a metric here waits."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.may_go = threading.Event(), threading.Event()

    def register(self, collector: Any) -> None:
        self.entered.set()
        self.may_go.wait(60)
        super().register(collector)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_goes_on() -> None:
    """In a child that was forked while another thread made a metric, nothing waits for that thread."""
    registry = Waiting()
    client = PrometheusMetrics(registry=registry)
    thread = threading.Thread(target=client.increment, args=("requests",))
    thread.start()
    registry.entered.wait(60)
    child = os.fork()
    if not child:
        registry.may_go.set()
        client.increment("requests")
        os._exit(0 if scraped(registry) else 1)
    assert os.waitpid(child, 0)[1] == 0
    registry.may_go.set()
    thread.join()
    assert scraped(registry) == {("counter", "requests", ()): 1}


INTERRUPTED = """
import gc, signal
from prometheus_client import CollectorRegistry
from predictor_kit.metrics import PrometheusMetrics

registry = CollectorRegistry()
metrics = PrometheusMetrics(registry=registry)
pushed = 0

def push(*_):
    global pushed
    pushed += 1
    metrics.increment("interrupting", tags={"number": pushed})

class Session:
    def __init__(self):
        self.own = self
    __del__ = push

START
for number in range(1500):
    INTERRUPT
    metrics.increment(f"requests_{number % 700}", tags={"number": number})
STOP
arrived = sum(sample.value for family in registry.collect() for sample in family.samples
              if sample.name.endswith("_total"))
assert arrived + metrics.dropped.get("send", 0) == 1500 + pushed, (arrived, metrics.dropped, pushed)
"""
_INTERRUPTS = {
    "an object that is collected": ("gc.set_threshold(50)", "Session()", "gc.disable(); gc.collect()"),
    "a signal's handler": (
        "signal.signal(signal.SIGALRM, push); signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)",
        "pass",
        "signal.setitimer(signal.ITIMER_REAL, 0)",
    ),
}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such timer here")
@pytest.mark.parametrize(("start", "interrupt", "stop"), _INTERRUPTS.values(), ids=_INTERRUPTS)
def test_a_push_interrupted_by_another_one(start: str, interrupt: str, stop: str) -> None:
    """Wherever it comes, it waits for nothing that its own thread holds; what did not arrive is counted."""
    code = INTERRUPTED.replace("START", start).replace("INTERRUPT", interrupt).replace("STOP", stop)
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


SHARING = """
import os, signal
from prometheus_client import CollectorRegistry, multiprocess
from predictor_kit.metrics import PrometheusMetrics

metrics = PrometheusMetrics()
pushed = 0

def push(*_):
    global pushed
    pushed += 1
    metrics.increment("requests", 2)

signal.signal(signal.SIGALRM, push)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for _ in range(50_000):
    metrics.increment("requests")
signal.setitimer(signal.ITIMER_REAL, 0)
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
arrived = registry.get_sample_value("requests_total")
assert arrived == 50_000 + 2 * (pushed - metrics.dropped.get("send", 0)), (arrived, metrics.dropped, pushed)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such timer here")
def test_an_interrupted_push_of_processes_that_share_a_directory(tmp_path: Path) -> None:
    """There no push of a signal's handler waits for what it has interrupted, of a known series neither."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", SHARING], env=environment, timeout=60, check=True)


class Interrupting(CollectorRegistry):
    """Something else is pushed while a metric is registered."""

    client: PrometheusMetrics

    def register(self, collector: Any) -> None:
        self.client.gauge("interrupting", 1)
        super().register(collector)


def test_a_new_metric_while_another_one_is_made(caplog: pytest.LogCaptureFixture) -> None:
    """By the same thread it is dropped, counted and told; later it is made as any other."""
    registry = Interrupting()
    client = registry.client = PrometheusMetrics(registry=registry)
    client.increment("requests")
    assert client.dropped == {"send": 1}
    assert "it was pushed while the same thread was at work on another push" in caplog.text
    client.gauge("interrupting", 1)
    assert client.dropped == {"send": 2}
    client.increment("requests")
    assert scraped(registry) == {("counter", "requests", ()): 2, ("gauge", "interrupting", ()): 1}


LEAVING = """
import gc, os, socket
from predictor_kit.metrics import PrometheusMetrics

metrics = PrometheusMetrics(port=0, address="127.0.0.1")
metrics.increment("requests")
port = metrics.port
child = os.fork()
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    socket.create_connection(("127.0.0.1", port), 10).close()
    {parent}
    raise SystemExit
assert metrics.port is None
metrics.increment("requests")
{child}
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("child", ["metrics.close()", "del metrics; gc.collect()", ""])
@pytest.mark.parametrize("parent", ["metrics.close()", "del metrics; gc.collect()", ""])
def test_a_forked_child_has_no_port(child: str, parent: str) -> None:
    """The server is the parent's: a child waits for nothing. Neither warns of anything, however it ends."""
    code = LEAVING.format(child=child, parent=parent)
    options = ["-X", "dev", "-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    done = subprocess.run(
        [sys.executable, *options, "-c", code], timeout=60, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
