"""Overlays: what they change, what is said where they cannot, and the place that each value keeps."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from predictor_kit.documents import Document, assemble, merge, normalised, overlay_path, parse, read
from predictor_kit.errors import ProblemsError

from .writing import KEYS, SINGLE, assert_found_again, document, mappings, outcome, paths, trees

BASE = """\
- name: iris
  kind: RealtimeAPI
  predictor:
    type: python
    config: {threshold: 0.5, labels: [a, b]}
  providers:
    tokenizer: text:Tokenizer
    client:
      class: statsd
      args: {host: localhost, port: 8125}
- name: other
  kind: RealtimeAPI
"""


def base(text: str = BASE) -> Document:
    return parse(text, "cortex.yaml")


def overlaid(text: str, language: str = "yaml") -> Document:
    return merge(base(), parse(text, f"cortex.prod.{language}"))


def refused(text: str, whole: str = BASE) -> str:
    with pytest.raises(ProblemsError) as caught:
        merge(base(whole), parse(text, "cortex.prod.yaml"))
    return str(caught.value)


def places(whole: Document) -> dict[str, str]:
    """The place of each single value in the first API."""
    return {
        ".".join(map(str, path[1:])): str(whole.locate(path))
        for path, value in paths(whole.data)
        if path[:1] == (0,) and not isinstance(value, dict | list)
    }


def test_mappings_merge_and_the_rest_replaces() -> None:
    """An overlay says only what differs; lists are replaced whole, and what it does not name stays."""
    whole = overlaid("- name: iris\n  predictor: {config: {threshold: 0.9, labels: [c], more: 1}}\n")
    assert whole.data[0]["predictor"] == {
        "type": "python",
        "config": {"threshold": 0.9, "labels": ["c"], "more": 1},
    }
    assert whole.data[0]["kind"] == "RealtimeAPI"
    assert whole.data[1:] == base().data[1:]


def test_each_value_keeps_its_own_place() -> None:
    """A value is where it was written last, a merged mapping and the API where they were first."""
    whole = overlaid("- name: iris\n  predictor:\n    config: {labels: [c], more: 1}\n")
    assert whole.file == "cortex.yaml"
    assert {key: place for key, place in places(whole).items() if "client" not in key} == {
        "name": "cortex.yaml:1:9",
        "kind": "cortex.yaml:2:9",
        "predictor.type": "cortex.yaml:4:11",
        "predictor.config.threshold": "cortex.yaml:5:25",
        "predictor.config.labels.0": "cortex.prod.yaml:3:23",
        "predictor.config.more": "cortex.prod.yaml:3:33",
        "providers.tokenizer": "cortex.yaml:7:16",
    }
    assert str(whole.locate([0, "predictor", "config"])) == "cortex.yaml:5:13"
    assert str(whole.locate([0, "predictor", "config", "absent"])) == "cortex.yaml:5:5"
    assert str(whole.locate([0, "predictor", "config", "labels"], key=True)) == "cortex.prod.yaml:3:14"


def test_null_replaces() -> None:
    """Null is a value like any other, and a mapping comes in its place."""
    whole = overlaid("- name: iris\n  predictor: {config: null}\n")
    assert whole.data[0]["predictor"]["config"] is None
    again = merge(whole, parse("- name: iris\n  predictor: {config: {a: 1}}\n", "last.yaml"))
    assert again.data[0]["predictor"]["config"] == {"a": 1}


def test_providers_are_added_to_an_untouched_file() -> None:
    """A Cortex file gets its providers by an overlay."""
    whole = overlaid('[{"name": "other", "providers": {"metrics_client": "in-memory"}}]', "json")
    assert whole.data[1] == {
        "name": "other",
        "kind": "RealtimeAPI",
        "providers": {"metrics_client": "in-memory"},
    }
    assert str(whole.locate([1, "providers", "metrics_client"])) == "cortex.prod.json:1:52"


@pytest.mark.parametrize(
    ("provider", "change", "result"),
    [
        ("text:Tok", "text:Other", "text:Other"),
        ("text:Tok", "text:Tok", "text:Tok"),
        ("text:Tok", {"args": {"a": 1}}, {"class": "text:Tok", "args": {"a": 1}}),
        (
            "text:Tok",
            {"class": "text:Tok", "scope": "factory"},
            {"class": "text:Tok", "scope": "factory"},
        ),
        ("text:Tok", {"class": "text:Other"}, {"class": "text:Other"}),
        ({"class": "a:A", "args": {"a": 1, "b": 2}}, "b:B", "b:B"),
        (
            {"class": "a:A", "args": {"a": 1, "b": 2}},
            "a:A",
            {"class": "a:A", "args": {"a": 1, "b": 2}},
        ),
        (
            {"class": "a:A", "args": {"a": 1, "b": 2}},
            {"args": {"b": 3}},
            {"class": "a:A", "args": {"a": 1, "b": 3}},
        ),
        (
            {"class": "a:A", "args": {"a": 1, "b": 2}},
            {"class": "b:B", "args": {"c": 3}},
            {"class": "b:B", "args": {"c": 3}},
        ),
        ({"args": {"a": 1}}, {"class": "a:A"}, {"class": "a:A", "args": {"a": 1}}),
        ({"class": "a:A"}, None, None),
        ({"class": "a:A"}, [1], [1]),
        (None, {"class": "a:A"}, {"class": "a:A"}),
        (3, "a:A", "a:A"),
    ],
)
def test_a_provider_of_another_class_is_replaced_whole(provider: Any, change: Any, result: Any) -> None:
    """Arguments stay while the class stays, however either is written; another class starts anew."""
    data = {"name": "iris", "providers": {"p": provider, "class": {"class": "x", "args": {"y": 1}}}}
    before = document({"apis": [data]}, "yaml", "cortex")
    after = document({"apis": [{"name": "iris", "providers": {"p": change}}]}, "yaml", "prod")
    whole = merge(before, after)
    assert whole.data[0]["providers"]["p"] == result
    assert_found_again(whole)


def test_only_providers_merge_by_their_class() -> None:
    """A key ``class`` elsewhere is a key like others."""
    text = "- name: a\n  predictor: {config: {providers: {p: {class: k, a: 1}}}}\n"
    whole = merge(base(text), base(text.replace("k", "l").replace("a: 1", "b: 2")))
    assert whole.data[0]["predictor"]["config"]["providers"]["p"] == {"class": "l", "a": 1, "b": 2}


def test_the_class_of_a_short_provider_is_where_it_is_written() -> None:
    """Where an overlay adds arguments to a provider written as its class alone, each has its place."""
    whole = overlaid("- name: iris\n  providers:\n    tokenizer:\n      args: {a: 1}\n")
    at: list[str | int] = [0, "providers", "tokenizer"]
    assert str(whole.locate([*at, "class"])) == "cortex.yaml:7:16"
    assert str(whole.locate([*at, "class"], key=True)) == "cortex.yaml:7:5"
    assert str(whole.locate([*at, "args", "a"])) == "cortex.prod.yaml:4:17"


def test_overlays_are_applied_in_their_order() -> None:
    """The later one has the last word."""
    texts = ["- name: iris\n  kind: A\n  a: 1\n", "- name: iris\n  kind: B\n"]
    whole = merge(base(), *(parse(text, f"{number}.yaml") for number, text in enumerate(texts)))
    assert (whole.data[0]["kind"], whole.data[0]["a"]) == ("B", 1)
    assert places(whole)["kind"] == "1.yaml:2:9"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- name: irs\n",
            """\
