"""The same predictor from code: an own container, an own provider, the metrics kept in memory."""

import json
from pathlib import Path

from dependency_injector import providers

from model import train
from predictor import PythonPredictor
from predictor_kit import PredictorContainer, load_predictor
from predictor_kit.metrics import InMemoryMetrics

INPUTS = Path(__file__).with_name("inputs.jsonl")
FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
CONFIG = {"features": FEATURES, "class_names": ["setosa", "versicolor", "virginica"]}

metrics = InMemoryMetrics()


class IrisContainer(PredictorContainer):
    """What the predictor may name: the two names of every container, and the model."""

    metrics_client = providers.Object(metrics)
    model = providers.Singleton(train, path="iris.csv", features=FEATURES)


with load_predictor(PythonPredictor, container=IrisContainer, config=CONFIG) as iris:
    for number, line in enumerate(INPUTS.read_text().splitlines()):
        print(iris.predict(json.loads(line), request_id=str(number)))

for call in metrics.calls:
    print(call.kind, call.metric, call.value, call.tags)
