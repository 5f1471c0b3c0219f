"""``predictor-kit graph``: what depends on what, in each format."""

# ruff: noqa: E501 - what is printed stands here as it is printed

import json
import shutil
import subprocess
from collections.abc import Callable
from itertools import pairwise
from textwrap import dedent
from typing import Any

import pytest

from .wirings import WIRINGS

Write = Callable[..., None]
Told = Callable[..., str]

SMALL = {
    "parts_py": """\
        class Words:
            def __init__(self, path, clients): ...

        class Log:
            def __init__(self, metrics_client): ...

        class PythonPredictor:
            def __init__(self, config, words, metrics_client, quiet=None): ...
            def predict(self, payload): ...
        """,
    "cortex_yaml": """\
        - name: small
          kind: RealtimeAPI
          predictor: {type: python, path: parts.py, config: {path: words.txt}}
          providers:
            metrics_client: {class: "null"}
            words: {class: "parts.py:Words", scope: factory, args: {path: "${config.path}", clients: ["${metrics_client}"]}}
            log: parts.py:Log
            other: {class: "parts.py:Log", args: {metrics_client: "${log}"}}
        """,
}


def test_text_is_a_tree(write: Write, told: Told) -> None:
    """Each node has what it needs below it once; what is declared and not needed follows."""
    write(**SMALL)
    assert told("graph", "cortex.yaml") == dedent("""\
        PythonPredictor
        ├── config
        ├── words: factory Words
        │   ├── path = config.path
        │   └── clients[0] = metrics_client: singleton NullMetrics
        └── metrics_client: singleton NullMetrics (above)

        not needed by PythonPredictor:
        other: singleton Log
        └── metrics_client = log: singleton Log
            └── metrics_client: singleton NullMetrics (above)
        """)


def test_mermaid_is_a_flowchart(write: Write, told: Told) -> None:
    """Nodes have a shape by their scope, and edges the argument where it is not the node's own name."""
    write(**SMALL)
    assert told("graph", "cortex.yaml", "--format", "mermaid") == dedent("""\
        flowchart LR
            n0(["PythonPredictor"])
            n1[/"config"/]
            n2[["words<br>factory Words"]]
            n3[/"config.path"/]
            n4["metrics_client<br>singleton NullMetrics"]
            n5["other<br>singleton Log"]
            n6["log<br>singleton Log"]
            n0 --> n1
            n0 --> n2
            n0 --> n4
            n2 -->|"path"| n3
            n2 -->|"clients[0]"| n4
            n5 -->|"metrics_client"| n6
            n6 --> n4
        """)


def test_dot_is_a_graph_for_graphviz(write: Write, told: Told) -> None:
    """The same for ``dot``."""
    write(**SMALL)
    assert told("graph", "cortex.yaml", "--format", "dot") == dedent("""\
        digraph "small" {
          rankdir=LR;
          node [shape=box];
          n0 [label="PythonPredictor", style=bold];
          n1 [label="config", shape=note];
          n2 [label="words\\nfactory Words", peripheries=2];
          n3 [label="config.path", shape=note];
          n4 [label="metrics_client\\nsingleton NullMetrics"];
          n5 [label="other\\nsingleton Log"];
          n6 [label="log\\nsingleton Log"];
          n0 -> n1;
          n0 -> n2;
          n0 -> n4;
          n2 -> n3 [label="path"];
          n2 -> n4 [label="clients[0]"];
          n5 -> n6 [label="metrics_client"];
          n6 -> n4;
        }
        """)


def test_json_has_nodes_and_edges(write: Write, told: Told) -> None:
    """Every node with its scope and its places, every edge with its argument."""
    write(**SMALL)
    told_of = json.loads(told("graph", "cortex.yaml", "--format", "json"))
    assert (told_of["api"], told_of["predictor"]) == ("small", "PythonPredictor")
    assert [(node["id"], node["scope"], node["class"]) for node in told_of["nodes"]] == [
        ("PythonPredictor", "predictor", "PythonPredictor"),
        ("config", "config", ""),
        ("words", "factory", "Words"),
        ("config.path", "config", ""),
        ("metrics_client", "singleton", "NullMetrics"),
        ("other", "singleton", "Log"),
        ("log", "singleton", "Log"),
    ]
    assert told_of["nodes"][2] == {
        "id": "words",
        "scope": "factory",
        "class": "Words",
        "location": "parts.py:2",
        "declared": "cortex.yaml:6",
    }
    assert [(edge["from"], edge["argument"], edge["to"], edge["when"]) for edge in told_of["edges"]] == [
        ("PythonPredictor", "config", "config", "now"),
        ("PythonPredictor", "words", "words", "now"),
        ("PythonPredictor", "metrics_client", "metrics_client", "now"),
        ("words", "path", "config.path", "now"),
        ("words", "clients[0]", "metrics_client", "now"),
        ("other", "metrics_client", "log", "now"),
        ("log", "metrics_client", "metrics_client", "now"),
    ]


