"""Loading: what can be loaded, what it is filled with, how it predicts, and how it ends."""

import asyncio
import inspect
import os
import pickle
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, MutableSequence
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from dependency_injector import providers
from pydantic import BaseModel

from predictor_kit import (
    LoadedPredictor,
    PredictorContainer,
    ProblemsError,
    check,
    load_predictor,
    load_specs,
)
from predictor_kit.errors import ClosedError, OverrideError, ResolveError, TeardownError
from predictor_kit.metrics import InMemoryMetrics

PREDICTOR = """\
class PythonPredictor:
    def __init__(self, config):
        self.config = config

    def predict(self, payload):
        return [self.config, payload]

class Other(PythonPredictor): ...
"""
API = """\
- name: {name}
  kind: {kind}
  predictor:
    type: python
    path: predictor.py
    config: {{name: {name}, nested: {{a: 1, b: 2}}}}
"""
TASK = "- {name: train, kind: TaskAPI, definition: {path: task.py, config: {a: {b: 1, c: 2}}}}\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into the working directory; their folder."""
    monkeypatch.chdir(tmp_path)

    def write(files: dict[str, str], folder: str = ".") -> Path:
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        return tmp_path / folder

    return write


class Iris:
    """A predictor."""

    def __init__(self, config: Any, metrics_client: Any = None) -> None:
        self.config = config
        self.metrics_client = metrics_client

    def predict(self, payload: Any) -> Any:
        return payload


class Quiet(PredictorContainer):
    metrics_client = providers.Singleton(InMemoryMetrics)


# Targets


def test_every_kind_of_target(write: Write) -> None:
    """A class, a module's class, a file's class, a file, a folder, a path object and a spec."""
    folder = write({"cortex.yaml": API.format(name="iris", kind="AsyncAPI"), "predictor.py": PREDICTOR})
    config = {"name": "iris", "nested": {"a": 1, "b": 2}}
    for target in (
        "cortex.yaml",
        str(folder),
        folder,
        folder / "cortex.yaml",
        load_specs("cortex.yaml")["iris"],
    ):
        with load_predictor(target) as loaded:
            assert loaded.predict(3) == [config, 3]
            assert loaded.spec is not None
            assert repr(loaded) == "<LoadedPredictor 'iris' PythonPredictor>"
    for target in ("predictor.py:Other", str(folder / "predictor.py:Other")):
        with load_predictor(target, config={"a": 1}) as loaded:
            assert loaded.predict(3) == [{"a": 1}, 3]
            assert repr(loaded) == "<LoadedPredictor Other>"


