"""Containers: what an instance of one is made of, and what a subclass changes."""

import gc
import socket
import threading
import types
import weakref
from dataclasses import dataclass
from typing import Any

import pytest
from dependency_injector import containers, providers
from hypothesis import assume, given
from hypothesis import strategies as st

from predictor_kit import PredictorContainer, PredictorKitError, ProblemsError, check, load_predictor, resolve
from predictor_kit.container import RESERVED, ContainerInstance
from predictor_kit.errors import OverrideError
from predictor_kit.metrics import DogStatsdMetrics, FanOutMetrics, InMemoryMetrics
from predictor_kit.spec import RESERVED_NAMES


class Box:
    """Keeps what it is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs


class Wrapper(InMemoryMetrics):
    """A client around another one."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner


class Tokenizer:
    def __init__(self, metrics: Any) -> None:
        self.metrics = metrics


class Quiet(PredictorContainer):
    """A container that opens no socket."""

    metrics_client = providers.Singleton(InMemoryMetrics)


class Words(PredictorContainer):
    """The tokenizer was declared for the default client."""

    tokenizer = providers.Singleton(Tokenizer, metrics=PredictorContainer.metrics_client)


def asked(*names: str) -> type:
    """A predictor class that asks for ``names`` and keeps them as attributes."""
    space: dict[str, Any] = {}
    body = "; ".join(f"self.{name} = {name}" for name in names) or "pass"
    exec(f"def __init__(self, {', '.join(names)}): {body}", space)
    space["predict"] = lambda self, payload: payload
    return type("Asking", (), {name: space[name] for name in ("__init__", "predict")})


def test_the_base_has_config_and_a_client_over_udp() -> None:
    """Without any container there are an empty config and a DogStatsD client, as in Cortex 0.32."""
    container = PredictorContainer()
    assert list(container.providers) == ["config", "metrics_client"]
    with load_predictor(asked("config", "metrics_client")) as loaded:
        assert loaded.instance.config == {}
        assert isinstance(loaded.instance.metrics_client, DogStatsdMetrics)


def test_an_instance_has_its_own_singletons() -> None:
    """Two instances share no singleton; within one it is one object."""
    first, second = Quiet(), Quiet()
    assert first.metrics_client() is first.metrics_client()
    assert first.metrics_client() is not second.metrics_client()


def test_an_instance_knows_its_class() -> None:
    """Trap: calling a container gives a DynamicContainer; ours says which class it is of, in messages too."""
    instance: Any = Quiet()
    assert isinstance(instance, ContainerInstance)
    assert instance.declarative_parent is Quiet
    (problem,) = check(asked("broken"), container=extended_by(Quiet, broken=providers.Dependency()))
    assert problem.subject == "Quiet.broken"


def extended_by(container: type[PredictorContainer], **members: providers.Provider[Any]) -> Any:
    return types.new_class(container.__name__, (container,), exec_body=lambda space: space.update(members))


# Redefinition


def test_a_redefinition_reaches_inherited_providers() -> None:
    """Trap: a subclass's redefinition does not propagate; here the inherited tokenizer has the new client."""

    class Fake(Words):
        metrics_client = providers.Singleton(InMemoryMetrics)

    container = Fake()
    assert container.tokenizer().metrics is container.metrics_client()
    assert isinstance(container.metrics_client(), InMemoryMetrics)


def test_a_redefinition_may_wrap_what_it_replaces() -> None:
    """The wrapper has the old client, all others have the wrapper."""

    class Wrapped(Words):
        metrics_client = providers.Singleton(Wrapper, extended_by(Quiet).metrics_client)

    class Twice(Words):
        metrics_client = providers.Singleton(Wrapper, Words.metrics_client)

    found: Any = Wrapped().metrics_client()
    assert isinstance(found.inner, InMemoryMetrics)
    container = Twice()
    wrapper: Any = container.metrics_client()
    assert container.tokenizer().metrics is wrapper
    assert isinstance(wrapper.inner, DogStatsdMetrics)
    wrapper.inner.close()


