"""The ``${...}`` of a file: to a variable of the environment, to a config value, to a provider.

==========================  =========================================================
``${env:NAME}``             the variable's text; it must be set
``${env:NAME:-default}``    the same, or ``default`` where it is not set or empty
``${config.a.b}``           the value ``b`` in the value ``a`` of the config
``${name}``                 the provider ``name``
``$${``                     the characters ``${``
==========================  =========================================================

References are read in values that were parsed before, so that what they stand for is never read
as YAML. In Cortex's own keys only ``${env:`` is one, and only there ``$${env:`` is an escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from predictor_kit.errors import did_you_mean

__all__ = [
    "ConfigReference",
    "EnvReference",
    "EnvText",
    "ProviderReference",
    "Reference",
    "Template",
    "join",
    "parse_template",
    "plain",
    "substitute",
]

_ESCAPE: Final = "$${"
_OPENING: Final = re.compile(r"\$?\$\{")
_ENV_OPENING: Final = re.compile(r"\$?\$\{(?=env:)")
_ENV: Final = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)
_CONFIG: Final = re.compile(r"config(?:\.[^\s.:]+)+")


class EnvText(str):
    """Text that came, at least in part, from the environment: a ``str`` that hides its value.

    ``names`` are the variables and ``template`` is the text as the file has it, which ``repr()``
    shows instead of the value. What is made from it (a slice, a sum) is an ordinary ``str``.
    """

    __slots__ = ("names", "template")

    names: tuple[str, ...]
    template: str

    def __new__(cls, value: str, names: Iterable[str], template: str) -> Self:
        """The text ``value``, made from the variables ``names`` by ``template``."""
        self = super().__new__(cls, value)
        self.names = tuple(names)
        self.template = template
        return self

    def __repr__(self) -> str:
        return repr(self.template)

    def __reduce__(self) -> tuple[type[EnvText], tuple[str, tuple[str, ...], str]]:
        return EnvText, (str(self), self.names, self.template)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class EnvReference:
    """``${env:NAME}``: the environment variable ``name``, or ``default`` (None: it has none)."""

    name: str
    default: str | None = None

    def __str__(self) -> str:
        default = "" if self.default is None else f":-{self.default}"
        return f"${{env:{self.name}{default}}}"


@dataclass(frozen=True, slots=True)
class ConfigReference:
    """``${config.a.b}``: the config value that the keys in ``path`` lead to."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"${{config.{'.'.join(self.path)}}}"


@dataclass(frozen=True, slots=True)
class ProviderReference:
    """``${name}``: what the provider ``name`` gives."""

    name: str

    def __str__(self) -> str:
        return f"${{{self.name}}}"


Reference = EnvReference | ConfigReference | ProviderReference


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

    def fill(self, environ: Mapping[str, str]) -> Template:
        """The template with texts from ``environ`` in place of the references to it.

        Its ``mistakes`` also tell the variables that are not set and have no default.
        """
        filled: list[str | Reference] = []
        unset: list[str] = []
        for part in self.parts:
            if not isinstance(part, EnvReference):
                filled.append(part)
            elif (value := _looked_up(part, environ)) is not None:
                filled.append(EnvText(value, [part.name], self.written))
            else:
                unset.append(_unset(part.name, environ))
        return Template(self.written, tuple(filled), (*self.mistakes, *dict.fromkeys(unset)))


def parse_template(text: str, *, only_env: bool = False) -> Template:
    """Read the references in ``text``; with ``only_env`` any other ``${...}`` stays as written."""
    parts: list[str | Reference] = []
    mistakes: list[str] = []
    literal = ""
    for before, written in _stretches(text, _ENV_OPENING if only_env else _OPENING):
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


def substitute(text: str, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """``text`` of one of Cortex's own keys with each ``${env:...}`` replaced from ``environ``.

    Returns an `EnvText` where it had one, and what is wrong: references that cannot be read,
    variables that are not set and have no default.
    """
    if "${env:" not in text:
        return text, ()
    template = parse_template(text, only_env=True).fill(environ)
    return join(template.parts, text), template.mistakes


def join(parts: Iterable[Any], written: str) -> str:
    """The texts of ``parts`` as one; an `EnvText` for ``written`` if one of them is an `EnvText`."""
    values = list(parts)
    names = [name for value in values if isinstance(value, EnvText) for name in value.names]
    text = "".join(map(str, values))
    return EnvText(text, dict.fromkeys(names), written) if names else text


def plain(value: Any) -> Any:
    """A copy of ``value`` whose mappings and lists hold exact ``str`` in place of `EnvText`."""
    return _plain(value, {})


def _plain(value: Any, made: dict[int, Any]) -> Any:
    if isinstance(value, EnvText):
        return str(value)
    if id(value) in made:
        return made[id(value)]
    if type(value) is dict:
        mapping: dict[Any, Any] = {}
        made[id(value)] = mapping
        mapping.update((key, _plain(item, made)) for key, item in value.items())
        return mapping
    if type(value) is list:
        items: list[Any] = []
        made[id(value)] = items
        items.extend(_plain(item, made) for item in value)
        return items
    return value


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
    if _CONFIG.fullmatch(body):
        return ConfigReference(tuple(body.split(".")[1:]))
    return ProviderReference(body) if body.isidentifier() else _complaint(written, body)


def _complaint(written: str, body: str) -> str:
    kind, colon, rest = body.partition(":")
    if not body.strip():
        return f"{written!r} refers to nothing{_literally(written)}"
    if body.startswith("env:"):
        name = re.split(r"\W", rest)[0] or "NAME"
        return f"{written!r} is not read: write ${{env:{name}}} or ${{env:{name}:-default}}"
    if body.startswith(("config.", "config:")):
        return f"{written!r} is not read: write ${{config.key}}, or ${{config.key.key}} for what is in it"
    if colon:
        hint = did_you_mean(kind, ["env", "config"])
        return f"{written!r}: there is no reference of the kind {kind!r}{hint}{_literally(written)}"
    return f"{written!r}: {body!r} is no name of a provider, nor is it config.key{_literally(written)}"


def _literally(written: str) -> str:
    return f" (where these characters are meant, write ${written})"


def _looked_up(reference: EnvReference, environ: Mapping[str, str]) -> str | None:
    """The variable's text; its default where it is not set or empty, as a shell reads ``:-``."""
    value = environ.get(reference.name)
    return value if value or reference.default is None else reference.default


def _unset(name: str, environ: Mapping[str, str]) -> str:
    near = did_you_mean(name, environ)
    return f"environment variable {name!r} is not set{near}: set it, or write ${{env:{name}:-...}}"
