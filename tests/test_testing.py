"""What tests of predictors are written with: recorded metrics, fake clients, differences."""

import copy
import math
from typing import Any

import pytest
from dependency_injector import providers
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit import PredictorContainer, load_predictor, override
from predictor_kit.errors import PredictorKitError
from predictor_kit.testing import (
    FakeOnnxClient,
    FakePythonClient,
    FakeTensorFlowClient,
    InMemoryMetrics,
    RecordedMetrics,
    Tolerance,
    differences,
    fake_job_spec,
)

# Recorded metrics


class Pushing:
    def __init__(self, metrics_client: Any) -> None:
        self.metrics = metrics_client

    def predict(self, payload: float) -> None:
        self.metrics.increment("my_counter", tags={"model": "v1", "host": 1})
        self.metrics.increment("my_counter", value=2, tags={"model": "v2"})
        self.metrics.gauge("load", payload)
        self.metrics.histogram("latency", payload, {"model-name": "iris"})


@pytest.fixture
def recorded() -> RecordedMetrics:
    """What was pushed by a predictor for 0.5 and for 2.5."""
    metrics = RecordedMetrics()
    with load_predictor(Pushing, overrides={"metrics_client": metrics.client}) as loaded:
        loaded.predict(0.5)
        loaded.predict(2.5)
    return metrics


def test_a_counter_is_the_sum_over_the_series_with_the_tags(recorded: RecordedMetrics) -> None:
    """Tags that are not asked for may be anything; values are compared as the text that is sent."""
    assert recorded.counter("my_counter") == 6
    assert recorded.counter("my_counter", model="v1") == 2
    assert recorded.counter("my_counter", host=1) == recorded.counter("my_counter", {"host": "1"}) == 2
    assert recorded.counter("my_counter", model="v2", host=1) == 0
    assert recorded.counter("load") == 0


def test_a_gauge_is_its_last_value(recorded: RecordedMetrics) -> None:
    """One that was never set equals nothing, not even zero."""
    assert recorded.gauge("load") == 2.5
    assert recorded.gauge("laod") != 0
    assert math.isnan(recorded.gauge("load", model="v1"))


def test_a_histogram_has_its_samples(recorded: RecordedMetrics) -> None:
    """Their number, their sum and all of them, in their order."""
    samples = recorded.histogram("latency", {"model-name": "iris"})
    assert (samples.count, samples.sum, samples.values) == (2, 3.0, (0.5, 2.5))
    assert recorded.histogram("latency", {"model-name": "rose"}).count == 0


def test_the_calls_and_what_was_refused(recorded: RecordedMetrics) -> None:
    """Every push is there in its order, until all are forgotten; what is no metric is counted."""
    assert [call.metric for call in recorded.calls][:3] == ["my_counter", "my_counter", "load"]
    recorded.client.increment("", 1)
    assert recorded.dropped == {"name": 1}
    recorded.clear()
    assert recorded.calls == ()


def test_recorded_numbers_are_numbers(recorded: RecordedMetrics) -> None:
    """They compare, add up and can be keys as any float."""
    assert recorded.counter("my_counter") + recorded.gauge("load") == 8.5
    assert {recorded.counter("my_counter"): 1, recorded.gauge("load"): 2} == {6.0: 1, 2.5: 2}
    assert recorded.gauge("load") == pytest.approx(2.5)


def test_what_is_shown_of_what_was_asked(recorded: RecordedMetrics) -> None:
    """The repr tells the value asked for, then every series, the nearest first."""
    assert repr(recorded.counter("my_countr", model="v1")) == (
        "<counter 'my_countr' {model: 'v1'} = 0; recorded: "
        "counter 'my_counter' {model: 'v2'} = [2, 2], "
        "counter 'my_counter' {host: '1', model: 'v1'} = [1, 1], "
        "histogram 'latency' {model-name: 'iris'} = [0.5, 2.5], gauge 'load' = [0.5, 2.5]>"
    )
    assert repr(recorded.gauge("load")).startswith(
        "<gauge 'load' = 2.5; recorded: gauge 'load' = [0.5, 2.5], "
    )
    assert repr(recorded.histogram("latency")).startswith("<histogram 'latency' = 2 samples; recorded: ")
    assert repr(RecordedMetrics().counter("a")) == "<counter 'a' = 0; recorded: nothing was recorded>"
    assert repr(RecordedMetrics()) == "<RecordedMetrics: nothing was recorded>"
    assert repr(recorded).startswith(
        "<RecordedMetrics: counter 'my_counter' {host: '1', model: 'v1'} = [1, 1], "
    )


def test_what_was_refused_is_shown(recorded: RecordedMetrics) -> None:
    """A name that belongs to the platform, a value that is none: that nothing was recorded has its reason."""
    client = InMemoryMetrics()
    client.increment("cortex_mine")
    client.gauge("load", "high")  # type: ignore[arg-type]  # what is refused
    shown = repr(RecordedMetrics(client).gauge("load"))
    assert shown == (
        "<gauge 'load' = nan; recorded: nothing was recorded, 1 refused (reserved), 1 refused (value)>"
    )


def test_what_is_shown_is_bounded() -> None:
    """A series for each request, and a thousand values, do not fill the screen."""
    client = InMemoryMetrics()
    metrics = RecordedMetrics(client)
    for number in range(100):
        client.increment("a", number)
        client.increment(f"b{number}")
    shown = repr(metrics.counter("a"))
    assert "counter 'a' = [0, 1, 2, " in shown
    assert ", 19, ...]" in shown
    assert shown.endswith("and 81 series more>")