def undeclared(text: str) -> Any:
    """The graph without the places of the declarations, which two ways to declare cannot share."""
    graph = json.loads(text)
    for node in graph["nodes"]:
        assert node.pop("declared") or node["id"] in ("config", "metrics_client.clients[0]")
    return graph


def test_a_wiring_is_the_same_graph_as_file_and_as_code(write: Write, told: Told) -> None:
    """Config values, lists, maps, factories, generators, fill by name, a subclass: nodes and edges are equal."""
    write(**WIRINGS)
    as_file, as_code = (
        undeclared(told("graph", file, "--format", "json")) for file in ("file.yaml", "code.yaml")
    )
    assert as_file == as_code
    assert len(as_file["nodes"]) == 13
    assert len(as_file["edges"]) == 20
    for form in ("text", "mermaid", "dot"):
        assert told("graph", "file.yaml", "--format", form) == told("graph", "code.yaml", "--format", form)


def test_what_each_kind_of_provider_needs(write: Write, told: Told) -> None:
    """All kinds of dependency-injector's providers have a scope and edges; a text marks what is not called."""
    write(
        wiring_py="""\
            from dependency_injector import containers, providers
            from predictor_kit import PredictorContainer

            class Thing:
                def __init__(self, value=None, *rest, **more): ...

            class Sub(containers.DeclarativeContainer):
                config = providers.Configuration()
                inner = providers.Singleton(Thing, config.x)
                outer = providers.Singleton(Thing, inner)

            class Container(PredictorContainer):
                settings = providers.Configuration(default={"a": 1})
                sub = providers.Container(Sub, config=settings)
                named = PredictorContainer.config.mode
                typed = PredictorContainer.config.number.as_int()
                one = providers.Singleton(
                    Thing, providers.Singleton(Thing, value=providers.Factory(Thing)), settings.a, k=sub.outer
                )
                two = providers.ThreadLocalSingleton(Thing, one.provider, two=providers.Callable(len, "abc"))
                chosen = providers.Selector(named, one=one, two=two)
                guessed = providers.Selector(one, one=one, two=two)
                supplied = providers.Dependency(default=one)
                alias = supplied
                listed = providers.List(one, two)
                named_items = providers.Dict({"a b": one, 'q"': two})
                thing = providers.Object(Thing())
                choices = providers.Aggregate(one=one)
                attribute = one.provided.value["x"].call(two)
                keyed = providers.Factory(Thing, PredictorContainer.config.table[named], typed)
                handed = providers.DelegatedSingleton(Thing)
                wrapped = providers.Callable(one)
                made = providers.Factory(one)
                with_attributes = providers.Factory(Thing).add_attributes(x=two)
                local = providers.ContextLocalSingleton(Thing, handed)
                plain = providers.Singleton(dict, a=one)
                nested = providers.Singleton(Thing, providers.List(providers.Singleton(Thing)), providers.Singleton(Thing))
                replaced = providers.Singleton(Thing)
                replaced.override(providers.Factory(Thing, one))

            class PythonPredictor:
                def __init__(
                    self, sub, chosen, guessed, supplied, alias, listed, named_items, thing, choices, attribute,
                    keyed, handed, wrapped, made, with_attributes, local, plain, nested, replaced
                ): ...
                def predict(self, payload): ...
            """,
        cortex_yaml="""\
            - name: kinds
              kind: RealtimeAPI
              predictor:
                type: python
                path: wiring.py
                config: {mode: one, number: 3, table: {one: 2}}
              container: wiring.py:Container
            """,
    )
    assert told("graph", "cortex.yaml") == dedent("""\
        PythonPredictor
        ├── sub: container
        │   ├── settings (uncalled)
        │   ├── sub.inner: singleton Thing (uncalled)
        │   │   └── value = settings.x
        │   └── sub.outer: singleton Thing (uncalled)
        │       └── value = sub.inner: singleton Thing (above)
        ├── chosen: selector
        │   ├── selector = named
        │   │   └── config.mode
        │   └── one: singleton Thing
        │       ├── value = one.value: singleton Thing
        │       │   └── value = one.value.value: factory Thing
        │       ├── [1] = settings.a
        │       └── k = sub.outer: singleton Thing (above)
        ├── guessed: selector
        │   ├── selector = one: singleton Thing (above)
        │   ├── one: singleton Thing (maybe) (above)
        │   └── two: thread-local Thing (maybe)
        │       ├── value = one: singleton Thing (uncalled) (above)
        │       └── two = two.two: callable len
        ├── supplied = one: singleton Thing (above)
        ├── alias = one: singleton Thing (above)
        ├── listed: list
        │   ├── [0] = one: singleton Thing (above)
        │   └── [1] = two: thread-local Thing (above)
        ├── named_items: dict
        │   ├── .a b = one: singleton Thing (above)
        │   └── .q" = two: thread-local Thing (above)
        ├── thing: object Thing
        ├── choices: aggregate (uncalled)
        │   └── one: singleton Thing (maybe) (above)
        ├── attribute: attribute
        │   ├── one: singleton Thing (above)
        │   └── two: thread-local Thing (above)
        ├── keyed: factory Thing
        │   ├── value = named
        │   ├── value = config.table
        │   └── [1] = typed
        │       └── [0] = config.number
        ├── handed: singleton Thing (uncalled)
        ├── wrapped = one: singleton Thing (above)
        ├── made: factory
        │   └── one: singleton Thing (above)
        ├── with_attributes: factory Thing
        │   └── .x = two: thread-local Thing (above)
        ├── local: context-local Thing
        │   └── value = handed: singleton Thing (uncalled) (above)
        ├── plain: singleton dict
        │   └── a = one: singleton Thing (above)
        ├── nested: singleton Thing
        │   ├── value[0] = nested.value[0]: singleton Thing
        │   └── [1] = nested[1]: singleton Thing
        └── replaced: factory Thing
            └── value = one: singleton Thing (above)
        """)


