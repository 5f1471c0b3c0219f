"""Real servers at the other end: statsd (npm), collectd and Prometheus, each on free ports.

Where one is not installed its tests are skipped, visibly; with ``PREDICTOR_KIT_REQUIRE_SERVERS=1``
they fail instead. ``statsd`` is found as node finds a package: ``NODE_PATH`` may name the folder.
"""

import csv
import json
import math
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest
import yaml

from .wire import free_port

T = TypeVar("T")

SECONDS = 30.0


def absent(reason: str) -> NoReturn:
    """Skip, or fail where servers are required."""
    if os.environ.get("PREDICTOR_KIT_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    """The path of an installed program; Debian has some where only root looks."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    return found or absent(f"{name} is not installed")


def eventually(probe: Callable[[], T], expected: T) -> T:
    """What ``probe`` gives as soon as it is as expected, or the last it gave before the time was up."""
    end = time.monotonic() + SECONDS
    while (last := probe()) != expected and time.monotonic() < end:
        time.sleep(0.02)
    return last


def free_tcp_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], log: Path, ready: Callable[[], bool]) -> Generator[None]:
    """The program ``command`` from when it is ready until the block ends."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            alive = eventually(lambda: process.poll() is not None or ready(), expected=True)
            assert alive, log.read_text()
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()


class Statsd:
    """npm's statsd, which never flushes: what it has counted is read from its console."""

    def __init__(self, folder: Path) -> None:
        self.port, self._console = free_port(), free_tcp_port()
        self._folder = folder

    @contextmanager
    def serving(self) -> Generator["Statsd"]:
        node = program("node")
        found = subprocess.run(
            [node, "-p", "require.resolve('statsd/stats.js')"], capture_output=True, text=True, check=False
        )
        if found.returncode:
            absent("the npm package statsd is not installed where node looks (NODE_PATH)")
        config = {
            "port": self.port,
            "address": "127.0.0.1",
            "mgmt_address": "127.0.0.1",
            "mgmt_port": self._console,
            "backends": ["./backends/console"],
            "flushInterval": 1_000_000_000,
        }
        path = self._folder / "statsd.js"
        path.write_text(f"({json.dumps(config)})")
        with running([node, found.stdout.strip(), str(path)], self._folder / "statsd.log", self._ready):
            yield self

    def metrics(self, kind: str) -> dict[str, Any]:
        """Its ``counters``, ``gauges`` or ``timers``, without its own and without `_ready`'s."""
        found = self._printed(kind)
        return {name: value for name, value in found.items() if not name.startswith(("ready", "statsd."))}

    def bad_lines(self) -> int:
        """How many lines it could make nothing of."""
        return int(self._printed("counters")["statsd.bad_lines_seen"])

    def _printed(self, command: str) -> dict[str, Any]:
        with (
            socket.create_connection(("127.0.0.1", self._console)) as connection,
            connection.makefile() as text,
        ):
            connection.sendall(f"{command}\n".encode())
            # What node prints of an object is YAML, too.
            found: dict[str, Any] = yaml.safe_load("".join(iter(text.readline, "END\n")))
            return found

    def _ready(self) -> bool:
        _send("ready:1|c", self.port)
        try:
            return "ready" in self._printed("counters")
        except ConnectionRefusedError:
            return False


class Collectd:
    """Debian's collectd with its statsd plugin, which writes what it has counted to files."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._data = folder / "data" / "here" / "statsd"

    @contextmanager
    def serving(self) -> Generator["Collectd"]:
        command = [program("collectd"), "-f", "-C", str(self._folder / "collectd.conf")]
        (self._folder / "collectd.conf").write_text(f"""
Hostname "here"
FQDNLookup false
Interval 0.2
BaseDir "{self._folder}"
PIDFile "{self._folder}/pid"
LoadPlugin statsd
LoadPlugin csv
<Plugin statsd>
  Host "127.0.0.1"
  Port "{self.port}"
  TimerCount true
  TimerSum true
</Plugin>
<Plugin csv>
  DataDir "{self._folder}/data"
  StoreRates false
</Plugin>
""")
        with running(command, self._folder / "collectd.log", self._ready):
            yield self

    def metrics(self) -> dict[str, float | tuple[float, float]]:
        """By name: a counter's or a gauge's value, a timer's count and sum in milliseconds."""
        rows: dict[str, list[float]] = defaultdict(list)
        for path in self._data.glob("*"):
            # derive-NAME-2026-01-31
            with path.open(newline="") as file:
                rows[path.name[:-11]] += [float(row[1]) for row in csv.reader(file) if row[0] != "epoch"]
        timers = {
            name.removesuffix("-average").removeprefix("latency-") for name in rows if "-average" in name
        }
        found: dict[str, float | tuple[float, float]] = {
            timer: (_sum(rows[f"gauge-{timer}-count"]), 1000 * _sum(rows[f"latency-{timer}-sum"]))
            for timer in timers
        }
        for name, values in rows.items():
            kind, _, metric = name.partition("-")
            # A file begins with a line of headings.
            if (
                values
                and metric != "ready"
                and kind != "latency"
                and metric.removesuffix("-count") not in timers
            ):
                found[metric] = values[-1]
        return found

    def _ready(self) -> bool:
        _send("ready:1|c", self.port)
        return any(self._data.glob("derive-ready-*"))


class Prometheus:
    """Debian's Prometheus, which scrapes one port of this machine every second."""

    def __init__(self, folder: Path, scraped: int) -> None:
        self._folder, self._scraped, self._port = folder, scraped, free_tcp_port()

    @contextmanager
    def serving(self) -> Generator["Prometheus"]:
        config = self._folder / "prometheus.yml"
        target = f"127.0.0.1:{self._scraped}"
        job = {"job_name": "tests", "static_configs": [{"targets": [target]}]}
        times = {"scrape_interval": "1s", "scrape_timeout": "1s"}
        config.write_text(yaml.safe_dump({"global": times, "scrape_configs": [job]}))
        command = [
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
        ]
        with running(command, self._folder / "prometheus.log", self._ready):
            yield self

    def values(self, query: str) -> list[float]:
        """The last value of each series that ``query`` finds."""
        found = json.loads(self._get(f"/api/v1/query?query={urllib.parse.quote(query)}"))
        return [float(series["value"][1]) for series in found["data"]["result"]]

    def _ready(self) -> bool:
        try:
            return b"Ready" in self._get("/-/ready")
        except (OSError, urllib.error.URLError):
            return False

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=SECONDS) as answer:
            body: bytes = answer.read()
            return body


def _send(line: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(line.encode(), ("127.0.0.1", port))


def _sum(values: list[float]) -> float:
    return math.fsum(value for value in values if not math.isnan(value))
