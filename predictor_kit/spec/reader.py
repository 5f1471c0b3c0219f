"""A file to its specs: every API validated, every problem of the file reported at once."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from predictor_kit.documents import Document, UnsoundError, assemble, doubts
from predictor_kit.errors import Problem, ProblemsError, did_you_mean
from predictor_kit.references import OutsideText
from predictor_kit.spec.apis import KINDS, PredictorSpec
from predictor_kit.spec.base import kind_of
from predictor_kit.spec.environment import fill
from predictor_kit.spec.findings import Finding, Path, Place, Reading, name_in, with_secret
from predictor_kit.spec.keys import fields_of, whose_key
from predictor_kit.spec.remainder import remainder
from predictor_kit.spec.unique import UNIQUE, repeated

__all__ = ["Survey", "load_specs", "survey"]


def load_specs(
    path: str | os.PathLike[str],
    *overlays: str | os.PathLike[str],
    env: str | None = None,
    set: Iterable[str] = (),  # noqa: A002 - the name that the command line has for it
    allow: Iterable[str] | None = None,
) -> dict[str, PredictorSpec]:
    """The APIs of the file at ``path`` (YAML, JSON or TOML), by name, in the file's order.

    ``env`` names an overlay beside the file, by default what ``PREDICTOR_ENV`` says: for ``prod``
    and ``cortex.yaml`` that is ``cortex.prod.yaml``. Further ``overlays`` follow in their order,
    then ``set``: texts as ``iris.predictor.config.threshold=0.7``, whose values are read as YAML.
    ``${env:NAME}`` and ``${file:PATH}`` are replaced. Whether the files that an API names exist is
    not looked at.

    ``allow`` are patterns of the classes and functions that the file may name, as ``my_pkg.*`` and
    ``predictor.py:*``, and of the folder that it may import from, as ``src/``. They go with the
    specs, and are held when one is checked or loaded: against the name as written, before anything
    is imported, and against that of what is found. Short names are always allowed. Raises
    ProblemsError with all that is wrong.
    """
    found = survey(path, *overlays, env=env, set=set, allow=allow)
    if found.problems:
        raise ProblemsError(found.problems)
    return found.specs


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file has: the ``specs`` of the APIs that are well, by name, and the ``problems`` of the others.

    ``partial`` are of those others what is left without their mistakes, where the wiring does not depend
    on these: good for a check alone. ``names`` are those of all APIs, in the file's order.
    """

    specs: dict[str, PredictorSpec] = field(default_factory=dict)
    partial: list[PredictorSpec] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def survey(
    path: str | os.PathLike[str],
    *overlays: str | os.PathLike[str],
    env: str | None = None,
    set: Iterable[str] = (),  # noqa: A002 - as in load_specs
    allow: Iterable[str] | None = None,
) -> Survey:
    """As `load_specs`, but where some APIs are wrong the others, and what is wrong with those.

    Raises ProblemsError where the file itself cannot be read.
    """
    settings, patterns = _texts("set", set), None if allow is None else _texts("allow", allow)
    told: tuple[Problem, ...] = ()
    try:
        document = assemble(path, *overlays, env=_environment(env), settings=settings)
    except UnsoundError as error:
        document, told = error.rest, error.problems
    return _surveyed(document, told, patterns)


def _environment(given: object) -> str | None:
    """The environment that is asked for, by default the one that ``PREDICTOR_ENV`` names, if any."""
    if not isinstance(given, str | None):
        kind = type(given).__name__
        raise TypeError(f"env is a text, the name of an environment, and not of type {kind!r}")
    return given or os.environ.get("PREDICTOR_ENV") or None


def _texts(name: str, given: object) -> tuple[str, ...]:
    """``given`` for the argument ``name`` as texts; raises TypeError where it is something else."""
    if isinstance(given, str):
        raise TypeError(f"{name} takes several texts: write [...] around the one")
    if not isinstance(given, Iterable):
        raise TypeError(f"{name} takes several texts, and was given what is of type {type(given).__name__!r}")
    texts = tuple(given)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name} takes texts, and one of them is of type {type(text).__name__!r}")
    return texts


