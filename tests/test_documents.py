"""Reading a file: its data, the place of every value, and what is said when it cannot be read."""

import contextlib
import copy
import json
import math
import os
import pickle
import tempfile
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from predictor_kit.documents import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_VALUES,
    Document,
    Position,
    key_path,
    parse,
    read,
    read_scalar,
)
from predictor_kit.errors import ProblemsError

from .writing import paths

IRIS = """\
- name: iris
  kind: AsyncAPI   # a comment
  predictor:
    type: python
    path: predictor.py
    config: {vocab_path: models/vocab.txt, "sizes": [1, 2.5, [true]]}
    env:
      KEY: 'a ''quoted'' text'
  providers:
    vocabulary:
      class: my_pkg.text:Vocabulary
      args:
        path: ${config.vocab_path}
        lines: |
          first
          second
        folded:
          one
          two
        nothing:
  autoscaling:
    target_replica_concurrency: 1e1
- name: other
"""
ANCHORS = """\
base: &base
  a: 1
  b: {c: [p, q]}
more: &more {b: 2, d: 3}
copy: *base
own:
  a: own
  <<: *base
several:
  <<: [*more, *base]
  e: 4
"""


@contextlib.contextmanager
def without_libyaml() -> Generator[None]:
    """PyYAML as it is where it was built without libyaml."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader", raising=False)
        yield


@pytest.fixture(params=["libyaml", "pure Python"])
def _loader(request: pytest.FixtureRequest) -> Iterator[None]:
    with without_libyaml() if request.param == "pure Python" else contextlib.nullcontext():
        yield


with_both_loaders = pytest.mark.usefixtures("_loader")


def refused(text: str) -> ProblemsError:
    with pytest.raises(ProblemsError) as caught:
        parse(text, "cortex.yaml")
    return caught.value


def unreadable(path: str | Path) -> str:
    with pytest.raises(ProblemsError) as caught:
        read(path)
    return str(caught.value)


def drawn(document: Document, path: list[str | int], *, key: bool = False) -> tuple[str, str]:
    """The place, and the text that the caret is under."""
    place = document.locate(path, key=key)
    return f"{place.line}:{place.column}", place.text[place.column - 1 :][: place.width]


def outline(position: Position) -> Any:
    """The tree of positions; of values that are not written each loader has its own."""
    place = position.location if position.width else None
    key = position.key and position.key.location
    return place, key, {step: outline(child) for step, child in position.children.items()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        ("12:30:45", "12:30:45"),
        ("2001-12-14", "2001-12-14"),
        ("0o17", 15),
        ("017", 15),
        ("-0x1F", -31),
        ("0b101", 5),
        ("+12", 12),
        ("0", 0),
        ("1_000", 1000),
        ("1_0.5", 10.5),
        ("08", 8.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5e1", -5.0),
        ("._5", "._5"),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 1.8446744073709552e19),
        ("1" * 400, "1" * 400),
        ("1e999", "1e999"),
        ("0x", "0x"),
        ("+", "+"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("1Gi", "1Gi"),
        ("200m", "200m"),
        ("\u0661", "\u0661"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        *((text, True) for text in ("y", "Y", "yes", "Yes", "on", "ON", "true", "True", "TRUE")),
        *((text, False) for text in ("n", "N", "no", "NO", "off", "Off", "false", "False", "FALSE")),
        *((text, None) for text in ("", "~", "null", "Null", "NULL")),
        ("tRUE", "tRUE"),
        ("none", "none"),
    ],
)
def test_a_plain_scalar_is_read_as_cortex_reads_it(text: str, value: object) -> None:
    """Unquoted scalars get the type and value that Cortex's Go reader gives them."""
    scalar = read_scalar(text)
    assert (type(scalar), scalar) == (type(value), value)
    assert parse(f"k: {text}\n", "f").data == {"k": value}


@pytest.mark.parametrize(
    "number",
    [
        "18446744073709551617",
        "-9223372036854775809",
        "+12_345_678_901_234_567_890_123",
        "0" * 5000 + "9" * 20,
    ],
)
def test_a_whole_number_that_would_lose_digits_is_refused(number: str) -> None:
    """Cortex's reader makes a float of it, which is another number."""
    (problem,) = refused(f"a: 1\nids: [1, {number}]\n").problems
    assert str(problem.location) == "cortex.yaml:2:10"
    assert problem.subject == "ids[1]"
    assert problem.message == (
        "this whole number has more than 64 bits: Cortex reads a float, which loses some of its digits;"
        " put it in quotes to have it as text"
    )
    assert parse(f"a: '{number}'\n", "f").data == {"a": number}


