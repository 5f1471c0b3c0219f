"""What is not imported until it is needed: each of these costs a start of the command line dearly."""

import subprocess
import sys

import pytest

HEAVY = {"datadog", "dependency_injector", "pydantic", "yaml"}


def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True)


def imported_by(statement: str) -> set[str]:
    return set(python("-c", f"{statement}\nimport sys\nprint(*sys.modules)").stdout.split())


@pytest.mark.parametrize("module", ["predictor_kit", "predictor_kit.errors"])
def test_importing_it_imports_no_dependency(module: str) -> None:
    """The facade and the errors come without dependency-injector, pydantic, datadog and PyYAML."""
    assert not imported_by(f"import {module}") & HEAVY


def test_importing_the_facade_imports_no_module_behind_it() -> None:
    """The names of the facade are fetched when they are asked for, not before; the version is a line."""
    ours = {name for name in imported_by("import predictor_kit") if name.startswith("predictor_kit.")}
    assert ours == {"predictor_kit.version"}


def test_help_imports_no_dependency() -> None:
    """``python -m predictor_kit --help`` answers without any of the dependencies."""
    done = python("-X", "importtime", "-m", "predictor_kit", "--help")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "predictor_kit.cli" in imported
    assert not imported & HEAVY
    assert done.stdout.startswith("usage: ")
