"""How long ``predictor-kit check --static`` of many files takes, beside its own start-up.

By hand, from the checkout, with predictor-kit installed: ``python -m tests.benchmarks.static``.
Each file has 30 lines and stands in a project of its own, with a predictor of 80 lines and a module
of 60 beside it.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import by_processor, header, interleaved, show, table
from tests.benchmarks.specs import FILE
from tests.benchmarks.starting import process

PROJECT = Path(__file__).with_name("checked")
FILES = 50
ONE = "check --static of 1 file"
MANY = f"**check --static of {FILES} files**"


def main() -> None:
    """Measure and print."""
    show(header("predictor-kit", "pydantic", "PyYAML"))
    with tempfile.TemporaryDirectory() as folder:
        files = [project(Path(folder, f"project_{number}")) for number in range(FILES)]
        command = (sys.executable, "-m", "predictor_kit")
        runs = {
            "--help": process(*command, "--help"),
            "check --static of a file with no predictor": process(*checking(command, [bare(Path(folder))])),
            ONE: process(*checking(command, files[:1])),
            MANY: process(*checking(command, files)),
        }
        samples = interleaved({name: by_processor(run) for name, run in runs.items()}, number=1, rounds=20)
    milliseconds = {name: median(seconds) * 1e3 for name, seconds in samples.items()}
    show(table("processor time, median of 20", "ms", milliseconds, ONE))
    more = milliseconds[MANY] - milliseconds[ONE]
    show(f"{FILES - 1} files more take {more:.0f} ms more: {more / (FILES - 1):.1f} ms each.")


def checking(command: Sequence[str], files: Sequence[str]) -> list[str]:
    """The command that checks ``files``."""
    return [*command, "check", "--static", *files]


def project(folder: Path) -> str:
    """A new project in ``folder``; returns its file."""
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(FILE, folder)
    return str(folder / FILE.name)


def bare(folder: Path) -> str:
    """A file whose only API has no code."""
    file = folder / "splitter.yaml"
    file.write_text(
        "- name: all\n  kind: TrafficSplitter\n  apis: [{name: one, weight: 100}]\n", encoding="utf-8"
    )
    return str(file)


if __name__ == "__main__":
    main()
