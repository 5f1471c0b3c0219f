"""What holds between several keys, as far as JSON Schema can say it; the whole of it is `spec.rules`.

JSON Schema cannot compare two numbers, nor count in text, nor look at names across a list.
"""

from __future__ import annotations

from typing import Any, Final

from predictor_kit.schema.references import REFERENCE

__all__ = ["API_RULES", "SECTION_RULES"]

Schema = dict[str, Any]

_ZERO: Final = {"anyOf": [{"const": 0}, {"type": "string", "pattern": "^\\+?0+%?$"}]}


def _keys(**schemas: Schema) -> Schema:
    """A mapping in which each of the keys is there and as its schema says."""
    return {"type": "object", "required": list(schemas), "properties": schemas}


def _so(**schemas: Schema) -> Schema:
    """Each of the keys that is there is as its schema says; an editor does not propose it for this."""
    return {"properties": {key: {**schema, "doNotSuggest": True} for key, schema in schemas.items()}}


def _where(condition: Schema, then: Schema) -> Schema:
    return {"if": condition, "then": then}


def _of_type(*types: str) -> Schema:
    return _keys(type={"enum": list(types)})


def _without(message: str, *keys: str) -> Schema:
    """None of ``keys`` has a value; an editor says ``message`` of one that has."""
    return _so(**{key: {"enum": [None, "", []], "errorMessage": message} for key in keys})


def _only(whose: str, *keys: str) -> Schema:
    return _without(f"only a {whose} can have this key", *keys)


def _no_serving_image() -> Schema:
    """No image of TensorFlow Serving, which is the only text that may be empty, also by a reference."""
    message = "only a tensorflow predictor can have this key"
    return _so(tensorflow_serving_image={"pattern": f"^$|{REFERENCE}", "patternErrorMessage": message})


def _beside(given: str, *others: str) -> Schema:
    """Where ``given`` is there, none of ``others`` is."""
    return _where({"required": [given]}, _without(f"cannot stand beside {given!r}", *others))


def _no_signatures(section: str) -> Schema:
    mine = _only("tensorflow predictor", "signature_key")
    return _so(**{section: {"allOf": [mine, _so(paths={"items": mine})]}})


def _at_most(number: int, *keys: str) -> Schema:
    return _so(**{key: {"maximum": number} for key in keys})


_GIVEN: Final = {"type": "object"}
_CACHED: Final = _keys(cache_size={})
_BATCHES_OF_PYTHON: Final = {"required": ["threads_per_process"], **_so(threads_per_process={"minimum": 2})}
_SOURCES: Final = [
    {"required": ["path"]},
    _keys(paths={"type": "array", "minItems": 1}),
    {"required": ["dir"]},
]

SECTION_RULES: Final[dict[str, list[Schema]]] = {
    "Predictor": [
        _where(_of_type("python"), _only("tensorflow or onnx predictor", "models")),
        _where(_of_type("python", "onnx"), _no_serving_image()),
        _where(_of_type("tensorflow", "onnx"), {"required": ["models"]}),
        _where(_of_type("tensorflow", "onnx"), _only("python predictor", "multi_model_reloading")),
        _where(_of_type("onnx"), _only("python or tensorflow predictor", "server_side_batching")),
        _where(_of_type("onnx"), _no_signatures("models")),
        _where(_of_type("python"), _no_signatures("multi_model_reloading")),
        _where(_keys(type={"const": "python"}, server_side_batching=_GIVEN), _BATCHES_OF_PYTHON),
        _where(_keys(server_side_batching=_GIVEN), _without("cannot be batched", "protobuf_path")),
        _where(_keys(models=_CACHED), _at_most(1, "processes_per_replica")),
        _where(_keys(multi_model_reloading=_CACHED), _at_most(1, "processes_per_replica")),
    ],
    "MultiModels": [
        {"anyOf": _SOURCES},
        _beside("path", "paths", "dir"),
        _beside("dir", "paths"),
        {"dependentRequired": {"cache_size": ["disk_cache_size"], "disk_cache_size": ["cache_size"]}},
    ],
    "Compute": [_where(_keys(gpu={"type": "integer", "minimum": 1}), _at_most(0, "inf"))],
    "UpdateStrategy": [_where(_keys(max_surge=_ZERO), _so(max_unavailable={"not": _ZERO}))],
}
"""Rules for a section, by the name of its model."""

_WITH_INF: Final = _keys(compute=_keys(inf={"type": "integer", "minimum": 1}))
_SHARING_INF: Final = {"anyOf": [{"enum": [1, 2, 4]}, {"type": "string"}]}
_SERVED: Final = [
    _where(_keys(predictor=_of_type("onnx")), _so(compute=_at_most(0, "inf"))),
    _where(_WITH_INF, _so(predictor=_so(processes_per_replica=_SHARING_INF))),
]
_NOT_REALTIME: Final = [
    _so(predictor=_only("RealtimeAPI", "protobuf_path", "multi_model_reloading", "server_side_batching")),
    _so(predictor=_so(models=_only("RealtimeAPI", "cache_size", "disk_cache_size"))),
    _so(predictor=_at_most(1, "processes_per_replica", "threads_per_process")),
]
_ONE_SHADOW: Final = {"contains": _keys(shadow={"const": True}), "minContains": 0, "maxContains": 1}

API_RULES: Final[dict[str, list[Schema]]] = {
    "RealtimeAPI": _SERVED,
    "AsyncAPI": [*_SERVED, *_NOT_REALTIME],
    "BatchAPI": [*_SERVED, *_NOT_REALTIME],
    "TaskAPI": [_so(compute=_at_most(0, "inf"))],
    "TrafficSplitter": [_so(apis={"type": "array", "minItems": 1, **_ONE_SHADOW})],
}
"""Rules for an API, by its kind."""
