"""A file varied from the command line and from code: an environment, overlays, single values."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from predictor_kit import ProblemsError, check, load_predictor, load_specs
from predictor_kit.cli import main
from predictor_kit.documents import read

from .writing import paths, written

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
        --set #1:1:6: unknown key 'predictr' (did you mean 'predictor'?)
          1 | iris.predictr.config=1
            |      ^^^^^^^^
          keys here: name, kind, predictor, container, providers, networking, compute, autoscaling, update_strategy
        """)  # noqa: E501 - as it is printed


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


WORDS = """\
class Words:
    def __init__(self, path, size: int = 1): self.path, self.size = path, size

class PythonPredictor:
    def __init__(self, config, words): self.words = words
    def predict(self, payload): return [self.words.path, self.words.size]
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cortex.prod.yaml", '- {name: iris, providers: {words: {class: "iris.py:Words", args: {path: a}}}}'),
        (
            "cortex.prod.json",
            '{"name": "iris", "providers": {"words": {"class": "iris.py:Words", "args": {"path": "a"}}}}',
        ),
        (
            "cortex.prod.toml",
            '[[apis]]\nname = "iris"\nproviders.words = {class = "iris.py:Words", args = {path = "a"}}',
        ),
    ],
)
def test_an_overlay_brings_providers_to_an_untouched_file(
    name: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a Cortex file's predictor asks for comes from an overlay, in whichever language it is."""
    Path("iris.py").write_text(WORDS)
    Path("cortex.prod.yaml").unlink()
    Path(name).write_text(text)
    assert main(["check", "cortex.yaml"]) == 1
    assert main(["check", "--static", "cortex.yaml", "--env", "prod"]) == 0
    capsys.readouterr()
    assert main(["run", "cortex.yaml", "input.jsonl", "--env", "prod"]) == 0
    setting = ["--set", "iris.providers.words.args.size=${env:UNSET_BY_ALL:-3}"]
    assert main(["run", "cortex.yaml", "input.jsonl", "--env", "prod", *setting]) == 0
    assert capsys.readouterr().out == '["a", 1]\n["a", 3]\n'


def test_another_class_comes_without_the_arguments_of_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    """A provider whose class an overlay changes is replaced whole; one whose class stays is added to."""
    Path("iris.py").write_text(f"{WORDS}\nclass Other(Words): pass\n")
    words = "{name: iris, providers: {words: {class: 'iris.py:%s', args: {path: %s}}}}"
    Path("cortex.prod.yaml").write_text(words % ("Words", "a, size: 7"))
    for name, given in (("Words", '["b", 7]'), ("Other", '["b", 1]')):
        Path("more.yaml").write_text(words % (name, "b"))
        assert main(["run", "cortex.yaml", "input.jsonl", "--env", "prod", "--overlay", "more.yaml"]) == 0
        assert capsys.readouterr().out == f"{given}\n"


def test_every_problem_is_at_the_place_of_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    """In one report: of the file, its overlays and what is set, each with file, line and column."""
    Path("iris.py").write_text(WORDS)
    Path("cortex.yaml").write_text(
        dedent(FILES["cortex.yaml"]) + "  autoscaling: {min_replicas: 3, windw: 60s}\n"
    )
    Path("more.json").write_text('{"name": "iris",\n "autoscaling": {"max_replicas": 2, "window": "5s"}}')
    wrong = ["--overlay", "more.json", "--set", "iris.predictor.typ=x", "--set", "iris.compute.gpu=-1"]
    assert main(["check", "cortex.yaml", *wrong]) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith(" ")]
    other = "autoscaling.max_replicas (2, more.json:2:34)"
    assert told == [
        "--set #1:1:16: predictor: unknown key 'typ' (did you mean 'type'?)",
        "--set #2:1:18: compute.gpu: must be at least 0",
        f"cortex.yaml:4:31: autoscaling.min_replicas: must be at most {other}",
        "cortex.yaml:4:34: autoscaling: unknown key 'windw' (did you mean 'window'?)",
        "more.json:2:47: autoscaling.window: must be at least 10s",
    ]


def test_every_problem_of_a_wiring_is_at_the_place_of_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    """A provider that an overlay began and a setting went on with has its mistakes told in both."""
    Path("iris.py").write_text(WORDS)
    Path("cortex.prod.yaml").write_text(
        "- {name: iris, providers: {words: {class: 'iris.py:Words', args: {sise: 3}}}}"
    )
    wrong = ["--env", "prod", "--set", "iris.providers.words.args.size=many"]
    assert main(["check", "cortex.yaml", *wrong]) == 1
    assert [line for line in capsys.readouterr().err.splitlines() if not line.startswith(" ")] == [
        "--set #1:1:32: providers.words.args.size: input should be a valid integer",
        "cortex.prod.yaml:1:43: providers.words: Words asks for 'path', and no provider has that name",
        "cortex.prod.yaml:1:67: providers.words.args: Words takes no argument 'sise' (did you mean 'size'?)",
    ]


FOLDER = Path(__file__).parent / "cortex_files"


def without_nulls(data: Any) -> bool:
    return all(value is not None for _, value in paths(data))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_means_the_same_in_every_language_and_form(path: Path) -> None:
    """A list, ``apis:`` above it or a single API, in YAML, JSON or TOML (which has no null): equal specs."""
    expected = load_specs(path)
    items = read(path).data
    forms: dict[str, Any] = {"list": items, "apis": {"apis": items}}
    if len(items) == 1:
        forms["single"] = items[0]
    for form, data in forms.items():
        for language in ("yaml", "json", "toml") if without_nulls(data) else ("yaml", "json"):
            if (form, language) != ("list", "toml"):
                file = Path(f"{form}.{language}")
                file.write_text(written(data, language))
                found = {name: spec.in_directory(FOLDER) for name, spec in load_specs(file).items()}
                assert found == expected, file
                assert list(found) == list(expected)
