"""``apis``: the shares of a TrafficSplitter."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict

from predictor_kit.spec.scalars import TYPED
from predictor_kit.spec.section import Section
from predictor_kit.spec.texts import Title

__all__ = ["TrafficSplit"]


class TrafficSplit(Section, frozen=True):
    """One of the APIs that a TrafficSplitter shares requests among."""

    name: Title = Field(description="Name of the RealtimeAPI.")
    weight: Annotated[int, Strict(), Field(ge=0, le=100), TYPED] = Field(
        description="Percentage of the requests; those of all but the shadow sum to 100."
    )
    shadow: Annotated[bool, Strict(), TYPED] = Field(
        default=False, description="Whether it gets copies of its share, and its answers are dropped."
    )
