"""YAML, JSON and TOML: one meaning, and a place for every value in each."""

import copy
import json
import pickle
import tomllib
from string import ascii_lowercase, digits
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from predictor_kit.documents import MAX_DEPTH, MAX_VALUES, Document, parse
from predictor_kit.errors import ProblemsError

from .writing import (
    SINGLE,
    TEXTS,
    as_json,
    as_toml,
    as_yaml,
    assert_found_again,
    mappings,
    outcome,
    trees,
    under,
)

LANGUAGES = ["yaml", "json", "toml"]


def refused(text: str, file: str) -> ProblemsError:
    with pytest.raises(ProblemsError) as caught:
        parse(text, file)
    return caught.value


def told(text: str, file: str) -> tuple[str, str]:
    """The last problem: its place with the text that is underlined, and what it says."""
    problem = refused(text, file).problems[-1]
    assert problem.location is not None
    place = problem.location
    carets = place.drawing()[1].partition("|")[2].strip() if place.drawing() else ""
    return f"{place.line}:{place.column} {carets}", problem.message


@given(data=mappings(trees(SINGLE)))
@example(data={"": {"": 1}})
@example(data={"a": [{"b": [{"c": 1}, {}]}, {}], "d": {"e": {}}})
def test_one_meaning_in_all_languages(data: dict[str, Any]) -> None:
    """The same data, written in each language, is read as the same, and each value has its place."""
    for text, language in ((as_yaml(data), "yaml"), (as_json(data), "json"), (as_toml(data), "toml")):
        document = parse(text, f"cortex.{language}")
        assert json.dumps(document.data, sort_keys=True) == json.dumps(data, sort_keys=True)
        assert_found_again(document)


@given(data=trees(SINGLE | st.none()), indent=st.sampled_from([None, 0, "\t"]), ascii_only=st.booleans())
def test_any_json_is_read_as_python_reads_it(data: Any, indent: Any, ascii_only: bool) -> None:
    """However JSON is written, it is read as what it is, with the place of each value."""
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    document = parse(f"\ufeff{text}", "cortex.JSON")
    assert repr(document.data) == repr(json.loads(text))
    assert_found_again(document)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 1.8446744073709552e19),
        ("-0", 0),
        ("-0.0", -0.0),
        ("1E2", 100.0),
        ("true", True),
    ],
)
def test_numbers_are_the_same_in_json_and_yaml(text: str, value: object) -> None:
    """A number has one type and one value, whichever the language."""
    for file in ("cortex.json", "cortex.yaml"):
        assert repr(parse(f"[{text}]", file).data) == repr([value])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0xFF", 255),
        ("0o17", 15),
        ("0b11", 3),
        ("1_000", 1000),
        ("+5", 5),
        ("1_0.5e1_0", 1.05e11),
        ("-9223372036854775808", -(2**63)),
        ("inf", float("inf")),
        ("-inf", float("-inf")),
        ("2001-12-14", "2001-12-14"),
        ("12:30:45", "12:30:45"),
        ("2001-12-14 12:30:45.5-07:00", "2001-12-14 12:30:45.5-07:00"),
        ("2001-12-14T12:30:45Z # a comment", "2001-12-14T12:30:45Z"),
        ("true", True),
        ("''", ""),
        ('""', ""),
        ("'''a'b''c'''", "a'b''c"),
        ("'''''a'''''", "''a''"),
        ('""""a\\"""""', '"a""'),
        ('"""\na \\\n   b"""', "a b"),
        ('"\\u00e9 # \\" ]"', 'é # " ]'),
        ("[ # first\n 1, [2, {a = 3}],\n]", [1, [2, {"a": 3}]]),
        ("{}", {}),
        ("{a.b = 1, a.c = 2, 'd e' = []}", {"a": {"b": 1, "c": 2}, "d e": []}),
    ],
)
def test_values_of_toml(text: str, value: object) -> None:
    """Each form of a value in TOML; dates and times are the text that is written, as in YAML."""
    document = parse(f"k = {text}\nlast = 1\n", "cortex.toml")
    assert repr(document.data) == repr({"k": value, "last": 1})
    assert under(document.locate(["last"])) == "1"


def test_nan_in_toml() -> None:
    """``nan`` is the float."""
    assert repr(parse("k = [nan, +nan]", "cortex.toml").data) == "{'k': [nan, nan]}"


