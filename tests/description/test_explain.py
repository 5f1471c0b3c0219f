"""``predictor-kit explain``: why a parameter gets its object."""

# ruff: noqa: E501 - what is printed stands here as it is printed

import json
import re
from collections.abc import Callable
from textwrap import dedent

import pytest

from .wirings import WIRINGS

Write = Callable[..., None]
Told = Callable[..., str]


def test_a_wiring_of_a_file(write: Write, told: Told) -> None:
    """The way from the predictor, then argument by argument where each comes from, each object told once."""
    write(**WIRINGS)
    assert told("explain", "file.yaml", "ensemble") == dedent("""\
        PythonPredictor [parts.py:47] -> ensemble

        ensemble: singleton Ensemble [parts.py:25], declared in file.yaml:19
        ├── models: ['${model}', '${model}'] [file.yaml:21]
        │   ├── [0]: model: factory Model [parts.py:35], declared in file.yaml:13
        │   │   ├── tokenizer: by name -> singleton Tokenizer [parts.py:12], declared in Base, wiring.py:11
        │   │   │   ├── vocabulary: vocabulary [wiring.py:11] -> singleton Vocabulary [parts.py:8], declared in file.yaml:9
        │   │   │   │   ├── path: ${config.words.path} [file.yaml:9] -> 'words.txt' [file.yaml:6]
        │   │   │   │   └── size: 1000, the default
        │   │   │   └── lower: True, the default
        │   │   ├── connection: by name -> resource connect [parts.py:19], declared in file.yaml:10
        │   │   │   ├── url: ${config.url} [file.yaml:10] -> ${env:URL:-http://here} [file.yaml:6]
        │   │   │   ├── config: by name -> config
        │   │   │   │   ├── words.path: 'words.txt' [file.yaml:6]
        │   │   │   │   ├── url: ${env:URL:-http://here} [file.yaml:6]
        │   │   │   │   └── labels: ['a', 'b'] [file.yaml:6]
        │   │   │   └── timeout: 2.5 [file.yaml:10]
        │   │   ├── depth: 3, the default
        │   │   ├── extra: ['${vocabulary}', '${config.labels}'] [file.yaml:16]
        │   │   │   ├── [0]: vocabulary: singleton Vocabulary, the one above
        │   │   │   └── [1]: config.labels: ['a', 'b'] [file.yaml:6]
        │   │   └── labels: ['x', '${config.labels}'] [file.yaml:17]
        │   │       └── [1]: config.labels: ['a', 'b'] [file.yaml:6]
        │   └── [1]: model: factory Model, a new one, made as above
        ├── named: {'a': '${model}', 'b': ['${clock}']} [file.yaml:22]
        │   ├── .a: model: factory Model, a new one, made as above
        │   └── .b[0]: clock: factory Clock [parts.py:16], declared in file.yaml:11
        ├── clock: by name -> factory Clock, a new one, made as above
        └── tags: field(default_factory=list), the default
        """)


