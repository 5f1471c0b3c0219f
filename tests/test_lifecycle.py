"""Who builds, closes: what loading builds, in which order it ends, and what it leaves alone."""

import re
import subprocess
import sys
import textwrap
import threading
import types
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from dependency_injector import providers
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit import PredictorContainer, load_predictor, override, resolve
from predictor_kit.errors import TeardownError
from predictor_kit.metrics import InMemoryMetrics

TIMEOUT = 60


class Client(InMemoryMetrics):
    """Knows whether it was closed, and was never entered."""

    closed = 0

    def close(self, timeout: float = 5) -> None:
        self.closed += 1

    def __enter__(self) -> None:
        raise AssertionError("entered")

    def __exit__(self, *_: object) -> None:
        raise AssertionError("left")


class Quiet(PredictorContainer):
    """A container that opens no socket."""

    metrics_client = providers.Singleton(Client)


class Box:
    def __init__(self, *args: Any) -> None:
        self.args = args


def asked(*names: str) -> type[Any]:
    """A predictor class that asks for ``names`` and keeps them as attributes."""
    space: dict[str, Any] = {}
    body = "; ".join(f"self.{name} = {name}" for name in names) or "pass"
    exec(f"def __init__(self, {', '.join(names)}): {body}", space)
    return type("Asking", (), {"__init__": space["__init__"], "predict": lambda self, payload: payload})


def extended_by(container: type[PredictorContainer], **members: Any) -> Any:
    return types.new_class(container.__name__, (container,), exec_body=lambda space: space.update(members))


class Log(list[str]):
    """What happened, in order."""

    def opened(self, name: str, *_: Any) -> Iterator[str]:
        """A generator for a resource."""
        self.append(f"open {name}")
        yield name
        self.append(f"close {name}")

    def failing(self, name: str, *_: Any) -> Iterator[str]:
        """One that fails at its end."""
        yield from self.opened(name)
        raise OSError(name)

    def boom(self, *_: Any) -> None:
        """A constructor that fails."""
        self.append("boom")
        raise ValueError("boom")

    def resource(self, name: str, *needs: Any) -> providers.Resource[Any]:
        return providers.Resource(self.opened, name, *needs)


# The order of creation, reversed


def test_the_predictor_is_closed_first() -> None:
    """Its own ``close()`` runs while all that it was given is still open; a coroutine is waited for."""
    log = Log()

    class Predictor:
        def __init__(self, tool: Any, metrics_client: Any) -> None:
            self.client = metrics_client

        def predict(self, payload: Any) -> Any:
            return payload

        async def close(self) -> None:
            log.append(f"predictor closed, client {self.client.closed}")

    with load_predictor(Predictor, container=extended_by(Quiet, tool=log.resource("tool"))) as loaded:
        assert log == ["open tool"]
    assert log == ["open tool", "predictor closed, client 0", "close tool"]
    assert loaded.instance.client.closed == 1


def test_resources_behind_singletons_end_in_order() -> None:
    """Trap: shutdown sees direct edges only; a resource that needs another through a singleton ends first."""
    log = Log()
    inner = log.resource("inner")
    outer = log.resource("outer", providers.Singleton(Box, providers.Factory(Box, inner)))
    for _ in range(40):
        log.clear()
        load_predictor(
            asked("outer", "inner"), container=extended_by(Quiet, inner=inner, outer=outer)
        ).close()
        assert log == ["open inner", "open outer", "close outer", "close inner"]


@dataclass
class Node:
    """One provider of a random graph: of which kind, over which earlier ones, and whether its end fails."""

    kind: str
    needs: list[int]
    fails: bool


@dataclass
class Net:
    """A random graph without circles, which of it the predictor asks for, and what is built before."""

    nodes: list[Node]
    roots: list[int]
    before: set[int]

    def reached(self) -> set[int]:
        found: set[int] = set()
        ahead = list(self.roots)
        while ahead:
            one = ahead.pop()
            found.add(one)
            ahead += self.nodes[one].needs
        return found


KINDS: dict[str, Any] = {
    "singleton": providers.Singleton,
    "thread-safe": providers.ThreadSafeSingleton,
    "factory": providers.Factory,
    "callable": providers.Callable,
    "resource": providers.Resource,
    "manager": providers.Resource,
    "plain": providers.Resource,
}
ENDING = ("resource", "manager")


