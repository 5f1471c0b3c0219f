"""`override` as a block: a context manager, also an asynchronous one, and a decorator."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from types import FunctionType, TracebackType
from typing import Any, Generic, TypeVar, cast

from predictor_kit.errors import OverrideError, TeardownError
from predictor_kit.overrides.targets import Restore, apply

__all__ = ["Override", "override"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def override(target: T, /, *, strict: bool = True, **replacements: Any) -> Override[T]:
    """Replace providers of ``target`` by name inside the block; restored however it ends.

    ``target`` is a container instance; a container class, for the instances of it, and of its
    subclasses that do not redefine the name, that are made inside the block; or a
    `LoadedPredictor`, which is built anew with the replacements for the block.

    A replacement is handed over as it is, a function too; a provider is called, in the place of
    the one of its name. With ``strict`` what is hardly meant is refused: a class in the place
    of an object, and a ``metrics_client`` that has not all of `MetricsClient`.

    What holds an object that needs a replaced name (a singleton, a resource) builds another one for
    the block; the first is there again after it. What was built inside is closed at the end,
    except what a predictor still uses that was loaded inside. The blocks may nest, be left in any
    order, and be used again.

    Entering gives ``target`` and raises `OverrideError`, with nothing overridden, where a name is not one of
    the container's or cannot be replaced so; of a `LoadedPredictor` also what its constructor
    raises, and `ProblemsError`. Leaving raises `TeardownError` where something cannot be closed.
    """
    return Override(target, replacements, strict=strict)


class Override(Generic[T]):
    """What `override` returns: for ``with`` and ``async with``, and as a decorator.

    A decorated function is run inside a block of its own each time, a coroutine until it is done,
    a generator from its first item to its end; of a class every method whose name begins with ``test``.
    """

    def __init__(self, target: T, replacements: dict[str, Any], *, strict: bool) -> None:
        """Nothing is replaced before it is entered."""
        self._target, self._replacements, self._strict = target, replacements, strict
        self._entered: list[Restore] = []

    def __enter__(self) -> T:
        """Replace; the target itself."""
        self._entered.append(apply(self._target, self._replacements, strict=self._strict))
        return self._target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore; where the block raised, what fails then is noted on its exception, which goes on."""
        try:
            self._entered.pop()()
        except Exception as failed:
            if error is None:
                raise
            for failure in failed.exceptions if isinstance(failed, TeardownError) else [failed]:
                error.add_note(f"and then ending the override failed: {type(failure).__name__}: {failure}")

    async def __aenter__(self) -> T:
        """As ``with``: nothing is waited for."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """As ``with``: nothing is waited for."""
        self.__exit__(kind, error, trace)

    def __call__(self, decorated: F) -> F:
        """``decorated`` inside the block; of a class its test methods, in the class itself."""
        if not isinstance(decorated, type):
            return self._wrapped(decorated)  # type: ignore[no-any-return] # of the same signature
        self._enclose(decorated)
        return cast(F, decorated)

    def _enclose(self, tests: type) -> None:
        names = [name for name in dir(tests) if name.startswith("test")]
        methods = {name: inspect.getattr_static(tests, name) for name in names}
        found = {name: one for name, one in methods.items() if isinstance(one, _METHODS)}
        if not found:
            raise OverrideError(
                f"{tests.__name__} has no method whose name begins with 'test': "
                "decorate a function, or a class of tests"
            )
        for name, method in found.items():
            setattr(tests, name, self._method(method))

    def _method(self, method: Any) -> Any:
        if isinstance(method, FunctionType):
            return self._wrapped(method)
        return type(method)(self._wrapped(method.__func__))

    def _wrapped(self, function: Any) -> Any:
        wrapper = next((wrapper for is_kind, wrapper in _WRAPPERS if is_kind(function)), _plain)
        # Each call has a block of its own: calls may overlap, and end in any order.
        return wrapper(function, self._again)

    def _again(self) -> Override[T]:
        return Override(self._target, self._replacements, strict=self._strict)

    def __repr__(self) -> str:
        """The target, and the names that are replaced; no values."""
        return f"<override of {', '.join(self._replacements) or 'nothing'} in {self._target!r}>"


_METHODS = (FunctionType, staticmethod, classmethod)

Again = Callable[[], Override[Any]]


def _plain(function: Any, again: Again) -> Any:
    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with again():
            return function(*args, **kwargs)

    return inside


def _coroutine(function: Any, again: Again) -> Any:
    @functools.wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> Any:
        with again():
            return await function(*args, **kwargs)

    return inside


def _generator(function: Any, again: Again) -> Any:
    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with again():
            return (yield from function(*args, **kwargs))

    return inside


def _async_generator(function: Any, again: Again) -> Any:
    @functools.wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with again():
            async with aclosing(function(*args, **kwargs)) as source:
                step = source.__anext__()
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = source.asend((yield item))
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001 - handed on to the generator that is wrapped
                        step = source.athrow(error)

    return inside


_WRAPPERS = (
    (inspect.iscoroutinefunction, _coroutine),
    (inspect.isgeneratorfunction, _generator),
    (inspect.isasyncgenfunction, _async_generator),
)
