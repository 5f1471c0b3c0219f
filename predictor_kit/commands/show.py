"""``predictor-kit show``: what a file says, its overlays and settings merged into it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, TextIO, Unpack

from predictor_kit.blueprint import choose
from predictor_kit.commands.output import only_results, print_line, say, say_problems
from predictor_kit.commands.variation import Variation, specs_of
from predictor_kit.documents import Document, key_path, write_yaml
from predictor_kit.errors import Problem, ProblemsError

__all__ = ["show"]

_NO_COMMENTS: Final = "--origins: JSON has no comments to name them in; leave --format json out"
_NO_NUMBER: Final = "JSON can say neither .inf nor .nan; leave --format json out"


def show(
    file: str,
    name: str | None,
    origins: bool,
    format: Literal["yaml", "json"],  # noqa: A002 - the option's name
    **variation: Unpack[Variation],
) -> int:
    """Print the APIs of ``file``, or the one of that ``name``, as a file; 0 where all is well.

    References are shown as they are written. With ``origins`` a comment names file and line of each
    value.
    """
    if origins and format == "json":
        say(_NO_COMMENTS)
        return 2
    with only_results() as results:
        try:
            specs = specs_of(file, variation)
            chosen = specs.values() if name is None else [choose(specs, name, file)]
            apis = [written for spec in chosen if (written := spec.written)]
            text = _json(apis, results) if format == "json" else _yaml(apis, results, origins=origins)
        except ProblemsError as error:
            say_problems(file, error.problems)
            return 1
        print_line(text, results)
    return 0


def _yaml(apis: Sequence[Document], results: TextIO, *, origins: bool) -> str:
    def text(*, ascii_only: bool) -> str:
        places = [api.position.holding({0: api.position}) if origins else None for api in apis]
        items = zip(apis, places, strict=True)
        written = [write_yaml([api.data], origins=place, ascii_only=ascii_only) for api, place in items]
        return "\n".join(written).removesuffix("\n") or "[]"

    whole = text(ascii_only=False)
    return whole if _can_show(whole, results) else text(ascii_only=True)


def _json(apis: Sequence[Document], results: TextIO) -> str:
    if problems := [problem for api in apis for problem in _not_json(api, api.data, ())]:
        raise ProblemsError(problems)
    data = [api.data for api in apis]
    whole = json.dumps(data, indent=2, ensure_ascii=False)
    return whole if _can_show(whole, results) else json.dumps(data, indent=2)


def _not_json(api: Document, value: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """The numbers in ``value``, which stands at ``path`` in ``api``, that JSON has no way to write."""
    if isinstance(value, float) and not math.isfinite(value):
        yield Problem(_NO_NUMBER, key_path(path), api.locate(path))
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _not_json(api, inner, (*path, step))


def _can_show(text: str, results: TextIO) -> bool:
    """Whether ``results`` takes each character of ``text``, which would else not be what it says."""
    try:
        text.encode(results.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
