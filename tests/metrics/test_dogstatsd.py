"""DogStatsdMetrics over real sockets."""

import errno
import logging
import math
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.metrics import DogStatsdMetrics

from .conftest import Clock
from .wire import Line, Server, free_port

_WORD = st.text("abcdefghijklmnopqrstuvwxyz_.", min_size=1, max_size=8)
_SIGNS = st.text(":|@#,\n\r\x00\x1c\x85\u2028 cg1-_ü\ud800", max_size=20)
_FORGING = st.builds("{0}:1|c{1}{2}:5|g|#a:b".format, _WORD, _SIGNS, _WORD)
_TEXTS = _WORD | _SIGNS | _FORGING | st.text()
_NUMBERS = st.integers() | st.floats() | st.booleans() | st.decimals() | st.fractions()
_ANYTHING = _TEXTS | _NUMBERS | st.none() | st.binary() | st.complex_numbers()
_KEYS = _TEXTS | st.integers() | st.none()
_METHODS = st.sampled_from(["increment", "gauge", "histogram"])


@pytest.fixture
def metrics(server: Server) -> Any:
    client = DogStatsdMetrics("127.0.0.1", server.port)
    yield client
    client.close()


def _addresses(*addresses: tuple[socket.AddressFamily, str, int]) -> list[tuple[Any, ...]]:
    return [(family, socket.SOCK_DGRAM, 0, "", (host, port)) for family, host, port in addresses]


@given(_METHODS, _TEXTS | _ANYTHING, _NUMBERS | _ANYTHING, st.dictionaries(_KEYS, _ANYTHING, max_size=5))
def test_one_push_is_one_metric_or_none(method: str, metric: Any, value: Any, tags: dict[Any, Any]) -> None:
    """Whatever is pushed, one well-formed metric arrives, or one loss is counted."""
    with Server() as server:
        client = DogStatsdMetrics("127.0.0.1", server.port)
        getattr(client, method)(metric, value, tags)
        lines = server.lines()
        client.close()
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
        client.close()
        gauge, sample = server.datagram(), server.datagram()
    assert gauge[-1] == Line("level", value, "g")
    assert [line.value for line in gauge[:-1]] == ([0] if value < 0 else [])
    assert sample == [Line("sample", value, "h")]


def test_a_negative_gauge_comes_from_zero(server: Server, metrics: DogStatsdMetrics) -> None:
    """A server that takes a sign for a change sees 0 first, in the same datagram, with the same tags."""
    metrics.gauge("level", -5, {"model": "v1" * 900})
    metrics.increment("level", -5)
    zero, value = server.datagram()
    assert (zero.value, value.value, zero.tags, zero.name) == (0, -5, value.tags, value.name)
    assert server.datagram() == [Line("level", -5, "c")]


def test_zero_has_no_sign(server: Server, metrics: DogStatsdMetrics) -> None:
    """A gauge set to -0.0 is 0, not a change by nothing."""
    metrics.gauge("level", -0.0)
    (line,) = server.lines()
    assert math.copysign(1, line.value) == 1


