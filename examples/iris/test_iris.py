"""Tests of the predictor: pytest examples/iris."""

from pathlib import Path
from typing import Any

import pytest

from predictor_kit import LoadedPredictor
from predictor_kit.pytest_plugin import Golden, LoadPredictor
from predictor_kit.testing import RecordedMetrics

FILE = Path(__file__).with_name("cortex.yaml")
FLOWER = {"sepal_length": 5.1, "sepal_width": 3.8, "petal_length": 1.5, "petal_width": 0.3}


@pytest.mark.predictor(FILE)
def test_a_flower(predictor: LoadedPredictor[Any], metrics: RecordedMetrics) -> None:
    """A setosa is told, and counted."""
    assert predictor.predict(FLOWER)["species"] == "setosa"
    assert metrics.counter("my_counter", model="v1") == 1


class Unsure:
    """A model that knows nothing, and learns it at once."""

    def predict_proba(self, rows: list[list[float]]) -> Any:
        """The same probability for each of the three species."""
        numpy = pytest.importorskip("numpy")
        return numpy.full((len(rows), 3), 1 / 3)


def test_a_model_that_is_unsure(load_predictor: LoadPredictor) -> None:
    """The first species is told where all are as probable; no model is trained."""
    loaded = load_predictor(FILE, overrides={"model": Unsure()})
    assert loaded.predict(FLOWER) == {"species": "setosa", "probability": 0.33}


@pytest.mark.predictor(FILE)
def test_all_flowers(predictor: LoadedPredictor[Any], golden: Golden) -> None:
    """The predictions are those that were reviewed."""
    golden(predictor, "inputs.jsonl", abs=0.05)
