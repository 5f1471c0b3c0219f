"""How long whole processes take: Python itself, imports, the command line.

By hand, from the checkout, in the environment whose start is to be measured, with predictor-kit
installed in it: ``python -m tests.benchmarks.starting``.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.measuring import Run, by_processor, header, interleaved, show, table
from tests.benchmarks.specs import FILE

PASS = "nothing: python -c pass"
ARGPARSE = "import argparse"
PYTEST = "pytest: without the plugin"
SCRIPT = Path(sys.executable).with_name("predictor-kit")
LOAD = f"from predictor_kit import load_specs; load_specs({str(FILE)!r})"


def process(*command: str) -> Run:
    """A run of a whole process, which must succeed; outside of the checkout, so that all is as installed."""

    def run(number: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            started = perf_counter()
            for _ in range(number):
                subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
            return perf_counter() - started

    return run


def main() -> None:
    """Measure and print."""
    show(header("predictor-kit", "dependency-injector", "pydantic", "PyYAML", "datadog"))
    python = sys.executable
    runs = {
        PASS: process(python, "-c", "pass"),
        ARGPARSE: process(python, "-c", "import argparse"),
        "**import predictor_kit**": process(python, "-c", "import predictor_kit"),
        "**predictor-kit --help**": process(str(SCRIPT), "--help"),
        "**python -m predictor_kit --help**": process(python, "-m", "predictor_kit", "--help"),
        "load_specs of a file of 30 lines": process(python, "-c", LOAD),
        "import dependency_injector.containers": process(
            python, "-c", "import dependency_injector.containers"
        ),
        "from predictor_kit import load_predictor": process(
            python, "-c", "from predictor_kit import load_predictor"
        ),
    }
    absent = []
    if not SCRIPT.exists():
        del runs["**predictor-kit --help**"]
        absent.append(
            f"NOT MEASURED: predictor-kit --help: there is no script {SCRIPT.name!r} beside this Python."
        )
    show(table("a process, median of 40", "ms", medians(runs), PASS, ARGPARSE, absent=absent))

    pytest = (python, "-m", "pytest", "--markers", "-p", "no:asyncio", "-p", "no:hypothesispytest")
    runs = {
        PYTEST: by_processor(process(*pytest, "-p", "no:predictor_kit")),
        "**with the plugin**": by_processor(process(*pytest)),
    }
    show(table("pytest starts, median of 40, processor time", "ms", medians(runs), PYTEST))


def medians(runs: Mapping[str, Run]) -> dict[str, float]:
    """The milliseconds of each run, the median of 40 rounds."""
    samples = interleaved(runs, number=1, rounds=40)
    return {name: median(seconds) * 1e3 for name, seconds in samples.items()}


if __name__ == "__main__":
    main()
