"""Metrics through OpenTelemetry's API, to whatever exporter the application has set up."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from predictor_kit.metrics.admission import Kind, RefusedError, refuse_reserved
from predictor_kit.metrics.encoding import encodable
from predictor_kit.metrics.extras import brought_by
from predictor_kit.metrics.guard import GuardedMetrics

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

__all__ = ["OpenTelemetryMetrics"]

_UNSAFE = re.compile(r"[^A-Za-z0-9_./-]")
_LONGEST_NAME = 255

_Record = Callable[[float, dict[str, str]], None]


class OpenTelemetryMetrics(GuardedMetrics):
    """Records each push with an instrument of ``meter``: a counter, a gauge or a histogram.

    Without ``meter`` it is the one named ``predictor_kit`` of the provider that the application
    sets, before or after. Only the API's package is needed (extra ``opentelemetry``); raises
    `MissingPackageError` without it. The application brings the SDK, its views and its exporters,
    and flushes and closes them: `close` leaves them alone. Raises `TypeError` where ``meter`` is none.

    In names everything but ASCII letters, digits and ``_./-`` becomes ``_``, and ``metric_`` comes
    before what does not begin with a letter; names that differ in case only are one. A name longer
    than 255 characters is dropped and counted as ``size``, a push to a name that was another kind
    as ``conflict``, and a counter's or a histogram's value below zero as ``negative``. Values are
    recorded as floats: a whole number too large for an exporter would cost a whole export.
    """

    def __init__(self, meter: "Meter | None" = None) -> None:
        with brought_by("opentelemetry", "OpenTelemetryMetrics"):
            from opentelemetry.metrics import get_meter  # noqa: PLC0415 - for those only who use it
        self._meter = get_meter("predictor_kit") if meter is None else _checked(meter)
        self._records: dict[tuple[Kind, str], _Record] = {}
        self._instruments: dict[str, tuple[Kind, _Record]] = {}
        super().__init__()

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        if value < 0 and kind != "gauge":
            raise RefusedError("negative", metric)
        record = self._records.get((kind, metric))
        if record is None:
            with self._lock:
                record = self._records[kind, metric] = self._instrument(kind, metric)
        record(float(value), {key: encodable(text) for key, text in tags.items()})

    def _instrument(self, kind: Kind, metric: str) -> _Record:
        name = _UNSAFE.sub("_", metric).lower()
        if not name[0].isalpha():
            name = f"metric_{name}"
        refuse_reserved(name)
        if len(name) > _LONGEST_NAME:
            raise RefusedError("size", metric)
        if name not in self._instruments:
            self._instruments[name] = (kind, self._made(kind, name))
        first, record = self._instruments[name]
        # The API would make an instrument of each kind, and what is exported would be neither.
        if first != kind:
            raise RefusedError("conflict", metric)
        return record

    def _made(self, kind: Kind, name: str) -> _Record:
        if kind == "counter":
            return self._meter.create_counter(name).add
        if kind == "gauge":
            return self._meter.create_gauge(name).set
        return self._meter.create_histogram(name).record


def _checked(meter: object) -> "Meter":
    from opentelemetry.metrics import Meter  # noqa: PLC0415 - see above

    if not isinstance(meter, Meter):
        # A provider of that name may be meant for something else.
        raise TypeError(f"meter is no Meter of OpenTelemetry: {type(meter).__name__}")
    return meter