def test_a_redefinition_may_wrap_within_a_list() -> None:
    """A list or mapping without a name of its own, between the wrapper and what it replaces, is no circle."""

    class Fan(Quiet):
        tokenizer = providers.Singleton(Tokenizer, Quiet.metrics_client)
        metrics_client = providers.Singleton(
            FanOutMetrics, providers.List(Quiet.metrics_client, providers.Singleton(InMemoryMetrics))
        )

    container = Fan()
    loaded = resolve(asked("tokenizer", "metrics_client"), container)
    assert loaded.tokenizer.metrics is loaded.metrics_client
    assert [type(client) for client in loaded.metrics_client.clients] == [InMemoryMetrics] * 2


def test_a_wrapper_around_one_that_wraps_keeps_both() -> None:
    """Each level's wrapper has the one below it."""

    class One(Quiet):
        metrics_client = providers.Singleton(Wrapper, Quiet.metrics_client)

    class Two(One):
        metrics_client = providers.Singleton(Wrapper, One.metrics_client)

    class Three(Two):
        """Redefines nothing."""

    client: Any = Three().metrics_client()
    assert isinstance(client.inner.inner, InMemoryMetrics)


def test_an_alias_of_a_redefined_provider_follows_it() -> None:
    """Two names of one provider stay two names of what it became."""

    class Aliased(Quiet):
        client = Quiet.metrics_client

    class Wrapped(Aliased):
        metrics_client = providers.Singleton(Wrapper, Aliased.metrics_client)

    container = Wrapped()
    assert container.client() is container.metrics_client()


def test_a_redefinition_through_another_named_provider_is_a_circle() -> None:
    """A new client that needs the tokenizer, which needs the client, is reported and never built."""

    class Circular(Words):
        metrics_client = providers.Singleton(Wrapper, Words.tokenizer)

    problems = check(asked("metrics_client"), container=Circular)
    assert [problem.message for problem in problems] == [
        "providers need one another in a circle: metrics_client -> tokenizer -> metrics_client"
    ]


def test_swapped_names_are_a_circle() -> None:
    """Two names that stand for one another's old providers come to nothing, and that is reported."""

    class Pair(Quiet):
        a = providers.Object(1)
        b = providers.Object(2)

    class Swapped(Pair):
        a = Pair.b
        b = Pair.a

    assert "a -> b -> a" in str(check(asked("a"), container=Swapped)[0])


def test_a_config_that_is_redefined_reaches_its_options() -> None:
    """An inherited provider that reads ``config.n`` reads it from the config of the subclass."""

    class Numbered(Quiet):
        number = providers.Callable(int, Quiet.config.n)
        double = providers.Callable(lambda n: 2 * n, n=Quiet.config.n)

    class Seven(Numbered):
        config = providers.Configuration(strict=True, default={"n": 7})

    class Eight(Numbered):
        config = providers.Object({"n": 8})  # type: ignore[assignment] # gives a mapping as well

    assert (Seven().number(), Seven().double(), Eight().number()) == (7, 14, 8)
    given = Seven(config={"n": 9})
    assert (given.number(), given.config()) == (9, {"n": 9})


def test_the_nearest_base_wins() -> None:
    """Of several bases the first one's provider counts, as in Python, and others' defaults do not hide it."""

    class Fake(PredictorContainer):
        metrics_client = providers.Singleton(InMemoryMetrics)

    class Both(Fake, Words):
        """A fake in front of what is tested."""

    container = Both()
    assert isinstance(container.tokenizer().metrics, InMemoryMetrics)
    assert Both.providers["metrics_client"] is Both.metrics_client is Fake.metrics_client


def test_a_plain_container_can_be_mixed_in() -> None:
    """Providers of a DeclarativeContainer of dependency-injector are taken over too."""

    class Plain(containers.DeclarativeContainer):
        limit = providers.Object(3)

    class Mixed(Plain, Quiet):
        """Both."""

    assert Mixed().limit() == 3


def test_a_base_that_changes_later_changes_no_subclass() -> None:
    """A provider set on a base when the subclass is there already is not one of the subclass."""

    class Base(Quiet):
        """Gets a provider below."""

    class Late(Base):
        """Made before."""

    Base.extra = providers.Object(1)  # type: ignore[attr-defined] # set from outside
    assert "extra" in Base().providers
    assert "extra" not in Late().providers


