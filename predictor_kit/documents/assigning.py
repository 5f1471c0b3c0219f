"""A setting put in its place among the APIs."""

from __future__ import annotations

from typing import Any, Final

from predictor_kit.documents.apis import has_doubtful_name, indices, no_such_api
from predictor_kit.documents.positions import Position, key_path
from predictor_kit.documents.providers import Node, is_provider, long_form
from predictor_kit.documents.scalars import kind_of
from predictor_kit.documents.settings import Setting
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["assigned"]

_CLASS: Final = "class"


def assigned(node: Node, setting: Setting, file: str) -> Node:
    """The APIs in ``node``, those of ``file``, with ``setting`` made.

    Mappings that are absent on the way are made. Raises ProblemsError where there is no such API or
    item, or where a value on the way is neither a list nor a mapping.
    """
    name = setting.path[0]
    if isinstance(name, int):
        return _put(node, setting, 0)
    known = indices(node[0])
    if name not in known:
        unmatched = no_such_api(name, known, file, setting.steps[0].location)
        raise ProblemsError([] if has_doubtful_name(node) else [unmatched])
    api = node[0][known[name]], node[1].children[known[name]]
    return _replaced(node, known[name], _put(api, setting, 1))


def _put(node: Node, setting: Setting, depth: int) -> Node:
    """``node``, which stands where the first ``depth`` steps lead to, with the setting made in it."""
    if depth == len(setting.path):
        return setting.data, setting.position
    step = setting.path[depth]
    in_provider = is_provider(setting.path[1:depth])
    if in_provider:
        node = long_form(node)
    if node[0] is None:
        node = ({}, node[1].holding({}))
    if problem := _unfit(node, setting, depth):
        raise ProblemsError([] if node[1].doubtful else [problem])
    if in_provider and setting.path[3:] == (_CLASS,) and node[0].get(_CLASS, setting.data) != setting.data:
        node = ({}, node[1].holding({}))  # the arguments were another class's
    inner = _inner(node, step)
    if inner is None:
        inner = _absent(setting, depth)
    return _replaced(node, step, _put(inner, setting, depth + 1))


def _inner(node: Node, step: str | int) -> Node | None:
    child = node[1].children.get(step)
    return None if child is None else (node[0][step], child)


def _absent(setting: Setting, depth: int) -> Node:
    """What a step leads to that leads nowhere yet: nothing, and it is the setting that has it."""
    place = setting.steps[depth].holding({})
    place.key = setting.steps[depth]
    return None, place


def _replaced(node: Node, step: str | int, inner: Node) -> Node:
    data: Any = list(node[0]) if isinstance(node[0], list) else dict(node[0])
    children: dict[str | int, Position] = dict(node[1].children)
    data[step], children[step] = inner
    return data, node[1].holding(children)


def _unfit(node: Node, setting: Setting, depth: int) -> Problem | None:
    """Why the next step leads into no value of ``node``."""
    data, step = node[0], setting.path[depth]
    what = repr(key_path(setting.path[:depth])) if depth else "the list of APIs"
    is_what = f"{what} is {kind_of(data)} ({node[1].location})"
    if isinstance(data, dict) and isinstance(step, int):
        message = f"{is_what}: it has keys, no items"
    elif isinstance(data, list) and isinstance(step, str):
        message = f"{is_what}: say which item, as in [0]"
    elif isinstance(data, list) and step not in range(len(data)):
        message = f"there is no item [{step}]: {what} has {len(data)} ({node[1].location})"
    elif not isinstance(data, dict | list):
        message = f"{is_what}: nothing can be set in it"
    else:
        return None
    return Problem(message, location=setting.steps[depth].location)
