"""Values into the types that annotations name, by pydantic, with texts that show no value."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import GenericAlias, NoneType, UnionType
from typing import (
    Any,
    Final,
    Union,  # pyright: ignore[reportDeprecated] # see UNIONS
    get_args,
    get_origin,
)

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from predictor_kit.documents import holds, read_scalar, value_at
from predictor_kit.errors import did_you_mean
from predictor_kit.references import as_written, is_known, not_shown, origins_in, plain, told
from predictor_kit.typed_dicts import readable
from predictor_kit.validation import hint, safe_text, without_misspelt

__all__ = ["UNIONS", "Mismatch", "cast", "is_model", "model_of"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where in a value (keys and indexes) something is not of its type, and what.

    ``at_key`` says that a key itself is wrong, not what it holds; ``absent`` that one is missing.
    """

    path: tuple[str | int, ...]
    message: str
    at_key: bool = False
    absent: bool = False


def cast(
    value: Any, annotation: Any, *, exact: bool = False, secret: bool = False
) -> tuple[Any, list[Mismatch]]:
    """``value`` as ``annotation`` asks for it, or as it is with what does not fit.

    Text becomes a number, a path or an enum where the annotation says so, mappings become
    dataclasses and models; with ``exact`` a dataclass takes only the keys that it has, as when it
    is called. An annotation that pydantic cannot read takes any value, unless it is a model. What
    is returned holds no marks on text from the environment. Where ``value`` holds some, or is ``secret``,
    only that is told which cannot hold it: what has the words of pydantic and of the type alone, and of
    another value what is said whatever the text is.
    """
    own = plain(value)
    try:
        return _read(own, annotation, exact), []
    except ValidationError as error:
        harmless = () if secret else _harmless(value, annotation, exact)
        known = (detail for detail in _details(error) if _is_known(detail, value))
        found = (_mismatch(value, annotation, detail, harmless) for detail in known)
        return own, list(dict.fromkeys(found))
    except _UnreadableError as error:
        return own, [Mismatch((), str(error))] if is_model(annotation) else []
    except Exception as error:  # noqa: BLE001 - a validator of the user's own can raise anything
        if not is_known(value):
            return own, []
        hidden = secret or any(origins_in(value))
        reason = type(error).__name__ if hidden else f"{type(error).__name__}: {error}"
        return own, [Mismatch((), f"checking it failed with {reason}")]


def _is_known(detail: ErrorDetails, value: Any) -> bool:
    """Whether ``detail`` is wrong with ``value`` whatever is not known of that."""
    loc, kind = detail["loc"][1:], detail["type"]
    path, absent = tuple(_existing(value, loc)), kind == "missing"
    # With more in between it is said of a branch of a union, which the value need not be meant for.
    if len(loc) - len(path) > absent or kind in _OF_VALIDATORS:
        return is_known(value_at(value, path if absent else path[:-1]))
    return absent or kind in _UNKNOWN or is_known(value_at(value, path))


def is_model(annotation: Any) -> bool:
    """Whether ``annotation`` is a model, or one or None: what a mapping can become."""
    return model_of(annotation) is not None


UNIONS: Final = (UnionType, Union)  # pyright: ignore[reportDeprecated] # Optional[X] is one still
"""What `typing.get_origin` says of a union."""


def model_of(annotation: Any) -> Any:
    """The pydantic model or the dataclass that ``annotation`` is, itself or beside None; else None."""
    if get_origin(annotation) in UNIONS:
        others = [one for one in get_args(annotation) if one is not NoneType]
        annotation = others[0] if len(others) == 1 else None
    is_class = isinstance(annotation, type)
    is_one = is_class and (issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation))
    return annotation if is_one else None


def _read(value: Any, annotation: Any, exact: bool) -> Any:
    """``value`` validated; text in the place of a choice between numbers as the number that it reads as."""
    try:
        return _validated(value, annotation, exact)
    except ValidationError as error:
        numbers = _as_numbers(value, error.errors(include_url=False, include_context=False))
        if numbers is value:
            raise
        return _validated(numbers, annotation, exact)


def _as_numbers(value: Any, details: list[ErrorDetails]) -> Any:
    """``value`` with a number for each text in it that is none of the members of an enum or a literal."""
    for detail in details:
        loc, text = detail["loc"][1:], detail["input"]
        path = tuple(_existing(value, loc))
        is_choice = detail["type"] in ("enum", "literal_error") and loc[-1:] != ("[key]",)
        if is_choice and isinstance(text, str) and value_at(value, path) == text:
            number = read_scalar(text)
            if isinstance(number, int | float) and not isinstance(number, bool):
                value = _with(value, path, number)
    return value


