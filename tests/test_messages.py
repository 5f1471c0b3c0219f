"""How a mistake reads: the full text of each, with its place, its line and what helps."""

# ruff: noqa: E501 - messages stand here as they are printed

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from predictor_kit import ProblemsError, check, load_predictor, load_specs
from predictor_kit.blueprint import choose, file_of

PREDICTOR = """\
class PythonPredictor:
    def __init__(self, config, metrics_client, tokenizer): ...

    def predict(self, payload): ...
"""
TEXT = """\


class Vocabulary:
    def __init__(self, path: str): ...


class Tokenizer:
    def __init__(self, vocabulary: Vocabulary, cache_dir: str, max_len: int = 128): ...
"""
HEAD = """\
- name: iris
  kind: AsyncAPI
  predictor:
    type: python
    path: predictor.py
    config: {vocab_path: models/vocab.txt}
"""
VOCABULARY = """\
    vocabulary:
      class: text:Vocabulary
      args:
        path: ${config.vocab_path}
"""

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into the working directory: a predictor and a module ``text`` if nothing else is said."""
    monkeypatch.chdir(tmp_path)

    def write(
        providers: str = "", /, *, predictor: str = PREDICTOR, text: str = TEXT, head: str = HEAD
    ) -> None:
        Path("predictor.py").write_text(dedent(predictor))
        Path("text.py").write_text(text)
        Path("cortex.yaml").write_text(head + (f"  providers:\n{providers}" if providers else ""))

    return write


def told(target: str = "cortex.yaml") -> str:
    return "".join(f"{problem}\n" for problem in check(target))


def test_a_misspelt_class(write: Write) -> None:
    """The value's line with a caret, the nearest name, what there is; what names the provider is not told."""
    write(f"{VOCABULARY}    tokenizer:\n      class: text:Tokeniser\n")
    assert told() == dedent("""\
        cortex.yaml:13:14: providers.tokenizer.class: module 'text' has no class 'Tokeniser' (did you mean 'Tokenizer'?)
          13 |       class: text:Tokeniser
             |              ^^^^^^^^^^^^^^
          it has: Vocabulary, Tokenizer
        """)


def test_a_misspelt_argument(write: Write) -> None:
    """The key with a caret, the nearest name, the constructor; the argument that it means is not missed too."""
    write(
        f"{VOCABULARY}    tokenizer:\n      class: text:Tokenizer\n      args:\n"
        "        cach_dir: ${env:CACHE_DIR:-/tmp}/tok\n"
    )
    assert told() == dedent("""\
        cortex.yaml:15:9: providers.tokenizer.args: Tokenizer takes no argument 'cach_dir' (did you mean 'cache_dir'?)
          15 |         cach_dir: ${env:CACHE_DIR:-/tmp}/tok
             |         ^^^^^^^^
          Tokenizer(vocabulary: text.Vocabulary, cache_dir: str, max_len: int = 128)  [text.py:8]
        """)


def test_a_missing_argument(write: Write) -> None:
    """What the class asks for, and the names of the providers that there are."""
    write(f"{VOCABULARY}    tokenizer: text:Tokenizer\n")
    assert told() == dedent("""\
        cortex.yaml:12:16: providers.tokenizer: Tokenizer asks for 'cache_dir', and no provider has that name
          12 |     tokenizer: text:Tokenizer
             |                ^^^^^^^^^^^^^^
          providers: config, metrics_client, vocabulary, tokenizer
          Tokenizer(vocabulary: text.Vocabulary, cache_dir: str, max_len: int = 128)  [text.py:8]
        """)


@pytest.mark.parametrize(
    ("written", "suffix"),
    [
        ("${env:STATSD_PORT:-8125}", " (the value of environment variable STATSD_PORT, not shown)"),
        ("${env:STATSD_PORT}0", " (the value of environment variable STATSD_PORT, not shown)"),
        ("eighty", ""),
    ],
)
def test_a_wrong_type(write: Write, monkeypatch: pytest.MonkeyPatch, written: str, suffix: str) -> None:
    """The annotation of the constructor is held before anything is built; a value from outside is not shown."""
    monkeypatch.setenv("STATSD_PORT", "hunter2")
    write(
        "    metrics_client:\n      class: dogstatsd\n      args:\n"
        f"        port: {written}\n    tokenizer: predictor.py:PythonPredictor.predict\n",
        predictor="class PythonPredictor:\n    def __init__(self): ...\n    def predict(self=1, payload=2): ...\n",
    )
    assert told() == dedent(f"""\
        cortex.yaml:11:15: providers.metrics_client.args.port: input should be a valid integer{suffix}
          11 |         port: {written}
             |               {"^" * len(written)}
        """)


