"""``predictor:`` and ``definition:``: the Python code of an API and what it runs with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, Strict

from predictor_kit.spec.base import NOT_NULL, null_as
from predictor_kit.spec.durations import Interval
from predictor_kit.spec.models import MultiModels
from predictor_kit.spec.quantities import Size
from predictor_kit.spec.scalars import INT32, TYPED, Text
from predictor_kit.spec.section import Section
from predictor_kit.spec.texts import CodePath, EnvName, Image, ProtobufPath, PythonPath, SourcePath, Title

__all__ = [
    "CLASSES",
    "Definition",
    "Dependencies",
    "LogLevel",
    "Predictor",
    "PredictorType",
    "ServerSideBatching",
]

PredictorType = Literal["python", "tensorflow", "onnx"]
LogLevel = Literal["debug", "info", "warning", "error"]

CLASSES: Final[Mapping[str | None, str]] = {
    "python": "PythonPredictor",
    "tensorflow": "TensorFlowPredictor",
    "onnx": "ONNXPredictor",
    None: "Task",
}
"""What the class is called where a ``path`` does not say it, by the predictor's type; a task's has none."""

Config = Annotated[dict[Text, Any], null_as(dict)]


class Dependencies(Section, frozen=True):
    """``dependencies``: files that name what is to be installed before the code is loaded."""

    pip: Title = Field(default="requirements.txt", description="File of pip requirements.")
    conda: Title = Field(default="conda-packages.txt", description="File of conda packages.")
    shell: Title = Field(default="dependencies.sh", description="Shell script that runs first.")


class ServerSideBatching(Section, frozen=True):
    """``server_side_batching``: requests gathered into one call of ``predict``."""

    max_batch_size: Annotated[int, Strict(), Field(ge=2, le=1024), TYPED] = Field(
        description="Most requests in a batch: it is handed over when so many wait. In a python predictor "
        "equal to `threads_per_process`."
    )
    batch_interval: Interval = Field(
        description="Longest wait for a batch to fill, as a duration (200ms, 1s); more than 0s."
    )


class _Code(Section, frozen=True):
    """What a predictor and a task's definition have in common."""

    image: Image = Field(
        default="", description="Docker image to run in; empty: one chosen by type and compute."
    )
    python_path: Annotated[PythonPath | None, NOT_NULL] = Field(
        default=None,
        description="Folder to import modules from, relative to the configuration file's, which is the "
        "default: not absolute, and not `.`.",
    )
    log_level: LogLevel = Field(
        default="info", description="Log records of this level and above are written."
    )
    config: Config = Field(
        default_factory=dict,
        description="Free mapping that the constructor gets as `config` (a task: when it is called); "
        "`${config.key}` in the arguments of providers is a value of it.",
    )
    env: dict[EnvName, Text] = Field(
        default_factory=dict,
        description="Environment variables that are set for the code: text only, so numbers stand in quotes; "
        "no name begins with `CORTEX_`.",
    )
    dependencies: Dependencies = Field(
        default_factory=Dependencies, description="Files that name what is to be installed."
    )


class _Task(Section, frozen=True):
    path: SourcePath = Field(
        description="Python file with the class `Task`, relative to the configuration file; "
        "also `file.py:Class` or `package.module:Class`."
    )


class _Predictor(Section, frozen=True):
    type: PredictorType = Field(
        description="What the class is called where `path` does not say it: python: `PythonPredictor`, "
        "tensorflow: `TensorFlowPredictor`, onnx: `ONNXPredictor`."
    )
    path: CodePath = Field(
        description="Python file with the predictor's class, relative to the configuration file; "
        "also `file.py:Class` or `package.module:Class`."
    )


# The base that comes last gives the first keys, as a file has them.
class Definition(_Code, _Task, frozen=True):
    """``definition``: the code of a TaskAPI, a class `Task`."""


class Predictor(_Code, _Predictor, frozen=True):
    """``predictor``: the code of an API, a class with a method ``predict``."""

    protobuf_path: ProtobufPath | None = Field(
        default=None,
        description="Protobuf file of a gRPC service, in the configuration file's own folder: letters, "
        "digits, `_` and `.`, ending with `.proto`; RealtimeAPI only.",
    )
    models: Annotated[MultiModels | None, NOT_NULL] = Field(
        default=None,
        description="Models that are loaded by the runtime; tensorflow and onnx, which need them, only.",
    )
    multi_model_reloading: Annotated[MultiModels | None, NOT_NULL] = Field(
        default=None,
        description="Models that `load_model` reloads as they change; python and RealtimeAPI only.",
    )
    server_side_batching: ServerSideBatching | None = Field(
        default=None, description="Batches of requests; RealtimeAPI only, not for onnx, not with gRPC."
    )
    processes_per_replica: Annotated[int, Strict(), Field(ge=1, le=100), TYPED] = Field(
        default=1, description="Processes of a replica, each with its own predictor; 1 but for a RealtimeAPI."
    )
    threads_per_process: Annotated[int, Strict(), Field(ge=1, le=INT32), TYPED] = Field(
        default=1, description="Threads of a process that call `predict`; 1 but for a RealtimeAPI."
    )
    shm_size: Size | None = Field(
        default=None,
        description="Size of the shared memory in bytes, as a quantity (512Mi, 1Gi); at most `compute.mem`.",
    )
    tensorflow_serving_image: Image = Field(
        default="",
        description="Docker image of TensorFlow Serving; empty: one chosen by compute; tensorflow only.",
    )
