"""What is told of a wiring: nodes, their arguments, and which node each argument leads to; plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from predictor_kit.errors import Location
from predictor_kit.graph import When

__all__ = [
    "BY_NAME",
    "CALLER",
    "DEFAULT",
    "NOTES",
    "Argument",
    "Description",
    "Edge",
    "Link",
    "Node",
    "place",
]

BY_NAME: Final = "by name"
DEFAULT: Final = "the default"
CALLER: Final = "left to its caller"
NOTES: Final = {When.NOW: "", When.MAYBE: "maybe", When.LATER: "uncalled"}
"""How a node is needed, where it is not called at once."""


@dataclass(frozen=True, slots=True)
class Link:
    """The ``node`` that stands at ``step`` of an argument: ``[0]`` or ``.key`` of it, "" for all of it."""

    node: str
    step: str = ""
    when: When = When.NOW


@dataclass(frozen=True, slots=True)
class Argument:
    """What a parameter gets.

    ``written`` is the value as the file or the source has it, "" where it is not told: text from the
    environment never is. ``origin`` is `BY_NAME`, `DEFAULT`, `CALLER` or a place.
    """

    name: str
    written: str = ""
    origin: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """The predictor, a provider, or a config value.

    ``scope`` says how often there is one: singleton, factory, and so on. ``target`` is the class or function
    that is called, ``place`` where that is defined, ``origin`` where the node was declared;
    ``written`` is a config value as the file has it. The values in a mapping are its ``arguments``.
    """

    id: str
    scope: str
    target: str = ""
    place: str = ""
    origin: str = ""
    written: str = ""
    arguments: tuple[Argument, ...] = ()

    @property
    def title(self) -> str:
        """Its scope and what is called: ``singleton Tokenizer``."""
        return f"{self.scope} {self.target}".rstrip()


@dataclass(frozen=True, slots=True)
class Edge:
    """``source`` needs ``target`` as its ``argument``, called as ``when`` says."""

    source: str
    target: str
    argument: str
    when: When


@dataclass(frozen=True, slots=True)
class Description:
    """Everything that is told of the API ``api``.

    ``root`` is the id of the predictor in ``nodes``, which also has providers that nothing asks for;
    ``declared`` are the names that the file gives to providers, ``names`` the id of each provider by its
    name in the container.
    """

    api: str
    root: str
    nodes: Mapping[str, Node]
    declared: tuple[str, ...]
    names: Mapping[str, str]

    def roots(self) -> list[str]:
        """The predictor, and each provider of the file that nothing that is drawn needs."""
        reached = set(self.reached(self.root))
        others = [self.names[name] for name in self.declared if self.names[name] not in reached]
        needed = {edge.target for one in self.reached(*others) for edge in self.edges(one)}
        return [self.root, *(one for one in others if one not in needed)]

    def reached(self, *starts: str) -> list[str]:
        """What ``starts`` lead to, themselves first, in the order in which it is asked for."""
        found: dict[str, None] = {}
        ahead = list(reversed(starts))
        while ahead:
            one = ahead.pop()
            if one not in found:
                found[one] = None
                ahead += [edge.target for edge in reversed(list(self.edges(one)))]
        return list(found)

    def edges(self, source: str) -> Iterator[Edge]:
        """What the node ``source`` needs, in its arguments' order."""
        for argument in self.nodes[source].arguments:
            for link in argument.links:
                yield Edge(source, link.node, f"{argument.name}{link.step}", link.when)


def place(location: Location | None) -> str:
    """File and line of ``location``; of what was set from the command line which of the settings it is."""
    if location is None:
        return ""
    setting = location.file.startswith("--set ")
    return location.file if setting or not location.line else f"{location.file}:{location.line}"
