"""Overrides of a loaded predictor: it is built anew for the block, and the first one is back after it."""

import asyncio
import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers
from pydantic import BaseModel

from predictor_kit import (
    LoadedPredictor,
    PredictorContainer,
    ProblemsError,
    load_predictor,
    load_specs,
    override,
)
from predictor_kit.errors import ClosedError, OverrideError, TeardownError
from predictor_kit.metrics import InMemoryMetrics


class Vocabulary:
    def __init__(self, words: str = "real") -> None:
        self.words = words


class Tokenizer:
    def __init__(self, vocabulary: Any) -> None:
        self.vocabulary = vocabulary


class Predictor:
    closed: list["Predictor"]

    def __init__(self, tokenizer: Any, metrics_client: Any, config: Any) -> None:
        self.tokenizer, self.metrics, self.config = tokenizer, metrics_client, config
        self.jobs = 0

    def predict(self, payload: Any, request_id: str | None = None) -> Any:
        return payload, self.tokenizer.vocabulary.words

    def post_predict(self, response: Any) -> Any:
        return response, self

    def on_job_complete(self) -> Any:
        return self

    def close(self) -> None:
        self.closed.append(self)


class Words(PredictorContainer):
    """A tokenizer over a vocabulary."""

    metrics_client = providers.Singleton(InMemoryMetrics)
    vocabulary = providers.Singleton(Vocabulary)
    tokenizer = providers.Singleton(Tokenizer, vocabulary)


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The predictors that were closed in this test, in order."""
    seen: list[Any] = []
    monkeypatch.setattr(Predictor, "closed", seen, raising=False)
    return seen


@pytest.fixture
def loaded() -> Iterator[LoadedPredictor[Predictor]]:
    """A predictor with a container of its own."""
    with load_predictor(Predictor, container=Words) as loaded:
        yield loaded


def test_a_loaded_predictor_is_built_anew_for_the_block(
    loaded: LoadedPredictor[Predictor], closed: list[Any]
) -> None:
    """Instance, predict and hooks are the new one's inside; after it the very same as before are back."""
    first, predict, tokenizer = loaded.instance, loaded.predict, loaded.instance.tokenizer
    with override(loaded, vocabulary=Vocabulary("fake")) as entered:
        assert entered is loaded
        inside = loaded.instance
        assert inside is not first
        assert loaded.predict("x") == ("x", "fake")
        assert loaded.post_predict(1) == (1, inside)
        assert loaded.on_job_complete() is inside
        assert loaded.container.providers["tokenizer"]() is inside.tokenizer
        assert inside.metrics is first.metrics
        assert closed == []
    assert closed == [inside]
    assert loaded.instance is first
    assert loaded.predict is predict
    assert loaded.predict("x") == ("x", "real")
    assert loaded.container.providers["tokenizer"]() is tokenizer is first.tokenizer


def test_a_reference_to_predict_follows(loaded: LoadedPredictor[Predictor]) -> None:
    """One that a server took before uses what is in use; one taken inside goes on working after."""
    before = loaded.predict
    with override(loaded, vocabulary=Vocabulary("fake")):
        inside = loaded.predict
        assert before("x", request_id="1") == ("x", "fake")
    assert before("x") == inside("x") == ("x", "real")
    loaded.close()
    for reference in (before, inside, loaded.predict):
        with pytest.raises(ClosedError):
            reference("x")


def test_a_reference_to_predict_of_another_class_stays() -> None:
    """A function may make instances of several classes: a reference stays with that of its own class."""

    class Other:
        def predict(self, query_params: Any) -> Any:
            return "other", query_params

    class Own:
        def predict(self, payload: Any) -> Any:
            return "own", payload

    def make(kind: str) -> Any:
        return Other() if kind == "other" else Own()

    container = type("Kinds", (Words,), {"kind": providers.Object("own")})
    with load_predictor(make, container=container) as loaded:
        before = loaded.predict
        with override(loaded, kind="other"):
            inside = loaded.predict
            assert inside(1, query_params=2) == ("other", 2)
            assert before(1) == ("own", 1)
        assert loaded.predict is before
        assert before(1) == ("own", 1)


