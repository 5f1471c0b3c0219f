"""The text of a configuration file to plain data, each value with its place.

YAML, JSON and TOML mean the same: keys are text and given once, and numbers are read alike. Plain
scalars of YAML are read as Cortex's Go reader reads them: ``1e-3`` is a float, ``2001-12-14`` and
``12:30:45`` are text. Tags, a second document and values that hold themselves are refused; the
file's length, its depth and its number of values are bounded.

A file, its overlays and its settings become one document, in which each value keeps its own place.
Plain data is written as YAML that every reader of it takes for the same data.
"""

from predictor_kit.documents.apis import SCHEMA_KEY, normalised
from predictor_kit.documents.assembly import assemble
from predictor_kit.documents.builder import MAX_DEPTH, MAX_VALUES, TOO_DEEP
from predictor_kit.documents.files import MAX_BYTES, overlay_path, parse, read
from predictor_kit.documents.merging import merge
from predictor_kit.documents.positions import Document, Position, doubts, holds, key_path, value_at
from predictor_kit.documents.scalars import read_scalar
from predictor_kit.documents.settings import Setting, setting
from predictor_kit.documents.unsound import UnsoundError
from predictor_kit.documents.yaml_writer import write_yaml

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_VALUES",
    "SCHEMA_KEY",
    "TOO_DEEP",
    "Document",
    "Position",
    "Setting",
    "UnsoundError",
    "assemble",
    "doubts",
    "holds",
    "key_path",
    "merge",
    "normalised",
    "overlay_path",
    "parse",
    "read",
    "read_scalar",
    "setting",
    "value_at",
    "write_yaml",
]