cortex.prod.yaml:1:9: no api is named 'irs' in cortex.yaml (did you mean 'iris'?)
  1 | - name: irs
    |         ^^^
  apis there: iris, other""",
        ),
        (
            "- kind: TaskAPI\n",
            """\
cortex.prod.yaml:1:3: the key 'name' is missing: it says which API is changed here
  1 | - kind: TaskAPI
    |   ^^^^""",
        ),
        (
            "- name: 1\n",
            """\
cortex.prod.yaml:1:9: name: must be text, is a number
  1 | - name: 1
    |         ^""",
        ),
        (
            "- iris\n",
            """\
cortex.prod.yaml:1:3: must be a mapping with the name of an API and what changes in it, is text
  1 | - iris
    |   ^^^^""",
        ),
        (
            "- name: iris\n- name: iris\n",
            """\
cortex.prod.yaml:2:9: name: is the name of another API here too (cortex.prod.yaml:1:9)
  2 | - name: iris
    |         ^^^^""",
        ),
        (
            "iris\n",
            """\
cortex.prod.yaml:1:1: an overlay is a list of APIs or a single one, is text
  1 | iris
    | ^^^^""",
        ),
        (
            "apis: {a: 1}\n",
            """\
cortex.prod.yaml:1:7: an overlay is a list of APIs or a single one, is a mapping
  1 | apis: {a: 1}
    |       ^^^^^^""",
        ),
        (
            "apis: []\nversion: 2\n",
            """\
