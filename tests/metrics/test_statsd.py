"""What StatsdMetrics adds to the contract, and to what the clients over UDP share: names and lines."""

import subprocess
import sys
from collections.abc import Generator
from typing import Any

import pytest

from predictor_kit.metrics import StatsdMetrics

from .wire import Line, Server, parse_plain


@pytest.fixture
def plain() -> Generator[Server]:
    with Server(parser=parse_plain) as server:
        yield server


@pytest.fixture(params=[3600.0, 0.0], ids=["buffered", "at once"])
def metrics(plain: Server, request: pytest.FixtureRequest) -> Generator[StatsdMetrics]:
    client = StatsdMetrics("127.0.0.1", plain.port, flush_interval=request.param)
    yield client
    client.close()


def test_each_kind_has_its_line(plain: Server, metrics: StatsdMetrics) -> None:
    """A counter is c, a gauge g, a histogram ms; tags are in the name, sorted by key."""
    metrics.increment("predictions", 2, {"zone": "eu.west", "model": "v1", "empty": ""})
    metrics.gauge("queue", 7)
    metrics.histogram("latency", 0.25)
    metrics.flush()
    assert plain.lines() == [
        Line("predictions.empty._.model.v1.zone.eu_west", 2, "c"),
        Line("queue", 7, "g"),
        Line("latency", 0.25, "ms"),
    ]


def test_pushes_are_summed_up_into_one_datagram(plain: Server) -> None:
    """Of a counter the sum is sent, of a gauge the last value, of a histogram every sample, in lines."""
    metrics = StatsdMetrics("127.0.0.1", plain.port, flush_interval=3600)
    for value in (1.5, -3, 2):
        metrics.increment("sum", abs(value))
        metrics.gauge("level", value)
        metrics.histogram("sample", value)
    metrics.gauge("change", -3)
    metrics.flush()
    assert plain.datagram() == [
        Line("sum", 5, "c"),
        Line("sum", 1.5, "c"),
        Line("level", 2, "g"),
        *(Line("sample", value, "ms") for value in (1.5, -3.0, 2.0)),
        Line("change", 0, "g"),
        Line("change", -3, "g"),
    ]
    assert plain.lines() == []
    metrics.close()


def test_datagrams_are_filled_and_no_more(plain: Server) -> None:
    """A datagram has at most 1,432 bytes, and not many fewer; a longer line has one of its own."""
    metrics = StatsdMetrics("127.0.0.1", plain.port, flush_interval=3600)
    for number in range(300):
        metrics.increment(f"a_counter_{number}")
        metrics.gauge(f"a_gauge_{number}", -number)
        metrics.histogram("sample", number)
    metrics.increment("long" * 400)
    metrics.close()
    *sizes, longest = plain.sizes()
    assert longest == len("long:1|c") + 4 * 399
    assert max(sizes) <= 1432
    assert min(sizes[:-1]) > 1432 - 40
    assert metrics.dropped == {}


@pytest.mark.parametrize("fold_tags", [True, False])
def test_what_has_one_name_is_one_series(plain: Server, fold_tags: bool) -> None:
    """Where names fold onto each other counters are summed, and of gauges the last one pushed counts."""
    metrics = StatsdMetrics("127.0.0.1", plain.port, fold_tags, flush_interval=3600)
    tags: list[dict[str, Any]] = [{"m": "a b"}, {"m": "a.b"}, {"m": "a_b"}]
    for number in range(10):
        metrics.increment("count", tags=tags[number % 3])
        metrics.gauge("level", number, tags[-number % 3])
    metrics.flush()
    suffix = ".m.a_b" if fold_tags else ""
    assert plain.lines() == [Line(f"count{suffix}", 10, "c"), Line(f"level{suffix}", 9, "g")]
    metrics.close()


def test_tags_that_never_repeat(plain: Server) -> None:
    """Where tags are dropped they cost no room, however many there are, and no other series its own."""
    metrics = StatsdMetrics("127.0.0.1", plain.port, fold_tags=False, flush_interval=3600)
    for number in range(50_000):
        metrics.increment("users", tags={"user": number % 25_000})
    metrics.flush()
    assert plain.lines() == [Line("users", 50_000, "c")]
    assert metrics.dropped == {}
    assert sum(map(len, metrics._store.aliases.values())) <= 1000
    metrics.close()


@pytest.mark.parametrize("port", [0, -1, 65536, "none", 8125.5, None])
def test_a_port_that_is_none(port: Any) -> None:
    """It is refused when the client is made, without showing it."""
    with pytest.raises(ValueError, match=r"^port is not a UDP port, a whole number from 1 to 65535$"):
        StatsdMetrics(port=port)


def test_a_port_that_is_text(plain: Server) -> None:
    """A port from the environment is as good as a number."""
    metrics = StatsdMetrics(port=str(plain.port))  # type: ignore[arg-type]  # what a file may do
    metrics.increment("a")
    metrics.close()
    assert plain.lines() == [Line("a", 1, "c")]


def test_an_address_that_cannot_be_had_is_counted() -> None:
    """An address to which there is no way costs the pushes, and raises nothing."""
    metrics = StatsdMetrics("255.255.255.255")
    metrics.increment("lost")
    metrics.increment("lost")
    metrics.close()
    assert metrics.dropped == {"send": 2}


def test_the_package_is_imported_when_one_is_made() -> None:
    """Naming the class imports nothing of it; making one does, and no push waits for that."""
    code = """
import sys
from predictor_kit.metrics import StatsdMetrics
assert "statsd" not in sys.modules
StatsdMetrics()
assert "statsd" in sys.modules and "datadog" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
