"""``networking``, ``compute``, ``autoscaling``, ``update_strategy``: kept for a host to act on."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import Field, Strict

from predictor_kit.spec.base import NOT_NULL, Also, kind_of, refuse
from predictor_kit.spec.durations import Period, Window
from predictor_kit.spec.quantities import Cpu, Memory
from predictor_kit.spec.scalars import INT32, INT64, TYPED, Text, must
from predictor_kit.spec.section import Section
from predictor_kit.spec.texts import Endpoint

__all__ = ["Autoscaling", "Compute", "Networking", "UpdateStrategy", "share"]

_SHARE: Final = re.compile(r"\+?0*([0-9]{1,10})(%?)")
_LOOSE_SHARE: Final = r"^\+?0*(?:[0-9]{1,10}|(?:100|[0-9]{1,2})%)$"
_SHARE_MEANT: Final = "a whole number of replicas, or a percentage from 0% to 100%"


def share(text: str) -> int | None:
    """The number in ``3`` or ``25%``, or None where ``text`` is no share of the replicas."""
    found = _SHARE.fullmatch(text)
    if not found or int(found[1]) > (100 if found[2] else INT32):
        return None
    return int(found[1])


def _whole_as_text(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, str):
        return value
    raise refuse(f"must be {_SHARE_MEANT}, is {kind_of(value)}")


Share = Annotated[
    Text,
    must(lambda text: f"must be {_SHARE_MEANT}" if share(text) is None else None),
    Field(json_schema_extra={"pattern": _LOOSE_SHARE, "examples": ["25%", 1]}),
    Also(_whole_as_text, {"type": "integer", "minimum": 0, "maximum": INT32}),
]
Replicas = Annotated[int, Strict(), Field(ge=1, le=INT32), TYPED]
Part = Annotated[float, Strict(), Field(ge=0, lt=1, allow_inf_nan=False), TYPED]


class Networking(Section, frozen=True):
    """``networking``: where the API is reached."""

    endpoint: Annotated[Endpoint | None, NOT_NULL] = Field(
        default=None,
        description="Path of the API's URL, unique in the file; by default `/` and the API's name. Letters, "
        "digits, `_`, `-`, `.` and `/`, at most 1000 characters; neither `//` in it nor `/` alone.",
    )


class Compute(Section, frozen=True):
    """``compute``: what a replica asks of its machine."""

    cpu: Cpu | None = Field(
        default="200m", description="Processors, as a quantity (200m, 1.5) or a number; at least 20m."
    )
    mem: Memory | None = Field(
        default=None, description="Memory in bytes, as a quantity (512Mi, 2G); at least 20Mi."
    )
    gpu: Annotated[int, Strict(), Field(ge=0, le=INT64), TYPED] = Field(
        default=0, description="Number of GPUs; with `inf` 0."
    )
    inf: Annotated[int, Strict(), Field(ge=0, le=1), TYPED] = Field(
        default=0, description="Number of AWS Inferentia chips; 0 for onnx and in a TaskAPI."
    )


class Autoscaling(Section, frozen=True):
    """``autoscaling``: how many replicas there are, and how their number changes."""

    min_replicas: Replicas = Field(default=1, description="Fewest replicas, at most `max_replicas`.")
    max_replicas: Replicas = Field(default=100, description="Most replicas.")
    init_replicas: Annotated[Replicas | None, NOT_NULL] = Field(
        default=None,
        description="Replicas at the start, from `min_replicas`, the default, to `max_replicas`.",
    )
    max_replica_concurrency: Annotated[int, Strict(), Field(ge=1, le=30000), TYPED] = Field(
        default=1024, description="Most requests in one replica at a time, waiting ones included."
    )
    target_replica_concurrency: Annotated[
        Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False), TYPED] | None, NOT_NULL
    ] = Field(
        default=None,
        description="Requests in each replica that scaling aims at, at most `max_replica_concurrency`; "
        "by default `processes_per_replica` times `threads_per_process`.",
    )
    window: Window = Field(
        default="60s",
        description="Time over which requests are averaged, as a duration (60s, 2m): a multiple of 10s.",
    )
    downscale_stabilization_period: Period = Field(
        default="5m",
        description="Time in which the highest recommendation holds, as a duration (5m); not negative.",
    )
    upscale_stabilization_period: Period = Field(
        default="1m",
        description="Time in which the lowest recommendation holds, as a duration (1m); not negative.",
    )
    max_downscale_factor: Part = Field(
        default=0.75, description="Least share of the replicas that stays at one step."
    )
    max_upscale_factor: Annotated[float, Strict(), Field(gt=1, allow_inf_nan=False), TYPED] = Field(
        default=1.5, description="Greatest factor by which replicas grow at one step."
    )
    downscale_tolerance: Part = Field(
        default=0.05,
        description="Share of the replicas by which the recommendation may fall short without effect.",
    )
    upscale_tolerance: Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False), TYPED] = Field(
        default=0.05,
        description="Share of the replicas by which the recommendation may exceed without effect.",
    )


class UpdateStrategy(Section, frozen=True):
    """``update_strategy``: how replicas are replaced by those of a new version."""

    max_surge: Share = Field(
        default="25%",
        description="Replicas above the wanted number during an update (3), or a percentage of it (25%).",
    )
    max_unavailable: Share = Field(
        default="25%",
        description="Replicas missing during an update (3), or a percentage of the wanted number (25%); "
        "not 0 where `max_surge` is.",
    )
