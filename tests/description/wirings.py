"""One wiring of some breadth, as a file and as code; nothing of it can be built."""

PARTS = """\
from dataclasses import dataclass, field


def never(): raise AssertionError("this was built")


class Vocabulary:
    def __init__(self, path: str, size: int = 1000): never()


class Tokenizer:
    def __init__(self, vocabulary, lower=True): never()


class Clock:
    def __init__(self): never()


def connect(url, /, config, *, timeout: float = 1.5):
    never()
    yield


@dataclass
class Ensemble:
    models: list
    named: dict
    clock: object
    tags: list = field(default_factory=list)

    def __post_init__(self): never()


class Model:
    def __init__(self, tokenizer, connection, depth=3, **more): never()


class Doubled:
    def __init__(self, clients): never()

    def increment(self, metric, value=1, tags=None): ...
    def gauge(self, metric, value, tags=None): ...
    def histogram(self, metric, value, tags=None): ...


class PythonPredictor:
    def __init__(self, config, ensemble, metrics_client, tokenizer, limit=10): never()

    def predict(self, payload): ...
"""
WIRING = """\
from dependency_injector import providers

from parts import Clock, Doubled, Ensemble, Model, Tokenizer, Vocabulary, connect
from predictor_kit import PredictorContainer
from predictor_kit.metrics import NullMetrics


class Base(PredictorContainer):
    metrics_client = providers.Singleton(NullMetrics)
    vocabulary = providers.Singleton(Vocabulary, "old.txt")
    tokenizer = providers.Singleton(Tokenizer, vocabulary=vocabulary)


class Whole(Base):
    vocabulary = providers.Singleton(Vocabulary, path=Base.config.words.path)
    connection = providers.Resource(connect, Base.config.url, config=Base.config, timeout=2.5)
    clock = providers.Factory(Clock)
    model = providers.Factory(
        Model,
        tokenizer=Base.tokenizer,
        connection=connection,
        extra=providers.List(vocabulary, Base.config.labels),
        labels=providers.List("x", Base.config.labels),
    )
    ensemble = providers.Singleton(
        Ensemble,
        models=providers.List(model, model),
        named=providers.Dict(a=model, b=providers.List(clock)),
        clock=clock,
    )
    metrics_client = providers.Singleton(Doubled, providers.List(Base.metrics_client, Base.metrics_client))
"""
HEAD = """\
- name: w
  kind: RealtimeAPI
  predictor:
    type: python
    path: parts.py
    config: {words: {path: words.txt}, url: "${env:URL:-http://here}", labels: [a, b]}
"""
FILE = f"""\
{HEAD}\
  container: wiring.py:Base
  providers:
    vocabulary: {{class: "parts.py:Vocabulary", args: {{path: "${{config.words.path}}"}}}}
    connection: {{class: "parts.py:connect", args: {{url: "${{config.url}}", timeout: 2.5}}}}
    clock: {{class: "parts.py:Clock", scope: factory}}
    model:
      class: parts.py:Model
      scope: factory
      args:
        extra: ["${{vocabulary}}", "${{config.labels}}"]
        labels: [x, "${{config.labels}}"]
    ensemble:
      class: parts.py:Ensemble
      args:
        models: ["${{model}}", "${{model}}"]
        named: {{a: "${{model}}", b: ["${{clock}}"]}}
    metrics_client:
      class: parts.py:Doubled
      args: {{clients: ["${{metrics_client}}", "${{metrics_client}}"]}}
"""
CODE = f"""\
{HEAD}\
  container: wiring.py:Whole
"""
WIRINGS = {"parts_py": PARTS, "wiring_py": WIRING, "file_yaml": FILE, "code_yaml": CODE}
