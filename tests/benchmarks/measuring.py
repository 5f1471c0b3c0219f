"""Measuring side by side: every contender once in each round, the fastest round counts.

What costs nothing but the measuring itself takes part in every round and is subtracted. Before
each contender's turn the garbage collector runs, during it it rests: the same for all.
"""

import gc
import importlib
import os
import platform
import resource
import timeit
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

Run = Callable[[int], float]
"""Does its work the given number of times; returns the seconds that took."""

EMPTY = "nothing"


def statement(code: str, **names: object) -> Run:
    """A run of ``code`` as it stands, in a loop; ``names`` are what it can use."""
    return timeit.Timer(code, globals=names).timeit


def once(prepare: Callable[[], Callable[[], object]], dispose: Callable[[Any], object] = bool) -> Run:
    """A run of work that can be done only once: ``prepare`` makes it anew each time, off the clock.

    What the work returns is kept until the clock has stopped, then handed to ``dispose``.
    """

    def run(number: int) -> float:
        works = [prepare() for _ in range(number)]
        made: list[object] = []
        started = perf_counter()
        for work in works:
            made.append(work())  # noqa: PERF401 - as a comprehension it would not be quicker for all alike
        seconds = perf_counter() - started
        for one in made:
            dispose(one)
        return seconds

    return run


def by_processor(run: Run) -> Run:
    """``run``, by the time that processors spent on it and on processes that it waited for.

    For work of milliseconds, during which other programs get their turns too.
    """

    def measured(number: int) -> float:
        before = processor_time()
        run(number)
        return processor_time() - before

    return measured


def processor_time() -> float:
    """The seconds that processors spent on this process and on those that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def interleaved(runs: Mapping[str, Run], *, number: int, rounds: int) -> dict[str, list[float]]:
    """The seconds of each run in each round, after one to warm up; every round begins with another one."""
    names, samples = list(runs), {name: list[float]() for name in runs}
    for name in names:
        runs[name](number)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for turn in range(rounds):
            start = turn % len(names)
            for name in names[start:] + names[:start]:
                gc.collect()
                samples[name].append(runs[name](number))
    finally:
        gc.enable()
        gc.unfreeze()
    return samples


def microseconds(runs: Mapping[str, Run], *, number: int, rounds: int) -> dict[str, float]:
    """What doing each once costs, at its fastest round; the cost of ``EMPTY`` is subtracted."""
    samples = interleaved(runs, number=number, rounds=rounds)
    cost = {name: min(seconds) / number * 1e6 for name, seconds in samples.items()}
    nothing = cost.pop(EMPTY)
    return {name: value - nothing for name, value in cost.items()}


def of_peers(builders: Mapping[str, tuple[str, Callable[[Any], Run]]]) -> tuple[dict[str, Run], list[str]]:
    """The runs of other libraries, each built with its module; and a line for each that is not installed."""
    runs: dict[str, Run] = {}
    absent: list[str] = []
    for name, (package, build) in builders.items():
        if installed(package):
            runs[name] = build(importlib.import_module(package))
        else:
            absent.append(f"NOT MEASURED: {name}: the package {package!r} is not installed.")
    return runs, absent


def installed(package: str) -> str:
    """The version of an installed package, empty where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def header(*packages: str) -> str:
    """Day, machine, and the versions of Python and of ``packages``."""
    versions = [f"{package} {installed(package) or 'NOT INSTALLED'}" for package in packages]
    day, system = datetime.now().astimezone(), platform.system()
    return "\n".join(
        [
            f"{day:%Y-%m-%d}; {processor()}, {os.cpu_count()} cores, {system}",
            ", ".join([f"{platform.python_implementation()} {platform.python_version()}", *versions]),
            "",
        ]
    )


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(title: str, unit: str, cost: Mapping[str, float], *bases: str, absent: Iterable[str] = ()) -> str:
    """A Markdown table: what each costs, and that as a multiple of each of the ``bases``.

    A base is named in its column by what stands before its first colon.
    """
    rows = [[title, unit, *(f"x {base.partition(':')[0]}" for base in bases)]]
    rows += [
        [name, short(value), *(f"{value / cost[base]:.2f}" for base in bases)] for name, value in cost.items()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    lines = [
        " | ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]
    return "\n".join([*(f"| {line} |" for line in lines), *(f"\n{line}" for line in absent), ""])


def show(text: str) -> None:
    """Print: a person reads it at once and copies it into docs/benchmarks.md."""
    print(text, flush=True)  # noqa: T201 - a benchmark's result


def short(value: float) -> str:
    """Three digits of a number."""
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}"
