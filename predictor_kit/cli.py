"""The command line: ``predictor-kit COMMAND``.

Only the parser stands here; the commands are imported when one of them runs, so that ``--help``
costs little more than Python's own start.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module

from predictor_kit.version import __version__

__all__ = ["main"]


class Terminated(KeyboardInterrupt):
    """SIGTERM, as a container's end sends it: raised like an interrupt, so that all is closed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with ``arguments``, by default the program's own.

    Returns the exit code: 0 all is well, 1 problems or predictions that failed, 130 interrupted,
    143 terminated.
    A wrong call of the command exits with 2.
    """
    options = vars(_parser().parse_args(arguments))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal cannot show must not be the end of the program.
            stream.reconfigure(errors="backslashreplace")
    try:
        with _closing_when_terminated():
            command = options.pop("command")
            # Only now: it imports all, and --help needs none of it.
            module = import_module(f"predictor_kit.commands.{command}")
            code: int = getattr(module, command)(**options)
    except KeyboardInterrupt as ending:
        return 143 if isinstance(ending, Terminated) else 130
    return code


@contextmanager
def _closing_when_terminated() -> Generator[None]:
    try:
        before = signal.signal(signal.SIGTERM, _terminate)
    except ValueError:  # Python takes signals in its main thread only
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> None:
    raise Terminated


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="predictor-kit",
        description="Dependency injection for predictors: what a constructor names, it gets.",
    )
    parser.add_argument("--version", action="version", version=f"predictor-kit {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    file, varied = _file(), _variation()
    _run(
        commands.add_parser("run", help="load a predictor and predict lines of JSON", parents=[varied, file])
    )
    _check(commands.add_parser("check", help="find every problem before anything is built", parents=[varied]))
    _show(commands.add_parser("show", help="print a file as its overlays make it", parents=[varied, file]))
    _explain(
        commands.add_parser("explain", help="say why a parameter gets its object", parents=[varied, file])
    )
    _graph(commands.add_parser("graph", help="show what depends on what", parents=[varied, file]))
    commands.add_parser("schema", help="print the JSON Schema of a configuration file, for editors")
    init = commands.add_parser("init", help="write a small project to begin with")
    init.add_argument("directory", metavar="DIR", help="the folder to make; no file in it is overwritten")
    return parser


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", metavar="INPUT", nargs="?", default="-", help="JSON lines; by default standard input"
    )
    parser.add_argument(
        "--show-metrics", action="store_true", help="print the metrics as a table on standard error"
    )


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help=FILE)
    parser.add_argument(
        "--static",
        action="store_true",
        help="read signatures from source, and import nothing that FILE names",
    )


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--origins", action="store_true", help="name the file and line of each value")
    parser.add_argument("--format", choices=["yaml", "json"], default="yaml", help="by default yaml")


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parameter", metavar="NAME", help="a parameter of the predictor, or a provider")


def _graph(parser: argparse.ArgumentParser) -> None:
    formats = ["text", "mermaid", "dot", "json"]
    parser.add_argument("--format", choices=formats, default="text", help="by default text")


FILE = "a configuration file, or a folder with a cortex.yaml"


def _file() -> argparse.ArgumentParser:
    """What every command takes that looks at one API of a file."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("file", metavar="FILE", help=FILE)
    options.add_argument("--name", metavar="API", help="the API, where the file has several")
    return options


def _variation() -> argparse.ArgumentParser:
    """What every command that reads a file takes to vary it."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--env",
        metavar="NAME",
        help="apply the overlay for an environment: cortex.NAME.yaml beside cortex.yaml "
        "(by default the one that PREDICTOR_ENV names)",
    )
    options.add_argument(
        "--overlay", metavar="FILE", action="append", default=[], help="apply this overlay too; repeatable"
    )
    options.add_argument(
        "--set",
        metavar="API.KEY=VALUE",
        action="append",
        default=[],
        help="set a single value, read as YAML: iris.predictor.config.threshold=0.7; repeatable",
    )
    return options
