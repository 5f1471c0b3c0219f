"""Mutated configuration files: no traceback, no hang, no secret; a long run is `tests.fuzz`, by hand."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .fuzz import hold, judged
from .fuzzing.mutations import Case, case
from .fuzzing.project import SECRETS, write_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the code that the files name."""
    monkeypatch.chdir(tmp_path)
    for name in SECRETS:
        monkeypatch.setenv(name, "")
    write_project(tmp_path)
    return tmp_path


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_file_comes_to_problems_at_most(project: Path, seed: int) -> None:
    """Both forms of the check end with 0 or 1, soon, and show neither a traceback nor a secret."""
    findings, _ = hold(case(Random(seed)))
    assert findings == []


def test_a_secret_that_is_shown_is_found(project: Path) -> None:
    """What is searched for does turn up where a file itself has it."""
    findings, _ = hold(Case({"file.yaml": b"- name: Kanarienvogel\n"}))
    assert {finding.what for finding in findings} == {"it shows the secret 'kanarienvogel'"}


def test_what_breaks_down_is_found() -> None:
    """A code that is neither 0 nor 1, and a traceback, are findings."""
    assert [finding.what for finding in judged(2, "")] == ["it ended with 2"]
    assert [finding.what for finding in judged(0, "Traceback (most")] == ["it printed a traceback"]
    assert list(judged(1, "a problem")) == []
