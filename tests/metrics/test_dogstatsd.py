"""DogStatsdMetrics over real sockets."""

import errno
import logging
import math
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
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
_TAGS = st.dictionaries(_KEYS, _ANYTHING, max_size=5)
_METHODS = st.sampled_from(["increment", "gauge", "histogram"])
_INTERVALS = st.sampled_from([0.3, 0.0])


@pytest.fixture(params=[0.3, 0.0], ids=["buffered", "at once"])
def metrics(server: Server, request: pytest.FixtureRequest) -> Any:
    client = DogStatsdMetrics("127.0.0.1", server.port, request.param)
    yield client
    client.close()


def _addresses(*addresses: tuple[socket.AddressFamily, str, int]) -> list[tuple[Any, ...]]:
    return [(family, socket.SOCK_DGRAM, 0, "", (host, port)) for family, host, port in addresses]


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


def test_a_negative_gauge_comes_from_zero(server: Server, metrics: DogStatsdMetrics) -> None:
    """A server that takes a sign for a change sees 0 first, in the same datagram, with the same tags."""
    metrics.gauge("level", -5, {"model": "v1" * 900})
    metrics.increment("level", -5)
    metrics.flush()
    zero, value = server.datagram()
    assert (zero.value, value.value, zero.tags, zero.name) == (0, -5, value.tags, value.name)
    assert server.datagram() == [Line("level", -5, "c")]


def test_zero_has_no_sign(server: Server, metrics: DogStatsdMetrics) -> None:
    """A gauge set to -0.0 is 0, not a change by nothing."""
    metrics.gauge("level", -0.0)
    metrics.gauge("level", -0.0)
    metrics.flush()
    (line, *_) = server.lines()
    assert math.copysign(1, line.value) == 1


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


@pytest.mark.parametrize("interval", [-1, 3601, float("nan"), float("inf")])
def test_an_interval_that_is_none_is_refused(interval: float) -> None:
    """An interval that no thread could keep is an error when the client is made."""
    with pytest.raises(ValueError, match=r"^flush_interval is no number of seconds from 0 to 3600$"):
        DogStatsdMetrics(flush_interval=interval)


