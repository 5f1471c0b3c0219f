"""Argument values of a file: their references read, checked, and turned into what is handed over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dependency_injector import providers

from predictor_kit.casting import Mismatch, cast, is_model, model_of
from predictor_kit.config import value_at
from predictor_kit.container import AnyProvider
from predictor_kit.errors import ResolveError, did_you_mean, listed
from predictor_kit.parts import kind_of_list, parts_of, record_of
from predictor_kit.references import (
    ConfigReference,
    Origin,
    ProviderReference,
    Template,
    join,
    not_shown,
    origins_in,
    parse_template,
    plain,
)

__all__ = ["Scope", "config_read", "handed_over", "is_wrapped", "read"]

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the references of a provider's arguments can refer to.

    ``available`` are the providers by name, ``config`` is the config as far as it is known, and paths
    of files are relative to ``directory``.
    """

    available: Mapping[str, AnyProvider]
    config: Mapping[str, Any]
    directory: str = ""


def read(written: Any, scope: Scope) -> tuple[Any, list[Mismatch]]:
    """``written`` with its environment filled in, and what is wrong with its references.

    Text that refers to config or to a provider becomes a `Template`; mappings and lists keep
    their shape.
    """
    mistakes: list[Mismatch] = []
    return _mapped(written, (), lambda text, path: _read_text(text, path, scope, mistakes)), mistakes


def handed_over(value: Any, annotation: Any, scope: Scope) -> tuple[Any, list[Mismatch]]:
    """What an argument gets for a ``value`` that was read: the value itself, or a provider of it.

    The value is cast as ``annotation`` says, and what does not fit is returned beside it. What a
    provider gives fits anything, but for a mapping that becomes a model once its objects are there.
    """
    if isinstance(value, Template) and isinstance(value.whole, ProviderReference):
        return scope.available[value.whole.name], []
    if _refers(value):
        if isinstance(value, dict) and is_model(annotation):
            return _modelled(value, annotation, scope)
        return _collected(value, annotation, scope)
    known, mismatches = cast(_evaluated(value, scope.config), annotation, exact=True)
    if any(_templates(value)):
        return providers.Callable(_resolved, scope.available["config"], value, annotation), mismatches
    return known, mismatches


def _modelled(value: dict[str, Any], annotation: Any, scope: Scope) -> tuple[Any, list[Mismatch]]:
    """A provider of the model that a mapping with references to providers becomes when it is built."""
    inner = [part for _, template in _templates(value) for part in template.parts]
    secret = tuple(origins_in([value, inner, scope.config]))
    made = providers.Callable(_fitting, _provided(value, scope), annotation, secret)
    return made, _record_mismatches(value, annotation, scope)


def _collected(value: Any, annotation: Any, scope: Scope) -> tuple[Any, list[Mismatch]]:
    """A provider of a list or mapping, in which each part is cast that does not come from a provider."""
    types = parts_of(annotation, value)
    mismatches: list[Mismatch] = []
    given = {}
    for step, item in value.items() if isinstance(value, dict) else enumerate(value):
        given[step], found = handed_over(item, types.get(step, Any), scope)
        mismatches += _under(step, found)
    if isinstance(value, dict):
        in_record = record_of(annotation) is not None
        found = _record_mismatches(value, annotation, scope) if in_record else mismatches
        return providers.Dict(given), found
    made, kind = providers.List(*given.values()), kind_of_list(annotation)
    return (made if kind is list else providers.Callable(_of_kind, made, kind)), mismatches


def _record_mismatches(value: dict[str, Any], annotation: Any, scope: Scope) -> list[Mismatch]:
    """What is wrong in a mapping with the fields of a record, whatever its references to providers give."""
    types, open_ = parts_of(annotation, value), {key for key, item in value.items() if _refers(item)}
    # A reference stands there as itself, and what is said of it, or of all, says nothing.
    _, found = cast(_evaluated(value, scope.config), annotation, exact=True)
    own = [one for one in found if _is_sure(one, open_)]
    for key in sorted(open_):
        own += _under(key, handed_over(value[key], types.get(key, Any), scope)[1])
    return own


def _is_sure(mismatch: Mismatch, open_: set[str]) -> bool:
    if not mismatch.path:
        return mismatch.absent
    is_unknown = mismatch.at_key and not mismatch.absent and len(mismatch.path) == 1
    return is_unknown or mismatch.path[0] not in open_


def _under(step: str | int, found: list[Mismatch]) -> Iterator[Mismatch]:
    return (replace(one, path=(step, *one.path)) for one in found)


def _of_kind(items: list[Any], kind: Callable[[list[Any]], Any]) -> Any:
    return kind(items)


def _refers(value: Any) -> bool:
    """Whether there is a reference to a provider in ``value``."""
    return any(isinstance(template.whole, ProviderReference) for _, template in _templates(value))


