"""The thread beside the callers of a client."""

import _thread
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from predictor_kit.metrics.turns import Turn

__all__ = ["Worker", "remaining"]


class Worker:
    """The thread of a client: it calls ``work``, a method of the client's, every ``interval`` seconds.

    It ends when the client does, or is told to stop. ``before`` is called before it is started.
    """

    def __init__(self, work: Callable[[], None], interval: float, before: Callable[[], None]) -> None:
        self._work = weakref.WeakMethod(work)
        self._interval = interval
        self._before = before
        self._starting = Turn()
        self._orders = _Orders()
        self._orders.stop()
        self._orders.ended.set()

    @property
    def running(self) -> bool:
        """Whether there is a thread that was not told to stop."""
        return not (self._orders.stopped or self._orders.ended.is_set())

    def start(self) -> bool:
        """Start the thread unless it runs; False if it does not run yet, or cannot."""
        # Another thread that starts it is not waited for.
        if not (self.running or self._starting.taken):
            self._starting.take(lambda: self.running or self._start(), instead=False)
        return self.running

    def _start(self) -> bool:
        self._before()
        orders = _Orders()
        arguments = (self._work, self._interval, orders)
        orders.thread = threading.Thread(target=_run, args=arguments, name=__package__, daemon=True)
        # There are no more threads, or the interpreter is about to end.
        with suppress(RuntimeError):
            # Thread.start() waits until the system has run the new thread, which no push does.
            _thread.start_new_thread(_start_thread, (orders.thread, orders))
            self._orders = orders
        return self.running

    def wake(self) -> None:
        """Let it work now."""
        self._orders.wake.set()

    def stop(self) -> None:
        """Let it work a last time and end."""
        self._orders.stop()

    def join(self, deadline: float) -> None:
        """Wait until it has ended."""
        thread = self._orders.thread
        if self._orders.ended.wait(remaining(deadline)) and thread and thread.ident:
            thread.join(remaining(deadline))


class _Orders:
    """What a thread is told, and what it tells."""

    def __init__(self) -> None:
        self.wake = threading.Event()
        self.ended = threading.Event()
        self.stopped = False
        self.thread: threading.Thread | None = None

    def stop(self) -> None:
        self.stopped = True
        # In the thread itself, where its client is collected while it waits, its event's lock may be held.
        if self.thread is None or self.thread.ident != threading.get_ident():
            self.wake.set()


def _start_thread(thread: threading.Thread, orders: _Orders) -> None:  # pragma: no cover - no thread that
    # coverage sees, as it was not started by threading; every test of the front starts with this.
    try:
        thread.start()
    except RuntimeError:
        orders.ended.set()


def _run(reference: "weakref.WeakMethod[Callable[[], None]]", interval: float, orders: _Orders) -> None:
    try:
        while not orders.stopped:
            orders.wake.wait(interval)
            orders.wake.clear()
            work = reference()
            if work is None:  # pragma: no cover - its client's end mostly has stopped this thread before
                break
            work()
            del work
    finally:
        orders.ended.set()


def remaining(deadline: float) -> float:
    """The seconds until ``deadline``, 0 if that is over."""
    return min(max(0.0, deadline - monotonic()), threading.TIMEOUT_MAX)
