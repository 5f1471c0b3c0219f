"""The APIs in a document: a list of them, ``apis:`` above the list, or one API as a mapping."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from predictor_kit.documents.positions import Document
from predictor_kit.documents.providers import Node
from predictor_kit.documents.scalars import kind_of
from predictor_kit.documents.unsound import UnsoundError
from predictor_kit.errors import Location, Problem, did_you_mean, listed

__all__ = ["SCHEMA_KEY", "has_doubtful_name", "indices", "no_such_api", "normalised", "not_a_list"]

SCHEMA_KEY: Final = "$schema"
"""A key that editors look for beside what a file holds; it says nothing here."""


def normalised(document: Document) -> Document:
    """The document with its APIs as a list, each value with the place that it had.

    A mapping whose key ``apis`` is the list (a format may need one) has neither a name nor a kind;
    any other mapping is a single API. What is neither list nor mapping stays as it is. Raises
    UnsoundError where something else stands beside ``apis``.
    """
    data, position = document.data, document.position
    if not isinstance(data, dict):
        return document
    if "apis" in data and not {"name", "kind"} & data.keys():
        apis = Document(document.file, data["apis"], position.children["apis"])
        if others := [key for key in data if key not in ("apis", SCHEMA_KEY)]:
            raise UnsoundError((_beside(document, key) for key in others), apis)
        return apis
    data = {key: value for key, value in data.items() if key != SCHEMA_KEY}
    item = position.holding({key: position.children[key] for key in data})
    return Document(document.file, [data], position.holding({0: item}, doubtful=False))


def indices(apis: list[Any]) -> dict[str, int]:
    """Where each API is in the list, by its name as written; the first one where two have it."""
    found: dict[str, int] = {}
    for index, item in enumerate(apis):
        if isinstance(item, dict) and isinstance(name := item.get("name"), str):
            found.setdefault(name, index)
    return found


def has_doubtful_name(node: Node) -> bool:
    """Whether one of the APIs in ``node`` may have another name than it seems to have."""
    return any(api.doubtful or api.children.get("name", api).doubtful for api in node[1].children.values())


def no_such_api(name: str, names: Iterable[str], file: str, location: Location) -> Problem:
    """Says that ``name``, written at ``location``, is none of the ``names`` that ``file`` has."""
    known = list(names)
    notes = (f"apis there: {listed(known, name)}",) if known else ()
    return Problem(f"no api is named {name!r} in {file}{did_you_mean(name, known)}", "", location, notes)


def not_a_list(document: Document) -> Problem:
    """Says of a normalised document what it is instead of a list of APIs."""
    message = f"an overlay is a list of APIs or a single one, is {kind_of(document.data)}"
    return Problem(message, location=document.locate(()))


def _beside(document: Document, key: str) -> Problem:
    message = f"unknown key {key!r}: nothing stands beside 'apis', the list of APIs"
    return Problem(message, location=document.locate([key], key=True))
