"""The tables of docs/file.md, from the models of the file: ``python -m tests.reference`` writes them anew.

A table stands between ``<!-- WHAT -->`` and ``<!-- end -->``, where WHAT is ``an API``, ``short names`` or
a key of an API.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from predictor_kit.schema import is_kept
from predictor_kit.shortnames import SHORT_NAMES
from predictor_kit.spec import KINDS

PAGE = Path(__file__).parents[1] / "docs" / "file.md"
TABLE = re.compile(r"<!-- ([\w ]+) -->\n.*?<!-- end -->", re.DOTALL)
WORDS = {
    "array": "list",
    "boolean": "true or false",
    "integer": "whole number",
    "null": "null",
    "number": "number",
    "object": "mapping",
    "string": "text",
}
LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
}

Schema = dict[str, Any]


def models() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The schema of each kind, and of each section by the name of its model."""
    _, schema = models_json_schema([(model, "validation") for model in KINDS.values()])
    sections = schema["$defs"]
    return {kind: sections[model.__name__] for kind, model in KINDS.items()}, sections


def options(schema: Schema, sections: dict[str, Schema]) -> list[Schema]:
    """What ``schema`` may be: itself, or several of which one holds; sections in place of their names."""
    if "anyOf" in schema:
        return [option for part in schema["anyOf"] for option in options(part, sections)]
    return [sections[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema]


def values_of(mapping: Schema) -> Schema | None:
    """What the values of a mapping with free keys are."""
    values = next(iter(mapping.get("patternProperties", {}).values()), mapping.get("additionalProperties"))
    return values if isinstance(values, dict) else None


def within(schema: Schema, sections: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """The mappings with keys in a value, each after what is written between the value's key and theirs."""
    for option in options(schema, sections):
        for mark, inner in (("[]", option.get("items")), (".NAME", values_of(option))):
            if inner:
                yield from ((mark + more, part) for more, part in within(inner, sections))
        if "properties" in option:
            yield "", option


def type_of(schema: Schema, sections: dict[str, Schema]) -> str:
    """The type and its limits in words: ``whole number, 1 to 100``, ``mapping or null``."""
    return " or ".join(dict.fromkeys(words_for(option) for option in options(schema, sections)))


def words_for(option: Schema) -> str:
    if "enum" in option:
        return ", ".join(f"`{value}`" for value in option["enum"])
    if option["type"] == "object":
        values = values_of(option) or {}
        return "mapping of text" if values.get("type") == "string" else "mapping"
    both = [option[key] for key in ("minimum", "maximum") if key in option]
    if len(both) == 2:
        return f"{WORDS[option['type']]}, {both[0]} to {both[1]}"
    return ", ".join(
        [WORDS[option["type"]], *(LIMITS[key].format(option[key]) for key in LIMITS if key in option)]
    )


def default_of(key: str, schema: Schema, holder: Schema) -> str:
    if key in holder.get("required", ()):
        return "required"
    default = schema.get("default")
    if default is None:
        return ""
    return f"`{default if isinstance(default, str) and default else json.dumps(default)}`"


def rows(before: str, holder: Schema, sections: dict[str, Schema], seen: dict[str, str]) -> Iterator[str]:
    """A row for each key of ``holder``, and for the keys within it where they were not ``seen``."""
    for key, schema in holder["properties"].items():
        name, inner = before + key, list(within(schema, sections))
        again = seen.get(str(inner)) if inner else None
        kept = any(map(is_kept, re.split(r"\W+", name)))
        kind = type_of(schema, sections) + (f", as `{again}`" if again else "")
        use = "kept" if kept else "used"
        yield row([f"`{name}`", kind, default_of(key, schema, holder), use, schema["description"]])
        seen.setdefault(str(inner), name)
        for more, part in () if again else inner:
            yield from rows(f"{name}{more}.", part, sections, seen)


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def headed(titles: list[str], lines: list[str]) -> str:
    return "\n".join([row(titles), f"|{'---|' * len(titles)}", *lines])


def of_an_api() -> str:
    """The keys of an API, with the kinds that have them."""
    kinds, _ = models()
    keys = dict.fromkeys(key for schema in kinds.values() for key in schema["properties"])
    lines = []
    for key in keys:
        having = {kind: schema for kind, schema in kinds.items() if key in schema["properties"]}
        marks = [
            "no" if kind not in having else "required" if key in (*schema["required"], "kind") else "yes"
            for kind, schema in kinds.items()
        ]
        what = next(iter(having.values()))["properties"][key]["description"]
        lines.append(row([f"`{key}`", *marks, "kept" if is_kept(key) else "used", what]))
    return headed(["key", *kinds, "", "what"], lines)


def of_a_key(key: str) -> str:
    """The keys within the key of an API, as the first kind that has it has them."""
    kinds, sections = models()
    holder = next(schema for schema in kinds.values() if key in schema["properties"])
    seen: dict[str, str] = {}
    lines = [
        line
        for more, inner in within(holder["properties"][key], sections)
        for line in rows(f"{key}{more}.", inner, sections, seen)
    ]
    return headed(["key", "type", "default", "", "what"], lines)


def of_short_names() -> str:
    """Our own short names for classes."""
    lines = [row([f"`{name}`", f"`{written}`"]) for name, written in sorted(SHORT_NAMES.items())]
    return headed(["short name", "class"], lines)


TABLES = {"an API": of_an_api, "short names": of_short_names}


def renewed(page: str) -> str:
    """The text of the page with its tables as the models have them now."""

    def table(found: re.Match[str]) -> str:
        what = found[1]
        text = TABLES[what]() if what in TABLES else of_a_key(what)
        return f"<!-- {what} -->\n\n{text}\n\n<!-- end -->"

    return TABLE.sub(table, page)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
