"""Whether two definitions of one name are the same to those who call it."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from predictor_kit.errors import ProblemsError
from predictor_kit.signatures import plan_of
from predictor_kit.sources.unread import unread_in

__all__ = ["are_alike"]


def are_alike(values: list[Any]) -> bool:
    """Whether all ``values`` are one object, or take the same arguments and have the same methods."""
    if all(value is values[0] for value in values):
        return True
    return len(set(map(_shape, values))) == 1


def _shape(value: Any) -> object:
    """What calling ``value`` takes, and its methods; a new object for what is no class or function."""
    try:
        plan = plan_of(value)
    except ProblemsError:
        return object()
    if unread_in(value):
        return object()
    parameters = tuple((one.name, one.kind, one.required) for one in plan.parameters)
    members = value.__dict__.items() if isinstance(value, type) else ()
    methods = frozenset((name, _shape(one)) for name, one in members if isinstance(one, FunctionType))
    return parameters, plan.var_positional, plan.var_keyword, methods
