"""A file varied from the command line and from code: an environment, overlays, single values."""

from pathlib import Path
from textwrap import dedent

import pytest

from predictor_kit import ProblemsError, check, load_predictor
from predictor_kit.cli import main

FILES = {
    "cortex.yaml": """\
        - name: iris
          kind: RealtimeAPI
          predictor: {type: python, path: iris.py, config: {threshold: 0.1, words: [a]}}
        """,
    "cortex.prod.yaml": "- {name: iris, predictor: {config: {threshold: 0.2}}}\n",
    "cortex.wrong.yaml": "- {name: irs, predictor: {config: {threshold: 0.2}}}\n",
    "more.yaml": "- {name: iris, predictor: {config: {words: [b]}}}\n",
    "iris.py": """\
        class PythonPredictor:
            def __init__(self, config): self.config = config
            def predict(self, payload): return self.config
        """,
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREDICTOR_ENV", raising=False)
    for name, text in FILES.items():
        Path(name).write_text(dedent(text))
    Path("input.jsonl").write_text("1\n")


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ([], '{"threshold": 0.1, "words": ["a"]}'),
        (["--env", "prod"], '{"threshold": 0.2, "words": ["a"]}'),
        (["--overlay", "more.yaml"], '{"threshold": 0.1, "words": ["b"]}'),
        (
            ["--env", "prod", "--overlay", "more.yaml", "--set", "iris.predictor.config.threshold=0.7"],
            '{"threshold": 0.7, "words": ["b"]}',
        ),
        (
            ["--set", "iris.predictor.config.threshold=1", "--set", "iris.predictor.config.threshold=two"],
            '{"threshold": "two", "words": ["a"]}',
        ),
    ],
)
def test_run_takes_what_varies_a_file(
    options: list[str], printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The environment's overlay, then further ones, then single values, the last of each holding."""
    assert main(["run", "cortex.yaml", "input.jsonl", *options]) == 0
    assert capsys.readouterr().out == f"{printed}\n"


def test_check_takes_what_varies_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """What an overlay or a value brings in wrong is shown at its own place."""
    assert main(["check", "cortex.yaml", "--env", "prod"]) == 0
    wrong = ["--env", "prod", "--overlay", "cortex.wrong.yaml", "--set", "iris.predictr.config=1"]
    assert main(["check", "cortex.yaml", *wrong]) == 1
    assert capsys.readouterr().err == dedent("""\
        cortex.wrong.yaml:1:10: no api is named 'irs' in cortex.yaml (did you mean 'iris'?)
          1 | - {name: irs, predictor: {config: {threshold: 0.2}}}
            |          ^^^
          apis there: iris
        """)


def test_a_value_set_wrong_is_shown_at_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a key is none, the text of the setting is drawn with the key under the caret."""
    assert main(["check", "cortex.yaml", "--set", "iris.predictr.config=1"]) == 1
    assert "--set #1:1:6: " in capsys.readouterr().err


def test_the_environment_variable_names_an_overlay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """PREDICTOR_ENV holds where nothing is said, and gives way to what is."""
    monkeypatch.setenv("PREDICTOR_ENV", "wrong")
    assert main(["check", "cortex.yaml"]) == 1
    assert main(["check", "cortex.yaml", "--env", "prod"]) == 0
    assert "cortex.wrong.yaml" in capsys.readouterr().err


def test_a_predictor_is_loaded_and_checked_for_an_environment() -> None:
    """``env`` from Python is ``--env`` of the command line."""
    with load_predictor("cortex.yaml", env="prod") as loaded:
        assert loaded.predict(None) == {"threshold": 0.2, "words": ["a"]}
    assert check("cortex.yaml", env="prod") == check("cortex.yaml", env="prod", name="iris") == []
    assert [str(problem.location) for problem in check("cortex.yaml", env="wrong")] == [
        "cortex.wrong.yaml:1:10"
    ]


def test_an_environment_means_nothing_without_a_file() -> None:
    """What was given is named, and so is what it is for."""
    with pytest.raises(ProblemsError) as caught:
        load_predictor(dict, env="prod")  # type: ignore[call-overload]  # what a type checker would refuse
    assert str(caught.value) == "prod: env says which overlay of a file, and no file was given"