TOML = """\
# a comment
title = "x"  # another
"a.b".c = 1

[[apis]]
name = 'iris'
predictor.type = "python"
predictor . config = { threshold = 0.5, sizes = [1,
  2] }

  [apis.env]
  "KEY" = \"\"\"two
lines\"\"\"

[[apis]]
name = 'other'

[x.y.z]
w = 1
[x]
v = 2
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        ([], "2:1", "t"),
        (["title"], "2:9", '"x"'),
        (["a.b"], "3:1", '"a.b"'),
        (["a.b", "c"], "3:11", "1"),
        (["apis"], "5:3", "apis"),
        (["apis", 0], "5:3", "apis"),
        (["apis", 0, "name"], "6:8", "'iris'"),
        (["apis", 0, "predictor"], "7:1", "predictor"),
        (["apis", 0, "predictor", "config"], "8:22", "{ threshold = 0.5, sizes = [1,"),
        (["apis", 0, "predictor", "config", "sizes", 1], "9:3", "2"),
        (["apis", 0, "env"], "11:9", "env"),
        (["apis", 0, "env", "KEY"], "12:11", '"""two'),
        (["apis", 1], "15:3", "apis"),
        (["x", "y"], "18:4", "y"),
        (["x", "v"], "21:5", "2"),
        (["apis", 1, "kind"], "15:3", "apis"),
        (["x", "y", "u"], "18:4", "y"),
    ],
)
def test_the_place_of_a_value_in_toml(path: list[str | int], place: str, text: str, ends: str) -> None:
    """A value is where it is written, a table where its name is first; what is absent, at its table."""
    location = parse(TOML.replace("\n", ends), "cortex.toml").locate(path)
    assert (f"{location.line}:{location.column}", under(location)) == (place, text)


@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        (["title"], "2:1", "title"),
        (["a.b", "c"], "3:7", "c"),
        (["apis", 1], "15:3", "apis"),
        (["apis", 0, "predictor", "config"], "8:13", "config"),
        (["apis", 0, "predictor", "config", "sizes"], "8:41", "sizes"),
        (["apis", 0, "env", "KEY"], "12:3", '"KEY"'),
    ],
)
def test_the_place_of_a_key_in_toml(path: list[str | int], place: str, text: str) -> None:
    """A key is where it is written."""
    location = parse(TOML, "cortex.toml").locate(path, key=True)
    assert (f"{location.line}:{location.column}", under(location)) == (place, text)


COMMENT = "JSON has no comments: remove it, or write the file in YAML"
DANGLING = "nothing follows this ',': remove it"
KEY = "a key stands in double quotes in JSON"
NO_JSON = "this is no value of JSON{}: text stands in double quotes"
QUOTE = "this quote is never closed"
ESCAPE = "this backslash begins no escape: double it"
CONTROL = "a line end, a tab or the like cannot stand in text: write \\n, \\t or \\u00..."
SURROGATE = "an escape in this text names no character"
RANGE = "this number is out of range: a whole number has 64 bits, any other is a double"
ROUNDED = (
    "this whole number has more than 64 bits: Cortex reads a float, which loses some of its digits;"
    " put it in quotes to have it as text"
)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1, // no\n"b": 2}', "1:10 ^", COMMENT),
        ('{"a": 1 # no\n}', "1:9 ^", COMMENT),
        ('{"a": /* no */ 1}', "1:7 ^", COMMENT),
        ("[1] // no", "1:5 ^", COMMENT),
        ('{"a": 1,}', "1:8 ^", DANGLING),
        ("[1,\n]", "1:3 ^", DANGLING),
        ("[1, 2", "1:1 ^", "this '[' is never closed"),
        ('{"a": {"b": 1}', "1:1 ^", "this '{' is never closed"),
        ('{"a": {', "1:7 ^", "this '{' is never closed"),
        ('{"a"', "1:1 ^", "this '{' is never closed"),
        ('{"a":', "1:1 ^", "this '{' is never closed"),
        ("[1,", "1:1 ^", "this '[' is never closed"),
        ("{a: 1}", "1:2 ^", KEY),
        ("{'a': 1}", "1:2 ^", KEY),
        ('{"a": 1, }', "1:8 ^", DANGLING),
        ('{"a" 1}', "1:6 ^", "':' is missing after the key"),
        ('{"a": 1 "b": 2}', "1:9 ^", "',' or '}' is missing before this (the '{' is on line 1)"),
        ("[1 2]", "1:4 ^", "',' or ']' is missing before this (the '[' is on line 1)"),
        ("[1}", "1:3 ^", "',' or ']' is missing before this (the '[' is on line 1)"),
        ("[,1]", "1:2 ^", "a value is missing before ','"),
        ('{"a": }', "1:7 ^", "a value is missing before '}'"),
        ("]", "1:1 ^", "a value is missing before ']'"),
        ("[1]]", "1:4 ^", "nothing can follow the value before this"),
        ("[True]", "1:2 ^^^^", NO_JSON.format(" (did you mean 'true'?)")),
        ("[None, 1]", "1:2 ^^^^", NO_JSON.format("")),
        ("[NaN]", "1:2 ^^^", NO_JSON.format("")),
        ("[-Infinity]", "1:2 ^^^^^^^^^", NO_JSON.format("")),
        ("[01]", "1:2 ^^", NO_JSON.format("")),
        ("[1.]", "1:2 ^^", NO_JSON.format("")),
        ("[+1]", "1:2 ^^", NO_JSON.format("")),
        ("['a']", "1:2 ^^^", NO_JSON.format("")),
        ("\u00a01", "1:1 ^^", NO_JSON.format("")),
        ("[1e999]", "1:2 ^^^^^", RANGE),
        ("[18446744073709551617]", f"1:2 {'^' * 20}", ROUNDED),
        ('["a]', "1:2 ^", QUOTE),
        ('["a\n"]', "1:4 ^", CONTROL),
        ('["a\tb"]', "1:4 ^", CONTROL),
        ('["C:\\path"]', "1:5 ^", ESCAPE),
        ('["a \\u12"]', "1:5 ^", ESCAPE),
        ('["a \\ud800 b"]', "1:2 ^^^^^^^^^^^^", SURROGATE),
        ('{"a": {"b": 1,\n"b": 2}}', "2:1 ^^^", "key 'b' is given twice, first on line 1"),
        ('{"<<": 1, "<<": 2}', "1:11 ^^^^", "key '<<' is given twice, first on line 1"),
        (
            "[" * 100_000,
            f"1:{MAX_DEPTH + 1} ",
            f"lists and mappings lie in one another more than {MAX_DEPTH} deep",
        ),
    ],
)
def test_a_mistake_in_json(text: str, place: str, message: str) -> None:
    """Each mistake has our own words, the place to mend and a caret under it."""
    assert told(text, "cortex.json") == (place, message)


