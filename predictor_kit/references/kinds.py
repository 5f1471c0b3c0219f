"""The kinds of references."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ConfigReference",
    "EnvReference",
    "FileReference",
    "NotKnown",
    "Origin",
    "ProviderReference",
    "Reference",
]


@dataclass(frozen=True, slots=True)
class EnvReference:
    """``${env:NAME}``: the environment variable ``name``, or ``default`` (None: it has none)."""

    name: str
    default: str | None = None

    def __str__(self) -> str:
        default = "" if self.default is None else f":-{self.default}"
        return f"${{env:{self.name}{default}}}"


@dataclass(frozen=True, slots=True)
class FileReference:
    """``${file:path}``: what the file at ``path`` holds."""

    path: str

    def __str__(self) -> str:
        return f"${{file:{self.path}}}"


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


@dataclass(frozen=True, slots=True)
class NotKnown:
    """What stands for a value that something is wrong with: it is not known, and so is nothing about it."""


Origin = EnvReference | FileReference | NotKnown
"""What brings text from outside the configuration in; such text is never shown."""

Reference = EnvReference | FileReference | ConfigReference | ProviderReference