cortex.prod.yaml:2:1: unknown key 'version': nothing stands beside 'apis', the list of APIs
  2 | version: 2
    | ^^^^^^^""",
        ),
    ],
)
def test_an_overlay_that_cannot_be_applied(text: str, message: str) -> None:
    """What is wrong with an overlay is told at its place in it."""
    assert refused(text) == message


def test_the_problems_of_all_overlays_are_told_at_once() -> None:
    """Each overlay is looked at, and each API in it."""
    overlays = [parse(f"- name: x{number}\n- name: iris\n- 1\n", f"{number}.yaml") for number in range(2)]
    with pytest.raises(ProblemsError) as caught:
        merge(base(), *overlays)
    assert [str(problem.location) for problem in caught.value.problems] == [
        "0.yaml:1:9",
        "0.yaml:3:3",
        "1.yaml:1:9",
        "1.yaml:3:3",
    ]


def test_of_many_apis_some_are_told() -> None:
    """A file of many APIs does not fill the screen, one of none has nothing to tell."""
    many = "".join(f"- name: api{number}\n" for number in range(24))
    expected = ", ".join(f"api{number}" for number in range(20))
    assert refused("- name: x\n", many).splitlines()[-1] == f"  apis there: {expected} and 4 more"
    assert refused("- name: x\n", "[]").splitlines()[-1] == "    |         ^"


@pytest.mark.parametrize("text", ["3", "text", "null", "apis: 3", "apis: {}"])
def test_a_base_that_is_no_list_is_left_to_its_reader(text: str) -> None:
    """Nothing is said of overlays where the file itself is none."""
    whole = merge(base(text), parse("- name: irs\n", "cortex.prod.yaml"))
    assert not isinstance(whole.data, list)


def test_what_is_wrong_in_the_base_is_left_to_its_reader() -> None:
    """APIs that cannot be named stay as they are; of two with a name the first is changed."""
    text = "- 3\n- name: [a]\n- kind: x\n- name: a\n- name: a\n"
    whole = merge(base(text), base("- name: a\n  kind: z\n"))
    assert whole.data == [3, {"name": ["a"]}, {"kind": "x"}, {"name": "a", "kind": "z"}, {"name": "a"}]


def test_an_api_that_is_a_scalar_under_a_key_is_replaced() -> None:
    """Where an overlay has a mapping for what is none, the mapping stands, with its place."""
    whole = overlaid("- name: iris\n  kind: {a: 1}\n")
    assert whole.data[0]["kind"] == {"a": 1}
    assert places(whole)["kind.a"] == "cortex.prod.yaml:2:13"


SINGLE_API = "name: iris\nkind: TrafficSplitter\napis:\n- name: a\n"


@pytest.mark.parametrize(
    ("text", "data", "path", "place"),
    [
        ("- name: a\n", [{"name": "a"}], [0, "name"], "f:1:9"),
        ("apis:\n- name: a\n", [{"name": "a"}], [0, "name"], "f:2:9"),
        ("apis:\n- name: a\n", [{"name": "a"}], [], "f:2:1"),
        ("$schema: x\napis: []\n", [], [], "f:2:7"),
        (
            SINGLE_API,
            [{"name": "iris", "kind": "TrafficSplitter", "apis": [{"name": "a"}]}],
            [0, "apis", 0, "name"],
            "f:4:9",
        ),
        ("kind: x\napis: 1\n", [{"kind": "x", "apis": 1}], [0], "f:1:1"),
        ("$schema: x\nname: a\n", [{"name": "a"}], [0, "$schema"], "f:1:1"),
        ("{}", [{}], [0], "f:1:1"),
        ("text", "text", [], "f:1:1"),
    ],
)
def test_three_ways_to_write_the_apis(text: str, data: Any, path: list[str | int], place: str) -> None:
    """A list, ``apis:`` above a list, or a single API become a list, with the places they have."""
    whole = normalised(parse(text, "f"))
    assert whole.data == data
    assert str(whole.locate(path)) == place
    assert normalised(whole).data == data


@pytest.mark.parametrize("language", ["yaml", "json", "toml"])
@pytest.mark.parametrize("single", [False, True])
def test_all_languages_have_all_forms(language: str, single: bool) -> None:
    """A base in one language is changed by an overlay in another, in whichever form each is."""
    change = {"name": "iris", "predictor": {"config": {"threshold": 0.9}}}
    whole = merge(base(), document(change if single else {"apis": [change]}, language))
    assert whole.data[0]["predictor"]["config"] == {"threshold": 0.9, "labels": ["a", "b"]}
    assert whole.locate([0, "predictor", "config", "threshold"]).file == f"file.{language}"


NAMES = ["iris", "other", "third"]
PROVIDERS = st.dictionaries(
    st.sampled_from("pq"),
    st.sampled_from(["a:A", "b:B"])
    | st.fixed_dictionaries(
        {}, optional={"class": st.sampled_from(["a:A", "b:B"]), "args": mappings(trees(SINGLE))}
    )
    | SINGLE,
    max_size=2,
)
BODIES = st.dictionaries(
    KEYS.filter(lambda key: key not in ("name", "kind")) | st.sampled_from("xyz"), trees(SINGLE), max_size=4
)


@st.composite
def apis(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """A file's APIs, of these names."""
    items = []
    for name in names:
        providers = draw(st.just({}) | st.fixed_dictionaries({"providers": PROVIDERS}))
        items.append({"name": name, **draw(BODIES), **providers})
    return {"apis": items}