def test_a_module_of_the_working_directory(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """``module:Class`` is looked for where it is run, and on Python's path."""
    write({"at_hand.py": PREDICTOR})
    write({"on_the_path.py": PREDICTOR}, "elsewhere")
    monkeypatch.syspath_prepend("elsewhere")
    for module in ("at_hand", "on_the_path"):
        with load_predictor(f"{module}:PythonPredictor") as loaded:
            assert loaded.predict(1) == [{}, 1]


def test_the_class_has_its_own_type() -> None:
    """What is loaded from a class is of that class, whatever made it; a function gives what it returns."""
    with load_predictor(Iris, container=Quiet, config={"a": 1}) as loaded:
        assert type(loaded.instance) is Iris
        assert loaded.spec is None
    with load_predictor(lambda config: SimpleNamespace(predict=lambda payload: (config, payload))) as made:
        assert made.predict(1) == ({}, 1)


def test_an_api_is_chosen_by_its_name(write: Write) -> None:
    """Without a name there must be one API with code."""
    write(
        {
            "cortex.yaml": API.format(name="a", kind="AsyncAPI") + API.format(name="b", kind="BatchAPI"),
            "predictor.py": PREDICTOR,
        }
    )
    with load_predictor("cortex.yaml", name="b") as loaded:
        assert loaded.predict(1)[0]["name"] == "b"
    with pytest.raises(ProblemsError) as caught:
        load_predictor("cortex.yaml")
    assert str(caught.value) == (
        "cortex.yaml has several apis: say which one by its name\n  apis: a (AsyncAPI), b (BatchAPI)"
    )
    splitter = "- {name: s, kind: TrafficSplitter, apis: [{name: a, weight: 100}]}\n"
    write({"cortex.yaml": splitter})
    with pytest.raises(ProblemsError) as caught:
        load_predictor("cortex.yaml")
    assert str(caught.value) == "cortex.yaml has no api with code\n  apis: s (TrafficSplitter)"
    write({"cortex.yaml": splitter + API.format(name="a", kind="AsyncAPI")})
    with load_predictor("cortex.yaml") as loaded:
        assert loaded.predict(1)[0]["name"] == "a"


def test_a_file_without_apis(write: Write) -> None:
    """An empty list has none."""
    write({"cortex.yaml": "[]\n"})
    with pytest.raises(ProblemsError, match=r"^cortex\.yaml has no api with code$"):
        load_predictor("cortex.yaml")


# Config, container, overrides


def test_config_is_merged(write: Write) -> None:
    """The caller's config is merged over the file's, mapping by mapping; nobody's own is changed."""
    write({"cortex.yaml": API.format(name="iris", kind="AsyncAPI"), "predictor.py": PREDICTOR})
    spec = load_specs("cortex.yaml")["iris"]
    over = {"nested": {"b": [3]}, "more": 4}
    with load_predictor(spec, config=over) as loaded:
        assert loaded.instance.config == {"name": "iris", "nested": {"a": 1, "b": [3]}, "more": 4}
        loaded.instance.config["nested"]["b"].append(5)
        loaded.instance.config["nested"]["c"] = 6
    assert over == {"nested": {"b": [3]}, "more": 4}
    assert spec.config == {"name": "iris", "nested": {"a": 1, "b": 2}}
    with load_predictor(spec) as again:
        assert again.instance.config == spec.config


def test_config_becomes_the_model_that_the_class_names() -> None:
    """A pydantic model is validated from the config."""

    class Config(BaseModel):
        layers: int

    class Typed:
        def __init__(self, config: Config) -> None:
            self.config = config

        def predict(self) -> int:
            return self.config.layers

    with load_predictor(Typed, config={"layers": "3"}) as loaded:
        assert loaded.predict() == 3


class Maybe(BaseModel):
    layers: int = 1


class Required(BaseModel):
    layers: int


def test_config_becomes_a_model_that_may_be_none() -> None:
    """``Model | None`` gets the model, and None where nothing is configured; mistakes are told."""

    class Holder:
        def __init__(self, config: Maybe | None = None, size: Maybe | None = None) -> None:
            self.all = [config, size]

        def predict(self) -> None: ...

    class Sized(PredictorContainer):
        size = PredictorContainer.config.size

    config = {"layers": 2, "size": {"layers": "3"}}
    assert load_predictor(Holder, container=Sized, config=config).instance.all == [
        Maybe(layers=2),
        Maybe(layers=3),
    ]
    assert load_predictor(Holder).instance.all == [None, None]
    assert [str(one) for one in check(Holder, config={"layers": "many"})] == [
        "config.layers: input should be a valid integer"
    ]


def test_a_task_gets_the_model_that_it_names() -> None:
    """The config is checked before; what is missing may come with the call, where it is checked again."""

    class Training:
        def __call__(self, config: Required) -> Required:
            return config

    assert [str(one) for one in check(Training, config={"layers": "many"})] == [
        "config.layers: input should be a valid integer"
    ]
    with load_predictor(Training) as loaded:
        assert loaded({"layers": "3"}) == Required(layers=3)
        with pytest.raises(ResolveError, match="the config is no Required: it: 'layers' is missing"):
            loaded()


def test_a_task_whose_call_is_no_method() -> None:
    """That is said once, and nothing of its config."""

    class Training:
        __call__ = 3

    assert [one.message for one in check(Training, config={"layers": 1})] == [
        "class Training: '__call__' is defined, but is not a method"
    ]


def test_a_container_class_is_made_into_an_instance_each_time() -> None:
    """Two predictors of one class share nothing; two of one instance share its singletons."""
    with load_predictor(Iris, container=Quiet) as first, load_predictor(Iris, container=Quiet) as second:
        assert first.instance.metrics_client is not second.instance.metrics_client
    container = Quiet()
    with (
        load_predictor(Iris, container=container, config={"a": 1}) as first,
        load_predictor(Iris, container=container) as second,
    ):
        assert first.instance.metrics_client is second.instance.metrics_client
        assert first.container is second.container
        assert first.instance.config == {"a": 1}


def test_config_of_an_instance_is_given_back() -> None:
    """Config given for one predictor leaves the instance's own as it was when that is closed."""
    container = Quiet()
    container.config.from_dict({"a": {"b": 1}})
    with load_predictor(Iris, container=container, config={"a": {"c": 2}}) as loaded:
        assert loaded.instance.config == {"a": {"b": 1, "c": 2}}
    assert container.config() == {"a": {"b": 1}}


def test_overrides_last_until_it_is_closed(write: Write) -> None:
    """Providers are replaced by name; a name that is not there is refused before anything else."""
    write({"cortex.yaml": API.format(name="iris", kind="AsyncAPI"), "predictor.py": PREDICTOR})
    with load_predictor("cortex.yaml", overrides={"config": {"mine": 1}}) as loaded:
        assert loaded.predict(1) == [{"mine": 1}, 1]
    container, fake = Quiet(), InMemoryMetrics()
    with load_predictor(Iris, container=container, overrides={"metrics_client": fake}) as of_instance:
        assert of_instance.instance.metrics_client is container.metrics_client() is fake
    assert container.metrics_client() is not fake
    with pytest.raises(
        OverrideError, match=r"no provider 'metric_client' \(did you mean 'metrics_client'\?\)"
    ):
        load_predictor(Iris, overrides={"metric_client": fake})


# The project of a file


def test_env_and_python_path(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """``env`` is set from the file's import until the predictor is closed; imports come from python_path."""
    monkeypatch.setenv("KEPT", "before")
    write(
        {
            "cortex.yaml": """\
            - name: iris
              kind: RealtimeAPI
              predictor:
                type: python
                path: src/predictor.py
                python_path: lib
                env: {MODEL: iris, KEPT: within}
            """,
            "src/predictor.py": """\
            import os
            import words
            at_import = os.environ["MODEL"]
            class PythonPredictor:
                def __init__(self, config): self.at_start = os.environ["MODEL"]
                def predict(self, payload):
                    import later
                    now = [os.environ["MODEL"], os.environ["KEPT"]]
                    return [at_import, self.at_start, *now, words.HELLO, later.A]
                def close(self): self.at_end = os.environ["MODEL"]
            """,
            "lib/words.py": "HELLO = 'hello'\n",
            "lib/later.py": "A = 'a'\n",
        }
    )
    before = dict(os.environ), list(sys.path)
    loaded = load_predictor("cortex.yaml")
    assert loaded.predict(0) == ["iris", "iris", "iris", "within", "hello", "a"]
    loaded.close()
    assert loaded.instance.at_end == "iris"
    assert (dict(os.environ), list(sys.path)) == before
    assert "words" not in sys.modules


def test_env_is_taken_back_when_loading_fails(write: Write) -> None:
    """Whether it is the check that fails or a constructor."""
    head = API.format(name="iris", kind="AsyncAPI") + "    env: {ONLY_HERE: '1'}\n"
    for code in ("", "class PythonPredictor:\n    def __init__(self): 1 / 0\n    def predict(self): ...\n"):
        write({"cortex.yaml": head, "predictor.py": code})
        with pytest.raises((ProblemsError, ZeroDivisionError)):
            load_predictor("cortex.yaml")
        assert "ONLY_HERE" not in os.environ


def test_a_model_whose_class_is_in_a_neighbour_file(write: Write) -> None:
    """A predictor unpickles it, by the bare name that the class had when it was pickled."""
    folder = write(
        {
            "cortex.yaml": API.format(name="iris", kind="AsyncAPI"),
            "scaling.py": "class Scaler:\n    factor = 2\n",
            "predictor.py": """\
            import pathlib, pickle
            class PythonPredictor:
                def __init__(self, config):
                    self.path = pathlib.Path(__file__).with_name("model.pkl")
                    self.scaler = pickle.loads(self.path.read_bytes())
                def predict(self, payload):
                    return payload * self.scaler.factor + pickle.loads(self.path.read_bytes()).factor
            """,
        }
    )
    (folder / "model.pkl").write_bytes(b"\x80\x04\x8c\x07scaling\x8c\x06Scaler\x93)\x81.")
    with load_predictor("cortex.yaml") as loaded:
        assert loaded.predict(3) == 8
        copied = pickle.loads(pickle.dumps(loaded.instance.scaler))
        assert type(copied) is type(loaded.instance.scaler)


def test_two_projects_with_the_same_modules(write: Write) -> None:
    """Each file imports its own neighbours, side by side."""
    for name in ("first", "second"):
        write(
            {
                "cortex.yaml": API.format(name="iris", kind="AsyncAPI"),
                "words.py": f"WORD = '{name}'\n",
                "predictor.py": """\
                import words
                class PythonPredictor:
                    def __init__(self, config): ...
                    def predict(self, payload):
                        from words import WORD
                        return words.WORD + WORD
                """,
            },
            name,
        )
    with load_predictor("first") as first, load_predictor("second") as second:
        assert first.predict(0) == "firstfirst"
        assert second.predict(0) == "secondsecond"


# Building


class Boom:
    """What cannot be built."""

    def __init__(self) -> None:
        raise KeyError("boom")


def test_a_default_never_hides_a_failure() -> None:
    """A provider that raises is an error where the parameter has a default, and its way is noted."""

    class C(PredictorContainer):
        metrics_client: Any = providers.Singleton(Boom)

    with pytest.raises(KeyError, match="boom") as caught:
        load_predictor(Iris, container=C)
    assert caught.value.__notes__ == ["while building Iris -> metrics_client"]


def test_a_constructor_that_fails_keeps_its_exception() -> None:
    """Type and traceback stay; a note names the way from the predictor to it."""

    class C(Quiet):
        vocabulary = providers.Singleton(Boom)
        tokenizer: Any = providers.Factory(dict, vocabulary=vocabulary)

    class Needs:
        def __init__(self, tokenizer: Any) -> None: ...

        def predict(self) -> None: ...

    with pytest.raises(KeyError, match="boom") as caught:
        load_predictor(Needs, container=C)
    assert caught.value.__notes__ == ["while building Needs -> tokenizer -> vocabulary"]
    assert caught.traceback[-1].name == "__init__"


def resource(log: MutableSequence[str], name: str, failing: bool = False) -> Iterator[str]:
    log.append(f"{name} begins")
    yield name
    log.append(f"{name} ends")
    if failing:
        raise RuntimeError(f"{name} fails")


def test_a_start_that_fails_is_taken_back() -> None:
    """What was started is closed again, the last one first; what fails then is noted."""
    log: deque[str] = deque()

    class C(PredictorContainer):
        first = providers.Resource(resource, log, "first")
        second = providers.Resource(resource, log, "second", failing=True)
        third = providers.Singleton(Boom)

    class Needs:
        def __init__(self, first: Any, second: Any, third: Any) -> None: ...

        def predict(self) -> None: ...

    with pytest.raises(KeyError) as caught:
        load_predictor(Needs, container=C)
    assert list(log) == ["first begins", "second begins", "second ends", "first ends"]
    assert caught.value.__notes__ == [
        "while building Needs -> third",
        "and then closing what had been started failed: RuntimeError: second fails",
    ]


# Closing


class Closing:
    def __init__(self, log: Any, first: Any, second: Any, metrics_client: Any) -> None:
        self.log = log

    def predict(self, payload: Any) -> Any:
        return payload

    def close(self) -> None:
        self.log.append("predictor closes")


class Client(InMemoryMetrics):
    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    def close(self, timeout: float = 5) -> None:
        self.log.append("metrics close")


class Log(PredictorContainer):
    log: Any = providers.Singleton(list)
    first = providers.Resource(resource, log, "first")
    metrics_client = providers.Singleton(Client, log)
    second = providers.Resource(resource, log, "second")
    other = providers.Singleton(Client, log)


def test_closing_is_the_reverse_of_building() -> None:
    """The predictor first, then what was built for it; only the metrics client has its ``close`` called."""
    with load_predictor(Closing, container=Log) as loaded:
        log: list[str] = loaded.instance.log
        assert log == ["first begins", "second begins"]
    assert log[2:] == ["predictor closes", "metrics close", "second ends", "first ends"]
    loaded.close()
    assert len(log) == 6


def test_what_is_shared_is_closed_by_the_last() -> None:
    """Of two predictors of one container instance, the one closed last closes what both use."""
    container = Log()
    first = load_predictor(Closing, container=container)
    second = load_predictor(Closing, container=container)
    log = first.instance.log
    first.close()
    assert log == ["first begins", "second begins", "predictor closes"]
    assert second.predict(1) == 1
    second.close()
    assert log[3:] == ["predictor closes", "metrics close", "second ends", "first ends"]


def test_all_is_closed_where_something_fails() -> None:
    """Failures are raised together at the end."""

    class C(Log):
        second = providers.Resource(resource, Log.log, "second", failing=True)

    class Failing(Closing):
        def close(self) -> None:
            super().close()
            raise ValueError("predictor fails")

    loaded = load_predictor(Failing, container=C)
    with pytest.raises(TeardownError) as caught:
        loaded.close()
    assert [repr(one) for one in caught.value.exceptions] == [
        "ValueError('predictor fails')",
        "RuntimeError('second fails')",
    ]
    assert loaded.instance.log[-1] == "first ends"
    loaded.close()


class AsyncClosing:
    closed = False

    def predict(self) -> None: ...

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.closed = True


def test_an_asynchronous_close_is_awaited() -> None:
    """Where no loop runs; within one, nobody can wait for it, which is said."""
    with load_predictor(AsyncClosing) as loaded:
        pass
    assert loaded.instance.closed

    async def within() -> None:
        with pytest.raises(TeardownError) as caught:
            load_predictor(AsyncClosing).close()
        assert "running event loop" in str(caught.value.exceptions[0])

    asyncio.run(within())


def test_a_close_that_is_no_method() -> None:
    """An attribute of that name is left alone."""

    class Stock(Iris):
        close = 3.5

    load_predictor(Stock, container=Quiet).close()


def test_a_closed_predictor_refuses() -> None:
    """Nothing is called on it any more; closing again does nothing."""
    loaded = load_predictor(Hooks, container=Quiet)
    loaded.close()
    loaded.close()
    calls: list[Callable[[], Any]] = [
        lambda: loaded.predict(1),
        lambda: loaded.post_predict(1),
        loaded.on_job_complete,
        loaded,
    ]
    for call in calls:
        with pytest.raises(ClosedError, match="this predictor is closed; load it again to use it"):
            call()


def test_the_block_ends_by_closing() -> None:
    """Also where it raises."""
    with pytest.raises(ZeroDivisionError), load_predictor(Iris, container=Quiet) as loaded:
        _ = 1 / 0
    with pytest.raises(ClosedError):
        loaded.predict(1)


# Predicting


def predicts(function: Any, *arguments: Any, **named: Any) -> Any:
    with ExitStack() as life:
        loaded = life.enter_context(load_predictor(type("P", (), {"predict": function})))
        return loaded.predict(*arguments, **named)


OFFERED: dict[str, Any] = {
    "request_id": "r",
    "query_params": {"q": 1},
    "headers": {"h": 2},
    "batch_id": "b",
    "context": "c",
}


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (lambda self: [], []),
        (lambda self, payload: [payload], ["p"]),
        (lambda self, payload, /: [payload], ["p"]),
        (lambda self, payload, request_id="x", /: [payload, request_id], ["p", "r"]),
        (lambda self, headers, payload: [headers, payload], [{"h": 2}, "p"]),
        (lambda self, payload, /, *, batch_id: [payload, batch_id], ["p", "b"]),
        (lambda self, payload, more=1, *args, **named: [payload, more, args, named], ["p", 1, (), {}]),
        (staticmethod(lambda payload, context: [payload, context]), ["p", "c"]),
        (classmethod(lambda cls, query_params: [query_params]), [{"q": 1}]),
    ],
)
def test_predict_gets_what_it_names(function: Any, given: list[Any]) -> None:
    """Only that, by keyword, or by position where there is no other way."""
    assert predicts(function, "p", **OFFERED) == given


