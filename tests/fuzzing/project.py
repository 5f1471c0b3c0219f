"""The project whose files are mutated: code of every sort, and files that are well before that."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

__all__ = ["APIS", "CLASSES", "OVERLAYS", "SECRETS", "TEXTS", "write_project"]

SECRETS: Final = {
    "FUZZ_TOKEN": "Kanarienvogel-im-Umfeld",
    "FUZZ_NUMBER": "918273645546372819",
    "FUZZ_PATH": "/Kanarienvogel/im/Pfad",
    "FUZZ_REFERENCE": "kanarienvogel.modul:Kanarienvogel",
}
"""Environment variables whose values must not be seen anywhere."""

FILES: Final = {
    "token.txt": "Kanarienvogel-in-der-Datei\n",
    "several.txt": "Kanarienvogel: [\nin: 'Zeilen\n",
    "predictor.py": """\
from dataclasses import dataclass
from pydantic import BaseModel, field_validator


class Config(BaseModel, extra="forbid"):
    threshold: float = 0.5
    token: str = ""
    labels: list[str] = []
    nested: dict[str, int] = {}
    other: object = None

    @field_validator("token")
    @classmethod
    def is_fine(cls, token):
        if len(token) > 30:
            raise ValueError(f"{token} is too long")
        return token


class PythonPredictor:
    def __init__(self, config: Config, metrics_client, tokenizer=None): ...

    def predict(self, payload): ...


class Loose:
    def __init__(self, config, **rest): ...

    def predict(self, payload, query_params=None): ...


class Task:
    def __call__(self, config: Config): ...


VALUE = 3
""",
    "parts.py": """\
import enum
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Optional

from pydantic import BaseModel, field_validator


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Size:
    width: int
    height: int = 1


class Settings(BaseModel):
    token: str
    port: int = 1

    @field_validator("token")
    @classmethod
    def is_fine(cls, token):
        if token != "fine":
            raise ValueError(f"{token} is not fine")
        return token


class Vocabulary:
    def __init__(self, path: Path, size: Optional[int] = None): ...

    @classmethod
    def load(cls, path: str): ...


class Tokenizer:
    def __init__(self, vocabulary: Vocabulary, color: Color = Color.RED, mode: Literal["a", "b"] = "a"): ...


class Client:
    def __init__(self, settings: Settings, sizes: list[Size] = [], /, retries: int = 1, **options: int): ...


def lines(path: str) -> Iterator[str]:
    yield path


@contextmanager
def opened(path: str, *names: str):
    yield path


async def awaited(path): ...


partner = Vocabulary
client = Client
number = 3
""",
    "wiring.py": """\
from dependency_injector import providers
from predictor_kit import PredictorContainer
from parts import Vocabulary


class Container(PredictorContainer):
    config = providers.Configuration(strict=True)
    vocabulary = providers.Singleton(Vocabulary, path=config.vocab.path)
    chosen = providers.Selector(config.kind, a=providers.Object(1), b=vocabulary)
