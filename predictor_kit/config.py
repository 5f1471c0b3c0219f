"""The configuration of a predictor: plain data, merged as Cortex 0.32 merges a job's, copied for each."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from predictor_kit.casting import cast, model_of
from predictor_kit.errors import ResolveError, did_you_mean, listed
from predictor_kit.references import NOT_KNOWN
from predictor_kit.spec.base import kind_of

__all__ = ["configured", "merged", "value_at"]


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of ``base`` with ``over`` merged in: mappings merge, all else is replaced."""
    result = copy.deepcopy(dict(base))
    for key, value in over.items():
        known = result.get(key)
        if isinstance(known, dict) and isinstance(value, Mapping):
            result[key] = merged(known, value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def configured(value: Any, model: Any = None) -> Any:
    """A deep copy of a config ``value``, validated into ``model`` (a pydantic model, a dataclass) if any.

    Nothing configured is an empty mapping, as in Cortex 0.32, and None for a ``Model | None``.
    Raises `ResolveError` where the value does not fit the model.
    """
    own = {} if value is None else copy.deepcopy(value)
    if model is None:
        return own
    if own == {} and not isinstance(model, type):
        return None
    result, mismatches = cast(own, model, secret=True)  # nobody knows here where its texts came from
    if mismatches:
        places = [f"{'.'.join(map(str, found.path)) or 'it'}: {found.message}" for found in mismatches]
        raise ResolveError(f"the config is no {model_of(model).__name__}: {'; '.join(places)}")
    return result


def value_at(config: Any, path: Sequence[str]) -> Any:
    """The value that the keys in ``path`` lead to; what is not known, if one of them leads to that.

    Raises `LookupError`, which says which key is not there, the nearest one that is, and what there is.
    """
    value = config
    for depth, key in enumerate(path):
        if value is NOT_KNOWN:
            return value
        if not isinstance(value, Mapping) or key not in value:
            raise LookupError(_absent(value, key, ".".join(("config", *path[:depth]))))
        value = value[key]
    return value


def _absent(value: Any, key: str, within: str) -> str:
    if not isinstance(value, Mapping):
        return f"{within} is {kind_of(value)}, so it has no key {key!r}"
    keys = [str(known) for known in value]
    return f"{within} has no key {key!r}{did_you_mean(key, keys)}; its keys: {listed(keys, key) or 'none'}"
