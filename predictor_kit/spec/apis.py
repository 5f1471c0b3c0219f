"""The five kinds of API: what a file declares, checked, as plain data that pickles."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from predictor_kit.documents import Document
from predictor_kit.errors import Location
from predictor_kit.spec.base import null_as
from predictor_kit.spec.code import CLASSES, Definition, Predictor
from predictor_kit.spec.code_rules import CODE_RULES, ONLY_REALTIME
from predictor_kit.spec.findings import Place, Reading, name_in, read_errors
from predictor_kit.spec.providers import Providers, ProviderSpec
from predictor_kit.spec.rules import COMPUTE_RULES, SCALING_RULES, SPLITTER_RULES, TASK_RULES, Rule, broken
from predictor_kit.spec.scaling import Autoscaling, Compute, Networking, UpdateStrategy
from predictor_kit.spec.section import Section, plain_data, whole
from predictor_kit.spec.splitting import TrafficSplit
from predictor_kit.spec.texts import ApiName, ContainerPath, split_class
from predictor_kit.spec.view import View

__all__ = [
    "KINDS",
    "AsyncSpec",
    "BatchSpec",
    "PredictorSpec",
    "RealtimeSpec",
    "TaskSpec",
    "TrafficSplitterSpec",
]


class PredictorSpec(Section, frozen=True):
    """One API: the base of the five kinds. Equal specs have equal values and one directory.

    A spec is read from a file by `load_specs`, or made in Python with the file's keys:
    ``AsyncSpec(name="iris", predictor=Predictor(type="python", path="iris.py"))``, which raises
    ProblemsError with all that is wrong. `dump_specs` writes it to a file.
    """

    name: ApiName = Field(
        description="Name of the API, unique in the file: small letters, digits and `-`, at most 42 "
        "characters; it begins with a letter, not with `b-`, and does not end with `-`."
    )
    kind: str = Field(description="Kind of the API.")

    _rules: ClassVar[tuple[Rule, ...]] = ()
    _place: Place = PrivateAttr(default_factory=Place)
    _directory: str = PrivateAttr(default="")
    _allow: tuple[str, ...] | None = PrivateAttr(default=None)

    @property
    def allow(self) -> tuple[str, ...] | None:
        """The patterns of the code that the file may name, as `load_specs` was given them; None: any."""
        return self._allow

    @property
    def directory(self) -> str:
        """The folder of the file, which paths are relative to; "" (the current one) without a file."""
        return self._directory

    @property
    def written(self) -> Document | None:
        """What file, overlays and settings say of the API, references as they are written there.

        None for a spec that was made in Python.
        """
        return self._place.written

    @property
    def code(self) -> Predictor | Definition | None:
        """The section ``predictor`` or ``definition``; None in a TrafficSplitter."""
        return None

    @property
    def type(self) -> str | None:
        """``python``, ``tensorflow`` or ``onnx``; None without a predictor."""
        return self.code.type if isinstance(self.code, Predictor) else None

    @property
    def path(self) -> str:
        """The Python file or the module of the code, without a class; "" without code."""
        return split_class(self.code.path)[0] if self.code else ""

    @property
    def class_name(self) -> str:
        """The name of the code's class: the one written, else the kind's or type's own; "" without code."""
        if self.code is None:
            return ""
        return split_class(self.code.path)[1] or CLASSES[self.type]

    @property
    def config(self) -> dict[str, Any]:
        """The config as written; text from outside in it is an `OutsideText`."""
        return self.code.config if self.code else {}

    @property
    def env(self) -> dict[str, str]:
        """The environment variables to set for the code."""
        return self.code.env if self.code else {}

    @property
    def python_path(self) -> str | None:
        """The folder to import from, if other than the directory."""
        return self.code.python_path if self.code else None

    @property
    def log_level(self) -> str:
        """``debug``, ``info``, ``warning`` or ``error``."""
        return self.code.log_level if self.code else "info"

    @property
    def container(self) -> str | None:
        """The container's class as written, or None."""
        return None

    @property
    def providers(self) -> dict[str, ProviderSpec]:
        """The providers that the file adds, by name."""
        return {}

    def locate(self, *path: str | int, key: bool = False) -> Location | None:
        """The place in the file of the value at ``path``, or of its ``key``.

        Of its nearest parent's key where it is absent; None for a spec that was made in Python.
        """
        return self._place.locate(path, key=key)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with the keys in ``update`` replaced, each as a whole, checked as if it was made so."""
        place = self._place.without(self._by_key(update or {}))
        return super().model_copy(update=update, deep=deep)._settled(place, self._directory, self._allow)  # noqa: SLF001 # of this class

    def in_directory(self, directory: str | os.PathLike[str]) -> Self:
        """A copy whose paths are relative to ``directory``."""
        return self.model_copy()._settled(self._place, os.fspath(directory), self._allow)  # noqa: SLF001 # of this class

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PredictorSpec) or type(self) is not type(other):
            return NotImplemented
        return self.__dict__ == other.__dict__ and self.directory == other.directory

    def __hash__(self) -> int:
        return hash((self.kind, self.name, self.directory))

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Validate keys and rules, and report whatever is wrong in one ProblemsError."""
        if cls is PredictorSpec:
            raise TypeError(
                f"PredictorSpec is only a base: use {', '.join(kind.__name__ for kind in KINDS.values())}"
            )
        if isinstance(data, PredictorSpec):
            return handler(data)
        reading = info.context if isinstance(info.context, Reading) else None
        if reading is None:
            data = plain_data(data)
            reading = Reading(Place(api=name_in(data)))
        if isinstance(data, Mapping):
            data = {"kind": cls.model_fields["kind"].default, **data}
        found, spec = list(reading.found), None
        try:
            with whole():
                spec = handler(data)
        except ValidationError as error:
            found += read_errors(error, cls, data, found, reading.doubts)
        found += broken(cls._rules, View(cls, data, [*found, *reading.doubtful()], reading.place))
        if spec is None or found or reading.doubts:
            raise reading.refusal(found)
        return spec._settled(reading.place, reading.place.directory, reading.allow)  # noqa: SLF001 # of this class

    def _settled(self, place: Place, directory: str, allow: tuple[str, ...] | None) -> Self:
        self._place = place  # pyright: ignore[reportAttributeAccessIssue] # a private attribute is not frozen
        self._directory = directory  # pyright: ignore[reportAttributeAccessIssue] # the same
        self._allow = allow  # pyright: ignore[reportAttributeAccessIssue] # the same
        return self