@st.composite
def nets(draw: st.DrawFn) -> Net:
    count = draw(st.integers(1, 9))
    nodes = []
    for index in range(count):
        needs = draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set()
        nodes.append(Node(draw(st.sampled_from(sorted(KINDS))), list(needs), draw(st.booleans())))
    any_of = st.integers(0, count - 1)
    roots = list(draw(st.sets(any_of, min_size=1)))
    return Net(nodes, roots, draw(st.sets(any_of)) if draw(st.booleans()) else set())


class Built:
    """The container of a net; each provider has code of its own, and logs what happens."""

    def __init__(self, net: Net, broken: int | None = None) -> None:
        self.net = net
        self.broken = broken
        self.log: list[tuple[str, int]] = []
        made: list[Any] = []
        for index, node in enumerate(net.nodes):
            needs = [made[need] for need in node.needs]
            within = [providers.List(*needs)] if index % 3 == 2 else needs
            made.append(KINDS[node.kind](self._code(index, node), *within))
        self.container: Any = extended_by(Quiet, **{f"n{index}": one for index, one in enumerate(made)})()

    def _code(self, index: int, node: Node) -> Callable[..., Any]:
        last = "yield start()\n    end()" if node.kind in ENDING else "return start()"
        space = {"start": lambda: self._start(index), "end": lambda: self._end(index)}
        exec(f"def n{index}(*needs):\n    {last}", space)
        made: Any = space[f"n{index}"]
        return contextmanager(made) if node.kind == "manager" else made

    def _start(self, index: int) -> Box:
        if index == self.broken:
            raise ArithmeticError(index)
        self.log.append(("open", index))
        return Box()

    def _end(self, index: int) -> None:
        self.log.append(("close", index))
        if self.net.nodes[index].fails:
            raise OSError(index)

    def opened(self) -> list[int]:
        """What has an end, in the order of its creation."""
        return [i for event, i in self.log if event == "open" and self.net.nodes[i].kind in ENDING]

    def closed(self) -> list[int]:
        return [i for event, i in self.log if event == "close"]

    def build_before(self) -> None:
        """What the user builds himself."""
        for index in self.net.before:
            self.container.providers[f"n{index}"]()
        self.log.clear()


@given(nets())
def test_any_graph_ends_in_the_reverse_order_of_creation(net: Net) -> None:
    """Whatever needs what: what is reached is built, all of it ends in order, and failures are grouped."""
    built = Built(net)
    built.build_before()
    loaded = load_predictor(asked(*(f"n{root}" for root in net.roots)), container=built.container)
    opened = built.opened()
    assert {index for _, index in built.log} <= net.reached()
    assert len(opened) == len(set(opened))
    failing = [index for index in reversed(opened) if net.nodes[index].fails]
    if failing:
        with pytest.raises(TeardownError) as caught:
            loaded.close()
        assert [error.args[0] for error in caught.value.exceptions] == failing
    else:
        loaded.close()
    assert built.closed() == opened[::-1]
    loaded.close()
    assert built.closed() == opened[::-1]


@given(nets(), st.data())
def test_a_start_that_fails_takes_down_what_it_started(net: Net, data: st.DataObject) -> None:
    """Whatever fails: what was opened ends in order, and the error is the one raised, and tells its way."""
    broken = data.draw(st.sampled_from(sorted(net.reached())))
    net.before -= {index for index in net.before if broken in Net(net.nodes, [index], set()).reached()}
    built = Built(net, broken)
    built.build_before()
    predictor = asked(*(f"n{root}" for root in net.roots))
    hidden = {i for i in net.before if net.nodes[i].kind not in ("factory", "callable")}
    open_ways = Net(
        [Node(n.kind, [] if i in hidden else n.needs, False) for i, n in enumerate(net.nodes)],
        net.roots,
        set(),
    )
    if broken not in open_ways.reached():
        return  # all that needs it was there already
    with pytest.raises(ArithmeticError) as caught:
        load_predictor(predictor, container=built.container)
    assert caught.value.args == (broken,)
    assert built.closed() == built.opened()[::-1]
    way, *failures = caught.value.__notes__
    names = [
        int(name[1:])
        for name in way.removeprefix("while building Asking -> ").split(" -> ")
        if name[0] == "n"
    ]
    assert names[0] in net.roots
    assert names[-1] == broken
    assert all(below in net.nodes[above].needs for above, below in pairwise(names))
    assert failures == [
        f"and then closing what had been started failed: OSError: {index}"
        for index in built.closed()
        if net.nodes[index].fails
    ]
    built.broken = None
    built.log.clear()
    load_predictor(predictor, container=built.container)
    assert broken in {index for _, index in built.log}


