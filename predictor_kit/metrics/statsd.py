"""Metrics over UDP to a plain statsd server, which knows no tags."""

import math
import re
import threading
from functools import lru_cache
from ipaddress import ip_address
from time import monotonic
from typing import TYPE_CHECKING

from predictor_kit.metrics.admission import Kind, RefusedError
from predictor_kit.metrics.extras import brought_by
from predictor_kit.metrics.guard import TIMEOUT, GuardedMetrics

if TYPE_CHECKING:
    from predictor_kit.metrics.statsd_sender import Sender

__all__ = ["StatsdMetrics"]

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_UNSAFE_IN_TAG = re.compile(r"[^A-Za-z0-9_-]")
_MOST_WAITING = 1000
_FRESH_SECONDS = 60.0
_RETRY_SECONDS = 10.0
_CLOSE_SECONDS = 1.0


class StatsdMetrics(GuardedMetrics):
    """Sends each push as a datagram, by the package ``statsd`` (extra ``statsd``), before the call returns.

    ``host`` is a name or an address, ``port`` a UDP port from 1 to 65535. A counter arrives as
    ``c``, a gauge as ``g``, a histogram as ``ms``, a value in milliseconds with six decimals.
    Raises `MissingPackageError` without the package, `ValueError` if the port is none.

    Plain statsd has no tags. With ``fold_tags`` they become part of the name, sorted by key:
    ``predictions.model.v1``; without it they are dropped, and all series of a metric are one. In
    names everything but ASCII letters, digits and ``_.-`` becomes ``_``; in tags the point, too.

    A negative gauge leaves as two lines in one datagram, 0 and then its value, since a statsd
    server takes a sign for a change.

    A host name is resolved in the background, at the first push and again every 60 seconds. The
    first 1,000 pushes wait for that; what more there is, and what could not be sent, is dropped
    and counted as ``send``. UDP promises no more: a push that is not counted may be lost.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 8125, fold_tags: bool = True) -> None:
        with brought_by("statsd", "StatsdMetrics"):
            from predictor_kit.metrics.statsd_sender import Sender  # noqa: PLC0415 - for those only who use it
        if not 0 < port < 65536:
            # Without the value, which may have come from the environment.
            raise ValueError("port is not a UDP port, a whole number from 1 to 65535")
        self.host: str = host
        self.port: int = port
        self._fold_tags = fold_tags
        self._sender_class = Sender
        self._sender: Sender | None = None
        self._waiting: list[tuple[Kind, str, float]] = []
        # When the host is to be looked up (again); never, while it is.
        self._due = -math.inf
        self._resolving: threading.Thread | None = None
        self._closed = False
        super().__init__()

    def close(self, timeout: float = TIMEOUT) -> None:
        """Close the socket; later pushes are dropped and counted as ``closed``.

        Where pushes still wait for the host's address, it is waited for, at most a second.
        """
        resolving = self._resolving
        if resolving and self._waiting:
            resolving.join(min(timeout, _CLOSE_SECONDS))
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
            self._adopt(None)
        for _ in waiting:
            self._lost(TimeoutError("the host's address was not found in time"))

    def _write(self, kind: Kind, metric: str, value: float, tags: dict[str, str]) -> None:
        name = _folded(metric, tuple(tags.items()) if self._fold_tags else ())
        with self._lock:
            if self._closed:
                raise RefusedError("closed", metric)
            if monotonic() >= self._due:
                self._look_up()
            if self._sender:
                self._send(self._sender, kind, name, value)
            else:
                self._wait(kind, name, value)

    def _send(self, sender: "Sender", kind: Kind, name: str, value: float) -> None:
        try:
            sender.push(kind, name, value)
        except OSError:
            # The name may stand for another address by now.
            self._due = min(self._due, monotonic() + _RETRY_SECONDS)
            raise

    def _wait(self, kind: Kind, name: str, value: float) -> None:
        if not self._resolving:
            raise ConnectionError("the host's address was not found, and is asked for again later")
        if len(self._waiting) >= _MOST_WAITING:
            raise ConnectionError("too many pushes wait for the host's address")
        self._waiting.append((kind, name, value))

    def _look_up(self) -> None:
        self._due = monotonic() + _RETRY_SECONDS
        if _is_address(self.host):
            self._adopt(self._sender_class(self.host, self.port))
        else:
            thread = threading.Thread(target=self._resolve, name="statsd-resolver", daemon=True)
            thread.start()
            self._resolving = thread
        self._due = math.inf

    def _resolve(self) -> None:
        try:
            sender = self._sender_class(self.host, self.port)
        except Exception as error:  # noqa: BLE001 - whatever it is, what waits is lost by it
            lost = self._not_resolved(error)
        else:
            lost = self._resolved(sender)
        # Not while the lock is held: a log handler may wait for another thread's push.
        for failure in lost:
            self._lost(failure)

    def _not_resolved(self, error: Exception) -> list[Exception]:
        with self._lock:
            waiting = self._end_resolving(_RETRY_SECONDS)
            return [error] * len(waiting)

    def _resolved(self, sender: "Sender") -> list[Exception]:
        lost: list[Exception] = []
        with self._lock:
            waiting = self._end_resolving(_FRESH_SECONDS)
            self._adopt(sender)
            if self._closed:
                self._adopt(None)
            for push in waiting:
                try:
                    sender.push(*push)
                except OSError as error:
                    lost.append(error)
        return lost

    def _end_resolving(self, pause: float) -> list[tuple[Kind, str, float]]:
        self._resolving = None
        self._due = monotonic() + pause
        waiting, self._waiting = self._waiting, []
        return waiting

    def _adopt(self, sender: "Sender | None") -> None:
        replaced, self._sender = self._sender, sender
        if replaced:
            replaced.close()

    def _after_fork(self) -> None:
        super()._after_fork()
        if self._resolving:
            # The parent's thread sends what waits there; here is no such thread.
            self._end_resolving(-math.inf)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def _folded(metric: str, tags: tuple[tuple[str, str], ...]) -> str:
    parts = [_UNSAFE.sub("_", metric)]
    for tag in sorted(tags):
        # Without points, a value makes no levels of its own: what it adds stays below its key.
        parts += [_UNSAFE_IN_TAG.sub("_", text) or "_" for text in tag]
    return ".".join(parts)