class _PredictorSpec(PredictorSpec, frozen=True):
    predictor: Predictor = Field(description="Code of the API and what it runs with.")


class _DefinitionSpec(PredictorSpec, frozen=True):
    definition: Definition = Field(description="Code of the task and what it runs with.")


class _CodeSpec(PredictorSpec, frozen=True):
    """An API with code: any but a TrafficSplitter."""

    container_class: ContainerPath | None = Field(
        default=None,
        alias="container",
        description="Container whose providers fill the constructor, a subclass of PredictorContainer, as "
        "`package.module:Class` or `file.py:Class`; by default PredictorContainer itself.",
    )
    provider_specs: Providers = Field(
        default_factory=dict,
        alias="providers",
        description="Providers by name, added to the container or replacing its own: a class alone, or a "
        "mapping. A name is one that a Python parameter can have, and not `config`.",
    )
    networking: Networking = Field(default_factory=Networking, description="Where the API is reached.")
    compute: Compute = Field(default_factory=Compute, description="What a replica asks of its machine.")

    @property
    def container(self) -> str | None:
        """The container's class as written, or None."""
        return self.container_class

    @property
    def providers(self) -> dict[str, ProviderSpec]:
        """The providers that the file adds, by name."""
        return self.provider_specs


# Of two bases the last one gives the first keys, so that they come in the order of a file.
class _ServedSpec(_CodeSpec, _PredictorSpec, frozen=True):
    """An API with a predictor."""

    @property
    def code(self) -> Predictor:
        """The section ``predictor``."""
        return self.predictor


class _ScaledSpec(_ServedSpec, frozen=True):
    """An API whose replicas come and go."""

    autoscaling: Autoscaling = Field(
        default_factory=Autoscaling, description="How many replicas there are, and how their number changes."
    )
    update_strategy: UpdateStrategy = Field(
        default_factory=UpdateStrategy, description="How replicas are replaced by those of a new version."
    )


class RealtimeSpec(_ScaledSpec, frozen=True):
    """``kind: RealtimeAPI``: answers requests at once."""

    kind: Literal["RealtimeAPI"] = Field(default="RealtimeAPI", description="Kind of the API.")

    _rules = (*CODE_RULES, *COMPUTE_RULES, *SCALING_RULES)


class AsyncSpec(_ScaledSpec, frozen=True):
    """``kind: AsyncAPI``: takes requests into a queue and answers them later."""

    kind: Literal["AsyncAPI"] = Field(default="AsyncAPI", description="Kind of the API.")

    _rules = (*ONLY_REALTIME, *CODE_RULES, *COMPUTE_RULES, *SCALING_RULES)


class BatchSpec(_ServedSpec, frozen=True):
    """``kind: BatchAPI``: runs jobs whose items come in batches."""

    kind: Literal["BatchAPI"] = Field(default="BatchAPI", description="Kind of the API.")

    _rules = (*ONLY_REALTIME, *CODE_RULES, *COMPUTE_RULES)


class TaskSpec(_CodeSpec, _DefinitionSpec, frozen=True):
    """``kind: TaskAPI``: runs a job once."""

    kind: Literal["TaskAPI"] = Field(default="TaskAPI", description="Kind of the API.")

    _rules = TASK_RULES

    @property
    def code(self) -> Definition:
        """The section ``definition``."""
        return self.definition


class TrafficSplitterSpec(PredictorSpec, frozen=True):
    """``kind: TrafficSplitter``: shares requests among RealtimeAPIs; it has no code of its own."""

    kind: Literal["TrafficSplitter"] = Field(default="TrafficSplitter", description="Kind of the API.")
    apis: Annotated[list[TrafficSplit], null_as(list)] = Field(
        description="APIs that requests are shared among: each named once, one of them a shadow at most."
    )
    networking: Networking = Field(default_factory=Networking, description="Where the API is reached.")

    _rules = SPLITTER_RULES


KINDS: Final[Mapping[str, type[PredictorSpec]]] = {
    "RealtimeAPI": RealtimeSpec,
    "AsyncAPI": AsyncSpec,
    "BatchAPI": BatchSpec,
    "TaskAPI": TaskSpec,
    "TrafficSplitter": TrafficSplitterSpec,
}
"""The model of each kind."""
