"""Settings: a value set from outside the files, its place, and what is said where it cannot be set."""

import json
import math
import pickle
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from predictor_kit.documents import MAX_DEPTH, Document, Setting, merge, parse, setting
from predictor_kit.errors import ProblemsError

from .writing import SINGLE, assert_found_again, document, mappings, outcome, paths, stands_at, trees, under

FILE = """\
- name: iris
  kind: RealtimeAPI
  predictor:
    config: {threshold: 0.5, labels: [a, b]}
    env:
  providers:
    tokenizer: text:Tokenizer
    client:
      class: statsd
      args: {host: localhost, port: 8125}
- name: split
  apis:
  - {name: iris, weight: 60}
  - {name: other, weight: 40}
"""


def changed(*texts: str) -> Document:
    settings = [setting(text, number) for number, text in enumerate(texts, 1)]
    return merge(parse(FILE, "cortex.yaml"), *settings)


def refused(*texts: str) -> str:
    with pytest.raises(ProblemsError) as caught:
        changed(*texts)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("iris.predictor.config.threshold=0.7", ("iris", "predictor", "config", "threshold"), 0.7),
        ("a.b=1e-3", ("a", "b"), 0.001),
        ("a.b=12:30:45", ("a", "b"), "12:30:45"),
        ("a.b=null", ("a", "b"), None),
        ("a.b=''", ("a", "b"), ""),
        ("a.b = on ", ("a", "b"), True),
        ("a.b=x=y", ("a", "b"), "x=y"),
        ("a.b=x # a comment", ("a", "b"), "x"),
        ("a.b={c: [1, 2]}", ("a", "b"), {"c": [1, 2]}),
        ("a.b=c: d", ("a", "b"), {"c": "d"}),
        ("a.b=${env:X}", ("a", "b"), "${env:X}"),
        ("a.b=|\n  one\n  two", ("a", "b"), "one\ntwo"),
        ("[0].apis[12].weight=1", (0, "apis", 12, "weight"), 1),
        ("a-b.c_d.e/f=1", ("a-b", "c_d", "e/f"), 1),
        ('a."b.c=d[0]".\'e "f"\'[3]=1', ("a", "b.c=d[0]", 'e "f"', 3), 1),
        ('a.""=1', ("a", ""), 1),
    ],
)
def test_a_setting(text: str, path: tuple[str | int, ...], value: object) -> None:
    """Keys are divided by dots, indices stand in brackets, and the value is YAML."""
    read = setting(text, 1)
    assert (read.path, repr(read.data)) == (path, repr(value))


def test_the_place_of_a_setting() -> None:
    """A value that was set has a place that draws the setting itself."""
    whole = changed("iris.kind=TaskAPI", "iris.predictor.config.threshold={low: 0.7}")
    place = whole.locate([0, "predictor", "config", "threshold", "low"])
    assert (str(place), place.drawing()) == (
        "--set #2:1:39",
        [
            "  1 | iris.predictor.config.threshold={low: 0.7}",
            "    |                                       ^^^",
        ],
    )
    assert under(whole.locate([0, "kind"], key=True)) == "kind"
    assert str(whole.locate([0, "kind"])) == "--set #1:1:11"
    assert str(whole.locate([0, "predictor", "config", "labels"])) == "cortex.yaml:4:38"


@pytest.mark.parametrize(
    ("texts", "path", "value"),
    [
        (["iris.predictor.config.labels[1]=c"], [0, "predictor", "config", "labels"], ["a", "c"]),
        (["split.apis[0].weight=70", "[1].apis[1].weight=30"], [1, "apis", 1, "weight"], 30),
        (["iris.predictor.config={a: 1}"], [0, "predictor", "config"], {"a": 1}),
        (["iris.predictor.env.KEY=x"], [0, "predictor", "env"], {"KEY": "x"}),
        (["split.predictor.config.a.b=1"], [1, "predictor"], {"config": {"a": {"b": 1}}}),
        (["iris.name=new", "new.kind=x"], [0, "kind"], "x"),
        (["iris.a={b: 1}", "iris.a.b=2", "iris.a.c=3"], [0, "a"], {"b": 2, "c": 3}),
        (["iris.providers.tokenizer=x:Y"], [0, "providers", "tokenizer"], "x:Y"),
        (
            ["iris.providers.tokenizer.args.max_len=3"],
            [0, "providers", "tokenizer"],
            {"class": "text:Tokenizer", "args": {"max_len": 3}},
        ),
        (
            ["iris.providers.client.class=logging"],
            [0, "providers", "client"],
            {"class": "logging"},
        ),
        (
            ["iris.providers.client.class=statsd", "iris.providers.client.args.port=1"],
            [0, "providers", "client"],
            {"class": "statsd", "args": {"host": "localhost", "port": 1}},
        ),
        (["iris.providers.tokenizer.class=x:Y"], [0, "providers", "tokenizer"], {"class": "x:Y"}),
        (
            ["iris.providers.new.class=x:Y", "iris.providers.new.args.a=1"],
            [0, "providers", "new"],
            {"class": "x:Y", "args": {"a": 1}},
        ),
        (["[0].providers.client.class=logging"], [0, "providers", "client"], {"class": "logging"}),
    ],
)
def test_what_a_setting_changes(texts: list[str], path: list[str | int], value: object) -> None:
    """A setting replaces the value that it names; mappings on the way to it are made."""
    data: Any = changed(*texts).data
    for step in path:
        data = data[step]
    assert data == value


