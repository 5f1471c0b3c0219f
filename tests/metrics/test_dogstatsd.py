"""DogStatsdMetrics over real sockets."""

import errno
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.metrics import DogStatsdMetrics

from .wire import Line, Server

_WORD = st.text("abcdefghijklmnopqrstuvwxyz_.", min_size=1, max_size=8)
_SIGNS = st.text(":|@#,\n\r\x00\x1c\x85\u2028 cg1-_ü\ud800", max_size=20)
_FORGING = st.builds("{0}:1|c{1}{2}:5|g|#a:b".format, _WORD, _SIGNS, _WORD)
_TEXTS = _WORD | _SIGNS | _FORGING | st.text()
_NUMBERS = st.integers() | st.floats() | st.booleans() | st.decimals() | st.fractions()
_ANYTHING = _TEXTS | _NUMBERS | st.none() | st.binary() | st.complex_numbers()
_KEYS = _TEXTS | st.integers() | st.none()
_TAGS = st.dictionaries(_KEYS, _ANYTHING, max_size=5)
_METHODS = st.sampled_from(["increment", "gauge", "histogram"])
_INTERVALS = st.sampled_from([0.3, 0.0])


@pytest.fixture(params=[0.3, 0.0], ids=["buffered", "at once"])
def metrics(server: Server, request: pytest.FixtureRequest) -> Any:
    client = DogStatsdMetrics("127.0.0.1", server.port, request.param)
    yield client
    client.close()


@given(
    _INTERVALS,
    _METHODS,
    _TEXTS | _ANYTHING,
    _NUMBERS | _ANYTHING,
    st.dictionaries(_KEYS, _ANYTHING, max_size=5),
)
def test_one_push_is_one_metric_or_none(
    interval: float, method: str, metric: Any, value: Any, tags: dict[Any, Any]
) -> None:
    """Whatever is pushed, one well-formed metric arrives, or one loss is counted."""
    with Server() as server:
        client = DogStatsdMetrics("127.0.0.1", server.port, interval)
        getattr(client, method)(metric, value, tags)
        client.close()
        lines = server.lines()
    assert len({(line.name, line.type, line.tags) for line in lines}) + sum(client.dropped.values()) == 1
    if lines:
        line = lines[-1]
        assert line.type == method[0].replace("i", "c")
        assert line.value == (value if isinstance(value, int) else float(value))
        assert len(line.name) == len(metric)
        assert not line.name.startswith(("cortex_", "istio_"))
        assert len(line.tags) <= len(tags)
        assert all(len(tag.split(":", 1)) == 2 for tag in line.tags)


