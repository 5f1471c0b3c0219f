"""What FanOutMetrics adds to the contract: several clients, of which one may fail or wait."""

import socket
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any
from unittest.mock import Mock, call

import pytest

from predictor_kit.metrics import DogStatsdMetrics, FanOutMetrics, InMemoryMetrics, with_tags

from .conftest import Clock
from .subjects import Broken, Own
from .wire import Line, Server


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


class Ending(Own):
    """Has a ``flush()`` and a ``close()``, without a parameter."""

    def __init__(self, done: list[str]) -> None:
        super().__init__()
        self.done = done

    def flush(self) -> None:
        self.done.append("flushed")

    def close(self) -> None:
        self.done.append("closed")


class InTime(Own):
    """Notes the seconds that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed: list[float] = []
        self.closed: list[float] = []

    def flush(self, timeout: float) -> None:
        self.flushed.append(timeout)

    def close(self, *, timeout: float | None = None) -> None:
        assert timeout is not None
        self.closed.append(timeout)


class Failing(Own):
    """Can neither be flushed nor closed."""

    def flush(self, timeout: float) -> None:
        raise OSError("in use")

    def close(self, timeout: float) -> None:
        raise OSError("in use")


def test_flushing_a_fan_out_flushes_each(caplog: pytest.LogCaptureFixture) -> None:
    """Each client that can be flushed is, also behind one that fails; the failure is logged once."""
    done: list[str] = []
    FanOutMetrics([Own(), Ending(done), Failing(), Ending(done)]).flush()
    assert done == ["flushed", "flushed"]
    assert caplog.messages == ["a metrics client could not be flushed: Failing"]


def test_closing_a_fan_out_closes_each(caplog: pytest.LogCaptureFixture) -> None:
    """Each client that can be closed is, also behind one that fails; the failure is logged."""
    done: list[str] = []
    FanOutMetrics([Own(), Ending(done), Broken(OSError("in use")), Ending(done)]).close()
    assert done == ["closed", "closed"]
    assert caplog.messages == ["a metrics client could not be closed: Broken"]


def test_a_client_of_ones_own_is_told_the_time() -> None:
    """It gets what is left of the seconds if it has a parameter for them, whatever else that has."""
    first, last = InTime(), InTime()
    fan_out = FanOutMetrics([first, last])
    fan_out.flush(30)
    fan_out.close(timeout=30)
    for client in (first, last):
        for (seconds,) in (client.flushed, client.closed):
            assert 0 < seconds <= 30


@pytest.mark.parametrize("derive", [lambda client: client, lambda client: FanOutMetrics([client])])
def test_a_client_of_ones_own_is_never_hurried(derive: Any, caplog: pytest.LogCaptureFixture) -> None:
    """However deep it stands, it is flushed once and with time, and so none that would fail without fails."""

    class InAHurry(InTime):
        def flush(self, timeout: float) -> None:
            if not timeout:
                raise TimeoutError
            super().flush(timeout)

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    clients = [InAHurry(), InAHurry()]
    fan_out = FanOutMetrics([derive(client) for client in clients])
    with_tags(FanOutMetrics([fan_out, with_tags(clients[1], {})]), {}).flush(30)
    assert list(map(len, (client.flushed for client in clients))) == [1, 2]
    assert caplog.messages == []


@pytest.mark.parametrize(
    "derive", [lambda client: FanOutMetrics([client, Own()]), lambda client: with_tags(client, {})]
)
def test_a_client_is_closed_once(derive: Any) -> None:
    """A second close asks no client again: one of one's own may not bear it."""
    done: list[str] = []
    client = derive(Ending(done))
    client.close()
    client.close()
    assert done == ["closed"]


def test_what_is_called_timeout_is_asked_of_a_mock_in_vain() -> None:
    """A mock takes whatever it is given, and tells nothing of it: it is called as one that has no timeout."""
    client = Mock()
    FanOutMetrics([client, client]).close(3)
    assert client.mock_calls == [call.close(), call.close()]


def test_a_failure_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Also of a subclass that fails, within whatever time."""

    class Broken(InMemoryMetrics):
        def flush(self, timeout: float = 5) -> None:
            raise OSError("in use")

    FanOutMetrics([Broken(), Own()]).flush()
    assert caplog.messages == ["a metrics client could not be flushed: Broken"]


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that does not answer for ``dead`` until it is set."""
    ask, may_answer = socket.getaddrinfo, threading.Event()

    def answer(host: str, *arguments: Any, **options: Any) -> Any:
        if host == "dead":
            may_answer.wait(60)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ask(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    yield may_answer
    may_answer.set()


@pytest.mark.parametrize("end", ["flush", "close"])
def test_clients_that_wait_share_their_time(server: Server, dead: threading.Event, end: str) -> None:
    """Six without a server's address need no longer than one; what the seventh has leaves all the same."""
    waiting = [DogStatsdMetrics("dead", flush_interval=3600) for _ in range(6)]
    ready = DogStatsdMetrics("127.0.0.1", server.port, flush_interval=3600)
    fan_out = with_tags(FanOutMetrics([*waiting, FanOutMetrics([ready])]), {"model": "v1"})
    fan_out.increment("a")
    start = monotonic()
    getattr(fan_out, end)(timeout=1)
    assert monotonic() - start < 5
    assert server.lines() == [Line("a", 1, "c", ("model:v1",))]
    assert [client.dropped for client in waiting] == [{} if end == "flush" else {"send": 1}] * 6
    fan_out.close(0)