def test_a_wiring_in_code(write: Write, told: Told) -> None:
    """Of a container class each argument is the source's own text, with its line."""
    write(**WIRINGS)
    assert told("explain", "code.yaml", "ensemble") == dedent("""\
        PythonPredictor [parts.py:47] -> ensemble

        ensemble: singleton Ensemble [parts.py:25], declared in Whole, wiring.py:25
        ├── models: providers.List(model, model) [wiring.py:27]
        │   ├── [0]: model: factory Model [parts.py:35], declared in Whole, wiring.py:18
        │   │   ├── tokenizer: Base.tokenizer [wiring.py:20] -> tokenizer: singleton Tokenizer [parts.py:12], declared in Base, wiring.py:11
        │   │   │   ├── vocabulary: vocabulary [wiring.py:11] -> singleton Vocabulary [parts.py:8], declared in Whole, wiring.py:15
        │   │   │   │   ├── path: Base.config.words.path [wiring.py:15] -> config.words.path: 'words.txt' [code.yaml:6]
        │   │   │   │   └── size: 1000, the default
        │   │   │   └── lower: True, the default
        │   │   ├── connection: connection [wiring.py:21] -> resource connect [parts.py:19], declared in Whole, wiring.py:16
        │   │   │   ├── url: Base.config.url [wiring.py:16] -> config.url: ${env:URL:-http://here} [code.yaml:6]
        │   │   │   ├── config: Base.config [wiring.py:16] -> config
        │   │   │   │   ├── words.path: 'words.txt' [code.yaml:6]
        │   │   │   │   ├── url: ${env:URL:-http://here} [code.yaml:6]
        │   │   │   │   └── labels: ['a', 'b'] [code.yaml:6]
        │   │   │   └── timeout: 2.5 [wiring.py:16]
        │   │   ├── depth: 3, the default
        │   │   ├── extra: providers.List(vocabulary, Base.config.labels) [wiring.py:22]
        │   │   │   ├── [0]: vocabulary: singleton Vocabulary, the one above
        │   │   │   └── [1]: config.labels: ['a', 'b'] [code.yaml:6]
        │   │   └── labels: providers.List('x', Base.config.labels) [wiring.py:23]
        │   │       └── [1]: config.labels: ['a', 'b'] [code.yaml:6]
        │   └── [1]: model: factory Model, a new one, made as above
        ├── named: providers.Dict(a=model, b=providers.List(clock)) [wiring.py:28]
        │   ├── .a: model: factory Model, a new one, made as above
        │   └── .b[0]: clock: factory Clock [parts.py:16], declared in Whole, wiring.py:17
        ├── clock: clock [wiring.py:29] -> factory Clock, a new one, made as above
        └── tags: field(default_factory=list), the default
        """)


def test_each_way_to_a_shared_object(write: Write, told: Told) -> None:
    """Each one that asks for it is at the end of the shortest way to it."""
    write(**WIRINGS)
    assert told("explain", "file.yaml", "vocabulary") == dedent("""\
        PythonPredictor [parts.py:47] -> tokenizer -> vocabulary [wiring.py:11]
        PythonPredictor [parts.py:47] -> ensemble -> models[0] = model [file.yaml:21] -> extra[0] = vocabulary [file.yaml:16]

        vocabulary: singleton Vocabulary [parts.py:8], declared in file.yaml:9
        ├── path: ${config.words.path} [file.yaml:9] -> 'words.txt' [file.yaml:6]
        └── size: 1000, the default
        """)


def test_what_a_provider_of_the_file_replaces(write: Write, told: Told) -> None:
    """It is told as where it was declared first."""
    write(**WIRINGS)
    shown = told("explain", "file.yaml", "metrics_client").splitlines()
    assert shown[:4] == [
        "PythonPredictor [parts.py:47] -> metrics_client",
        "",
        "metrics_client: singleton Doubled [parts.py:39], declared in file.yaml:24",
        "└── clients: ['${metrics_client}', '${metrics_client}'] [file.yaml:25]",
    ]
    assert shown[4].startswith("    ├── [0]: metrics_client.clients[0]: singleton NullMetrics [")
    assert re.search(r"null\.py:\d+\], declared in Base, wiring\.py:9$", shown[4])
    assert shown[5:] == [
        "    └── [1]: metrics_client.clients[0]: singleton NullMetrics, the one above",
    ]


def test_a_parameter_that_keeps_its_default(write: Write, told: Told) -> None:
    """It is said that no provider has its name."""
    write(**WIRINGS)
    assert told("explain", "file.yaml", "limit") == dedent("""\
        PythonPredictor [parts.py:47] -> limit

        limit: 10, the default, as no provider has that name
        """)


def test_a_name_that_is_none(write: Write, refused: Told) -> None:
    """The nearest name is told, and all there are."""
    write(**WIRINGS)
    assert refused("explain", "file.yaml", "tokeniser") == dedent("""\
        tokeniser: neither a parameter of PythonPredictor nor a provider has that name (did you mean 'tokenizer'?)
          PythonPredictor asks for: config, ensemble, metrics_client, tokenizer, limit
          providers: config, metrics_client, vocabulary, tokenizer, connection, clock, model, ensemble
        """)


CODE = """\
    class Words:
        def __init__(self, path, *, size=10): ...

    class PythonPredictor:
        def predict(self, payload): ...
    """