STATEMENT = "this is neither 'key = value' nor '[table]'"
NO_TOML = "this is no value of TOML: text stands in quotes"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a = text:Tok", "1:5 ^", NO_TOML),
        ("a = ${env:X}", "1:5 ^", NO_TOML),
        ("a =", "1:4 ^", NO_TOML),
        ("a = True", "1:5 ^", NO_TOML),
        ("a = 1\na: 2", "2:2 ^", "'=' is missing after the key"),
        ("- a", "1:3 ^", "'=' is missing after the key"),
        ("$ = 1", "1:1 ^", STATEMENT),
        ("a. = 1", "1:4 ^", "a key is missing here, or quotes around it"),
        ("[]", "1:2 ^", "a key is missing here, or quotes around it"),
        ("[a\nb = 1", "1:3 ^", "a ']' is missing after the name of the table"),
        ("[[a]\nb = 1", "1:4 ^", "a ']' is missing after the name of the table"),
        ("a = 1 2", "1:7 ^", "nothing can follow the value before this: quote the whole text"),
        ("a = 0123", "1:6 ^", "nothing can follow the value before this: quote the whole text"),
        ("a = [1 2]", "1:8 ^", "',' or ']' is missing before this"),
        ("a = [1\n\n", "1:7 ^", "',' or ']' is missing before this"),
        ("a = {b = 1", "1:11 ^", "',' or '}' is missing before this"),
        ('a = "b\nc = 1', "1:7 ^", "the quote on this line is never closed"),
        ('a = "b', "1:7 ^", "a quote is never closed"),
        ("a = 'b", "1:7 ^", "a quote is never closed"),
        ('a = """b', "1:9 ^", "a quote is never closed"),
        (
            'a = "C:\\path"',
            "1:8 ^^",
            "this backslash begins no escape: double it, or put the text in single quotes",
        ),
        (
            '"\\p" = 1',
            "1:2 ^^",
            "this backslash begins no escape: double it, or put the text in single quotes",
        ),
        ('a = "\\ud800"', "1:6 ^^", "this escape names no character"),
        ('a = "\\u12"', "1:6 ^^", "this escape names no character"),
        ("a = 1\nb = 2\na = 3", "3:1 ^", "key 'a' is given twice, first on line 1"),
        ("a = {b = 1, b = 2}", "1:13 ^", "key 'b' is given twice, first on line 1"),
        ("[a]\n[b]\n[a]", "3:2 ^", "key 'a' is given twice, first on line 1"),
        ("[a]\nb.c = 1\n[a.b]", "3:4 ^", "key 'b' is given twice, first on line 2"),
        ("[[a]]\n[a]", "2:2 ^", "key 'a' is given twice, first on line 1"),
        ("[a]\n[[a]]", "2:3 ^", "key 'a' is given twice, first on line 1"),
        ("a = 1\n[a.b]", "2:2 ^", "key 'a' is given twice, first on line 1"),
        ("a = 1e999", "1:5 ^^^^^", RANGE),
        ("a = -9_223_372_036_854_775_809", f"1:5 {'^' * 26}", ROUNDED),
        ("a = -1" + "0" * 309 + "", "1:5 ", RANGE),
        ("a = 1" + "0" * 5000, "1:5 ", RANGE),
        (
            "a = [" + "[" * 100_000,
            f"1:{MAX_DEPTH + 4} ",
            f"lists and mappings lie in one another more than {MAX_DEPTH} deep",
        ),
        (
            "x = 1\n" + "a." * 500_000 + "a = 1",
            "2:101 ",
            f"lists and mappings lie in one another more than {MAX_DEPTH} deep",
        ),
        (
            "a = " + "{a.a.a.a = " * 40 + "1" + "}" * 40,
            "1:138 ",
            f"lists and mappings lie in one another more than {MAX_DEPTH} deep",
        ),
    ],
)
def test_a_mistake_in_toml(text: str, place: str, message: str) -> None:
    """Each mistake has its place; `tomllib`'s own words stand where there are no better ones."""
    assert told(text, "cortex.toml") == (place, message)


