"""The pytest plugin, as a project's own tests use it."""

import subprocess
import sys
from textwrap import dedent

import pytest

Pytester = pytest.Pytester

PREDICTOR = """\
class PythonPredictor:
    def __init__(self, config, metrics_client, scale=2):
        self.threshold, self.metrics, self.scale = config["threshold"], metrics_client, scale

    def predict(self, payload):
        self.metrics.increment("predictions", tags={"model": "v1"})
        return {"score": payload * self.threshold * self.scale}

    def close(self):
        print("closed", self.threshold)
"""
FILE = """\
- name: iris
  kind: RealtimeAPI
  predictor: {type: python, path: predictor.py, config: {threshold: 0.5}}
- name: rose
  kind: RealtimeAPI
  predictor: {type: python, path: predictor.py, config: {threshold: 1.5}}
"""
OVERLAY = "- {name: iris, predictor: {config: {threshold: 10}}}\n"


@pytest.fixture(autouse=True)
def project(pytester: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A predictor, its file with two APIs, an overlay, and no ini file."""
    monkeypatch.delenv("PREDICTOR_ENV", raising=False)
    pytester.makepyfile(predictor=PREDICTOR)
    pytester.path.joinpath("cortex.yaml").write_text(FILE)
    pytester.path.joinpath("cortex.test.yaml").write_text(OVERLAY)


def run(pytester: Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest over the project, in a program of its own, without what costs time and is not used."""
    return pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:hypothesispytest", "-q", *arguments)


# The fixtures


def test_three_lines_test_a_predictor(pytester: Pytester) -> None:
    """The marker names the file, the fixture has loaded it, its metrics are there to be asked."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.predictor("cortex.yaml", name="iris")
        def test_iris(predictor, metrics):
            assert predictor.predict(2) == {"score": 2.0}
            assert metrics.counter("predictions", model="v1") == 1
        """
    )
    run(pytester, "--strict-markers").assert_outcomes(passed=1)


def test_what_the_marker_takes(pytester: Pytester) -> None:
    """All that load_predictor does: a class, an environment, a config, overrides; the closest one counts."""
    pytester.makepyfile(
        """
        import pytest
        from dependency_injector import providers
        from predictor_kit import PredictorContainer
        from predictor import PythonPredictor

        class Container(PredictorContainer):
            scale = providers.Object(1)

        pytestmark = pytest.mark.predictor("cortex.yaml", name="iris", env="test")

        def test_an_environment(predictor):
            assert predictor.predict(1) == {"score": 20}

        @pytest.mark.predictor(PythonPredictor, config={"threshold": 3}, container=Container)
        def test_a_class(predictor):
            assert predictor.predict(1) == {"score": 3}

        @pytest.mark.predictor(
            PythonPredictor, config={"threshold": 3}, container=Container, overrides={"scale": 100}
        )
        def test_overrides(predictor):
            assert predictor.predict(1) == {"score": 300}
        """
    )
    run(pytester).assert_outcomes(passed=3)


def test_a_default_file_and_environment(pytester: Pytester) -> None:
    """The ini file names them once for all tests, relative to itself; what a test says comes before."""
    pytester.makeini("[pytest]\npredictor_file = cortex.yaml\npredictor_env = test\n")
    folder = pytester.mkdir("inner")
    folder.joinpath("test_it.py").write_text(
        dedent("""
        import pytest

        @pytest.mark.predictor(name="iris")
        def test_the_file_of_the_ini(predictor):
            assert predictor.predict(1) == {"score": 20}

        def test_a_name_alone(load_predictor):
            assert load_predictor(name="rose").predict(1) == {"score": 3.0}

        def test_another_environment(load_predictor, monkeypatch):
            from pathlib import Path
            Path("cortex.prod.yaml").write_text("- {name: iris, predictor: {config: {threshold: 7}}}")
            assert load_predictor("cortex.yaml", name="iris", env="prod").predict(1) == {"score": 14}

        def test_a_file_of_the_test_itself(load_predictor, tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)
            (tmp_path / "p.py").write_text("class PythonPredictor:\\n def predict(self): return 'own'")
            (tmp_path / "cortex.yaml").write_text(
                "- {name: a, kind: RealtimeAPI, predictor: {type: python, path: p.py}}")
            assert load_predictor("cortex.yaml", env=None).predict(1) == "own"
        """)
    )
    run(pytester, "inner").assert_outcomes(passed=4)


