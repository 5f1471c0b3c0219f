"""The schema of a whole file: a list of APIs, ``apis`` above it, or a single API.

What an API may hold depends on its kind, by ``if`` and ``then`` for each kind: an editor then
proposes the kind first, and afterwards the keys of the kind that is written. With ``oneOf`` the
YAML language server proposes the keys of all kinds at once, and tells of a misspelt kind twice.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from predictor_kit.documents import SCHEMA_KEY
from predictor_kit.schema.between import API_RULES, SECTION_RULES
from predictor_kit.schema.kept import is_kept
from predictor_kit.schema.references import ARGUMENT, VALUE, list_of_types, or_reference
from predictor_kit.shortnames import short_names
from predictor_kit.spec import KINDS

__all__ = ["file_schema"]

Schema = dict[str, Any]

_KEPT: Final = "Kept for a host: predictor_kit checks it and does not act on it."
_FREE: Final = {"config": "Value", "args": "Argument"}
_OWN_KEYS: Final = ("name", "kind")


def file_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a configuration file, as plain data for `json.dumps`.

    It knows the short names of the packages that are installed here. Every single value may also
    be a ``${env:NAME}`` or ``${file:path}``, where a file may have one.
    """
    _, generated = models_json_schema([(model, "validation") for model in KINDS.values()])
    definitions: dict[str, Schema] = {name: _edited(part) for name, part in generated["$defs"].items()}
    kinds = {kind: definitions.pop(model.__name__) for kind, model in KINDS.items()}
    for name, rules in SECTION_RULES.items():
        definitions[name]["allOf"] = rules
    _propose_classes(sorted(short_names()), definitions["ProviderSpec"], kinds)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "predictor_kit configuration file",
        "description": "APIs, each with its predictor and what its constructor gets: the file of "
        "Cortex 0.32, with the keys `container` and `providers`.",
        **_FORMS,
        "$defs": {
            "Api": _api(kinds),
            **{kind: _of_kind(kind, schema) for kind, schema in kinds.items()},
            **definitions,
            "Value": VALUE,
            "Argument": ARGUMENT,
        },
    }


_LIST: Final[Schema] = {
    "type": "array",
    "description": "The APIs of the file.",
    # Not beside one another: some editors take the properties of one for those of both.
    "items": {"allOf": [{"$ref": "#/$defs/Api"}, {"properties": {SCHEMA_KEY: False}}]},
}
_FORMS: Final[Schema] = {
    "type": ["array", "object"],
    "if": {"type": "array"},
    "then": _LIST,
    "else": {
        "if": {"required": ["apis"], "not": {"anyOf": [{"required": ["name"]}, {"required": ["kind"]}]}},
        "then": {
            "properties": {SCHEMA_KEY: {"doNotSuggest": True}, "apis": _LIST},
            "additionalProperties": False,
        },
        "else": {"$ref": "#/$defs/Api"},
    },
}


def _api(kinds: dict[str, Schema]) -> Schema:
    """An API of any of the ``kinds``, or of one that a reference brings in."""
    name = next(iter(kinds.values()))["properties"]["name"]
    known = {"properties": {"kind": {"enum": list(kinds)}}, "required": ["kind"]}
    keys = dict.fromkeys(key for schema in kinds.values() for key in schema["properties"])
    return {
        "type": "object",
        "required": list(_OWN_KEYS),
        "properties": {"name": name, "kind": _kind(kinds)},
        "allOf": [
            *(
                {
                    "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                    "then": {"$ref": f"#/$defs/{kind}"},
                }
                for kind in kinds
            ),
            {"if": known, "else": {"propertyNames": {"enum": [*keys, SCHEMA_KEY]}}},
        ],
    }


def _kind(kinds: dict[str, Schema]) -> Schema:
    what = [schema["description"].removeprefix("`kind: ").replace("`", "", 1) for schema in kinds.values()]
    return or_reference({"enum": list(kinds), "description": "Kind of the API. " + " ".join(what)})


def _of_kind(kind: str, schema: Schema) -> Schema:
    """What an API of this kind may hold; its name and kind are described with those of all kinds."""
    own = {key: part for key, part in schema["properties"].items() if key not in _OWN_KEYS}
    described: Schema = {key: {} for key in _OWN_KEYS} | {SCHEMA_KEY: {"doNotSuggest": True}}
    required = [key for key in schema["required"] if key not in _OWN_KEYS]
    return {**schema, "properties": {**described, **own}, "required": required, "allOf": API_RULES[kind]}


def _propose_classes(names: list[str], provider: Schema, kinds: dict[str, Schema]) -> None:
    """Let an editor propose ``names`` for the class of a provider, in both its forms."""
    provider["title"] = "Provider"
    provider["properties"]["class"]["examples"] = names
    for schema in kinds.values():
        if "providers" in schema["properties"]:
            _, alone = schema["properties"]["providers"]["additionalProperties"]["anyOf"]
            alone["examples"] = names


def _edited(schema: Schema) -> Schema:
    """A schema as pydantic makes it, as an editor shows it: without titles, flat, with references."""
    return or_reference(_cleaned(schema))


def _cleaned(schema: Schema) -> Schema:
    schema = {key: part for key, part in schema.items() if key != "title"}
    if schema.get("default", ...) is None:
        del schema["default"]
    if "description" in schema:
        schema["description"] = schema["description"].split("\n\n")[0].replace("``", "`")
    if "anyOf" in schema:
        return _joined(schema, [_cleaned(option) for option in schema["anyOf"]])
    if "properties" in schema:
        schema["properties"] = {key: _property(key, part) for key, part in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = _edited(schema[key])
    for pattern, part in schema.pop("patternProperties", {}).items():
        names = {**schema.get("propertyNames", {}), "pattern": pattern}
        schema |= {"propertyNames": names, "additionalProperties": _edited(part)}
    return schema


def _joined(schema: Schema, options: list[Schema]) -> Schema:
    """``schema`` with ``options``: as one schema where they differ in type, which editors explain better."""
    rest = {key: part for key, part in schema.items() if key != "anyOf"}
    if not all("type" in option and "enum" not in option for option in options):
        return {**rest, "anyOf": [or_reference(option) for option in options]}
    types = dict.fromkeys(name for option in options for name in list_of_types(option))
    merged = {key: part for option in reversed(options) for key, part in option.items()}
    return {**merged, **rest, "type": list(types)}


def _property(key: str, schema: Schema) -> Schema:
    edited = _edited(schema)
    if key in _FREE:
        edited["additionalProperties"] = {"$ref": f"#/$defs/{_FREE[key]}"}
    if is_kept(key):
        edited["description"] += f" {_KEPT}"
    return edited
