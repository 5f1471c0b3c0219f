"""What is written as YAML: the same data for every reader of it, and the place of each value beside it."""

import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from predictor_kit.documents import Document, merge, parse, setting, write_yaml

from .writing import NUMBERS, document, mappings, paths, trees
from .writing import SINGLE as ANYWHERE

ODD = [
    *["", " ", "~", "null", "y", "on", "Off", "TRUE", "=", "<<", "-", "?", ":", "---", "...", "- a", "? a"],
    *["1", "+1", "-1", "0o17", "017", "09", "0x1F", "0b1", "1_000", "1e3", "1e400", "1e-3", ".5", "5.", "1."],
    *[
        "12:30:45",
        "1:2.5",
        "2001-12-14",
        "2001-12-14 10:00:00",
        ".inf",
        "-.INF",
        ".NaN",
        "10s",
        "1.0.2",
        "0o8",
    ],
    *[
        "a: b",
        "a:",
        "a #b",
        "#a",
        "a#b",
        "%a",
        "@a",
        "`a",
        "!a",
        "&a",
        "*a",
        "|",
        ">",
        "'",
        '"',
        "{a}",
        "[a",
        ",",
    ],
    *["a\nb", "a\n", "\na", "\n", "a\n\nb\n", "a\n\n", "a\n b", "a \nb", " a\nb", "a\n#b", "a\rb", "a\r\nb"],
    *[
        "\t",
        "a\tb",
        "a\tb\nc",
        " a",
        "a ",
        "\x00",
        "\x7f",
        "\x85",
        "a\x85b",
        "a\u2028b",
        "a\u2029",
        "\ufeff",
        "é",
        "\u65e5",
        "😀",
        "\uffff",
    ],
    *["${env:A}", "$${env:A}", "${a}", "${", "x" * 200, "x " * 100, "k" * 130],
]
TEXTS = st.sampled_from(ODD) | st.text(max_size=12) | st.text(st.sampled_from(" \n\t#:-'\"a1.e"), max_size=8)
SINGLE = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | NUMBERS | TEXTS
NOT_FINITE = [math.inf, -math.inf, math.nan]


class Core(yaml.SafeLoader):
    """A reader of YAML 1.2, by the tags of its core schema."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 # as in the base


for tag, pattern in {
    "null": r"null|Null|NULL|~|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}.items():
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), None)


@given(data=trees(SINGLE | st.sampled_from(NOT_FINITE), TEXTS), ascii_only=st.booleans())
@example(data=ODD, ascii_only=False)
@example(data=dict.fromkeys(ODD, 1.0), ascii_only=False)
@example(data=[ODD, {"a": dict.fromkeys(ODD, 1e-7)}, [1e22, 2**64 - 1, -0.0]], ascii_only=True)
def test_every_reader_takes_what_is_written_for_the_same(data: Any, ascii_only: bool) -> None:
    """Our reader, and readers of YAML 1.1 and 1.2, read back what was written, each text as text."""
    text = write_yaml(data, ascii_only=ascii_only)
    assert text.isascii() or not ascii_only
    for back in (parse(text, "f.yaml").data, yaml.safe_load(text), yaml.load(text, Core)):
        assert repr(back) == repr(data)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("models/vocab.txt", "models/vocab.txt"),
        ("${env:HOST:-localhost}", "${env:HOST:-localhost}"),
        ("10s", "10s"),
        ("é", "é"),
        ("1e-3", "'1e-3'"),
        ("1e400", "'1e400'"),
        ("on", "'on'"),
        ("2001-12-14", "'2001-12-14'"),
        (1e-3, "0.001"),
        (1e-7, "1.0e-07"),
        (None, "null"),
        (True, "true"),
        ({}, "{}"),
        ([], "[]"),
        ("two\nlines\n", "|\n  two\n  lines"),
        ("a\rb", '"a\\rb"'),
        ("w " * 100 + "w", "w " * 100 + "w"),
    ],
)
def test_values_are_written_as_a_person_would(value: object, text: str) -> None:
    """Quotes stand where they are needed, and nowhere else; a text of several lines is a block."""
    assert write_yaml({"k": value}) == f"k: {text}\n"


def test_nothing_is_written_short() -> None:
    """A value that stands in two places is written in both, without an alias."""
    shared = {"a": [1]}
    assert write_yaml([shared, shared]) == "- a:\n  - 1\n- a:\n  - 1\n"


def comments(text: str, whole: Document) -> dict[Any, str]:
    """The comment on the line of each single value in ``text``."""
    lines, found = text.split("\n"), parse(text, "f.yaml")
    return {
        path: lines[found.locate(path).line - 1].rpartition("  # ")[2]
        for path, value in paths(whole.data)
        if not isinstance(value, dict | list) or not value
    }


@given(
    data=mappings(trees(SINGLE, TEXTS)),
    change=mappings(trees(ANYWHERE)),
    language=st.sampled_from(["json", "toml", "yaml"]),
)
def test_each_value_has_its_origin_beside_it(data: Any, change: Any, language: str) -> None:
    """With origins the text says the same, and a comment has the file and the line of each value."""
    base = document({"apis": [{"name": "a", "x": data}]}, "json", "base")
    overlay = document({"apis": [{"name": "a", "x": change}]}, language, "over")
    whole = merge(base, overlay, setting("a.y=[1, {b: 2}]", 1))
    text = write_yaml(whole.data, origins=whole.position)
    assert repr(parse(text, "f.yaml").data) == repr(whole.data)
    places = {path: whole.locate(path) for path in comments(text, whole)}
    assert comments(text, whole) == {
        path: place.file if place.file == "--set #1" else f"{place.file}:{place.line}"
        for path, place in places.items()
    }


def test_origins_stand_in_a_column() -> None:
    """Comments begin together, behind what is not too long."""
    whole = parse(f"a: 1\nlonger: [2]\nlongest: {'x' * 80}\ntext: |\n  two\n  lines\n", "a\nb.yaml")
    assert write_yaml(whole.data, origins=whole.position) == (
        "a: 1     # a\ufffdb.yaml:1\n"
        "longer:\n"
        "- 2      # a\ufffdb.yaml:2\n"
        f"longest: {'x' * 80}  # a\ufffdb.yaml:3\n"
        "text: |  # a\ufffdb.yaml:4\n"
        "  two\n"
        "  lines\n"
    )
