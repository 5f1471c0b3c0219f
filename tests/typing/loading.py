"""What type checkers make of loading: read by mypy and pyright, never run."""

from pathlib import Path
from typing import Any, assert_type

from dependency_injector import providers

from predictor_kit import (
    LoadedPredictor,
    MetricsClient,
    PredictorContainer,
    load_predictor,
    load_specs,
    resolve,
)
from predictor_kit.metrics import InMemoryMetrics


class Greeter:
    """A predictor."""

    def __init__(self, config: dict[str, Any], metrics_client: MetricsClient) -> None:
        self.greeting = str(config["greeting"])
        self.metrics = metrics_client


class OwnContainer(PredictorContainer):
    """Any provider of a metrics client may stand in for the default one."""

    metrics_client = providers.Singleton(InMemoryMetrics)


def a_class_types_its_instance() -> None:
    """``instance`` has the type of the class that was loaded."""
    with load_predictor(Greeter, container=OwnContainer, config={"greeting": "Hello"}) as loaded:
        assert_type(loaded, LoadedPredictor[Greeter])
        assert_type(loaded.instance, Greeter)
        assert_type(loaded.predict("Iris"), Any)


def make_greeter(metrics_client: MetricsClient) -> Greeter:
    """A function that makes a predictor."""
    return Greeter({"greeting": "Hello"}, metrics_client)


def a_function_types_what_it_makes() -> None:
    """A function can stand where a class can."""
    assert_type(load_predictor(make_greeter), LoadedPredictor[Greeter])


def a_file_leaves_it_open() -> None:
    """What a file names is known only when it is loaded."""
    assert_type(load_predictor("cortex.yaml", name="iris"), LoadedPredictor[Any])
    assert_type(load_predictor(Path("cortex.yaml")), LoadedPredictor[Any])
    assert_type(load_predictor("greeting:Greeter"), LoadedPredictor[Any])
    assert_type(load_predictor(load_specs("cortex.yaml")["iris"]).instance, Any)


def resolving_gives_what_is_called() -> None:
    """A class gives an instance of it, a function what it returns."""
    container = OwnContainer()
    assert_type(resolve(Greeter, container), Greeter)
    assert_type(resolve(make_greeter, container), Greeter)


def every_client_is_a_metrics_client() -> MetricsClient:
    """The clients fit the protocol that predictors are written against."""
    client: MetricsClient = InMemoryMetrics()
    client.increment("my_counter")
    client.gauge("active_connections", 1, tags={"model": "v1"})
    client.histogram("inference_time_milliseconds", value=0.5, tags=None)
    return client