def test_a_key_that_would_lose_digits_is_told_of_once() -> None:
    """It has to be text in any case, and quotes mend both."""
    (problem,) = refused("18446744073709551617: 1\n").problems
    assert problem.message.startswith("a key is a text")


def test_nan_is_a_number() -> None:
    """``.nan`` is the float, in the three spellings that YAML has."""
    data = parse("[.nan, .NaN, .NAN]", "f").data
    assert [math.isnan(value) for value in data] == [True, True, True]


@pytest.mark.parametrize("text", ["'1'", '"1"', "|-\n  1", ">-\n  1"])
def test_a_quoted_scalar_is_text(text: str) -> None:
    """Quotes and block styles make text of what would else be a number."""
    assert parse(f"k: {text}\n", "f").data == {"k": "1"}


@with_both_loaders
def test_the_data_of_a_file() -> None:
    """A file in the usual styles gives plain Python data."""
    iris, other = parse(IRIS, "cortex.yaml").data
    assert other == {"name": "other"}
    assert iris["predictor"] == {
        "type": "python",
        "path": "predictor.py",
        "config": {"vocab_path": "models/vocab.txt", "sizes": [1, 2.5, [True]]},
        "env": {"KEY": "a 'quoted' text"},
    }
    assert iris["providers"]["vocabulary"]["args"] == {
        "path": "${config.vocab_path}",
        "lines": "first\nsecond\n",
        "folded": "one two",
        "nothing": None,
    }


ARGS: list[str | int] = [0, "providers", "vocabulary", "args"]
CONFIG: list[str | int] = [0, "predictor", "config"]


@with_both_loaders
@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        ([], "1:1", "-"),
        ([0], "1:3", "name"),
        ([0, "name"], "1:9", "iris"),
        ([0, "kind"], "2:9", "AsyncAPI"),
        ([0, "predictor"], "4:5", "type"),
        (CONFIG, "6:13", '{vocab_path: models/vocab.txt, "sizes": [1, 2.5, [true]]}'),
        ([*CONFIG, "sizes"], "6:53", "[1, 2.5, [true]]"),
        ([*CONFIG, "sizes", 2, 0], "6:63", "true"),
        ([0, "predictor", "env", "KEY"], "8:12", "'a ''quoted'' text'"),
        ([*ARGS, "lines"], "14:16", "|"),
        ([*ARGS, "folded"], "18:11", "one"),
        ([*ARGS, "nothing"], "20:17", ""),
        ([1, "name"], "23:9", "other"),
    ],
)
def test_the_place_of_a_value(path: list[str | int], place: str, text: str) -> None:
    """Each value has its line, its column and the width of its first line."""
    assert drawn(parse(IRIS, "cortex.yaml"), path) == (place, text)


@with_both_loaders
@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        ([], "1:1", "-"),
        ([0], "1:3", "name"),
        ([0, "predictor"], "3:3", "predictor"),
        ([*CONFIG, "sizes"], "6:44", '"sizes"'),
        ([*CONFIG, "sizes", 1], "6:57", "2.5"),
        ([*ARGS, "nothing"], "20:9", "nothing"),
    ],
)
def test_the_place_of_a_key(path: list[str | int], place: str, text: str) -> None:
    """Each key has its place; an item of a list, which has no key, its own."""
    assert drawn(parse(IRIS, "cortex.yaml"), path, key=True) == (place, text)


@with_both_loaders
@pytest.mark.parametrize(
    ("text", "column"), [("{a: , b: 1}", 4), ("{a: }", 4), ("{a}", 3), ("a:   # none", 3)]
)
def test_the_place_of_a_value_that_is_not_written(text: str, column: int) -> None:
    """A value left out stands directly behind its key."""
    place = parse(text, "f").locate(["a"])
    assert (place.line, place.column) == (1, column)


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        ([2], "1:1", "-"),
        (["name"], "1:1", "-"),
        ([0, "compute", "cpu"], "1:3", "name"),
        ([0, "predictor", "image"], "3:3", "predictor"),
        ([*CONFIG, "sizes", 7], "6:44", '"sizes"'),
        ([0, "name", "x"], "1:3", "name"),
    ],
)
def test_the_place_of_what_is_absent(path: list[str | int], place: str, text: str, key: bool) -> None:
    """What is absent is shown at the key of the deepest parent there is."""
    assert drawn(parse(IRIS, "cortex.yaml"), path, key=key) == (place, text)


