"""What it costs to replace a provider, resolve with the replacement, and have all as it was.

By hand, from the checkout: ``python -m tests.benchmarks.overriding``.
"""

from typing import Any

from dependency_injector import containers, providers

from predictor_kit import PredictorContainer, load_predictor, override, resolve
from predictor_kit.metrics import NullMetrics
from tests.benchmarks.measuring import EMPTY, Run, header, microseconds, once, show, statement, table

ROUNDS = 200
INJECTOR = "dependency-injector"
RESET_ALL = f"{INJECTOR}: override, reset_singletons() on both edges, container.predictor()"
RESET_ONE = f"{INJECTOR} by hand: override, tokenizer.reset() on both edges, container.predictor()"
NO_RESET = f"{INJECTOR} without reset, which gives the wrong object: override, container.predictor()"
OURS = "**predictor_kit: with override(container, ...): resolve(Predictor, container)**"


class Vocabulary:
    """What is replaced."""


class Tokenizer:
    """What holds it, and is held itself."""

    def __init__(self, vocabulary: Any) -> None:
        self.vocabulary = vocabulary


class Predictor:
    """A predictor of two arguments."""

    def __init__(self, tokenizer: Any, model: Any) -> None:
        self.tokenizer = tokenizer
        self.model = model

    def predict(self, payload: Any) -> Any:
        """The payload."""
        return payload


class Ours(PredictorContainer):
    """A declared container; like every one of ours it has ``config`` and ``metrics_client`` too."""

    metrics_client = providers.Singleton(NullMetrics)
    vocabulary = providers.Singleton(Vocabulary)
    tokenizer = providers.Singleton(Tokenizer, vocabulary)
    model = providers.Singleton(Vocabulary)


class Bare(containers.DeclarativeContainer):
    """The least that a user of dependency-injector declares for the same."""

    vocabulary = providers.Singleton(Vocabulary)
    tokenizer = providers.Singleton(Tokenizer, vocabulary)
    model = providers.Singleton(Vocabulary)
    predictor = providers.Factory(Predictor, tokenizer, model)


def main() -> None:
    """Measure and print."""
    show(header("predictor-kit", INJECTOR))
    for measured in (below_a_singleton, an_argument, config, loaded):
        show(measured())


def below_a_singleton() -> str:
    """What a singleton holds is replaced: the singleton has to be built anew inside, and not kept after."""
    runs = {
        EMPTY: statement("pass"),
        OURS: ours("vocabulary", "tokenizer.vocabulary"),
        RESET_ALL: theirs("vocabulary", "tokenizer.vocabulary", "container.reset_singletons()"),
        RESET_ONE: theirs("vocabulary", "tokenizer.vocabulary", "container.tokenizer.reset()"),
        NO_RESET: theirs("vocabulary", "tokenizer.vocabulary", "", right=False),
    }
    cost = microseconds(runs, number=20, rounds=ROUNDS)
    return table("replaced below a singleton", "us", cost, RESET_ALL, RESET_ONE)


def an_argument() -> str:
    """What the predictor itself asks for is replaced, and nothing else needs it."""
    runs = {
        EMPTY: statement("pass"),
        OURS: ours("model", "model"),
        RESET_ALL: theirs("model", "model", "container.reset_singletons()"),
        NO_RESET.replace("which gives the wrong object", "which is right here"): theirs("model", "model", ""),
    }
    cost = microseconds(runs, number=20, rounds=ROUNDS)
    return table("replaced is an argument itself", "us", cost, RESET_ALL)


def ours(name: str, path: str) -> Run:
    """Override ``name`` and resolve; ``path`` leads from the predictor to what is replaced."""
    container = Ours()
    code = f"with override(container, {name}=fake):\n    got = resolve(Predictor, container)"
    return alike(code, "resolve(Predictor, container)", path, container=container)


def theirs(name: str, path: str, reset: str, *, right: bool = True) -> Run:
    """The same in dependency-injector, with ``reset`` on both edges."""
    lines = [
        f"with container.{name}.override(fake):",
        *([f"    {reset}"] if reset else []),
        "    got = container.predictor()",
        *([reset] if reset else []),
    ]
    return alike("\n".join(lines), "container.predictor()", path, right=right, container=Bare())


def alike(code: str, after: str, path: str, *, right: bool = True, **names: Any) -> Run:
    """A run of ``code``; it must give the fake inside and another object after, where it is ``right``."""
    names |= {"override": override, "resolve": resolve, "Predictor": Predictor, "fake": Vocabulary()}
    eval(after, names)
    exec(code, names)
    inside, outside = (eval(f"{got}.{path}", names) for got in ("got", after))
    if (inside is names["fake"] and outside is not names["fake"]) is not right:
        raise AssertionError(f"{code} does not do the same work as the others")
    return statement(code, **names)


def config() -> str:
    """The config is replaced, by the same one each time: what the checks found hangs on it."""
    container, plain = Ours(), Bare()
    plain.config = providers.Configuration(strict=True)
    names = {"override": override, "resolve": resolve, "Predictor": Predictor, "fake": {"n": 1}}
    code = "with override(container, config=fake):\n    resolve(Predictor, container)"
    reset = "container.reset_singletons()"
    theirs = f"with container.config.override(fake):\n    {reset}\n    container.predictor()\n{reset}"
    runs = {
        EMPTY: statement("pass"),
        OURS: statement(code, container=container, **names),
        RESET_ALL: statement(theirs, container=plain, **names),
    }
    cost = microseconds(runs, number=20, rounds=ROUNDS)
    return table("replaced is the config", "us", cost, RESET_ALL)


def loaded() -> str:
    """A loaded predictor is built anew for the block, against loading another one with the replacement."""
    fake = {"vocabulary": Vocabulary()}
    kept = load_predictor(Predictor, container=Ours)

    def overridden() -> object:
        with override(kept, vocabulary=fake["vocabulary"]):
            return kept.predict(1)

    def anew() -> object:
        with load_predictor(Predictor, container=Ours, overrides=fake) as other:
            return other.predict(1)

    runs = {
        EMPTY: once(lambda: list),
        "**predictor_kit: with override(loaded, ...): loaded.predict(1)**": once(lambda: overridden),
        "predictor_kit: with load_predictor(Predictor, ..., overrides=...)": once(lambda: anew),
    }
    cost = microseconds(runs, number=5, rounds=ROUNDS)
    return table("a loaded predictor", "us", cost, *list(runs)[1:2])


if __name__ == "__main__":
    main()
