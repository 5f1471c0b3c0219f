"""The pytest plugin: predictors and their metrics as fixtures, and the wiring check as test items.

It is there as soon as predictor_kit is installed. Importing it imports little: what a fixture
needs is imported when a test first asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

import pytest

if TYPE_CHECKING:
    import os

    from predictor_kit.container import Container
    from predictor_kit.errors import Problem
    from predictor_kit.predictor import LoadedPredictor
    from predictor_kit.spec import PredictorSpec
    from predictor_kit.testing import RecordedMetrics

__all__ = ["Golden", "LoadPredictor"]

T = TypeVar("T")


class LoadPredictor(Protocol):
    """What the fixture `load_predictor` is: `predictor_kit.load_predictor` for this test."""

    @overload
    def __call__(self, target: type[T], **options: Any) -> LoadedPredictor[T]: ...

    @overload
    def __call__(
        self,
        target: str | os.PathLike[str] | PredictorSpec | Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        env: str | None = None,
        container: Container | None = None,
        config: Mapping[str, Any] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> LoadedPredictor[Any]: ...


class Golden(Protocol):
    """What the fixture `golden` is."""

    def __call__(
        self,
        loaded: LoadedPredictor[Any],
        inputs: str | os.PathLike[str],
        *,
        recorded: str | os.PathLike[str] | None = None,
        rel: float = 1e-6,
        abs: float = 1e-12,  # noqa: A002 - pytest.approx calls them so
    ) -> None:
        """Fail where the predictions of ``inputs`` are not those recorded beside it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and the ini keys."""
    group = parser.getgroup("predictor_kit")
    group.addoption(
        "--predictor-check",
        action="append",
        default=[],
        metavar="FILE",
        help="check the wiring of every API in a configuration file, as a test item each; repeatable",
    )
    group.addoption(
        "--golden-update", action="store_true", help="record the predictions that `golden` compares with"
    )
    parser.addini("predictor_file", "the configuration file that predictors are loaded from by default")
    parser.addini("predictor_env", "the environment whose overlay is applied by default")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "predictor(target, name=..., env=..., config=..., overrides=...): "
        "what the fixture `predictor` loads; the arguments are those of load_predictor",
    )


@pytest.fixture
def _recorded_metrics() -> RecordedMetrics:
    """The recorder of this test, also where a project has another fixture ``metrics``."""
    from predictor_kit.testing import RecordedMetrics  # noqa: PLC0415 - only where a test asks for it

    return RecordedMetrics()


@pytest.fixture
def metrics(_recorded_metrics: RecordedMetrics) -> RecordedMetrics:
    """What the predictors of this test push: ``metrics.counter("my_counter", model="v1") == 1``."""
    return _recorded_metrics


@pytest.fixture
def load_predictor(
    request: pytest.FixtureRequest, _recorded_metrics: RecordedMetrics
) -> Generator[LoadPredictor]:
    """Load predictors, from a class, a spec or a file; each is closed after the test, the last one first.

    Their metrics are recorded by ``metrics`` unless ``overrides`` has another ``metrics_client``.
    Without a target the ini key ``predictor_file`` names the file.
    """
    from predictor_kit import loader  # noqa: PLC0415 - only where a test asks for it

    with ExitStack() as loaded:

        def load(target: Any = None, **options: Any) -> LoadedPredictor[Any]:
            target, defaults = _target(request.config, target)
            overrides = {"metrics_client": _recorded_metrics.client, **(options.pop("overrides", None) or {})}
            return loaded.enter_context(
                loader.load_predictor(target, **{**defaults, **options}, overrides=overrides)
            )

        yield load


@pytest.fixture
def predictor(request: pytest.FixtureRequest, load_predictor: LoadPredictor) -> LoadedPredictor[Any]:
    """The predictor that the marker ``predictor`` names, or else that of the ini key ``predictor_file``.

    The marker's arguments are those of `load_predictor`. A class without any other argument is
    given as ``target=Iris``: pytest takes a lone callable for what it decorates.
    """
    marker = request.node.get_closest_marker("predictor")
    return load_predictor(*marker.args, **marker.kwargs) if marker else load_predictor()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare predictions with those recorded; ``--golden-update`` records them.

    ``golden(predictor, "inputs.jsonl")`` predicts each line of JSON of the file, which is found
    beside the test's own, and compares with ``inputs.golden.jsonl``, or the file ``recorded``: what
    ``predictor-kit run`` prints. Numbers may differ by ``rel`` of the larger one, or by ``abs``. What a
    prediction raises fails the test, and is never recorded.
    """
    from predictor_kit.testing import golden as testing  # noqa: PLC0415 - only where a test asks for it

    def compare(
        loaded: LoadedPredictor[Any],
        inputs: Any,
        *,
        recorded: Any = None,
        rel: float = 1e-6,
        abs: float = 1e-12,  # noqa: A002 - as above
    ) -> None:
        __tracebackhide__ = True
        file = request.path.parent / inputs
        beside = file.with_name(f"{file.stem}.golden.jsonl") if recorded is None else file.parent / recorded
        update = bool(request.config.getoption("golden_update"))
        testing.hold(loaded, file, beside, testing.Tolerance(rel, abs), update=update)

    return compare


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Where recorded metrics are not as asserted: all that was recorded, the nearest first."""
    # Where the module was not imported, neither side can be one of its.
    module = sys.modules.get("predictor_kit.testing.recorded")
    found: list[Any] = [side for side in (left, right) if module and isinstance(side, module.Recorded)]
    if not found:
        return None
    (asked, *others), other = found[0].told(), right if found[0] is left else left
    return [f"{asked} {op} {other!r}", "", "recorded:", *(f"  {line}" for line in others)]


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> None:
    """Refuse a marker that took a class for what it marks, and with it the test out of the collection."""
    marked = obj if isinstance(obj, type | FunctionType) else type(obj)
    is_test = collector.funcnamefilter(name) or collector.classnamefilter(name)
    for mark in vars(marked).get("pytestmark", ()) if marked is not obj or not is_test else ():
        if mark.name == "predictor" and not (mark.args or mark.kwargs):
            raise collector.CollectError(
                f"{name}: what @pytest.mark.predictor(...) gets is marked itself where it is one class or "
                "function alone: write @pytest.mark.predictor(target=...)"
            )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add an item for each API of the files that ``--predictor-check`` names."""
    for file in config.getoption("predictor_check") or ():
        path = Path(_found(config, file))
        items += WiringFile.from_parent(session, path=path, name=file, nodeid=file).collect()