def is_wrapped(provider: Any) -> bool:
    """Whether `handed_over` made ``provider`` only to cast what its first argument gives."""
    return _calls(provider, _fitting) or _calls(provider, _of_kind)


def config_read(provider: Any) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The keys of each config value in what `handed_over` made, with the path to it; none of another's."""
    if _calls(provider, _resolved):
        for path, template in _templates(provider.args[1]):
            yield from ((path, one.path) for one in template.references if isinstance(one, ConfigReference))


def _calls(provider: Any, function: Callable[..., Any]) -> bool:
    return isinstance(provider, providers.Callable) and provider.provides is function


def _read_text(text: str, path: Path, scope: Scope, mistakes: list[Mismatch]) -> Any:
    template = _with_config(parse_template(text).fill(os.environ, scope.directory))
    wrong = [*template.mistakes, *_dangling(template, scope)]
    mistakes += [Mismatch(path, message) for message in wrong]
    return template if template.references and not wrong else join(template.parts, text)


def _with_config(template: Template) -> Template:
    """The template with ``${config}`` as what it is: the config value that no key leads to."""
    whole = ProviderReference("config")
    return replace(template, parts=tuple(ConfigReference(()) if p == whole else p for p in template.parts))


def _dangling(template: Template, scope: Scope) -> Iterator[str]:
    for reference in template.references:
        if isinstance(reference, ConfigReference):
            yield from _dangling_config(reference, scope.config, whole=template.whole is not None)
        elif isinstance(reference, ProviderReference) and reference.name not in scope.available:
            near = did_you_mean(reference.name, scope.available)
            there = listed(scope.available, reference.name)
            yield f"{reference} refers to no provider{near}; there are: {there}"
        elif isinstance(reference, ProviderReference) and template.whole is None:
            yield f"{reference} is an object and cannot be part of a text; `$${{` is a literal `${{`"


def _dangling_config(reference: ConfigReference, config: Mapping[str, Any], *, whole: bool) -> Iterator[str]:
    try:
        value = value_at(config, reference.path)
    except LookupError as error:
        yield f"{reference} refers to nothing: {error}"
        return
    if not whole and isinstance(value, (Mapping, list)):
        kind = "list" if isinstance(value, list) else "mapping"
        name = ".".join(("config", *reference.path))
        yield f"${{{name}}} is a {kind} and cannot be part of a text"


def _resolved(config: Any, value: Any, annotation: Any) -> Any:
    """The value at build time, when overrides of the config are in place."""
    # The config's texts have no marks then, and any of them may be secret.
    return _fit(*cast(_evaluated(value, config), annotation, exact=True, secret=True))


def _fitting(value: Any, annotation: Any, secret: Sequence[Origin] = ()) -> Any:
    """``value`` as ``annotation`` asks for it; with ``secret`` origins of a part nothing of it is told."""
    result, mismatches = cast(value, annotation, exact=True)
    if mismatches and secret:
        raise ResolveError(f"it does not fit {model_of(annotation).__name__}{not_shown(secret)}")
    return _fit(result, mismatches)


def _fit(result: Any, mismatches: Sequence[Mismatch]) -> Any:
    if mismatches:
        raise ResolveError("; ".join(mismatch.message for mismatch in mismatches))
    return result


def _evaluated(value: Any, config: Any) -> Any:
    def evaluate(item: Any, _: Path) -> Any:
        return _filled(item, config) if isinstance(item, Template) else item

    return _mapped(value, (), evaluate, leaf=Template)


def _filled(template: Template, config: Any) -> Any:
    parts = [
        _looked_up(part, config) if isinstance(part, ConfigReference) else part for part in template.parts
    ]
    return parts[0] if template.whole is not None else join(parts, template.written)


def _looked_up(reference: ConfigReference, config: Any) -> Any:
    try:
        return value_at(config, reference.path)
    except LookupError as error:
        raise ResolveError(f"{reference} refers to nothing: {error}") from None


def _provided(value: Any, scope: Scope) -> Any:
    """A provider of ``value``, in which some leaves are providers."""
    if isinstance(value, Template):
        if isinstance(value.whole, ProviderReference):
            return scope.available[value.whole.name]
        return providers.Callable(_resolved, scope.available["config"], value, Any)
    if isinstance(value, dict):
        return providers.Dict({key: _provided(item, scope) for key, item in value.items()})
    if isinstance(value, list):
        return providers.List(*(_provided(item, scope) for item in value))
    return plain(value)


def _templates(value: Any, path: Path = ()) -> Iterator[tuple[Path, Template]]:
    if isinstance(value, Template):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from _templates(item, (*path, step))


def _mapped(value: Any, path: Path, change: Callable[[Any, Path], Any], leaf: type = str) -> Any:
    """A copy of ``value`` with ``change`` applied to each ``leaf`` in it."""
    if isinstance(value, dict):
        return {key: _mapped(item, (*path, key), change, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, (*path, index), change, leaf) for index, item in enumerate(value)]
    return change(value, path) if isinstance(value, leaf) else value