@st.composite
def files(draw: st.DrawFn) -> list[Document]:
    """A base and some overlays of it, each in a language of its own."""
    whole = [draw(apis(NAMES[: draw(st.integers(1, 3))]))]
    known = [item["name"] for item in whole[0]["apis"]]
    whole += [
        draw(apis(draw(st.lists(st.sampled_from(known), unique=True, min_size=1))))
        for _ in range(draw(st.integers(1, 2)))
    ]
    languages = st.sampled_from(["yaml", "json", "toml"])
    return [document(data, draw(languages), str(number)) for number, data in enumerate(whole)]


class Leaf:
    """A single value and the file that it is from."""

    def __init__(self, value: Any, file: str) -> None:
        self.value = value
        self.file = file


def leaves(data: Any, file: str) -> Any:
    if isinstance(data, dict):
        return {key: leaves(value, file) for key, value in data.items()}
    return [leaves(item, file) for item in data] if isinstance(data, list) else Leaf(data, file)


def class_of(provider: Any) -> Any:
    """The class that a provider has, as text; None if it has none."""
    written = provider.get("class") if isinstance(provider, dict) else provider
    return written.value if isinstance(written, Leaf) and isinstance(written.value, str) else None


def expected(one: Any, other: Any, path: tuple[str, ...] = ()) -> Any:
    """The merge rules, on data whose leaves know their files."""
    if len(path) == 2 and path[0] == "providers":
        pair = [class_of(one), class_of(other)]
        written = isinstance(other, dict) or pair[1] is not None
        if not written or (None not in pair and pair[0] != pair[1]):
            return other
        if isinstance(other, Leaf):
            other = {"class": other} if isinstance(one, dict) else other
        elif pair[0] is not None and isinstance(one, Leaf):
            one = {"class": one}
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    merged = {
        key: expected(one[key], value, (*path, key)) if key in one else value for key, value in other.items()
    }
    return one | merged


def model(documents: list[Document]) -> Any:
    first, *rest = (leaves(whole.data["apis"], whole.file) for whole in documents)
    for items in rest:
        for item in items:
            at = next(index for index, api in enumerate(first) if api["name"].value == item["name"].value)
            first[at] = expected(first[at], item | {"name": first[at]["name"]})
    return first


def flat(data: Any) -> dict[tuple[str | int, ...], tuple[str, str]]:
    return {path: (repr(v.value), v.file) for path, v in paths(data) if isinstance(v, Leaf)}


@given(documents=files())
def test_merging_keeps_each_value_with_its_place(documents: list[Document]) -> None:
    """By whatever files in whatever languages: the merged data is right, and so is each place."""
    whole = merge(*documents)
    assert_found_again(whole)
    found = {
        path: (repr(value), whole.locate(path).file)
        for path, value in paths(whole.data)
        if not isinstance(value, dict | list)
    }
    assert found == flat(model(documents))


def outline(whole: Document) -> Any:
    """All of a document that must not change."""

    def tree(position: Any) -> Any:
        children = {step: tree(child) for step, child in position.children.items()}
        return position.start, position.width, position.key and position.key.start, children

    return repr(whole.data), tree(whole.position)


def emptied(data: Any) -> None:
    """Take everything out of every list and mapping."""
    for _, value in list(paths(data)):
        if isinstance(value, dict | list):
            value.clear()