def _surveyed(document: Document, told: Sequence[Problem], allow: tuple[str, ...] | None) -> Survey:
    """The APIs of ``document``, in which all that is doubtful is ``told`` already."""
    if not isinstance(document.data, list):
        raise ProblemsError(told if document.position.doubtful else [*told, _not_a_list(document)])
    items: list[Any] = []
    survey = Survey()
    apis: dict[tuple[str, int, int], str] = {}
    for index, written in enumerate(document.data):
        item, found = fill(written, os.environ, Place(document).directory)
        doubtful = dict(doubts(document.position.children[index]) if told else ())
        reading = Reading(Place(document, index, name_in(item)), tuple(found), allow, frozenset(doubtful))
        for place in doubtful.values():
            apis |= {one.spot: reading.place.api for one in (place, place.key) if one}
        items.append(None if UNIQUE & doubtful.keys() else item)
        try:
            spec = _spec_of(item, reading)
            survey.specs[spec.name] = spec
            survey.names.append(spec.name)
        except ProblemsError as error:
            survey.problems.extend(error.problems)
            survey.partial.extend(_partial(item, reading))
            survey.names.append(reading.place.api)
    survey.problems.extend(repeated(items, document))
    survey.problems.extend(replace(one, api=apis.get(_spot(one), "")) for one in told)
    return survey


def _spot(problem: Problem) -> tuple[str, int, int]:
    place = problem.location
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _partial(item: Any, reading: Reading) -> Iterator[PredictorSpec]:
    """The API ``item`` without what was refused of it; nothing where that leaves none to be wired."""
    rest = remainder(item, reading.refused) if reading.refused else None
    if rest is not None:
        with suppress(ProblemsError):
            spec = _spec_of(rest, Reading(reading.place, allow=reading.allow))
            # pydantic's own copy, which checks nothing: the name may be what is wrong.
            copied: Any = BaseModel.model_copy
            yield copied(spec, update={"name": reading.place.api})


def _not_a_list(document: Document) -> Problem:
    return Problem(
        f"must be a list of APIs, each beginning with '- name:', is {kind_of(document.data)}",
        location=document.locate(()),
    )


def _spec_of(item: Any, reading: Reading) -> PredictorSpec:
    if not isinstance(item, dict):
        message = f"an API must be a mapping with its name, its kind and its keys, is {kind_of(item)}"
        no_mapping = Finding((), message)
        raise reading.refusal([] if no_mapping.follows(reading.doubts) else [no_mapping])
    wrong = _wrong_kind(item, reading.doubts)
    if wrong is None:
        return KINDS[item["kind"]].model_validate(item, context=reading)
    if wrong.message and all(finding.path != wrong.path for finding in reading.found):
        reading = replace(reading, found=(*reading.found, wrong))
    model, item = _as_some_kind(item, wrong)
    return model.model_validate(item, context=reading)


def _as_some_kind(item: dict[str, Any], wrong: Finding) -> tuple[type[PredictorSpec], dict[str, Any]]:
    """A model for an API of a ``wrong`` kind and the API as of that kind, to find what else is wrong."""
    meant = next((name for name in KINDS if f"{name!r}?" in wrong.message), None)
    model = KINDS[meant or _kind_by_keys(item)]
    keys = [key for key in item if meant or key in fields_of(model) or not whose_key(key)]
    return model, {key: item[key] for key in keys} | {"kind": model.model_fields["kind"].default}


def _wrong_kind(item: dict[str, Any], doubts: Container[Path]) -> Finding | None:
    """Why it is not known which kind of API ``item`` is; without a message where that is told already."""
    wrong = Finding(("kind",), "", key="kind" not in item, notes=(f"kinds: {', '.join(KINDS)}",))
    if wrong.follows(doubts):
        return wrong
    kind = item.get("kind")
    if "kind" not in item:
        return replace(wrong, message="the key 'kind' is missing", at=())
    if not isinstance(kind, str):
        message = "must not be null" if kind is None else f"must be text, is {kind_of(kind)}"
        return replace(wrong, message=message)
    if kind in KINDS:
        return None
    near = "" if isinstance(kind, OutsideText) else did_you_mean(kind, KINDS)
    return replace(wrong, message=with_secret(f"is no kind of API{near}", kind))


def _kind_by_keys(item: dict[str, Any]) -> str:
    """The kind to check an API as that does not say its own: the one that forbids least."""
    if "definition" in item:
        return "TaskAPI"
    return "TrafficSplitter" if "apis" in item else "RealtimeAPI"
