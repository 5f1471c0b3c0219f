"""What StatsdMetrics adds to the contract: names without tags, and a host looked up in the background."""

import os
import socket
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

from predictor_kit.metrics import StatsdMetrics, statsd

from .conftest import Clock
from .servers import eventually
from .wire import Line, Server, free_port, parse_plain


@pytest.fixture
def plain() -> Generator[Server]:
    with Server(parser=parse_plain) as server:
        yield server


class Resolver:
    """Stands in for the system's resolver, which no test can make slow: it answers when it is let."""

    def __init__(self, address: str | None = "127.0.0.1") -> None:
        self.address = address
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self._real: Callable[..., Any] = socket.getaddrinfo

    def __call__(self, host: str, *arguments: Any, **named: Any) -> Any:
        self.asked.append(host)
        assert self.may_answer.wait(10)
        if self.address is None:
            raise socket.gaierror(-2, "Name or service not known")
        return self._real(self.address, *arguments, **named)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Generator[Resolver]:
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    yield resolver
    resolver.may_answer.set()


def test_each_kind_has_its_line(plain: Server) -> None:
    """A counter is c, a gauge g, a histogram ms; tags are in the name, sorted by key."""
    client = StatsdMetrics("127.0.0.1", plain.port)
    client.increment("predictions", 2, {"zone": "eu.west", "model": "v1", "empty": ""})
    client.gauge("queue", 7)
    client.histogram("latency", 0.25)
    assert plain.lines() == [
        Line("predictions.empty._.model.v1.zone.eu_west", 2, "c"),
        Line("queue", 7, "g"),
        Line("latency", 0.25, "ms"),
    ]
    client.close()


def test_a_negative_gauge_is_one_datagram(plain: Server) -> None:
    """However long its name, 0 and the value arrive together: nothing can come between."""
    client = StatsdMetrics("127.0.0.1", plain.port)
    client.gauge("g" * 1900, -5)
    assert plain.datagram() == [Line("g" * 1900, 0, "g"), Line("g" * 1900, -5, "g")]
    client.close()


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none(port: int) -> None:
    """It is refused when the client is made, without showing it."""
    with pytest.raises(ValueError, match=r"^port is not a UDP port, a whole number from 1 to 65535$"):
        StatsdMetrics(port=port)


def test_nobody_listening_is_counted_and_loses_nothing_later(caplog: pytest.LogCaptureFixture) -> None:
    """What the system says did not arrive is counted; as soon as somebody listens, everything arrives."""
    port = free_port()
    client = StatsdMetrics("127.0.0.1", port)
    for _ in range(3):
        client.increment("lost")
    assert client.dropped["send"] >= 1
    assert "ConnectionRefusedError" in caplog.messages[0]
    with Server(port, parse_plain) as server:
        client.increment("arrives")
        assert server.lines() == [Line("arrives", 1, "c")]
    client.close()


def test_an_address_that_cannot_be_had_is_counted() -> None:
    """An address to which there is no way costs the push, and raises nothing."""
    client = StatsdMetrics("255.255.255.255")
    client.increment("lost")
    client.increment("lost")
    assert client.dropped == {"send": 2}
    client.close()


def test_making_one_looks_nothing_up(resolver: Resolver) -> None:
    """The host is first asked for at the first push, and never where it is an address."""
    StatsdMetrics("statsd.internal").close()
    assert resolver.asked == []


def test_pushes_wait_for_the_address(resolver: Resolver, plain: Server) -> None:
    """Until the resolver answers no push blocks, and what was pushed arrives in its order."""
    client = StatsdMetrics("statsd.internal", plain.port)
    for number in range(3):
        client.gauge("queue", number)
    assert resolver.asked == ["statsd.internal"]
    resolver.may_answer.set()
    assert [plain.datagram()[0].value for _ in range(3)] == [0, 1, 2]
    assert client.dropped == {}
    client.close()