@given(documents=files())
def test_merging_changes_nothing_that_it_is_given(documents: list[Document]) -> None:
    """What is merged stays as it was, whatever becomes of the result."""
    before = [outline(whole) for whole in documents]
    emptied(merge(*documents).data)
    assert [outline(whole) for whole in documents] == before


@given(documents=files())
def test_overlays_can_be_merged_one_by_one(documents: list[Document]) -> None:
    """Merging all at once is merging one after the other; merging a file with itself changes nothing."""
    first, *rest = documents
    step = merge(first)
    for overlay in rest:
        step = merge(step, overlay)
    assert outline(step) == outline(merge(*documents))
    assert repr(merge(first, first).data) == repr(merge(first).data)


@st.composite
def alike(draw: st.DrawFn) -> list[Document]:
    """Three files in which a key has the same kind of value, wherever it is, and no provider."""
    bodies = st.recursive(
        st.dictionaries(st.sampled_from("abc"), SINGLE | st.lists(SINGLE, max_size=2), max_size=3),
        lambda inner: st.builds(
            lambda one, two: one | two,
            st.dictionaries(st.sampled_from("abc"), SINGLE, max_size=3),
            st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
        ),
        max_leaves=6,
    )
    items = [{"name": "iris", **draw(bodies)} for _ in range(3)]
    return [document({"apis": [item]}, "json", str(number)) for number, item in enumerate(items)]


@given(documents=alike())
def test_overlays_can_be_merged_beforehand(documents: list[Document]) -> None:
    """Merging is associative where no mapping meets another kind of value and no class changes."""
    one, two, three = documents
    before, after = merge(merge(one, two), three), merge(one, merge(two, three))
    assert repr(sorted(flat(leaves(before.data, "")).items())) == repr(
        sorted(flat(leaves(after.data, "")).items())
    )
    for path, value in paths(before.data):
        if not isinstance(value, dict | list):
            assert before.locate(path) == after.locate(path)


ANY = trees(SINGLE | st.none(), st.sampled_from(["name", "apis", "providers", "class", "$schema", "a"]))


@given(datas=st.lists(ANY, min_size=1, max_size=3))
@example(datas=[[{"name": "a"}], [{"name": "a", "providers": {"p": {"class": {}}}}]])
@example(datas=[[{"name": "a", "providers": 1}], [{"name": "a", "providers": {"p": 1}}]])
def test_whatever_is_merged_is_a_document_or_problems(datas: list[Any]) -> None:
    """Files of any shape are merged, or refused with places; nothing else is raised."""
    documents = [parse(json.dumps(data), f"{number}.json") for number, data in enumerate(datas)]
    whole = outcome(lambda: merge(*documents))
    if isinstance(whole, Document):
        assert_found_again(whole)


def test_a_copy_of_a_merged_document() -> None:
    """A merged document is copied as any other is."""
    whole = overlaid("- name: iris\n  kind: x\n")
    assert outline(copy.deepcopy(whole)) == outline(whole)


def write(folder: Path, *names: str) -> Path:
    """The file ``cortex.yaml`` in ``folder``, with others beside it."""
    for name in ("cortex.yaml", *names):
        (folder / name).write_text("- name: iris\n")
    return folder / "cortex.yaml"


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["cortex.prod.yaml"], "cortex.prod.yaml"),
        (["cortex.prod.json"], "cortex.prod.json"),
        (["cortex.prod.toml", "cortex.dev.yaml", "other.prod.yml"], "cortex.prod.toml"),
        (["cortex.prod.yaml", "cortex.prod.json"], "cortex.prod.yaml"),
    ],
)
def test_the_overlay_of_an_environment(tmp_path: Path, names: list[str], found: str) -> None:
    """``cortex.prod.yaml`` beside ``cortex.yaml``, or the same in another language."""
    file = write(tmp_path, *names)
    assert overlay_path(file, "prod") == str(tmp_path / found)
    assert overlay_path(str(file), "prod") == str(tmp_path / found)


def test_the_overlay_of_a_file_without_suffix(tmp_path: Path) -> None:
    """A file may have any name."""
    write(tmp_path, "apis", "apis.prod.yaml")
    assert overlay_path(tmp_path / "apis", "prod") == str(tmp_path / "apis.prod.yaml")


def unfound(path: Path, env: str) -> str:
    with pytest.raises(ProblemsError) as caught:
        overlay_path(path, env)
    return str(caught.value)