def test_what_is_needed_later_or_perhaps_and_then_now_ends_in_order() -> None:
    """A resource that is reached uncalled first, or as one of several, is built and ended in its turn."""
    log = Log()
    first = log.resource("first")
    second = log.resource("second", first)
    first.add_args(second.provider)
    chosen = providers.Selector(lambda: "second", second=second)
    container = extended_by(Quiet, chosen=chosen, first=first, second=second)
    with load_predictor(asked("first", "chosen", "second"), container=container):
        """Nothing to do."""
    with load_predictor(asked("chosen", "second", "first"), container=container):
        """Nothing to do."""
    assert log == ["open first", "open second", "close second", "close first"] * 2


def test_an_interrupt_in_a_constructor_takes_down_what_was_started() -> None:
    """Ctrl-C while loading closes what was open, restores overrides and config, and comes through."""
    log = Log()

    def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    first = log.resource("first")
    members = {
        "first": first,
        "second": providers.Singleton(interrupted, first),
        "extra": providers.Object(0),
    }
    container = extended_by(Quiet, **members)()
    with pytest.raises(KeyboardInterrupt):
        load_predictor(asked("second"), container=container, config={"n": 1}, overrides={"extra": 1})
    assert log == ["open first", "close first"]
    assert container.config() == {}
    assert container.extra() == 0


def test_an_interrupt_at_an_end_stops_no_other_end() -> None:
    """Ctrl-C while closing comes through after all has been closed."""
    log = Log()

    def interrupted(*needs: Any) -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    first = log.resource("first")
    second = providers.Resource(interrupted, first)
    loaded = load_predictor(
        asked("third"),
        container=extended_by(Quiet, first=first, second=second, third=log.resource("third", second)),
    )
    with pytest.raises(KeyboardInterrupt):
        loaded.close()
    assert log == ["open first", "open third", "close third", "close first"]


def test_an_interrupt_in_the_predictors_own_end() -> None:
    """Ctrl-C in ``close()`` comes through after all that was built for the predictor has been closed."""
    log = Log()

    class Interrupted:
        def __init__(self, first: Any) -> None: ...

        def predict(self, payload: Any) -> None: ...

        def close(self) -> None:
            raise KeyboardInterrupt

    container = extended_by(Quiet, first=log.resource("first"))()
    loaded = load_predictor(Interrupted, container=container, config={"n": 1})
    with pytest.raises(KeyboardInterrupt):
        loaded.close()
    assert log == ["open first", "close first"]
    assert container.config() == {}


def test_a_constructor_of_the_predictor_that_fails_takes_all_down() -> None:
    """What was built for it is closed, and the note names it alone."""
    log = Log()

    class Failing:
        def __init__(self, tool: Any, metrics_client: Any) -> None:
            log.append(f"client {metrics_client.closed}")
            self.missing.attribute  # type: ignore[attr-defined] # noqa: B018 - fails

        def predict(self, payload: Any) -> None:
            """Never called."""

    with pytest.raises(AttributeError) as caught:
        load_predictor(Failing, container=extended_by(Quiet, tool=log.resource("tool")))
    assert caught.value.__notes__ == ["while building Failing"]
    assert log == ["open tool", "client 0", "close tool"]


# What is entered and closed, and what is not


