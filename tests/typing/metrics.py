"""What type checkers make of the metrics clients: read by mypy and pyright, never run."""

from collections.abc import AsyncGenerator, Generator
from typing import assert_type

from predictor_kit.metrics import (
    DerivedMetrics,
    FanOutMetrics,
    InMemoryMetrics,
    MetricsClient,
    OpenTelemetryMetrics,
    PrometheusMetrics,
    StatsdMetrics,
    Timer,
    timer,
    with_prefix,
    with_tags,
)

metrics = InMemoryMetrics()


def every_client_is_a_metrics_client() -> list[MetricsClient]:
    """The clients fit the protocol, derived ones too."""
    return [
        FanOutMetrics([StatsdMetrics(), with_tags(PrometheusMetrics(), {"model": "v1"})]),
        with_prefix(OpenTelemetryMetrics(), "app."),
    ]


def deriving_gives_a_client() -> None:
    """What is derived can be derived again."""
    assert_type(with_tags(with_prefix(metrics, "app."), {"model": 1}), DerivedMetrics)


def a_block_is_typed() -> None:
    """The timer itself is what a block gets."""
    with timer(metrics, "inference", tags={"model": "v1"}) as timed:
        assert_type(timed, Timer)


async def an_async_block_is_typed() -> None:
    """Also with ``async with``."""
    async with timer(metrics, "inference", tags={"model": "v1"}) as timed:
        assert_type(timed, Timer)


@timer(metrics, "inference")
def predict(payload: float, *, scale: int = 1) -> str:
    """A function."""
    return str(payload * scale)


@timer(metrics, "inference")
async def predict_later(payload: float) -> str:
    """A coroutine function."""
    return str(payload)


@timer(metrics, "inference")
def stream(payload: float) -> Generator[float, str, bool]:
    """A generator function."""
    yield payload
    return True


@timer(metrics, "inference")
async def stream_later(payload: float) -> AsyncGenerator[float, str]:
    """An async generator function."""
    yield payload


class Predictor:
    """A predictor."""

    @timer(metrics, "inference")
    def predict(self, payload: float) -> str:
        """A method."""
        return str(payload)


async def decorated_functions_keep_their_signature() -> None:
    """Parameters, their names and what is returned are those of the function."""
    assert_type(predict(1.5, scale=2), str)
    assert_type(await predict_later(1.5), str)
    assert_type(stream(1.5), Generator[float, str, bool])
    assert_type(stream_later(1.5), AsyncGenerator[float, str])
    assert_type(Predictor().predict(1.5), str)
    predict(1.5, 2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - scale is keyword-only
    await predict_later(text=1.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - no such name
