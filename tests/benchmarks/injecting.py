"""What it costs to fill a constructor of two arguments, for a class that is known and for a new one.

By hand, from the checkout: ``python -m tests.benchmarks.injecting``. The peers dishka, wireup and
svcs take part where they are installed.
"""

from collections.abc import Callable
from typing import Any

from dependency_injector import containers, providers

from predictor_kit import PredictorContainer, load_predictor, resolve
from tests.benchmarks.measuring import (
    EMPTY,
    Run,
    header,
    microseconds,
    of_peers,
    once,
    show,
    statement,
    table,
)
from tests.benchmarks.wirings import (
    A,
    B,
    Bare,
    Ours,
    Predictor,
    declared,
    dishka_provider,
    new_predictor,
    renamed,
    svcs_factory,
    svcs_registry,
)

ROUNDS = 100
HAND = "by hand"
INJECTOR = "dependency-injector"
CALLED = f"{INJECTOR}: container.predictor()"
STARTED = f"{INJECTOR}: Container().predictor()"
ALIKE = f"{INJECTOR}, 4 providers: Container().predictor()"
ADDED = f"{INJECTOR}: Factory(cls, a=container.a, b=container.b)()"


def main() -> None:
    """Measure and print."""
    show(header("predictor-kit", INJECTOR, "dishka", "wireup", "svcs"))
    for measured in (known_class, new_container, running_container, new_names):
        show(measured())


def known_class() -> str:
    """A class that was resolved before: what is left is to fetch two arguments and make the call."""
    peers, absent = of_peers(
        {
            "wireup: scope.get(Predictor)": ("wireup", wireup_known),
            "dishka: container.get(Predictor)": ("dishka", dishka_known),
            "svcs: Predictor(*container.get(A, B))": ("svcs", svcs_located),
            "svcs: Container(registry).get(Predictor)": ("svcs", svcs_registered),
        }
    )
    container = Bare()
    runs = {
        EMPTY: statement("pass"),
        HAND: statement("Predictor(a, b)", Predictor=Predictor, a=A(), b=B()),
        "**predictor_kit: resolve(Predictor, container)**": alike(
            "resolve(Predictor, container)", resolve=resolve, Predictor=Predictor, container=Ours()
        ),
        CALLED: alike("container.predictor()", container=container),
        f"{INJECTOR}: predictor(), fetched before": alike("predictor()", predictor=container.predictor),
        **peers,
    }
    cost = microseconds(runs, number=2_000, rounds=ROUNDS)
    return table("a known class", "us", cost, HAND, CALLED, absent=absent)


def alike(code: str, **names: Any) -> Run:
    """A run of ``code``, which must make a new predictor of the same two arguments each time."""
    one, other = (eval(code, dict(names)) for _ in range(2))
    if one is other or one.a is not other.a or one.b is not other.b:
        raise AssertionError(f"{code} does not do the same work as the others")
    return statement(code, **names)


def wireup_known(module: Any) -> Run:
    """A transient in a scope that is open: wireup makes nothing but singletons outside of one."""
    kept = [module.injectable(cls) for cls in (A, B)]
    container = module.create_sync_container(injectables=[*kept, transient(module, Predictor)])
    return alike("scope.get(Predictor)", scope=container.enter_scope(), Predictor=Predictor)


def dishka_known(module: Any) -> Run:
    """A container without a lock."""
    container = module.make_container(dishka_provider(module, Predictor), lock_factory=None)
    return alike("container.get(Predictor)", container=container, Predictor=Predictor)


def svcs_located(module: Any) -> Run:
    """Both arguments fetched from a container, the predictor called by hand."""
    container = module.Container(svcs_registry(module, Predictor))
    return alike("Predictor(*container.get(A, B))", container=container, Predictor=Predictor, A=A, B=B)


def svcs_registered(module: Any) -> Run:
    """The predictor registered too. A container keeps all it makes, so a new one for each predictor."""
    registry = svcs_registry(module, Predictor)
    for cls in (A, B):
        registry.register_value(cls, cls())
    names = {"Container": module.Container, "registry": registry, "Predictor": Predictor}
    return alike("Container(registry).get(Predictor)", **names)


def new_container() -> str:
    """A new class, from the declared container on: its instance, checks, compiling, three objects."""
    peers, absent = of_peers(
        {
            "wireup: create_sync_container(...), a scope, get(cls)": ("wireup", wireup_new),
            "dishka: make_container(provider).get(cls)": ("dishka", dishka_new),
            "svcs: Container(registry).get(cls)": ("svcs", svcs_new),
        }
    )
    runs = {
        EMPTY: once(lambda: list),
        HAND: once(lambda: by_hand(new_predictor())),
        "**predictor_kit: resolve(cls, Container())**": once(lambda: resolved(new_predictor())),
        "**predictor_kit: load_predictor(cls, container=Container)**": once(
            lambda: loaded(new_predictor()), lambda predictor: predictor.close()
        ),
        STARTED: once(lambda: started(declared(new_predictor()))),
        ALIKE: once(lambda: started(declared(new_predictor(), **beside()))),
        f"{INJECTOR}, the Factory set on the instance": once(lambda: factory_set(new_predictor())),
        **peers,
    }
    cost = microseconds(runs, number=20, rounds=ROUNDS)
    return table("a new class, a new container", "us", cost, STARTED, ALIKE, absent=absent)