""",
    "broken.py": "import no_such_module_here\n\n\nclass Broken: ...\n",
    "raising.py": 'import os\n\nraise RuntimeError("at import")\n',
    "syntax.py": "class A(:\n    pass\n",
    "inner/__init__.py": "",
    "inner/deep.py": "from parts import Vocabulary\n\n\nclass Deep(Vocabulary): ...\n",
}

CLASSES: Final = [
    *(f"parts:{name}" for name in ("Vocabulary", "Tokenizer", "Client", "lines", "opened", "awaited")),
    *(f"parts:{name}" for name in ("Color", "Size", "Settings", "number", "Vocabulary.load", "nothing")),
    *("parts.py:Vocabulary", "inner.deep:Deep", "inner/deep.py:Deep", "inner:deep.Deep", "inner", "parts"),
    *("broken:Broken", "raising:A", "syntax.py:A", "syntax:A", "nowhere:A", "nowhere.py:A", "/nowhere.py:A"),
    *("predictor.py", "predictor:Loose", "predictor.py:Loose", "predictor.py:VALUE", "wiring:Container"),
    *("dogstatsd", "fan-out", "in-memory", "logging", "null", "statsd", "dogstats", "builtins:dict"),
    *("collections:OrderedDict", "decimal:Decimal", "logging:os.system", "threading:Lock", "a:b:c", ":", "."),
    *("${env:FUZZ_REFERENCE}", "${env:FUZZ_TOKEN}", "${env:FUZZ_PATH}.py:A", "../parts.py:Vocabulary"),
]

TEXTS: Final = [
    *("${env:FUZZ_TOKEN}", "${env:FUZZ_NUMBER}", "${env:FUZZ_PATH}", "a-${env:FUZZ_TOKEN}-b"),
    *("${file:token.txt}", "${file:several.txt}", "${file:nowhere}", "${file:.}", "${file:}", "${file: }"),
    *("${env:}", "${env:FUZZ_TOKE}", "${env:FUZZ_NONE:-}", "${env:FUZZ_NONE:-7}", "$${env:FUZZ_TOKEN}"),
    *(
        "${config}",
        "${config.threshold}",
        "${config.a.b}",
        "${config.token.b}",
        "${config.}",
        "${config.nested}",
    ),
    *(
        "${vocabulary}",
        "${tokenizer}",
        "${metrics_client}",
        "${nothing}",
        "${}",
        "${",
        "}",
        "${a b}",
        "${${a}}",
    ),
    *(
        "${nope:x}",
        "x ${vocabulary}",
        "x${config.threshold}y",
        "${config.labels}",
        "~",
        "null",
        "1e400",
        ".nan",
    ),
    *("", " ", "a", "1", "-1", "0x1", "1_000", "true", "2001-12-14", "12:30:45", "s3://b/m", "\0", "\ud7ff"),
    *(
        "\u2028",
        "\u202e",
        "é" * 50,
        "x" * 400,
        "50",
        "10Gi",
        "200ms",
        "python",
        "RealtimeAPI",
        "TaskAPI",
        "red",
    ),
]

APIS: Final[list[Any]] = [
    [
        {
            "name": "iris",
            "kind": "RealtimeAPI",
            "predictor": {
                "type": "python",
                "path": "predictor.py",
                "config": {
                    "threshold": 0.7,
                    "token": "${env:FUZZ_TOKEN}",
                    "labels": ["a", "${file:token.txt}"],
                    "nested": {"a": 1, "b": "${env:FUZZ_NUMBER}"},
                },
                "env": {"LEVEL": "debug"},
            },
            "providers": {
                "vocabulary": {"class": "parts:Vocabulary", "args": {"path": "${env:FUZZ_PATH}"}},
                "tokenizer": {"class": "parts:Tokenizer", "args": {"color": "red", "mode": "b"}},
                "client": {
                    "class": "parts:Client",
                    "args": {
                        "settings": {"token": "fine", "port": "${env:FUZZ_NONE:-8125}"},
                        "sizes": [{"width": 1}, {"width": "${config.nested.a}", "height": 2}],
                        "retries": 3,
                        "more": 4,
                    },
                    "scope": "factory",
                },
                "reader": {"class": "parts.py:lines", "args": {"path": "${config.token}"}},
            },
        },
        {
            "name": "train",
            "kind": "TaskAPI",
            "definition": {"path": "predictor.py", "config": {"token": "x"}},
        },
    ],
    [
        {
            "name": "words",
            "kind": "AsyncAPI",
            "predictor": {
                "type": "python",
                "path": "predictor:Loose",
                "config": {"kind": "${env:FUZZ_TOKEN}", "vocab": {"path": "${file:several.txt}"}},
            },
            "container": "wiring:Container",
            "providers": {
                "metrics_client": {
                    "class": "fan-out",
                    "args": {"clients": ["${quiet}", "${metrics_client}"]},
                },
                "quiet": "null",
                "wrapped": {"class": "parts:opened", "args": {"path": "a/${config.kind}"}},
                "deep": {"class": "inner.deep:Deep", "args": {"path": "${env:FUZZ_TOKEN}", "size": None}},
            },
            "autoscaling": {"min_replicas": 1, "max_replicas": 5},
            "compute": {"cpu": "200m", "mem": "1Gi"},
        }
    ],
    [
        {"name": "one", "kind": "BatchAPI", "predictor": {"type": "python", "path": "predictor.py:Loose"}},
        {"name": "two", "kind": "TrafficSplitter", "apis": [{"name": "one", "weight": 100}]},
    ],
]
"""Plain data of files."""

OVERLAYS: Final[list[Any]] = [
    [{"name": "iris", "predictor": {"config": {"threshold": 0.9, "token": "${file:token.txt}"}}}],
    [{"name": "words", "providers": {"quiet": {"class": "logging"}, "deep": "parts:lines"}}],
    [{"name": "one", "providers": {"vocabulary": {"class": "parts:Vocabulary", "args": {"path": "${one}"}}}}],
    [{"name": "none"}],
]


def write_project(folder: Path) -> None:
    """Write the project's code into ``folder``, and set the variables that its files name."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)
    os.environ.update(SECRETS)
