"""The benchmark's predictor; peers that go by type find the parts by the annotations."""

from typing import Any

from tests.benchmarks.wired.text import Statsd, Tokenizer

__all__ = ["PythonPredictor"]


class PythonPredictor:
    """A predictor of config, metrics client and tokenizer."""

    def __init__(self, config: dict[str, Any], metrics_client: Statsd, tokenizer: Tokenizer) -> None:
        self.config = config
        self.metrics_client = metrics_client
        self.tokenizer = tokenizer

    def predict(self, payload: object) -> object:
        """The payload."""
        return payload