@pytest.mark.parametrize("kind", ["static", "attribute", "none"])
def test_whatever_predict_is_it_follows(kind: str) -> None:
    """A static method, a function that the constructor sets, and a task without predict are turned, too."""

    class Static:
        def __init__(self, vocabulary: Any) -> None:
            self.vocabulary = vocabulary

        @staticmethod
        def predict(payload: Any) -> Any:
            return payload

    class Attribute:
        def __init__(self, vocabulary: Any) -> None:
            self.predict = lambda payload: (payload, vocabulary.words)

    class Task:
        def __init__(self, vocabulary: Any) -> None:
            self.vocabulary = vocabulary

        def __call__(self) -> Any:
            return self.vocabulary.words

    def make(vocabulary: Any) -> Any:
        return Attribute(vocabulary)

    made: Any = {"static": Static, "attribute": make, "none": Task}[kind]
    with load_predictor(made, container=Words) as loaded:

        def ask() -> Any:
            return loaded() if kind == "none" else loaded.predict(1)

        before, predict = ask(), loaded.predict
        with override(loaded, vocabulary=Vocabulary("fake")):
            assert ask() == {"static": 1, "attribute": (1, "fake"), "none": "fake"}[kind]
        assert ask() == before
        assert loaded.predict is predict


def test_overrides_of_a_loaded_predictor_nest(loaded: LoadedPredictor[Predictor], closed: list[Any]) -> None:
    """The inner one is built with both replacements; after it the outer one's instance is back, the same."""
    metrics = InMemoryMetrics()
    with override(loaded, vocabulary=Vocabulary("fake")):
        outer = loaded.instance
        with override(loaded, metrics_client=metrics):
            inner = loaded.instance
            assert inner.metrics is metrics
            assert inner.tokenizer is outer.tokenizer
        assert loaded.instance is outer
        assert loaded.predict("x") == ("x", "fake")
        assert closed == [inner]
    assert closed == [inner, outer]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_overrides_of_a_loaded_predictor_left_in_any_order(
    order: tuple[int, ...], loaded: LoadedPredictor[Predictor], closed: list[Any]
) -> None:
    """What was built over one that goes is built anew without it; at the end all but the first is closed."""
    first = loaded.instance
    made = {first}
    blocks = [override(loaded, vocabulary=Vocabulary(str(number))) for number in range(3)]
    for block in blocks:
        block.__enter__()
        made.add(loaded.instance)
    standing = [0, 1, 2]
    for number in order:
        blocks[number].__exit__(None, None, None)
        made.add(loaded.instance)
        standing.remove(number)
        if standing:
            assert loaded.predict("x") == ("x", str(standing[-1]))
            assert loaded.instance not in closed
    assert loaded.instance is first
    assert set(closed) == made - {first}
    assert len(closed) == len(set(closed))


def test_a_constructor_that_raises_leaves_all_as_it_was(loaded: LoadedPredictor[Predictor]) -> None:
    """Where the predictor, or what it needs, cannot be built with the replacement, nothing is replaced."""
    first, tokenizer = loaded.instance, loaded.instance.tokenizer

    def broken() -> None:
        raise LookupError("no vocabulary")

    with (
        pytest.raises(LookupError, match="no vocabulary") as caught,
        override(loaded, vocabulary=providers.Singleton(broken)),
    ):
        pass
    assert "while building Predictor -> tokenizer -> vocabulary" in caught.value.__notes__[0]
    assert loaded.instance is first
    assert loaded.predict("x") == ("x", "real")
    assert loaded.container.providers["tokenizer"]() is tokenizer


def test_a_constructor_that_raises_closes_what_was_opened(closed: list[Any]) -> None:
    """What was opened for an instance that could not be built is closed again, with the failures noted."""
    log: list[str] = []

    def opened() -> Iterator[str]:
        log.append("open")
        yield "opened"
        log.append("close")
        raise OSError("cannot be closed")

    class Choosy:
        def __init__(self, tool: Any) -> None:
            if tool == "opened":
                raise ValueError("not this tool")

        def predict(self, payload: Any) -> Any:
            return payload

    container = type("Tools", (Words,), {"tool": providers.Object("plain")})
    with (
        load_predictor(Choosy, container=container) as loaded,
        pytest.raises(ValueError, match="not this tool") as caught,
        override(loaded, tool=providers.Resource(opened)),
    ):
        pass
    assert log == ["open", "close"]
    assert any("cannot be closed" in note for note in caught.value.__notes__)