def test_a_place_names_the_file_and_shows_the_line() -> None:
    """A location is what an error needs to draw the line with a caret."""
    place = parse(IRIS, "some/cortex.yaml").locate([0, "kind"])
    assert str(place) == "some/cortex.yaml:2:9"
    assert place.drawing() == ["  2 |   kind: AsyncAPI   # a comment", "    |         ^^^^^^^^"]


def test_a_very_long_line_is_not_drawn() -> None:
    """A line that would fill the screen is left out of errors; its place stays."""
    place = parse(f"k: [{'x, ' * 1000}y]\n", "f").locate(["k", 1000])
    assert (str(place), place.drawing()) == ("f:1:3005", [])


def test_the_line_of_an_error_cannot_write_to_the_terminal() -> None:
    """Characters that a terminal obeys are not printed."""
    assert "\x1b" not in str(refused("a: 1\nb: \x1b[31mred\n"))
    assert "\u202e" not in str(refused("a: '\u202e'\na: 1 # \u202e\n"))


@with_both_loaders
def test_places_behind_the_last_line_are_at_its_end() -> None:
    """The value of a key that ends the file is in the file."""
    assert drawn(parse("? a\n? b", "f"), ["b"]) == ("2:4", "")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=20),
    lambda values: (
        st.lists(values, max_size=4)
        | st.dictionaries(
            st.text(st.characters(codec="ascii", categories=["L", "N", "P"])), values, max_size=4
        )
    ),
    max_leaves=20,
)


