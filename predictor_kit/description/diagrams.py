"""What depends on what, drawn: as a tree of text, for Mermaid and Graphviz, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from predictor_kit.description.model import NOTES, Description, Edge, Node
from predictor_kit.description.trees import tree
from predictor_kit.graph import When

__all__ = ["FORMATS"]


def _text(description: Description) -> Iterator[str]:
    """Each node with what it needs below it; where it stood before, its name alone."""
    main, *others = description.roots()
    branches = _Branches(description)
    yield from tree(Edge("", main, main, When.NOW), branches)
    if others:
        yield from ("", f"not needed by {description.nodes[main].target}:")
    for root in others:
        yield from tree(Edge("", root, root, When.NOW), branches)


class _Branches:
    """The lines of a tree of edges."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._seen: set[str] = set()

    def __call__(self, edge: Edge) -> tuple[str, Sequence[Edge]]:
        node = self._description.nodes[edge.target]
        again = node.id in self._seen
        self._seen.add(node.id)
        named = ": ".join(_label(node))
        line = named if edge.argument in ("", node.id) else f"{edge.argument} = {named}"
        notes = [NOTES[edge.when], "above" if again and node.scope != "config" else ""]
        inner = [] if again else list(self._description.edges(node.id))
        return " ".join([line, *(f"({note})" for note in notes if note)]), inner


def _label(node: Node) -> list[str]:
    """A node's lines in a diagram: its name, and what it is where that does not say it."""
    if node.scope == "predictor":
        return [node.target]
    return [node.id] if node.scope == "config" else [node.id, node.title]


def _edge_label(edge: Edge) -> str:
    """The argument where it is called otherwise than the node, and how it is called if not at once."""
    return " ".join(filter(None, ["" if edge.argument == edge.target else edge.argument, NOTES[edge.when]]))


_SHAPES: Final = {"predictor": ('(["', '"])'), "config": ('[/"', '"/]'), "factory": ('[["', '"]]')}


def _mermaid(description: Description) -> Iterator[str]:
    yield "flowchart LR"
    numbers = _numbers(description)
    for name, number in numbers.items():
        node = description.nodes[name]
        opening, closing = _SHAPES.get(node.scope, ('["', '"]'))
        yield f"    n{number}{opening}{'<br>'.join(map(_escaped, _label(node)))}{closing}"
    for edge in _edges(description, numbers):
        arrow, label = "-->" if edge.when is When.NOW else "-.->", _escaped(_edge_label(edge))
        between = f'|"{label}"|' if label else ""
        yield f"    n{numbers[edge.source]} {arrow}{between} n{numbers[edge.target]}"


def _escaped(text: str) -> str:
    """``text`` in Mermaid's quotes: what could mean something there by its number."""
    return "".join(c if c.isalnum() or c in " _.-:[]()'" else f"#{ord(c)};" for c in text)


def _dot(description: Description) -> Iterator[str]:
    yield f"digraph {_quoted(description.api)} {{"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    numbers = _numbers(description)
    for name, number in numbers.items():
        node = description.nodes[name]
        style = _STYLES.get(node.scope, "")
        yield f"  n{number} [label={_quoted(*_label(node))}{style}];"
    for edge in _edges(description, numbers):
        parts = [f"label={_quoted(label)}"] if (label := _edge_label(edge)) else []
        parts += [] if edge.when is When.NOW else ["style=dashed"]
        drawn = f" [{', '.join(parts)}]" if parts else ""
        yield f"  n{numbers[edge.source]} -> n{numbers[edge.target]}{drawn};"
    yield "}"


_STYLES: Final = {"predictor": ", style=bold", "config": ", shape=note", "factory": ", peripheries=2"}


def _quoted(*lines: str) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def _json(description: Description) -> Iterator[str]:
    numbers = _numbers(description)
    nodes = [_members(description.nodes[name]) for name in numbers]
    edges = [
        {"from": edge.source, "to": edge.target, "argument": edge.argument, "when": edge.when.name.lower()}
        for edge in _edges(description, numbers)
    ]
    whole = {"api": description.api, "predictor": description.root, "nodes": nodes, "edges": edges}
    yield json.dumps(whole, indent=2, ensure_ascii=False)


def _members(node: Node) -> dict[str, str]:
    return {
        "id": node.id,
        "scope": node.scope,
        "class": node.target,
        "location": node.place,
        "declared": node.origin,
    }


def _numbers(description: Description) -> dict[str, int]:
    """The nodes to be drawn, numbered: their names can hold anything."""
    return {name: number for number, name in enumerate(description.reached(*description.roots()))}


def _edges(description: Description, names: Iterable[str]) -> Iterator[Edge]:
    for name in names:
        yield from description.edges(name)


FORMATS: Final[Mapping[str, Callable[[Description], Iterator[str]]]] = {
    "text": _text,
    "mermaid": _mermaid,
    "dot": _dot,
    "json": _json,
}
"""The lines of a description in each format."""
