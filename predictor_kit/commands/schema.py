"""``predictor-kit schema``: the JSON Schema of a configuration file, for editors."""

from __future__ import annotations

import json

from predictor_kit.commands.output import only_results, print_line
from predictor_kit.schema import file_schema

__all__ = ["schema", "schema_text"]


def schema() -> int:
    """Print the schema; 0."""
    with only_results() as results:
        print_line(schema_text(), results)
    return 0


def schema_text() -> str:
    """The schema as JSON, in ASCII, which every terminal and editor takes."""
    return json.dumps(file_schema(), indent=2)
