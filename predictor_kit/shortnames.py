"""The short names that a file can write for a provider's class: ours, and those of installed packages."""

from __future__ import annotations

from collections.abc import Mapping

from predictor_kit.errors import Problem, ProblemsError, did_you_mean, listed

__all__ = ["SHORT_NAMES", "reference_of", "short_names"]

SHORT_NAMES: Mapping[str, str] = {
    "dogstatsd": "predictor_kit.metrics:DogStatsdMetrics",
    "fan-out": "predictor_kit.metrics:FanOutMetrics",
    "in-memory": "predictor_kit.metrics:InMemoryMetrics",
    "logging": "predictor_kit.metrics:LoggingMetrics",
    "null": "predictor_kit.metrics:NullMetrics",
    "opentelemetry": "predictor_kit.metrics:OpenTelemetryMetrics",
    "prometheus": "predictor_kit.metrics:PrometheusMetrics",
    "statsd": "predictor_kit.metrics:StatsdMetrics",
}
"""The short names of our own metrics clients."""

ENTRY_POINTS = "predictor_kit.providers"
"""The entry-point group by which an installed package adds short names."""


def short_names() -> dict[str, str]:
    """Every short name, with the ``package.module:Name`` that it stands for; our own come first."""
    # Imported late: it costs as much as all the rest of a load, and few files need it.
    from importlib.metadata import entry_points  # noqa: PLC0415 - see above

    return {**{entry.name: entry.value for entry in entry_points(group=ENTRY_POINTS)}, **SHORT_NAMES}


def reference_of(written: str) -> str:
    """``written`` itself where it names a module or a file, else what the short name stands for.

    Raises `ProblemsError` for a short name that nobody registered.
    """
    if ":" in written or written.endswith(".py"):
        return written
    if written in SHORT_NAMES:
        return SHORT_NAMES[written]
    known = short_names()
    if written not in known:
        raise ProblemsError([_unknown(written, known)])
    return known[written]


def _unknown(written: str, known: Mapping[str, str]) -> Problem:
    module, dot, name = written.rpartition(".")
    near = f" (did you mean '{module}:{name}'?)" if dot else did_you_mean(written, known)
    return Problem(
        f"there is no short name {written!r}{near}",
        notes=(f"short names: {listed(sorted(known), written)}; or package.module:Name, or file.py:Name",),
    )
