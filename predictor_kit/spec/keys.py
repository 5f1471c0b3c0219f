"""The keys of a spec's models, as a file writes them: which there are, and their defaults."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["default_at", "fields_of", "model_at", "section_with", "whose_key"]

_SERVED: Final = "a RealtimeAPI, an AsyncAPI or a BatchAPI"
_SCALED: Final = "a RealtimeAPI or an AsyncAPI"
_WITH_CODE: Final = "an API with code"
_OWNERS: Final[Mapping[str, str]] = {
    "predictor": _SERVED,
    "definition": "a TaskAPI",
    "compute": _WITH_CODE,
    "autoscaling": _SCALED,
    "update_strategy": _SCALED,
    "apis": "a TrafficSplitter",
    "container": _WITH_CODE,
    "providers": _WITH_CODE,
}

Path = tuple[str | int, ...]


def whose_key(key: object) -> str | None:
    """Which kinds of API have ``key`` beside their name, where not all have it."""
    return _OWNERS.get(str(key))


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of ``model`` by the keys that a file has for them."""
    return {str(field.validation_alias or name): field for name, field in model.model_fields.items()}


def model_at(root: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model of the mapping at ``path`` in data of the model ``root``."""
    model, inside = root, False
    for step in path:
        if inside:  # the index in a list, or the name of a provider
            inside = False
            continue
        annotation = fields_of(model)[str(step)].annotation
        model, inside = next(_models_in(annotation)), get_origin(annotation) in (list, dict)
    return model


@lru_cache(maxsize=1024)
def default_at(root: type[BaseModel], path: tuple[str, ...]) -> Any:
    """The default of the key at ``path`` in data of the model ``root``."""
    return fields_of(model_at(root, path[:-1]))[path[-1]].get_default(
        call_default_factory=True, validated_data={}
    )


def section_with(root: type[BaseModel], key: str, but: Path) -> Path | None:
    """The path of the first mapping that has ``key``, other than the one at ``but``."""
    return next(
        (path for path, model in _sections(root, ()) if path != but and key in fields_of(model)), None
    )


def _sections(model: type[BaseModel], path: Path) -> Iterator[tuple[Path, type[BaseModel]]]:
    """``model`` and the mappings in it that stand at one fixed path."""
    yield path, model
    for key, field in fields_of(model).items():
        if get_origin(field.annotation) not in (list, dict):
            for inner in _models_in(field.annotation):
                yield from _sections(inner, (*path, key))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