def test_predict_gets_none_for_what_the_caller_leaves_out() -> None:
    """The payload too can be left out."""
    names = "payload, request_id, query_params, headers, batch_id, context"
    assert predicts(eval(f"lambda self, {names}: [{names}]")) == [None] * 6


def test_coroutines_and_generators_are_returned_as_they_are() -> None:
    """Nobody waits for them, and nothing of them runs, before the caller wants it."""

    async def coroutine(self: Any, payload: Any) -> Any:
        return payload

    def generator(self: Any, payload: Any) -> Iterator[Any]:
        yield payload

    async def async_generator(self: Any, payload: Any) -> AsyncIterator[Any]:
        yield payload

    waited = predicts(coroutine, 1)
    assert inspect.iscoroutine(waited)
    assert asyncio.run(waited) == 1
    assert list(predicts(generator, 2)) == [2]
    assert inspect.isasyncgen(predicts(async_generator, 3))


def test_predict_raises_what_it_raises() -> None:
    """The exception comes through as it is."""
    with pytest.raises(KeyError) as caught:
        predicts(lambda self, payload: payload["x"], {})
    assert not hasattr(caught.value, "__notes__")


class Hooks(Iris):
    def post_predict(self, response: Any, query_params: Any, /, *, payload: Any) -> Any:
        return [response, query_params, payload]

    def on_job_complete(self) -> str:
        return "complete"