def test_predictors_are_closed_after_the_test(pytester: Pytester) -> None:
    """Each that was loaded, the last one first, also where the test fails."""
    pytester.makepyfile(
        """
        from predictor import PythonPredictor

        def test_it(load_predictor):
            load_predictor(PythonPredictor, config={"threshold": 1})
            load_predictor(PythonPredictor, config={"threshold": 2})
            print("running")
            assert False
        """
    )
    result = run(pytester, "-s")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["running", "*closed 2", "closed 1"])


def test_no_test_sends_metrics_over_the_network(pytester: Pytester) -> None:
    """Predictors get the recorder of the test, also two of them; an override of the client comes before."""
    pytester.makepyfile(
        """
        import sys
        from predictor import PythonPredictor
        from predictor_kit.metrics import NullMetrics

        def test_it(load_predictor, metrics):
            for threshold in (1, 2):
                load_predictor(PythonPredictor, config={"threshold": threshold}).predict(1)
            own = {"metrics_client": NullMetrics()}
            load_predictor(PythonPredictor, config={"threshold": 1}, overrides=own).predict(1)
            assert metrics.counter("predictions") == 2
            assert "datadog" not in sys.modules
        """
    )
    run(pytester).assert_outcomes(passed=1)


def test_metrics_that_are_not_as_asserted_are_all_told(pytester: Pytester) -> None:
    """The nearest first, a line each; what else is compared is told as ever."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.predictor("cortex.yaml", name="iris")
        def test_a_counter(predictor, metrics):
            predictor.predict(2)
            metrics.client.gauge("load", 3)
            assert metrics.counter("prediction", model="v1") == 1

        def test_the_other_side(metrics):
            assert 1 == metrics.gauge("load")

        def test_a_histogram(metrics):
            assert metrics.histogram("ms").count == 1

        def test_anything_else():
            assert [1] == [2]
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert counter 'prediction' {model: 'v1'} = 0 == 1",
            "E         recorded:",
            "E           counter 'predictions' {model: 'v1'} = [[]1]",
            "E           gauge 'load' = [[]3]",
            "E       AssertionError: assert gauge 'load' = nan == 1",
            "E         recorded:",
            "E           nothing was recorded",
            "*where 0 = <histogram 'ms' = 0 samples; recorded: nothing was recorded>.count",
            "E       assert [[]1] == [[]2]",
        ]
    )


def test_a_project_may_have_metrics_of_its_own(pytester: Pytester) -> None:
    """A fixture of that name, as a project of models has: predictors are recorded all the same."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def metrics():
            return {"accuracy": 0.9}

        @pytest.mark.predictor("cortex.yaml", name="iris")
        def test_it(predictor, metrics):
            assert predictor.predict(1)["score"] > metrics["accuracy"]
        """
    )
    run(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marked", "told"),
    [
        ("@pytest.mark.predictor(other.Own)\ndef test_it(predictor): assert False", "test_it"),
        ("@pytest.mark.predictor(other.Own)\nclass TestIt: ...", "TestIt"),
        ("@pytest.mark.predictor(own)\ndef test_it(predictor): assert False", "own"),
        ("class TestIt:\n    @pytest.mark.predictor(Own)\n    def test_it(self, predictor): ...", "Own"),
    ],
)
def test_a_marker_that_marks_its_target_is_refused(pytester: Pytester, marked: str, told: str) -> None:
    """As pytest takes a lone callable for what is marked, the test would not be there and all would pass."""
    own = "class Own:\n    def __init__(self, config): ...\n"
    pytester.makepyfile(
        other=own,
        test_it=f"import pytest, other\n{own}\ndef own(config): ...\n{marked}\ndef test_other(): ...",
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{told}: what @pytest.mark.predictor(...) gets is marked itself*"])


def test_a_marker_without_arguments_is_taken(pytester: Pytester) -> None:
    """It says that the test is about the file of the ini, with or without brackets."""
    pytester.makeini("[pytest]\npredictor_file = cortex.yaml\n")
    splitter = "- {name: other, kind: TrafficSplitter, apis: [{name: iris, weight: 100}]}\n"
    pytester.path.joinpath("cortex.yaml").write_text(FILE.partition("- name: rose")[0] + splitter)
    pytester.makepyfile(
        """
        import pytest
        from unittest.mock import Mock

        anything = Mock()

        @pytest.mark.usefixtures("metrics")
        class Base: ...

        @pytest.mark.predictor()
        def test_it(predictor): assert predictor.predict(1)

        @pytest.mark.predictor
        class TestIt:
            def test_it(self, predictor): assert predictor.predict(1)
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_no_predictor_is_named(pytester: Pytester) -> None:
    """What can be done is said, in place of a traceback."""
    pytester.makepyfile("def test_it(predictor): ...")
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*no predictor is named: give load_predictor a class or a file, mark the test*"]
    )


