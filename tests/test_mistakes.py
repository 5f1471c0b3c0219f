"""Mistakes that people make, and all that the command line says of each, as tables to be read."""

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from predictor_kit.cli import main

TABLES = Path(__file__).parent / "mistakes"
ENVIRONMENT = {"SECRET": "s3cret"}


class Mistake(NamedTuple):
    """The files that there are, a command, and what it prints."""

    files: dict[str, str]
    command: str
    printed: str


def sections(block: str) -> Iterator[tuple[str, str, str]]:
    """Each part of a table: what it begins with (``==`` a file, ``$`` a command), its title, its lines."""
    for part in re.split(r"^(?=(?:==|\$) )", block, flags=re.MULTILINE)[1:]:
        first, _, rest = part.partition("\n")
        mark, _, title = first.partition(" ")
        yield mark, title, rest.rstrip("\n") + "\n" if rest.strip() else ""


def mistakes() -> Iterator[tuple[str, Mistake]]:
    """The cases of each table, by name: first the files that all have, then each after ``# its name``."""
    for table in sorted(TABLES.glob("*.txt")):
        base, *cases = re.split(r"^# (?=.*\n(?:==|\$) )", table.read_text(), flags=re.MULTILINE)
        common = {title: lines for _, title, lines in sections(base)}
        for case in cases:
            own = {title: lines for mark, title, lines in sections(case) if mark == "=="}
            ((command, printed),) = [(title, lines) for mark, title, lines in sections(case) if mark == "$"]
            yield case.partition("\n")[0], Mistake({**common, **own}, command, printed)


@pytest.mark.parametrize(
    "mistake", [pytest.param(mistake, id=name.replace(" ", "-")) for name, mistake in mistakes()]
)
def test_a_mistake_is_told_in_full(mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is printed: what is wrong, where, what is nearest, what to do; and nothing that is secret."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name, text in mistake.files.items():
        Path(name).write_text(text)
    program, *arguments = shlex.split(mistake.command)
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        code = main(arguments)
    assert stream.getvalue() == mistake.printed
    assert (program, code) == ("predictor-kit", 1)
    assert "s3cret" not in stream.getvalue()


def test_there_are_many_mistakes() -> None:
    """The six that everybody makes, and more than forty others, each under a name of its own."""
    names = [name for name, _ in mistakes()]
    assert len(names) == len(set(names))
    assert len(names) >= 46
