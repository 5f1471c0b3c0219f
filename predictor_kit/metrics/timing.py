"""How long something takes, as a histogram in milliseconds."""

import functools
import inspect
import logging
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from predictor_kit.metrics.protocol import MetricsClient

__all__ = ["Timer", "timer"]

_LOG = logging.getLogger("predictor_kit.metrics")

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Timer:
    """What `timer` gives: a context manager, by ``with`` and by ``async with``, and a decorator."""

    def __init__(
        self, metrics_client: MetricsClient, metric: str, tags: Mapping[str, object] | None = None
    ) -> None:
        self._client = metrics_client
        self._metric = metric
        self._tags = tags
        self._starts: list[float] = []

    def __enter__(self) -> Self:
        self._starts.append(perf_counter())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._record(self._starts.pop())

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """``function``, each of its calls timed, with the same signature.

        A coroutine is timed until it has returned, a generator from its first step to its end.
        """
        wrapped = functools.wraps(function)(self._kind_of(function)(function))
        return cast("Callable[_P, _R]", wrapped)

    def _kind_of(self, function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        # What is called may be an object: then its method says which kind it is.
        for called in (function, type(function).__call__):
            if inspect.isasyncgenfunction(called):
                return self._async_generator
            if inspect.iscoroutinefunction(called):
                return self._coroutine
            if inspect.isgeneratorfunction(called):
                return self._generator
        return self._function

    def _function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start = perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self._record(start)

        return timed

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(*args: Any, **kwargs: Any) -> Any:
            start = perf_counter()
            try:
                return await function(*args, **kwargs)
            finally:
                self._record(start)

        return timed

    def _generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            start = perf_counter()
            try:
                return (yield from function(*args, **kwargs))
            finally:
                self._record(start)

        return timed

    def _async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            start = perf_counter()
            generator = function(*args, **kwargs)
            step = generator.asend(None)
            try:
                while True:
                    item = await step
                    try:
                        step = generator.asend((yield item))
                    except GeneratorExit:
                        await generator.aclose()
                        raise
                    except BaseException as thrown:  # noqa: BLE001 - it is the generator's to handle
                        step = generator.athrow(thrown)
            except StopAsyncIteration:
                return
            finally:
                self._record(start)

        return timed

    def _record(self, start: float) -> None:
        milliseconds = (perf_counter() - start) * 1000
        try:
            self._client.histogram(self._metric, milliseconds, self._tags)
        except Exception:  # noqa: BLE001 - a client of one's own: it must not hide what the body raised
            _LOG.exception("a metrics client failed: %s", type(self._client).__name__)


def timer(metrics_client: MetricsClient, metric: str, tags: Mapping[str, object] | None = None) -> Timer:
    """Push to the histogram ``metric`` how many milliseconds a block, or each call of a function, takes.

    It is pushed also when the body raises; what the client raises is logged. As a decorator it can
    be used by several threads and calls at once; a block takes a timer of its own, or one nested
    inside itself. A block can be an ``async with`` as well, and waits for nothing by it. ``tags``
    are read when the time is pushed, so a block can still add to them.

    >>> from predictor_kit.metrics import InMemoryMetrics
    >>> metrics = InMemoryMetrics()
    >>> with timer(metrics, "inference_ms"):
    ...     result = sum(range(1000))
    >>> metrics.calls[0].kind, metrics.calls[0].metric
    ('histogram', 'inference_ms')
    """
    return Timer(metrics_client, metric, tags)