def beside() -> dict[str, Any]:
    """The two providers that every container of predictor_kit has."""
    return {"config": providers.Configuration(strict=True), "metrics_client": providers.Singleton(A)}


def by_hand(cls: Any) -> Callable[[], object]:
    """The three calls."""
    return lambda: cls(A(), B())


def resolved(cls: Any) -> Callable[[], object]:
    """An instance of the container, and the first ``resolve`` in it."""
    return lambda: resolve(cls, Ours())


def loaded(cls: Any) -> Callable[[], object]:
    """``load_predictor``, which makes the instance; closed off the clock."""
    return lambda: load_predictor(cls, container=Ours)


def started(container: Any) -> Callable[[], object]:
    """An instance of the container class, in which the Factory stands, and its first call."""
    return lambda: container().predictor()


def factory_set(cls: Any) -> Callable[[], object]:
    """An instance of a container class without it; the Factory is spelled out on the clock."""

    def work() -> object:
        container: Any = Bare()
        container.predictor = providers.Factory(cls, a=container.a, b=container.b)
        return container.predictor()

    return work


def transient(module: Any, cls: Any) -> Any:
    """``cls`` as an injectable that wireup makes anew each time."""
    return module.injectable(lifetime="transient")(cls)


def wireup_new(module: Any) -> Run:
    """The container, which checks and compiles, a scope in it, and the first ``get``."""

    def prepare() -> Callable[[], object]:
        cls = transient(module, new_predictor())
        injectables = [module.injectable(A), module.injectable(B), cls]
        return lambda: module.create_sync_container(injectables=injectables).enter_scope().get(cls)

    return once(prepare)


def dishka_new(module: Any) -> Run:
    """``make_container``, which checks the graph, and the first ``get``, which compiles; no lock."""

    def prepare() -> Callable[[], object]:
        cls = new_predictor()
        provider = dishka_provider(module, cls)
        return lambda: module.make_container(provider, lock_factory=None).get(cls)

    return once(prepare)


def svcs_new(module: Any) -> Run:
    """A container of the registry, and the first ``get``."""

    def prepare() -> Callable[[], object]:
        cls = new_predictor()
        registry = svcs_registry(module, cls)
        return lambda: module.Container(registry).get(cls)

    return once(prepare)


def running_container() -> str:
    """A new class, from a container instance that has built both arguments."""
    peers, absent = of_peers({"svcs: register_factory(cls, ...), container.get(cls)": ("svcs", svcs_added)})
    runs = {
        EMPTY: once(lambda: list),
        HAND: once(lambda: by_hand(new_predictor())),
        "**predictor_kit: resolve(cls, container)**": once(lambda: resolved_running(new_predictor())),
        ADDED: once(lambda: factory_added(new_predictor())),
        **peers,
    }
    cost = microseconds(runs, number=20, rounds=ROUNDS)
    return table("a new class, a running container", "us", cost, ADDED, absent=absent)


def resolved_running(cls: Any) -> Callable[[], object]:
    """The first ``resolve`` of ``cls``, in an instance that resolved another class."""
    container = Ours()
    resolve(Predictor, container)
    return lambda: resolve(cls, container)


def factory_added(cls: Any) -> Callable[[], object]:
    """A Factory of ``cls``, and its first call."""
    container: Any = Bare()
    container.predictor()

    def work() -> object:
        return providers.Factory(cls, a=container.a, b=container.b)()

    return work


def svcs_added(module: Any) -> Run:
    """A factory registered, and the first ``get``."""

    def prepare() -> Callable[[], object]:
        cls, registry = new_predictor(), svcs_registry(module, Predictor)
        container = module.Container(registry)
        container.get(Predictor)

        def work() -> object:
            registry.register_factory(cls, svcs_factory(cls))
            return container.get(cls)

        return work

    return once(prepare)


def new_names() -> str:
    """A new class whose arguments have names never seen: no compiled call of another class can be used."""
    runs = {
        EMPTY: once(lambda: list),
        "**predictor_kit: resolve(cls, Container())**": once(resolved_renamed),
        STARTED: once(lambda: started(renamed(containers.DeclarativeContainer)[1])),
    }
    cost = microseconds(runs, number=10, rounds=ROUNDS)
    return table("a new class with new names", "us", cost, STARTED)


def resolved_renamed() -> Callable[[], object]:
    """The first ``resolve`` in an instance of a container with two new names."""
    cls, container = renamed(PredictorContainer)
    return lambda: resolve(cls, container())


if __name__ == "__main__":
    main()
