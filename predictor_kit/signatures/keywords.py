"""What ``**kwargs: Unpack[...]`` takes: each key of the TypedDict is a parameter, as PEP 692 has it."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from predictor_kit.signatures.annotations import resolved

__all__ = ["keys_of"]


def keys_of(annotation: Any) -> dict[str, tuple[Any, bool]] | None:
    """The keys that ``**kwargs`` of this annotation takes, each with its type and whether it is required.

    None where the annotation unpacks no TypedDict, or one that is not known.
    """
    if _form(annotation) != "Unpack":
        return None
    inner = get_args(annotation)[0]
    model = get_origin(inner) or inner
    required = getattr(model, "__required_keys__", None)
    if required is None:
        return None
    types = {key: resolved(written, model) for key, written in model.__annotations__.items()}
    return {key: _qualified(annotation, key in required) for key, annotation in types.items()}


def _qualified(annotation: Any, required: bool) -> tuple[Any, bool]:
    """A key's type without ``Required`` and its like; Python does not see those of an annotation in text."""
    while (form := _form(annotation)) in ("NotRequired", "ReadOnly", "Required"):
        required = required if form == "ReadOnly" else form == "Required"
        annotation = get_args(annotation)[0]
    return annotation, required


def _form(annotation: Any) -> str:
    """The name of a special form, which ``typing_extensions`` may have one of its own for; else anything."""
    return repr(get_origin(annotation)).rpartition(".")[2]