class Manager:
    """A context manager by class."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def __enter__(self) -> str:
        self.log.append("entered")
        return "value"

    def __exit__(self, *_: object) -> None:
        self.log.append("left")


def test_a_resource_of_a_context_manager_is_entered_and_left() -> None:
    """What is declared as a Resource and gives a context manager is entered, once, and left, once."""
    log = Log()
    container = extended_by(Quiet, tool=providers.Resource(Manager, log))()
    for _ in range(2):
        log.clear()
        with load_predictor(asked("tool"), container=container) as loaded:
            assert loaded.instance.tool == "value"
        assert log == ["entered", "left"]
    with load_predictor(asked("tool"), container=container):
        container.shutdown_resources()
        assert log == ["entered", "left"] * 2
    assert log == ["entered", "left"] * 2


def test_nothing_else_is_entered() -> None:
    """Trap: a Resource enters all that has ``__enter__``; a client, a lock and a tool are none here."""
    log = Log()
    lock = threading.Lock()
    members = {
        "tool": providers.Singleton(Manager, log),
        "made": providers.Factory(Manager, log),
        "lock": providers.Object(lock),
    }
    with load_predictor(asked("metrics_client", *members), container=extended_by(Quiet, **members)) as loaded:
        assert not loaded.instance.lock.locked()
    assert log == []


class Closing:
    """Has a ``close()`` that nobody asked us to call."""

    def close(self) -> None:
        raise AssertionError("closed")


def test_nothing_else_is_closed() -> None:
    """Of singletons only the metrics client is closed, and of that only what was built here."""
    members = {
        "tool": providers.Singleton(Closing),
        "made": providers.Factory(Closing),
        "given": providers.Object(Closing()),
        "opened": providers.Resource(Closing),
    }
    load_predictor(asked("metrics_client", *members), container=extended_by(Quiet, **members)).close()


@pytest.mark.parametrize(
    "provider",
    [
        providers.Singleton(Client),
        providers.ThreadSafeSingleton(Client),
        providers.ThreadLocalSingleton(Client),
        providers.ContextLocalSingleton(Client),
        providers.Selector(Quiet.config.kind, it=providers.Singleton(Client)),
        providers.Dependency(default=providers.Singleton(Client)),
        providers.Callable(providers.Singleton(Client)),
    ],
)
def test_the_metrics_client_that_was_built_is_closed(provider: Any) -> None:
    """However it is declared, the client is closed once, when the predictor is, and built anew next time."""
    container = extended_by(Quiet, metrics_client=provider)(config={"kind": "it"})
    clients = []
    for _ in range(2):
        with load_predictor(asked("metrics_client"), container=container) as loaded:
            clients.append(loaded.instance.metrics_client)
            assert clients[-1].closed == 0
    assert [client.closed for client in clients] == [1, 1]
    assert clients[0] is not clients[1]


def test_a_metrics_client_that_an_override_built_is_closed() -> None:
    """A provider given for this predictor alone builds for it, and so the client is closed with it."""
    with load_predictor(
        asked("metrics_client"), container=Quiet, overrides={"metrics_client": providers.Singleton(Client)}
    ) as loaded:
        client = loaded.instance.metrics_client
    assert client.closed == 1


@pytest.mark.parametrize("given", ["object", "override", "argument", "built", "resolved", "overridden"])
def test_a_metrics_client_of_the_users_own_stays_open(given: str) -> None:
    """A client that the user made, or built himself by asking its provider before, is his to close."""
    client = Client()
    made: Any = extended_by(Quiet, metrics_client=providers.Object(client)) if given == "object" else Quiet
    container = made(metrics_client=client) if given == "argument" else made()
    overrides = {"metrics_client": client} if given == "override" else {}
    if given == "built":
        client = container.metrics_client()
    elif given == "resolved":
        client = resolve(lambda metrics_client: metrics_client, container)
    elif given == "overridden":
        container.metrics_client.override(client)
    with load_predictor(asked("metrics_client"), container=container, overrides=overrides) as loaded:
        assert loaded.instance.metrics_client is client
    assert client.closed == 0


def test_a_client_without_close_is_no_trouble() -> None:
    """A client need not have a ``close()``, nor need it be a method."""
    for value in (object(), types.SimpleNamespace(close=None)):
        container = extended_by(Quiet, metrics_client=providers.Singleton(lambda value=value: value))
        load_predictor(asked("metrics_client"), container=container).close()


def test_a_singleton_of_a_type_of_its_own_ends_too() -> None:
    """Where ``provided_type`` lets only classes in, what was built here is told from what was there."""

    class Clients(providers.Singleton[Any]):
        provided_type: Any = Client

    container = extended_by(Quiet, metrics_client=Clients(Client))
    with load_predictor(asked("metrics_client"), container=container) as loaded:
        client = loaded.instance.metrics_client
    assert client.closed == 1
    own = container()
    client = own.metrics_client()
    load_predictor(asked("metrics_client"), container=own).close()
    assert client.closed == 0


def test_what_the_user_built_before_is_left_alone() -> None:
    """A resource and a singleton that were there before are used, and stay as they are afterwards."""
    log = Log()
    container = extended_by(Quiet, tool=log.resource("tool"), box=providers.Singleton(Box))()
    container.tool()
    box = container.box()
    with load_predictor(asked("tool", "box"), container=container) as loaded:
        assert loaded.instance.box is box
    assert log == ["open tool"]
    assert container.box() is box


# One instance for several


def test_what_is_shared_is_closed_with_the_last() -> None:
    """Of two predictors over one container instance the first to close leaves all open for the other."""
    log = Log()
    container = extended_by(Quiet, tool=log.resource("tool"), more=log.resource("more"))()
    one = load_predictor(asked("tool", "metrics_client"), container=container)
    two = load_predictor(asked("more", "tool", "metrics_client"), container=container)
    client = one.instance.metrics_client
    assert two.instance.metrics_client is client
    one.close()
    one.close()
    assert (log, client.closed) == (["open tool", "open more"], 0)
    two.close()
    assert (log[2:], client.closed) == (["close more", "close tool"], 1)
    with load_predictor(asked("tool", "metrics_client"), container=container) as again:
        assert again.instance.metrics_client is not client
        assert log[4:] == ["open tool"]


def test_a_load_that_fails_closes_nothing_of_another() -> None:
    """What another loaded predictor uses stays open; what the failed load opened does not."""
    log = Log()
    more = log.resource("more")
    container = extended_by(
        Quiet, tool=log.resource("tool"), more=more, bad=providers.Singleton(log.boom, more)
    )()
    with load_predictor(asked("tool"), container=container):
        with pytest.raises(ValueError, match="boom"):
            load_predictor(asked("tool", "bad"), container=container)
        assert log == ["open tool", "open more", "boom", "close more"]
    assert log[4:] == ["close tool"]


def test_each_load_from_a_class_has_its_own() -> None:
    """From a container class each predictor has an instance to itself, closed with it."""
    one, two = (load_predictor(asked("metrics_client"), container=Quiet) for _ in range(2))
    one.close()
    assert (one.instance.metrics_client.closed, two.instance.metrics_client.closed) == (1, 0)
    two.close()


def test_what_is_resolved_after_an_end_is_built_anew() -> None:
    """A plan that was compiled while a predictor was loaded gives nothing that was closed with it."""
    container: Any = Quiet()

    def ask(metrics_client: Any) -> Any:
        return metrics_client

    with load_predictor(asked("metrics_client"), container=container) as loaded:
        assert resolve(ask, container) is loaded.instance.metrics_client
    assert resolve(ask, container).closed == 0
    assert resolve(ask, container) is resolve(ask, container)


def test_a_plan_ends_with_what_was_built() -> None:
    """After an end all is built as at first, one after the other: a failure then tells its way, too."""
    failing: list[int] = []

    def inner() -> Box:
        if failing:
            raise ValueError("boom")
        return Box()

    single = providers.Singleton(inner)
    container = extended_by(Quiet, inner=single, tool=providers.Singleton(Box, single))()
    predictor = asked("tool")
    with load_predictor(predictor, container=container) as loaded:
        assert resolve(predictor, container).tool is loaded.instance.tool
    failing.append(1)
    with pytest.raises(ValueError, match="boom") as caught:
        resolve(predictor, container)
    assert caught.value.__notes__ == ["while building Asking -> tool -> inner"]


def test_an_override_in_between_keeps_the_count() -> None:
    """What was built before and inside an override is closed with the last predictor, the latest first."""
    log = Log()
    container = extended_by(Quiet, tool=log.resource("tool", Quiet.config.n))(config={"n": 1})
    one = load_predictor(asked("tool"), container=container)
    with override(container, config={"n": 2}):
        two = load_predictor(asked("tool"), container=container)
    three = load_predictor(asked("tool"), container=container)
    for loaded in (one, three):
        loaded.close()
    assert three.instance.tool is one.instance.tool
    assert log == ["open tool"] * 2
    two.close()
    assert log[2:] == ["close tool"] * 2


def test_only_what_is_reached_is_built() -> None:
    """A provider that the predictor does not reach is not built, even if it would fail."""
    log = Log()
    members = {"bad": providers.Singleton(log.boom), "tool": providers.Singleton(Box)}
    load_predictor(asked("tool"), container=extended_by(Quiet, **members)).close()
    assert log == []


# Threads and processes


@pytest.mark.parametrize("kind", [providers.Singleton, providers.ThreadSafeSingleton, providers.Resource])
@pytest.mark.parametrize("how", ["load", "resolve"])
def test_eight_threads_build_one(kind: Any, how: str) -> None:
    """However many threads load or resolve from one instance at once, each shared thing is built once."""
    start = threading.Barrier(8)
    again = threading.Event()
    built: list[str] = []

    def made(name: str) -> Callable[..., Box]:
        def make(*_: Any) -> Box:
            if name in built:
                again.set()
            built.append(name)
            again.wait(0.05)  # time enough for another thread to build it too, if it could
            return Box()

        return make

    inner = kind(made("inner"))
    container = extended_by(Quiet, inner=inner, tool=kind(made("tool"), inner))()
    found: list[Any] = []
    predictor = asked("tool")

    def run() -> None:
        start.wait(TIMEOUT)
        if how == "load":
            found.append(load_predictor(predictor, container=container).instance.tool)
        else:
            found.append(resolve(predictor, container).tool)

    in_threads(*[run] * 8)
    assert built == ["inner", "tool"]
    assert len(set(map(id, found))) == 1
    assert len(found) == 8


def in_threads(*work: Callable[[], Any]) -> None:
    """Do all at once; none may take for ever."""
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert not any(thread.is_alive() for thread in threads)


def test_loads_and_ends_at_once_keep_the_count() -> None:
    """Threads that load and close from one instance, again and again, leave nothing open."""
    opened, closed = [], []

    def tool() -> Generator[Box]:
        box = Box()
        opened.append(box)
        yield box
        closed.append(box)

    container = extended_by(Quiet, tool=providers.Resource(tool))()
    start, predictor, wrong = threading.Barrier(6), asked("tool"), []

    def run() -> None:
        start.wait(TIMEOUT)
        for _ in range(20):
            with load_predictor(predictor, container=container) as loaded:
                if loaded.instance.tool in closed:
                    wrong.append(loaded)

    in_threads(*[run] * 6)
    assert wrong == []
    assert opened == closed
    assert not container.tool.initialized


def test_an_unrelated_build_does_not_wait() -> None:
    """Trap: one process-wide lock; building in one instance waits for no build in another."""
    entered, done = threading.Event(), threading.Event()

    def slow() -> None:
        entered.set()
        assert done.wait(TIMEOUT)

    def other() -> None:
        assert entered.wait(TIMEOUT)
        load_predictor(asked("tool"), container=extended_by(Quiet, tool=providers.Singleton(Box))).close()
        done.set()

    slow_one = extended_by(Quiet, tool=providers.Singleton(slow))
    in_threads(lambda: load_predictor(asked("tool"), container=slow_one), other)
    assert done.is_set()


def test_a_constructor_may_load_another_predictor() -> None:
    """Loading within a constructor, from another instance in another thread or from the same in this one."""
    inner_predictor = asked("metrics_client")
    container: Any = extended_by(
        Quiet, tool=providers.Singleton(lambda: load_predictor(inner_predictor, container=container))
    )()
    threads: Any = extended_by(
        Quiet,
        tool=providers.Singleton(
            lambda: in_threads(lambda: load_predictor(inner_predictor, container=Quiet).close())
        ),
    )
    load_predictor(asked("tool"), container=threads).close()
    with load_predictor(asked("tool", "metrics_client"), container=container) as loaded:
        inner = loaded.instance.tool
        assert inner.instance.metrics_client is loaded.instance.metrics_client
        inner.close()
        assert loaded.instance.metrics_client.closed == 0
    assert inner.instance.metrics_client.closed == 1


def run_python(program: str, *arguments: str) -> str:
    """The output of a program in a process of its own, which must end well."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "ignore", "-c", textwrap.dedent(program), *arguments],
        capture_output=True,
        text=True,
        timeout=2 * TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