@given(data=JSON, pure=st.booleans())
def test_json_is_read_with_the_place_of_each_value(data: Any, pure: bool) -> None:
    """Any JSON is read as what it is, and each value is found where it was written."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    with without_libyaml() if pure else contextlib.nullcontext():
        document = parse(text, "f")
    assert document.data == data
    for path, value in paths(data):
        place, written = document.locate(path), json.dumps(value, ensure_ascii=False, indent=1)
        assert place.text[place.column - 1 :][: place.width] == written.splitlines()[0]
        if path and isinstance(path[-1], str):
            key = document.locate(path, key=True)
            assert key.text[key.column - 1 :][: key.width] == json.dumps(path[-1])


@with_both_loaders
def test_aliases_and_merge_keys_are_resolved() -> None:
    """``*name`` is a copy of what ``&name`` names; with ``<<`` the own keys win, then the first mapping."""
    document = parse(ANCHORS, "f")
    base = {"a": 1, "b": {"c": ["p", "q"]}}
    assert document.data == {
        "base": base,
        "more": {"b": 2, "d": 3},
        "copy": base,
        "own": {"a": "own", "b": {"c": ["p", "q"]}},
        "several": {"a": 1, "b": 2, "d": 3, "e": 4},
    }
    document.data["copy"]["b"]["c"].append("z")
    assert document.data["base"] == document.data["own"] | {"a": 1} == base


@with_both_loaders
@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        (["copy"], "5:7", "*base"),
        (["copy", "b", "c", 1], "3:14", "q"),
        (["own", "a"], "7:6", "own"),
        (["own", "b"], "3:6", "{c: [p, q]}"),
        (["several", "d"], "4:23", "3"),
        (["several", "absent"], "9:1", "several"),
    ],
)
def test_the_place_of_what_an_alias_brings(path: list[str | int], place: str, text: str) -> None:
    """An alias stands where it is written, what is in it where that was written."""
    assert drawn(parse(ANCHORS, "f"), path) == (place, text)


def test_a_quoted_merge_key_is_a_key() -> None:
    """Only an unquoted ``<<`` merges, and only as a key."""
    assert parse('{"<<": <<, "k": [<<]}', "f").data == {"<<": "<<", "k": ["<<"]}
    assert parse("&a <<: 1\nk: *a\n", "f").data == {"<<": 1, "k": "<<"}


def test_an_anchor_may_be_given_anew_and_name_a_key() -> None:
    """An alias stands for what its anchor named last, also for a key."""
    assert parse("a: &x 1\nb: &x two\nc: *x\n*x : 3\n", "f").data == {
        "a": 1,
        "b": "two",
        "c": "two",
        "two": 3,
    }


@pytest.mark.parametrize(
    "text", ["\ufeffa: 1\n", "--- # first\na: 1\n...\n", "a: 1\r\n", "a: 1\r", "\ta: 1".strip()]
)
def test_what_may_stand_around_a_document(text: str) -> None:
    """A byte order mark, the marks of a document and the line ends of other systems are accepted."""
    document = parse(text, "f")
    assert document.data == {"a": 1}
    assert document.locate(["a"]).column == 4


REFERENCE = 'inside {} and [] a reference must be quoted: "${env:X}"'
COLON = "':' cannot stand here: quote a text with ': ' in it, or mend the indentation"
INDENTATION = "this line does not fit the indentation of the lines above"
FOLLOWING = "nothing can follow the value before this: quote the whole text"
NO_KEY = "this is neither 'key: value' nor an item of a list: is a ':' missing?"
TAB = "a tab cannot stand here: YAML is indented with spaces"
QUOTE = "this quote is never closed"
ESCAPE = "this backslash begins no escape: double it, or put the text in single quotes"
NO_CHARACTER = "this escape names no character"
STAR = "'*' is for aliases and '&' for anchors: quote what is meant as text"
BLOCK = "'|' and '>' begin a text of several lines, below: quote what is meant as text"
TAGS = "tags are not read here: remove {} (quote what is meant as text)"
SECOND = "a second document begins here; a file is one document"
DIRECTIVE = "directives (%YAML, %TAG) are not read here: remove this line"

MISTAKES = [
    ("a: {host: ${env:X}}\n", "1:11 ^^^^^^^^", REFERENCE),
    ("- {a: 1}\n- [x, pre${env:X}]\n", "2:10 ^^^^^^^^", REFERENCE),
    ('a: {p: "q", host: ${env:X}\n', "1:19 ^^^^^^^^", REFERENCE),
    ("a: [${env:X\n", "1:5 ^^^^^^^", 'inside {} and [] a reference must be quoted: "${env:X"'),
    ("a:\n\tb: 1\n", "2:1 ^", TAB),
    ("a: 1\n\tb: 1\n", "2:1 ^", TAB),
    ("a: |\n\tb\n", "2:1 ^", TAB),
    ("a: @x\n", "1:4 ^", "a value cannot begin with '@': quote it"),
    ("a: `x`\n", "1:4 ^", "a value cannot begin with '`': quote it"),
    ("a: %x\n", "1:4 ^", "a value cannot begin with '%': quote it"),
    ("a: b: c\n", "1:5 ^", COLON),
    ("a: 1\n  b: 2\n", "2:4 ^", COLON),
    ("a: 1\nb\nc: 2\n", "2:1 ^", NO_KEY),
    ("a: 1\nb\n", "2:1 ^", NO_KEY),
    ("a:\n   b: 1\n  c: 2\n", "3:3 ^", INDENTATION),
    ("- a\nb: 1\n", "2:1 ^", INDENTATION),
    ("a: 1\n- b\n", "2:1 ^", INDENTATION),
    ("  a: 1\nb: 2\n", "2:1 ^", INDENTATION),
    ('a: "x" y\n', "1:8 ^", FOLLOWING),
    ("a: &b *c\n", "1:7 ^", FOLLOWING),
    (": 1\n", "1:1 ^", "a key is missing before ':'"),
    ("null: 1\n: 2\n", "2:1 ^", "a key is missing before ':'"),
    ('a: "x\nb: 1\n', "1:4 ^", QUOTE),
    ("a: 'x\n---\n", "1:4 ^", QUOTE),
    ('a: "C:\\path"\n', "1:7 ^^", ESCAPE),
    ('a: "\\x4"\n', "1:5 ^^", ESCAPE),
    ('a: "x \\ud800"\n', "1:7 ^^", NO_CHARACTER),
    ('a: "\\U0000DC00"\n', "1:5 ^^", NO_CHARACTER),
    ('a: "\\U00110000"\n', "1:5 ^^", NO_CHARACTER),
    ('a: "\\UFFFFFFFF"\n', "1:5 ^^", NO_CHARACTER),
    ("a: {b: 1\nc: 2\n", "2:2 ^", "',' or '}' is missing before this (the '{' is on line 1)"),
    ("a: [1, 2}\n", "1:9 ^", "',' or ']' is missing before this (the '[' is on line 1)"),
    ("a: {b: {c: 1}\n", "1:4 ^", "this '{' is never closed"),
    ("a: [1\n\n", "1:4 ^", "this '[' is never closed"),
    ("a: [1,\n", "1:7 ^", "the text ends inside '{' or '['"),
    ("a: ]\n", "1:4 ^", "a value is missing before ']'"),
    ("a: [1,,2]\n", "1:7 ^", "a value is missing before ','"),
    ("a: *\n", "1:4 ^", STAR),
    ("a: &\n", "1:4 ^", STAR),
    ("a: >b\n", "1:4 ^", BLOCK),
    ("a: |0\n b\n", "1:4 ^", BLOCK),
    ("a: - b\n", "1:4 ^", "'-' cannot stand here: begin a list on a line of its own, or quote the text"),
    ("a: b ? c: d\n", "1:9 ^", COLON),
    ("- a: ? b\n", "1:6 ^", "'?' cannot stand here: quote what is meant as text"),
    ("a: *x\n", "1:4 ^^", "*x stands for nothing, no &x comes before it: quote it, if it is meant as text"),
    ("a: &a [*a]\n", "1:8 ^^", "*a stands inside &a itself: a value cannot hold itself"),
    ("a: !!int 3\n", "1:4 ^^^^^^^", TAGS.format("!!int")),
    ("a: !foo {}\n", "1:4 ^^^^^^", TAGS.format("!foo")),
    ("!!seq\n- 1\n", "1:1 ^^^^^", TAGS.format("!!seq")),
    ("a: !e!foo 3\n", "1:4 ^", TAGS.format("it")),
    ("a: !<\n", "1:4 ^", TAGS.format("it")),
    ("a: 1\n---\nb: 2\n", "2:1 ^^^", SECOND),
    ("a: 1\n---\n", "2:1 ^^^", SECOND),
    ("%YAML 1.1\n---\na: 1\n", "1:1 ^", DIRECTIVE),
    ("# first\n\n%FOO\n---\na: 1\n", "3:1 ^", DIRECTIVE),
    ("a: 1\nb:\n  c: 1\n  c: 2\n", "4:3 ^", "key 'c' is given twice, first on line 3"),
    ("{a: 1, 'a': 2}\n", "1:8 ^^^", "key 'a' is given twice, first on line 1"),
    ("1: x\n", "1:1 ^", "a key is a text, and 1 is read as a number: quote it"),
    ("-1.5: x\n", "1:1 ^^^^", "a key is a text, and -1.5 is read as a number: quote it"),
    ("no: x\n", "1:1 ^^", "a key is a text, and no is read as a boolean: quote it"),
    ("~: x\n", "1:1 ^", "a key is a text, and ~ is read as null: quote it"),
    ("{: x}\n", "1:2 ^", "a key is missing before ':'"),
    ("?\n: x\n", "1:2 ^", "a key is missing before ':'"),
    ("[a, b]: x\n", "1:1 ^^^^^^", "a key is a text, not a list"),
    ("{a: b}: x\n", "1:1 ^^^^^^", "a key is a text, not a mapping"),
    ("<<: 3\n", "1:5 ^", "'<<' takes a mapping or a list of mappings"),
    ("<<: [{a: 1}, b]\n", "1:14 ^", "'<<' takes a mapping or a list of mappings"),
    ("a: x\x00y\n", "1:5 ^", "the character U+0000 cannot be in YAML"),
    ("a: 1\nb: '\x07'\n", "2:5 ^", "the character U+0007 cannot be in YAML"),
    ("a: \ud800\n", "1:4 ^", "the character U+D800 cannot be in YAML"),
    ("a: '\ufeff'\n", "1:5 ^", "the character U+FEFF cannot be in YAML"),
]


@with_both_loaders
@pytest.mark.parametrize(("text", "place", "message"), MISTAKES)
def test_a_mistake_is_told_at_its_place(text: str, place: str, message: str) -> None:
    """Each mistake has our own words, the place to mend and a caret under it."""
    problem = refused(text).problems[-1]
    assert problem.location is not None
    carets = problem.location.drawing()[1].partition("|")[2].strip()
    assert (f"{problem.location.line}:{problem.location.column} {carets}", problem.message) == (
        place,
        message,
    )


@with_both_loaders
def test_a_rare_mistake_is_told_in_the_words_of_the_parser() -> None:
    """What we have no words for is told as PyYAML tells it, at its place."""
    (problem,) = refused("a: 1\n...\n%YAML 3.0\n---\nb: 1\n").problems
    assert problem.message.startswith("this is not YAML: found incompatible YAML document")
    assert str(problem.location) == "cortex.yaml:3:1"


@with_both_loaders
def test_all_problems_are_told_at_once() -> None:
    """Reading goes on after a problem, up to what is no YAML at all; each is told with its key path."""
    text = """\
