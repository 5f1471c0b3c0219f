"""The JSON Schema of a configuration file, made from the models of `predictor_kit.spec`.

It is meant for editors, so it may take what a check refuses, but never refuses what a check takes.
"""

from predictor_kit.schema.file import file_schema
from predictor_kit.schema.kept import is_kept

__all__ = ["file_schema", "is_kept"]