def test_a_mapping_that_a_setting_makes_is_in_the_setting() -> None:
    """What is missing in a mapping that was made on the way is told at the key that made it."""
    place = changed("split.providers.tokenizer.args.a=1").locate([1, "providers", "tokenizer", "class"])
    assert (str(place), under(place)) == ("--set #1:1:17", "tokenizer")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "irs.kind=x",
            """\
--set #1:1:1: no api is named 'irs' in cortex.yaml (did you mean 'iris'?)
  1 | irs.kind=x
    | ^^^
  apis there: iris, split""",
        ),
        (
            "iris.kind.x=1",
            """\
--set #1:1:11: 'iris.kind' is text (cortex.yaml:2:9): nothing can be set in it
  1 | iris.kind.x=1
    |           ^""",
        ),
        (
            "iris.predictor.config.threshold.high.er=1",
            """\
--set #1:1:33: 'iris.predictor.config.threshold' is a number (cortex.yaml:4:25): nothing can be set in it
  1 | iris.predictor.config.threshold.high.er=1
    |                                 ^^^^""",
        ),
        (
            "iris.predictor[0].x=1",
            """\
--set #1:1:15: 'iris.predictor' is a mapping (cortex.yaml:4:5): it has keys, no items
  1 | iris.predictor[0].x=1
    |               ^^^""",
        ),
        (
            "split.apis.weight=1",
            """\
--set #1:1:12: 'split.apis' is a list (cortex.yaml:13:3): say which item, as in [0]
  1 | split.apis.weight=1
    |            ^^^^^^""",
        ),
        (
            "split.apis[2].weight=1",
            """\
--set #1:1:11: there is no item [2]: 'split.apis' has 2 (cortex.yaml:13:3)
  1 | split.apis[2].weight=1
    |           ^^^""",
        ),
        (
            "[2].kind=x",
            """\
--set #1:1:1: there is no item [2]: the list of APIs has 2 (cortex.yaml:1:1)
  1 | [2].kind=x
    | ^^^""",
        ),
    ],
)
def test_a_setting_that_cannot_be_made(text: str, message: str) -> None:
    """What is in the way is told, with its own place."""
    assert refused(text) == message


def test_all_settings_that_cannot_be_made_are_told() -> None:
    """A setting that fails does not hide the others, and changes nothing for them."""
    texts = ["iris.kind.x=1", "iris.a.b=1", "irs.a=1", "iris.a.b.c=1"]
    assert [line for line in refused(*texts).splitlines() if line.startswith("--set")] == [
        "--set #1:1:11: 'iris.kind' is text (cortex.yaml:2:9): nothing can be set in it",
        "--set #3:1:1: no api is named 'irs' in cortex.yaml (did you mean 'iris'?)",
        "--set #4:1:10: 'iris.a.b' is a number (--set #2:1:10): nothing can be set in it",
    ]


NO_EQUALS = "'=' is missing: write api.key=value"
NO_VALUE = "a value is missing after '=': write '' for empty text, null for null"
NO_KEY = "a key is missing beside this '.'"
OPEN_QUOTE = "this quote is never closed, or a '.' is missing before it"
TO_QUOTE = "this cannot stand in a key: put the key in quotes"
NO_NAME = "the name of an API is missing before '=': write api.key=value"
WHOLE = "an API is not set as a whole: write api.key=value"
INDEX = "an index is a number in brackets: [0]"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, NO_EQUALS),
        ("iris", 5, NO_EQUALS),
        ("iris.a", 7, NO_EQUALS),
        ("=1", 1, NO_NAME),
        (" =1", 1, TO_QUOTE),
        ("iris=1", 1, WHOLE),
        ("[0]=1", 1, WHOLE),
        (".a=1", 1, NO_KEY),
        ("a..b=1", 2, NO_KEY),
        ("a.=1", 2, NO_KEY),
        ("a.[0]=1", 2, NO_KEY),
        ('a."b=1', 3, OPEN_QUOTE),
        ("a.'b\n'=1", 3, OPEN_QUOTE),
        ('a"b"=1', 2, OPEN_QUOTE),
        ('."a"=1', 2, OPEN_QUOTE),
        ("a.b[x]=1", 4, INDEX),
        ("a.b[-1]=1", 4, INDEX),
        ("a.b[1234567]=1", 4, INDEX),
        ("a.b c=1", 4, TO_QUOTE),
        ("a.b]=1", 4, TO_QUOTE),
        ("a[0]b=1", 5, TO_QUOTE),
        ("a.b=", 4, NO_VALUE),
        ("a.b= # x", 4, NO_VALUE),
        ("a.b=\n", 4, NO_VALUE),
        ("a.b={x: ${env:X}}", 9, 'inside {} and [] a reference must be quoted: "${env:X}"'),
        ("a.b=[1", 5, "this '[' is never closed"),
        ("a.b=[1,", 8, "the text ends inside '{' or '['"),
        ("a.b=!!int 1", 5, "tags are not read here: remove !!int (quote what is meant as text)"),
        ("a.b={c: 1, c: 2}", 12, "key 'c' is given twice, first on line 1"),
        ("a.b=@x", 5, "a value cannot begin with '@': quote it"),
        ("a.b=\x07", 5, "the character U+0007 cannot be in YAML"),
    ],
)
def test_a_malformed_setting(text: str, column: int, message: str) -> None:
    """What is no setting is told with the place to mend."""
    with pytest.raises(ProblemsError) as caught:
        setting(text, 7)
    (problem,) = caught.value.problems
    assert (str(problem.location), problem.message) == (f"--set #7:1:{column}", message)