def test_nothing_is_opened_before_the_first_push(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a client looks up no name and starts no thread."""

    def look_up(*arguments: object, **options: object) -> Any:
        raise AssertionError("looked up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    before = threading.active_count()
    DogStatsdMetrics("somewhere").close()
    assert threading.active_count() == before


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


def test_the_thread_sends_within_the_interval(server: Server) -> None:
    """Nobody need flush: what is pushed is sent by the thread, again and again, one sum each time."""
    metrics = DogStatsdMetrics("127.0.0.1", server.port, 0.05)
    for _ in range(2):
        metrics.increment("a", 2, {"model": "v1"})
        metrics.increment("a", 3, {"model": "v1"})
        assert sum(line.value for line in _until(server, 5)) == 5
    metrics.close()


def _until(server: Server, total: float) -> list[Line]:
    lines: list[Line] = []
    while sum(line.value for line in lines) < total:
        lines += server.datagram()
    return lines


@pytest.mark.parametrize("interval", [0.3, 0.0])
def test_nobody_listening(caplog: pytest.LogCaptureFixture, interval: float) -> None:
    """Refused pushes are counted, once each, and told in one line that is not datadog's."""
    metrics = DogStatsdMetrics("127.0.0.1", free_port(), interval)
    for _ in range(5):
        for _ in range(10):
            metrics.increment("a")
        metrics.flush()
    metrics.close()
    assert metrics.dropped == {"send": 50}
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("predictor_kit.metrics", logging.WARNING)
    assert f"could not be sent (ConnectionRefusedError({errno.ECONNREFUSED}" in record.getMessage()


def test_a_refusal_that_is_told_late(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Where a refusal is told at the next datagram, the one before is counted, and the next one sent."""
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    send = socket.socket.send
    refusals = iter([False, True])

    def told_late(own: socket.socket, data: Any, *flags: int) -> int:
        if next(refusals, False):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        return send(own, data, *flags)

    monkeypatch.setattr(socket.socket, "send", told_late)
    for value in (2, 3):
        for _ in range(value):
            metrics.increment("a")
        metrics.flush()
    metrics.close()
    assert metrics.dropped == {"send": 2}
    assert server.lines() == [Line("a", 2, "c"), Line("a", 3, "c")]


def test_a_server_that_comes_back_misses_nothing() -> None:
    """The first push to a server that has come back arrives, though the one before was refused."""
    metrics = DogStatsdMetrics("127.0.0.1", free_port())
    metrics.increment("lost")
    metrics.flush()
    with Server(metrics.port) as server:
        metrics.increment("there")
        metrics.flush()
        assert server.lines() == [Line("there", 1, "c")]
    metrics.close()
    assert metrics.dropped == {"send": 1}


class Resolver:
    """Stands in for the system's: answers what it is told, when it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: list[tuple[Any, ...]] | Exception = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = 0
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: str, port: int, **options: object) -> list[tuple[Any, ...]]:
        self.asked += 1
        assert self.may_answer.wait(30)
        if isinstance(self.answer, Exception):
            raise self.answer
        return list(self.answer)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    standing_in = Resolver(monkeypatch)
    yield standing_in
    standing_in.may_answer.set()


@pytest.mark.parametrize("interval", [0.3, 0.0])
def test_a_resolver_that_does_not_answer(server: Server, resolver: Resolver, interval: float) -> None:
    """Nothing waits for it; what is pushed meanwhile is kept, and sent when it has answered."""
    resolver.answer = _addresses((socket.AF_INET, "127.0.0.1", server.port))
    resolver.may_answer.clear()
    metrics = DogStatsdMetrics("agent", flush_interval=interval)
    for _ in range(3):
        metrics.increment("kept")
    metrics.flush(timeout=0)
    assert metrics.dropped == {}
    resolver.may_answer.set()
    assert sum(line.value for line in _until(server, 3)) == 3
    metrics.close()
    assert resolver.asked == 1


def test_closing_waits_for_no_resolver(resolver: Resolver) -> None:
    """What cannot be sent within the time that closing has is dropped, and counted."""
    resolver.may_answer.clear()
    metrics = DogStatsdMetrics("agent")
    for _ in range(3):
        metrics.increment("lost")
    metrics.close(timeout=0.01)
    assert metrics.dropped == {"send": 3}


def test_a_host_that_moved_is_found(server: Server, resolver: Resolver, clock: Clock) -> None:
    """Where datagrams are refused the name is looked up again after ten seconds, elsewhere after a minute."""
    first, second = Server(free_port()), server
    resolver.answer = _addresses((socket.AF_INET, "127.0.0.1", first.port))
    metrics = DogStatsdMetrics("agent")
    _pushed(metrics, "first")
    assert first.lines() == [Line("first", 1, "c")]
    first.__exit__()
    _pushed(metrics, "lost")
    resolver.answer = _addresses((socket.AF_INET, "127.0.0.1", second.port))
    _pushed(metrics, "lost")
    clock.now += 11
    _pushed(metrics, "found")
    _pushed(metrics, "found")
    clock.now += 59
    _pushed(metrics, "found")
    assert resolver.asked == 2
    clock.now += 2
    resolver.answer = OSError("no resolver today")
    _pushed(metrics, "found")
    _pushed(metrics, "found")
    assert resolver.asked == 3
    metrics.close()
    assert {line.name for line in second.lines()} == {"found"}
    assert metrics.dropped["send"] in (2, 3)


def _pushed(metrics: DogStatsdMetrics, name: str) -> None:
    metrics.increment(name)
    metrics.flush()


@pytest.mark.parametrize("interval", [0.3, 0.0])
def test_a_name_that_cannot_be_resolved(
    server: Server, resolver: Resolver, caplog: pytest.LogCaptureFixture, clock: Clock, interval: float
) -> None:
    """Pushes are dropped and counted, one look-up each ten seconds; the name may be found later."""
    resolver.answer = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    metrics = DogStatsdMetrics("nobody.invalid", flush_interval=interval)
    for seconds in (9, 2):
        _pushed(metrics, "lost")
        clock.now += seconds
    resolver.answer = _addresses((socket.AF_INET, "127.0.0.1", server.port))
    _pushed(metrics, "there")
    metrics.close()
    assert resolver.asked == 2
    assert metrics.dropped == {"send": 2}
    assert server.lines() == [Line("there", 1, "c")]
    (line,) = caplog.messages
    assert "gaierror(" in line
    assert "nobody" not in line


def test_a_name_that_is_none() -> None:
    """A host that no resolver would take is a loss like any other."""
    metrics = DogStatsdMetrics("x" * 64 + ".invalid")
    _pushed(metrics, "lost")
    _pushed(metrics, "lost")
    metrics.close()
    assert metrics.dropped == {"send": 2}


def test_no_thread_to_be_had(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started pushes are kept, and sent by whoever flushes; a name stays unknown."""

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    by_address, by_name = (DogStatsdMetrics(host, server.port) for host in ("127.0.0.1", "localhost"))
    for metrics in (by_address, by_name):
        for _ in range(3):
            metrics.increment("a")
        metrics.close()
    assert server.lines() == [Line("a", 3, "c")]
    assert (by_address.dropped, by_name.dropped) == ({}, {"send": 3})


def test_ipv4_is_preferred_and_each_address_is_tried(server: Server, resolver: Resolver) -> None:
    """Of several addresses the first of IPv4 that can be connected to is used."""
    resolver.answer = _addresses(
        (socket.AF_INET6, "::1", server.port),
        (socket.AF_INET, "255.255.255.255", server.port),  # broadcasting is not allowed
        (socket.AF_INET, "127.0.0.1", server.port),
    )
    metrics = DogStatsdMetrics("agent")
    _pushed(metrics, "there")
    metrics.close()
    assert server.lines() == [Line("there", 1, "c")]


@pytest.mark.parametrize("addresses", [[], _addresses((socket.AF_INET, "255.255.255.255", 8125))])
def test_a_host_without_an_address(addresses: list[Any], resolver: Resolver) -> None:
    """A name that leads nowhere is a loss like any other."""
    resolver.answer = addresses
    metrics = DogStatsdMetrics("agent")
    _pushed(metrics, "lost")
    metrics.close()
    assert metrics.dropped == {"send": 1}


def test_a_datagram_that_is_too_large(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A datagram that the system refuses is counted, though datadog says nothing of it."""
    monkeypatch.setenv("DATADOG_TAGS", "x" * 70_000)
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    _pushed(metrics, "lost")
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
    _pushed(metrics, "lost")
    monkeypatch.delenv("DD_TELEMETRY_HOST")
    _pushed(metrics, "there")
    metrics.close()
    assert metrics.dropped == {"send": 1}
    assert server.lines() == [Line("there", 1, "c")]
    assert "ValueError(" in caplog.text


def test_sending_can_be_switched_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """DD_DOGSTATSD_DISABLE means here what it means to datadog's own client."""
    monkeypatch.setenv("DD_DOGSTATSD_DISABLE", "true")
    metrics = DogStatsdMetrics("127.0.0.1", server.port)
    _pushed(metrics, "a")
    metrics.close()
    assert server.lines() == []
    assert metrics.dropped == {}


def test_use_after_close(server: Server, metrics: DogStatsdMetrics) -> None:
    """A closed client sends nothing and opens nothing; what it is given is counted."""
    metrics.increment("before")
    metrics.close()
    metrics.close()
    metrics.flush()
    metrics.increment("before")
    metrics.gauge("after", 1)
    assert server.lines() == [Line("before", 1, "c")]
    assert metrics.dropped == {"closed": 2}


def test_threads(server: Server, metrics: DogStatsdMetrics) -> None:
    """Gauges below zero and other pushes from several threads do not mix, and nothing is counted twice."""

    def push() -> None:
        for _ in range(30):
            metrics.gauge("level", -1)
            metrics.increment("count")

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metrics.close()
    lines = server.lines()
    assert sum(line.value for line in lines if line.name == "count") == 120
    levels = [line.value for line in lines if line.name == "level"]
    assert levels == [0, -1] * (len(levels) // 2)