def test_a_reference_to_nothing(write: Write) -> None:
    """A provider, a config value and a variable that are not there: three mistakes in one text, told at once."""
    write(
        f"{VOCABULARY}    tokenizer:\n      class: text:Tokenizer\n      args:\n"
        "        vocabulary: ${vocabulery}\n        cache_dir: ${config.vocab}/${env:NO_SUCH_VARIABLE}\n"
    )
    assert told() == dedent("""\
        cortex.yaml:15:21: providers.tokenizer.args.vocabulary: ${vocabulery} refers to no provider (did you mean 'vocabulary'?); there are: config, metrics_client, vocabulary, tokenizer
          15 |         vocabulary: ${vocabulery}
             |                     ^^^^^^^^^^^^^
        cortex.yaml:16:20: providers.tokenizer.args.cache_dir: environment variable 'NO_SUCH_VARIABLE' is not set: set it, or write ${env:NO_SUCH_VARIABLE:-...}
          16 |         cache_dir: ${config.vocab}/${env:NO_SUCH_VARIABLE}
             |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cortex.yaml:16:20: providers.tokenizer.args.cache_dir: ${config.vocab} refers to nothing: config has no key 'vocab' (did you mean 'vocab_path'?); its keys: vocab_path
          16 |         cache_dir: ${config.vocab}/${env:NO_SUCH_VARIABLE}
             |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """)


def test_a_circle(write: Write) -> None:
    """The whole way round, at one of the providers on it."""
    write(
        "    vocabulary:\n      class: text:Vocabulary\n      args: {path: '${tokenizer}'}\n"
        "    tokenizer: {class: text:Tokenizer, args: {cache_dir: /tmp}}\n"
    )
    assert told() == dedent("""\
        cortex.yaml:11:24: providers.tokenizer: providers need one another in a circle: tokenizer -> vocabulary -> tokenizer
          11 |     tokenizer: {class: text:Tokenizer, args: {cache_dir: /tmp}}
             |                        ^^^^^^^^^^^^^^
        """)


def test_a_provider_that_needs_itself(write: Write) -> None:
    """By its own name a provider means what it replaces; where it replaces nothing, that is a circle."""
    write("    tokenizer: text.py:tokenizer\n", text="def tokenizer(tokenizer): ...\n")
    assert told() == dedent("""\
        cortex.yaml:8:16: providers.tokenizer: providers need one another in a circle: tokenizer -> tokenizer
          8 |     tokenizer: text.py:tokenizer
            |                ^^^^^^^^^^^^^^^^^
        """)


def test_a_missing_provider(write: Write) -> None:
    """What the predictor asks for, the nearest provider, all of them, the constructor."""
    write(f"{VOCABULARY}    tokeniser: {{class: text:Tokenizer, args: {{cache_dir: /tmp}}}}\n")
    assert told() == dedent("""\
        cortex.yaml:5:11: predictor: PythonPredictor asks for 'tokenizer', and no provider has that name (did you mean 'tokeniser'?)
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
          providers: config, metrics_client, vocabulary, tokeniser
          PythonPredictor(config, metrics_client, tokenizer)  [predictor.py:2]
        """)


def test_a_name_of_cortex_without_a_provider(write: Write) -> None:
    """What the name meant in Cortex 0.32, and how to provide it here."""
    write(
        predictor="""\
        class PythonPredictor:
            def __init__(self, config, python_client): ...
            def predict(self, payload): ...
        """
    )
    assert told() == dedent("""\
        cortex.yaml:5:11: predictor: PythonPredictor asks for 'python_client', and no provider has that name
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
          in Cortex 0.32 'python_client' is the client of the models under predictor.models (multi-model caching); here it is a name like any other:
          declare a provider 'python_client', in the container or under `providers:` in the file
          providers: config, metrics_client
          PythonPredictor(config, python_client)  [predictor.py:2]
        """)