def test_inherited_providers_get_the_instance_by_self() -> None:
    """``Self`` in a base gives the instance, not the base class."""

    class Knowing(Quiet):
        __self__ = providers.Self()
        me = providers.Singleton(Box, __self__)

    class Heir(Knowing):
        """Inherits ``me``."""

    for container in (Knowing(), Heir()):
        assert container.me().args == (container,)


def test_a_named_self_is_no_provider_to_ask_for() -> None:
    """A ``Self`` under a name of its own gives the instance under that name."""

    class Knowing(Quiet):
        this: Any = providers.Self()

    container = Knowing()
    assert container.this() is container


@dataclass
class Declared:
    """A provider of a random hierarchy: ``needs`` are names of others, or what it replaces (wraps)."""

    name: str
    label: str
    needs: "list[str | Declared]"
    provider: providers.Provider[Any]


@dataclass
class Level:
    """A class of a random hierarchy and what its own body declares."""

    cls: type[PredictorContainer]
    own: dict[str, Declared]


def declared_in(mro: tuple[type, ...], levels: list[Level]) -> dict[str, Declared]:
    """What each name stands for in a class of this ``mro``."""
    known = {level.cls: level.own for level in levels}
    return {name: one for cls in reversed(mro) if cls in known for name, one in known[cls].items()}


@st.composite
def levels_above(draw: st.DrawFn, levels: list[Level]) -> Level:
    """One more class, of one or two bases; each provider needs only names before its own."""
    picked = draw(st.lists(st.sampled_from(range(len(levels))), min_size=1, max_size=2, unique=True))
    bases = tuple(levels[index].cls for index in picked)
    try:
        seen = declared_in(types.new_class("Draft", bases).__mro__, levels)
    except TypeError:
        assume(False)  # there is no order that Python would accept
    own: dict[str, Declared] = {}
    for name in draw(st.sets(st.sampled_from("abcd")).map(sorted)):
        before = [other for other in {**seen, **own} if other < name]
        needs: list[str | Declared] = [*draw(st.sets(st.sampled_from(before)))] if before else []
        if name in seen and draw(st.booleans()):
            needs.append(seen[name])
        known = {**seen, **own}
        sources = [(known[need] if isinstance(need, str) else need).provider for need in needs]
        within = [providers.List(source) if draw(st.booleans()) else source for source in sources]
        label = f"{name}{len(levels)}"
        own[name] = Declared(name, label, needs, providers.Singleton(Box, *within, label=label))
    members = {name: one.provider for name, one in own.items()}
    return Level(
        types.new_class(f"Level{len(levels)}", bases, exec_body=lambda space: space.update(members)), own
    )


@st.composite
def hierarchies(draw: st.DrawFn) -> tuple[type[PredictorContainer], dict[str, Declared]]:
    """A container class of several levels, perhaps of several bases, and what each name must come to."""
    levels = [Level(Quiet, {})]
    for _ in range(draw(st.integers(2, 5))):
        levels.append(draw(levels_above(levels)))
    return levels[-1].cls, declared_in(levels[-1].cls.__mro__, levels)


def drawing(box: Any) -> Any:
    """A box with all that is in it, as plain data."""
    if isinstance(box, list):
        return drawing(box[0])
    return (box.kwargs["label"], [drawing(inner) for inner in box.args])


def expected(declared: Declared, final: dict[str, Declared]) -> Any:
    inner = [expected(need if isinstance(need, Declared) else final[need], final) for need in declared.needs]
    return (declared.label, inner)


@given(hierarchies())
def test_any_hierarchy_resolves_by_name(drawn: tuple[type[PredictorContainer], dict[str, Declared]]) -> None:
    """Whatever a subclass redefines, each provider has what its names stand for in the end, each once."""
    cls, final = drawn
    container: Any = cls()
    found = resolve(asked(*final), container)
    for name, declared in final.items():
        box = getattr(found, name)
        assert drawing(box) == expected(declared, final)
        for need, inner in zip(declared.needs, box.args, strict=True):
            if isinstance(need, str):
                assert (inner[0] if isinstance(inner, list) else inner) is getattr(found, need)


# What users hand over


