"""Text with references: read to its parts, and filled with what is known of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from predictor_kit.errors import did_you_mean
from predictor_kit.references.kinds import (
    ConfigReference,
    EnvReference,
    FileReference,
    ProviderReference,
    Reference,
)
from predictor_kit.references.lookup import look_up
from predictor_kit.references.outside import join

__all__ = ["Template", "parse_template", "substitute"]

_ESCAPE: Final = "$${"
_OPENING: Final = re.compile(r"\$?\$\{")
_OUTSIDE_OPENING: Final = re.compile(r"\$?\$\{(?=env:|file:)")
_ENV: Final = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)
_FILE: Final = re.compile(r"file:(?P<path>\S(?:.*\S)?)")
_CONFIG: Final = re.compile(r"config(?:\.[^\s.:]+)+")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with references: ``written`` as the file has it, ``parts`` in their order.

    ``mistakes`` tell what is wrong with each reference that cannot be read; it has no part.
    """

    written: str
    parts: tuple[str | Reference, ...]
    mistakes: tuple[str, ...] = ()

    @property
    def whole(self) -> Reference | None:
        """The reference, where the text is exactly one; it then keeps the object it stands for."""
        only = self.parts[0] if len(self.parts) == 1 and not self.mistakes else None
        return None if isinstance(only, str) else only

    @property
    def references(self) -> tuple[Reference, ...]:
        """All references, in their order."""
        return tuple(part for part in self.parts if not isinstance(part, str))

    def fill(self, environ: Mapping[str, str], directory: str = "") -> Template:
        """The template with text from outside in place of the references to ``environ`` and to files.

        Paths of files are relative to ``directory``. The ``mistakes`` of the result also tell the
        variables that are not set and have no default, and the files that cannot be read.
        """
        filled: list[str | Reference] = []
        missing: list[str] = []
        for part in self.parts:
            if not isinstance(part, EnvReference | FileReference):
                filled.append(part)
                continue
            try:
                filled.append(look_up(part, environ, directory, self.written))
            except LookupError as error:
                missing.append(str(error))
        return Template(self.written, tuple(filled), (*self.mistakes, *dict.fromkeys(missing)))


def parse_template(text: str, *, only_outside: bool = False) -> Template:
    """Read the references in ``text``.

    With ``only_outside`` those to the environment and to files; any other ``${...}`` stays as written.
    """
    parts: list[str | Reference] = []
    mistakes: list[str] = []
    literal = ""
    for before, written in _stretches(text, _OUTSIDE_OPENING if only_outside else _OPENING):
        literal += before
        if written:
            reference = _reference(written)
            parts += [literal] if literal else []
            literal = ""
            if isinstance(reference, str):
                mistakes.append(reference)
            else:
                parts.append(reference)
    return Template(text, (*parts, literal) if literal else tuple(parts), tuple(mistakes))


def substitute(text: str, environ: Mapping[str, str], directory: str = "") -> tuple[str, tuple[str, ...]]:
    """``text`` of one of Cortex's own keys, with each ``${env:...}`` and ``${file:...}`` replaced.

    Paths of files are relative to ``directory``. Returns an `OutsideText` where there was one of
    them, and what is wrong: references that cannot be read, variables that are not set and have no
    default, files that cannot be read.
    """
    if "${env:" not in text and "${file:" not in text:
        return text, ()
    template = parse_template(text, only_outside=True).fill(environ, directory)
    return join(template.parts, text), template.mistakes


def _stretches(text: str, opening: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Literal text and the reference that follows it, as written; "" where none follows."""
    position = 0
    while found := opening.search(text, position):
        before = text[position : found.start()]
        if found[0] == _ESCAPE:
            position = found.end()
            yield before + "${", ""
        else:
            position = text.find("}", found.end()) + 1 or len(text)
            yield before, text[found.start() : position]
    yield text[position:], ""


def _reference(written: str) -> Reference | str:
    """``${...}`` as a reference, or what is wrong with it."""
    body = written[2:-1]
    if not written.endswith("}"):
        return f"{written!r} is not closed: a '}}' is missing{_literally(written)}"
    if "${" in body:
        return f"{written!r}: a reference cannot hold another one"
    if env := _ENV.fullmatch(body):
        return EnvReference(env["name"], env["default"])
    if file := _FILE.fullmatch(body):
        return FileReference(file["path"])
    if _CONFIG.fullmatch(body):
        return ConfigReference(tuple(body.split(".")[1:]))
    return ProviderReference(body) if body.isidentifier() else _complaint(written, body)


def _complaint(written: str, body: str) -> str:
    kind, colon, rest = body.partition(":")
    first, dot, keys = body.partition(".")
    if not body.strip():
        return f"{written!r} refers to nothing{_literally(written)}"
    if body.startswith("env:"):
        name = re.split(r"\W", rest)[0] or "NAME"
        return f"{written!r} is not read: write ${{env:{name}}} or ${{env:{name}:-default}}"
    if body.startswith("file:"):
        return f"{written!r} is not read: write ${{file:path}}"
    if body.startswith(("config.", "config:")):
        return f"{written!r} is not read: write ${{config.key}}, or ${{config.key.key}} for what is in it"
    if colon:
        hint = did_you_mean(kind, ["env", "file", "config"])
        return f"{written!r}: there is no reference of the kind {kind!r}{hint}{_literally(written)}"
    meant = f"config.{keys}"
    near = did_you_mean(body, [meant]) if dot and did_you_mean(first, ["config"]) else ""
    hint = near or _literally(written)
    return f"{written!r}: {body!r} is no name of a provider, nor is it config.key{hint}"


def _literally(written: str) -> str:
    return f" (where these characters are meant, write ${written})"
