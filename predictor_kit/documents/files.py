"""A configuration file from the disk: its bytes, its encoding, and why it cannot be read."""

from __future__ import annotations

import codecs
import os
import re
from pathlib import Path
from typing import Final

from predictor_kit.documents.json_reader import parse_json
from predictor_kit.documents.positions import Document, Source
from predictor_kit.documents.yaml_reader import parse_yaml
from predictor_kit.errors import Location, Problem, ProblemsError, did_you_mean, listed, near_file

__all__ = ["MAX_BYTES", "overlay_path", "parse", "read"]

MAX_BYTES: Final = 1024 * 1024
"""The longest file that is read: seconds, for PyYAML without libyaml."""

_LISTED: Final = 5
_SUFFIXES: Final = (".yaml", ".yml", ".json", ".toml")
_ENVIRONMENT: Final = re.compile(r"[^\W_](?:[-\w.]*\w)?")


def parse(text: str, file: str) -> Document:
    """Read ``text`` as what the name ``file`` ends with says: ``.json``, ``.toml``, all else is YAML.

    Raises ProblemsError with all that is wrong in it.
    """
    suffix = Path(file).suffix.lower()
    if suffix == ".toml":
        from predictor_kit.documents.toml_reader import parse_toml  # noqa: PLC0415 - it costs 5 ms to import

        return parse_toml(text, file)
    return (parse_json if suffix == ".json" else parse_yaml)(text, file)


def read(path: str | os.PathLike[str]) -> Document:
    """Read the file at ``path``: YAML, JSON or TOML, UTF-8, at most ``MAX_BYTES`` long.

    Raises ProblemsError where it cannot be read, is a directory, is too long or is not UTF-8, and
    with all that ``parse`` refuses.
    """
    file = os.fspath(path)
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
            size = os.fstat(stream.fileno()).st_size
    except (OSError, ValueError) as error:
        raise ProblemsError([_unreadable(file, error)]) from None
    if len(content) > MAX_BYTES:
        raise ProblemsError([_too_long(file, size)])
    return parse(_decoded(content, file), file)


def overlay_path(path: str | os.PathLike[str], env: str) -> str:
    """The overlay of the file at ``path`` for the environment ``env``: ``cortex.prod.yaml`` beside it.

    Where it is there not in the language of the file but in one other: that one. Raises
    ProblemsError where ``env`` is no name, where there is no overlay and where there are several.
    """
    base = Path(path)
    if not _ENVIRONMENT.fullmatch(env):
        what = "letters and digits, and '-', '_' and '.' between them"
        raise ProblemsError([Problem(f"{env!r} is no name of an environment: it has {what}")])
    named = [base.with_name(f"{base.stem}.{env}{suffix}") for suffix in (base.suffix, *_SUFFIXES)]
    found = [file for file in dict.fromkeys(named) if os.path.lexists(file)]
    if found and all(map(_is_schema, found)):
        message = "this is a JSON Schema, for editors, and no overlay"
        raise ProblemsError([Problem(message, location=Location(str(found[0])))])
    found = [file for file in found if not _is_schema(file)]
    if len(found) == 1 or named[0] in found:
        return str(found[0])
    raise ProblemsError([_several(found, env) if found else _no_overlay(base, named[0], env)])


def _several(found: list[Path], env: str) -> Problem:
    names = ", ".join(file.name for file in found)
    message = f"the environment {env!r} has more overlays than one: {names}"
    return Problem(message, location=Location(str(found[0])))


def _no_overlay(base: Path, wanted: Path, env: str) -> Problem:
    """There is no overlay; the environments that there is one for are told."""
    names = _configurations(base.parent)
    parts = [name.rpartition(".")[0].partition(f"{base.stem}.") for name in names]
    envs = list(dict.fromkeys(name for before, dot, name in parts if dot and name and not before))
    notes = (f"overlays of {base.name} are there for: {listed(envs, env)}",) if envs else _listed(base.parent)
    message = f"there is no such file, the overlay for the environment {env!r}{did_you_mean(env, envs)}"
    return Problem(message, location=Location(str(wanted)), notes=notes)


def _unreadable(file: str, error: OSError | ValueError) -> Problem:
    place, path = Location(file), Path(file)
    if isinstance(error, FileNotFoundError):
        return _absent(file, path)
    if not isinstance(error, OSError):
        return Problem("a file's name cannot hold the character NUL", location=place)
    if os.path.isdir(path):  # noqa: PTH112 # Path.is_dir() raises where a permission is refused
        return Problem("this is a directory, not a configuration file", location=place, notes=_listed(path))
    return Problem(f"the file cannot be read: {os.strerror(error.errno or 0)}", location=place)


def _absent(file: str, path: Path) -> Problem:
    folder = path.parent
    if not os.path.isdir(folder):  # noqa: PTH112 # the same
        return Problem(f"there is no such file, nor a directory '{folder}'", location=Location(file))
    hint = near_file(path.name, _names(folder))
    return Problem(f"there is no such file{hint}", location=Location(file), notes=_listed(folder, path.name))


def _listed(folder: Path, near: str = "") -> tuple[str, ...]:
    """A line with the configuration files in ``folder``, if there are any."""
    names = _configurations(folder)
    return (f"in '{folder}' there are: {listed(names, near, _LISTED)}",) if names else ()


def _configurations(folder: Path) -> list[str]:
    """The names of the files in ``folder`` that can be configuration files or overlays."""
    return [name for name in _names(folder) if name.endswith(_SUFFIXES) and not _is_schema(Path(name))]


def _is_schema(file: Path) -> bool:
    """Whether ``file`` is what ``predictor-kit schema`` writes, by its name."""
    return file.name.endswith(".schema.json")


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []  # it may be entered but not listed: then there are no names to propose


def _too_long(file: str, size: int) -> Problem:
    told = f"{size / 2**20:.1f} MiB long" if size else "too long"
    message = f"the file is {told}; a configuration file has at most {MAX_BYTES // 2**20} MiB"
    note = "keep large data in a file of its own and give its path in `config`"
    return Problem(message, location=Location(file), notes=(note,))


def _decoded(content: bytes, file: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ProblemsError([Problem("the file is UTF-16: save it as UTF-8", location=Location(file))])
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ProblemsError([_not_utf8(content, error.start, file)]) from None


def _not_utf8(content: bytes, offset: int, file: str) -> Problem:
    source = Source(file, content.decode(errors="replace").splitlines())
    place = source.after(content[:offset].decode())
    byte = f"byte 0x{content[offset]:02x} at offset {offset}"
    return Problem(f"the file is not UTF-8 ({byte}): save it as UTF-8", location=place)
