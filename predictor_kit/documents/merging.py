"""A file with its overlays and settings: one document, in which each value keeps its own place."""

from __future__ import annotations

from typing import Any

from predictor_kit.documents.apis import has_doubtful_name, indices, no_such_api, normalised, not_a_list
from predictor_kit.documents.assigning import assigned
from predictor_kit.documents.positions import Document, Position, copied
from predictor_kit.documents.providers import Node, is_provider, one_provider
from predictor_kit.documents.scalars import kind_of
from predictor_kit.documents.settings import Setting
from predictor_kit.documents.unsound import UnsoundError
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["incomplete", "merge"]


def merge(base: Document, *changes: Document | Setting) -> Document:
    """The APIs of ``base`` with ``changes`` made to them, one after the other.

    The APIs of an overlay change those of their names; mappings merge; anything else, null too,
    replaces what was there, and a provider whose ``class`` is another is replaced whole. A setting
    replaces the value that it names. The result is normalised and shares no data with what it was
    made from. Raises UnsoundError with all that cannot be applied, or that stands beside APIs.

    Where ``base`` is no list of APIs there is nothing to change, and it is returned as it is.
    """
    beside: list[Problem] = []
    whole = _apis(base, beside)
    node: Node = (whole.data, whole.position)
    problems: list[Problem] = []
    failed = False
    for change in changes if isinstance(whole.data, list) else ():
        try:
            if isinstance(change, Document):
                node = _overlaid(node, _apis(change, beside), base.file)
            else:
                node = assigned(node, change, base.file)
        except ProblemsError as error:
            problems += error.problems
            failed = True
    merged = Document(base.file, copied(node[0]), node[1])
    if failed:
        raise UnsoundError([*beside, *problems], incomplete(merged))
    if beside:
        raise UnsoundError(beside, merged)
    return merged


def incomplete(document: Document) -> Document:
    """The APIs of ``document``, to which not all changes were made: what they lack is doubtful."""
    apis = {index: _doubtful(api, 1) for index, api in document.position.children.items()}
    return Document(document.file, document.data, document.position.holding(apis))


def _doubtful(position: Position, depth: int) -> Position:
    inner = position.children
    if depth:
        inner = {step: _doubtful(child, depth - 1) for step, child in inner.items()}
    return position.holding(inner, doubtful=True)


def _apis(document: Document, beside: list[Problem]) -> Document:
    """The document normalised; what stands ``beside`` its APIs is kept."""
    try:
        return normalised(document)
    except UnsoundError as error:
        beside += error.problems
        rest: Document = error.rest
        return rest


def _overlaid(node: Node, overlay: Document, file: str) -> Node:
    if not isinstance(overlay.data, list):
        raise ProblemsError([] if overlay.position.doubtful else [not_a_list(overlay)])
    apis, children = list(node[0]), dict(node[1].children)
    known = indices(apis)
    seen: dict[str, Position] = {}
    problems: list[Problem | None] = []
    for index, item in enumerate(overlay.data):
        place = overlay.position.children[index]
        problem = _unnamed(item, place) or _unmatched(item, place, known, file) or _again(item, place, seen)
        if problem is None:
            at = known[item["name"]]
            change = {key: value for key, value in item.items() if key != "name"}  # it stays where it is
            apis[at], children[at] = _merged((apis[at], children[at]), (change, place), ())
        else:
            # Of what is doubtful it is told already what is wrong.
            doubtful = has_doubtful_name((apis, node[1])) or has_doubtful_name(
                ([item], place.holding({0: place}))
            )
            problems.append(None if doubtful else problem)
    if problems:
        raise ProblemsError(filter(None, problems))
    return apis, node[1].holding(children)


def _unnamed(item: Any, place: Position) -> Problem | None:
    if not isinstance(item, dict):
        message = f"must be a mapping with the name of an API and what changes in it, is {kind_of(item)}"
        return Problem(message, location=place.location)
    if "name" not in item:
        message = "the key 'name' is missing: it says which API is changed here"
        return Problem(message, location=place.location)
    if not isinstance(item["name"], str):
        where = place.children["name"].location
        return Problem(f"must be text, is {kind_of(item['name'])}", "name", where)
    return None


def _unmatched(item: Any, place: Position, known: dict[str, int], file: str) -> Problem | None:
    name = item["name"]
    return None if name in known else no_such_api(name, known, file, place.children["name"].location)


def _again(item: Any, place: Position, seen: dict[str, Position]) -> Problem | None:
    written = place.children["name"]
    first = seen.setdefault(item["name"], written)
    if first is written:
        return None
    return Problem(f"is the name of another API here too ({first.location})", "name", written.location)


def _merged(base: Node, over: Node, path: tuple[str, ...]) -> Node:
    """``over`` on top of ``base``, both at ``path`` in an API."""
    if is_provider(path):
        pair = one_provider(base, over)
        if pair is None:
            return over
        base, over = pair
    doubtful = base[1].doubtful or over[1].doubtful
    if not isinstance(over[0], dict):
        return over
    if not isinstance(base[0], dict):
        return over[0], over[1].holding(over[1].children, doubtful=doubtful)
    data, children = dict(base[0]), dict(base[1].children)
    for key, value in over[0].items():
        inner: Node = (value, over[1].children[key])
        if key in data:
            inner = _merged((data[key], children[key]), inner, (*path, key))
        data[key], children[key] = inner
    return data, base[1].holding(children, doubtful=doubtful)