FORK = """
import os, signal, sys, threading
from dependency_injector import providers
from predictor_kit import PredictorContainer, load_predictor, resolve
from predictor_kit.metrics import InMemoryMetrics

entered, go, parent = threading.Event(), threading.Event(), os.getpid()

class Slow:
    def __init__(self):
        if os.getpid() == parent:
            entered.set()
            assert go.wait(60)

class Container(PredictorContainer):
    metrics_client = providers.Singleton(InMemoryMetrics)
    tool = getattr(providers, sys.argv[1])(Slow)

class Predictor:
    def __init__(self, tool):
        self.tool = tool
    def predict(self, payload):
        return payload

container, loaded = Container(), []
thread = threading.Thread(target=lambda: loaded.append(load_predictor(Predictor, container=container)))
thread.start()
assert entered.wait(60)
child = os.fork()
if child == 0:
    signal.alarm(30)
    for given in (container, Container):
        with load_predictor(Predictor, container=given) as own:
            assert isinstance(own.instance.tool, Slow)
    assert isinstance(resolve(Predictor, container).tool, Slow)
    os._exit(0)
_, status = os.waitpid(child, 0)
go.set()
thread.join(60)
loaded[0].close()
print(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there is no fork on Windows")
@pytest.mark.parametrize("kind", ["Singleton", "ThreadSafeSingleton", "Resource"])
def test_a_child_can_load_while_a_thread_of_its_parent_builds(kind: str) -> None:
    """Trap: a lock held at a fork stays locked; the child loads from the same instance and a new one."""
    assert run_python(FORK, kind) == "0\n"


CIRCLES = """
import sys
from dependency_injector import providers
from predictor_kit import PredictorContainer, ProblemsError, check, load_predictor, override, resolve
from predictor_kit.metrics import InMemoryMetrics

