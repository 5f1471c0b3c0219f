"""Why a parameter gets its object: the ways that lead to it, then all that it is made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from predictor_kit.description.model import BY_NAME, CALLER, DEFAULT, NOTES, Argument, Description, Link, Node
from predictor_kit.description.trees import tree
from predictor_kit.errors import Problem, ProblemsError, did_you_mean, listed

__all__ = ["explained"]


def explained(description: Description, name: str) -> Iterator[str]:
    """Lines on ``name``, a parameter of the predictor or a provider or a config value of its container.

    Raises `ProblemsError`, with the nearest name, where it is none of these.
    """
    root = description.nodes[description.root]
    target = description.names.get(name, name)
    defaults = [one for one in root.arguments if one.name == name and one.origin == DEFAULT]
    if target in description.nodes and target != root.id:
        yield from _ways(description, target)
        yield ""
        start: Argument | Link = Link(target)
        yield from tree(start, _Telling(description))
    elif defaults:
        yield f"{_placed(root)} -> {name}"
        yield ""
        yield f"{_Telling(description)(defaults[0])[0]}, as no provider has that name"
    else:
        raise ProblemsError([_unknown(description, root, name)])


def _unknown(description: Description, root: Node, name: str) -> Problem:
    parameters = [argument.name for argument in root.arguments]
    near = did_you_mean(name, [*description.names, *parameters])
    message = f"neither a parameter of {root.target} nor a provider has that name{near}"
    named = [f"{root.target} asks for: {', '.join(parameters)}"] if parameters else []
    return Problem(message, subject=name, notes=(*named, f"providers: {listed(description.names, name)}"))


def _ways(description: Description, target: str) -> Iterator[str]:
    """For each one that asks for ``target`` the shortest way from the predictor to it."""
    root = description.nodes[description.root]
    ways = {root.id: [_placed(root)]}
    found = 0
    for source in (ahead := [root.id]):
        for argument in description.nodes[source].arguments:
            for link in argument.links:
                way = [*ways[source], _hop(argument, link)]
                if link.node == target:
                    found += 1
                    yield " -> ".join(way)
                if link.node not in ways:
                    ways[link.node] = way
                    ahead.append(link.node)
    if not found:
        yield f"nothing that {root.target} needs asks for it"


def _hop(argument: Argument, link: Link) -> str:
    name = f"{argument.name}{link.step}"
    at = f" [{argument.origin}]" if argument.origin not in ("", BY_NAME) else ""
    return f"{link.node}{at}" if name in ("", link.node) else f"{name} = {link.node}{at}"


class _Telling:
    """The lines of a tree of arguments, and of what they lead to; what is known already is only named."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._seen: set[str] = set()

    def __call__(self, item: Argument | Link) -> tuple[str, Sequence[Argument | Link]]:
        if isinstance(item, Link):
            lead = f"{item.step}: " if item.step else ""
            return self._linked(lead, item, known="")
        how = _how(item)
        if len(item.links) == 1 and not item.links[0].step:
            known = item.written.removeprefix("${").removesuffix("}") or item.name
            lead = ": ".join(filter(None, [item.name, how]))
            return self._linked(f"{lead} -> " if lead else "", item.links[0], known)
        return f"{item.name}: {how or 'given in code'}", item.links

    def _linked(self, lead: str, link: Link, known: str) -> tuple[str, Sequence[Argument]]:
        node = self._description.nodes[link.node]
        again = node.id in self._seen
        self._seen.add(node.id)
        told = ": ".join(filter(None, ["" if node.id == known else node.id, _what(node, again=again)]))
        note = f" ({NOTES[link.when]})" if NOTES[link.when] else ""
        return f"{lead}{told or node.id}{note}", () if again else node.arguments


_ONE, _ANOTHER = "the one above", "a new one, made as above"
_AGAIN: Final = {
    "singleton": _ONE,
    "resource": _ONE,
    "object": _ONE,
    "factory": _ANOTHER,
    "callable": _ANOTHER,
}


def _what(node: Node, *, again: bool) -> str:
    """What a node is, and where that comes from; of one that was told already only the first."""
    if node.scope == "config" and (node.written or not node.origin):
        return _value(node.written, node.origin)
    if again and node.scope != "config":
        return f"{node.title}, {_AGAIN.get(node.scope, 'as above')}"
    at = f" [{node.place}]" if node.place else ""
    return f"{node.title}{at}{f', declared in {node.origin}' if node.origin else ''}"


def _how(argument: Argument) -> str:
    if argument.origin in (BY_NAME, CALLER):
        return argument.origin
    if argument.origin == DEFAULT:
        return ", ".join(filter(None, [argument.written, DEFAULT]))
    return _value(argument.written, argument.origin)


def _value(written: str, origin: str) -> str:
    if not written:
        return f"set in {origin}" if origin else ""
    return f"{written} [{origin}]" if origin else written


def _placed(node: Node) -> str:
    return f"{node.target} [{node.place}]" if node.place else node.target
