"""Check mutated configuration files, many of them: nothing but problems may come of it.

By hand, from the checkout: ``python -m tests.fuzz --files 100000``; ``--seed`` goes on from
another number, and a failing case is told by its own, to be run alone with ``--files 1``.
The suite runs a few with `tests.test_fuzz`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from predictor_kit import ProblemsError, load_specs
from predictor_kit.cli import main as predictor_kit

from .fuzzing.mutations import Case, case
from .fuzzing.project import SECRETS, write_project

__all__ = ["Finding", "hold", "judged"]

LIMIT = 1.0
"""Seconds of CPU that one check may take."""

CHUNK = 1000
"""So many files are checked by one process: modules of projects stay in it until it ends."""

SECRET = ["kanarienvogel", SECRETS["FUZZ_NUMBER"]]


@dataclass(frozen=True)
class Finding:
    """What does not hold of a case, and all that was printed."""

    what: str
    told: str


def hold(one: Case) -> tuple[list[Finding], float]:
    """Check ``one`` in the working directory, in both forms: the findings, and the longest time (s)."""
    names = list(one.files)
    for name, content in one.files.items():
        Path(name).write_bytes(content)
    options = [f"--overlay={name}" for name in names[1:]] + [f"--set={text}" for text in one.settings]
    findings: list[Finding] = []
    slowest = 0.0
    for form in ([], ["--static"]):
        before = time.process_time()
        outcome, told = _checked(["check", *form, *options, names[0]])
        slowest = max(slowest, time.process_time() - before)
        findings += judged(outcome, told)
    findings += judged(0, _loaded(names, one.settings))
    if slowest > LIMIT:
        findings.append(Finding(f"it took {slowest:.2f} s", ""))
    return findings, slowest


def _checked(arguments: Sequence[str]) -> tuple[object, str]:
    """How the command ended (a code, or the traceback), and all that it printed or logged."""
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace", write_through=True)
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    outcome: object
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            outcome = predictor_kit(arguments)
    except BaseException:  # noqa: BLE001 - whatever it is, it is a finding
        outcome = traceback.format_exc()
    finally:
        logging.getLogger().removeHandler(handler)
    return outcome, stream.buffer.getvalue().decode()


def _loaded(names: list[str], settings: Sequence[str]) -> str:
    """What the specs, or the error, show of themselves."""
    try:
        specs = load_specs(*names, set=settings)
    except ProblemsError as error:
        return f"{error!r} {error} {error.problems!r} {error.__cause__!r} {error.__context__!r}"
    return f"{specs!r} {[str(spec) for spec in specs.values()]}"


def judged(outcome: object, told: str) -> Iterator[Finding]:
    """What is wrong with how a command ended (its code, or a traceback) and with what it ``told``."""
    if outcome not in (0, 1):
        yield Finding(f"it ended with {outcome}", told)
    if "Traceback" in told:
        yield Finding("it printed a traceback", told)
    for secret in SECRET:
        if secret in told.lower():
            yield Finding(f"it shows the secret {secret!r}", told)


def _chunk(seed: int, files: int) -> int:
    """Check the cases from ``seed`` on in a folder of their own; print the findings, and the slowest."""
    signal.signal(signal.SIGALRM, _hung)
    found, slowest = 0, (0.0, seed)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_project(Path(folder))
        hold(case(Random(0)))  # it imports all, so that no case pays for it
        for number in range(seed, seed + files):
            signal.alarm(60)
            findings, seconds = hold(case(Random(number)))
            slowest = max(slowest, (seconds, number))
            for finding in findings:
                found += 1
                _show(f"case {number}: {finding.what}\n{finding.told}")
            for file in Path(folder).glob("file*"):
                file.unlink()
        signal.alarm(0)
    _show(f"slowest {slowest[0]:.3f} {slowest[1]}")
    return found


def _hung(*_: object) -> None:
    raise TimeoutError("a case takes more than a minute")


def main() -> int:
    """Run the cases in processes of ``CHUNK`` each, one after the other; 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chunk", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.chunk:
        return min(_chunk(options.seed, options.files), 1)
    start, found, slowest = time.monotonic(), 0, (0.0, 0)
    end = options.seed + options.files
    for seed in range(options.seed, end, CHUNK):
        more, slow = _apart(seed, min(CHUNK, end - seed))
        found, slowest = found + more, max(slowest, slow)
        done = min(seed + CHUNK, end) - options.seed
        _show(
            f"{done} files in {time.monotonic() - start:.0f} s: {found} findings; "
            f"the slowest check took {slowest[0]:.3f} s of CPU (case {slowest[1]})"
        )
    return min(found, 1)


def _apart(seed: int, files: int) -> tuple[int, tuple[float, int]]:
    """Check a chunk in a process of its own: how much was found, and the slowest."""
    command = [sys.executable, "-m", "tests.fuzz", "--chunk", f"--seed={seed}", f"--files={files}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    *lines, last = done.stdout.splitlines() or [""]
    if told := "\n".join([*lines, *done.stderr.splitlines()]):
        _show(told)
    if not last.startswith("slowest "):  # the process itself broke down
        return 1, (0.0, seed)
    seconds, number = last.split()[1:]
    return sum(line.startswith("case ") for line in lines), (float(seconds), int(number))


def _show(text: str) -> None:
    """Print: this is run by hand."""
    print(text, flush=True)  # noqa: T201 - its result


if __name__ == "__main__":
    raise SystemExit(main())