kind = getattr(providers, sys.argv[1])

class Box:
    def __init__(self, *args, **kwargs): pass

class Predictor:
    def __init__(self, a): pass
    def predict(self, payload): pass

class Quiet(PredictorContainer):
    metrics_client = providers.Singleton(InMemoryMetrics)
    config = providers.Configuration(strict=True, default={"kind": "it"})

def told(container):
    for attempt in (
        lambda: resolve(Predictor, container() if isinstance(container, type) else container),
        lambda: load_predictor(Predictor, container=container).close(),
        lambda: sys.exit("not checked") if not check(Predictor, container=container) else (),
    ):
        try:
            attempt()
        except ProblemsError as error:
            assert "providers need one another in a circle" in str(error), error
            text = str(error)
    print(text.splitlines()[0].partition("circle: ")[2])

def circle(way):
    a = kind(Box)
    b = kind(Box, way(a))
    a.set_args(b)
    return type("Circular", (Quiet,), {"a": a, "b": b})

for way in (
    lambda a: a,
    lambda a: providers.List(1, a),
    lambda a: providers.Dict(k=a),
    lambda a: providers.Factory(Box, a),
    lambda a: providers.Callable(a),
    lambda a: providers.Selector(Quiet.config.kind, it=a),
    lambda a: providers.Selector(lambda: "it", it=a),
    lambda a: a.provided.name,
    lambda a: a.provided.names["k"].call(),
    lambda a: providers.Dependency(default=a),
):
    told(circle(way))