class Model:
    """Neither to be copied nor pickled, and equal to nothing."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> "Model":
        raise AssertionError("copied")

    def __reduce__(self) -> str:
        raise AssertionError("pickled")

    def pick(self) -> str:
        return "a"

    def echo(self, value: Any) -> Any:
        return value


def test_objects_handed_to_providers_are_not_copied() -> None:
    """Trap: models are copied silently, and a lock raises; here each arrives as it is, wherever it stands."""
    model, lock = Model(), threading.Lock()
    with socket.socket() as open_socket:

        class Holding(Quiet):
            box = providers.Singleton(Box, model, [model, {"k": (model,)}], key=open_socket)
            made: Any = providers.Factory(Box, {lock: [lock]}).add_attributes(lock=lock)
            single: Any = providers.Singleton(Box).add_attributes(lock=lock)
            several = providers.List(model, lock)
            named = providers.Dict(model=model)
            chosen = providers.Selector(model.pick, a=providers.Object(lock))
            echoed = providers.Object(model).provided.echo.call(lock, value={lock})
            whole = providers.Object([model])
            opened = providers.Resource(Box, model)
            over = providers.Factory(providers.Factory(Box, model), key=model)
            default: Any = providers.Dependency(default=model)

        one, two = Holding(), Holding()
        assert one.box() is not two.box()
        for container in (one, two):
            box = container.box()
            assert box.args == (model, [model, {"k": (model,)}])
            assert box.kwargs == {"key": open_socket}
            (mapping,) = container.made().args
            assert mapping == {lock: [lock]}
            assert container.made().lock is container.single().lock is lock
            assert container.several() == [model, lock]
            assert container.named() == {"model": model}
            assert container.chosen() is lock
            assert container.whole() == [model]
            assert container.opened().args == (model,)
            assert (container.over().args, container.over().kwargs) == ((model,), {"key": model})
            assert container.default() is model


def test_objects_handed_to_a_wrapper_are_not_copied() -> None:
    """A redefinition that wraps what it replaces, and what it replaces, share their objects too."""
    model, lock = Model(), threading.Lock()

    class Holding(Quiet):
        config = providers.Configuration(strict=True)
        box = providers.Singleton(Box, lock)

    class Wrapped(Holding):
        box = providers.Singleton(Box, Holding.box, model)

    inner, *objects = Wrapped().box().args
    assert inner.args == (lock,)
    assert objects == [model]


def test_plain_data_handed_to_providers_is_copied() -> None:
    """Lists and mappings written in a container belong to each instance."""

    class Holding(Quiet):
        box = providers.Singleton(Box, ["a"], options={"n": [1]})

    one, two = Holding().box(), Holding().box()
    one.args[0].append("b")
    one.kwargs["options"]["n"].append(2)
    assert (two.args, two.kwargs) == ((["a"],), {"options": {"n": [1]}})


def test_a_config_of_its_own_is_copied() -> None:
    """Each instance has its own config, as strict as it was declared, with the same defaults."""

    class Owning(Quiet):
        config = providers.Configuration(name="settings", strict=True, default={"n": 1})

    one, two = Owning(), Owning()
    one.config.from_dict({"m": 2})
    assert (one.config(), two.config()) == ({"n": 1, "m": 2}, {"n": 1})
    assert two.config.get_name() == "settings"
    with pytest.raises(Exception, match=r"Undefined configuration option \"settings.missing\""):
        two.config.missing()


def test_a_nested_container_is_copied_with_its_objects_shared() -> None:
    """Providers of a container within a container follow the same rule, and see the outer one's provider."""
    model = Model()

    class Inner(Quiet):
        size: Any = providers.Dependency()
        box = providers.Singleton(Box, model, size)

    class Outer(Quiet):
        size = providers.Object(3)
        inner = providers.Container(Inner, size=size)
        text = providers.Singleton(Box, inner.box)

    class Larger(Outer):
        size = providers.Object(4)

    one, two = Outer(), Outer()
    assert resolve(asked("text"), one).text.args[0].args == (model, 3)
    assert one.text() is not two.text()
    assert resolve(asked("text"), Larger()).text.args[0].args == (model, 4)


# Instances made with other providers


def test_an_instance_can_be_made_with_other_providers() -> None:
    """Names at the call replace providers, by an object or by a provider, and supply dependencies."""

    class Needy(Quiet):
        model: Any = providers.Dependency()
        sub = providers.DependenciesContainer()
        box = providers.Singleton(Box, model, sub.metrics_client, Quiet.metrics_client)

    client = InMemoryMetrics()
    container = Needy(model=providers.Factory(Model), sub=Quiet(), metrics_client=client, config={"n": 1})
    model, inner, outer = container.box().args
    assert isinstance(model, Model)
    assert isinstance(inner, InMemoryMetrics)
    assert outer is client
    assert container.config() == {"n": 1}


