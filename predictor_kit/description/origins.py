"""Where things come from: the line of a file, the body of a container class, a definition.

What came from the environment or from a file is named as it is written, and leads nowhere: its value
could be read off the place.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from predictor_kit.container import PredictorContainer
from predictor_kit.description.model import Argument, place
from predictor_kit.description.source import Sources, Written
from predictor_kit.documents import value_at
from predictor_kit.errors import Location
from predictor_kit.references import OutsideText, parse_template
from predictor_kit.spec import PredictorSpec
from predictor_kit.wiring import section_of

__all__ = ["Origins", "shown_value"]


class _InOrder(reprlib.Repr):
    """Shortens as `reprlib.Repr` does, and leaves the keys of a mapping in their order."""

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        if level <= 0:
            return super().repr_dict(x, level)
        shown = islice(x.items(), self.maxdict)
        pieces = [f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}" for key, value in shown]
        return "{" + ", ".join([*pieces, *(["..."] if len(x) > self.maxdict else [])]) + "}"


_REPR: Final = _InOrder()
_REPR.maxstring = _REPR.maxother = 80
_REPR.maxlist = _REPR.maxdict = 8


class Origins:
    """What is known of where the providers of ``spec`` and its config come from.

    ``container`` is the class of its container, ``config`` all the config, that class's own too.
    """

    def __init__(self, spec: PredictorSpec, container: type, config: Mapping[str, Any]) -> None:
        """Read nothing yet."""
        self.spec = spec
        self.section = section_of(spec)
        self.sources = Sources()
        self._container = container
        self._config = config

    def at(self, *path: str | int) -> str:
        """The place of the value at ``path`` of the file."""
        return place(self.spec.locate(*path)) or "the spec"

    def defined(self, location: Location | None, written: str) -> str:
        """The place of a definition; "" where ``written``, which leads to it, came from outside."""
        return "" if isinstance(written, OutsideText) else place(location)

    def declaration(self, owner: type | None, name: str) -> tuple[str, Written | None]:
        """Where the container class ``owner`` or a base of it declares ``name``, and what it writes there.

        Nowhere, where there is no class: a container can be made by a program, too.
        """
        for cls in owner.__mro__ if owner else ():
            if name in vars(cls).get("cls_providers", ()):
                if self._is_hidden(cls):
                    return shown_value(self.spec.container), None
                written = self.sources.declaration(cls, name)
                return f"{cls.__name__}, {written.place}" if written else cls.__name__, written
        return "", None

    def replaced(self, name: str) -> tuple[str, Written | None]:
        """The same of the provider that the file's ``name`` replaces."""
        return self.declaration(self._container.__mro__[1], name)

    def _is_hidden(self, cls: type) -> bool:
        return isinstance(self.spec.container, OutsideText) and cls is not PredictorContainer

    def config_value(self, keys: tuple[str, ...]) -> tuple[str, str, tuple[Argument, ...]]:
        """The config value that ``keys`` lead to: as the file has it, where, and the values in a mapping.

        All empty where there is no such value.
        """
        whole, written = value_at(self._config, keys, _ABSENT), value_at(self.spec.config, keys, _ABSENT)
        if isinstance(whole, Mapping) and whole:
            return "", "", tuple(self._values(whole, written, keys, ""))
        text, origin = self._told(written, keys) if whole is not _ABSENT else ("", "")
        return text, origin, ()

    def _values(
        self, whole: Mapping[str, Any], written: Any, keys: tuple[str, ...], name: str
    ) -> Iterator[Argument]:
        for key, value in whole.items():
            inner, path = value_at(written, (key,), _ABSENT), (*keys, key)
            if isinstance(value, Mapping) and value:
                yield from self._values(value, inner, path, f"{name}{key}.")
            else:
                yield Argument(f"{name}{key}", *self._told(inner, path))

    def _told(self, written: Any, keys: tuple[str, ...]) -> tuple[str, str]:
        if written is not _ABSENT:
            return shown_value(written), self.at(self.section, "config", *keys)
        # A value in code may have come from the environment.
        return "", self.declaration(self._container, "config")[0]


_ABSENT: Final = object()


def shown_value(value: Any) -> str:
    """A value of a file in one line, cut where it is long: references as they are written."""
    text = value.template if isinstance(value, OutsideText) else value
    if isinstance(text, str) and text.isprintable() and parse_template(text).references:
        return text
    return _REPR.repr(text)