alone = kind(Box)
alone.set_kwargs(x=alone)
told(type("Alone", (Quiet,), {"a": alone}))

class Straight(Quiet):
    a = kind(Box)
    b = kind(Box, a)
told(type("Redefined", (Straight,), {"a": kind(Box, Straight.b)}))
container = Straight()
with override(container, a=kind(Box, container.b)):
    told(container)
with override(Straight, a=kind(Box, Straight.b)):
    told(Straight)
resolve(Predictor, container)
if hasattr(alone, "add_attributes"):
    c = kind(Box)
    c.add_attributes(x=kind(Box, c))
    told(type("Attributes", (Quiet,), {"a": c}))
"""


@pytest.mark.parametrize(
    "kind",
    [
        "Singleton",
        "ThreadSafeSingleton",
        "ThreadLocalSingleton",
        "ContextLocalSingleton",
        "Factory",
        "Callable",
        "Resource",
    ],
)
def test_a_circle_is_a_problem_and_no_crash(kind: str) -> None:
    """Trap: a circular graph segfaults; every kind of circle is told before any provider is called."""
    told = run_python(CIRCLES, kind).splitlines()
    attributes = kind not in ("Callable", "Resource")
    assert len(told) == 14 + attributes
    assert all(re.fullmatch(r"(\w+|\.x)( -> (\w+|\.x))* -> (\w+|\.x)", line) for line in told), told
    assert told[0] == "a -> b -> a"
    assert told[10] == "a -> a"