def test_a_predictor_that_asks_for_nothing(write: Write, told: Told, refused: Told) -> None:
    """What it does not need can be explained all the same, and config values that something names."""
    write(
        words_py=CODE,
        cortex_yaml="""\
            - name: words
              kind: RealtimeAPI
              predictor: {type: python, path: words.py, config: {path: a.txt}}
              providers:
                words: {class: "words.py:Words", args: {path: "${config.path}"}}
            """,
    )
    assert told("explain", "cortex.yaml", "words") == dedent("""\
        nothing that PythonPredictor needs asks for it

        words: singleton Words [words.py:2], declared in cortex.yaml:5
        ├── path: ${config.path} [cortex.yaml:5] -> 'a.txt' [cortex.yaml:3]
        └── size: 10, the default
        """)
    assert told("explain", "cortex.yaml", "config.path") == dedent("""\
        nothing that PythonPredictor needs asks for it

        config.path: 'a.txt' [cortex.yaml:3]
        """)
    assert refused("explain", "cortex.yaml", "PythonPredictor") == dedent("""\
        PythonPredictor: neither a parameter of PythonPredictor nor a provider has that name
          providers: config, metrics_client, words
        """)


def test_values_from_overlays_and_settings(write: Write, told: Told) -> None:
    """Each value has the file and line, or the number of the setting, that it comes from."""
    write(
        words_py=CODE.replace(
            "class PythonPredictor:", "class PythonPredictor:\n        def __init__(self, config, words): ..."
        ),
        cortex_yaml="""\
            - name: words
              kind: RealtimeAPI
              predictor:
                type: python
                path: words.py
                config: {path: a.txt, deep: {one: 1, two: {}}, long: LONG}
              providers:
                words: {class: "words.py:Words", args: {path: "${config.deep}"}}
            """.replace("LONG", "x" * 45 + "y" * 45),
        cortex_prod_yaml="""\
            - name: words
              predictor: {config: {path: b.txt}}
              providers: {words: {scope: factory, args: {size: 1}}}
            """,
    )
    varied = [
        "--env",
        "prod",
        "--set",
        "words.predictor.config.deep.one=null",
        "--set",
        "words.providers.words.args.size=2",
    ]
    assert told("explain", "cortex.yaml", "config", *varied) == dedent("""\
        PythonPredictor [words.py:5] -> config

        config
        ├── path: 'b.txt' [cortex.prod.yaml:2]
        ├── deep.one: None [--set #1]
        ├── deep.two: {} [cortex.yaml:6]
        └── long: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' [cortex.yaml:6]
        """)
    assert told("explain", "cortex.yaml", "words", *varied) == dedent("""\
        PythonPredictor [words.py:5] -> words

        words: factory Words [words.py:2], declared in cortex.yaml:8
        ├── path: ${config.deep} [cortex.yaml:8] -> config.deep
        │   ├── one: None [--set #1]
        │   └── two: {} [cortex.yaml:6]
        └── size: 2 [--set #2]
        """)


SECRET = {
    "secret_py": """\
        import os
        from dependency_injector import providers
        from predictor_kit import PredictorContainer

        class Client:
            def __init__(self, token: str, port: int, extra=os.environ["HUSH"], *, more: str = "a"): ...

        class PythonPredictor:
            def __init__(self, config, client, code): ...
            def predict(self, payload): ...

        class Container(PredictorContainer):
            config = providers.Configuration(default={"hush": os.environ["HUSH"]}, strict=True)
            code = providers.Singleton(Client, os.environ["HUSH"], port=PredictorContainer.config.port)
        """,
    "hidden_yaml": """\
        - name: ${env:NAME}
          kind: RealtimeAPI
          predictor:
            type: python
            path: ${env:MODULE}.py
            config: {token: "${env:HUSH}", file: "${file:hush.txt}", port: "${env:PORT}", deep: {b: "x${env:HUSH}"}}
          container: ${env:MODULE}.py:Container
          providers:
            client:
              class: ${env:MODULE}.py:Client
              args: {token: "a ${env:HUSH} ${config.file}", port: "${env:PORT}", more: "${config.hush}"}
        """,
}


