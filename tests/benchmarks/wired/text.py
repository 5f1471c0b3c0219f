"""The parts that the benchmark's predictor is wired of; the same for all libraries."""

from typing import Any

__all__ = ["Statsd", "Tokenizer", "Vocabulary"]


class Vocabulary:
    """Words, of which nothing is read here: building it shall cost nothing."""

    def __init__(self, path: str) -> None:
        self.path = path


class Tokenizer:
    """What asks for the vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary


class Statsd:
    """A metrics client that sends nothing."""

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)

    def increment(self, metric: str, value: float = 1, tags: dict[str, Any] | None = None) -> None:
        """Do nothing."""

    def gauge(self, metric: str, value: float, tags: dict[str, Any] | None = None) -> None:
        """Do nothing."""

    def histogram(self, metric: str, value: float, tags: dict[str, Any] | None = None) -> None:
        """Do nothing."""