def test_a_wiring_that_is_wrong_fails_the_test_with_its_problems(pytester: Pytester) -> None:
    """All of them, each at its place."""
    pytester.path.joinpath("cortex.yaml").write_text(FILE.replace("path: predictor.py", "path: predictr.py"))
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.predictor("cortex.yaml", name="iris")
        def test_it(predictor): ...
        """
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cortex.yaml:3:35: predictor.path: *(did you mean 'predictor.py'?)*"])


# Beside other plugins


def test_random_order_and_processes(pytester: Pytester) -> None:
    """Each test has its own recorder and its own predictor, whichever process it runs in."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.predictor("cortex.yaml", name="iris")
        @pytest.mark.parametrize("number", range(1, 9))
        def test_it(predictor, metrics, number):
            for _ in range(number):
                predictor.predict(number)
            assert metrics.counter("predictions") == number
        """
    )
    result = pytester.runpytest_subprocess("-q", "-n", "2", "--predictor-check", "cortex.yaml")
    result.assert_outcomes(passed=10)


@pytest.mark.parametrize(
    ("marker", "options"),
    [
        ("asyncio", ["-p", "no:anyio", "-o", "asyncio_default_fixture_loop_scope=function"]),
        ("anyio", ["-p", "no:asyncio"]),
    ],
)
def test_asynchronous_tests(pytester: Pytester, marker: str, options: list[str]) -> None:
    """The fixtures serve coroutines, under pytest-asyncio and under anyio's plugin."""
    pytester.makepyfile(
        predictor="""
        import asyncio

        class PythonPredictor:
            def __init__(self, metrics_client):
                self.metrics = metrics_client

            async def predict(self, payload):
                await asyncio.sleep(0)
                self.metrics.increment("predictions")
                return payload

            async def close(self):
                await asyncio.sleep(0)
        """,
        test_async=f"""
        import pytest
        from predictor import PythonPredictor

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.{marker}
        @pytest.mark.predictor(target=PythonPredictor)
        async def test_predicting(predictor, metrics):
            assert await predictor.predict(1) == 1
            assert metrics.counter("predictions") == 1
        """,
    )
    run(pytester, "-W", "error", *options).assert_outcomes(passed=1)


# The wiring check


