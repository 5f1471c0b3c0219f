"""The facade's names, and the rules of style that every module keeps."""

import ast
import importlib
import inspect
import pkgutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import predictor_kit

PACKAGE = Path(predictor_kit.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted(Path(__file__).parent.rglob("*.py"))
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages([str(PACKAGE)], "predictor_kit.")
    if module.name != "predictor_kit.__main__"
)
PUBLIC = {
    "LoadedPredictor",
    "MetricsClient",
    "PredictorContainer",
    "PredictorKitError",
    "PredictorSpec",
    "Problem",
    "ProblemsError",
    "__version__",
    "check",
    "load_predictor",
    "load_specs",
    "override",
    "resolve",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def for_type_checkers() -> set[str]:
    """The names that the facade imports where only type checkers look."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    imports = [
        statement
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for statement in block.body
    ]
    return {alias.name for item in imports if isinstance(item, ast.ImportFrom) for alias in item.names}


def functions(paths: list[Path]) -> Iterator[tuple[Path, Function]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield path, node


def body_length(function: Function) -> int:
    """The lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def undocumented(module: ModuleType) -> Iterator[str]:
    for name in module.__all__:
        value = getattr(module, name)
        if not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        if not (value.__doc__ or "").strip():
            yield name
        for member, function in list(vars(value).items()) if inspect.isclass(value) else ():
            inner = getattr(function, "__func__", getattr(function, "fget", function))
            if not member.startswith("_") and inspect.isroutine(inner) and not inspect.getdoc(inner):
                yield f"{name}.{member}"


def test_all_is_the_public_names() -> None:
    """``__all__``, ``dir()`` and what type checkers see are the same names."""
    assert set(predictor_kit.__all__) == PUBLIC
    assert set(dir(predictor_kit)) == PUBLIC
    assert for_type_checkers() == PUBLIC - {"__version__"}


def test_a_star_import_gives_every_public_name() -> None:
    """Each public name is there, and nothing else comes along."""
    names: dict[str, object] = {}
    exec("from predictor_kit import *", names)
    assert set(names) - {"__builtins__"} == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC - {"__version__"}))
def test_a_name_is_the_one_of_its_module(name: str) -> None:
    """The facade hands over the object of the module that defines it, each time the same."""
    value = getattr(predictor_kit, name)
    assert value is getattr(importlib.import_module(value.__module__), name)
    assert getattr(predictor_kit, name) is value


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that the facade lacks is refused as by any module."""
    with pytest.raises(AttributeError, match="module 'predictor_kit' has no attribute 'loda_predictor'"):
        predictor_kit.loda_predictor  # type: ignore[attr-defined] # noqa: B018 # the mistake under test


@pytest.mark.parametrize("name", MODULES)
def test_every_module_lists_its_public_names(name: str) -> None:
    """Each module has an ``__all__``, and each name in it exists."""
    module = importlib.import_module(name)
    assert [public for public in module.__all__ if not hasattr(module, public)] == []


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_has_a_docstring(name: str) -> None:
    """Each public class, function and method says what it does."""
    assert list(undocumented(importlib.import_module(name))) == []


def test_every_test_says_what_it_holds() -> None:
    """Each test has a docstring."""
    tests = [(path, node) for path, node in functions(TESTS) if node.name.startswith("test_")]
    assert [f"{path}:{node.lineno}" for path, node in tests if not ast.get_docstring(node)] == []


def test_modules_are_short() -> None:
    """No module has more than 300 lines."""
    lengths = {str(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


def test_functions_are_short() -> None:
    """Bodies have a median of at most 7 lines, nine in ten at most 22, and none more than 40."""
    found = [(body_length(node), f"{path}:{node.lineno}: {node.name}") for path, node in functions(SOURCES)]
    lengths = [length for length, _ in found]
    assert [entry for entry in sorted(found, reverse=True) if entry[0] > 40] == []
    assert statistics.median(lengths) <= 7
    assert statistics.quantiles(lengths, n=10)[-1] <= 22, sorted(found, reverse=True)[:15]