@pytest.mark.parametrize("command", [["graph", "cortex.yaml"], ["explain", "cortex.yaml", "words"]])
def test_problems_are_those_of_check(command: list[str], write: Write, refused: Told) -> None:
    """A file or a wiring that is wrong is reported as ``check`` reports it, and nothing is printed."""
    write(**SMALL)
    for wrong in (
        "small.providers.words.args.clints=[]",
        "small.predictr=1",
        "small.providers.log.class=a.py:B",
    ):
        assert refused(*command, "--set", wrong) == refused("check", "cortex.yaml", "--set", wrong)


@pytest.mark.parametrize("command", [["graph", "two.yaml"], ["explain", "two.yaml", "config"]])
def test_an_api_is_chosen_as_run_chooses_it(
    command: list[str], write: Write, told: Told, refused: Told
) -> None:
    """Of several apis one has to be named; of one with code that one is meant."""
    api = (
        "- {name: NAME, kind: RealtimeAPI, predictor: {type: python, path: parts.py, config: {path: NAME}}}\n"
    )
    write(
        parts_py="class PythonPredictor:\n    def __init__(self, config): ...\n    def predict(self): ...\n",
        two_yaml=api.replace("NAME", "a") + api.replace("NAME", "b"),
    )
    assert refused(*command) == refused("run", "two.yaml")
    assert refused(*command, "--name", "c") == refused("run", "two.yaml", "--name", "c")
    assert told(*command, "--name", "b")


def test_a_task_and_a_mapping_into_a_model(write: Write, told: Told) -> None:
    """A task has its constructor drawn; what is made into a model is drawn as what stands in it."""
    write(
        task_py="""\
            from dataclasses import dataclass

            class Clock: ...

            @dataclass
            class Settings:
                clock: Clock
                path: str

            class Job:
                def __init__(self, settings: Settings, config): ...

            class Task:
                def __init__(self, job): ...
                def __call__(self, config): ...
            """,
        cortex_yaml="""\
            - name: nightly
              kind: TaskAPI
              definition: {path: task.py, config: {path: a.txt}}
              providers:
                clock: {class: "task.py:Clock", scope: factory}
                job: {class: "task.py:Job", args: {settings: {clock: "${clock}", path: "in/${config.path}"}}}
            """,
    )
    assert told("graph", "cortex.yaml") == dedent("""\
        Task
        └── job: singleton Job
            ├── settings.clock = clock: factory Clock
            ├── settings.path = config.path
            └── config
        """)
    assert told("explain", "cortex.yaml", "job").splitlines()[3:6] == [
        "├── settings: {'clock': '${clock}', 'path': 'in/${config.path}'} [cortex.yaml:6]",
        "│   ├── .clock: clock: factory Clock [task.py:3], declared in cortex.yaml:5",
        "│   └── .path: config.path: 'a.txt' [cortex.yaml:3]",
    ]


