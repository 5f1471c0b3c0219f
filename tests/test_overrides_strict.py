"""What `override` refuses because it is hardly meant: a class for an object, an unfit metrics client."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any
from unittest import mock

import pytest
from dependency_injector import providers

from predictor_kit import MetricsClient, PredictorContainer, check, load_predictor, override, resolve
from predictor_kit.errors import OverrideError
from predictor_kit.metrics import InMemoryMetrics, LoggingMetrics, NullMetrics


class Tokenizer:
    def __init__(self, text: str = "") -> None:
        self.text = text


class FakeTokenizer:
    """Asks for nothing."""


def load_tokenizer() -> Tokenizer:
    return Tokenizer()


class Predictor:
    def __init__(self, metrics_client: Any) -> None:
        self.metrics = metrics_client

    def predict(self, payload: Any) -> Any:
        return payload


class Words(PredictorContainer):
    """Providers of several kinds."""

    metrics_client = providers.Singleton(InMemoryMetrics)
    tokenizer = providers.Singleton(Tokenizer)
    loaded = providers.Callable(load_tokenizer)
    kind = providers.Object(Tokenizer)
    other: Any = providers.Dependency()


@pytest.mark.parametrize("name", ["tokenizer", "loaded"])
@pytest.mark.parametrize("target", [Words, Words()])
def test_a_class_in_the_place_of_an_object_is_refused(name: str, target: Any) -> None:
    """It may be meant to be called or to be handed over: the message says how to write either."""
    replacements: dict[str, Any] = {name: FakeTokenizer}
    with pytest.raises(OverrideError) as caught, override(target, **replacements):
        pass
    assert str(caught.value) == (
        f"{name!r} would be the class FakeTokenizer itself, and what it replaces is an object: "
        "give an object, FakeTokenizer(...), or what makes it, providers.Singleton(FakeTokenizer, ...); "
        "to hand over the class: providers.Object(FakeTokenizer)"
    )


def test_every_way_that_the_message_names_works() -> None:
    """An object, a provider that makes one, and the class itself, as an object or without being strict."""
    container: Any = Words()
    with override(container, tokenizer=(fake := FakeTokenizer())):
        assert container.tokenizer() is fake
    with override(container, tokenizer=providers.Singleton(FakeTokenizer)):
        assert isinstance(container.tokenizer(), FakeTokenizer)
        assert container.tokenizer() is container.tokenizer()
    with override(container, tokenizer=providers.Object(FakeTokenizer)):
        assert container.tokenizer() is FakeTokenizer
    with override(container, tokenizer=FakeTokenizer, strict=False):
        assert container.tokenizer() is FakeTokenizer


def test_a_class_in_the_place_of_a_class_is_handed_over() -> None:
    """Where the provider gives what it was given, or nothing yet, a class can only mean itself."""
    container: Any = Words()
    with override(container, kind=FakeTokenizer, other=FakeTokenizer):
        assert container.kind() is container.other() is FakeTokenizer


def test_a_callable_is_handed_over_uncalled() -> None:
    """Functions, partial objects, bound methods and objects with ``__call__`` are objects like any other."""
    container: Any = Words()
    for function in (len, load_tokenizer, partial(int, "5"), "x".upper, mock.Mock(), lambda text: [text]):
        with override(container, tokenizer=function):
            assert container.tokenizer() is function


# The metrics client

METHODS = ("increment", "gauge", "histogram")


def client(**methods: Any) -> Any:
    """An object with the methods of a fit client, but for those given; None leaves one out."""

    def increment(self: Any, metric: str, value: float = 1, tags: Any = None) -> None: ...
    def gauge(self: Any, metric: str, value: float, tags: Any = None) -> None: ...

    members = {"increment": increment, "gauge": gauge, "histogram": gauge, **methods}
    return type("Fake", (), {name: one for name, one in members.items() if one is not None})()


def without_tags(self: Any, metric: str, value: float = 1) -> None: ...
def otherwise_named(self: Any, name: str, amount: float = 1, tags: Any = None) -> None: ...
def needing_value(self: Any, metric: str, value: float, tags: Any = None) -> None: ...
def needing_more(self: Any, metric: str, value: float = 1, tags: Any = None, *, rate: float) -> None: ...
def by_keyword(self: Any, metric: str, *, value: float = 1, tags: Any = None) -> None: ...
def by_position(self: Any, metric: str, value: float = 1, tags: Any = None, /) -> None: ...
def swapped(self: Any, value: float, metric: str = "", tags: Any = None) -> None: ...
async def asynchronous(self: Any, metric: str, value: float = 1, tags: Any = None) -> None: ...


@pytest.mark.parametrize(
    ("fake", "said"),
    [
        (
            None,
            "NoneType: it has no method 'increment'; it has no method 'gauge'; it has no method 'histogram'",
        ),
        (client(histogram=None), "Fake: it has no method 'histogram'"),
        (client(gauge=5), "Fake: its 'gauge' is no method"),
        (client(increment=asynchronous), "Fake: its 'increment' is asynchronous, and nobody awaits it"),
        (
            client(increment=without_tags),
            (
                "Fake: its increment(metric: str, value: float = 1) -> None cannot be called as "
                "increment(metric, value, tags)"
            ),
        ),
        (
            client(increment=otherwise_named),
            (
                "Fake: its increment(name: str, amount: float = 1, tags: Any = None) -> None "
                "cannot be called as increment(metric, value=value, tags=tags)"
            ),
        ),
        (
            client(increment=needing_value),
            (
                "Fake: its increment(metric: str, value: float, tags: Any = None) -> None "
                "cannot be called as increment(metric)"
            ),
        ),
        (
            client(gauge=needing_more),
            (
                "Fake: its gauge(metric: str, value: float = 1, tags: Any = None, *, rate: float) -> None "
                "cannot be called as gauge(metric, value)"
            ),
        ),
        (
            client(gauge=by_keyword),
            (
                "Fake: its gauge(metric: str, *, value: float = 1, tags: Any = None) -> None "
                "cannot be called as gauge(metric, value)"
            ),
        ),
        (
            client(histogram=by_position),
            (
                "Fake: its histogram(metric: str, value: float = 1, tags: Any = None, /) -> None "
                "cannot be called as histogram(metric, value=value, tags=tags)"
            ),
        ),
        (
            client(gauge=swapped),
            (
                "Fake: its gauge(value: float, metric: str = '', tags: Any = None) -> None "
                "cannot be called as gauge(metric, value)"
            ),
        ),
    ],
)
def test_an_unfit_metrics_client_is_refused(fake: Any, said: str) -> None:
    """What it lacks, or takes otherwise, is named; without being strict it passes."""
    container: Any = Words()
    with pytest.raises(OverrideError) as caught, override(container, metrics_client=fake):
        pass
    assert str(caught.value) == (
        f"'metrics_client' cannot be replaced by {said} (override(..., strict=False) lets it pass)"
    )
    assert isinstance(container.metrics_client(), InMemoryMetrics)
    with override(container, metrics_client=fake, strict=False):
        assert container.metrics_client() is fake


class Dynamic:
    """Has every method that it is asked for."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


