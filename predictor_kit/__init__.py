"""Dependency injection for predictors: what a constructor names, it gets.

A predictor is a plain class. Each parameter of its constructor is filled from the provider *of
the same name*; the providers are declared by a container, by a configuration file, or both::

    file text --documents--> plain data + positions --spec--> PredictorSpec --container--> Container
                                                                                             |
    predictions <--predictor-- LoadedPredictor <--loader-- class + constructor plan <--overrides

======================  =========================================================================
documents            YAML text to plain data, each value with its file, line and column
references           ``${env:NAME}``, ``${config.key}`` and ``${provider}`` in that data
validation           what pydantic says of a value, and what of it can be told of one that may be secret
spec                 the pydantic models of the file; plain data that pickles
objects              ``package.module:Name`` or ``file.py:Name`` to the object
signatures, calls    a callable's parameters to a plan; a plan to a compiled call
typed_dicts          ``typing.TypedDict`` before Python 3.12, made anew for pydantic
casting, config      values into the types that annotations name; the predictor's configuration
metrics              the MetricsClient protocol and its implementations
lifecycle, copies    what was built in a container, and how it ends; copies of its providers
container            PredictorContainer
graph                what needs what, read without calling anything
sources              signatures from source, without importing it
shortnames, parts    what a file may write for a class; the types of what is in lists and mappings
values               what a file may write for an argument
arguments, wiring    a constructor's parameters to providers; a spec to a container
raised               what a user's own code raised, as text
builds, overrides    a predictor built anew for a while; providers replaced by name for a while
blueprint            what is to be loaded: the class that a target means, and its container
methods, checks      every problem found before anything is built, all at once
resolver             names to objects
predictor, loader    LoadedPredictor; a spec or a class, and a container, to one
runner, recording    many inputs through one predictor; their metrics as a table
schema               the JSON Schema of the file, for editors
description          what depends on what and where it comes from, told before it is built
commands             the command line (cli)
testing              recorded metrics, fakes, reviewed predictions; ``pytest_plugin`` hands them out
===================  =========================================================================

Imports go only from the later of these to the earlier. Importing this package imports none of
them: each name below is fetched from its module when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module

from predictor_kit.version import __version__

# What the module typing has, too: importing it would be half of the price of importing this.
TYPE_CHECKING = False

__all__ = [
    "LoadedPredictor",
    "MetricsClient",
    "PredictorContainer",
    "PredictorKitError",
    "PredictorSpec",
    "Problem",
    "ProblemsError",
    "__version__",
    "check",
    "load_predictor",
    "load_specs",
    "override",
    "resolve",
]

_MODULES = {
    "LoadedPredictor": "predictor",
    "MetricsClient": "metrics",
    "PredictorContainer": "container",
    "PredictorKitError": "errors",
    "PredictorSpec": "spec",
    "Problem": "errors",
    "ProblemsError": "errors",
    "check": "checks",
    "load_predictor": "loader",
    "load_specs": "spec",
    "override": "overrides",
    "resolve": "resolver",
}

if TYPE_CHECKING:
    from predictor_kit.checks import check
    from predictor_kit.container import PredictorContainer
    from predictor_kit.errors import PredictorKitError, Problem, ProblemsError
    from predictor_kit.loader import load_predictor
    from predictor_kit.metrics import MetricsClient
    from predictor_kit.overrides import override
    from predictor_kit.predictor import LoadedPredictor
    from predictor_kit.resolver import resolve
    from predictor_kit.spec import PredictorSpec, load_specs
else:
    # Hidden from type checkers: to them every name would exist.
    def __getattr__(name: str) -> object:
        """The public name from its module, kept here so that this runs once for each name."""
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names, fetched or not."""
    return list(__all__)
