"""``predictor-kit init``: a small project to begin with."""

from __future__ import annotations

import os
import shlex
from importlib import resources
from pathlib import Path

from predictor_kit.commands.output import only_results, print_line, say, say_problems
from predictor_kit.commands.schema import schema_text
from predictor_kit.errors import Location, Problem

__all__ = ["init"]

_SUFFIX = ".txt"  # so that no tool takes a template for a part of this package


def init(directory: str) -> int:
    """Write the project into ``directory``, which is made; 0.

    Where a file of it is there already, nothing is written, and 1 is returned.
    """
    folder, files = Path(directory), _files()
    there = [folder / name for name in files if os.path.lexists(folder / name)]
    if there:
        say_problems(directory, [Problem("is there already", location=Location(str(file))) for file in there])
        say("nothing was written: choose another folder, or move what is there")
        return 1
    try:
        _write(folder, files)
    except OSError as error:
        problem = Problem(f"cannot be written: {error.strerror}", location=Location(str(error.filename)))
        say_problems(directory, [problem])
        return 1
    say(f"next: predictor-kit check {shlex.quote(directory)}")
    return 0


def _files() -> dict[str, str]:
    """The text of each file of the project, by name."""
    templates = resources.files("predictor_kit.commands") / "starter"
    texts = {
        file.name.removesuffix(_SUFFIX): file.read_text(encoding="utf-8")
        for file in templates.iterdir()
        if file.name.endswith(_SUFFIX)
    }
    return dict(sorted({**texts, "cortex.schema.json": f"{schema_text()}\n"}.items()))


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with only_results() as results:
        for name, text in files.items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
            print_line(str(folder / name), results)
