"""By name: which provider fills which parameter of a callable.

For each parameter what is given explicitly, else the provider of the same name, else the
parameter's own default, else it is missing. An annotation never selects a provider; it may
validate the config.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, Generic, TypeVar

from dependency_injector import providers

from predictor_kit.calls import bind
from predictor_kit.casting import Mismatch, cast, is_model
from predictor_kit.config import configured
from predictor_kit.container import AnyProvider
from predictor_kit.errors import Problem, did_you_mean, listed
from predictor_kit.graph import OPTIONS
from predictor_kit.signatures import Kind, Parameter, Plan, plan_of

__all__ = ["Arguments", "drawn"]

T = TypeVar("T")

CORTEX_NAMES = {
    "job_spec": "the specification of the submitted job (BatchAPI; None for other kinds)",
    "python_client": "the client of the models under predictor.models (multi-model caching)",
    "onnx_client": "the client that runs the ONNX models under predictor.models",
    "tensorflow_client": "the client of the TensorFlow Serving container of predictor.models",
    "proto_module_pb2": "the module generated from predictor.protobuf_path (gRPC)",
}
"""The constructor arguments that Cortex 0.32 knew besides `config` and `metrics_client`."""


class Arguments(Generic[T]):
    """What fills the parameters of ``target`` from ``available`` providers.

    ``plan`` are the parameters; ``filled`` holds the provider for each one that gets one by its
    name, ``missing`` those that nothing fills. ``given`` are names that are filled otherwise.
    Raises `ProblemsError` where the parameters cannot be read.
    """

    def __init__(
        self, target: Callable[..., T], available: Mapping[str, AnyProvider], given: Container[str] = ()
    ) -> None:
        """Match the names; nothing is called."""
        self.target = target
        self.plan: Plan = plan_of(target)
        self.available = available
        open_ = [parameter for parameter in self.plan.parameters if parameter.name not in given]
        self.filled = {p.name: available[p.name] for p in open_ if p.name in available}
        self.missing = [p for p in open_ if p.required and p.name not in self.filled]

    def configured(self) -> Iterator[tuple[Parameter, Any]]:
        """The parameters that get config, each with the model that its annotation names, or None."""
        for parameter in self.plan.parameters:
            provider = self.filled.get(parameter.name)
            if provider is not None and (parameter.name == "config" or isinstance(provider, OPTIONS)):
                yield parameter, parameter.annotation if is_model(parameter.annotation) else None

    def by_position(self, given: Container[str] = ()) -> list[Parameter]:
        """The positional-only parameters up to the last one that is filled or ``given``."""
        only = [parameter for parameter in self.plan.parameters if parameter.kind is Kind.POSITIONAL_ONLY]
        while only and only[-1].name not in self.filled and only[-1].name not in given:
            only.pop()
        return only

    def call(self) -> Callable[[], T]:
        """The call, compiled: it asks each provider for its value and hands them over by name."""
        sources: dict[str, Callable[[], Any]] = {
            name: _giving(provider) if providers.is_delegated(provider) else provider
            for name, provider in self.filled.items()
        }
        for parameter, model in self.configured():
            sources[parameter.name] = _copying(self.filled[parameter.name], model)
        positional = [
            sources.pop(p.name) if p.name in sources else _giving(p.default) for p in self.by_position()
        ]
        return bind(self.target, positional, sources)

    def injections(self) -> dict[str, AnyProvider]:
        """What is filled by name as providers to put into another provider's arguments."""
        own = {
            p.name: providers.Callable(configured, self.filled[p.name], model)
            for p, model in self.configured()
        }
        return {**self.filled, **own}

    def config_mismatches(self, config: Any) -> Iterator[Mismatch]:
        """What of ``config`` does not fit the model that a parameter ``config`` is annotated with."""
        for parameter, model in self.configured():
            if parameter.name == "config" and model is not None:
                yield from cast(config, model)[1]

    def problems(self) -> Iterator[Problem]:
        """A problem for each parameter that is missing."""
        for parameter in self.missing:
            near = did_you_mean(parameter.name, self.available)
            there = f"providers: {listed(self.available, parameter.name)}"
            yield Problem(
                f"{self.plan.name} asks for {parameter.name!r}, and no provider has that name{near}",
                notes=(*_cortex(parameter.name), there, drawn(self.plan)),
            )


def drawn(plan: Plan) -> str:
    """The callable as a note, with its own place: ``Tokenizer(vocabulary)  [text.py:4]``."""
    place = plan.location
    return plan.text() + (f"  [{place}]" if place else "")


def _cortex(name: str) -> Iterator[str]:
    if name in CORTEX_NAMES:
        yield f"in Cortex 0.32 {name!r} is {CORTEX_NAMES[name]}; here it is a name like any other:"
        yield f"declare a provider {name!r}, in the container or under `providers:` in the file"


def _copying(provider: AnyProvider, model: Any) -> Callable[[], Any]:
    return lambda: configured(provider(), model)


def _giving(value: Any) -> Callable[[], Any]:
    return lambda: value
