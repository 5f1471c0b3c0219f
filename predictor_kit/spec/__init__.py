"""The configuration file as pydantic models: every key of Cortex 0.32, and ours.

``load_specs`` reads a file; its problems come all at once, each at its line and column. A spec is
plain data: it pickles, and no attribute of it can be set. All that a file can say can be said with the
models, too: ``repr()`` of a spec is Python that makes an equal one, ``dump_specs`` the text of a file
that does, and ``model_dump()`` its plain data, with defaults and with references filled.
"""

from predictor_kit.spec.apis import (
    KINDS,
    AsyncSpec,
    BatchSpec,
    PredictorSpec,
    RealtimeSpec,
    TaskSpec,
    TrafficSplitterSpec,
)
from predictor_kit.spec.code import Definition, Dependencies, Predictor, ServerSideBatching
from predictor_kit.spec.dumping import dump_specs
from predictor_kit.spec.environment import from_outside
from predictor_kit.spec.models import ModelPath, MultiModels
from predictor_kit.spec.providers import RESERVED_NAMES, ProviderSpec
from predictor_kit.spec.reader import Survey, load_specs, survey
from predictor_kit.spec.scaling import Autoscaling, Compute, Networking, UpdateStrategy
from predictor_kit.spec.splitting import TrafficSplit

__all__ = [
    "KINDS",
    "RESERVED_NAMES",
    "AsyncSpec",
    "Autoscaling",
    "BatchSpec",
    "Compute",
    "Definition",
    "Dependencies",
    "ModelPath",
    "MultiModels",
    "Networking",
    "Predictor",
    "PredictorSpec",
    "ProviderSpec",
    "RealtimeSpec",
    "ServerSideBatching",
    "Survey",
    "TaskSpec",
    "TrafficSplit",
    "TrafficSplitterSpec",
    "UpdateStrategy",
    "dump_specs",
    "from_outside",
    "load_specs",
    "survey",
]
