"""What a push costs, beside Cortex's class over datadog's client as it comes and at its best.

*Defaults* is Cortex 0.32's own class, which turns tags into datadog's form at each call, over
``DogStatsd`` as it comes: a datagram for each push. *Best* is the same class over a client that
buffers and aggregates, without telemetry: the cheapest that datadog's options can be had.

By hand, from the checkout: ``python -m tests.benchmarks.metrics``.
"""

import gc
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from time import perf_counter, perf_counter_ns, process_time
from typing import Any

from datadog.dogstatsd.base import DogStatsd

from predictor_kit.metrics import DogStatsdMetrics
from tests.benchmarks.measuring import EMPTY, Run, header, interleaved, microseconds, short, show, table

DEFAULTS = "defaults: Cortex's class over DogStatsd"
BEST = "best: the same, buffering, aggregating, without telemetry"
OURS = "**predictor_kit: DogStatsdMetrics**"
METHODS = ("increment", "gauge", "histogram")
TAGS = '{"model": "v1"}'


class CortexMetrics:
    """Cortex 0.32's client: tags to text, then datadog's method."""

    def __init__(self, client: DogStatsd) -> None:
        self.client = client

    def increment(self, metric: str, value: float = 1, tags: Mapping[str, object] | None = None) -> None:
        """Add to a counter."""
        self.client.increment(metric, value=value, tags=transformed(tags))

    def gauge(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Set a gauge."""
        self.client.gauge(metric, value=value, tags=transformed(tags))

    def histogram(self, metric: str, value: float, tags: Mapping[str, object] | None = None) -> None:
        """Add a sample."""
        self.client.histogram(metric, value=value, tags=transformed(tags))

    def flush(self) -> None:
        """Send what is kept."""
        self.client.flush_aggregated_metrics()
        self.client.flush()

    def close(self) -> None:
        """Stop its threads, send the rest."""
        self.flush()
        stop: Callable[[], bool] = self.client.stop
        stop()


def transformed(tags: Mapping[str, object] | None) -> list[str] | None:
    """The tags in datadog's form."""
    return [f"{key}:{value}" for key, value in tags.items()] if tags else None


def defaults(host: str, port: int) -> CortexMetrics:
    """As it comes."""
    return CortexMetrics(DogStatsd(host=host, port=port))


def best(host: str, port: int) -> CortexMetrics:
    """The cheapest."""
    return CortexMetrics(
        DogStatsd(
            host=host, port=port, disable_buffering=False, disable_aggregation=False, disable_telemetry=True
        )
    )


CLIENTS: dict[str, Callable[[str, int], Any]] = {DEFAULTS: defaults, BEST: best, OURS: DogStatsdMetrics}


@contextmanager
def clients(*, listening: bool = True) -> Generator[dict[str, Any], None, None]:
    """Each client, sending to a socket that is bound and never read, or to where nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        if not listening:
            server.close()
        made = {name: make("127.0.0.1", port) for name, make in CLIENTS.items()}
        yield made
        for client in made.values():
            client.close()


# A call


def pushing(client: Any, method: str) -> Run:
    """A loop of pushes; what it left behind is sent off the clock, so that no round pays for another."""
    code = f"def loop(push, numbers):\n for _ in numbers: push('my_counter', 1, {TAGS})"
    made: dict[str, Any] = {}
    exec(code, made)
    push = getattr(client, method)

    def run(number: int) -> float:
        numbers = range(number)
        started = perf_counter()
        made["loop"](push, numbers)
        seconds = perf_counter() - started
        client.flush()
        return seconds

    return run


class Nothing:
    """What the loop itself costs."""

    def flush(self) -> None:
        """Nothing to do."""

    increment = gauge = histogram = staticmethod(lambda *arguments: None)


def of_a_call(made: dict[str, Any], method: str) -> dict[str, float]:
    """Nanoseconds of a call of each."""
    runs = {EMPTY: empty_loop, **{name: pushing(client, method) for name, client in made.items()}}
    return {name: cost * 1000 for name, cost in microseconds(runs, number=2000, rounds=60).items()}


def empty_loop(number: int) -> float:
    """The loop with its dict of tags, and no call."""
    started = perf_counter()
    for _ in range(number):
        _ = {"model": "v1"}
    return perf_counter() - started


# Calls from many threads


def in_threads(client: Any, threads: int = 8) -> Run:
    """The given number of increments, by several threads at once."""

    def run(number: int) -> float:
        def push() -> None:
            for _ in range(number // threads):
                client.increment("my_counter", 1, {"model": "v1"})

        started_threads = [threading.Thread(target=push) for _ in range(threads)]
        started = perf_counter()
        for thread in started_threads:
            thread.start()
        for thread in started_threads:
            thread.join()
        seconds = perf_counter() - started
        client.flush()
        return seconds

    return run


def calls_a_second(made: dict[str, Any]) -> dict[str, float]:
    """The best round of each."""
    number = 160_000  # far more than starting eight threads costs
    samples = interleaved(
        {name: in_threads(client) for name, client in made.items()}, number=number, rounds=9
    )
    return {name: number / min(seconds) for name, seconds in samples.items()}


# The processor's time


def cpu(client: Any, method: str) -> Run:
    """The process's own seconds, its threads and the sending included."""
    push = getattr(client, method)

    def run(number: int) -> float:
        started = process_time()
        for _ in range(number):
            push("my_counter", 1, {"model": "v1"})
        client.flush()
        return process_time() - started

    return run


def cpu_of_a_call(made: dict[str, Any], method: str) -> dict[str, float]:
    """Microseconds of processor time of a call of each."""
    number = 5_000
    runs = {name: cpu(client, method) for name, client in made.items()}
    samples = interleaved(runs, number=number, rounds=20)
    return {name: statistics.median(seconds) / number * 1e6 for name, seconds in samples.items()}


# The slowest calls


def percentiles(made: dict[str, Any]) -> dict[str, list[float]]:
    """Microseconds of the median call, of the slowest of 100, and of the slowest of 1,000.

    Each is the median of that of 60 rounds of 5,000 calls: what another program does to some of
    the rounds is left out.
    """
    taken: dict[str, list[list[float]]] = {name: [] for name in made}

    def timing(name: str) -> Run:
        push = made[name].increment

        def run(number: int) -> float:
            samples = []
            for _ in range(number):
                started = perf_counter_ns()
                push("my_counter", 1, {"model": "v1"})
                samples.append(perf_counter_ns() - started)
            samples.sort()
            taken[name].append([samples[int(number * part)] / 1000 for part in (0.5, 0.99, 0.999)])
            return 0.0

        return run

    interleaved({name: timing(name) for name in made}, number=5000, rounds=60)
    return {
        name: [statistics.median(of) for of in zip(*rounds, strict=True)] for name, rounds in taken.items()
    }


# Programs: what can be measured only once, or only from outside

CASES = {DEFAULTS: "defaults", BEST: "best", OURS: "DogStatsdMetrics"}

DEAD_RESOLVER = """
socket.getaddrinfo = lambda *arguments, **options: time.sleep(10)
client, worst = make("agent", port), 0.0
for _ in range(1000):
    started = time.perf_counter()
    client.increment("my_counter", 1, {"model": "v1"})
    worst = max(worst, time.perf_counter() - started)
    if worst > 1:
        break
print(worst)
os._exit(0)
"""

FORKS = """
client, taken = make("127.0.0.1", port) if make else None, []
for _ in range(21):
    if client:
        client.increment("my_counter", 1, {"model": "v1"})
    time.sleep(0.02)
    started = time.perf_counter()
    child = os.fork()
    if not child:
        os._exit(0)
    taken.append(time.perf_counter() - started)
    os.waitpid(child, 0)
print(statistics.median(taken))
os._exit(0)
"""

COUNTED = """
client = make("127.0.0.1", port)

def push():
    for _ in range(11_500):
        client.increment("my_counter", 1, {"model": "v1"})

threads = [threading.Thread(target=push) for _ in range(8)]
for thread in threads:
    thread.start()
children = []
for _ in range(8):
    child = os.fork()
    if not child:
        for _ in range(1_000):
            client.increment("my_counter", 1, {"model": "v1"})
        sys.exit()
    children.append(child)
for child in children:
    os.waitpid(child, 0)
for thread in threads:
    thread.join()
"""

START = """
import os, socket, statistics, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from tests.benchmarks.metrics import DogStatsdMetrics, best, defaults
make, port = {make}, {port}
"""


def program(code: str, make: str, port: int) -> str:
    """What a program prints that has one of the clients; one that hangs is ended, with its children."""
    start = START.format(make=make, port=port)
    command = [sys.executable, "-c", start + code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as running:
        try:
            return running.communicate(timeout=40)[0]
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            show(f"HANGS, and was ended: {make}\n")
            return ""


def seconds_of(code: str, cases: Mapping[str, str], rounds: int) -> dict[str, float]:
    """The least of what the program of each case prints, one after the other in each round."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        for _ in range(rounds):
            for name, make in cases.items():
                taken[name].append(float(program(code, make, server.getsockname()[1])))
    return {name: min(seconds) for name, seconds in taken.items()}


def counted() -> dict[str, float]:
    """Of 100,000 increments, by 8 threads and 8 forked children that exit at once: how many arrived."""
    return {name: float(arrived(partial(program, COUNTED, make))) for name, make in CASES.items()}


def arrived(send: Callable[[int], object]) -> int:
    """The sum of all counters that ``send`` sends to a port, read by a thread as they come.

    Where the reader falls behind the system drops datagrams: so it is where one leaves for each push.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        total: list[int] = []
        reader = threading.Thread(target=lambda: total.append(sum_until_end(server)))
        reader.start()
        send(server.getsockname()[1])
        while reader.is_alive():
            # Again, for the system may drop this one too.
            server.sendto(b"end", server.getsockname())
            reader.join(0.1)
        return total[0]


def sum_until_end(server: socket.socket) -> int:
    """The sum of what comes before the word ``end``."""
    total = 0
    while (received := server.recv(65536)) != b"end":
        lines = received.splitlines()
        total += sum(int(line.split(b":")[1].split(b"|")[0]) for line in lines if line.startswith(b"my_"))
    return total


def memory(series: int = 10_000) -> dict[str, float]:
    """Megabytes that so many series take until they are sent."""
    kept: dict[str, float] = {}
    hoarding = DogStatsd(
        disable_buffering=False, disable_aggregation=False, disable_telemetry=True, flush_interval=1000
    )
    holding: dict[str, Any] = {
        BEST: CortexMetrics(hoarding),
        OURS: DogStatsdMetrics(flush_interval=1000),
    }
    for name, client in holding.items():
        client.increment("my_counter", 1, {"user": "none"})
        gc.collect()
        tracemalloc.start()
        for number in range(series):
            client.increment("my_counter", 1, {"user": f"user-{number}"})
        gc.collect()
        kept[name] = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        client.close()
    return kept


# What comes out


def main() -> None:
    """Measure and print."""
    show(header("predictor-kit", "datadog"))
    rows: list[tuple[str, str, str, str, str]] = []
    with clients() as made, clients(listening=False) as unheard:
        calls = {method: of_a_call(made, method) for method in METHODS}
        lonely = {method: of_a_call(unheard, method) for method in METHODS}
        again = {method: of_a_call(made, method) for method in METHODS}
        for method in METHODS:
            show(table(f"{method}('my_counter', 1, {TAGS})", "ns", calls[method], DEFAULTS, BEST))
            rows.append(faster(f"{method}, a call", calls[method], 12, 2.5))
        for method in METHODS:
            show(table(f"{method}, nobody listening", "ns", lonely[method], DEFAULTS, BEST))
        rows += [
            unheard_row(method, min(calls[method][OURS], again[method][OURS]), lonely[method][OURS])
            for method in METHODS
        ]
        rate = calls_a_second(made)
        show(table("increments a second by 8 threads", "1/s", rate, DEFAULTS, BEST))
        rows.append(
            faster("8 threads, calls a second", {name: 1 / value for name, value in rate.items()}, 15, 6)
        )
        for method, aims in (("increment", (8, 2)), ("histogram", (2.5, 1))):
            used = cpu_of_a_call(made, method)
            show(table(f"{method}, processor time with the sending", "us", used, DEFAULTS, BEST))
            rows.append(faster(f"{method}, processor time with the sending", used, *aims))
        slow = percentiles(made)
        for number, title in enumerate(("the median call", "p99 of a call", "p99.9 of a call")):
            show(table(title, "us", {name: values[number] for name, values in slow.items()}, DEFAULTS, BEST))
        rows.append(faster("p99.9 of a call", {name: values[2] for name, values in slow.items()}, 4, 1))
    rows += outside()
    show(summary(rows))


def outside() -> list[tuple[str, str, str, str, str]]:
    """The rows of what is measured in programs of its own."""
    worst = {name: value * 1000 for name, value in seconds_of(DEAD_RESOLVER, CASES, 3).items()}
    show(table("the worst call, with a resolver that never answers", "ms", worst, DEFAULTS))
    forks = {
        name: value * 1000 for name, value in seconds_of(FORKS, {"no client": "None", **CASES}, 3).items()
    }
    show(table("os.fork() with a client in use, in the parent", "ms", forks, "no client"))
    complete = counted()
    show(table("of 100,000 increments, 8 threads and 8 children, arrived", "", complete, DEFAULTS))
    kept = memory()
    show(table("memory of 10,000 series", "MB", kept, BEST))
    extra = forks[OURS] - forks["no client"]
    return [
        limit("worst call with a resolver that never answers, ms", 1, worst[OURS], worst[BEST]),
        limit("extra time of a fork, ms", 5, extra, forks[BEST] - forks["no client"]),
        limit(
            "100,000 increments, missing or twice",
            0,
            abs(100_000 - complete[OURS]),
            abs(100_000 - complete[BEST]),
        ),
        ("memory of 10,000 series, MB", "reported", short(kept[OURS]), short(kept[BEST]), ""),
    ]


def faster(
    what: str, cost: Mapping[str, float], than_defaults: float, than_best: float
) -> tuple[str, str, str, str, str]:
    """A row of the summary: how many times cheaper than both."""
    defaults_, best_ = cost[DEFAULTS] / cost[OURS], cost[BEST] / cost[OURS]
    met = "met" if defaults_ >= than_defaults and best_ >= than_best else "**missed**"
    return (f"{what}: times cheaper", f"{than_defaults} / {than_best}", short(defaults_), short(best_), met)


def unheard_row(method: str, heard: float, unheard: float) -> tuple[str, str, str, str, str]:
    """A row of the summary: what a call costs where nobody listens."""
    met = "met" if unheard <= 1.2 * heard else "**missed**"
    return (f"{method}, nobody listening, as a multiple of its own", "1.2", f"{unheard / heard:.2f}", "", met)


def limit(what: str, most: float, ours: float, of_best: float) -> tuple[str, str, str, str, str]:
    """A row of the summary: a bound, and what datadog's best has."""
    return (what, f"{most}", short(ours), short(of_best), "met" if ours <= most else "**missed**")


def summary(rows: list[tuple[str, str, str, str, str]]) -> str:
    """The table of aims: the ratio to the defaults and to the best, or ours and the best's own figure."""
    lines = [
        "| what is aimed at | aim | to defaults, or ours | to best, or best's | |",
        "|---|--:|--:|--:|---|",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


if __name__ == "__main__":
    main()
