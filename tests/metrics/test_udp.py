"""What the clients that send over UDP share, over real sockets: refusals, look-ups, and the threads."""

import errno
import logging
import math
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

from predictor_kit.metrics import DogStatsdMetrics, StatsdMetrics, datagrams

from .conftest import Clock
from .servers import eventually
from .wire import Line, Server, free_port

Client = DogStatsdMetrics | StatsdMetrics
Make = Callable[..., Client]


@pytest.fixture(params=[DogStatsdMetrics, StatsdMetrics], ids=["dogstatsd", "statsd"])
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[0.3, 0.0], ids=["buffered", "at once"])
def interval(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def metrics(server: Server, make: Make, interval: float) -> Iterator[Client]:
    client = make("127.0.0.1", server.port, flush_interval=interval)
    yield client
    client.close()


def _addresses(*addresses: tuple[socket.AddressFamily, str, int]) -> list[tuple[Any, ...]]:
    return [(family, socket.SOCK_DGRAM, 0, "", (host, port)) for family, host, port in addresses]


def test_a_negative_gauge_comes_from_zero(server: Server, metrics: Client) -> None:
    """A server that takes a sign for a change sees 0 first, in the same datagram, with the same tags."""
    metrics.gauge("level", -5, {"model": "v1" * 900})
    metrics.increment("change", -5)
    metrics.flush()
    zero, value = server.datagram()
    assert (zero.value, value.value, zero.tags, zero.name) == (0, -5, value.tags, value.name)
    assert server.datagram() == [Line("change", -5, "c")]


def test_zero_has_no_sign(server: Server, metrics: Client) -> None:
    """A gauge set to -0.0 is 0, not a change by nothing."""
    metrics.gauge("level", -0.0)
    metrics.gauge("level", -0.0)
    metrics.flush()
    (line, *_) = server.lines()
    assert math.copysign(1, line.value) == 1


@pytest.mark.parametrize("interval", [-1, 3601, float("nan"), float("inf")])
def test_an_interval_that_is_none_is_refused(make: Make, interval: float) -> None:
    """An interval that no thread could keep is an error when the client is made."""
    with pytest.raises(ValueError, match=r"^flush_interval is no number of seconds from 0 to 3600$"):
        make(flush_interval=interval)


def test_nothing_is_opened_before_the_first_push(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a client looks up no name and starts no thread."""

    def look_up(*arguments: object, **options: object) -> Any:
        raise AssertionError("looked up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    before = threading.active_count()
    make("somewhere").close()
    assert threading.active_count() == before


def test_the_thread_sends_within_the_interval(make: Make, server: Server) -> None:
    """Nobody need flush: what is pushed is sent by the thread, again and again, one sum each time."""
    metrics = make("127.0.0.1", server.port, flush_interval=0.05)
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


def test_nobody_listening(make: Make, caplog: pytest.LogCaptureFixture, interval: float) -> None:
    """Refused pushes are counted, once each, and told in one line that is not the package's."""
    metrics = make("127.0.0.1", free_port(), flush_interval=interval)
    for _ in range(5):
        for _ in range(10):
            metrics.increment("a")
        metrics.flush()
    metrics.close()
    assert metrics.dropped == {"send": 50}
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("predictor_kit.metrics", logging.WARNING)
    assert f"could not be sent (ConnectionRefusedError({errno.ECONNREFUSED}" in record.getMessage()


def test_a_refusal_that_is_told_late(make: Make, monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Where a refusal is told at the next datagram, the one before is counted, and the next one sent."""
    metrics = make("127.0.0.1", server.port)
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


def test_a_server_that_comes_back_misses_nothing(make: Make) -> None:
    """The first push to a server that has come back arrives, though the one before was refused."""
    metrics = make("127.0.0.1", free_port())
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


def test_a_resolver_that_does_not_answer(
    make: Make, server: Server, resolver: Resolver, interval: float
) -> None:
    """Nothing waits for it; what is pushed meanwhile is kept, and sent when it has answered."""
    resolver.answer = _addresses((socket.AF_INET, "127.0.0.1", server.port))
    resolver.may_answer.clear()
    metrics = make("agent", flush_interval=interval)
    for _ in range(3):
        metrics.increment("kept")
    metrics.flush(timeout=0)
    assert metrics.dropped == {}
    resolver.may_answer.set()
    assert sum(line.value for line in _until(server, 3)) == 3
    metrics.close()
    assert resolver.asked == 1


def test_closing_waits_for_no_resolver(make: Make, resolver: Resolver) -> None:
    """What cannot be sent within the time that closing has is dropped, and counted."""
    resolver.may_answer.clear()
    metrics = make("agent")
    for _ in range(3):
        metrics.increment("lost")
    metrics.close(timeout=0.01)
    assert metrics.dropped == {"send": 3}


def test_a_host_that_moved_is_found(make: Make, server: Server, resolver: Resolver, clock: Clock) -> None:
    """Where datagrams are refused the name is looked up again after ten seconds, elsewhere after a minute."""
    first, second = Server(free_port()), server
    resolver.answer = _addresses((socket.AF_INET, "127.0.0.1", first.port))
    metrics = make("agent")
    _pushed(metrics, "first")
    assert first.lines() == [Line("first", 1, "c")]
    first.__exit__()
    _pushed(metrics, "lost")
    resolver.answer = _addresses((socket.AF_INET, "127.0.0.1", second.port))
    _pushed(metrics, "lost")
    clock.now += 11
    while not second.lines():
        _pushed(metrics, "lost before it is found")
    clock.now += 59
    _pushed(metrics, "found")
    assert resolver.asked == 2
    clock.now += 2
    resolver.answer = OSError("no resolver today")
    _pushed(metrics, "found")
    assert eventually(lambda: resolver.asked, 3) == 3
    _pushed(metrics, "found")
    metrics.close()
    assert second.lines() == [Line("found", 1, "c")] * 3
    assert metrics.dropped["send"] >= 2


def _pushed(metrics: Client, name: str) -> None:
    metrics.increment(name)
    metrics.flush()


def test_a_name_that_cannot_be_resolved(
    make: Make,
    server: Server,
    resolver: Resolver,
    caplog: pytest.LogCaptureFixture,
    clock: Clock,
    interval: float,
) -> None:
    """Pushes are dropped and counted, one look-up each ten seconds; the name may be found later."""
    resolver.answer = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    metrics = make("nobody.invalid", flush_interval=interval)
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


def test_a_name_that_is_none(make: Make) -> None:
    """A host that no resolver would take is a loss like any other."""
    metrics = make("x" * 64 + ".invalid")
    _pushed(metrics, "lost")
    _pushed(metrics, "lost")
    metrics.close()
    assert metrics.dropped == {"send": 2}


@pytest.mark.usefixtures("no_thread")
def test_no_thread_to_be_had(make: Make, server: Server) -> None:
    """Where no thread can be started pushes are kept, and sent by whoever flushes; a name stays unknown."""
    by_address, by_name = (make(host, server.port) for host in ("127.0.0.1", "localhost"))
    for metrics in (by_address, by_name):
        for _ in range(3):
            metrics.increment("a")
        metrics.close()
    assert server.lines() == [Line("a", 3, "c")]
    assert (by_address.dropped, by_name.dropped) == ({}, {"send": 3})


def test_ipv4_is_preferred_and_each_address_is_tried(make: Make, server: Server, resolver: Resolver) -> None:
    """Of several addresses the first of IPv4 that can be connected to is used."""
    resolver.answer = _addresses(
        (socket.AF_INET6, "::1", server.port),
        (socket.AF_INET, "255.255.255.255", server.port),  # broadcasting is not allowed
        (socket.AF_INET, "127.0.0.1", server.port),
    )
    metrics = make("agent")
    _pushed(metrics, "there")
    metrics.close()
    assert server.lines() == [Line("there", 1, "c")]


@pytest.mark.parametrize("host", ["agent", "127.0.0.1"])
@pytest.mark.parametrize(
    "answer", [[], _addresses((socket.AF_INET, "255.255.255.255", 8125)), OSError("no resolver today")]
)
def test_a_host_without_an_address(make: Make, host: str, answer: Any, resolver: Resolver) -> None:
    """A host that leads nowhere is a loss like any other."""
    resolver.answer = answer
    metrics = make(host)
    _pushed(metrics, "lost")
    metrics.close()
    assert metrics.dropped == {"send": 1}


def test_use_after_close(server: Server, metrics: Client) -> None:
    """A closed client sends nothing and opens nothing; what it is given is counted."""
    metrics.increment("before")
    metrics.close()
    metrics.close()
    metrics.flush()
    metrics.increment("before")
    metrics.gauge("after", 1)
    assert server.lines() == [Line("before", 1, "c")]
    assert metrics.dropped == {"closed": 2}


def test_threads(server: Server, metrics: Client) -> None:
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


@pytest.mark.parametrize("seconds", [math.inf, 1e10])
def test_more_time_than_can_be_waited_for(server: Server, metrics: Client, seconds: float) -> None:
    """A flush and a close that may take for ever are like any other."""
    metrics.increment("a")
    metrics.flush(seconds)
    metrics.increment("a", 2)
    metrics.close(seconds)
    assert sum(line.value for line in server.lines()) == 3
    assert metrics.dropped == {}


class _Stop(BaseException):
    """What a signal's handler raises to end a program."""


@pytest.mark.usefixtures("no_thread")
def test_a_flush_that_is_interrupted(server: Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not on its way yet is sent by the next one; what may not have left is counted."""
    client = make("127.0.0.1", server.port)
    for number in range(5000):
        client.increment(f"a_counter_with_a_name_{number}")

    def interrupted(seconds: float) -> None:
        monkeypatch.undo()
        raise _Stop

    monkeypatch.setattr(datagrams, "sleep", interrupted)
    with pytest.raises(_Stop):
        client.flush()
    client.close()
    lines = server.lines()
    assert len({line.name for line in lines}) == len(lines) > 4900
    assert len(lines) + client.dropped["send"] == 5000


def test_a_close_in_the_middle_of_a_push(server: Server, metrics: Client) -> None:
    """A signal's handler that closes waits for no push that it has interrupted, and that is not lost."""

    class Odd(float):
        def __float__(self) -> float:
            metrics.increment("handled")
            metrics.close()
            return 1.0

    metrics.increment("a")
    metrics.flush()
    started = monotonic()
    metrics.increment("a", Odd(1))
    assert monotonic() - started < 4
    arrived = sum(line.value for line in server.lines())
    assert arrived + sum(metrics.dropped.values()) == 3


def test_a_close_in_the_middle_of_a_sending(
    server: Server, metrics: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a signal's handler pushed before it closed is sent by what it has interrupted."""
    send = socket.socket.send

    def interrupted(own: socket.socket, data: Any, *flags: int) -> int:
        monkeypatch.undo()
        metrics.increment("handled", 2)
        metrics.close()
        return send(own, data, *flags)

    monkeypatch.setattr(socket.socket, "send", interrupted)
    metrics.increment("a")
    metrics.flush()
    assert sorted(line.value for line in server.lines()) == [1, 2]
    assert metrics.dropped == {}


def test_a_signal_handler_that_pushes_to_what_is_closed(metrics: Client) -> None:
    """Each push is counted, also where a handler counts one of its own in the middle of that."""
    metrics.close()
    handled = 0

    def push(*_: object) -> None:
        nonlocal handled
        handled += 1
        metrics.increment("a")

    before = signal.signal(signal.SIGALRM, push)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    count = 0
    try:
        while handled < 100:
            metrics.increment("a")
            count += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert metrics.dropped == {"closed": count + handled}