@pytest.mark.parametrize(
    "name", ["job_spec", "python_client", "onnx_client", "tensorflow_client", "proto_module_pb2"]
)
def test_each_name_of_cortex_is_explained(write: Write, name: str) -> None:
    """Each argument that Cortex 0.32 knew by name gets its own word."""
    write(
        predictor=f"class PythonPredictor:\n    def __init__(self, {name}): ...\n    def predict(self): ...\n"
    )
    assert f"\n  in Cortex 0.32 '{name}' is the " in told()


def test_a_name_of_an_api(write: Write) -> None:
    """The nearest name, and what there is."""
    write()
    with pytest.raises(ProblemsError) as caught:
        choose(load_specs("cortex.yaml"), "irs", "cortex.yaml")
    assert str(caught.value) == (
        "no api is named 'irs' in cortex.yaml (did you mean 'iris'?)\n  apis: iris (AsyncAPI)"
    )


def test_a_syntax_error_in_the_predictors_file(write: Write) -> None:
    """The place in that file, with its line; and where the file is named."""
    write(predictor="class PythonPredictor:\n    def __init__(self, config)\n        pass\n")
    assert told() == dedent("""\
        predictor.py:2:31: predictor.path: syntax error: expected ':'
          2 |     def __init__(self, config)
            |                               ^
          named at cortex.yaml:5:11
        """)


def test_a_module_that_cannot_be_imported(write: Write) -> None:
    """Which import failed, where it stands, and how to install what is missing."""
    write(predictor="import no_such_module_anywhere\n")
    assert told() == dedent("""\
        cortex.yaml:5:11: predictor.path: predictor.py imports 'no_such_module_anywhere', which is not installed
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
          predictor.py:1: import no_such_module_anywhere
          to install it: pip install no_such_module_anywhere
          to check the configuration file without importing anything: predictor-kit check --static
        """)


def test_a_class_of_another_name(write: Write) -> None:
    """What there is, and how to say which class is meant."""
    write(predictor="class IrisPredictor:\n    def predict(self): ...\n")
    assert told() == dedent("""\
        cortex.yaml:5:11: predictor.path: predictor.py has no class 'PythonPredictor' (did you mean 'IrisPredictor'?)
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
          it has: IrisPredictor
          to have a class of another name, write `path: predictor.py:IrisPredictor`
        """)


def test_two_classes_of_other_names(write: Write) -> None:
    """Both are named; one of Cortex's other names is told apart."""
    write(predictor="class Iris: ...\nclass ONNXPredictor: ...\n")
    assert told() == dedent("""\
        cortex.yaml:5:11: predictor.path: predictor.py has no class 'PythonPredictor'
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
          it has: Iris, ONNXPredictor
          ONNXPredictor is the class for `type: onnx`
          to have a class of another name, write `path: predictor.py:Iris`
        """)


def test_the_signature_of_predict(write: Write) -> None:
    """What predict asks for and nobody hands it, and what it can name."""
    write(
        predictor="""\
        class PythonPredictor:
            def __init__(self, config): ...
            def predict(self, payload, query_param): ...
            def post_predict(self, response, request_id): ...
            on_job_complete = 3
        """
    )
    assert told() == dedent("""\
        cortex.yaml:5:11: predictor: class PythonPredictor: predict asks for 'query_param', which nobody hands it (did you mean 'query_params'?)
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
          predict can name: payload, request_id, query_params, headers, batch_id, context
          predict(self, payload, query_param)  [predictor.py:3]
        cortex.yaml:5:11: predictor: class PythonPredictor: post_predict asks for 'request_id', which nobody hands it
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
          post_predict can name: response, payload, query_params, headers
          post_predict(self, response, request_id)  [predictor.py:4]
        cortex.yaml:5:11: predictor: class PythonPredictor: 'on_job_complete' is defined, but is not a method
          5 |     path: predictor.py
            |           ^^^^^^^^^^^^
        """)