def test_nothing_else_is_sent(
    server: Server, metrics: DogStatsdMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datadog's telemetry stays off, also when its interval is over."""
    metrics.increment("a")
    monkeypatch.setattr(time, "time", lambda: 1e12)
    metrics.increment("a")
    assert server.lines() == [Line("a", 1, "c")] * 2


def test_tags_cannot_forge_a_tag(server: Server, metrics: DogStatsdMetrics) -> None:
    """A comma or newline in a tag begins no other tag, a colon in a key no other key."""
    metrics.increment("a", tags={"user": "x,admin:1\nb:1|c", "admin:1": "y|#z"})
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


def test_nothing_is_opened_before_the_first_push(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a client looks up no name."""

    def look_up(*arguments: object, **options: object) -> Any:
        raise AssertionError("looked up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    DogStatsdMetrics("somewhere").close()


def test_nobody_listening(caplog: pytest.LogCaptureFixture) -> None:
    """Refused datagrams are counted, once each, and told in one line that is not datadog's."""
    metrics = DogStatsdMetrics("127.0.0.1", free_port())
    for _ in range(50):
        metrics.increment("a")
    metrics.close()
    # Of the last one nobody knows yet.
    assert metrics.dropped == {"send": 49}
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("predictor_kit.metrics", logging.WARNING)
    assert "could not be sent (ConnectionRefusedError(" in record.getMessage()


def test_a_server_that_comes_back_misses_nothing() -> None:
    """The first push to a server that has come back arrives, though the one before was refused."""
    metrics = DogStatsdMetrics("127.0.0.1", free_port())
    metrics.increment("lost")
    with Server(metrics.port) as server:
        metrics.increment("there")
        assert server.lines() == [Line("there", 1, "c")]
    metrics.close()
    assert metrics.dropped == {"send": 1}


def test_a_host_that_moved_is_found(server: Server, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Where datagrams are refused the name is looked up again, after ten seconds."""
    addresses = _addresses((socket.AF_INET, "127.0.0.1", free_port()))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: addresses)
    metrics = DogStatsdMetrics("agent")
    metrics.increment("lost")
    metrics.increment("lost")
    addresses[:] = _addresses((socket.AF_INET, "127.0.0.1", server.port))
    metrics.increment("lost")
    clock.now += 11
    metrics.increment("lost")
    metrics.increment("there")
    assert server.lines() == [Line("there", 1, "c")]
    metrics.close()


def test_a_name_that_cannot_be_resolved(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    """Pushes are dropped and counted, one look-up each ten seconds; the name may be found later."""
    looked_up = []

    def look_up(host: str, port: int, **options: object) -> list[tuple[Any, ...]]:
        looked_up.append(host)
        clock.now += 5  # a resolver that is slow to fail
        if len(looked_up) < 3:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return _addresses((socket.AF_INET, "127.0.0.1", server.port))

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    metrics = DogStatsdMetrics("nobody.invalid")
    for seconds in (9, 2, 11):
        metrics.increment("lost")
        clock.now += seconds
    metrics.increment("there")
    metrics.close()
    assert looked_up == ["nobody.invalid"] * 3
    assert metrics.dropped == {"send": 3}
    assert server.lines() == [Line("there", 1, "c")]
    (line,) = caplog.messages
    assert "gaierror(" in line
    assert "nobody" not in line


def test_a_name_that_is_none() -> None:
    """A host that no resolver would take is a loss like any other."""
    metrics = DogStatsdMetrics("x" * 64 + ".invalid")
    metrics.increment("lost")
    metrics.increment("lost")
    assert metrics.dropped == {"send": 2}


def test_ipv4_is_preferred_and_each_address_is_tried(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several addresses the first of IPv4 that can be connected to is used."""
    addresses = _addresses(
        (socket.AF_INET6, "::1", server.port),
        (socket.AF_INET, "255.255.255.255", server.port),  # broadcasting is not allowed
        (socket.AF_INET, "127.0.0.1", server.port),
    )
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: addresses)
    metrics = DogStatsdMetrics("agent")
    metrics.increment("there")
    metrics.close()
    assert server.lines() == [Line("there", 1, "c")]


@pytest.mark.parametrize("addresses", [[], _addresses((socket.AF_INET, "255.255.255.255", 8125))])
def test_a_host_without_an_address(addresses: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads nowhere is a loss like any other."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: addresses)
    metrics = DogStatsdMetrics("agent")
    metrics.increment("lost")
    assert metrics.dropped == {"send": 1}


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


def test_use_after_close(server: Server, metrics: DogStatsdMetrics) -> None:
    """A closed client sends nothing and opens nothing; what it is given is counted."""
    metrics.increment("before")
    metrics.close()
    metrics.close()
    metrics.increment("after")
    metrics.gauge("after", 1)
    assert server.lines() == [Line("before", 1, "c")]
    assert metrics.dropped == {"closed": 2}


def test_threads(server: Server, metrics: DogStatsdMetrics) -> None:
    """Gauges below zero and other pushes from several threads do not mix."""

    def push() -> None:
        for _ in range(15):
            metrics.gauge("level", -1)
            metrics.increment("count")

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    received = [server.datagram() for _ in range(120)]
    assert received.count([Line("level", 0, "g"), Line("level", -1, "g")]) == 60
    assert received.count([Line("count", 1, "c")]) == 60


_FORKING = """
import os, socket, sys, threading
from predictor_kit.metrics import DogStatsdMetrics

look_up = socket.getaddrinfo
asked, answer = threading.Event(), threading.Event()

def look_up_slowly(*arguments, **options):
    asked.set()
    answer.wait()
    return look_up(*arguments, **options)

connected, connecting = (DogStatsdMetrics("127.0.0.1", int(sys.argv[1])) for _ in range(2))
connected.increment("parent")
socket.getaddrinfo = look_up_slowly
thread = threading.Thread(target=connecting.increment, args=("parent",))
thread.start()
asked.wait()
child = os.fork()
if not child:
    socket.getaddrinfo = look_up
    for metrics in (connected, connecting):
        metrics.increment("child")
        metrics.close()
        metrics.increment("late")
        assert metrics.dropped == {"closed": 1}
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
answer.set()
thread.join()
for metrics in (connected, connecting):
    metrics.increment("parent")
    metrics.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork(server: Server) -> None:
    """A child pushes over its own socket, though a thread of the parent held the lock; the parent goes on."""
    subprocess.run([sys.executable, "-c", _FORKING, str(server.port)], check=True, timeout=60)
    lines = server.lines()
    assert lines.count(Line("child", 1, "c")) == 2
    assert lines.count(Line("parent", 1, "c")) == 4
    assert len(lines) == 6