def test_an_instance_that_cannot_be_used_is_closed(closed: list[Any]) -> None:
    """Where a function made something whose ``predict`` is no function, what was started is taken down."""

    class Odd(Predictor):
        predict: Any = 5

    def make(tokenizer: Any) -> Any:
        return Odd(tokenizer, None, None)

    class Failing(Odd):
        def close(self) -> None:
            raise OSError("not closed")

    def make_failing(tokenizer: Any) -> Any:
        return Failing(tokenizer, None, None)

    with pytest.raises(ProblemsError):
        load_predictor(make, container=Words)
    assert len(closed) == 1
    with pytest.raises(ProblemsError) as caught:
        load_predictor(make_failing, container=Words)
    assert "not closed" in caught.value.__notes__[0]


def test_problems_are_found_before_anything_is_built(loaded: LoadedPredictor[Predictor]) -> None:
    """A replacement through which a circle arises is refused on entering, and all is as before."""
    container: Any = loaded.container
    circle = providers.Singleton(Vocabulary, container.tokenizer)
    with pytest.raises(ProblemsError, match="circle"), override(loaded, vocabulary=circle):
        pass
    assert loaded.predict("x") == ("x", "real")


def test_names_are_checked_first(loaded: LoadedPredictor[Predictor]) -> None:
    """All unknown names are told, with the nearest, and nothing is built anew."""
    first = loaded.instance
    with (
        pytest.raises(OverrideError) as caught,
        override(loaded, vocabulary=Vocabulary(), tokeniser=1, metric_client=2),
    ):
        pass
    assert str(caught.value) == (
        "Words has no provider 'tokeniser' (did you mean 'tokenizer'?), "
        "no 'metric_client' (did you mean 'metrics_client'?); "
        "it has: config, metrics_client, vocabulary, tokenizer"
    )
    assert loaded.instance is first
    with override(loaded):
        assert loaded.instance is first


def test_what_was_built_inside_is_closed_with_the_block() -> None:
    """A replacing resource, and what needs it, are closed at the end, after the instance; nothing else is."""
    log: list[str] = []

    def opened(name: str, *needs: Any) -> Iterator[str]:
        log.append(f"open {name}")
        yield name
        log.append(f"close {name}")

    class Asking:
        def __init__(self, tool: Any, other: Any) -> None:
            self.tool = tool

        def predict(self, payload: Any) -> Any:
            return payload

        def close(self) -> None:
            log.append(f"close the predictor of {self.tool}")

    base: Any = providers.Resource(opened, "base")
    members = {
        "base": base,
        "tool": providers.Resource(opened, "tool", base),
        "other": providers.Resource(opened, "other"),
    }
    container: Any = type("Opened", (Words,), members)
    with load_predictor(Asking, container=container) as loaded:
        assert log == ["open base", "open tool", "open other"]
        log.clear()
        with override(loaded, base=providers.Resource(opened, "fake")):
            assert log == ["open fake", "open tool"]
            log.clear()
        assert log == ["close the predictor of tool", "close tool", "close fake"]
        log.clear()
    assert log == ["close the predictor of tool", "close other", "close tool", "close base"]


def test_a_metrics_client_that_was_made_inside_is_closed_with_the_block() -> None:
    """What a provider made in the place of ``metrics_client`` is closed; one that was given is not."""

    class Client(InMemoryMetrics):
        closed = 0

        def close(self, timeout: float = 5) -> None:
            self.closed += 1

    given, container = Client(), type("Counting", (Words,), {"metrics_client": providers.Singleton(Client)})
    with load_predictor(Predictor, container=container) as loaded:
        with override(loaded, metrics_client=providers.Singleton(Client)):
            made = loaded.instance.metrics
            assert made.closed == 0
        assert made.closed == 1
        with override(loaded, metrics_client=given):
            assert loaded.instance.metrics is given
        assert given.closed == loaded.instance.metrics.closed == 0
        first = loaded.instance.metrics
    assert first.closed == 1


def test_predictors_that_share_an_instance_of_a_container() -> None:
    """Another one keeps what it was given; one loaded inside keeps open what the block opened for it."""
    log: list[str] = []

    def opened(words: Any) -> Iterator[Any]:
        log.append(f"open {words.words}")
        yield Tokenizer(words)
        log.append(f"close {words.words}")

    container: Any = type("Shared", (Words,), {"tokenizer": providers.Resource(opened, Words.vocabulary)})()
    one, other = (load_predictor(Predictor, container=container) for _ in range(2))
    with override(one, vocabulary=Vocabulary("fake")):
        assert other.predict("x") == ("x", "real")
        inside = load_predictor(Predictor, container=container)
        assert inside.instance.tokenizer is one.instance.tokenizer
    assert log == ["open real", "open fake"]
    assert inside.predict("x") == ("x", "fake")
    for loaded in (one, other, inside):
        loaded.close()
    assert log[2:] == ["close fake", "close real"]


