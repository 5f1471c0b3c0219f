"""Mutations of files: of their bytes, of their tokens and lines, and of what they mean."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.writing import as_json, as_toml, as_yaml

from .project import APIS, CLASSES, OVERLAYS, TEXTS

__all__ = ["Case", "case"]


@dataclass(frozen=True)
class Case:
    """What is checked: files by name, the first one with the others as overlays, and settings."""

    files: dict[str, bytes]
    settings: tuple[str, ...] = ()


TOKENS: Final = [
    *(
        "&a ",
        "*a",
        "*b",
        "<<: ",
        "<<: *a",
        "!!python/object:os.system ",
        "!tag ",
        "!!binary ",
        "? ",
        "- ",
        ": ",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        ",",
        '"',
        "'",
        "|\n",
        ">-\n",
        "#",
        "%YAML 1.2\n",
        "---\n",
        "...\n",
        "\t",
        "\r",
        "\n",
    ),
    *("\0", "\ufeff", "\u2028", "\x85", "\\", "\\u12", '"""', "[[", "]]", "=", "nan", "inf", "1e999", "-"),
    *("@", "`", "${", "$${", "}", "a: &x [*x]", "{a: {a: {a: ", "[[[[[[[[", "null", "~", "true", "0o7", "0x"),
]

VALUES: Final[list[Any]] = [
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 2**70, 0.5, float("inf"), float("nan")),
    *(
        [],
        {},
        [None],
        [{}],
        {"": 1},
        {"a": {"b": [1, {"c": None}]}},
        ["${vocabulary}"],
        {"a": "${env:FUZZ_TOKEN}"},
    ),
    *(
        {"class": "parts:Vocabulary", "args": {"path": "${file:token.txt}"}},
        {"name": "iris"},
        [[["${config}"]]],
    ),
]

KEYS: Final = [
    *(
        "name",
        "kind",
        "type",
        "path",
        "config",
        "env",
        "providers",
        "container",
        "class",
        "args",
        "scope",
        "apis",
    ),
    *(
        "predictor",
        "definition",
        "python_path",
        "models",
        "autoscaling",
        "compute",
        "vocabulary",
        "tokenizer",
    ),
    *(
        "self",
        "metrics_client",
        "wire",
        "a b",
        "",
        "1",
        "<<",
        "on",
        "é",
        "__a",
        "x",
        "size",
        "settings",
        "token",
    ),
    *("pth", "provider", "clas", "arg", "confg", "${env:FUZZ_TOKEN}", "${vocabulary}", "a.b", "log_level"),
]


def case(random: Random) -> Case:
    """A case made of well files by a few mutations."""
    number = random.randrange(len(APIS))
    data, overlays = copy.deepcopy(APIS[number]), []
    for _ in range(random.choice([0, 1, 1, 2, 3, 5])):
        data = _restructured(data, random)
    if random.random() < 0.3:
        # One for this file, more often than not.
        overlay = copy.deepcopy(random.choice([*OVERLAYS, *[OVERLAYS[number]] * 4]))
        overlays.append(_restructured(overlay, random) if random.random() < 0.6 else overlay)
    settings = tuple(_setting(data, random) for _ in range(random.choice([0, 0, 0, 1, 2])))
    files = {}
    for index, each in enumerate([data, *overlays]):
        language = random.choice(["yaml", "yaml", "json", "toml"])
        files[f"file{index}.{language}"] = _disturbed(_written(each, language), random)
    return Case(files, settings)


def _written(data: Any, language: str) -> str:
    try:
        if language == "toml":
            return as_toml({"apis": _without_null(data)})
        return (as_json if language == "json" else as_yaml)(data)
    except (TypeError, ValueError, AttributeError):  # a language that cannot say this
        return json.dumps(data)


