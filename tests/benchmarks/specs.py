"""What it costs to read a Cortex file of 30 lines: to plain data by PyYAML, to specs by `load_specs`.

By hand, from the checkout: ``python -m tests.benchmarks.specs``.
"""

from pathlib import Path

import yaml

from predictor_kit import documents, load_specs
from tests.benchmarks.measuring import EMPTY, header, microseconds, show, statement, table

FILE = Path(__file__).with_name("cortex.yaml")
SAFE = "PyYAML: yaml.safe_load, plain data without positions"


def main() -> None:
    """Measure and print."""
    show(header("predictor-kit", "PyYAML", "pydantic"))
    runs = {
        EMPTY: statement("pass"),
        SAFE: statement("yaml.safe_load(FILE.read_text())", yaml=yaml, FILE=FILE),
    }
    if yaml.__with_libyaml__:
        runs["PyYAML: the same by libyaml (CSafeLoader)"] = statement(
            "yaml.load(FILE.read_text(), yaml.CSafeLoader)", yaml=yaml, FILE=FILE
        )
    runs["predictor_kit: documents.read, plain data with positions"] = statement(
        "documents.read(FILE)", documents=documents, FILE=FILE
    )
    runs["**predictor_kit: load_specs**"] = statement("load_specs(FILE)", load_specs=load_specs, FILE=FILE)
    cost = {name: value / 1e3 for name, value in microseconds(runs, number=5, rounds=60).items()}
    show(table("a Cortex file of 30 lines", "ms", cost, SAFE))


if __name__ == "__main__":
    main()