def _with(value: Any, path: tuple[str | int, ...], leaf: Any) -> Any:
    """A copy of ``value`` with ``leaf`` at ``path``."""
    if not path:
        return leaf
    step = path[0]
    inner = _with(value[step], path[1:], leaf)
    if isinstance(value, Mapping):
        return {**value, step: inner}
    return [inner if index == step else item for index, item in enumerate(value)]


class _UnreadableError(Exception):
    """An annotation that pydantic makes nothing of."""


def _validated(value: Any, annotation: Any, exact: bool) -> Any:
    try:
        adapter = _cached_adapter(annotation, exact)
    except TypeError:  # an annotation that cannot be hashed, as Literal[[]] or Annotated[int, []]
        adapter = _new_adapter(annotation, exact)
    if isinstance(adapter, Exception):
        name = getattr(annotation, "__name__", annotation)
        raise _UnreadableError(f"pydantic cannot read {name}: {str(adapter).partition(chr(10))[0]}")
    result = adapter.validate_python([value])[0]
    if not isinstance(result, Iterator):
        return result
    # For an Iterable pydantic gives what can be gone through once, and checks the items only then.
    items = list(result)
    return items if isinstance(value, list) else value


def _new_adapter(annotation: Any, exact: bool) -> TypeAdapter[list[Any]] | Exception:
    """What validates a list of one ``annotation``: within a list, types without a config take ours."""
    config = ConfigDict(arbitrary_types_allowed=True, extra="forbid" if exact else "ignore")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listed: Any = GenericAlias(list, readable(annotation))
            adapter = TypeAdapter(listed, config=config)
            adapter.rebuild()
    except Exception as error:  # noqa: BLE001 - a type builds its own schema, by any code
        return error
    return adapter


_cached_adapter = lru_cache(maxsize=512)(_new_adapter)

_UNKNOWN: Final = ("extra_forbidden", "unexpected_keyword_argument")
_OF_VALIDATORS: Final = ("value_error", "assertion_error")
"""A validator sees the values beside its own, too."""


def _details(error: ValidationError) -> list[ErrorDetails]:
    return without_misspelt(
        error.errors(include_url=False),
        lambda detail: detail["loc"] if detail["type"] == "missing" else None,
        lambda detail: detail["loc"] if detail["type"] in _UNKNOWN else None,
    )


def _mismatch(
    value: Any, annotation: Any, detail: ErrorDetails, harmless: Container[_Said] | None
) -> Mismatch:
    """What ``detail`` says of ``value``, if it is ``harmless`` (None: all is) or its kind."""
    loc = detail["loc"][1:]
    path = tuple(_existing(value, loc))
    kind, rest = detail["type"], loc[len(path) :]
    if kind == "missing":
        return Mismatch(path, f"{rest[-1]!r} is missing" if rest else "a value is missing", True, absent=True)
    # A key that is not in the value itself was read from a text in it.
    if kind in _UNKNOWN and (harmless is None or not rest):
        near = did_you_mean(str(loc[-1]), _fields(annotation)) if len(loc) == 1 else ""
        return Mismatch(path, f"there is no {loc[-1]!r}{near}", at_key=True)
    origins = list(origins_in(value_at(value, path)))
    if harmless is None or (not origins and _said(detail) in harmless):
        return Mismatch(path, _said(detail)[1])
    text = safe_text(detail)
    if text is None and not origins and (others := told(origins_in(value))):
        return Mismatch(path, f"is not valid (why is not shown, since it may tell of {others})")
    return Mismatch(path, _lowered(text or "is not valid") + not_shown(origins))


_Said = tuple[tuple[str | int, ...], str]


def _said(detail: ErrorDetails) -> _Said:
    """Where pydantic says what; of a value that is shown."""
    return detail["loc"], _lowered(detail["msg"]) + hint(detail)


def _lowered(text: str) -> str:
    message = text.partition(", unable to")[0]
    return message if message[:2].isupper() else message[:1].lower() + message[1:]


def _harmless(value: Any, annotation: Any, exact: bool) -> frozenset[_Said] | None:
    """What is said of ``value`` whatever its texts from outside are; None where it has none."""
    if not any(origins_in(value)):
        return None
    try:
        _validated(as_written(value), annotation, exact)
    except ValidationError as error:
        return frozenset(map(_said, _details(error)))
    except Exception:  # noqa: BLE001 - as in cast
        return frozenset()
    return frozenset()


def _existing(value: Any, loc: tuple[str | int, ...]) -> Iterator[str | int]:
    """The segments of ``loc`` that lead into ``value``; pydantic puts others in between."""
    for segment in loc:
        if holds(value, segment):
            yield segment
            value = value[segment]


def _fields(annotation: Any) -> list[str]:
    model = model_of(annotation)
    if model is None:
        return []
    if issubclass(model, BaseModel):
        return [field.alias or name for name, field in model.model_fields.items()]
    return [field.name for field in dataclasses.fields(model)]
