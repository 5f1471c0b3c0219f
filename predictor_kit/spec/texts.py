"""What the texts of a file must look like: names, paths, images, endpoints."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import Field

from predictor_kit.spec.scalars import Text, must

__all__ = [
    "ApiName",
    "BucketPath",
    "CodePath",
    "ContainerPath",
    "Endpoint",
    "EnvName",
    "Image",
    "ModelName",
    "ProtobufPath",
    "PythonPath",
    "SourcePath",
    "Title",
    "canonical_endpoint",
    "split_class",
]

MAX_NAME: Final = 42
MAX_ENDPOINT: Final = 1000
RESERVED_MODEL: Final = "_cortex_default"

_NAME: Final = r"[a-z](?:[-a-z0-9]*[a-z0-9])?"
_IDENTIFIER: Final = r"[^\W\d]\w*"
# So many parts and no more: to import a name is to go down it by recursion.
_DOTTED: Final = rf"{_IDENTIFIER}(?:\.{_IDENTIFIER}){{0,50}}"
_CLASS: Final = rf"(?P<path>.+\.py|{_DOTTED}):(?P<name>{_DOTTED})"
_BUCKET: Final = r"s3://[^/]+(?:/[\s\S]*)?"
_MODEL: Final = r"[a-zA-Z0-9_-]+"
_PROTOBUF: Final = r"[a-zA-Z0-9_.]+\.proto"
_ENDPOINT: Final = r"[a-zA-Z0-9_\-./]*"
_PART: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST: Final = r"[a-z0-9]+(?:-+[a-z0-9]+)*"
_TAG: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST: Final = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_IMAGE: Final = (
    rf"(?:(?:{_HOST}(?:\.{_HOST})*(?::[0-9]+)?/)?{_PART}(?:/{_PART})*(?::{_TAG})?(?:@{_DIGEST})?)?"
)

_LOOSE_NAME: Final = r"[^\s\d.:/\\-][^\s.:/\\-]*"
_LOOSE_DOTTED: Final = rf"{_LOOSE_NAME}(?:\.{_LOOSE_NAME})*"
_LOOSE_CLASS: Final = rf"(?:.+\.py|{_LOOSE_DOTTED}):{_LOOSE_DOTTED}"

_with_class: Final = re.compile(_CLASS)


def split_class(text: str) -> tuple[str, str | None]:
    """The file or module that a ``path`` names, and the class behind its colon, if any."""
    found = _with_class.fullmatch(text)
    return (found["path"], found["name"]) if found else (text, None)


def canonical_endpoint(text: str) -> str:
    """An endpoint as Cortex serves it: with a slash before it and none after it."""
    return "/" + text.strip("/")


def _first(*complaints: tuple[Callable[[str], Any], str]) -> Any:
    """A validator: the message of the first of ``complaints`` that holds for a text."""
    return must(lambda text: next((message for holds, message in complaints if holds(text)), None))


def _unlike(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: not compiled.fullmatch(text)


def _empty(text: str) -> bool:
    return not text


def _schema(pattern: str, *examples: str) -> Any:
    """What the JSON Schema says of a text: it may take more than the validator, never less.

    Its patterns mean the same in Python and in an editor: no word characters, ASCII in JavaScript.
    """
    return Field(json_schema_extra={"pattern": f"^(?:{pattern})$", "examples": list(examples)})


_NOT_EMPTY: Final = (_empty, "must not be empty")

Title = Annotated[Text, _first(_NOT_EMPTY), Field(json_schema_extra={"minLength": 1})]
"""Text that is not empty."""

ApiName = Annotated[
    Text,
    _first(
        _NOT_EMPTY,
        (lambda text: len(text) > MAX_NAME, f"must be at most {MAX_NAME} characters long"),
        (
            _unlike(_NAME),
            "must begin with a small letter, hold only small letters, digits and '-', and not end with '-'",
        ),
        (lambda text: text.startswith("b-"), "must not begin with 'b-'"),
    ),
    _schema(rf"(?!b-)(?=.{{1,{MAX_NAME}}}$){_NAME}", "iris-classifier"),
]
"""The name of an API."""

CodePath = Annotated[
    Text,
    _first(
        _NOT_EMPTY,
        (
            lambda text: not text.endswith(".py") and not _with_class.fullmatch(text),
            "must end with '.py', or name a class as 'file.py:Class' or 'package.module:Class'",
        ),
    ),
    _schema(
        rf"[\s\S]*\.py|{_LOOSE_CLASS}", "predictor.py", "predictor.py:MyPredictor", "my_pkg.iris:MyPredictor"
    ),
]
"""A Python file, or a class in a file or module."""

SourcePath = Annotated[
    Text,
    _first(
        _NOT_EMPTY,
        (
            lambda text: ":" in text and not _with_class.fullmatch(text),
            "must be a file, or name a class as 'file.py:Class' or 'package.module:Class'",
        ),
    ),
    _schema(rf"[^:]+|{_LOOSE_CLASS}", "task.py", "my_pkg.training:Train"),
]
"""A file of any name, or a class in a Python file or module."""

ContainerPath = Annotated[
    Text,
    _first((_unlike(_CLASS), "must name a class as 'package.module:Class' or 'file.py:Class'")),
    _schema(_LOOSE_CLASS, "wiring.py:MyContainer", "my_pkg.wiring:MyContainer"),
]
"""A class in a file or module."""

PythonPath = Annotated[
    Text,
    _first(
        _NOT_EMPTY,
        (
            lambda text: text in (".", "./", "./."),
            "must be a folder other than the file's own, which is the default",
        ),
        (lambda text: text.startswith(("/", "~")), "must be relative to the file's folder"),
    ),
    _schema(r"(?![/~])(?!\.(?:/\.?)?$)[\s\S]+", "src"),
]
"""A folder below the file's own."""

