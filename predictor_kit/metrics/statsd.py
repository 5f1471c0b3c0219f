"""Metrics over UDP to a plain statsd server, which knows no tags."""

import re
from functools import lru_cache

from predictor_kit.metrics.admission import Kind, refuse_reserved
from predictor_kit.metrics.datagrams import Writer
from predictor_kit.metrics.extras import brought_by
from predictor_kit.metrics.ports import checked_port
from predictor_kit.metrics.series import Alias
from predictor_kit.metrics.udp import UdpMetrics

__all__ = ["StatsdMetrics"]

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_UNSAFE_IN_TAG = re.compile(r"[^A-Za-z0-9_-]")


class StatsdMetrics(UdpMetrics):
    """Sums up what is pushed, and sends it as the package ``statsd`` writes it (extra ``statsd``).

    A push costs no system call and no lock. A daemon thread sends every ``flush_interval`` seconds;
    with an interval of 0 each push is sent before the call returns. `flush` sends at once what was
    pushed; `close`, and the end of the interpreter, send the rest. A process that is killed loses
    what was pushed since the last flush.

    ``host`` is a name or an address, ``port`` a UDP port from 1 to 65535. Raises
    `MissingPackageError` without the package, `ValueError` if the port is none, or the interval is
    not from 0 to 3600.

    A counter arrives as ``c``, a gauge as ``g``, a histogram as ``ms``, a line for each sample, in
    milliseconds with six decimals. A negative gauge leaves as two lines in one datagram, 0 and then
    its value, since a statsd server takes a sign for a change. A datagram has at most 1,432 bytes,
    unless one metric is longer.

    Plain statsd has no tags. With ``fold_tags`` they become part of the name, sorted by key:
    ``predictions.model.v1``; without it they are dropped, and all series of a metric are one. In
    names everything but ASCII letters, digits and ``_.-`` becomes ``_``; in tags the point, too.
    What has the same name then is one series: of a gauge the last value counts, whatever its tags.

    How a name is looked up, what is counted as ``send``, and how much is kept is as with
    `DogStatsdMetrics`: 20,000 series, and 100,000 samples of histograms beside those of the last
    interval; what is beyond is dropped and counted as ``series`` and ``samples``.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 8125, fold_tags: bool = True, flush_interval: float = 0.3
    ) -> None:
        with brought_by("statsd", "StatsdMetrics"):
            from predictor_kit.metrics.statsd_writer import StatsdWriter  # noqa: PLC0415 - for those only who use it
        self.host: str = host
        self.port: int = checked_port(port, "port", "UDP")
        self._fold_tags = fold_tags
        self._writer_class = StatsdWriter
        super().__init__(flush_interval)

    def _writer(self) -> Writer:
        return self._writer_class()

    def _write(
        self, kind: Kind, metric: str, value: float, tags: dict[str, str], alias: Alias | None = None
    ) -> None:
        # Before it is kept, so that what has one name at the server has one series here.
        name = _folded(metric, tuple(tags.items()) if self._fold_tags else ())
        refuse_reserved(name)
        super()._write(kind, name, value, {}, alias)


@lru_cache(maxsize=4096)
def _folded(metric: str, tags: tuple[tuple[str, str], ...]) -> str:
    parts = [_UNSAFE.sub("_", metric)]
    for tag in sorted(tags):
        # Without points, a value makes no levels of its own: what it adds stays below its key.
        parts += [_UNSAFE_IN_TAG.sub("_", text) or "_" for text in tag]
    return ".".join(parts)
