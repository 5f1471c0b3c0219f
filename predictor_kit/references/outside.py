"""Text from outside the configuration, which may be secret: it knows its origins and hides itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Self, TypeGuard

from predictor_kit.references.kinds import EnvReference, FileReference, NotKnown, Origin

__all__ = [
    "NOT_KNOWN",
    "OutsideText",
    "as_written",
    "is_known",
    "join",
    "not_shown",
    "origins_in",
    "plain",
    "told",
]


class OutsideText(str):
    """Text that came, at least in part, from the environment or from a file: it hides its value.

    It is a ``str`` in all else. ``origins`` are the references that brought it in and ``template``
    is the text as the configuration has it, which ``repr()`` shows instead of the value. What is
    made from it (a slice, a sum) is an ordinary ``str``.
    """

    __slots__ = ("origins", "template")

    origins: tuple[Origin, ...]
    template: str

    def __new__(cls, value: str, origins: Iterable[Origin], template: str) -> Self:
        """The text ``value``, which ``template`` made of ``origins``."""
        self = super().__new__(cls, value)
        self.origins = tuple(origins)
        self.template = template
        return self

    def __repr__(self) -> str:
        return repr(self.template)

    def __reduce__(self) -> tuple[type[OutsideText], tuple[str, tuple[Origin, ...], str]]:
        return OutsideText, (str(self), self.origins, self.template)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def join(parts: Iterable[Any], written: str) -> str:
    """The texts of ``parts`` as one; an `OutsideText` for ``written`` if one of them is."""
    values = list(parts)
    origins = dict.fromkeys(origin for value in values for origin in _origins(value))
    text = "".join(map(str, values))
    return OutsideText(text, origins, written) if origins else text


def plain(value: Any) -> Any:
    """A copy of ``value`` whose mappings and lists hold exact ``str`` in place of `OutsideText`."""
    return _changed(value, str, {})


def as_written(value: Any) -> Any:
    """The same copy, with texts from outside as the configuration has them: ``${env:NAME}``."""
    return _changed(value, lambda text: text.template, {})


def origins_in(value: Any) -> Iterator[Origin]:
    """The origins of all text from outside in ``value``, also within mappings and lists."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from origins_in(item)
    else:
        yield from _origins(value)


NOT_KNOWN: Final = OutsideText("", [NotKnown()], "")
"""Stands for a value that something is wrong with, where the rest is checked."""


def is_known(value: Any) -> bool:
    """Whether there is nothing in ``value`` that is `NOT_KNOWN`."""
    return not any(isinstance(origin, NotKnown) for origin in origins_in(value))


def told(origins: Iterable[Origin]) -> str:
    """``origins`` as a message names them: ``environment variables A and B and file 'c'``."""
    known = list(dict.fromkeys(origins))
    variables = [origin.name for origin in known if isinstance(origin, EnvReference)]
    files = [repr(origin.path) for origin in known if isinstance(origin, FileReference)]
    return " and ".join([*_several("environment variable", variables), *_several("file", files)])


def not_shown(origins: Iterable[Origin]) -> str:
    """What to add to a message about a value of ``origins``; "" where there is none.

    `` (the value of environment variable PORT, not shown)``, for example.
    """
    known = list(dict.fromkeys(origins))
    variables = [one for one in known if isinstance(one, EnvReference) and one.default is None]
    files = [origin for origin in known if isinstance(origin, FileReference)]
    values = [f"the value of {told(variables)}"] if variables else []
    contents = [f"the content of {told(files)}"] if files else []
    hidden = [f"{' and '.join([*values, *contents])}, not shown"] if values or contents else []
    used = filter(_is_default, known)
    defaults = [f"the text {one.default!r}, the default of {told([one])}" for one in used]
    return f" ({'; '.join([*hidden, *defaults])})" if known else ""


def _is_default(origin: Origin) -> TypeGuard[EnvReference]:
    return isinstance(origin, EnvReference) and origin.default is not None


def _several(what: str, names: list[str]) -> list[str]:
    """``names``, with ``what`` they are before them."""
    return [f"{what}{'s' if len(names) > 1 else ''} {' and '.join(names)}"] if names else []


def _origins(value: Any) -> tuple[Origin, ...]:
    return value.origins if isinstance(value, OutsideText) else ()


def _changed(value: Any, change: Callable[[OutsideText], str], made: dict[int, Any]) -> Any:
    if isinstance(value, OutsideText):
        return change(value)
    if id(value) in made:
        return made[id(value)]
    if type(value) is dict:
        mapping: dict[Any, Any] = {}
        made[id(value)] = mapping
        mapping.update((key, _changed(item, change, made)) for key, item in value.items())
        return mapping
    if type(value) is list:
        items: list[Any] = []
        made[id(value)] = items
        items.extend(_changed(item, change, made) for item in value)
        return items
    return value