class WiringFile(pytest.Collector):
    """A configuration file that is checked."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each API of the file, and one for what is of none."""
        from predictor_kit.blueprint import file_of  # noqa: PLC0415 - only where a file is checked
        from predictor_kit.errors import ProblemsError  # noqa: PLC0415 - the same
        from predictor_kit.spec import Survey, survey  # noqa: PLC0415 - the same

        try:
            file = file_of(_found(self.config, self.name))
            read = survey(file, env=self.config.getini("predictor_env") or None)
        except ProblemsError as error:
            read = Survey(problems=list(error.problems))
        specs = {**{spec.name: spec for spec in read.partial}, **read.specs}
        for name in dict.fromkeys([*(problem.api for problem in read.problems), *specs]):
            found = [problem for problem in read.problems if problem.api == name]
            yield WiringItem.from_parent(self, name=name or "file", spec=specs.get(name), problems=found)


class WiringItem(pytest.Item):
    """The wiring of one API, all of whose problems are the failure."""

    def __init__(self, *, spec: PredictorSpec | None, problems: list[Problem], **known: Any) -> None:
        """``problems`` were found when the file was read."""
        super().__init__(**known)
        self._spec, self._problems = spec, problems

    def runtest(self) -> None:
        """Check all that can be before anything is built."""
        from predictor_kit.checks import check  # noqa: PLC0415 - only where a file is checked
        from predictor_kit.errors import ProblemsError  # noqa: PLC0415 - the same

        found = list(self._problems)
        if self._spec is not None and self._spec.code is not None:
            found += check(self._spec)
        if found:
            raise ProblemsError(found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The problems alone, as ``predictor-kit check`` prints them."""
        from predictor_kit.errors import ProblemsError  # noqa: PLC0415 - only where a file is checked

        return (
            str(excinfo.value)
            if excinfo.errisinstance(ProblemsError)
            else super().repr_failure(excinfo, style)
        )

    def reportinfo(self) -> tuple[Path, None, str]:
        """The file, and the API in it."""
        return self.path, None, f"wiring of {self.name}"


def _target(config: pytest.Config, target: Any) -> tuple[Any, dict[str, Any]]:
    """What is loaded, with the defaults for a file: relative to the directory, or else to the root."""
    from predictor_kit.blueprint import is_file  # noqa: PLC0415 - only where a test loads something

    if target is None:
        target = config.getini("predictor_file")
        if not target:
            raise pytest.UsageError(
                "no predictor is named: give load_predictor a class or a file, mark the test with "
                '@pytest.mark.predictor("cortex.yaml"), or set predictor_file in the ini file'
            )
    if not is_file(target):
        return target, {}
    path = _found(config, target)
    env = config.getini("predictor_env")
    return path, {"env": env} if env else {}


def _found(config: pytest.Config, path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """``path`` where it is there from the current directory, else what it is from the root of the tests."""
    beside = config.rootpath / path
    return beside if beside.exists() and not Path(path).exists() else path
