"""The command line in a directory of files."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from predictor_kit.cli import main

Told = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write files into the working directory, which is a new one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREDICTOR_ENV", raising=False)

    def write(**files: str) -> None:
        for name, text in files.items():
            Path(name.replace("_", ".")).write_text(dedent(text), encoding="utf-8")

    return write


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Run the command line: what it prints, which is all that it says; it ends well."""

    def told(*arguments: str) -> str:
        assert main(arguments) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return told


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Told:
    """Run the command line: what is wrong, and nothing else is printed."""

    def refused(*arguments: str) -> str:
        assert main(arguments) == 1
        out, err = capsys.readouterr()
        assert out == ""
        return err

    return refused