@pytest.fixture
def _hidden(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(**SECRET, hush_txt="hushed")
    for name, value in {"HUSH": "hushhush", "PORT": "98765", "NAME": "naming", "MODULE": "secret"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_hidden")
def test_what_comes_from_outside_is_not_shown(told: Told, refused: Told) -> None:
    """It is told as it is written; what it names is told without its place; so is code that reads it."""
    shown = {name: told("explain", "hidden.yaml", name) for name in ("client", "code", "config")}
    assert shown["client"] == dedent("""\
        ${env:MODULE}.py -> client

        client: singleton ${env:MODULE}.py:Client, declared in hidden.yaml:10
        ├── token: a ${env:HUSH} ${config.file} [hidden.yaml:11] -> config.file: ${file:hush.txt} [hidden.yaml:6]
        ├── port: ${env:PORT} [hidden.yaml:11]
        ├── extra: os.environ['HUSH'], the default
        └── more: ${config.hush} [hidden.yaml:11] -> config, declared in ${env:MODULE}.py:Container
        """)
    assert shown["code"] == dedent("""\
        ${env:MODULE}.py -> code

        code: singleton Client, declared in ${env:MODULE}.py:Container
        ├── token: given in code
        ├── port -> config.port: ${env:PORT} [hidden.yaml:6]
        ├── extra: os.environ['HUSH'], the default
        └── more: 'a', the default
        """)
    assert shown["config"] == dedent("""\
        ${env:MODULE}.py -> config

        config
        ├── hush: set in ${env:MODULE}.py:Container
        ├── token: ${env:HUSH} [hidden.yaml:6]
        ├── file: ${file:hush.txt} [hidden.yaml:6]
        ├── port: ${env:PORT} [hidden.yaml:6]
        └── deep.b: x${env:HUSH} [hidden.yaml:6]
        """)
    formats = [told("graph", "hidden.yaml", "--format", form) for form in ("text", "mermaid", "dot", "json")]
    for text in (*shown.values(), *formats, refused("explain", "hidden.yaml", "nothing")):
        for hidden in ("hushhush", "hushed", "98765", "naming", "secret"):
            assert hidden not in text
    assert json.loads(formats[3])["api"] == "${env:NAME}"


def test_code_whose_source_is_not_seen(write: Write, told: Told) -> None:
    """What no source tells is said to be given in code; a class that a program made has no place."""
    write(
        wiring_py="""\
            from dependency_injector import providers
            from predictor_kit import PredictorContainer

            class Thing:
                def __init__(self, a=1, *rest, b=2): ...

            given = [1, 2]

            def made():
                class Inner(PredictorContainer):
                    if True:
                        thing: providers.Provider = providers.Singleton(Thing, *given, b=3)
                    alias = other = providers.Factory(Thing, 4, b=providers.Singleton(Thing)).add_args(5)
                    long = providers.Object("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz")
                Inner.later = providers.Singleton(Thing, 6)
                return Inner

            Base = made()
            Container = type("Container", (Base,), {"dynamic": providers.Singleton(Thing, b=7)})
            Container.__module__ = "gone"

            class PythonPredictor:
                def __init__(self, thing, alias, long, later, dynamic): ...
                def predict(self, payload): ...
            """,
        cortex_yaml="""\
            - name: code
              kind: RealtimeAPI
              predictor: {type: python, path: wiring.py}
              container: wiring.py:Container
            """,
    )
    shown = [told("explain", "cortex.yaml", name) for name in ("thing", "alias", "long", "later", "dynamic")]
    assert "".join(shown) == dedent("""\
        PythonPredictor [wiring.py:23] -> thing

        thing: singleton Thing [wiring.py:5], declared in Inner
        ├── a: given in code
        └── b: given in code
        PythonPredictor [wiring.py:23] -> alias

        alias: factory Thing [wiring.py:5], declared in Inner, wiring.py:13
        ├── a: given in code
        └── b -> alias.b: singleton Thing [wiring.py:5]
            ├── a: 1, the default
            └── b: 2, the default
        PythonPredictor [wiring.py:23] -> long

        long: object str, declared in Inner, wiring.py:14
        PythonPredictor [wiring.py:23] -> later

        later: singleton Thing [wiring.py:5], declared in Inner
        ├── a: given in code
        └── b: 2, the default
        PythonPredictor [wiring.py:23] -> dynamic

        dynamic: singleton Thing [wiring.py:5], declared in Container
        ├── a: 1, the default
        └── b: given in code
        """)


def test_providers_in_a_container_that_a_program_made(write: Write, told: Told) -> None:
    """They have no declaration; what a caller has to give is said; a provider can be called as the predictor."""
    write(
        wiring_py="""\
            from dependency_injector import containers, providers
            from predictor_kit import PredictorContainer

            class Thing:
                def __init__(self, given, again=1): ...

            def inner():
                container = containers.DynamicContainer()
                container.thing = providers.Factory(Thing)
                return container

            class Container(PredictorContainer):
                inner = providers.Container(inner)
                PythonPredictor = providers.Singleton(Thing, inner.thing.provider)

            class PythonPredictor:
                def __init__(self, PythonPredictor): ...
                def predict(self, payload): ...
            """,
        cortex_yaml="""\
            - name: code
              kind: RealtimeAPI
              predictor: {type: python, path: wiring.py}
              container: wiring.py:Container
            """,
    )
    assert told("explain", "cortex.yaml", "PythonPredictor") == dedent("""\
        PythonPredictor [wiring.py:17] -> PythonPredictor

        PythonPredictor: singleton Thing [wiring.py:5], declared in Container, wiring.py:14
        ├── given: inner.thing.provider [wiring.py:14] -> inner.thing: factory Thing [wiring.py:5] (uncalled)
        │   ├── given: left to its caller
        │   └── again: 1, the default
        └── again: 1, the default
        """)


def test_what_check_does_not_look_at(write: Write, told: Told) -> None:
    """Providers in code that the predictor does not need may lack a value or need one another.

    Of one that was changed after its declaration no source of the arguments is shown.
    """
    write(
        wiring_py="""\
            from dependency_injector import providers
            from predictor_kit import PredictorContainer

            class Thing:
                def __init__(self, one, two=None): ...

            class Container(PredictorContainer):
                chosen = providers.Selector(PredictorContainer.config.a.b, x=PredictorContainer.metrics_client)
                left = providers.Singleton(Thing, chosen, two=chosen)
                right = providers.Factory(Thing, left)
                left.add_kwargs(two=right)

            class PythonPredictor:
                def predict(self, payload): ...
            """,
        cortex_yaml="""\
            - name: code
              kind: RealtimeAPI
              predictor: {type: python, path: wiring.py, config: {a: 1}}
              container: wiring.py:Container
            """,
    )
    assert told("explain", "cortex.yaml", "left") == dedent("""\
        nothing that PythonPredictor needs asks for it

        left: singleton Thing [wiring.py:5], declared in Container, wiring.py:9
        ├── one -> chosen: selector, declared in Container, wiring.py:8
        │   └── selector -> config.a.b
        └── two -> right: factory Thing [wiring.py:5], declared in Container, wiring.py:10
            ├── one: left [wiring.py:10] -> singleton Thing, the one above
            └── two: None, the default
        """)


def test_source_that_changed_since(write: Write, told: Told) -> None:
    """Where it is no Python any more nothing is told of it, and the rest is."""
    write(
        wiring_py="""\
            from pathlib import Path
            from dependency_injector import providers
            from predictor_kit import PredictorContainer

            class Container(PredictorContainer):
                words = providers.Singleton(dict, a=1)

            class PythonPredictor:
                def __init__(self, words, limit=10): ...
                def predict(self, payload): ...

            Path("wiring.py").write_text("(")
            """,
        cortex_yaml="""\
            - name: code
              kind: RealtimeAPI
              predictor: {type: python, path: wiring.py}
              container: wiring.py:Container
            """,
    )
    assert told("explain", "cortex.yaml", "words") == dedent("""\
        PythonPredictor [wiring.py:9] -> words

        words: singleton dict, declared in Container
        └── a: given in code
        """)
