"""The examples, run as a newcomer runs them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

IRIS = Path(__file__).parents[1] / "examples" / "iris"
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
METRICS = {
    ("counter", "my_counter"),
    ("gauge", "active_connections"),
    ("histogram", "inference_time_milliseconds"),
}


def rows() -> list[dict[str, str]]:
    with (IRIS / "iris.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def inputs() -> list[dict[str, float]]:
    return [json.loads(line) for line in (IRIS / "inputs.jsonl").read_text().splitlines()]


def measures(row: dict[str, str]) -> tuple[float, ...]:
    return tuple(float(row[name]) for name in FEATURES)


def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def predictor_kit(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return python("-m", "predictor_kit", *arguments)


def test_the_inputs_were_not_trained_on() -> None:
    """The inputs are every tenth of the 150 flowers, and none of the others measures the same."""
    flowers = [measures(row) for row in rows()]
    held_out = [tuple(payload[name] for name in FEATURES) for payload in inputs()]
    assert len(flowers) == 150
    assert held_out == flowers[9::10]
    assert not {flower for number, flower in enumerate(flowers, 1) if number % 10} & set(held_out)


def test_the_file_runs_at_the_command_line() -> None:
    """One JSON line for each input on stdout, nearly all right; the metrics on stderr."""
    done = predictor_kit("run", str(IRIS), str(IRIS / "inputs.jsonl"), "--show-metrics")
    assert done.returncode == 0, done.stderr
    species = [json.loads(line)["species"] for line in done.stdout.splitlines()]
    virginica_taken_for_versicolor = 11
    expected = ["setosa"] * 5 + ["versicolor"] * 5 + ["virginica"] * 5
    expected[virginica_taken_for_versicolor] = "versicolor"
    assert species == expected
    for _, metric in METRICS:
        assert metric in done.stderr


def test_the_file_passes_its_check() -> None:
    """``predictor-kit check`` finds nothing wrong with the example."""
    done = predictor_kit("check", str(IRIS / "cortex.yaml"))
    assert done.returncode == 0, done.stderr
    assert "iris" in done.stdout


def test_from_code_gives_the_same_predictions() -> None:
    """The predictor loaded from code predicts what the file's predicts, and its metrics are at hand."""
    by_file = predictor_kit("run", str(IRIS), str(IRIS / "inputs.jsonl")).stdout.splitlines()
    from_code = python(str(IRIS / "from_code.py")).stdout.splitlines()
    assert from_code[:15] == [str(json.loads(line)) for line in by_file]
    assert len(from_code) == 15 + 3 * 15
    assert {tuple(line.split()[:2]) for line in from_code[15:]} == METRICS
    assert all(line.endswith("{'model': 'v1'}") for line in from_code[15:])


def test_the_tests_pass() -> None:
    """The example's own tests do, with its predictions as they were reviewed."""
    done = python("-m", "pytest", "-q", str(IRIS))
    assert done.returncode == 0, done.stdout


def test_the_tests_are_those_that_the_documents_show() -> None:
    """To the letter, in the page on testing."""
    page = IRIS.parents[1] / "docs" / "testing.md"
    assert (IRIS / "test_iris.py").read_text() in page.read_text()