def test_an_unknown_name_at_the_call_is_told() -> None:
    """Trap: errors name DynamicContainer; ours has the class, the nearest name, and what there is."""
    with pytest.raises(OverrideError) as caught:
        Quiet(metric_client=1)
    assert str(caught.value) == (
        "Quiet has no provider 'metric_client' (did you mean 'metrics_client'?); "
        "it has: config, metrics_client"
    )


def test_a_shared_provider_keeps_no_container_alive() -> None:
    """Trap: one overriding provider kept every container alive; here an instance goes when it is dropped."""
    shared: Any = providers.Singleton(InMemoryMetrics)
    dropped = [weakref.ref(Quiet(metrics_client=shared)) for _ in range(10)]
    gc.collect()
    assert [ref() for ref in dropped] == [None] * 10
    assert not shared.overrides


def test_config_files_of_the_configuration_are_loaded(tmp_path: Any) -> None:
    """A Configuration that names a file reads it when an instance is made, unless the class says no."""
    file = tmp_path / "config.json"
    file.write_text('{"n": 5}')

    class Reading(Quiet):
        config = providers.Configuration(strict=True, json_files=[str(file)])

    class Idle(Reading):
        auto_load_config = False

    assert Reading().config() == {"n": 5}
    assert Idle().config() == {}


def test_wiring_of_dependency_injector_is_left_to_the_user() -> None:
    """A container with a wiring configuration is wired when it says so, and only then."""
    module = types.ModuleType("wired")

    class Wired(Quiet):
        wiring_config = containers.WiringConfiguration(modules=[module])

    class Unwired(Quiet):
        wiring_config = containers.WiringConfiguration(modules=[module], auto_wire=False)

    wired: Any = Wired()
    assert wired.wired_to_modules == [module]
    wired.unwire()
    unwired: Any = Unwired()
    assert unwired.wired_to_modules == []


# Names


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES - {"wiring_config"}))
def test_a_name_that_containers_use_is_refused(name: str) -> None:
    """Trap: ``parent`` vanishes and ``providers`` breaks; here no provider can have such a name."""
    with pytest.raises(ProblemsError) as caught:
        extended_by(Quiet, **{name: providers.Object(1)})
    assert str(caught.value) == (
        f"Quiet.{name}: containers have an attribute of this name: choose another one"
    )


def test_code_and_file_refuse_the_same_names() -> None:
    """The names that a class refuses are those that a file refuses."""
    assert {name for name in RESERVED if not name.startswith("_")} == RESERVED_NAMES


def test_an_object_in_the_place_of_a_provider_is_told() -> None:
    """Forgetting the provider around an object would leave the inherited provider in place."""
    with pytest.raises(PredictorKitError) as caught:
        type("Wrong", (Quiet,), {"metrics_client": InMemoryMetrics(), "config": {"n": 1}})
    assert str(caught.value).splitlines() == [
        "Wrong.config: is a provider in a base and none here: write providers.Object(...)",
        "Wrong.metrics_client: is a provider in a base and none here: write providers.Object(...)",
    ]


def test_a_config_that_would_have_to_be_built_is_told() -> None:
    """The config is read by the checks, before anything is built, so nothing may be built for it."""
    with pytest.raises(ProblemsError) as caught:
        extended_by(Quiet, config=providers.Singleton(dict))
    assert str(caught.value) == (
        "Quiet.config: config is read before anything is built: "
        "it can be providers.Configuration or providers.Object"
    )
    with pytest.raises(OverrideError, match="config is read before anything is built"):
        Quiet(config=providers.Factory(dict))


def test_a_configuration_can_be_handed_in() -> None:
    """One Configuration can stand in for another; what is set in it later counts."""
    settings = providers.Configuration(strict=True)
    settings.override({"n": 1})

    class Numbered(Quiet):
        number = providers.Callable(int, Quiet.config.n)

    container = Numbered(config=settings)
    assert container.number() == 1
    settings.override({"n": 2})
    assert container.number() == 2
