"""Calls by name, compiled once, so that no call pays for looking names up.

A call is compiled for its argument names, not for its target: all predictors that name
``config`` and ``metrics_client`` share one piece of code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["Aim", "bind", "select"]

Source = Callable[[], Any]
Aim = Callable[[Callable[..., Any]], None]


def bind(target: Callable[..., Any], positional: Sequence[Source], named: dict[str, Source]) -> Source:
    """A call of ``target`` without arguments that asks each source for its value first.

    ``positional`` are handed over by position, ``named`` by keyword, in their order. The names
    must be identifiers, as the parameters of any function are.
    """
    return _binder(len(positional), tuple(named))(target, *positional, *named.values())  # type: ignore[no-any-return] # made below


def select(
    name: str,
    target: Callable[..., Any],
    offered: tuple[str, ...],
    positional: int,
    named: tuple[str, ...],
    defaults: Mapping[str, Any],
) -> tuple[Callable[..., Any], Aim]:
    """A function of the parameters ``offered`` that hands ``target`` those it names; what aims it at another.

    It is called ``name``. The first ``positional`` of ``named`` are handed over by position, the others
    by keyword. What is left out is as ``defaults`` say, else None.
    """
    compiled = _selector(offered, positional, named, tuple(defaults))
    function, aim = compiled(target, *defaults.values())
    # Python names it where it is given what it does not take.
    function.__name__ = function.__qualname__ = name
    return function, aim


@lru_cache(maxsize=1024)
def _binder(positional: int, named: tuple[str, ...]) -> Callable[..., Any]:
    sources = [f"_{index}" for index in range(positional + len(named))]
    passed = [f"{source}()" for source in sources[:positional]]
    passed += [f"{name}={source}()" for name, source in zip(named, sources[positional:], strict=True)]
    return _compiled(f"lambda {', '.join(['_target', *sources])}: lambda: _target({', '.join(passed)})")


@lru_cache(maxsize=1024)
def _selector(
    offered: tuple[str, ...], positional: int, named: tuple[str, ...], defaults: tuple[str, ...]
) -> Callable[..., Any]:
    passed = [*named[:positional], *(f"{name}={name}" for name in named[positional:])]
    # Not keyword-only: each of those that is left out would cost a look-up of its own.
    parameters = [f"{name}=_{name}" if name in defaults else f"{name}=None" for name in offered]
    given = ", ".join(["_target", *(f"_{name}" for name in defaults)])
    lines = (
        f"def _selecting({given}):",
        " def aim(target):",
        "  nonlocal _target",
        "  _target = target",
        f" return (lambda {', '.join(parameters)}: _target({', '.join(passed)})), aim",
    )
    names: dict[str, Any] = {"__builtins__": {}}
    # The text holds only names of parameters, as below.
    exec("\n".join(lines), names)  # noqa: S102 - see above
    return names["_selecting"]  # type: ignore[no-any-return] # the function just defined


def _compiled(source: str) -> Callable[..., Any]:
    # The text holds only names of parameters, which Python has accepted as identifiers before.
    return eval(source, {"__builtins__": {}})  # type: ignore[no-any-return] # noqa: S307 - see above
