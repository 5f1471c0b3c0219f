"""A statsd server on a free port, with parsers that accept nothing but the three kinds of line."""

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

_LINE = re.compile(
    r"(?P<name>[^:|@#,\s]+)"
    r":(?P<value>-?\d+(?:\.\d+)?(?:e[+-]\d+)?)"
    r"\|(?P<type>[cgh])"
    r"(?:\|#(?P<tags>[^|#@\s]+))?"
)
# The protocol as statsd's own documentation has it: ASCII, no tags.
_PLAIN_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9_.-]+)"
    r":(?P<value>-?\d+(?:\.\d+)?(?:e[+-]\d+)?)"
    r"\|(?P<type>c|g|ms)(?P<tags>)",
    re.ASCII,
)
_LAST = b"the.last.one:1|c"


@dataclass(frozen=True)
class Line:
    """One metric of a datagram."""

    name: str
    value: float
    type: str
    tags: tuple[str, ...] = ()


def parse(datagram: bytes) -> list[Line]:
    """The lines of ``datagram``; raises ValueError at the first that is none.

    A line ends at whatever any server may take for a line's end.
    """
    return [_line(_LINE, text) for text in datagram.decode().splitlines()]


def parse_plain(datagram: bytes) -> list[Line]:
    """As `parse`, for a server that knows no tags."""
    return [_line(_PLAIN_LINE, text) for text in datagram.decode().splitlines()]


def _line(pattern: re.Pattern[str], text: str) -> Line:
    found = pattern.fullmatch(text)
    if not found:
        raise ValueError(f"not a metric: {text!r}")
    value = float(found["value"]) if re.search(r"[.e]", found["value"]) else int(found["value"])
    return Line(found["name"], value, found["type"], tuple(found["tags"].split(",")) if found["tags"] else ())


class Server:
    """A UDP socket bound to 127.0.0.1; the first datagram is waited for, at most ten seconds."""

    def __init__(self, port: int = 0, parser: Callable[[bytes], list[Line]] = parse) -> None:
        self._parse = parser
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(10)
        # Room for what is sent before anybody reads.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._socket.close()

    def sizes(self) -> list[int]:
        """The bytes of each datagram that was sent until now."""
        return [len(datagram) for datagram in self._datagrams()]

    def datagram(self) -> list[Line]:
        """The metrics of the next datagram."""
        return self._parse(self._socket.recv(65536))

    def lines(self) -> list[Line]:
        """All metrics that were sent until now, whoever sent them."""
        return [line for datagram in self._datagrams() for line in self._parse(datagram)]

    def _datagrams(self) -> Iterator[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(_LAST, ("127.0.0.1", self.port))
            while (received := self._received(own)) != _LAST:
                yield received

    def _received(self, own: socket.socket) -> bytes:
        self._socket.settimeout(0.5)
        try:
            return self._socket.recv(65536)
        except TimeoutError:
            # Where many were sent before, the system had no room for the last one.
            own.sendto(_LAST, ("127.0.0.1", self.port))
            return self._socket.recv(65536)
        finally:
            self._socket.settimeout(10)


def free_port() -> int:
    """A port on which nobody listened a moment ago."""
    with Server() as server:
        return server.port