def test_what_nobody_uses_any_more_is_closed_with_the_block() -> None:
    """A predictor that was loaded inside and closed there leaves nothing open, though another one stays."""
    log: list[str] = []

    def opened(words: Any) -> Iterator[Any]:
        log.append(f"open {words.words}")
        yield Tokenizer(words)
        log.append(f"close {words.words}")

    container: Any = type("Shared", (Words,), {"tokenizer": providers.Resource(opened, Words.vocabulary)})()
    with load_predictor(Predictor, container=container) as outer:
        with override(container, vocabulary=Vocabulary("fake")):
            with load_predictor(Predictor, container=container) as inside:
                assert inside.predict("x") == ("x", "fake")
            assert log == ["open real", "open fake"]
        assert log == ["open real", "open fake", "close fake"]
        assert outer.predict("x") == ("x", "real")
    assert log[3:] == ["close real"]


@pytest.mark.parametrize("failing", ["predictor", "tokenizer"])
def test_a_raising_end_restores_all_the_same(failing: str) -> None:
    """Where the new one, or what it had opened, cannot be closed, all is restored, and that is told."""

    def opened(vocabulary: Any) -> Iterator[Any]:
        yield Tokenizer(vocabulary)
        if failing == "tokenizer" and vocabulary.words == "fake":
            raise OSError("tokenizer")

    class Closing(Predictor):
        def close(self) -> None:
            if failing == "predictor" and self.tokenizer.vocabulary.words == "fake":
                raise OSError("predictor")

    container = type("Closing", (Words,), {"tokenizer": providers.Resource(opened, Words.vocabulary)})
    with load_predictor(Closing, container=container) as loaded:
        first = loaded.instance
        with pytest.raises(TeardownError) as caught, override(loaded, vocabulary=Vocabulary("fake")):
            pass
        assert [str(error) for error in caught.value.exceptions] == [failing]
        assert loaded.instance is first
        assert loaded.predict("x") == ("x", "real")
        with (
            pytest.raises(KeyboardInterrupt) as stopped,
            override(loaded, vocabulary=Vocabulary("fake")),
        ):
            raise KeyboardInterrupt
        assert stopped.value.__notes__ == [f"and then ending the override failed: OSError: {failing}"]
        assert loaded.instance is first


def test_an_interrupt_at_the_end_restores_all_the_same() -> None:
    """Ctrl-C while the new one is closed comes through after everything has been restored."""

    class Interrupted(Predictor):
        def close(self) -> None:
            if self.tokenizer.vocabulary.words == "fake":
                raise KeyboardInterrupt

    with load_predictor(Interrupted, container=Words) as loaded:
        first = loaded.instance
        with pytest.raises(KeyboardInterrupt), override(loaded, vocabulary=Vocabulary("fake")):
            pass
        assert loaded.instance is first
        assert loaded.container.providers["vocabulary"]().words == "real"


def test_what_cannot_be_built_anew_is_told_and_the_first_is_in_use(closed: list[Any]) -> None:
    """An exit out of order may need a constructor that raises: that is told, with what failed before."""
    attempts: list[int] = []

    class Once(Predictor):
        def __init__(self, tokenizer: Any) -> None:
            self.tokenizer = tokenizer
            attempts.append(1)
            if len(attempts) > 3:
                raise LookupError("no more")

        def close(self) -> None:
            raise OSError("not closed")

    loaded = load_predictor(Once, container=Words)
    first = loaded.instance
    outer = override(loaded, vocabulary=Vocabulary("outer"))
    inner = override(loaded, vocabulary=Vocabulary("inner"))
    outer.__enter__()
    inner.__enter__()
    with pytest.raises(LookupError) as caught:
        outer.__exit__(None, None, None)
    assert any("not closed" in note for note in caught.value.__notes__)
    assert loaded.instance is first
    inner.__exit__(None, None, None)
    assert loaded.predict("x") == ("x", "real")
    with pytest.raises(TeardownError):
        loaded.close()