def test_an_environment_without_overlay(tmp_path: Path) -> None:
    """A misspelled environment is told with the near one and with all there are."""
    file = write(tmp_path, "cortex.prod.yaml", "cortex.staging.toml", "other.prd.yaml", "cortex.prod.txt")
    assert unfound(file, "prd") == (
        f"{tmp_path / 'cortex.prd.yaml'}: there is no such file, the overlay for the environment 'prd' "
        "(did you mean 'prod'?)\n  overlays of cortex.yaml are there for: prod, staging"
    )


def test_a_schema_is_no_overlay(tmp_path: Path) -> None:
    """What `predictor-kit schema` writes is neither taken nor offered; a file in another language is."""
    file = write(tmp_path, "cortex.dev.yaml", "cortex.schema.json")
    assert unfound(file, "schema") == (
        f"{tmp_path / 'cortex.schema.json'}: this is a JSON Schema, for editors, and no overlay"
    )
    assert unfound(file, "prod").endswith("  overlays of cortex.yaml are there for: dev")
    write(tmp_path, "cortex.schema.yaml")
    assert overlay_path(file, "schema") == str(tmp_path / "cortex.schema.yaml")


def test_no_environment_has_an_overlay(tmp_path: Path) -> None:
    """Where there is no overlay at all, the files that there are are told."""
    assert unfound(write(tmp_path), "prod") == (
        f"{tmp_path / 'cortex.prod.yaml'}: there is no such file, the overlay for the environment 'prod'\n"
        f"  in '{tmp_path}' there are: cortex.yaml"
    )


def test_an_environment_with_several_overlays(tmp_path: Path) -> None:
    """Which one is meant is not guessed."""
    file = write(tmp_path, "cortex.prod.json", "cortex.prod.toml")
    assert unfound(file, "prod") == (
        f"{tmp_path / 'cortex.prod.json'}: the environment 'prod' has more overlays than one: "
        "cortex.prod.json, cortex.prod.toml"
    )


@pytest.mark.parametrize("env", ["", ".", "../prod", "a/b", "prod\0", "-prod", " prod"])
def test_an_environment_has_a_name(tmp_path: Path, env: str) -> None:
    """What is no name leads to no file."""
    assert unfound(write(tmp_path), env) == (
        f"{env!r} is no name of an environment: it has letters and digits, and '-', '_' and '.' between them"
    )


def test_assembling_all_that_is_given(tmp_path: Path) -> None:
    """The environment's overlay is first, then the files given, then the settings."""
    file = write(tmp_path, "cortex.prod.yaml", "more.yaml")
    for name, value in (("cortex.prod.yaml", "{a: 1, b: 1, c: 1}"), ("more.yaml", "{b: 2, c: 2}")):
        (tmp_path / name).write_text(f"name: iris\nx: {value}\n")
    whole = assemble(file, tmp_path / "more.yaml", env="prod", settings=["iris.x.c=3"])
    assert whole.data == [{"name": "iris", "x": {"a": 1, "b": 2, "c": 3}}]
    assert str(whole.locate([0, "x", "c"])) == "--set #1:1:10"
    assert assemble(file).data == read(file).data


def test_all_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    """Each file and each setting is read before anything is said."""
    file = write(tmp_path, "cortex.prod.yaml")
    (tmp_path / "cortex.prod.yaml").write_text("a: {")
    with pytest.raises(ProblemsError) as caught:
        assemble(file, tmp_path / "absent.yaml", env="prod", settings=["iris.a=1", "iris", "iris=1"])
    assert [
        str(problem).splitlines()[0].removeprefix(f"{tmp_path}/") for problem in caught.value.problems
    ] == [
        "--set #2:1:5: '=' is missing: write api.key=value",
        "--set #3:1:1: an API is not set as a whole: write api.key=value",
        "absent.yaml: there is no such file",
        "cortex.prod.yaml:1:5: the text ends inside '{' or '['",
    ]


def test_an_absent_file_has_no_overlay_to_miss(tmp_path: Path) -> None:
    """Where the file itself is absent, nothing is said of its overlay."""
    with pytest.raises(ProblemsError) as caught:
        assemble(tmp_path / "cortex.yaml", env="prod")
    assert len(caught.value.problems) == 1


@given(documents=files())
def test_a_merged_document_is_a_base_again(documents: list[Document]) -> None:
    """A merged document can be changed further, in its own form."""
    assume(len(documents[0].data["apis"]) > 1)
    whole = merge(*documents)
    assert outline(merge(whole)) == outline(whole)
