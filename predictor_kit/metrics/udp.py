"""What the clients that send over UDP share."""

from abc import abstractmethod
from collections.abc import Iterable
from contextlib import suppress

from predictor_kit.metrics.datagrams import Connection, Writer, connected
from predictor_kit.metrics.destination import Destination
from predictor_kit.metrics.front import AggregatingMetrics
from predictor_kit.metrics.series import Batch
from predictor_kit.metrics.worker import remaining

__all__ = ["UdpMetrics"]


class UdpMetrics(AggregatingMetrics):
    """Sums up what is pushed, and sends it every ``flush_interval`` seconds.

    A subclass says in ``_writer`` by whose client; it has its ``host`` and ``port`` before it is made.
    """

    host: str
    port: int

    def _begin(self) -> None:
        super()._begin()
        self._destination = Destination(self.host, self.port, self._worker.wake)
        self._connection: Connection | None = None
        self._released = False

    @abstractmethod
    def _writer(self) -> Writer:
        """Whoever writes the datagrams of one connection; it may raise, which is counted."""

    def _prepare(self) -> None:
        # Later may be too late: while the interpreter ends Python 3.12 starts no thread for it.
        self._draining.take(0, self._looked_up)

    def _ready(self) -> bool:
        return self._looked_up()

    def _looked_up(self) -> bool:
        """Whether the look-up is over, which is begun if need be."""
        try:
            return self._destination.addresses() is not None
        except Exception:  # noqa: BLE001 - raised again where it is counted
            return True

    def _await_readiness(self, deadline: float) -> None:
        self._destination.wait(remaining(deadline))

    def _deliver(self, batches: Iterable[Batch], until: float) -> None:
        self._connect().send(batches, until, self._refused, self._handled)
        if self._released:
            self._disconnect()

    def _connect(self) -> Connection:
        addresses = self._destination.addresses() or []
        if self._connection and self._connection.address in addresses:
            return self._connection
        self._disconnect()
        self._connection = connected(addresses, self._writer())
        return self._connection

    def _refused(self, error: Exception, pushes: int) -> None:
        # The name may stand for another address by now.
        self._destination.doubt()
        self._lost(error, pushes)

    def _release(self, deadline: float) -> None:
        super()._release(deadline)
        # Whoever is still sending disconnects after that.
        self._released = True
        self._draining.take(remaining(deadline), self._disconnect)

    def __del__(self) -> None:
        super().__del__()
        # Nobody else has it any more, whatever kept it from being closed within no time.
        with suppress(Exception):
            self._disconnect()

    def _disconnect(self) -> bool:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()
        return True

    def _after_fork(self) -> None:
        # The parent's socket is told what became of the parent's datagrams.
        self._disconnect()
        super()._after_fork()
