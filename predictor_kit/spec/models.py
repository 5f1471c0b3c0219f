"""``models`` and ``multi_model_reloading``: models in a bucket that the runtime loads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict

from predictor_kit.spec.base import NOT_NULL, null_as
from predictor_kit.spec.scalars import INT32, TYPED
from predictor_kit.spec.section import Section
from predictor_kit.spec.texts import BucketPath, ModelName, Title

__all__ = ["ModelPath", "MultiModels"]


class ModelPath(Section, frozen=True):
    """One of several models."""

    name: ModelName = Field(
        description="Name that the code asks for the model by, unique here: letters, digits, `_` and `-`."
    )
    path: BucketPath = Field(description="Folder or file of the model in S3 (s3://bucket/path).")
    signature_key: Annotated[Title | None, NOT_NULL] = Field(
        default=None, description="Key of the signature to call; tensorflow only."
    )


Size = Annotated[int, Strict(), Field(ge=1, le=INT32), TYPED]


class MultiModels(Section, frozen=True):
    """One model, several, or a folder of models: exactly one of `path`, `paths` and `dir`."""

    path: Annotated[BucketPath | None, NOT_NULL] = Field(
        default=None, description="Folder or file of one model in S3 (s3://bucket/path)."
    )
    paths: Annotated[list[ModelPath], null_as(list)] = Field(
        default_factory=list, description="Several models, each with its name."
    )
    dir: Annotated[BucketPath | None, NOT_NULL] = Field(
        default=None, description="Folder in S3 whose folders are the models, named as they are."
    )
    signature_key: Annotated[Title | None, NOT_NULL] = Field(
        default=None, description="Key of the signature to call; tensorflow only."
    )
    cache_size: Annotated[Size | None, NOT_NULL] = Field(
        default=None,
        description="Models kept in memory at a time; with `disk_cache_size`, RealtimeAPI only.",
    )
    disk_cache_size: Annotated[Size | None, NOT_NULL] = Field(
        default=None, description="Models kept on disk at a time; at least `cache_size`."
    )