def test_a_long_chain(write: Write, told: Told) -> None:
    """A chain of hundreds of providers is drawn and explained."""
    names = [f"p{number}" for number in range(300)]
    chain = [
        f'    {name}: {{class: "parts.py:Part", args: {{part: "${{{after}}}"}}}}\n'
        for name, after in pairwise(names)
    ]
    write(
        parts_py="class Part:\n    def __init__(self, part=0): ...\nclass PythonPredictor:\n    def __init__(self, p0): ...\n    def predict(self): ...\n",
        cortex_yaml="- name: long\n  kind: RealtimeAPI\n  predictor: {type: python, path: parts.py}\n  providers:\n"
        + "".join(chain)
        + "    p299: parts.py:Part\n",
    )
    assert told("graph", "cortex.yaml").count("\n") == 301
    assert told("explain", "cortex.yaml", "p299").endswith(
        "p299: singleton Part [parts.py:2], declared in cortex.yaml:304\n└── part: 0, the default\n"
    )


def test_an_api_that_has_no_code(write: Write, refused: Told) -> None:
    """A splitter of requests has no predictor to draw."""
    write(
        parts_py="class PythonPredictor:\n    def predict(self): ...\n",
        cortex_yaml="""\
            - {name: a, kind: RealtimeAPI, predictor: {type: python, path: parts.py}}
            - {name: all, kind: TrafficSplitter, apis: [{name: a, weight: 100}]}
            """,
    )
    assert refused("graph", "cortex.yaml", "--name", "all").startswith(
        "cortex.yaml:2:21: kind: 'all' is a TrafficSplitter: it shares requests among other apis"
    )


@pytest.mark.skipif(
    shutil.which("dot") is None, reason="Graphviz is not installed: pydot parses it in its place"
)
def test_graphviz_draws_what_is_told(write: Write, told: Told) -> None:
    """``dot`` itself takes it."""
    write(**WIRINGS)
    text = told("graph", "file.yaml", "--format", "dot")
    done = subprocess.run(
        ["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.count("<title>n") == 13 + 20


def test_methods_of_classes(write: Write, told: Told) -> None:
    """A classmethod and a staticmethod are called by their class, too; keys stay in their order."""
    write(
        parts_py="""\
            class Alt:
                @classmethod
                def make(cls, sizes): return cls()

                @staticmethod
                def build(): return Alt()

            class Sub(Alt): ...

            def plain(): return 1

            class PythonPredictor:
                def __init__(self, alt, sub, built, plain): ...
                def predict(self, payload): ...
            """,
        cortex_yaml="""\
            - name: small
              kind: RealtimeAPI
              predictor: {type: python, path: parts.py}
              providers:
                alt: {class: "parts.py:Alt.make", args: {sizes: {b: 1, a: {}, c: {d: 1}, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1}}}
                sub: {class: "parts.py:Sub.make", args: {sizes: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}
                built: parts.py:Alt.build
                plain: parts.py:plain
            """,
    )
    assert told("graph", "cortex.yaml") == dedent("""\
        PythonPredictor
        ├── alt: singleton Alt.make
        ├── sub: singleton Sub.make
        ├── built: singleton Alt.build
        └── plain: singleton plain
        """)
    nodes = json.loads(told("graph", "cortex.yaml", "--format", "json"))["nodes"]
    assert [node["class"] for node in nodes][1:] == ["Alt.make", "Sub.make", "Alt.build", "plain"]
    shown = "{'b': 1, 'a': {}, 'c': {'d': 1}, 'e': 1, 'f': 1, 'g': 1, 'h': 1, 'i': 1, ...}"
    assert f"sizes: {shown}" in told("explain", "cortex.yaml", "alt")
    assert "sizes: {'a': {'a': {'a': {'a': {'a': {'a': {...}}}}}}}" in told("explain", "cortex.yaml", "sub")