def test_hooks_get_what_they_name() -> None:
    """Those of Cortex; a predictor without them does nothing."""
    with load_predictor(Hooks, container=Quiet) as loaded:
        assert loaded.post_predict("r", "p", query_params="q", headers="h") == ["r", "q", "p"]
        assert loaded.on_job_complete() == "complete"
    with load_predictor(Iris, container=Quiet) as plain:
        assert plain.post_predict("r") is plain.on_job_complete() is None


def test_a_task(write: Write) -> None:
    """It is called with its own copy of the file's config, a job's merged over it."""
    write(
        {
            "cortex.yaml": TASK,
            "task.py": """\
            class Task:
                def __init__(self, metrics_client): self.metrics = metrics_client
                def __call__(self, config):
                    config["a"]["seen"] = True
                    return config
            """,
        }
    )
    with load_predictor("cortex.yaml", container=Quiet) as loaded:
        assert loaded() == {"a": {"b": 1, "c": 2, "seen": True}}
        assert loaded({"a": {"c": 3}, "d": 4}) == {"a": {"b": 1, "c": 3, "seen": True}, "d": 4}
        assert type(loaded.instance.metrics) is InMemoryMetrics
        with pytest.raises(ResolveError, match="no method predict; a task is run by calling it"):
            loaded.predict(1)


