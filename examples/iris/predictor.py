"""A predictor as Cortex 0.32 has it: a plain class, which gets what its constructor names."""

import logging
from time import perf_counter
from typing import Any

logger = logging.getLogger(__name__)


class PythonPredictor:
    """Tells the species of an iris by its measures."""

    def __init__(self, config: dict[str, Any], metrics_client: Any, model: Any) -> None:
        self.features = config["features"]
        self.class_names = config["class_names"]
        self.metrics = metrics_client
        self.model = model

    def predict(self, payload: dict[str, float], request_id: str) -> dict[str, Any]:
        """Give the species of one flower (measures in cm) and how probable it is."""
        started = perf_counter()
        probabilities = self.model.predict_proba([[payload[name] for name in self.features]])[0]
        best = int(probabilities.argmax())
        milliseconds = (perf_counter() - started) * 1000

        self.metrics.increment("my_counter", value=1, tags={"model": "v1"})
        self.metrics.gauge("active_connections", value=1, tags={"model": "v1"})
        self.metrics.histogram("inference_time_milliseconds", value=milliseconds, tags={"model": "v1"})

        logger.debug("request %s: %s", request_id, self.class_names[best])
        return {"species": self.class_names[best], "probability": round(float(probabilities[best]), 2)}