class Assorted:
    """Methods that are no plain functions."""

    @staticmethod
    def increment(metric: str, value: float = 1, tags: Any = None) -> None:
        """Static."""

    @classmethod
    def gauge(cls, metric: str, value: float, tags: Any = None) -> None:
        """Of the class."""

    @cached_property
    def histogram(self) -> Callable[..., None]:
        """A property."""
        return self.gauge


class Numbered(InMemoryMetrics):
    """Takes more than is asked for."""

    def increment(
        self, metric: str, value: float = 1, tags: Any = None, rate: float = 1, **more: Any
    ) -> None:
        """As the base's."""


class Written:
    """A method written in C that does not tell what it takes."""

    increment = gauge = histogram = staticmethod(max)


@pytest.mark.parametrize(
    "fake",
    [
        InMemoryMetrics(),
        NullMetrics(),
        LoggingMetrics(),
        Numbered(),
        Dynamic(),
        Assorted(),
        Written(),
        client(),
        client(increment=lambda self, *args, **kwargs: None),
        mock.Mock(),
        mock.MagicMock(),
        mock.NonCallableMock(),
        mock.Mock(spec=MetricsClient),
        mock.create_autospec(MetricsClient, instance=True),
        mock.create_autospec(InMemoryMetrics, instance=True),
        providers.Singleton(InMemoryMetrics),
        providers.Factory(Numbered),
        providers.Singleton(Assorted),
        providers.Singleton(Dynamic),
        providers.Singleton(mock.Mock),
        providers.Object(InMemoryMetrics()),
        providers.Callable(lambda: mock.Mock()),  # noqa: PLW0108 - a function
    ],
    ids=lambda fake: type(fake).__name__,
)
def test_a_fit_metrics_client_passes(fake: Any) -> None:
    """Clients of every make, mocks, and providers of them; also where nothing can be known before."""
    container: Any = Words()
    with override(container, metrics_client=fake):
        assert resolve(Predictor, container).metrics is not None


def test_a_mock_records_what_a_predictor_sends() -> None:
    """A mock in the place of the client can be asked for its calls."""
    fake = mock.create_autospec(MetricsClient, instance=True)
    with load_predictor(Predictor, container=Words) as loaded, override(loaded, metrics_client=fake):
        loaded.instance.metrics.increment("asked", tags={"model": "v1"})
    fake.increment.assert_called_once_with("asked", tags={"model": "v1"})


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (providers.Singleton(FakeTokenizer), "FakeTokenizer: it has no method 'increment'"),
        (providers.Object(5), "int: it has no method 'increment'"),
        (providers.Object(None), "NoneType: it has no method 'increment'"),
        (providers.Factory(type(client(gauge=asynchronous))), "Fake: its 'gauge' is asynchronous"),
    ],
)
def test_a_provider_of_an_unfit_client_is_refused(provider: Any, said: str) -> None:
    """Of a provider the class or the object is judged that it provides."""
    with (
        pytest.raises(OverrideError, match=f"'metrics_client' cannot be replaced by {said}"),
        override(Words, metrics_client=provider),
    ):
        pass


def test_all_refusals_come_at_once() -> None:
    """Where several replacements are refused each has its line, and none is put in place."""
    container: Any = Words()
    with (
        pytest.raises(OverrideError) as caught,
        override(container, tokenizer=FakeTokenizer, metrics_client=5, kind=1),
    ):
        pass
    first, second = str(caught.value).splitlines()
    assert first.startswith("'tokenizer' would be the class FakeTokenizer itself")
    assert second.startswith("'metrics_client' cannot be replaced by int")
    assert container.kind() is Tokenizer


def test_overrides_of_a_load_are_as_strict() -> None:
    """``overrides=`` of `load_predictor` and `check` refuses the same."""
    overrides = {"metrics_client": 5}
    with pytest.raises(OverrideError, match="cannot be replaced by int"):
        load_predictor(Predictor, container=Words, overrides=overrides)
    (problem,) = check(Predictor, container=Words, overrides=overrides)
    assert "cannot be replaced by int" in problem.message