def test_closing_inside_closes_both(loaded: LoadedPredictor[Predictor], closed: list[Any]) -> None:
    """A predictor that is closed inside a block stays closed after it, the new one first and each once."""
    first, predict = loaded.instance, loaded.predict
    with override(loaded, vocabulary=Vocabulary("fake")):
        inside = loaded.instance
        loaded.close()
        assert closed == [inside, first]
    assert closed == [inside, first]
    for call in (predict, loaded.predict):
        with pytest.raises(ClosedError):
            call("x")
    with pytest.raises(ClosedError, match="load it again"), override(loaded, vocabulary=Vocabulary()):
        pass
    assert loaded.container.providers["vocabulary"]().words == "real"


def test_the_config_is_replaced_whole_and_validated() -> None:
    """A config in the place of the config is what the constructor gets, in the model that it names."""

    class Settings(BaseModel):
        threshold: float

    class Thresholded:
        def __init__(self, config: Settings) -> None:
            self.config = config

        def predict(self, payload: Any) -> Any:
            return payload > self.config.threshold

    with load_predictor(Thresholded, config={"threshold": 1}) as loaded:
        with override(loaded, config={"threshold": "5"}):
            assert loaded.predict(3) is False
        assert loaded.predict(3) is True
        with (
            pytest.raises(ProblemsError, match=r"config\.threshold"),
            override(loaded, config={"threshold": "high"}),
        ):
            pass
        assert loaded.predict(3) is True


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose file names a predictor and its providers."""
    (tmp_path / "text.py").write_text(
        textwrap.dedent(
            """
            class Vocabulary:
                def __init__(self, words):
                    self.words = words

            class Tokenizer:
                def __init__(self, vocabulary):
                    self.vocabulary = vocabulary

            class Predictor:
                def __init__(self, tokenizer, metrics_client):
                    import neighbour
                    self.tokenizer, self.metrics, self.name = tokenizer, metrics_client, neighbour.NAME

                def predict(self, payload):
                    self.metrics.increment("asked")
                    return [payload, self.tokenizer.vocabulary.words, self.name]
            """
        )
    )
    (tmp_path / "neighbour.py").write_text("NAME = 'neighbour'\n")
    (tmp_path / "cortex.yaml").write_text(
        textwrap.dedent(
            """
            - name: words
              kind: RealtimeAPI
              predictor: {type: python, path: text.py:Predictor, config: {words: real}}
              providers:
                metrics_client: {class: in-memory}
                vocabulary: {class: text.py:Vocabulary, args: {words: "${config.words}"}}
                tokenizer: text.py:Tokenizer
            """
        )
    )
    return tmp_path


@pytest.mark.parametrize("how", ["file", "spec"])
def test_one_of_a_file_is_built_anew_in_its_project(how: str, project: Path) -> None:
    """Providers of a file are replaced like any other, and the predictor's neighbours can be imported."""
    file = project / "cortex.yaml"
    with load_predictor(file if how == "file" else load_specs(file)["words"]) as loaded:
        first, metrics = loaded.instance, InMemoryMetrics()
        with override(loaded, vocabulary=Vocabulary("fake"), metrics_client=metrics):
            assert loaded.predict(1) == [1, "fake", "neighbour"]
        with override(loaded, config={"words": "other"}):
            assert loaded.predict(1) == [1, "other", "neighbour"]
        assert loaded.instance is first
        assert loaded.predict(1) == [1, "real", "neighbour"]
        assert [call.metric for call in metrics.calls] == ["asked"]


def test_what_load_predictor_was_given_stays_below() -> None:
    """``config=`` and ``overrides=`` hold on, under the block and after it, until the predictor is closed."""
    container: Any = Words(config={"n": 0})
    given = {"vocabulary": Vocabulary("given")}
    with load_predictor(Predictor, container=container, config={"n": 1}, overrides=given) as loaded:
        with override(loaded, vocabulary=Vocabulary("fake")):
            assert loaded.predict("x") == ("x", "fake")
            assert loaded.instance.config == {"n": 1}
        assert loaded.predict("x") == ("x", "given")
    assert container.config() == {"n": 0}
    assert container.vocabulary().words == "real"


def test_two_tasks_override_their_own_predictors() -> None:
    """Tasks that run in turn, each with a predictor of its own, see each its own replacement."""

    async def one(number: int) -> None:
        with load_predictor(Predictor, container=Words) as loaded:
            first = loaded.instance
            async with override(loaded, vocabulary=Vocabulary(str(number))):
                for _ in range(3):
                    await asyncio.sleep(0)
                    assert loaded.predict("x") == ("x", str(number))
            assert loaded.instance is first

    async def both() -> None:
        await asyncio.gather(*map(one, range(2)))

    asyncio.run(both())