@given(value=st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(value: float) -> None:
    """A number is the same number at the other end, negative gauges included."""
    with Server() as server:
        client = DogStatsdMetrics("127.0.0.1", server.port)
        client.gauge("level", value)
        client.histogram("sample", value)
        client.increment("sum", value)
        client.close()
        lines = server.datagram()
    zero = [Line("level", 0, "g")] if value < 0 else []
    assert lines == [
        *zero,
        Line("level", value, "g"),
        Line("sample", value, "h"),
        Line("sum", value, "c"),
    ]


def test_nothing_else_is_sent(
    server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datadog's telemetry stays off, also when its interval is over."""
    metrics.increment("a")
    metrics.flush()
    monkeypatch.setattr(time, "time", lambda: 1e12)
    metrics.increment("a")
    metrics.flush()
    assert server.lines() == [Line("a", 1, "c")] * 2


def test_tags_cannot_forge_a_tag(server: Server, metrics: DogStatsdMetrics) -> None:
    """A comma or newline in a tag begins no other tag, a colon in a key no other key."""
    metrics.increment("a", tags={"user": "x,admin:1\nb:1|c", "admin:1": "y|#z"})
    metrics.flush()
    assert server.lines() == [Line("a", 1, "c", ("user:x_admin:1_b:1_c", "admin_1:y__z"))]


def test_datadogs_environment_adds_tags(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """DATADOG_TAGS, DD_ENV, DD_SERVICE and DD_VERSION are added to the tags of every push."""
    for name, value in {
        "DATADOG_TAGS": "team:ml,zone:a",
        "DD_ENV": "prod",
        "DD_SERVICE": "iris",
        "DD_VERSION": "1.2",
    }.items():
        monkeypatch.setenv(name, value)
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    metrics.increment("a", tags={"model": "v1"})
    metrics.close()
    (line,) = server.lines()
    assert set(line.tags) == {"model:v1", "team:ml", "zone:a", "env:prod", "service:iris", "version:1.2"}


@pytest.mark.parametrize(
    ("arguments", "environment", "destination"),
    [
        ({}, {}, ("127.0.0.1", 8125)),
        ({}, {"HOST_IP": "10.0.0.1", "CORTEX_STATSD_PORT": "9125"}, ("10.0.0.1", 9125)),
        ({}, {"HOST_IP": "10.0.0.1"}, ("10.0.0.1", 8125)),
        ({}, {"CORTEX_STATSD_PORT": "9125"}, ("127.0.0.1", 9125)),
        (
            {},
            {"DD_AGENT_HOST": "agent", "HOST_IP": "10.0.0.1", "CORTEX_STATSD_PORT": "9125"},
            ("agent", 8125),
        ),
        ({}, {"DD_DOGSTATSD_PORT": "8126", "HOST_IP": "10.0.0.1"}, ("127.0.0.1", 8126)),
        ({}, {"DD_AGENT_HOST": "", "DD_DOGSTATSD_PORT": "", "HOST_IP": "10.0.0.1"}, ("10.0.0.1", 8125)),
        ({"host": "h"}, {"DD_AGENT_HOST": "agent", "DD_DOGSTATSD_PORT": "8126"}, ("h", 8126)),
        ({"port": 1}, {"DD_AGENT_HOST": "agent", "DD_DOGSTATSD_PORT": "none"}, ("agent", 1)),
        ({"host": "h", "port": 65535}, {"HOST_IP": "10.0.0.1"}, ("h", 65535)),
        ({}, {"DD_DOGSTATSD_URL": "udp://elsewhere:1"}, ("127.0.0.1", 8125)),
    ],
)
def test_the_destination(
    arguments: dict[str, Any],
    environment: dict[str, str],
    destination: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Arguments go before Datadog's variables, those before Cortex's; a pair of variables is not mixed."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    metrics = DogStatsdMetrics(**arguments)
    assert (metrics.host, metrics.port) == destination


def test_the_environments_destination_is_where_it_goes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment names is used, as it was when the client was made."""
    monkeypatch.setenv("HOST_IP", "127.0.0.1")
    monkeypatch.setenv("CORTEX_STATSD_PORT", str(server.port))
    metrics = DogStatsdMetrics()
    monkeypatch.setenv("CORTEX_STATSD_PORT", "1")
    metrics.increment("a")
    metrics.close()
    assert server.lines() == [Line("a", 1, "c")]


@pytest.mark.parametrize("port", ["tcp://10.0.0.1:8125", "0", "65536", "-1", "8125.5"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong port is an error when the client is made; it names the variable and shows no value."""
    monkeypatch.setenv("DD_DOGSTATSD_PORT", port)
    with pytest.raises(ValueError, match=r"^DD_DOGSTATSD_PORT is not a UDP port, .* from 1 to 65535$"):
        DogStatsdMetrics()
    with pytest.raises(ValueError, match=r"^port is not a UDP port"):
        DogStatsdMetrics(port=70000)


def test_making_a_client_imports_no_datadog() -> None:
    """Whoever makes a client and pushes does not wait for datadog's import; what is pushed arrives."""
    code = """
import sys, threading
from predictor_kit.metrics import DogStatsdMetrics
metrics = DogStatsdMetrics("127.0.0.1", int(sys.argv[1]))
metrics.increment("a")
assert "datadog" not in sys.modules
"""
    with Server() as server:
        subprocess.run([sys.executable, "-c", code, str(server.port)], check=True, timeout=60)
        assert server.lines() == [Line("a", 1, "c")]


def test_a_datagram_that_is_too_large(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A datagram that the system refuses is counted, though datadog says nothing of it."""
    monkeypatch.setenv("DATADOG_TAGS", "x" * 70_000)
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    metrics.increment("lost")
    metrics.close()
    assert metrics.dropped == {"send": 1}
    assert f"OSError({errno.EMSGSIZE}" in caplog.text


def test_datagrams_are_filled_and_no_more(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many metrics, in wide letters, a datagram has at most 1,432 bytes, and not many fewer."""
    monkeypatch.setenv("DATADOG_TAGS", "größe:läßt,zone:ä")
    monkeypatch.setenv("DD_EXTERNAL_ENV", "")
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    for number in range(200):
        metrics.increment(f"zähler_{number}", tags={"größe": "ü" * 30})
        metrics.gauge(f"größe_{number}", -number, tags={"größe": "ü" * 30})
    metrics.close()
    sizes = server.sizes()
    assert max(sizes) <= 1432
    assert min(sizes[:-1]) > 1432 - 2 * 150


def test_what_datadog_cannot_do_is_a_loss(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure inside datadog's client is counted; the next flush is none the worse."""
    monkeypatch.setenv("DD_TELEMETRY_HOST", "127.0.0.1")
    monkeypatch.setenv("DD_TELEMETRY_PORT", "none")
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    metrics.increment("lost")
    metrics.flush()
    monkeypatch.delenv("DD_TELEMETRY_HOST")
    metrics.increment("there")
    metrics.close()
    assert metrics.dropped == {"send": 1}
    assert server.lines() == [Line("there", 1, "c")]
    assert "ValueError(" in caplog.text


def test_sending_can_be_switched_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """DD_DOGSTATSD_DISABLE means here what it means to datadog's own client."""
    monkeypatch.setenv("DD_DOGSTATSD_DISABLE", "true")
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    metrics.increment("a")
    metrics.close()
    assert server.lines() == []
    assert metrics.dropped == {}