- name: iris
  name: iris2
  predictor:
    config: {1: a}
    env: !!map {}
    models:
      paths:
      - name: *nome
        name: b
  kind: "unclosed
"""
    assert (
        str(refused(text))
        == """\
cortex.yaml:2:3: key 'name' is given twice, first on line 1
  2 |   name: iris2
    |   ^^^^
cortex.yaml:4:14: predictor.config: a key is a text, and 1 is read as a number: quote it
  4 |     config: {1: a}
    |              ^
cortex.yaml:5:10: predictor.env: tags are not read here: remove !!map (quote what is meant as text)
  5 |     env: !!map {}
    |          ^^^^^^^
cortex.yaml:8:15: predictor.models.paths[0].name: *nome stands for nothing, no &nome comes before it: \
quote it, if it is meant as text
  8 |       - name: *nome
    |               ^^^^^
cortex.yaml:9:9: predictor.models.paths[0]: key 'name' is given twice, first on line 8
  9 |         name: b
    |         ^^^^
cortex.yaml:10:9: this quote is never closed
  10 |   kind: "unclosed
     |         ^"""
    )


def test_the_nearest_anchor_is_proposed() -> None:
    """A misspelled alias is told with the anchor that was meant, and causes no further problem."""
    error = refused("a: &defaults {b: 1}\nc:\n  <<: *default\n*defautl : 1\n")
    assert [problem.message.partition(":")[0] for problem in error.problems] == [
        "*default stands for nothing, no &default comes before it (did you mean 'defaults'?)",
        "*defautl stands for nothing, no &defautl comes before it (did you mean 'defaults'?)",
    ]


def test_the_same_problem_many_times_ends_the_reading() -> None:
    """A file with no end of problems gets a hundred of them told."""
    assert len(refused("".join(f"{number}: x\n" for number in range(1000))).problems) == 100


@with_both_loaders
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (" \n\n\n", "the file is empty"),
        ("# nothing\n\n  # more\n", "the file holds nothing but comments"),
        ("---\n", "the file holds nothing but comments"),
        ("--- # nothing\n...\n", "the file holds nothing but comments"),
    ],
)
def test_a_file_without_content_is_refused(text: str, message: str) -> None:
    """A file that is empty, or blank, or holds comments only says so."""
    assert str(refused(text)) == f"cortex.yaml: {message}"


def test_a_null_that_is_written_is_content() -> None:
    """What a file holds is for its reader to judge, if it holds anything."""
    assert parse("~\n", "f").data is None


def nested(opening: str, closing: str, depth: int) -> str:
    return opening * depth + "1" + closing * depth


@with_both_loaders
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
def test_depth_is_bounded(opening: str, closing: str) -> None:
    """Lists and mappings lie at most so deep in one another; 100,000 brackets are told, not followed."""
    message = f"lists and mappings lie in one another more than {MAX_DEPTH} deep"
    if opening != "? ":
        assert parse(nested(opening, closing, MAX_DEPTH), "f").data
    for depth in (MAX_DEPTH + 1, 100_000):
        (problem,) = refused(nested(opening, closing, depth)).problems
        assert (problem.message, problem.subject) == (message, "")


@with_both_loaders
def test_the_depth_of_aliases_is_bounded() -> None:
    """Aliases in aliases count as what they stand for."""
    half = nested("[", "]", MAX_DEPTH // 2)
    assert parse(f"- &a {half}\n- {nested('[', ']', MAX_DEPTH // 2 - 1).replace('1', '*a')}\n", "f").data
    (problem,) = refused(f"- &a {half}\n- {half.replace('1', '*a')}\n").problems
    assert str(problem.location) == f"cortex.yaml:2:{3 + MAX_DEPTH // 2}"


@with_both_loaders
def test_the_number_of_values_is_bounded() -> None:
    """An alias bomb ends where its values are too many, before they are made."""
    bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    (problem,) = refused("\n".join(bomb)).problems
    assert problem.message == f"there are more than {MAX_VALUES:,} values here, aliases counted in full"
    assert problem.location is not None
    assert problem.location.line == 5


def test_as_many_values_as_allowed_are_read() -> None:
    """The bound counts every value, keys included."""
    assert len(parse("- 1\n" * (MAX_VALUES - 1), "f").data) == MAX_VALUES - 1
    assert len(refused("- 1\n" * MAX_VALUES).problems) == 1


def test_a_document_travels() -> None:
    """A document pickles and its data is copied, also from the greatest depth that is read."""
    document = parse(nested("{a: [", "]}", MAX_DEPTH // 2), "f")
    other = pickle.loads(pickle.dumps(document))
    path: list[str | int] = ["a", 0] * (MAX_DEPTH // 2)
    assert (other.file, other.data) == (document.file, document.data) == ("f", copy.deepcopy(document.data))
    assert other.locate(path) == document.locate(path)


def test_a_path_of_keys_as_text() -> None:
    """Key paths are written with dots and, for items, brackets."""
    assert key_path(["predictor", "models", "paths", 0, "name"]) == "predictor.models.paths[0].name"
    assert key_path([0, "name"]) == "[0].name"
    assert key_path([]) == ""


def test_reading_a_file(tmp_path: Path) -> None:
    """A file is read from a path or its text, as UTF-8, under the name that it was given by."""
    file = tmp_path / "cortex.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: \xc3\xa9t\xc3\xa9\r\n")
    for path in (file, str(file)):
        document = read(path)
        assert (document.file, document.data) == (str(file), {"name": "été"})
        assert document.locate(["name"]).text == "name: été"


def test_an_absent_file_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    """A misspelled file name is told with the near one and the configuration files of the folder."""
    for name in ("cortex.yaml", "cortex.prod.yml", "notes.txt"):
        (tmp_path / name).touch()
    file = tmp_path / "cortx.yaml"
    assert unreadable(file) == (
        f"{file}: there is no such file (did you mean 'cortex.yaml'?)\n"
        f"  in '{tmp_path}' there are: cortex.prod.yml, cortex.yaml"
    )


def test_of_many_files_some_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder full of files does not fill the screen; a bare name is looked for where one is."""
    for number in range(7):
        (tmp_path / f"{number}.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert unreadable("cortex.json") == (
        "cortex.json: there is no such file\n"
        "  in '.' there are: 0.yaml, 1.yaml, 2.yaml, 3.yaml, 4.yaml and 2 more"
    )