def test_so_many_wait_and_no_more(resolver: Resolver, plain: Server) -> None:
    """A resolver that never answers costs no memory without bound: from 1,000 on pushes are counted."""
    client = StatsdMetrics("statsd.internal", plain.port)
    for _ in range(1005):
        client.increment("predictions")
    assert client.dropped == {"send": 5}
    resolver.may_answer.set()
    assert eventually(lambda: client._resolving, None) is None
    client.close()


def test_a_name_that_is_not_found_is_asked_for_again(resolver: Resolver, plain: Server, clock: Clock) -> None:
    """What waited is counted, then all is, until ten seconds later the name is found."""
    resolver.address = None
    client = StatsdMetrics("statsd.internal", plain.port)
    client.increment("lost")
    resolver.may_answer.set()
    assert eventually(lambda: dict(client.dropped), {"send": 1}) == {"send": 1}
    client.increment("lost")
    assert client.dropped == {"send": 2}
    resolver.address = "127.0.0.1"
    clock.now += 10
    client.increment("arrives")
    assert plain.datagram() == [Line("arrives", 1, "c")]
    assert len(resolver.asked) == 2
    client.close()


def test_a_name_is_looked_up_every_minute(resolver: Resolver, plain: Server, clock: Clock) -> None:
    """The server may have moved: the old address is used until the new one is known."""
    client = StatsdMetrics("statsd.internal", plain.port)
    resolver.may_answer.set()
    client.increment("first")
    assert plain.datagram() == [Line("first", 1, "c")]
    resolver.may_answer.clear()
    clock.now += 60
    client.increment("second")
    assert plain.datagram() == [Line("second", 1, "c")]
    resolver.may_answer.set()
    assert eventually(lambda: client._resolving, None) is None
    client.increment("third")
    assert plain.datagram() == [Line("third", 1, "c")]
    assert len(resolver.asked) == 2
    client.close()


def test_closing_waits_a_while_for_the_address(
    resolver: Resolver, plain: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What still waits is sent if the resolver answers in time, and counted otherwise."""
    client = StatsdMetrics("statsd.internal", plain.port)
    client.increment("arrives")
    threading.Timer(0.05, resolver.may_answer.set).start()
    client.close()
    assert plain.lines() == [Line("arrives", 1, "c")]

    resolver.may_answer.clear()
    monkeypatch.setattr(statsd, "_CLOSE_SECONDS", 0.05)
    late = StatsdMetrics("statsd.internal", plain.port)
    late.increment("lost")
    late.close()
    assert late.dropped == {"send": 1}
    resolver.may_answer.set()
    assert eventually(lambda: late._resolving, None) is None
    assert late._sender is None
    assert plain.lines() == []


def test_waiting_pushes_that_nobody_takes_are_counted(resolver: Resolver) -> None:
    """What the system refuses once the address is known is lost as any other push."""
    client = StatsdMetrics("statsd.internal", free_port())
    for _ in range(20):
        client.increment("lost")
    resolver.may_answer.set()
    assert eventually(lambda: client.dropped.get("send", 0) > 0, expected=True)
    client.close()


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the interpreter ends there are no new threads; the push is counted, and nothing raised."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    client = StatsdMetrics("localhost")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    client.increment("lost")
    client.increment("lost")
    assert client.dropped == {"send": 2}
    client.close()


forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@forking
def test_a_child_sends_its_own_and_nothing_twice(resolver: Resolver, plain: Server) -> None:
    """After a fork the parent sends what waited in it, the child what it pushes itself."""
    client = StatsdMetrics("statsd.internal", plain.port)
    client.increment("parent")
    child = os.fork()
    if not child:
        resolver.may_answer.set()
        client.increment("child")
        client.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    resolver.may_answer.set()
    client.close()
    assert sorted(line.name for line in plain.lines()) == ["child", "parent"]


@forking
def test_a_child_uses_the_socket_that_is_there(plain: Server) -> None:
    """A client that is connected before a fork goes on in both."""
    client = StatsdMetrics("127.0.0.1", plain.port)
    client.increment("parent")
    child = os.fork()
    if not child:
        client.increment("child")
        client.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    client.increment("parent")
    client.close()
    assert sorted(line.name for line in plain.lines()) == ["child", "parent", "parent"]
