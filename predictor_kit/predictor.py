"""A loaded predictor: predict by name, Cortex's hooks, and the end of what was built for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile
from types import TracebackType
from typing import Any, NoReturn, Protocol, Self, TypeVar

from predictor_kit.blueprint import class_title
from predictor_kit.builds import Build, Rebuildable, failures_of
from predictor_kit.calls import Aim, select
from predictor_kit.casting import is_model
from predictor_kit.config import configured, merged
from predictor_kit.container import ContainerInstance
from predictor_kit.errors import ClosedError, ResolveError, TeardownError
from predictor_kit.signatures import Kind, plan_of
from predictor_kit.spec import PredictorSpec

__all__ = [
    "HOOK_ARGUMENTS",
    "PREDICT_ARGUMENTS",
    "TASK_ARGUMENTS",
    "LoadedPredictor",
    "Predict",
    "task_model",
]

T_co = TypeVar("T_co", covariant=True)

PREDICT_ARGUMENTS = ("payload", "request_id", "query_params", "headers", "batch_id", "context")
"""What `predict` can name: the arguments of Cortex 0.32's four kinds together."""

HOOK_ARGUMENTS = ("response", "payload", "query_params", "headers")
"""What `post_predict` can name in Cortex 0.32."""

TASK_ARGUMENTS = ("config",)
"""What the ``__call__`` of a Task can name."""

Method = Callable[..., Any]


class Predict(Protocol):
    """What `LoadedPredictor.predict` is: a function compiled for what the class's ``predict`` names."""

    def __call__(
        self,
        payload: Any = None,
        *,
        request_id: str | None = None,
        query_params: Any = None,
        headers: Any = None,
        batch_id: str | None = None,
        context: Any = None,
    ) -> Any:
        """What the predictor's ``predict`` returns, given only those arguments that it names.

        A coroutine or a generator is returned as it is. Raises what ``predict`` raises.
        """