def test_a_file_in_an_absent_folder(tmp_path: Path) -> None:
    """Where the folder is absent, that is said."""
    file = tmp_path / "deploy" / "cortex.yaml"
    assert unreadable(file) == f"{file}: there is no such file, nor a directory '{file.parent}'"


def test_a_directory(tmp_path: Path) -> None:
    """A directory is told from a file, with the files in it."""
    assert unreadable(tmp_path) == f"{tmp_path}: this is a directory, not a configuration file"
    (tmp_path / "cortex.yaml").touch()
    assert unreadable(tmp_path).endswith(f"\n  in '{tmp_path}' there are: cortex.yaml")


def test_a_path_through_a_file(tmp_path: Path) -> None:
    """A path that takes a file for a folder is told as the system tells it."""
    (tmp_path / "file").touch()
    file = tmp_path / "file" / "cortex.yaml"
    assert unreadable(file) == f"{file}: the file cannot be read: Not a directory"


def test_a_name_with_nul() -> None:
    """No name of a file holds NUL."""
    assert unreadable("a\0b").endswith(": a file's name cannot hold the character NUL")


@contextlib.contextmanager
def as_nobody() -> Generator[None]:
    """As a user whom permissions bind: root reads everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


needs_permissions = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX permissions")


@needs_permissions
def test_a_file_without_permission(tmp_path: Path) -> None:
    """A file that may not be read says so."""
    file = tmp_path / "cortex.yaml"
    file.write_text("a: 1")
    file.chmod(0)
    with as_nobody():
        assert unreadable(file) == f"{file}: the file cannot be read: Permission denied"


@needs_permissions
def test_a_folder_that_cannot_be_listed() -> None:
    """Where a folder's names are hidden, none is proposed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "cortex.yaml").touch()
        Path(folder).chmod(0o311)
        with as_nobody():
            assert unreadable(f"{folder}/cortex.yml") == f"{folder}/cortex.yml: there is no such file"
        Path(folder).chmod(0o700)