def test_a_config_that_does_not_fit_its_model(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value of the config that is wrong, at its own place; what is absent, at the nearest key."""
    monkeypatch.setenv("LAYERS", "hunter2")
    write(
        head="""\
- name: iris
  kind: AsyncAPI
  predictor:
    type: python
    path: predictor.py
    config:
      layers: ${env:LAYERS}
      optimiser:
        rate: fast
      version: 1.5
      modle: iris
""",
        predictor="""\
        from pydantic import BaseModel

        class Optimiser(BaseModel):
            rate: float
            steps: int

        class Config(BaseModel, extra="forbid"):
            layers: int
            optimiser: Optimiser
            version: str
            model: str = ""

        class PythonPredictor:
            def __init__(self, config: Config): ...
            def predict(self, payload): ...
        """,
    )
    assert told() == dedent("""\
        cortex.yaml:7:15: predictor.config.layers: input should be a valid integer (the value of environment variable LAYERS, not shown)
          7 |       layers: ${env:LAYERS}
            |               ^^^^^^^^^^^^^
        cortex.yaml:8:7: predictor.config.optimiser: 'steps' is missing
          8 |       optimiser:
            |       ^^^^^^^^^
        cortex.yaml:9:15: predictor.config.optimiser.rate: input should be a valid number
          9 |         rate: fast
            |               ^^^^
        cortex.yaml:10:16: predictor.config.version: input should be a valid string (put it in quotes)
          10 |       version: 1.5
             |                ^^^
        cortex.yaml:11:7: predictor.config.modle: there is no 'modle' (did you mean 'model'?)
          11 |       modle: iris
             |       ^^^^^
        """)


def test_a_container_that_is_none(write: Write) -> None:
    """What the container would have provided is not missed as well."""
    write(VOCABULARY, head=f"{HEAD}  container: text:Vocabulary\n")
    assert told() == dedent("""\
        cortex.yaml:7:14: container: 'text:Vocabulary' is no subclass of PredictorContainer
          7 |   container: text:Vocabulary
            |              ^^^^^^^^^^^^^^^
          declare it as `class Vocabulary(PredictorContainer)`
        """)


def test_a_container_that_is_not_there(write: Write) -> None:
    """Its module is looked for like any other; short names are for providers."""
    write(VOCABULARY, head=f"{HEAD}  container: wiring:IrisContainer\n")
    assert told() == dedent("""\
        cortex.yaml:7:14: container: there is no module 'wiring'
          7 |   container: wiring:IrisContainer
            |              ^^^^^^^^^^^^^^^^^^^^
          to check the configuration file without importing anything: predictor-kit check --static
        """)


def test_a_short_name(write: Write) -> None:
    """The nearest short name; what looks like a class is told how to be written."""
    write("    metrics_client: dogstats\n    tokenizer: text.Tokenizer\n    vocabulary: text\n")
    names = "dogstatsd, fan-out, in-memory, logging, null, opentelemetry, prometheus, statsd"
    assert told() == dedent(f"""\
        cortex.yaml:8:21: providers.metrics_client.class: there is no short name 'dogstats' (did you mean 'dogstatsd'?)
          8 |     metrics_client: dogstats
            |                     ^^^^^^^^
          short names: {names}; or package.module:Name, or file.py:Name
        cortex.yaml:9:16: providers.tokenizer.class: there is no short name 'text.Tokenizer' (did you mean 'text:Tokenizer'?)
          9 |     tokenizer: text.Tokenizer
            |                ^^^^^^^^^^^^^^
          short names: {names}; or package.module:Name, or file.py:Name
        cortex.yaml:10:17: providers.vocabulary.class: there is no short name 'text'
          10 |     vocabulary: text
             |                 ^^^^
          short names: {names}; or package.module:Name, or file.py:Name
        """)


def test_an_asynchronous_provider(write: Write) -> None:
    """It is said of what it is, before anything waits for nothing."""
    write(
        "    tokenizer: text.py:tokenizer\n    vocabulary: {class: text.py:lines, scope: factory}\n",
        text="async def tokenizer(): ...\ndef lines(): yield\n",
    )
    assert told() == dedent("""\
        cortex.yaml:8:16: providers.tokenizer.class: it is asynchronous, and a constructor cannot wait for what it gives
          8 |     tokenizer: text.py:tokenizer
            |                ^^^^^^^^^^^^^^^^^
        cortex.yaml:9:25: providers.vocabulary.class: a generator is torn down once: its scope can only be singleton
          9 |     vocabulary: {class: text.py:lines, scope: factory}
            |                         ^^^^^^^^^^^^^
        """)


def test_a_class_whose_arguments_nobody_knows(write: Write) -> None:
    """A class written in C that does not tell its parameters is told of at its place."""
    write("    tokenizer: builtins:dict\n")
    assert told() == dedent("""\
        cortex.yaml:8:16: providers.tokenizer.class: the parameters of 'dict' cannot be read (no signature found for builtin type <class 'dict'>)
          8 |     tokenizer: builtins:dict
            |                ^^^^^^^^^^^^^
          wrap it in a function of your own that names its parameters
        """)


def test_a_python_file_as_the_configuration(write: Write) -> None:
    """A class can be loaded from Python, by its name; a file that runs is another one."""
    write()
    assert told("predictor.py") == dedent("""\
        predictor.py: this is Python code, not a configuration file
          give the configuration file that names it
          from Python its class can be loaded: load_predictor('predictor.py:NAME')
        """)
    with pytest.raises(ProblemsError) as caught:
        file_of("predictor.py:PythonPredictor")
    assert "load_predictor('predictor.py:PythonPredictor')" in str(caught.value)


def test_a_folder_without_a_configuration_file(write: Write) -> None:
    """The YAML files that it has are listed."""
    write()
    Path("models").mkdir()
    for name in ("models/iris.yaml", "models/lily.yml", "models/readme.md"):
        Path(name).write_text("")
    assert told("models").splitlines() == [
        "models/cortex.yaml: there is no such file",
        "  in 'models' there are: iris.yaml, lily.yml",
    ]


def test_a_target_that_is_none(write: Write) -> None:
    """What cannot be loaded at all is said to be none."""
    with pytest.raises(ProblemsError) as caught:
        load_predictor(3)  # type: ignore[call-overload] # the mistake under test
    text = "a predictor is loaded from a class, a spec or the path of a file, not from 3"
    assert str(caught.value) == text


def test_a_container_argument_that_is_none(write: Write) -> None:
    """Only a PredictorContainer, or an instance of one, has providers to fill a constructor from."""
    write()
    with pytest.raises(ProblemsError) as caught:
        load_predictor("cortex.yaml", container="iris")  # type: ignore[call-overload] # the mistake under test
    text = "container must be a PredictorContainer class or an instance of one, not 'iris'"
    assert str(caught.value) == text


def test_a_file_where_a_class_is_wanted(write: Write) -> None:
    """What is in it is told, unless it must not be imported; of a file that is not there, that it is not."""
    write("    tokenizer: text.py\n    vocabulary: txt.py\n    nothing: empty.py\n")
    Path("empty.py").write_text("")
    assert told() == dedent("""\
        cortex.yaml:8:16: providers.tokenizer.class: 'text.py' names a file but nothing in it: write text.py:NAME; it has Vocabulary, Tokenizer
          8 |     tokenizer: text.py
            |                ^^^^^^^
        cortex.yaml:9:17: providers.vocabulary.class: there is no file txt.py (did you mean 'text.py'?)
          9 |     vocabulary: txt.py
            |                 ^^^^^^
          Python files there: empty.py, predictor.py, text.py
        cortex.yaml:10:14: providers.nothing.class: 'empty.py' names a file but nothing in it: write empty.py:NAME
          10 |     nothing: empty.py
             |              ^^^^^^^^
        """)
    write("    tokenizer: text.py\n", text="raise RuntimeError\n")
    listed = check(load_specs("cortex.yaml", allow=["predictor.py"])["iris"])
    assert listed[0].message == "'text.py' names a file but nothing in it: write text.py:NAME"


@pytest.mark.parametrize("static", [False, True])
def test_a_method_that_needs_an_instance(write: Write, static: bool) -> None:
    """A plain method of a class is no provider; what can be called on the class itself is."""
    write(
        "    tokenizer: text.py:Made.plain\n    bound: text.py:Made.bound\n    free: text.py:Made.free\n"
        "    bare: text.py:Made.bare\n    inner: text.py:Made.Inner\n",
        text=dedent("""\
            class Made:
                def plain(self): ...
                @classmethod
                def bound(cls): ...
                @staticmethod
                def free(): ...
                def bare(): ...
                class Inner: ...
            """),
    )
    assert [str(problem) for problem in check("cortex.yaml", static=static)] == [
        dedent("""\
            cortex.yaml:8:16: providers.tokenizer.class: 'Made.plain' in text.py needs an instance of Made
              8 |     tokenizer: text.py:Made.plain
                |                ^^^^^^^^^^^^^^^^^^
              name a class, a function, a classmethod or a staticmethod""")
    ]


def test_keys_of_other_tools(write: Write) -> None:
    """Those of Hydra and jsonargparse are told by what they are called here, and no more is missing."""
    write(
        "    tokenizer: {_target_: text.Tokenizer}\n"
        "    vocabulary: {class_path: text.Vocabulary, init_args: {}}\n"
    )
    assert [problem.message for problem in check("cortex.yaml")] == [
        "unknown key '_target_' (Hydra's `_target_` is `class` here; arguments stand under `args`)",
        "unknown key 'class_path' (jsonargparse's `class_path` is `class` here)",
        "unknown key 'init_args' (jsonargparse's `init_args` are `args` here)",
    ]


def test_a_default_that_does_not_fit(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text that the file has for an unset variable is no secret; a value of the variable is."""
    arguments = "class: text:Vocabulary, args: {path: '', sizes: '${env:SIZES:-[1, 2]}'}"
    write(
        f"    vocabulary: {{{arguments}}}\n",
        predictor="class PythonPredictor:\n    def predict(self): ...\n",
        text="class Vocabulary:\n    def __init__(self, path, sizes: list[int]): ...\n",
    )
    said = "input should be a valid list"
    monkeypatch.delenv("SIZES", raising=False)
    assert [problem.message for problem in check("cortex.yaml")] == [
        f"{said} (the text '[1, 2]', the default of environment variable SIZES)"
    ]
    monkeypatch.setenv("SIZES", "[3]")
    assert [problem.message for problem in check("cortex.yaml")] == [
        f"{said} (the value of environment variable SIZES, not shown)"
    ]


@pytest.mark.parametrize(
    ("name", "there", "near"),
    [
        ("nope.yaml", "m.yaml", False),
        ("ab.yaml", "xb.yaml", False),
        ("cortex.yaml", "cortx.yaml", True),
        ("cortex.yml", "cortex.yaml", True),
    ],
)
def test_a_file_is_near_by_its_own_name(tmp_path: Path, name: str, there: str, near: bool) -> None:
    """That both end alike makes no file the one that was meant."""
    (tmp_path / there).write_text("")
    (problem,) = check(tmp_path / name)
    assert problem.message == "there is no such file" + (f" (did you mean {there!r}?)" if near else "")


@pytest.mark.parametrize(("name", "near"), [("Nope", False), ("Openend", True), ("open", True), ("d", False)])
def test_names_that_are_not_alike_are_not_proposed(write: Write, name: str, near: bool) -> None:
    """Some letters in common are not enough, the beginning of a name is."""
    write(f"    tokenizer: text.py:{name}\n", text="def opened(): ...\n")
    (problem, *_) = check("cortex.yaml")
    assert problem.message.endswith("(did you mean 'opened'?)" if near else f"{name!r}")


def test_an_argument_that_predict_does_not_take(write: Write) -> None:
    """Python's own message names what was called."""
    write(predictor="class PythonPredictor:\n    def predict(self, payload): ...\n")
    with (
        load_predictor("cortex.yaml") as loaded,
        pytest.raises(TypeError, match=r"^predict\(\) got an unexpected keyword argument 'query_param'"),
    ):
        loaded.predict(1, query_param={})
