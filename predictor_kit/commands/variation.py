"""What every command takes to vary a file: an environment, overlays, single values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from predictor_kit.blueprint import file_of
from predictor_kit.errors import ProblemsError
from predictor_kit.spec import PredictorSpec, Survey, load_specs, survey

__all__ = ["Variation", "specs_of", "surveyed"]


class Variation(TypedDict):
    """The options ``--env``, ``--overlay`` and ``--set``."""

    env: str | None
    overlay: Sequence[str]
    set: Sequence[str]


def specs_of(file: str, variation: Variation) -> dict[str, PredictorSpec]:
    """The APIs of ``file`` as varied; raises `ProblemsError` with all that is wrong."""
    return load_specs(file_of(file), *variation["overlay"], env=variation["env"], set=variation["set"])


def surveyed(file: str, variation: Variation) -> Survey:
    """The APIs of ``file`` as varied, and what is wrong with them or with the file."""
    try:
        return survey(file_of(file), *variation["overlay"], env=variation["env"], set=variation["set"])
    except ProblemsError as error:
        return Survey(problems=list(error.problems))
