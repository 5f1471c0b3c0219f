"""The metrics of a Prometheus registry: one family for each name, one child for each series."""

import _thread
import os
import re
import socket
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from predictor_kit.metrics.admission import Kind, RefusedError, refuse_reserved
from predictor_kit.metrics.encoding import encodable
from predictor_kit.metrics.turns import Turn

__all__ = ["Endpoint", "Families", "checked_buckets", "families_of"]

_UNSAFE = re.compile(r"[^A-Za-z0-9_]")
_ENDINGS = re.compile(r"(_total)+$")


# What the package adds to a name, of several the first.
_ADDED: dict[Kind, str] = {"counter": "_total", "gauge": "", "histogram": "_bucket"}

_Done = TypeVar("_Done")
_Child = Callable[[float], None]


@dataclass(frozen=True)
class _Family:
    kind: Kind
    labels: tuple[str, ...]
    collector: Counter | Gauge | Histogram


class Families:
    """What the clients of one registry have put into it; shared, as it takes a name only once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = weakref.ref(registry)
        self._families: dict[str, _Family] = {}
        self._turn = Turn()

    def child(self, kind: Kind, metric: str, tags: Mapping[str, str], buckets: Sequence[float]) -> _Child:
        """What takes the values of one series; ``buckets`` are the bounds of a histogram made here.

        Raises `RefusedError` where the name is another kind's, or none, or a tag has a key that the
        metric's first push did not have; `RuntimeError` where this has interrupted just that. So may
        what is returned, where processes share a directory.
        """
        name = _name(kind, metric)
        if not name:
            raise RefusedError("name", metric)
        refuse_reserved(name + _ADDED[kind])
        texts = {_label(key): encodable(text) for key, text in tags.items()}
        record = self._alone(partial(self._child, kind, name, metric, texts, buckets))
        if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            return record
        # What is written into the directory is written with a lock held, too.
        return lambda value: self._alone(partial(record, value))

    def after_fork(self) -> None:
        """Another thread of the parent may have been at it, and is not here to end it."""
        self._turn = Turn()

    def _alone(self, work: Callable[[], _Done]) -> _Done:
        done: tuple[_Done, ...] = self._turn.take(lambda: (work(),), ())
        if not done:
            # By a signal's handler, or by an object as it is collected. The package's own locks, which are
            # held meanwhile, cannot be taken twice: this thread would wait for itself.
            raise RuntimeError("it was pushed while the same thread was at work on another push")
        return done[0]

    def _child(
        self, kind: Kind, name: str, metric: str, texts: Mapping[str, str], buckets: Sequence[float]
    ) -> _Child:
        family = self._families.get(name)
        if family is None:
            family = self._made(kind, name, metric, tuple(sorted(texts)), buckets)
            self._families[name] = family
        if family.kind != kind or not texts.keys() <= set(family.labels):
            raise RefusedError("conflict", metric)
        return _recording(family, texts)

    def _made(
        self, kind: Kind, name: str, metric: str, labels: tuple[str, ...], buckets: Sequence[float]
    ) -> _Family:
        registry = self._registry()
        try:
            if kind == "counter":
                return _Family(kind, labels, Counter(name, metric, labels, registry=registry))
            if kind == "histogram":
                histogram = Histogram(name, metric, labels, registry=registry, buckets=buckets)
                return _Family(kind, labels, histogram)
            # Only where processes share a directory: the last one to set it has it.
            gauge = Gauge(name, metric, labels, registry=registry, multiprocess_mode="mostrecent")
            return _Family(kind, labels, gauge)
        except ValueError as error:
            raise RefusedError("conflict", metric) from error


class Endpoint:
    """An HTTP server in a thread of its own, from which a registry is scraped; ``port`` is the one it has.

    Where ``PROMETHEUS_MULTIPROC_DIR`` is set it serves what all processes wrote there. When
    ``owner`` is collected it is closed.
    """

    def __init__(self, port: int, address: str, registry: CollectorRegistry, owner: object) -> None:
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the package leaves it so
        self._server, self._thread = start_http_server(port, address, registry)
        self.port: int = self._server.server_port
        self._collected = weakref.finalize(owner, self._close_beside)
        # The thread ends with the interpreter, and there may be no other one by then.
        self._collected.atexit = False

    def close(self, timeout: float) -> None:
        """Stop serving, and give the port back; wait ``timeout`` seconds at most for the thread's end."""
        self._collected.detach()
        self._stop()
        self._thread.join(timeout)

    def leave(self) -> None:
        """In a forked child: give up the child's hold of the port, which the parent's thread serves."""
        self._collected.detach()
        self._server.server_close()

    def _stop(self) -> None:
        # This wakes the thread, which looks only twice a second whether it is to end (so it is where a
        # system has no such thing for a socket that listens).
        with suppress(OSError):
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()

    def _close_beside(self) -> None:
        # The owner may be collected in any thread, the server's too, which cannot wait for its own end,
        # and while any lock is held, those of `threading` too.
        with suppress(RuntimeError):
            _thread.start_new_thread(self._stop, ())


def families_of(registry: object) -> Families:
    """The families of ``registry``; raises `TypeError` where that is none of prometheus_client's."""
    if not isinstance(registry, CollectorRegistry):
        # A provider of that name may be meant for something else.
        raise TypeError(f"registry is no CollectorRegistry of prometheus_client: {type(registry).__name__}")
    with _lock:
        return _of_registry.setdefault(registry, Families(registry))


def checked_buckets(buckets: Iterable[float]) -> tuple[float, ...]:
    """``buckets`` as they are; raises `ValueError` where no histogram can have them."""
    bounds = tuple(float(bound) for bound in buckets)
    # With a label, as one without would write itself into the directory that processes share.
    Histogram("buckets", "", ("label",), registry=None, buckets=bounds)
    return bounds


def _name(kind: Kind, metric: str) -> str:
    name = _UNSAFE.sub("_", metric)
    if name[0].isdigit():
        name = f"_{name}"
    # The package leaves it out and adds it again, so both are one counter.
    return _ENDINGS.sub("", name) if kind == "counter" else name


def _label(key: str) -> str:
    label = _UNSAFE.sub("_", key)
    if label[0].isdigit():
        label = f"_{label}"
    # As Prometheus itself names a label that is in the way of one of its own.
    return f"exported_{label}" if label == "le" or label.startswith("__") else label


def _recording(family: _Family, texts: Mapping[str, str]) -> _Child:
    # To Prometheus an empty label and none are the same.
    values = [texts.get(label, "") for label in family.labels]
    child = family.collector.labels(*values) if values else family.collector
    if isinstance(child, Counter):
        return child.inc
    return child.set if isinstance(child, Gauge) else child.observe


_lock = threading.Lock()
_of_registry: weakref.WeakKeyDictionary[CollectorRegistry, Families] = weakref.WeakKeyDictionary()
