"""What must differ between the APIs of one file: their names and their endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from predictor_kit.documents import Document, value_at
from predictor_kit.errors import Problem
from predictor_kit.spec.findings import Finding, Path, Place, name_in, with_secret
from predictor_kit.spec.texts import canonical_endpoint

__all__ = ["UNIQUE", "repeated"]

_NAME: Path = ("name",)
_ENDPOINT: Path = ("networking", "endpoint")

UNIQUE: Final = frozenset({_NAME, _NAME[:-1], _ENDPOINT, _ENDPOINT[:-1]})
"""The paths of what must differ, and of what holds it."""


def repeated(items: Sequence[Any], document: Document | None) -> Iterator[Problem]:
    """The names and endpoints of APIs that an earlier one of ``items`` has too.

    ``document`` is where they are written; None for those made in Python.
    """
    places = [Place(document, index, name_in(item)) for index, item in enumerate(items)]
    names: dict[str, Place] = {}
    endpoints: dict[str, tuple[Place, Path]] = {}
    for item, place in zip(items, places, strict=True):
        yield from _names_again(item, place, names)
        yield from _endpoints_again(item, place, endpoints)


def _names_again(item: Any, place: Place, seen: dict[str, Place]) -> Iterator[Problem]:
    name = value_at(item, _NAME)
    if isinstance(name, str) and name:
        first = seen.setdefault(name, place)
        if first is not place:
            message = f"is the name of another API too{_told(first.locate(_NAME))}"
            yield place.problem(Finding(_NAME, with_secret(message, name)))


def _endpoints_again(item: Any, place: Place, seen: dict[str, tuple[Place, Path]]) -> Iterator[Problem]:
    written, name = value_at(item, _ENDPOINT), value_at(item, _NAME)
    at = _NAME if written is None else _ENDPOINT
    text = name if written is None else written
    if not isinstance(text, str) or not text.strip("/"):
        return
    first, first_at = seen.setdefault(canonical_endpoint(text), (place, at))
    if first is not place and _ENDPOINT in (at, first_at):
        said = "" if written is not None else "its default endpoint "
        default = "" if first_at == _ENDPOINT else "its default"
        message = f"{said}is the endpoint of another API too{_told(first.locate(first_at), default)}"
        yield place.problem(Finding(at, with_secret(message, text)))


def _told(*facts: object) -> str:
    known = [str(fact) for fact in facts if fact]
    return f" ({', '.join(known)})" if known else ""