def test_a_file_that_is_too_long(tmp_path: Path) -> None:
    """10 MB are not read: the length and the limit are told."""
    file = tmp_path / "cortex.yaml"
    file.write_bytes(b"# comment\n" * 1024 * 1024)
    assert unreadable(file) == (
        f"{file}: the file is 10.0 MiB long; a configuration file has at most 1 MiB\n"
        "  keep large data in a file of its own and give its path in `config`"
    )


def test_a_file_as_long_as_allowed(tmp_path: Path) -> None:
    """The longest file is read, and one of a byte more is not."""
    file = tmp_path / "cortex.yaml"
    file.write_bytes(b"a: 1\n".ljust(MAX_BYTES, b"#"))
    assert read(file).data == {"a": 1}
    file.write_bytes(b"a: 1\n".ljust(MAX_BYTES + 1, b"#"))
    assert "at most 1 MiB" in unreadable(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(
    ("content", "message"), [(b"a: 1", ""), (b"#" * (MAX_BYTES + 1), "the file is too long;")]
)
def test_a_pipe(tmp_path: Path, content: bytes, message: str) -> None:
    """A pipe, which has no length before it is read, is read like a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    if message:
        assert message in unreadable(pipe)
    else:
        assert read(pipe).data == {"a": 1}
    writer.join()


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    """The byte that is not UTF-8 is told with its offset, its line and a caret."""
    file = tmp_path / "cortex.yaml"
    file.write_bytes("a: 1\nname: é\n".encode("latin-1"))
    assert unreadable(file) == (
        f"{file}:2:7: the file is not UTF-8 (byte 0xe9 at offset 11): save it as UTF-8\n"
        "  2 | name: \ufffd\n"
        "    |       ^"
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16(tmp_path: Path, encoding: str) -> None:
    """UTF-16 with its mark is recognised."""
    file = tmp_path / "cortex.yaml"
    file.write_bytes("\ufeffa: 1\n".encode(encoding))
    assert unreadable(file) == f"{file}: the file is UTF-16: save it as UTF-8"


PIECES = [
    *" \n:-{}[],\"'#&*!|>%@?$~a1\t\x00",
    "- ",
    ": ",
    "${env:X}",
    "---\n",
    '"\\u',
    "<<: *base\n",
    "&a ",
    "*a",
    "\U0001f600",
]


def deleted(text: str, start: int, length: int, piece: str) -> str:
    return text[:start] + text[start + length :]


def inserted(text: str, start: int, length: int, piece: str) -> str:
    return text[:start] + piece + text[start:]


def duplicated(text: str, start: int, length: int, piece: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:length], lines[start % len(lines)], *lines[length:]]) if lines else piece


def indented(text: str, start: int, length: int, piece: str) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        number = start % len(lines)
        lines[number] = " " * length + lines[number] if length < 5 else lines[number][length - 4 :]
    return "".join(lines)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([IRIS, ANCHORS]))
    for _ in range(draw(st.integers(1, 4))):
        change = draw(st.sampled_from([deleted, inserted, duplicated, indented]))
        start, length = draw(st.integers(0, len(text))), draw(st.integers(0, 12))
        text = change(text, start, length, draw(st.sampled_from(PIECES)))
    return text


def outcome(text: str) -> Document | ProblemsError:
    try:
        return parse(text, "f")
    except ProblemsError as error:
        return error


def assert_located(text: str, result: Document | ProblemsError) -> None:
    """Every value, or every problem, has a place that lies in the text."""
    if isinstance(result, Document):
        places = [result.locate(path, key=key) for path, _ in paths(result.data) for key in (False, True)]
    else:
        places = [problem.location for problem in result.problems if problem.location is not None]
        assert len(places) == len(result.problems) > 0
    lines = text.removeprefix("\ufeff").splitlines()
    for place in places:
        assert place.file == "f"
        if place.line:
            assert 1 <= place.column <= len(lines[place.line - 1]) + 1
    assert str(result)


@given(text=mutated() | st.text(), pure=st.booleans())
@example(text="[" * 100_000, pure=False)
@example(text="a: 1\n  ", pure=True)
def test_any_text_is_a_document_or_problems_with_places(text: str, pure: bool) -> None:
    """Whatever is done to a file, it is read or refused with places; nothing else is raised."""
    with without_libyaml() if pure else contextlib.nullcontext():
        assert_located(text, outcome(text))


@given(text=mutated())
def test_both_loaders_read_the_same(text: str) -> None:
    """Where both libyaml and PyYAML's own parser accept a text, data and positions are the same."""
    one = outcome(text)
    with without_libyaml():
        other = outcome(text)
    if isinstance(one, Document) and isinstance(other, Document):
        assert (repr(one.data), outline(one.position)) == (repr(other.data), outline(other.position))


@given(content=st.binary())
def test_any_file_is_a_document_or_problems(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever bytes a file holds, it is read or refused with problems."""
    file = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.yaml"
    file.write_bytes(content)
    with contextlib.suppress(ProblemsError):
        assert isinstance(read(file), Document)
