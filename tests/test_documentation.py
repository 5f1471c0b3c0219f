"""What the documents show is run, and what it prints is compared.

Each fenced block of README.md, docs/ and the examples' README.md, in the order of the document:

=======================  ====================================================================
python                   run; what it prints is the text block that follows at once, if any
pycon                    run as a doctest
sh                       run, must succeed; what it prints is the text block that follows
console                  each line after ``$`` is run; what it prints is the lines after it
any with title="NAME"    written to the file NAME, for the blocks after it
text, yaml and such      shown only
=======================  ====================================================================

A document's blocks share one directory, which holds a copy of examples/, and one module of names.
``...`` in expected output stands for anything. What makes an environment is left out of a command
(this one is used), and so is the suite itself: .ci/run runs the README's commands as they stand.
"""

import contextlib
import doctest
import importlib
import io
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import ModuleType

import pytest

import predictor_kit

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")]
)
MODULES = sorted(module.name for module in pkgutil.walk_packages(predictor_kit.__path__, "predictor_kit."))
FENCE = re.compile(r"^( *)(```+)([^\n`]*)\n(.*?)^\1\2[ ]*$", re.MULTILINE | re.DOTALL)
SHOWN = {"", "dockerfile", "ini", "json", "mermaid", "text", "toml", "yaml"}
ELSEWHERE = re.compile(r"(python3? -m venv|(\S*/)?pip install|git clone|cd|\S*python3? -m pytest)\b")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, where it stands and the output it is said to print."""

    language: str
    title: str
    text: str
    place: str
    line: int
    expected: str | None


def blocks(document: str) -> Iterator[Block]:
    text = (ROOT / document).read_text(encoding="utf-8")
    fences = list(FENCE.finditer(text))
    for fence, following in zip_longest(fences, fences[1:]):
        language, _, attributes = fence[3].strip().partition(" ")
        title = re.search(r'title="([^"]+)"', attributes)
        line = text.count("\n", 0, fence.start()) + 2
        printed = following and following[3] == "text" and not text[fence.end() : following.start()].strip()
        yield Block(
            language=language,
            title=title[1] if title else "",
            text=textwrap.dedent(fence[4]),
            place=f"{document}:{line}",
            line=line,
            expected=textwrap.dedent(following[4]) if following and printed else None,
        )


def compare(printed: str, expected: str | None, place: str) -> None:
    """Fail, and show both, unless ``printed`` is as expected (None: whatever it is)."""
    if expected is None or doctest.OutputChecker().check_output(expected, printed, doctest.ELLIPSIS):
        return
    assert printed == expected, place


def run_python(block: Block, module: ModuleType) -> None:
    padding = "\n" * (block.line - 1)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(padding + block.text, block.place.rpartition(":")[0], "exec"), vars(module))
    compare(printed.getvalue(), block.expected, block.place)


def run_pycon(block: Block, module: ModuleType) -> None:
    test = doctest.DocTestParser().get_doctest(
        block.text, vars(module), block.place, block.place, block.line - 1
    )
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    assert not runner.run(test, out=report.write, clear_globs=False).failed, report.getvalue()


# Plugins of this environment that a reader need not have; one of them prints what to configure.
ADDOPTS = "-p no:asyncio -p no:hypothesispytest -p no:randomly"


def shell(command: str) -> "subprocess.CompletedProcess[str]":
    """Run ``command`` with this environment's programs, without the parts that .ci/run runs."""
    parts = [part for part in command.split(" && ") if not ELSEWHERE.match(part.strip())]
    programs = sysconfig.get_path("scripts")
    text = " && ".join(parts).replace(".venv/bin/", f"{programs}/")
    return subprocess.run(
        ["sh", "-ec", text],
        env={
            **os.environ,
            "PATH": os.pathsep.join([programs, os.environ["PATH"]]),
            "PYTEST_ADDOPTS": ADDOPTS,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def run_sh(block: Block, _: ModuleType) -> None:
    printed = ""
    for command in block.text.replace("\\\n", " ").splitlines():
        done = shell(command)
        printed += done.stdout
        assert done.returncode == 0, f"{block.place}: {command}\n{done.stdout}"
    compare(printed, block.expected, block.place)


def run_console(block: Block, _: ModuleType) -> None:
    for session in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _newline, expected = session.partition("\n")
        done = shell(command)
        compare(done.stdout, expected, f"{block.place}: {command}")
        assert expected or done.returncode == 0, f"{block.place}: {command}"


RUNNERS = {"console": run_console, "pycon": run_pycon, "python": run_python, "sh": run_sh}


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module that a document's blocks share, in a directory with the examples beside it."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    module = ModuleType("document")
    monkeypatch.setitem(sys.modules, "document", module)
    before = set(sys.modules)
    yield module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_shows_runs(document: str, names: ModuleType) -> None:
    """Each block of the document runs in its turn and prints what the document says."""
    for block in blocks(document):
        if block.title:
            Path(block.title).parent.mkdir(parents=True, exist_ok=True)
            Path(block.title).write_text(block.text, encoding="utf-8")
        elif block.language not in SHOWN:
            RUNNERS[block.language](block, names)


@pytest.mark.parametrize("name", MODULES)
def test_what_a_docstring_shows_runs(name: str) -> None:
    """Each ``>>>`` of the module's docstrings gives what stands below it."""
    assert not doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed
