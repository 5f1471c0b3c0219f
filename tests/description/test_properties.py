"""Any wiring without a circle is drawn in each format, with the edges that were put into it."""

import io
import json
import re
import tempfile
from contextlib import chdir, redirect_stdout
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from predictor_kit.cli import main

NAMES = [
    "a",
    "b1",
    "é",
    "λ",
    "名前",
    "node",
    "end",
    "graph",
    "subgraph",
    "n0",
    "_x",
    "very_long_name_of_a_provider",
]
KEYS = ["k", "a b", 'q"', "x|y]", "<b>", "back\\slash", "`tick`", "#35;", "n'", "--> n1", "é", "{}", "%%"]
CODE = """\
class Part:
    def __init__(self, **parts): ...

class PythonPredictor:
    def __init__(self, NAMES): ...
    def predict(self, payload): ...
"""

Edges = set[tuple[str, str, str]]


@st.composite
def wirings(draw: st.DrawFn) -> tuple[list[str], dict[str, dict[str, list[str]]], dict[str, str]]:
    """What the predictor asks for; by provider which others it gets as which argument; the scopes."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    needs = {
        name: draw(
            st.dictionaries(
                st.sampled_from(KEYS),
                st.lists(st.sampled_from(names[:index]), min_size=1, max_size=3),
                max_size=3,
            )
        )
        if index
        else {}
        for index, name in enumerate(names)
    }
    scopes = {name: draw(st.sampled_from(["singleton", "factory"])) for name in names}
    return draw(st.lists(st.sampled_from(names), unique=True)), needs, scopes


def printed(*arguments: str) -> str:
    with redirect_stdout(io.StringIO()) as out:
        assert main(arguments) == 0
    return out.getvalue()


def drawn_as(form: str) -> str:
    return printed("graph", "cortex.yaml", "--format", form)


def edges_of_json(text: str) -> Edges:
    graph = json.loads(text)
    known = {node["id"] for node in graph["nodes"]}
    assert len(known) == len(graph["nodes"])
    assert all({edge["from"], edge["to"]} <= known for edge in graph["edges"])
    return {(edge["from"], edge["argument"], edge["to"]) for edge in graph["edges"]}


def edges_of_text(text: str) -> Edges:
    edges: Edges = set()
    way: list[str] = []
    for line in text.replace("\n\nnot needed by PythonPredictor:\n", "\n").splitlines():
        found = re.fullmatch(
            r"((?:│   |    )*(?:[├└]── )?)(?:(.*?) = )?(\w+)(?:: \w+ Part)?(?: \(above\))?", line
        )
        assert found, line
        depth = len(found[1]) // 4
        way[depth:] = [found[3]]
        if depth:
            edges.add((way[depth - 1], found[2] or found[3], found[3]))
    return edges


def unescaped(text: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


def edges_of_mermaid(text: str) -> Edges:
    """By the part of Mermaid's grammar that is used; quoted text has nothing in it that means something."""
    quoted = r'"([\w _.\-:\[\]()\'#;]*(?:<br>[\w _.\-:\[\]()\'#;]*)?)"'
    first, *lines = text.splitlines()
    assert first == "flowchart LR"
    names: dict[str, str] = {}
    edges: Edges = set()
    for line in lines:
        if node := re.fullmatch(rf"    (n\d+)(?:\(\[{quoted}\]\)|\[\[{quoted}\]\]|\[{quoted}\])", line):
            names[node[1]] = unescaped(next(filter(None, node.groups()[1:])).partition("<br>")[0])
            continue
        edge = re.fullmatch(rf"    (n\d+) -->(?:\|{quoted}\|)? (n\d+)", line)
        assert edge, line
        target = names[edge[3]]
        edges.add((names[edge[1]], unescaped(edge[2]) if edge[2] else target, target))
    return edges


def edges_of_dot(text: str) -> Edges:
    """By the part of DOT's grammar that is used; in quoted text a backslash stands before what it escapes."""
    quoted = r'"((?:[^"\\\n]|\\["\\n])*)"'
    first, *lines, last = text.splitlines()
    assert (first, lines[:2], last) == ('digraph "any" {', ["  rankdir=LR;", "  node [shape=box];"], "}")
    names: dict[str, str] = {}
    edges: Edges = set()
    for line in lines[2:]:
        if node := re.fullmatch(rf"  (n\d+) \[label={quoted}(?:, \w+=\w+)?\];", line):
            names[node[1]] = re.sub(r"\\(.)", r"\1", node[2].partition("\\n")[0])
            continue
        edge = re.fullmatch(rf"  (n\d+) -> (n\d+)(?: \[label={quoted}\])?;", line)
        assert edge, line
        target = names[edge[2]]
        edges.add((names[edge[1]], re.sub(r"\\(.)", r"\1", edge[3]) if edge[3] else target, target))
    return edges


@given(wirings())
@settings(max_examples=25)
def test_every_format_has_the_edges_of_the_wiring(
    wiring: tuple[list[str], dict[str, dict[str, list[str]]], dict[str, str]],
) -> None:
    """JSON, the tree, Mermaid and DOT are well formed and tell the same edges, and explain ends."""
    asked, needs, scopes = wiring
    declared = {
        name: {
            "class": "code.py:Part",
            "scope": scopes[name],
            "args": {key: [f"${{{one}}}" for one in parts] for key, parts in needs[name].items()},
        }
        for name in needs
    }
    api = {
        "name": "any",
        "kind": "RealtimeAPI",
        "predictor": {"type": "python", "path": "code.py"},
        "providers": declared,
    }
    expected = {("PythonPredictor", name, name) for name in asked} | {
        (name, f"{key}[{index}]", part)
        for name in needs
        for key, parts in needs[name].items()
        for index, part in enumerate(parts)
    }
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("code.py").write_text(CODE.replace(", NAMES", "".join(f", {name}" for name in asked)), "utf-8")
        Path("cortex.yaml").write_text(json.dumps([api], ensure_ascii=False), "utf-8")
        assert edges_of_json(drawn_as("json")) == expected
        assert edges_of_text(drawn_as("text")) == expected
        assert edges_of_mermaid(drawn_as("mermaid")) == expected
        assert edges_of_dot(drawn_as("dot")) == expected
        last = list(needs)[-1]
        explained = printed("explain", "cortex.yaml", last)
        assert f"\n{last}: {scopes[last]} Part [code.py:2], declared in cortex.yaml:1\n" in explained