def test_all_keys_given_twice_in_toml_are_told() -> None:
    """Reading goes on after a key that is given twice."""
    error = refused("a = 1\na = 2\n[b]\n[c]\nd.e = 1\nd.e = 2\n[b]\n", "cortex.toml")
    assert [str(problem).splitlines()[0] for problem in error.problems] == [
        "cortex.toml:2:1: key 'a' is given twice, first on line 1",
        "cortex.toml:6:3: key 'e' is given twice, first on line 5",
        "cortex.toml:7:2: key 'b' is given twice, first on line 3",
    ]


@pytest.mark.parametrize(
    ("keys", "told"), [("a" * 300, 100), (ascii_lowercase + digits + "a", 1), (ascii_lowercase + "a", 1)]
)
def test_the_keys_given_twice_in_toml_have_an_end(keys: str, told: int) -> None:
    """So many are told at most; where no other name is left to read the rest by, they are told alone."""
    text = "".join(f"{key} = 1\n" for key in keys)
    error = refused(f"{text}last = 1e999", "cortex.toml")
    others = [problem for problem in error.problems if "is given twice" not in problem.message]
    assert len(error.problems) - len(others) == told
    assert len(others) == (keys == ascii_lowercase + "a")


@pytest.mark.parametrize(
    ("text", "file"),
    [("a = 1\n" * 1000, "f.toml"), ("{" + '"a": 1,' * 1000, "f.json"), ("{" + "a: 1," * 1000, "f.yaml")],
)
def test_the_same_problem_many_times_ends_the_reading(text: str, file: str) -> None:
    """A file with no end of problems gets a hundred of them told."""
    assert len(refused(text, file).problems) == 100


@pytest.mark.parametrize(
    ("text", "file", "message"),
    [
        ("", "f.json", "the file is empty"),
        (" \n ", "f.json", "the file is empty"),
        ("", "f.toml", "the file is empty"),
        ("# only\n", "f.toml", "the file holds nothing but comments"),
    ],
)
def test_a_file_without_content(text: str, file: str, message: str) -> None:
    """An empty file says so in each language."""
    assert str(refused(text, file)) == f"{file}: {message}"


@pytest.mark.parametrize(("opening", "file"), [("", "f.json"), ("a = ", "f.toml")])
def test_the_number_of_values_is_bounded(opening: str, file: str) -> None:
    """Each language has at most so many values."""
    room = MAX_VALUES - (1 if not opening else 2)
    assert parse(f"{opening}[{'1,' * (room - 1)}1]", file).data
    (problem,) = refused(f"{opening}[{'1,' * room}1]", file).problems
    assert problem.message.startswith(f"there are more than {MAX_VALUES:,} values here")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_of_any_language_travels(language: str) -> None:
    """A document pickles, with its places."""
    text = {"yaml": "a: {b: [1]}", "json": '{"a": {"b": [1]}}', "toml": "[a]\nb = [1]"}[language]
    document = parse(text, f"f.{language}")
    for other in (pickle.loads(pickle.dumps(document)), copy.deepcopy(document)):
        assert other.data == {"a": {"b": [1]}}
        assert other.locate(["a", "b", 0]) == document.locate(["a", "b", 0])


