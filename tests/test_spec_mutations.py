"""Whatever is done to a valid file, it comes to specs or to problems with places."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.documents import read
from predictor_kit.errors import Problem, ProblemsError
from predictor_kit.spec import PredictorSpec, load_specs

FILES = sorted((Path(__file__).parent / "cortex_files").glob("*.yaml"))
TEXTS = [path.read_text() for path in FILES]
DATA = [read(path).data for path in FILES]

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1,
    2**31,
    2**63,
    0.5,
    float("nan"),
    "",
    "a",
    "1",
    "s3://b/m",
    "${env:UNSET_BY_ALL}",
    "${env:UNSET_BY_ALL:-3}",
    "${",
    [],
    [None],
    [{}],
    {},
    {"name": "a"},
    {"path": "a.py"},
]
KEYS = [
    "name",
    "kind",
    "type",
    "path",
    "config",
    "models",
    "x",
    "",
    "1",
    "on",
    "<<",
    "a b",
    "class",
    "predictor",
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write each mutation to."""
    return tmp_path_factory.mktemp("mutations") / "cortex.yaml"


def problems_of(file: Path) -> tuple[Problem, ...]:
    """What is wrong with the file; nothing where it comes to specs."""
    try:
        specs = load_specs(file)
    except ProblemsError as error:
        return error.problems
    assert all(isinstance(spec, PredictorSpec) for spec in specs.values())
    return ()


def check(file: Path, text: str) -> None:
    """The text is valid, or has problems that all say where."""
    file.write_text(text)
    for problem in problems_of(file):
        assert problem.location is not None
        assert problem.location.file == str(file)
        assert problem.location.line or "nothing but comments" in problem.message or not text.strip()
        assert problem.message in str(problem)


LINE_CHANGES: dict[str, Callable[[str, int], list[str]]] = {
    "delete": lambda line, _: [],
    "duplicate": lambda line, _: [line, line],
    "indent": lambda line, number: [" " * (number % 5 + 1) + line],
    "outdent": lambda line, number: [line[number % 5 + 1 :]],
    "rename": lambda line, number: [re.sub(r"[\w-]+(?=:)", KEYS[number % len(KEYS)], line, count=1)],
    "misspell": lambda line, number: [
        line[: number % (len(line) + 1)] + line[number % (len(line) + 1) + 1 :]
    ],
    "empty": lambda line, _: [re.sub(r":.*", ":", line)],
    "retype": lambda line, number: [
        re.sub(r":.*", lambda _: f": {yaml.safe_dump(VALUES[number % len(VALUES)]).split(chr(10))[0]}", line)
    ],
}


@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.sampled_from(sorted(LINE_CHANGES)), st.integers(0, 200), st.integers(0, 200)),
        min_size=1,
        max_size=3,
    ),
)
def test_any_change_of_lines(file: Path, text: str, changes: list[tuple[str, int, int]]) -> None:
    """Lines deleted, doubled, moved, renamed and retyped never raise anything but ProblemsError."""
    lines = text.splitlines()
    for change, at, number in changes:
        if lines:
            index = at % len(lines)
            lines[index : index + 1] = LINE_CHANGES[change](lines[index], number)
    check(file, "\n".join(lines) + "\n")


def places(value: Any) -> list[tuple[Any, Any]]:
    """Each mapping or list in ``value`` with each of its keys or indexes."""
    found: list[tuple[Any, Any]] = []
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *places(value[key])]
    return found


def change_node(data: Any, change: str, at: int, number: int) -> None:
    """Delete, rename, retype or duplicate one node of ``data``."""
    nodes = places(data)
    if not nodes:
        return
    holder, key = nodes[at % len(nodes)]
    value = copy.deepcopy(VALUES[number % len(VALUES)])
    if change == "retype":
        holder[key] = value
    elif isinstance(holder, list):
        holder[key : key + 1] = [holder[key], copy.deepcopy(holder[key])] if change == "duplicate" else []
    else:
        held = holder[key] if change == "duplicate" else holder.pop(key)
        if change != "delete":
            holder[KEYS[number % len(KEYS)]] = held


@given(
    st.sampled_from(DATA),
    st.lists(
        st.tuples(
            st.sampled_from(["delete", "duplicate", "rename", "retype"]),
            st.integers(0, 400),
            st.integers(0, 200),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_any_change_of_nodes(file: Path, data: Any, changes: list[tuple[str, int, int]]) -> None:
    """Nodes deleted, doubled, renamed and retyped never raise anything but ProblemsError."""
    data = copy.deepcopy(data)
    for change, at, number in changes:
        change_node(data, change, at, number)
    check(file, yaml.safe_dump(data, sort_keys=False))


@given(st.recursive(st.sampled_from(VALUES), lambda inner: st.dictionaries(st.sampled_from(KEYS), inner)))
def test_any_item_at_all(file: Path, item: Any) -> None:
    """An API of any shape is told what is wrong with it."""
    check(file, yaml.safe_dump([item, {"kind": "AsyncAPI", "predictor": item, "providers": {"a": item}}]))