# The clients of Cortex


def test_a_python_client_hands_out_models() -> None:
    """The only one whatever it is called, or the one that is named; each call is kept."""
    only = FakePythonClient(str.upper)
    assert only.get_model() is str.upper
    several = FakePythonClient(models={"shout": str.upper, "whisper": str.lower})
    assert several.get_model("whisper", model_version="2") is str.lower
    assert [tuple(call) for call in several.calls] == [(None, "whisper", "2")]


@pytest.mark.parametrize("client_class", [FakeTensorFlowClient, FakeOnnxClient])
def test_a_predicting_client_calls_its_model(client_class: type[FakeTensorFlowClient]) -> None:
    """It gives what the model does; the inputs are kept."""
    client = client_class(models={"shout": str.upper})
    assert client.predict("iris", "shout") == "IRIS"
    assert client.calls == [("iris", "shout", "latest")]


def test_an_onnx_client_hands_out_its_model() -> None:
    """As Cortex's did."""
    assert FakeOnnxClient(str.upper).get_model() is str.upper


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("iris",), "model_name is missing, and there are several models: shout, whisper"),
        (("iris", "shuot"), "there is no model 'shuot' (did you mean 'shout'?); there are: shout, whisper"),
        (("iris", "shout", "v1"), "model_version is a number as text or 'latest', not 'v1'"),
    ],
)
def test_what_cortexs_clients_refuse(arguments: tuple[Any, ...], message: str) -> None:
    """A name that is missing or not there, a version that is none; the nearest name is told."""
    client = FakeOnnxClient(models={"shout": str.upper, "whisper": str.lower})
    with pytest.raises(PredictorKitError) as caught:
        client.predict(*arguments)
    assert str(caught.value) == message


def test_a_client_has_one_model_or_several() -> None:
    """Neither none nor both."""
    for arguments in ({}, {"model": str.upper, "models": {"shout": str.upper}}):
        with pytest.raises(TypeError, match="either one model is given, or models by name"):
            FakePythonClient(**arguments)  # type: ignore[arg-type]  # what is refused


def test_the_clients_fill_a_constructor_of_cortex() -> None:
    """A container declares the name, an override gives the fake; so does a job."""

    class ONNXPredictor:
        def __init__(self, onnx_client: Any, config: Any, job_spec: Any) -> None:
            self.client, self.workers = onnx_client, job_spec["workers"]

        def predict(self, payload: Any) -> Any:
            return self.client.predict(payload)

    class Cortex(PredictorContainer):
        onnx_client: Any = providers.Dependency()
        job_spec: Any = providers.Object(None)

    fakes = {"onnx_client": FakeOnnxClient(lambda row: [sum(row)]), "job_spec": fake_job_spec(workers=2)}
    with load_predictor(ONNXPredictor, container=Cortex, overrides=fakes) as loaded:
        assert loaded.predict([1, 2]) == [3]
        assert loaded.instance.workers == 2


def test_a_job_spec_is_a_copy_with_changes() -> None:
    """Its keys are a job's, and what one test changes no other sees."""
    fake_job_spec()["config"]["a"] = 1
    assert fake_job_spec(workers=3, config={"b": 2}) | {"workers": 1, "config": {}} == fake_job_spec()
    with pytest.raises(PredictorKitError, match=r"a job has no key 'worker' \(did you mean 'workers'\?\)"):
        fake_job_spec(worker=3)


# Differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    """Nor from a copy, whatever JSON it is."""
    assert list(differences(value, copy.deepcopy(value))) == []


@given(JSON, JSON)
def test_values_that_are_not_equal_differ_and_in_both_directions(one: Any, other: Any) -> None:
    """With no tolerance, what JSON writes alike is the same, and nothing else is."""
    exact = Tolerance(0, 0)
    forth, back = list(differences(one, other, exact)), list(differences(other, one, exact))
    assert [(d.path, d.found) for d in forth] == [(d.path, d.expected) for d in back] or len(forth) == len(
        back
    )
    assert bool(forth) is not _same(one, other)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    number = [isinstance(side, int | float) and not isinstance(side, bool) for side in (one, other)]
    return (all(number) or type(one) is type(other)) and bool(one == other)


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        ({"a": 1.0}, {"a": 1.0000001}, []),
        ({"a": 1.0}, {"a": 1.1}, ["a: expected 1.0, found 1.1"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["a.b[1]: expected 2, found 3"]),
        ([1], [1, 2], ["[1]: expected nothing, found 2"]),
        ({"a": 1}, {"b": 1}, ["a: expected 1, found nothing", "b: expected nothing, found 1"]),
        (True, 1, ["expected true, found 1"]),
        ("1", 1, ['expected "1", found 1']),
        (10**400, 10**400 + 1, [f"expected {10**400}, found {10**400 + 1}"]),
        (10**400, 10**400, []),
    ],
)
def test_what_a_difference_says(expected: Any, found: Any, told: list[str]) -> None:
    """Where it is, and what stands there on either side; numbers within the tolerance are none."""
    assert list(map(str, differences(expected, found))) == told


def test_metrics_that_are_recorded_replace_a_client_in_a_container() -> None:
    """An override takes the recorder's client as it takes any other."""
    metrics = RecordedMetrics()
    container = PredictorContainer()
    with override(container, metrics_client=metrics.client):
        container.metrics_client().increment("a")
    assert metrics.counter("a") == 1
