"""Plain data written as YAML, JSON and TOML, and values found again at their places."""

import contextlib
import datetime as dt
import json
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from hypothesis import strategies as st

from predictor_kit.documents import Document, Position, parse
from predictor_kit.errors import Location, ProblemsError

Path = tuple[str | int, ...]
Result = TypeVar("Result")

CHARACTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
TEXTS = st.text(CHARACTERS, max_size=12) | st.sampled_from(
    ["", "1", "1e3", "null", "${a}", "é\n\t\\\"'", "#"]
)
KEYS = st.text(st.sampled_from('ab-_.1" \\é#='), max_size=4)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SINGLE = st.booleans() | NUMBERS | TEXTS
"""Values that all languages have: TOML has no null."""


def trees(single: st.SearchStrategy[Any], keys: st.SearchStrategy[str] = KEYS) -> st.SearchStrategy[Any]:
    """Values with lists and mappings of them."""
    return st.recursive(
        single,
        lambda values: st.lists(values, max_size=3) | st.dictionaries(keys, values, max_size=3),
        max_leaves=12,
    )


def mappings(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(KEYS, values, min_size=1, max_size=4)


def as_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def as_yaml(data: Any, indent: str = "") -> str:
    """Block style, with single values as JSON has them."""
    if isinstance(data, dict) and data:
        return "".join(f"\n{indent}{json.dumps(key)}: {as_yaml(data[key], indent + '  ')}" for key in data)
    if isinstance(data, list) and data:
        return "".join(f"\n{indent}- {as_yaml(item, indent + '  ')}" for item in data)
    return json.dumps(data, ensure_ascii=False)


def as_toml(data: dict[str, Any], header: tuple[str, ...] = ()) -> str:
    """Tables under headers wherever there can be one, all else in a line."""
    lines = [f"{inline(key)} = {inline(value)}" for key, value in data.items() if not tables(value)]
    for key, value in data.items():
        way = (*header, inline(key))
        for table in tables(value):
            opening, closing = ("[", "]") if isinstance(value, dict) else ("[[", "]]")
            lines += ["", f"{opening}{'.'.join(way)}{closing}  # a comment", as_toml(table, way)]
    return "\n".join(lines)


def tables(value: Any) -> list[dict[str, Any]]:
    """What stands under headers of its own."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) and all(isinstance(item, dict) for item in value) else []


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inline(key)} = {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def written(data: dict[str, Any], language: str) -> str:
    return {"yaml": as_yaml, "json": as_json, "toml": as_toml}[language](data)


def document(data: dict[str, Any], language: str, name: str = "file") -> Document:
    return parse(written(data, language), f"{name}.{language}")


def paths(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value, with where it is."""
    yield path, data
    items: Any = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    for step, value in items:
        yield from paths(value, (*path, step))


def under(place: Location) -> str:
    """The text that the caret is under."""
    return place.text[place.column - 1 :][: place.width]


def read_back(text: str, file: str) -> Any:
    """What ``text`` is in the language of ``file``."""
    if file.endswith(".toml"):
        value = tomllib.loads(f"k = {text}")["k"]
        return text if isinstance(value, dt.date | dt.time) else value
    return parse(text, file).data


def outcome(action: Callable[[], Result]) -> Result | ProblemsError:
    """What ``action`` returns, or the problems that it raises: they can be told and have places."""
    try:
        return action()
    except ProblemsError as error:
        caught = error
    assert str(caught)
    assert all(problem.location for problem in caught.problems)
    return caught


def stands_at(position: Position) -> str:
    """The text at ``position``, also in a line that is too long to be drawn."""
    return position.source.line(position.line)[position.column :][: position.width]


def keys_at(position: Position) -> set[str]:
    """What the key at ``position`` can be: in the path of a setting quotes know no escapes."""
    text = stands_at(position)
    keys = {text[1:-1]} if position.source.file.startswith("--set") else set()
    with contextlib.suppress(ProblemsError):
        keys |= set(parse(f"{text}: 1", "f").data)
    return keys


def assert_found_again(whole: Document) -> None:
    """Each single value, and each key, is written at the place that the document has for it."""
    for path, value in paths(whole.data):
        position = whole.position
        for step in path:
            position = position.children[step]
        assert whole.locate(path) == position.location
        if not isinstance(value, dict | list):
            assert repr(read_back(stands_at(position), position.source.file)) == repr(value)
        if position.key and path and isinstance(path[-1], str):
            # a provider that is written as its class alone has one key for both
            names = path[-2:] if path[-1] == "class" else path[-1:]
            assert not keys_at(position.key).isdisjoint(names)
