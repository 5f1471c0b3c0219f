"""Each metrics client with its other end: what arrived there, added up, however it travels."""

import ast
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import prometheus_client
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import Histogram, InMemoryMetricReader, MetricsData
from prometheus_client.parser import text_string_to_metric_families

from predictor_kit.metrics import (
    DogStatsdMetrics,
    FanOutMetrics,
    InMemoryMetrics,
    LoggingMetrics,
    MetricCall,
    NullMetrics,
    OpenTelemetryMetrics,
    PrometheusMetrics,
    StatsdMetrics,
    with_prefix,
    with_tags,
)

from .wire import Line, Server, parse_plain

# The time of each series' birth is of no interest, and looks like a gauge.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # the package leaves it so

Key = tuple[str, str, tuple[tuple[str, str], ...]]
Arrived = dict[Key, float | tuple[int, float]]
"""By kind, name and tags: a counter's sum, a gauge's value, a histogram's count and sum."""

_LOGGED_TAG = re.compile(r""" ([^ =]+)=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")

KINDS: dict[str, Any] = {"c": "counter", "g": "gauge", "h": "histogram", "ms": "histogram"}


@dataclass
class Subject:
    """A client, what arrived behind it, and how a call looks there."""

    client: Any
    arrived: Callable[[], Arrived]
    as_sent: Callable[[MetricCall], MetricCall] = lambda call: call

    def expect(self, *calls: MetricCall) -> Arrived:
        """What must have arrived after ``calls``, and nothing else."""
        return added_up(map(self.as_sent, calls))


def added_up(calls: Iterable[MetricCall]) -> Arrived:
    """The calls as any backend sums them up."""
    values: dict[Key, list[float]] = defaultdict(list)
    for call in calls:
        values[call.kind, call.metric, tuple(sorted(call.tags.items()))].append(call.value)
    summed: dict[str, Callable[[list[float]], Any]] = {
        "counter": sum,
        "gauge": lambda values: values[-1],
        "histogram": lambda values: (len(values), sum(values)),
    }
    return {key: summed[key[0]](series) for key, series in values.items()}


@contextmanager
def _dogstatsd(flush_interval: float = 0.3) -> Generator[Subject]:
    with Server() as server, closing(DogStatsdMetrics("127.0.0.1", server.port, flush_interval)) as client:
        yield Subject(client, lambda: _from_wire(server, client))


@contextmanager
def _statsd(fold_tags: bool = True, flush_interval: float = 0.3) -> Generator[Subject]:
    with (
        Server(parser=parse_plain) as server,
        closing(StatsdMetrics("127.0.0.1", server.port, fold_tags, flush_interval)) as client,
    ):
        as_sent = _as_statsd if fold_tags else lambda call: _as_statsd(replace(call, tags={}))
        yield Subject(client, lambda: _from_wire(server, client), as_sent)


def _as_statsd(call: MetricCall) -> MetricCall:
    parts = [re.sub(r"[^A-Za-z0-9_.-]", "_", call.metric)]
    for tag in sorted(call.tags.items()):
        parts += [re.sub(r"[^A-Za-z0-9_-]", "_", text) or "_" for text in tag]
    value = round(float(call.value), 6) if call.kind == "histogram" else call.value
    return MetricCall(call.kind, ".".join(parts), value, {})


def _from_wire(server: Server, client: object) -> Arrived:
    getattr(client, "flush", lambda: None)()
    return added_up(as_calls(server.lines()))


def as_calls(lines: Iterable[Line]) -> Iterator[MetricCall]:
    """The lines as a statsd server understands them: to it a sign makes a gauge's value a change."""
    gauges: dict[tuple[str, tuple[str, ...]], float] = {}
    for line in lines:
        value = line.value
        if line.type == "g":
            value += gauges.get((line.name, line.tags), 0) if value < 0 else 0
            gauges[line.name, line.tags] = value
        tags = dict(tag.split(":", 1) for tag in line.tags)
        yield MetricCall(KINDS[line.type], line.name, value, tags)


@contextmanager
def _prometheus() -> Generator[Subject]:
    registry = prometheus_client.CollectorRegistry()
    client = PrometheusMetrics(registry=registry)
    scrape = prometheus_client.generate_latest
    yield Subject(client, lambda: from_scrape(scrape(registry).decode()), _as_prometheus)


def _as_prometheus(call: MetricCall) -> MetricCall:
    name = re.sub(r"[^A-Za-z0-9_]", "_", call.metric)
    tags = {re.sub(r"[^A-Za-z0-9_]", "_", key): _utf8(text) for key, text in call.tags.items()}
    tags = {f"exported_{key}" if key == "le" or key[:2] == "__" else key: tags[key] for key in tags}
    return MetricCall(
        call.kind,
        _not_a_digit_first(name, "_").removesuffix("_total" if call.kind == "counter" else ""),
        float(call.value),
        {_not_a_digit_first(key, "_"): text for key, text in tags.items() if text},
    )


def _not_a_digit_first(name: str, prefix: str) -> str:
    return prefix + name if name[0].isdigit() else name


def _utf8(text: str) -> str:
    return re.sub(r"[\ud800-\udfff]", "?", text)


def from_scrape(text: str) -> Arrived:
    """What prometheus_client's own parser reads of a scrape; an empty label is none."""
    found: dict[Key, dict[str, float]] = defaultdict(dict)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            tags = tuple(sorted((key, value) for key, value in sample.labels.items() if value))
            suffix = sample.name.removeprefix(family.name)
            if suffix != "_bucket":
                found[family.type, family.name, tags][suffix] = sample.value
    return {key: _of_samples(samples) for key, samples in found.items()}


def _of_samples(samples: Mapping[str, float]) -> float | tuple[int, float]:
    if "_count" in samples:
        return int(samples["_count"]), samples["_sum"]
    (value,) = samples.values()
    return value


@contextmanager
def _opentelemetry() -> Generator[Subject]:
    reader = InMemoryMetricReader()
    client = OpenTelemetryMetrics(MeterProvider([reader], shutdown_on_exit=False).get_meter("tests"))
    yield Subject(client, lambda: from_reader(reader.get_metrics_data()), _as_opentelemetry)


def _as_opentelemetry(call: MetricCall) -> MetricCall:
    name = re.sub(r"[^A-Za-z0-9_./-]", "_", call.metric)
    name = name if name[0].isalpha() else f"metric_{name}"
    tags = {key: _utf8(text) for key, text in call.tags.items()}
    return MetricCall(call.kind, name.lower(), float(call.value), tags)


def from_reader(data: MetricsData | None) -> Arrived:
    """The data points of the SDK's reader."""
    arrived: Arrived = {}
    for resource in data.resource_metrics if data else ():
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
            kind = {"Sum": "counter", "Gauge": "gauge", "Histogram": "histogram"}[type(metric.data).__name__]
            for point in metric.data.data_points:
                tags: Any = tuple(sorted((point.attributes or {}).items()))
                value: Any = point
                histogram = isinstance(metric.data, Histogram)
                arrived[kind, metric.name, tags] = (value.count, value.sum) if histogram else value.value
    return arrived


@contextmanager
def _in_memory() -> Generator[Subject]:
    client = InMemoryMetrics()
    yield Subject(client, lambda: added_up(client.calls))


@contextmanager
def _fan_out() -> Generator[Subject]:
    behind = InMemoryMetrics()
    yield Subject(FanOutMetrics([NullMetrics(), behind]), lambda: added_up(behind.calls))


class Own:
    """A client of one's own: three methods, no base class, no guard."""

    def __init__(self) -> None:
        self.calls: list[MetricCall] = []

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        self._keep("counter", metric, value, tags)

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        self._keep("gauge", metric, value, tags)

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        self._keep("histogram", metric, value, tags)

    def _keep(self, kind: Any, metric: str, value: float, tags: Any) -> None:
        self.calls.append(MetricCall(kind, metric, value, tags or {}))


class Broken:
    """A client of one's own that raises, whatever is asked of it."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        raise self._error

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        raise self._error

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        raise self._error

    def close(self) -> None:
        raise self._error


@contextmanager
def _own_behind_a_fan_out() -> Generator[Subject]:
    own = Own()
    yield Subject(FanOutMetrics([own]), lambda: added_up(own.calls))


@contextmanager
def _with_tags() -> Generator[Subject]:
    behind = InMemoryMetrics()
    client = with_tags(behind, {"zone": "a"})
    yield Subject(client, lambda: added_up(behind.calls), _in_a_zone)


def _in_a_zone(call: MetricCall) -> MetricCall:
    return replace(call, tags={"zone": "a", **call.tags})


@contextmanager
def _with_tags_on_ones_own() -> Generator[Subject]:
    own = Own()
    yield Subject(with_tags(own, {"zone": "a"}), lambda: added_up(own.calls), _in_a_zone)


@contextmanager
def _with_prefix() -> Generator[Subject]:
    own = Own()
    client = with_prefix(FanOutMetrics([own]), "app.")
    yield Subject(
        client, lambda: added_up(own.calls), lambda call: replace(call, metric=f"app.{call.metric}")
    )


@contextmanager
def _logging() -> Generator[Subject]:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # shorter than a class
    logger = logging.getLogger("tests.metrics.pushes")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield Subject(LoggingMetrics("tests.metrics.pushes"), lambda: added_up(map(_from_log, lines)))
    finally:
        logger.removeHandler(handler)


def _from_log(line: str) -> MetricCall:
    assert len(line.splitlines()) == 1
    found = re.fullmatch(r"(\S+) (\S+) (\S+)(.*)", line)
    assert found
    kind, metric, value, rest = found.groups()
    tags = _LOGGED_TAG.findall(rest)
    assert "".join(f" {key}={text}" for key, text in tags) == rest
    shown = {key: ast.literal_eval(text) for key, text in tags}
    return MetricCall(kind, metric, ast.literal_eval(value), shown)  # type: ignore[arg-type]  # compared in the test


@contextmanager
def _null() -> Generator[Subject]:
    yield Subject(NullMetrics(), dict)


SUBJECTS: dict[str, Callable[[], AbstractContextManager[Subject]]] = {
    "dogstatsd": _dogstatsd,
    "dogstatsd at once": partial(_dogstatsd, flush_interval=0),
    "statsd": _statsd,
    "statsd at once": partial(_statsd, flush_interval=0),
    "statsd-without-tags": partial(_statsd, fold_tags=False),
    "prometheus": _prometheus,
    "opentelemetry": _opentelemetry,
    "in-memory": _in_memory,
    "logging": _logging,
    "fan-out": _fan_out,
    "fan-out-of-ones-own": _own_behind_a_fan_out,
    "with-tags": _with_tags,
    "with-tags-on-ones-own": _with_tags_on_ones_own,
    "with-prefix": _with_prefix,
    "null": _null,
}
GUARDED = [name for name in SUBJECTS if name != "null"]
"""Those that hand on what they are given."""