def _without_null(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_null(value) for key, value in data.items() if value is not None}
    return [_without_null(item) for item in data if item is not None] if isinstance(data, list) else data


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Each mapping or list in ``value`` with each of its keys or indexes."""
    found: list[tuple[Any, Any]] = []
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *_places(value[key])]
    return found


def _any_value(random: Random) -> Any:
    pool = random.choice([VALUES, TEXTS, CLASSES, TEXTS])
    return copy.deepcopy(random.choice(pool))


def _restructured(data: Any, random: Random) -> Any:
    """``data`` with one node deleted, doubled, renamed, moved, wrapped or given another value."""
    places = _places(data)
    if not places:
        return _any_value(random)
    holder, key = random.choice(places)
    match random.choice(["value", "value", "delete", "rename", "double", "move", "wrap", "class"]):
        case "delete":
            del holder[key]
        case "rename" if isinstance(holder, dict):
            holder[random.choice(KEYS)] = holder.pop(key)
        case "double" if isinstance(holder, dict):
            holder[random.choice(KEYS)] = copy.deepcopy(holder[key])
        case "move":
            other, place = random.choice(places)
            other[place] = copy.deepcopy(holder[key])
        case "wrap":
            depth = random.choice([1, 1, 2, 60])
            for _ in range(depth):
                holder[key] = [holder[key]] if random.random() < 0.5 else {random.choice(KEYS): holder[key]}
        case "class":
            classes = [(one, at) for one, at in places if at in ("class", "path", "container")]
            holder, key = random.choice(classes or [(holder, key)])
            holder[key] = random.choice(CLASSES)
        case _:
            holder[key] = _any_value(random)
    return data


def _setting(data: Any, random: Random) -> str:
    """A text for ``--set``: a path into ``data``, or almost one, and a value."""
    items = data if isinstance(data, list) else []
    names = [one["name"] for one in items if isinstance(one, dict) and isinstance(one.get("name"), str)]
    steps = [random.choice([*names * 3, "iris", "nobody"])]
    steps += [str(random.choice(KEYS)) for _ in range(random.choice([0, 1, 2, 3]))]
    if random.random() < 0.7:
        steps[1:] = random.choice(
            [
                ["predictor", "config", "threshold"],
                ["predictor", "config", "labels"],
                ["predictor", "path"],
                ["providers", "vocabulary", "class"],
                ["providers", "vocabulary", "args", "path"],
                ["providers", "new"],
                ["container"],
                ["kind"],
            ]
        )
    value = _any_value(random)
    text = value if isinstance(value, str) else json.dumps(value)
    return _line_of(f"{'.'.join(steps)}={text}", random)


def _line_of(text: str, random: Random) -> str:
    for _ in range(random.choice([0, 0, 0, 0, 1, 2])):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(TOKENS) + text[at + random.randrange(3) :]
    return text


def _disturbed(text: str, random: Random) -> bytes:
    """``text`` as bytes, with some of its bytes, tokens or lines changed."""
    for _ in range(random.choice([0, 0, 0, 0, 0, 1, 1, 3])):
        text = random.choice(_DISTURBANCES)(text, random)
    content = text.encode("utf-8", "surrogatepass")
    for _ in range(random.choice([0] * 15 + [1, 3])):
        at = random.randrange(len(content) + 1)
        content = (
            content[:at]
            + bytes([random.randrange(random.choice([128, 256]))])
            + content[at + random.randrange(3) :]
        )
    return content


def _token(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice([*TOKENS, *TEXTS]) + text[at:]


def _lines(text: str, random: Random) -> str:
    lines = text.split("\n")
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.choice(["delete", "double", "indent", "outdent", "swap", "cut", "anchor"]):
        case "delete":
            del lines[at]
        case "double":
            lines.insert(other, lines[at])
        case "indent":
            lines[at] = " " * random.randrange(1, 5) + lines[at]
        case "outdent":
            lines[at] = lines[at][random.randrange(1, 5) :]
        case "swap":
            lines[at], lines[other] = lines[other], lines[at]
        case "cut":
            lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)]
        case _:
            lines[at] = lines[at].replace(": ", f": {random.choice(['&a ', '*a ', '!!str ', '&b '])}", 1)
    return "\n".join(lines)


def _character(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + text[at + random.randrange(1, 4) :]


def _splice(text: str, random: Random) -> str:
    at, start = random.randrange(len(text) + 1), random.randrange(len(text) + 1)
    return text[:at] + text[start : start + random.randrange(200)] + text[at:]


def _repeat(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    many = random.choice([3, 60, 2000])
    return (
        text[:at]
        + random.choice(["[", "{a: ", "- ", "  ", "&a [*a, ", "'", "a: ", "[[a]]\n", "a."]) * many
        + text[at:]
    )


def _bomb(text: str, random: Random) -> str:
    layers = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, random.choice([3, 7, 20]))]
    return "\n".join(["l0: &l0 [x, x]", *layers, text])


def _truncated(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


_DISTURBANCES: Final[list[Callable[[str, Random], str]]] = [
    *(_token, _token, _lines, _lines, _lines, _character, _character, _splice, _repeat, _bomb, _truncated),
]