def test_each_api_of_a_file_is_an_item(pytester: Pytester) -> None:
    """With no test at all; they can be chosen as tests are."""
    result = run(pytester, "--predictor-check", "cortex.yaml", "-v")
    result.assert_outcomes(passed=2)
    # From a folder of the project, too.
    pytester.makeini("[pytest]\naddopts = --predictor-check cortex.yaml\n")
    folder = pytester.mkdir("inner")
    folder.joinpath("test_it.py").write_text("def test_it(): ...")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        run(pytester).assert_outcomes(passed=3)
    pytester.path.joinpath("tox.ini").unlink()
    folder.joinpath("test_it.py").unlink()
    run(pytester, "--predictor-check", "cortex.yaml", "-k", "rose").assert_outcomes(passed=1, deselected=1)
    assert run(pytester).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_what_is_wrong_is_the_failure(pytester: Pytester) -> None:
    """The problems of each API as the command line prints them, without a traceback."""
    wrong = FILE.replace("config: {threshold: 1.5}", "confg: {}") + (
        "- {name: lily, kind: RealtimeAPI, predictor: {type: python, path: lily.py}}\n"
    )
    pytester.path.joinpath("cortex.yaml").write_text(wrong)
    pytester.makepyfile(
        lily="class PythonPredictor:\n def __init__(self, modle): ...\n def predict(self): ..."
    )
    result = run(pytester, "--predictor-check", "cortex.yaml")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*wiring of rose*",
            "*cortex.yaml:6:49: predictor: unknown key 'confg' (did you mean 'config'?)",
            "*wiring of lily*",
            "*cortex.yaml:7:67: predictor: PythonPredictor asks for 'modle', and no provider has that name*",
            "FAILED cortex.yaml::rose*",
            "FAILED cortex.yaml::lily*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_a_file_that_cannot_be_read_is_one_item(pytester: Pytester) -> None:
    """Its problems are the failure."""
    result = run(pytester, "--predictor-check", "cortx.yaml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["cortx.yaml: there is no such file (did you mean 'cortex.yaml'?)"])


def test_the_check_applies_the_environment_of_the_ini(pytester: Pytester) -> None:
    """And passes over what shares requests among other APIs, which has no code."""
    pytester.makeini("[pytest]\npredictor_env = wrong\n")
    splitter = "- {name: split, kind: TrafficSplitter, apis: [{name: iris, weight: 100}]}\n"
    pytester.path.joinpath("cortex.yaml").write_text(FILE + splitter)
    pytester.path.joinpath("cortex.wrong.yaml").write_text("- {name: iris, predictor: {confg: 1}}\n")
    result = run(pytester, "--predictor-check", "cortex.yaml")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*cortex.wrong.yaml:1:*"])


def test_an_error_in_a_users_module_is_shown_as_pytest_shows_errors(pytester: Pytester) -> None:
    """What ends the check itself is no problem of the file: it keeps its traceback."""
    pytester.makepyfile(predictor="raise KeyboardInterrupt")
    result = run(pytester, "--predictor-check", "cortex.yaml")
    assert result.ret == pytest.ExitCode.INTERRUPTED


# Golden predictions

GOLDEN = """
    import pytest

    @pytest.mark.predictor("cortex.yaml", name="iris")
    def test_it(predictor, golden):
        golden(predictor, "inputs.jsonl", rel=0.01)
    """


def test_predictions_are_recorded_and_held(pytester: Pytester) -> None:
    """They are what the command line prints; numbers within the tolerance are the same."""
    pytester.makepyfile(GOLDEN)
    pytester.path.joinpath("inputs.jsonl").write_text("1\n\n2\n")
    missing = run(pytester)
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["*inputs.golden.jsonl is not there: pytest --golden-update records*"])

    run(pytester, "--golden-update").assert_outcomes(passed=1)
    recorded = pytester.path.joinpath("inputs.golden.jsonl")
    printed = pytester.run(
        sys.executable, "-m", "predictor_kit", "run", "cortex.yaml", "inputs.jsonl", "--name", "iris"
    )
    assert recorded.read_text().splitlines() == printed.outlines
    run(pytester).assert_outcomes(passed=1)

    recorded.write_text(recorded.read_text().replace("1.0", "1.005"))
    run(pytester).assert_outcomes(passed=1)


def test_predictions_that_differ_are_told(pytester: Pytester) -> None:
    """With the line, the input and the place in the prediction; at the line of the test."""
    pytester.makepyfile(GOLDEN)
    pytester.path.joinpath("inputs.jsonl").write_text("1\n2\n3\n")
    pytester.path.joinpath("inputs.golden.jsonl").write_text('{"score": 1}\n{"score": 3}\n')
    result = run(pytester)
    result.stdout.fnmatch_lines(
        [
            "E*predictions are not as in inputs.golden.jsonl:",
            "E*2 predictions are recorded, and there are 3",
            "E*2: 2: score: expected 3, found 2.0",
            "E*where the new ones are right, pytest --golden-update records them",
            "test_*.py:5: GoldenError",
        ]
    )


