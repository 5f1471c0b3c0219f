"""What OpenTelemetryMetrics adds to the contract: the API's rules, and what an exporter gets."""

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    InMemoryMetricReader,
    PeriodicExportingMetricReader,
)

from predictor_kit.metrics import OpenTelemetryMetrics

from .subjects import from_reader


class Setup:
    """A client, and the SDK's reader behind it."""

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)
        self.client = OpenTelemetryMetrics(self.provider.get_meter("tests"))

    def arrived(self) -> dict[Any, Any]:
        return from_reader(self.reader.get_metrics_data())


@pytest.fixture
def setup() -> Generator[Setup]:
    setup = Setup()
    yield setup
    setup.provider.shutdown()


def test_what_the_api_would_only_log_is_counted(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """A counter's and a histogram's value below zero is counted, and the SDK is not even asked."""
    setup.client.increment("requests", -1)
    setup.client.histogram("latency", -1)
    setup.client.gauge("change", -1)
    assert setup.client.dropped == {"negative": 2}
    assert setup.arrived() == {("gauge", "change", ()): -1}
    assert {record.name for record in caplog.records} == {"predictor_kit.metrics"}


def test_a_name_is_one_kind(setup: Setup, caplog: pytest.LogCaptureFixture) -> None:
    """The first push says which; case makes no difference; a conflict is counted, not exported."""
    setup.client.increment("Requests")
    setup.client.increment("requests")
    setup.client.gauge("requests", 1)
    setup.client.histogram("REQUESTS", 1)
    assert setup.client.dropped == {"conflict": 2}
    assert setup.arrived() == {("counter", "requests", ()): 2}
    assert {record.name for record in caplog.records} == {"predictor_kit.metrics"}


def test_a_name_the_api_takes(setup: Setup) -> None:
    """A name begins with a letter and has at most 255 characters; a longer one is counted."""
    setup.client.increment("_1é")
    setup.client.increment("n" * 255)
    setup.client.increment("n" * 256)
    assert setup.client.dropped == {"size": 1}
    assert setup.arrived() == {("counter", "metric__1_", ()): 1, ("counter", "n" * 255, ()): 1}


def test_closing_leaves_the_application_its_provider(setup: Setup) -> None:
    """The SDK is the application's: after close it still takes what comes."""
    setup.client.close()
    setup.client.increment("requests")
    assert setup.arrived() == {("counter", "requests", ()): 1}


def test_series_without_bound_are_not_lost(setup: Setup) -> None:
    """However many series the SDK keeps apart, what is pushed is in their sum."""
    for number in range(2100):
        setup.client.increment("requests", tags={"user": number})
    assert sum(setup.arrived().values()) == 2100
    assert setup.client.dropped == {}


def test_a_console_exporter() -> None:
    """What the SDK's own exporter writes is what was pushed."""
    written = io.StringIO()
    reader = PeriodicExportingMetricReader(ConsoleMetricExporter(written), export_interval_millis=3_600_000)
    provider = MeterProvider([reader], shutdown_on_exit=False)
    client = OpenTelemetryMetrics(provider.get_meter("tests"))
    client.increment("requests", tags={"model": "v1"})
    client.histogram("latency", 2.5)
    provider.shutdown()
    metrics = {
        metric["name"]: metric["data"]["data_points"][0]
        for resource in json.loads(written.getvalue())["resource_metrics"]
        for scope in resource["scope_metrics"]
        for metric in scope["metrics"]
    }
    assert metrics["requests"]["attributes"] == {"model": "v1"}
    assert metrics["requests"]["value"] == 1
    assert (metrics["latency"]["count"], metrics["latency"]["sum"]) == (1, 2.5)


class Collector(HTTPServer):
    """An OpenTelemetry collector as far as an exporter sees one: it keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[ExportMetricsServiceRequest] = []
        super().__init__(("127.0.0.1", 0), lambda *arguments: _Receiver(self.received, *arguments))


class _Receiver(BaseHTTPRequestHandler):
    def __init__(self, received: list[ExportMetricsServiceRequest], *arguments: Any) -> None:
        self._received = received
        super().__init__(*arguments)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self._received.append(ExportMetricsServiceRequest.FromString(self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as it is there
        pass


@pytest.fixture
def collector() -> Generator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=lambda: collector.serve_forever(poll_interval=0.01))
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


def test_odd_values_spoil_no_export(collector: Collector, caplog: pytest.LogCaptureFixture) -> None:
    """Numbers and texts that OTLP cannot carry would cost the whole export; as they are sent, all arrives."""
    exporter = OTLPMetricExporter(f"http://127.0.0.1:{collector.server_port}/v1/metrics")
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], shutdown_on_exit=False)
    client = OpenTelemetryMetrics(provider.get_meter("tests"))
    client.increment("large", 2**62)
    client.increment("large", 2**62)
    client.gauge("larger", 10**300)
    client.histogram("latency", 2**64, {"user": "a\ud800b"})
    client.increment("plain")
    with caplog.at_level(logging.WARNING):
        provider.shutdown()
    assert caplog.messages == []
    (request,) = collector.received
    metrics = request.resource_metrics[0].scope_metrics[0].metrics
    assert {metric.name for metric in metrics} == {"large", "larger", "latency", "plain"}
    by_name = {metric.name: metric for metric in metrics}
    assert by_name["large"].sum.data_points[0].as_double == 2.0**63
    assert by_name["latency"].histogram.data_points[0].attributes[0].value.string_value == "a?b"


GLOBAL = """
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from predictor_kit.metrics import OpenTelemetryMetrics

client = OpenTelemetryMetrics()
client.increment("before")
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
client.increment("before")
client.increment("after")
(resource,) = reader.get_metrics_data().resource_metrics
(scope,) = resource.scope_metrics
print(scope.scope.name, sorted(metric.name for metric in scope.metrics))
"""


def test_the_providers_own_meter() -> None:
    """Without an option the meter is the global provider's, also where that is set later."""
    done = subprocess.run([sys.executable, "-c", GLOBAL], check=True, capture_output=True, text=True)
    assert done.stdout == "predictor_kit ['after', 'before']\n"