def test_a_predictor_is_no_task() -> None:
    """Calling it says so; a class with ``__call__`` alone is one, also without a file."""
    with load_predictor(Iris, container=Quiet) as loaded, pytest.raises(ResolveError, match="is no task"):
        loaded()

    class Task:
        def __call__(self) -> str:
            return "done"

    with load_predictor(Task) as task:
        assert task() == "done"


def test_a_loaded_predictor_shows_no_values() -> None:
    """Its repr names the class."""
    loaded: LoadedPredictor[Iris] = load_predictor(Iris, container=Quiet, config={"key": "hunter2"})
    assert repr(loaded) == "<LoadedPredictor Iris>"
    loaded.close()


# What a first user ran into


def test_a_default_of_predict_stands() -> None:
    """What the caller leaves out is as the predictor's own predict has it; None where it says nothing."""

    class Iris:
        def predict(
            self, payload: object, headers: object, request_id: str = "none", *, batch_id: int = 7
        ) -> Any:
            return payload, headers, request_id, batch_id

    with load_predictor(Iris) as loaded:
        assert loaded.predict(1) == (1, None, "none", 7)
        assert loaded.predict(1, request_id="a", headers={}) == (1, {}, "a", 7)


def test_what_the_block_raises_goes_on() -> None:
    """Where closing fails too, that is a note on the block's own exception; the notes name each failure."""

    class Iris:
        def predict(self) -> None: ...

        def close(self) -> None:
            raise ValueError("stuck")

    with pytest.raises(KeyError) as caught, load_predictor(Iris):
        raise KeyError("body")
    assert caught.value.__notes__ == ["and then closing failed: ValueError: stuck"]
    with pytest.raises(TeardownError, match="in part"), load_predictor(Iris):
        pass