def test_an_error_is_never_recorded(pytester: Pytester) -> None:
    """What a prediction raises, a result that JSON cannot hold, inputs that are none: the test fails."""
    pytester.makepyfile(GOLDEN)
    inputs = pytester.path.joinpath("inputs.jsonl")
    for payloads, told in [
        ('1\n{"a": 1}\n', ["E*TypeError: *", "E*while predicting inputs.jsonl:2"]),
        ("1\n1e999\n", ["E*GoldenError: inputs.jsonl:2: the result cannot be written as JSON*"]),
        ("1\n\n{\n", ["E*GoldenError: inputs.jsonl:3:*: this line is not JSON*"]),
    ]:
        inputs.write_text(payloads)
        result = run(pytester, "--golden-update")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(told)
    inputs.unlink()
    run(pytester, "--golden-update").stdout.fnmatch_lines(["E*there is no file of inputs *inputs.jsonl"])
    assert not pytester.path.joinpath("inputs.golden.jsonl").exists()


def test_no_inputs_are_no_predictions(pytester: Pytester) -> None:
    """An empty file is recorded and held as any other; a file of predictions may end as editors like it."""
    pytester.makepyfile(GOLDEN)
    pytester.path.joinpath("inputs.jsonl").write_text("")
    recorded = pytester.path.joinpath("inputs.golden.jsonl")
    run(pytester, "--golden-update").assert_outcomes(passed=1)
    assert recorded.read_text() == ""
    recorded.write_bytes(b"\xef\xbb\xbf\n\n")
    run(pytester).assert_outcomes(passed=1)


def test_predictions_of_several_environments(pytester: Pytester) -> None:
    """Each is recorded in the file that the test names; coroutines of a test run beside its loop."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.asyncio
        @pytest.mark.parametrize("env", [None, "test"])
        async def test_it(load_predictor, golden, env):
            loaded = load_predictor("cortex.yaml", name="iris", env=env)
            golden(loaded, "inputs.jsonl", recorded=f"{env}.jsonl")
        """
    )
    pytester.path.joinpath("inputs.jsonl").write_text("1\n")
    options = ["-o", "asyncio_default_fixture_loop_scope=function"]
    run(pytester, "--golden-update", *options).assert_outcomes(passed=2)
    run(pytester, *options).assert_outcomes(passed=2)
    recorded = [pytester.path.joinpath(f"{env}.jsonl").read_text() for env in ("None", "test")]
    assert recorded == ['{"score": 1.0}\n', '{"score": 20}\n']


def test_many_differences_are_counted(pytester: Pytester) -> None:
    """Twenty are shown."""
    pytester.makepyfile(GOLDEN)
    pytester.path.joinpath("inputs.jsonl").write_text("1\n" * 30)
    pytester.path.joinpath("inputs.golden.jsonl").write_text("{}\n" * 30)
    result = run(pytester)
    result.stdout.fnmatch_lines(["E*20: 1: score: expected nothing, found 1.0", "E*and 10 more"])


def test_a_recorded_file_that_is_broken(pytester: Pytester) -> None:
    """It is said which line is not JSON."""
    pytester.makepyfile(GOLDEN)
    pytester.path.joinpath("inputs.jsonl").write_text("1\n")
    pytester.path.joinpath("inputs.golden.jsonl").write_text("<<<<<<< ours\n")
    result = run(pytester)
    result.stdout.fnmatch_lines(["E*inputs.golden.jsonl has a line that is not JSON (*): <<<<<<< ours"])


# The cost


def test_little_is_imported_before_a_fixture_is_used() -> None:
    """Neither the packages that predictor_kit is built on, nor those of its own modules that use them."""
    code = """if True:
        import pytest, sys
        before = set(sys.modules)
        import predictor_kit.pytest_plugin
        print(*sorted(set(sys.modules) - before))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["predictor_kit", "predictor_kit.pytest_plugin", "predictor_kit.version"]