class LoadedPredictor(Rebuildable[T_co]):
    """A predictor with its arguments filled, ready to predict; a context manager.

    ``instance`` is the predictor itself, of its own class; ``container`` the container instance
    that filled its constructor; ``spec`` the API of the file it comes from, None without one.
    ``predict`` hands over to the predictor's method of that name; see `Predict`. A reference to it
    can be kept: it follows where `override` has the instance built anew, and comes back with it.
    It raises `ClosedError` after `close`.
    """

    def __init__(
        self,
        first: Build[T_co],
        again: Callable[[], Build[T_co]],
        container: ContainerInstance,
        spec: PredictorSpec | None = None,
    ) -> None:
        """Made by `load_predictor`: the instance it built first, and what builds another one."""
        super().__init__(first, again, container)
        self.spec = spec
        self.predict, self._aim = self._offering("predict", PREDICT_ARGUMENTS, _no_predict)
        self._first = self.predict, self._aim
        self._method = _behind(first.instance)

    def __call__(self, config: Mapping[str, Any] | None = None) -> Any:
        """Run a task: what the ``__call__`` of Cortex's class ``Task`` returns.

        It gets its own copy of the API's config with ``config`` merged over it, as Cortex 0.32
        merges a job's, as the model that its annotation names, if any. Raises what it raises,
        `ResolveError` where the config does not fit the model, and `ClosedError` after `close`.
        """
        call, _ = self._offering("__call__", TASK_ARGUMENTS, _no_call)
        own = merged(self.container.providers["config"]() or {}, config or {})
        return call(own if self._closed else configured(own, task_model(self.instance)))

    def post_predict(
        self, response: Any, payload: Any = None, *, query_params: Any = None, headers: Any = None
    ) -> Any:
        """Call the predictor's ``post_predict``, given what it names; None where it has none.

        Cortex 0.32 calls it after the response is sent; ``response`` is what ``predict`` returned.
        """
        hook, _ = self._offering("post_predict", HOOK_ARGUMENTS, _nothing)
        return hook(response, payload, query_params, headers)

    def on_job_complete(self) -> Any:
        """Call the predictor's ``on_job_complete`` (a BatchAPI's end); None where it has none."""
        return self._offering("on_job_complete", (), _nothing)[0]()

    def close(self) -> None:
        """Close the predictor and all that was built for it, in reverse order of creation.

        The predictor's own ``close()`` comes first, where it has one. Everything is closed even
        where something fails: the failures are raised together as `TeardownError`. What another
        loaded predictor shares through the same container instance stays open. Closing again
        does nothing.
        """
        if self._closed:
            return
        self._closed, self.predict = True, _refuse
        for aim in (self._first[1], self._aim):
            aim(_refuse)
        if failures := failures_of(self._end(0)):
            raise TeardownError("closing the predictor failed in part", failures)

    def _use(self) -> None:
        super()._use()
        if self._closed:
            return
        if _behind(self.instance) is self._method:
            self.predict, self._aim = self._first
            self._aim(getattr(self.instance, "predict", _refuse))
        else:  # a function was loaded, and made an instance of another class
            self.predict, self._aim = self._offering("predict", PREDICT_ARGUMENTS, _no_predict)

    def _offering(self, method: str, offered: tuple[str, ...], otherwise: Method) -> tuple[Method, Aim]:
        """A function that takes all of ``offered`` and passes on what the method names; what turns it."""
        if self._closed:
            return _refuse, _turned
        target = getattr(self.instance, method, None)
        if target is None:
            return otherwise, _turned
        parameters = plan_of(target).parameters
        # By position is faster. A decorator may look for its arguments by their names.
        kinds = {Kind.POSITIONAL_ONLY} if hasattr(target, "__wrapped__") else {*Kind} - {Kind.KEYWORD_ONLY}
        leading = list(takewhile(lambda one: one.name in offered and one.kind in kinds, parameters))
        rest = [one for one in parameters[len(leading) :] if one.kind is not Kind.POSITIONAL_ONLY]
        named = [one for one in (*leading, *rest) if one.name in offered]
        defaults = {one.name: one.default for one in named if not (one.required or one.within)}
        return select(method, target, offered, len(leading), tuple(one.name for one in named), defaults)

    def __enter__(self) -> Self:
        """The loaded predictor itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; where the block raised, what fails then is noted on its exception, which goes on."""
        try:
            self.close()
        except TeardownError as failed:
            if error is None:
                raise
            for failure in failed.exceptions:
                error.add_note(f"and then closing failed: {type(failure).__name__}: {failure}")

    def __repr__(self) -> str:
        """The class (as the file has it, if it came from outside), and the API's name if any; no values."""
        name = f" {self.spec.name!r}" if self.spec is not None else ""
        return f"<LoadedPredictor{name} {class_title(self.spec, type(self.instance).__name__)}>"


def task_model(task: Any) -> Any:
    """The model that the ``__call__`` of a task, an instance or a class, asks its config as, or None."""
    call = getattr(task, "__call__", None)  # noqa: B004 - a class's own, not that of type
    if not callable(call):
        return None
    for parameter in plan_of(call).parameters:
        if parameter.name in TASK_ARGUMENTS and is_model(parameter.annotation):
            return parameter.annotation
    return None


def _behind(instance: object) -> object:
    """The function behind an instance's ``predict``, which all of its class share; None without one."""
    predict = getattr(instance, "predict", None)
    return getattr(predict, "__func__", predict)


def _turned(_: Method) -> None:
    """There is nothing to turn to another instance."""


def _no_predict(*_: Any, **__: Any) -> NoReturn:
    raise ResolveError("this predictor has no method predict; a task is run by calling it: loaded()")


def _no_call(_: Any) -> NoReturn:
    raise ResolveError("this predictor is no task: it has no method __call__")


def _nothing(*_: Any) -> None:
    """A hook that the predictor does not have."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise ClosedError("this predictor is closed; load it again to use it")
