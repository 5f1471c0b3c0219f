"""Every kind of mistake in a file: its message, its line and its column."""

import os
from pathlib import Path

import pytest

from predictor_kit.errors import ProblemsError
from predictor_kit.spec import load_specs

TABLES = Path(__file__).parent / "cortex_files" / "mistakes"
ENVIRONMENT = {"PORT": "80a", "SECRET": "s3cret//", "EMPTY": ""}


def cases() -> list[object]:
    """Each case of each table: a file's text, and the first lines of the problems it has.

    A table is a text that all its cases begin with, then the cases: what follows it, and `=>` with
    each problem.
    """
    found: list[object] = []
    for table in sorted(TABLES.glob("*.txt")):
        base, _, blocks = table.read_text().partition("====\n")
        for number, block in enumerate(blocks.split("\n\n")):
            lines = block.rstrip("\n").split("\n")
            text = "".join(f"{line}\n" for line in lines if not line.startswith("=> "))
            expected = [line.removeprefix("=> ") for line in lines if line.startswith("=> ")]
            found.append(pytest.param(base + text, expected, id=f"{table.stem}-{number}"))
    return found


@pytest.mark.parametrize(("text", "expected"), cases())
def test_every_mistake_is_told_at_its_place(
    text: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All problems of a file come at once, each with its own message, line and column."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    Path("cortex.yaml").write_text(text)
    with pytest.raises(ProblemsError) as caught:
        load_specs("cortex.yaml")
    told = [str(problem).split("\n")[0].removeprefix("cortex.yaml:") for problem in caught.value.problems]
    assert told == expected
    assert "80a" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