ProtobufPath = Annotated[
    Text,
    _first(
        (
            _unlike(_PROTOBUF),
            "must be a file beside the configuration: letters, digits, '_' and '.', ending with '.proto'",
        )
    ),
    _schema(_PROTOBUF, "iris.proto"),
]
"""A protobuf file in the file's own folder."""

Image = Annotated[
    Text,
    _first((_unlike(_IMAGE), "must be a Docker image: 'name', 'registry/name' or 'registry/name:tag'")),
    _schema(_IMAGE, "quay.io/my-org/predictor:1.0"),
]
"""A Docker image; empty text stands for the default."""

BucketPath = Annotated[
    Text,
    _first((_unlike(_BUCKET), "must begin with 's3://' and a bucket")),
    _schema(_BUCKET, "s3://my-bucket/models/iris"),
]
"""A path in an S3 bucket."""

ModelName = Annotated[
    Text,
    _first(
        (_unlike(_MODEL), "must hold only letters, digits, '_' and '-', and at least one of them"),
        (lambda text: text == RESERVED_MODEL, f"must not be {RESERVED_MODEL!r}: Cortex keeps it for itself"),
    ),
    _schema(rf"(?!{RESERVED_MODEL}$){_MODEL}", "iris"),
]
"""The name of a model."""

EnvName = Annotated[
    Text,
    _first((lambda text: text.startswith("CORTEX_"), "must not begin with 'CORTEX_': Cortex sets those")),
    _schema(r"(?!CORTEX_)[\s\S]*", "MODEL_DIR"),
]
"""The name of an environment variable."""

Endpoint = Annotated[
    Text,
    _first(
        _NOT_EMPTY,
        (lambda text: len(text) > MAX_ENDPOINT, f"must be at most {MAX_ENDPOINT} characters long"),
        (_unlike(_ENDPOINT), "must hold only letters, digits, '_', '-', '.' and '/'"),
        (lambda text: "//" in text, "must not hold '//'"),
        (lambda text: not text.strip("/"), "must be more than '/'"),
    ),
    _schema(rf"(?!.*//)(?=.*[^/])(?=.{{1,{MAX_ENDPOINT}}}$){_ENDPOINT}", "/iris"),
]
"""The path of a URL."""
