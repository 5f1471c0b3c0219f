"""What it costs to read a file that wires a predictor and to build the predictor, in each library's own file.

By hand, from the checkout: ``python -m tests.benchmarks.wiring``. Hydra, jsonargparse, confection
and dependency-injector's schema take part where they are installed; the files are in
``tests/benchmarks/wired``, and the classes are the same for all.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measuring import (
    EMPTY,
    by_processor,
    header,
    installed,
    interleaved,
    microseconds,
    show,
    statement,
    table,
)
from tests.benchmarks.starting import PASS, process

FOLDER = Path(__file__).with_name("wired")
ROOT = FOLDER.parents[2]
EXPECTED = ({"vocab_path": "models/vocab.txt"}, ("localhost", 8125), "models/vocab.txt")


@dataclass(frozen=True)
class Contender:
    """A way from a file to a predictor: what is imported and made once, then a ``load`` each time."""

    package: str
    once: str
    load: str

    def names(self) -> dict[str, Any]:
        """What ``load`` can use; raises AssertionError unless the predictor is as that of all others."""
        names: dict[str, Any] = {}
        exec(self.once, names)
        made = eval(self.load, names)
        predictor = getattr(made, "instance", made)
        parts = (predictor.config, predictor.metrics_client.address, predictor.tokenizer.vocabulary.path)
        if parts != EXPECTED:
            raise AssertionError(f"{self.load} makes another predictor, of {parts}")
        return names


def at(file: str) -> str:
    """The path of a file of the case, as Python writes it."""
    return repr(str(FOLDER / file))


HYDRA = "Hydra: instantiate(OmegaConf.load(file))"
JSONARGPARSE = "jsonargparse: parse_path(file), instantiate"

PARTS = """
from tests.benchmarks.wired.predictor import PythonPredictor
from tests.benchmarks.wired.text import Statsd, Tokenizer, Vocabulary
"""

HAND = f"""
import yaml
{PARTS}
def load():
    with open({at("config.yaml")}) as file:
        config = yaml.safe_load(file)
    tokenizer = Tokenizer(Vocabulary(config["vocab_path"]))
    return PythonPredictor(config, Statsd("localhost", 8125), tokenizer)
"""

COMPOSED = f"""
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
def load():
    with initialize_config_dir({str(FOLDER)!r}, version_base=None):
        return instantiate(compose("hydra").predictor)
"""

PARSER = f"""
from jsonargparse import ArgumentParser
from tests.benchmarks.wired.predictor import PythonPredictor
def made():
    parser = ArgumentParser()
    parser.add_subclass_arguments(PythonPredictor, "predictor")
    return parser
def load(parser):
    return parser.instantiate(parser.parse_path({at("jsonargparse.yaml")})).predictor
parser = made()
"""

REGISTRY = f"""
import catalogue
import confection
{PARTS}
class registry(confection.registry):
    wired = catalogue.create("benchmark", "wired")
for cls in (PythonPredictor, Statsd, Tokenizer, Vocabulary):
    registry.wired.register(cls.__name__, func=cls)
"""

SCHEMA = f"""
from dependency_injector.containers import DynamicContainer
def load():
    container = DynamicContainer()
    container.from_yaml_schema({at("dependency-injector.yaml")})
    container.config.from_yaml({at("config.yaml")})
    return container.predictor()
"""

CONTENDERS = {
    "by hand: yaml.safe_load of one value, four calls": Contender("PyYAML", HAND, "load()"),
    "**predictor_kit: load_predictor(file)**": Contender(
        "predictor-kit",
        "from predictor_kit import load_predictor",
        f"load_predictor({at('cortex.yaml')})",
    ),
    HYDRA: Contender(
        "hydra-core",
        "from hydra.utils import instantiate\nfrom omegaconf import OmegaConf",
        f"instantiate(OmegaConf.load({at('hydra.yaml')}).predictor)",
    ),
    "Hydra: the same by initialize_config_dir, compose": Contender("hydra-core", COMPOSED, "load()"),
    JSONARGPARSE: Contender("jsonargparse", PARSER, "load(parser)"),
    "jsonargparse: the same with a parser of its own": Contender("jsonargparse", PARSER, "load(made())"),
    "confection: registry.resolve(Config().from_disk(file))": Contender(
        "confection",
        REGISTRY,
        f"registry.resolve(confection.Config().from_disk({at('confection.cfg')}))['predictor']",
    ),
    "dependency-injector: from_yaml_schema, from_yaml": Contender("dependency-injector", SCHEMA, "load()"),
}


def main() -> None:
    """Measure and print."""
    packages = ("predictor-kit", "hydra-core", "omegaconf", "jsonargparse", "confection")
    show(header(*packages, "dependency-injector", "PyYAML", "pydantic"))
    present = {name: one for name, one in CONTENDERS.items() if installed(one.package)}
    absent = [
        f"NOT MEASURED: {name}: the package {one.package!r} is not installed."
        for name, one in CONTENDERS.items()
        if name not in present
    ]
    show(again(present, absent))
    show(first(present, absent))


def again(contenders: Mapping[str, Contender], absent: list[str]) -> str:
    """All modules are imported: the file is read, checked where the library does, and built."""
    runs = {EMPTY: statement("pass")}
    runs |= {name: statement(one.load, **one.names()) for name, one in contenders.items()}
    runs = {name: by_processor(run) for name, run in runs.items()}
    cost = {name: value / 1e3 for name, value in microseconds(runs, number=3, rounds=60).items()}
    return table("a file to a built predictor", "ms", cost, *bases(cost), absent=absent)


def first(contenders: Mapping[str, Contender], absent: list[str]) -> str:
    """A new process: Python's start and all imports are counted."""
    runs = {PASS: process(sys.executable, "-c", "pass")}
    where = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    runs |= {
        name: process(sys.executable, "-c", f"{where}{one.once}\n{one.load}")
        for name, one in contenders.items()
    }
    samples = interleaved({name: by_processor(run) for name, run in runs.items()}, number=1, rounds=20)
    cost = {name: median(seconds) * 1e3 for name, seconds in samples.items()}
    return table("a process that loads the file", "ms", cost, *bases(cost), absent=absent)


def bases(cost: Mapping[str, float]) -> list[str]:
    """The peers that all are compared with, if they are installed."""
    return [name for name in (HYDRA, JSONARGPARSE) if name in cost]


if __name__ == "__main__":
    main()