def test_the_depth_of_a_setting_is_bounded() -> None:
    """A path is as long as a file may be deep."""
    assert setting("a" + ".a" * (MAX_DEPTH - 1) + "=1", 1).data == 1
    with pytest.raises(ProblemsError, match="in one another more than"):
        setting("a" + ".a" * MAX_DEPTH + "=1", 1)


def test_a_setting_travels() -> None:
    """A setting pickles."""
    read = setting("iris.a={b: [1]}", 1)
    other = pickle.loads(pickle.dumps(read))
    assert (other.path, other.data) == (read.path, read.data)
    assert other.position.location == read.position.location


def quoted(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".'{step}'" if '"' in step else f'."{step}"'


def as_setting(path: tuple[str | int, ...], value: Any) -> str:
    return f"{''.join(map(quoted, path)).removeprefix('.')}={json.dumps(value, ensure_ascii=False)}"


STEPS = st.integers(0, 999_999) | st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters="'")
)


@given(first=STEPS, more=st.lists(STEPS, min_size=1, max_size=5), value=trees(SINGLE | st.none()))
@example(first="iris", more=['"', " "], value={"": [None, "#", "'"]})
def test_any_setting_can_be_written(first: str | int, more: list[str | int], value: Any) -> None:
    """Any path and any value, written as a setting, is read as what it is, each with its place."""
    path = (first, *more)
    read = setting(as_setting(path, value), 3)
    assert (read.path, repr(read.data)) == (path, repr(value))
    assert [stands_at(step) for step in read.steps] == [quoted(step).lstrip(".") for step in path]
    assert_found_again(Document("--set #3", read.data, unkeyed(read)))


def unkeyed(read: Setting) -> Any:
    """The position of the value, as that of a document."""
    return read.position.holding(read.position.children)


def put(data: Any, path: tuple[str | int, ...], value: Any) -> None:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


@given(data=mappings(trees(SINGLE)), value=trees(SINGLE), draw=st.data())
def test_a_setting_changes_one_value_only(data: dict[str, Any], value: Any, draw: st.DataObject) -> None:
    """A setting of any value there is, or of a new key, changes this value and nothing else."""
    item = {"name": "iris", "data": data}
    base = document({"apis": [item]}, draw.draw(st.sampled_from(["yaml", "json", "toml"])))
    known = [path for path, _ in paths(data) if path]
    new = [(*path, "new") for path, inner in paths(data) if isinstance(inner, dict)]
    path = ("data", *draw.draw(st.sampled_from([*known, *new])))
    whole = merge(base, setting(as_setting(("iris", *path), value), 1))
    assert_found_again(whole)
    # The text of a TOML file has its tables last, so its keys are in another order.
    put(item, path, value)
    assert json.dumps(whole.data[0], sort_keys=True) == json.dumps(item, sort_keys=True)
    places = {path: str(whole.locate((0, *path))) for path, _ in paths(item)}
    assert {at[: len(path)] for at, place in places.items() if place.startswith("--set")} == {path}


@given(text=st.text(st.sampled_from("ab.=[]0'\"{}: #\n\t-&*!|$")) | st.text())
def test_any_text_is_a_setting_or_problems(text: str) -> None:
    """Whatever is written as a setting, it is read or refused, made or refused, with a place."""
    read = outcome(lambda: setting(f"iris{text}", 1))
    if isinstance(read, ProblemsError):
        return
    base = parse("- name: iris\n  a: {b: [1, c]}\n  '': x\n", "f")
    whole = outcome(lambda: merge(base, read))
    if isinstance(whole, Document):
        assert all(whole.locate(path).line for path, _ in paths(whole.data))


def test_not_a_number_can_be_set() -> None:
    """A class that is nothing like one is no reason to fail."""
    whole = changed("iris.providers.client.class=.nan")
    assert math.isnan(whole.data[0]["providers"]["client"]["class"])
