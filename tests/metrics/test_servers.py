"""What real servers make of what the clients send."""

import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from predictor_kit.metrics import DogStatsdMetrics, MetricsClient, PrometheusMetrics, StatsdMetrics

from .servers import Collectd, Prometheus, Statsd, absent, eventually

FORGERY = "ok:1|c\nforged:1000|c\nx"


@pytest.fixture
def statsd(tmp_path: Path) -> Generator[Statsd]:
    with Statsd(tmp_path).serving() as server:
        yield server


@pytest.fixture
def collectd(tmp_path: Path) -> Generator[Collectd]:
    with Collectd(tmp_path).serving() as server:
        yield server


def push_all(client: MetricsClient) -> None:
    """Each method, the odd values that servers read in their own way, and forgeries everywhere."""
    for _ in range(3):
        client.increment("predictions", tags={"model": "v1"})
        client.gauge("change", -5, {"model": "v1"})
    client.increment("predictions", 0.5)
    client.gauge("queue", 12345678.5)
    client.histogram("latency", 2.5, {"model": "v1"})
    client.histogram("latency", 4, {"model": "v1"})
    client.increment(FORGERY)
    client.increment("tagged", tags={"model": FORGERY})
    client.increment("valued", FORGERY)  # type: ignore[arg-type]  # the mistake under test


def test_dogstatsd_to_statsd(statsd: Statsd) -> None:
    """Statsd of npm reads every line, with its tags; a negative gauge is its value; nothing is forged."""
    client = DogStatsdMetrics("127.0.0.1", statsd.port)
    push_all(client)
    client.close()
    counters = {
        "predictions;model=v1": 3,
        "predictions": 0.5,
        # It takes a sample for a count.
        "latency;model=v1": 6.5,
        "ok_1_c_forged_1000_c_x": 1,
        "tagged;model=ok1_c_forged1000_c_x": 1,
    }
    assert eventually(lambda: statsd.metrics("counters"), counters) == counters
    assert statsd.metrics("gauges") == {"change;model=v1": -5, "queue": 12345678.5}
    assert statsd.bad_lines() == 0


def test_statsd_to_statsd(statsd: Statsd) -> None:
    """Statsd of npm reads every line, its tags in the names; a negative gauge is its value; no forgery."""
    client = StatsdMetrics("127.0.0.1", statsd.port)
    push_all(client)
    client.close()
    counters = {
        "predictions.model.v1": 3,
        "predictions": 0.5,
        "ok_1_c_forged_1000_c_x": 1,
        "tagged.model.ok_1_c_forged_1000_c_x": 1,
    }
    assert eventually(lambda: statsd.metrics("counters"), counters) == counters
    assert statsd.metrics("gauges") == {"change.model.v1": -5, "queue": 12345678.5}
    assert statsd.metrics("timers") == {"latency.model.v1": [2.5, 4]}
    assert statsd.bad_lines() == 0


def test_statsd_to_collectd(collectd: Collectd) -> None:
    """collectd, which refuses what is not plain statsd, has every metric, and none besides."""
    client = StatsdMetrics("127.0.0.1", collectd.port)
    push_all(client)
    client.increment("predictions", 1.5)
    client.close()
    expected: dict[str, Any] = {
        "predictions.model.v1": 3,
        "predictions": 2,
        "change.model.v1": -5,
        "queue": 12345678.5,
        # It keeps whole milliseconds.
        "latency.model.v1": (2, pytest.approx(6.5, abs=1)),
        "ok_1_c_forged_1000_c_x": 1,
        "tagged.model.ok_1_c_forged_1000_c_x": 1,
    }
    assert eventually(collectd.metrics, expected) == expected


def test_threads_lose_nothing_to_statsd(statsd: Statsd) -> None:
    """Eight threads at once: the server counts every push."""
    client = StatsdMetrics("127.0.0.1", statsd.port)

    def push() -> None:
        for _ in range(2000):
            client.increment("predictions")

    threads = [threading.Thread(target=push) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert eventually(lambda: statsd.metrics("counters"), {"predictions": 16000}) == {"predictions": 16000}


def test_prometheus_scrapes(tmp_path: Path) -> None:
    """Prometheus itself fetches every metric, with its tags, and finds its target well."""
    client = PrometheusMetrics(port=0, address="127.0.0.1", registry=CollectorRegistry())
    assert client.port
    push_all(client)
    client.increment("reserved", tags={"le": "1", "__name__": "forged", "job": 'a"} 1\nforged 5'})
    expected = {
        "up": [1.0],
        'change{model="v1"}': [-5.0],
        "queue": [12345678.5],
        'latency_bucket{model="v1", le="2.5"}': [1.0],
        "latency_count": [2.0],
        "latency_sum": [6.5],
        'tagged_total{model=~"(?s).*forged.*"}': [1.0],
        'reserved_total{exported_le="1", exported___name__="forged"}': [1.0],
        '{__name__=~"forged.*"}': [],
    }
    with Prometheus(tmp_path, client.port).serving() as server:
        assert eventually(lambda: {query: server.values(query) for query in expected}, expected) == expected
    client.close()
    assert client.dropped == {"value": 1}


def test_an_absent_server_fails_where_servers_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable it is a skip that says why."""
    monkeypatch.setenv("PREDICTOR_KIT_REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match="no server"):
        absent("no server")
    monkeypatch.delenv("PREDICTOR_KIT_REQUIRE_SERVERS")
    with pytest.raises(pytest.skip.Exception, match="no server"):
        absent("no server")
