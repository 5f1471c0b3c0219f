"""The text of a configuration file to plain data, each value with its place.

YAML, JSON and TOML mean the same: keys are text and given once, and numbers are read alike. Plain
scalars of YAML are read as Cortex's Go reader reads them: ``1e-3`` is a float, ``2001-12-14`` and
``12:30:45`` are text. Tags, a second document and values that hold themselves are refused; the
file's length, its depth and its number of values are bounded.
"""

from predictor_kit.documents.builder import MAX_DEPTH, MAX_VALUES
from predictor_kit.documents.files import MAX_BYTES, parse, read
from predictor_kit.documents.positions import Document, Position, key_path
from predictor_kit.documents.scalars import read_scalar

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_VALUES",
    "Document",
    "Position",
    "key_path",
    "parse",
    "read",
    "read_scalar",
]