# Statements that go together, and some that do not.
STATEMENTS = [
    "a = 1",
    "a.b = 'x'",
    "b = [1, {c = 2, d.e = 3}, ]",
    "b = {c = [1], 'd' = 2001-12-14 12:30:45}",
    '"q\\"k" = """x\ny\\""" # "',
    "'a' . b.\"c\" = '''\n''a''''' ",
    "c = 0x_1",
    "d=1e5",
    'e = "\\\\"',
    "[a]",
    "[ a . b ]",
    "[a.b.c]",
    "[[a]]",
    "[[a.b]]",
    "[b.c]",
    "[[c]]",
    "# [a]",
    "",
]
FRAGMENTS = [*" \n\t\r=.,[]{}\"'#\\-+_0a:", '"""', "'''", "\\u00e9", "2001-12-14", "\x00", "inf", "é", "1."]


@st.composite
def toml_texts(draw: st.DrawFn) -> str:
    text = "\n".join(draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=7)))
    for _ in range(draw(st.integers(0, 3))):
        start, length = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
        text = text[:start] + draw(st.sampled_from(["", *FRAGMENTS])) + text[start + length :]
    return text


def as_text(value: Any) -> Any:
    """The data that ``tomllib`` reads, with dates and times left out."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value if isinstance(value, str | int | float) else None


def without_dates(value: Any, like: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_dates(item, like[key]) for key, item in value.items()}
    if isinstance(value, list):
        return [without_dates(item, like[index]) for index, item in enumerate(value)]
    return value if like is not None else None


@given(text=toml_texts() | st.text(st.sampled_from([*"ab=.[]{}\"'#,\n 1\\"])) | st.text())
@example(text='a = """b" = 1\nb = 1')
@example(text="[a.b]\n[a]\nb.c = 1")
@example(text="[[a]]\n[a]\na = 1\n[a.b]")
@example(text="[[a.b]]\n[a]\n[[a.b]]\nc = 1")
def test_toml_is_taken_as_tomllib_takes_it(text: str) -> None:
    """What is TOML is read, each value with its place, and what is none is refused."""
    result = outcome(lambda: parse(text, "f.toml"))
    try:
        expected = as_text(tomllib.loads(text.removeprefix("\ufeff")))
    except tomllib.TOMLDecodeError:
        assert isinstance(result, ProblemsError)
        return
    if isinstance(result, Document):
        assert repr(without_dates(result.data, expected)) == repr(expected)
        assert set(result.position.children) == set(expected)
    else:
        assert [problem.message for problem in result.problems] in (
            [RANGE],
            [ROUNDED],
            ["the file is empty"],
            ["the file holds nothing but comments"],
        )


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def in_range(digits: str) -> int | float:
    return int(digits) if -(2**63) <= int(digits) < 2**64 else float(digits)


def not_strict(word: str) -> None:
    raise ValueError(word)


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    text = json.dumps(draw(trees(SINGLE | st.none())), indent=draw(st.sampled_from([None, 1])))
    for _ in range(draw(st.integers(0, 3))):
        start, length = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
        piece = draw(st.sampled_from(["", *'{}[]:,"\\ \n\t\r1-+.e', "true", "NaN", "\\ud800", '"a":', "//"]))
        text = text[:start] + piece + text[start + length :]
    return text


@given(text=json_texts() | st.text())
@example(text='{"a": 1, "a": 1}')
@example(text="[0e1]")
def test_json_is_taken_as_the_standard_takes_it(text: str) -> None:
    """What is strict JSON is read, keys given twice aside, and what is none is refused."""
    result = outcome(lambda: parse(text, "f.json"))
    try:
        expected = json.loads(
            text.removeprefix("\ufeff"),
            parse_int=in_range,
            parse_constant=not_strict,
            object_pairs_hook=unique,
        )
        json.dumps(expected, ensure_ascii=False).encode()
    except ValueError:
        assert isinstance(result, ProblemsError)
        return
    if isinstance(result, Document):
        assert result.data == expected
    else:
        assert {problem.message for problem in result.problems} <= {RANGE, ROUNDED}


@given(text=TEXTS)
def test_text_is_text_in_all_languages(text: str) -> None:
    """Text in double quotes is itself, whatever it looks like."""
    quoted = json.dumps(text, ensure_ascii=False)
    assert parse(f"k: {quoted}", "f.yaml").data == parse(f'{{"k": {quoted}}}', "f.json").data == {"k": text}
    assert parse(f"k = {quoted}", "f.toml").data == {"k": text}
