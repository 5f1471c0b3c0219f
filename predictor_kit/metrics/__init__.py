"""Metrics clients: three methods, and what may stand behind them.

A predictor asks for ``metrics_client`` and calls ``increment``, ``gauge`` and ``histogram``
on it; which of these classes it gets is the container's affair. No push raises, whatever it is
given: what cannot be sent is counted in the client's ``dropped``. `timer`, `with_tags` and
`with_prefix` work over any client.

Nothing here imports a client's package before that client is made.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = [
    "DerivedMetrics",
    "DogStatsdMetrics",
    "FanOutMetrics",
    "InMemoryMetrics",
    "LoggingMetrics",
    "MetricCall",
    "MetricsClient",
    "NullMetrics",
    "OpenTelemetryMetrics",
    "PrometheusMetrics",
    "StatsdMetrics",
    "Timer",
    "timer",
    "with_prefix",
    "with_tags",
]

_MODULES = {
    "DerivedMetrics": "deriving",
    "DogStatsdMetrics": "dogstatsd",
    "FanOutMetrics": "fan_out",
    "InMemoryMetrics": "in_memory",
    "LoggingMetrics": "logging",
    "MetricCall": "in_memory",
    "MetricsClient": "protocol",
    "NullMetrics": "null",
    "OpenTelemetryMetrics": "opentelemetry",
    "PrometheusMetrics": "prometheus",
    "StatsdMetrics": "statsd",
    "Timer": "timing",
    "timer": "timing",
    "with_prefix": "deriving",
    "with_tags": "deriving",
}

if TYPE_CHECKING:
    from predictor_kit.metrics.deriving import DerivedMetrics, with_prefix, with_tags
    from predictor_kit.metrics.dogstatsd import DogStatsdMetrics
    from predictor_kit.metrics.fan_out import FanOutMetrics
    from predictor_kit.metrics.in_memory import InMemoryMetrics, MetricCall
    from predictor_kit.metrics.logging import LoggingMetrics
    from predictor_kit.metrics.null import NullMetrics
    from predictor_kit.metrics.opentelemetry import OpenTelemetryMetrics
    from predictor_kit.metrics.prometheus import PrometheusMetrics
    from predictor_kit.metrics.protocol import MetricsClient
    from predictor_kit.metrics.statsd import StatsdMetrics
    from predictor_kit.metrics.timing import Timer, timer
else:
    # Hidden from type checkers: to them every name would exist.
    def __getattr__(name: str) -> Any:
        """The public name from its module, kept here so that this runs once for each name."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names, fetched or not."""
    return list(__all__)
