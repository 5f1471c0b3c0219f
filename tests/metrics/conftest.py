"""What the tests of the metrics clients share: a clean environment, a server, a clock."""

import _thread
from collections.abc import Iterator

import pytest

from predictor_kit.metrics import destination, guard, store

from .wire import Server

_VARIABLES = (
    "DD_AGENT_HOST",
    "DD_DOGSTATSD_DISABLE",
    "DD_DOGSTATSD_PORT",
    "DD_DOGSTATSD_URL",
    "DD_ENTITY_ID",
    "DD_ENV",
    "DD_EXTERNAL_ENV",
    "DD_SERVICE",
    "DD_VERSION",
    "DATADOG_TAGS",
    "HOST_IP",
    "CORTEX_STATSD_PORT",
)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in _VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as listening:
        yield listening


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(guard, "monotonic", stopped)
    monkeypatch.setattr(destination, "monotonic", stopped)
    monkeypatch.setattr(store, "monotonic", stopped)
    return stopped


@pytest.fixture
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system gives no thread any more."""

    def start(*arguments: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", start)
