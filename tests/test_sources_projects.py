"""Modules found and read without importing any, and what is said where that is not enough."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import containers, providers

from predictor_kit.errors import ProblemsError
from predictor_kit.objects import Project
from predictor_kit.signatures import plan_of
from predictor_kit.sources import unknown_of
from predictor_kit.sources.projects import SourceProject


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    """Write Python files of these names (without ``.py``)."""
    for name, source in files.items():
        file = Path(f"{name}.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source))


def names(target: Any) -> list[str]:
    """The parameters of a callable."""
    return [one.name for one in plan_of(target).parameters]


def unknown(source: str, name: str = "it") -> tuple[str, ...]:
    """What cannot be known of what a ``source`` defines."""
    write(some=source)
    return unknown_of(SourceProject().find(f"some:{name}"), "predict")


def problem(project: Project, where: str, name: str = "PythonPredictor") -> str:
    """The text of what keeps the class ``name`` from being found."""
    with pytest.raises(ProblemsError) as raised:
        project.find_class(where, name)
    return str(raised.value)


def test_nothing_is_imported(tmp_path: Path) -> None:
    """A file whose import would fail is read all the same, and nothing that it imports is imported."""
    write(
        predictor="""
            import nowhere, http.client, pluggy
            from text import Tokenizer
            raise SystemExit("this runs")
            class PythonPredictor(Tokenizer):
                def predict(self, payload: nowhere.Tensor): ...
            class Model(pluggy.PluginManager): ...
            """,
        text="1 / 0\nclass Tokenizer:\n    def __init__(self, words: 'nowhere.Tensor', size: int = 3): ...",
    )
    code = """
        import sys, predictor_kit.sources.projects as sources, predictor_kit.signatures as signatures
        import pydantic, dependency_injector.containers, dependency_injector.providers
        before = set(sys.modules)
        project = sources.SourceProject()
        for name in ("PythonPredictor", "Model"):
            plan = signatures.plan_of(project.find_class("predictor.py", name))
            print(plan.name, plan.location, [one.annotation for one in plan.parameters][:2])
        print(sorted(set(sys.modules) - before))
        """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    ours, theirs, imported = done.stdout.splitlines()
    assert ours == "PythonPredictor text.py:3 [typing.Any, <class 'int'>]"
    assert theirs.startswith("Model ")
    assert "_manager.py" in theirs
    assert imported == "[]"


def test_what_is_known_in_spite_of_a_base() -> None:
    """A base that was not read does not matter where the class has its own constructor and methods."""
    own = "import nowhere\nclass it(nowhere.nn.Module):\n    def __init__(self, a): ...\n"
    assert unknown(own) == ("it inherits 'predict' from nowhere.nn.Module, which was not read",)
    assert unknown(own.replace(".nn.Module", "")) == (
        "it inherits 'predict' from nowhere, which is known only when it runs",
    )
    assert unknown(f"{own}    def predict(self): ...") == ()
    assert names(SourceProject().find("some:it")) == ["a"]


def test_a_method_that_is_not_known() -> None:
    """A method under an unknown decorator is told of when it is asked for; some decorators are known."""
    source = """
        import torch
        class it:
            @track("predict")
            def predict(self, payload): ...
            @torch.no_grad()
            def post_predict(self, response): ...
            @torch.no_grad()
            @staticmethod
            def on_job_complete(): ...
        """
    assert unknown(source, "it") == ("predict is decorated with track(...)",)
    found = SourceProject().find("some:it")
    assert unknown_of(found) == unknown_of(found, "post_predict", "on_job_complete", "load_model") == ()
    assert names(found.post_predict) == ["self", "response"]
    assert names(found.on_job_complete) == []


def test_what_is_no_method() -> None:
    """What a class has besides methods is what it was: a value, a property."""
    write(
        some="class it:\n    predict = 3\n    post_predict = None\n    @property\n    def __call__(self): ..."
    )
    found = SourceProject().find("some:it")
    assert not any(
        callable(value) for value in (found.predict, found.post_predict, found.__dict__["__call__"])
    )


def test_what_was_not_read_has_anything() -> None:
    """A name within what was not read was not read either."""
    write(some="import nowhere\nOuter = made()\nclass It:\n    Inner = made(1)\n    class Own: ...")
    project = SourceProject()
    assert unknown_of(project.find("some:Outer.Inner.Name")) == (
        "Outer.Inner.Name belongs to Outer.Inner, which belongs to Outer, which is what made() gives",
    )
    assert unknown_of(project.find_class("some.py", "nowhere.Module")) == (
        "nowhere.Module is not installed here",
    )
    assert unknown_of(project.find("some:It.Inner")) == ("Inner is what made(...) gives",)
    assert project.find("some:It.Own").__qualname__ == "It.Own"
    assert problem(project, "some.py", "It.Absent").startswith("'It' in some.py has no class 'Absent'")


def test_nothing_is_known_of_other_things() -> None:
    """Of what was not read from source nothing is unknown."""
    assert unknown_of(int) == unknown_of(print, "predict") == unknown_of(3) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "from text import Word as it",
        "from text.words import Word as it",
        "import text.words\nit = text.words.Word",
        "import text.words as words\nit = words.Word",
        "import text\nit = text.Word",
        "from text import words\nit = words.Word",
        "from text import *\nit = Word",
        "from text.listed import *\nit = Word",
        "from loose.words import Word as it",
        "from loose import *\nfrom text import Word as it",
        "from lazy import Word as it",
        "from both import Word as it",
        "from again import it",
        "try:\n    from text import Word as it\nexcept ImportError:\n    it = None",
    ],
)
def test_imports_are_followed(statement: str) -> None:
    """However a neighbour is imported, and passed on, its class is found, and is the same."""
    write(
        some=statement,
        text="class Word:\n    def __init__(self, shadowed): ...",
        again="from again_2 import it",
        again_2="from text import Word as it",
        lazy="import typing\nif typing.TYPE_CHECKING:\n    from text import Word\ndef __getattr__(name): ...",
        both="from text import *\nfrom text.listed import _Hidden",
        **{
            "text/__init__": "from .words import Word, Number\n_private = 3",
            "text/words": """
                from . import numbers
                class Word:
                    def __init__(self, a): ...
                Number = numbers.Number
                """,
            "text/numbers": "class Number: ...",
            "text/listed": """
                from ..text.words import Word as Other
                from .words import *
                __all__ = ["Word"]
                class _Hidden: ...
                """,
            "loose/words": "from text import Word",
        },
    )
    project = SourceProject()
    assert names(project.find("some:it")) == ["a"]
    assert project.find("some:it").__module__ == "text.words"
    assert project.find("some:it") is project.find("some:it") is project.find("text:Word")


def test_what_a_star_import_does_not_bring() -> None:
    """Private names, and those that a list leaves out."""
    write(
        text="__all__ = ['Word']\nclass Word: ...\nclass Other: ...",
        some="from text import *",
        loop="from loop import *",
    )
    assert (
        problem(SourceProject(), "some.py", "Other")
        == "some.py has no class 'Other'\n  it has no class or function"
    )
    assert (
        problem(SourceProject(), "loop.py", "Other")
        == "loop.py has no class 'Other'\n  it has no class or function"
    )
    write(text="class _Word: ...", some="from text import *")
    assert "has no class" in problem(SourceProject(), "some.py", "_Word")


def test_neighbours_come_first() -> None:
    """A file of the project stands before an installed module of its name, but for those of Python itself."""
    write(
        pluggy="class Word: ...",
        sys="class Word: ...",
        **{"src/words": "import pluggy, near\nit = pluggy.Word\nx = near.N"},
    )
    write(**{"src/near": "class N: ...", "numbers/a": "", "click/a": ""})
    project = SourceProject()
    assert project.find("src/words.py:it").__module__ == "pluggy"
    assert project.find("src/words.py:x").__module__ == "near"
    assert unknown_of(project.find("sys:Word")) == ("sys.Word is not written in Python",)
    assert project.find("numbers:Number") is __import__("numbers").Number
    write(some="import src.words, near\nit = src.words.it\nfar = near.N")
    assert project.find("some:it").__module__ == "pluggy"
    assert unknown_of(project.find("some:far")) == ("near.N is not installed here",)
    assert SourceProject("", "src").find("near:N").__module__ == "near"


def test_installed_packages_are_read() -> None:
    """Installed packages and the standard library are found and read, also for the base of a class."""
    write(
        some="""
            import pluggy, threading
            class it(pluggy.PluginManager): ...
            class Thread(threading.Thread): ...
            """
    )
    project = SourceProject()
    expected = names(__import__("pluggy").PluginManager)
    assert names(project.find("pluggy:PluginManager")) == names(project.find("some:it")) == expected
    assert names(project.find("pluggy._manager:PluginManager")) == expected
    assert names(project.find("some:Thread")) == names(__import__("threading").Thread)
    assert names(project.find("os.path:join")) == ["a"]
    assert names(project.find("importlib.util:find_spec")) == ["name", "package"]
    assert unknown_of(project.find("math:sqrt")) == ("math.sqrt is not written in Python",)
    assert unknown_of(project.find("threading.made:Module")) == ("threading.made.Module was not found",)
    assert unknown_of(project.find("nowhere.nn:Module")) == ("nowhere.nn.Module is not installed here",)


def test_an_installed_package_that_cannot_be_read(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in an installed package's files is no mistake of the project."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "broken_one.py").write_text("class A(:")
    package = folder / "broken_two"
    package.mkdir()
    (package / "__init__.py").write_text("from .inner import A\nfrom .absent import B\nfrom ..... import C")
    (package / "inner.py").write_text("class A(:")
    monkeypatch.syspath_prepend(folder)
    (folder / "circle_one.py").write_text("from circle_two import A")
    (folder / "circle_two.py").write_text("from circle_one import A")
    write(circle="from circle_one import A\nclass five(A): ...")
    write(some="import broken_one, broken_two\nclass one(broken_one.A): ...\nclass two(broken_two.A): ...")
    write(more="import broken_two\nclass three(broken_two.B): ...\nclass four(broken_two.C): ...")
    project = SourceProject()
    said = [unknown_of(project.find(f"some:{name}"))[0].partition(" from ")[2] for name in ("one", "two")]
    said += [unknown_of(project.find(f"more:{name}"))[0].partition(" from ")[2] for name in ("three", "four")]
    said.append(unknown_of(project.find("circle:five"))[0].partition(" from ")[2])
    assert said == [
        "broken_one.A, which cannot be read",
        "broken_two.A, which cannot be read",
        "broken_two.B, which was not found",
        "broken_two.C, which was not found",
        "circle_one.A, which was not read",
    ]
    assert problem(project, "broken_one", "A").startswith(f"{folder / 'broken_one.py'}:1:9: syntax error")


def test_a_file_is_read_once() -> None:
    """What was read stays: a file that changes meanwhile is seen by the next project."""
    write(text="class Word: ...\nclass Other: ...", some="from text import Other")
    project = SourceProject()
    word = project.find("text:Word")
    write(text="class Other: ...")
    assert project.find("text:Word") is word
    assert project.find("some:Other").__module__ == "text"
    assert project.load("some.py") is project.load("some.py")


@pytest.mark.parametrize(
    ("files", "where", "name"),
    [
        ({}, "predictor.py", "PythonPredictor"),
        ({"predictor": "", "other": ""}, "predicter.py", "PythonPredictor"),
        ({}, "src/predictor.py", "PythonPredictor"),
        ({}, "predictor.pickle", "PythonPredictor"),
        ({"words": "class Word:\n    def split(self:\n        pass\n"}, "words.py", "Word"),
        ({"words": "def f(a, a): ..."}, "words.py", "Word"),
        ({"words": "return 3"}, "words", "Word"),
        ({"predictor": "import words\nclass P(words.W): ...", "words": "class W(:"}, "predictor.py", "P"),
        ({"predictor": "from b import W", "b": "import c\n\nW = c.W", "c": "x = = 1"}, "predictor.py", "W"),
        ({"text": "import json\nclass A: ...\nclass Tokenizer:\n    class Inner: ..."}, "text", "Tokeniser"),
        ({"text": "class Tokenizer:\n    class Inner: ..."}, "text", "Tokenizer.Iner"),
        ({"text": "import json\nX = 1\ndef split(): ..."}, "text", "X"),
        ({"text": "import json\nX = 1\ndef split(): ..."}, "text", "json"),
        ({"text": "import json\nX = 1\ndef split(): ..."}, "text", "split"),
        ({"text": "import json"}, "text", "A"),
        ({"text": "import json"}, "text.py", "json"),
        ({"p": "class TensorFlowPredictor: ...\nclass Other: ..."}, "p.py", "PythonPredictor"),
        ({"p": "class Task: ...\ndef split(): ..."}, "p.py", "PythonPredictor"),
        ({"p": "class Iris: ...\nclass Wine: ..."}, "p.py", "PythonPredictor"),
        (
            {"package/__init__": "from package.words import Word", "package/words": "class Word: ..."},
            "package",
            "Wort",
        ),
        ({"preprocessing": ""}, "preprocesing", "Scaler"),
        ({"text/words": ""}, "text.wrods", "Word"),
        ({"text/words": ""}, "text.words.more", "Word"),
        ({"preprocessing": ""}, "preprocesing.words", "Word"),
        ({"text/words": ""}, "text.wrods.more", "Word"),
        ({}, "pydantik", "BaseModel"),
        ({}, "pydantic.absent_module", "BaseModel"),
        ({}, "pluggy.absent_module", "BaseModel"),
    ],
)
def test_mistakes_read_as_when_the_code_runs(files: dict[str, str], where: str, name: str) -> None:
    """A mistake in a reference or a file has the very words that it has when the files are imported."""
    write(**files)
    assert problem(SourceProject(), where, name) == problem(Project(), where, name)


@pytest.mark.parametrize(
    "reference", ["Tokenizer", "text:", "a:b:c", "text.words.Word", "text:Word.", "missing.py:A.B"]
)
def test_references_are_those_of_a_project(reference: str) -> None:
    """What is no reference is told so, in the same words."""
    said = []
    for project in (Project(), SourceProject()):
        with pytest.raises(ProblemsError) as raised:
            project.find(reference)
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_a_folder_that_is_not_there() -> None:
    """``python_path`` is looked at as ever."""
    with pytest.raises(ProblemsError, match="there is no folder 'src'"):
        SourceProject("", "src")


def test_active_changes_nothing() -> None:
    """Within ``active`` nothing is set, as nothing runs."""
    with SourceProject(env={"PREDICTOR_KIT_A": "1"}).active():
        assert "PREDICTOR_KIT_A" not in os.environ


def test_what_is_nested_too_deeply() -> None:
    """Code that Python itself can compile is read, and deeper nesting is a problem, not a crash."""
    long = "+".join(["1"] * 2000)
    branches = "if a: ...\n" + "elif a: ...\n" * 500
    write(some=f"x = {long}\n{branches}def it(a, b={long}, c={'-' * 900}1): ...")
    assert plan_of(SourceProject().find("some:it")).text() == "it(a, b=..., c=...)"
    write(some="def it(a={[]: 1}): ...")
    assert plan_of(SourceProject().find("some:it")).text() == "it(a={[]: 1})"
    write(deep="x = " + "-" * 100_000 + "1", chain="it = a" + "[0]" * 600)
    assert problem(SourceProject(), "deep.py") == "deep.py cannot be read: it is nested too deeply"
    assert unknown_of(SourceProject().find("chain:it")) == ("it is nested too deeply",)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that even root cannot read")
def test_an_unreadable_file() -> None:
    """A file that cannot be read is a problem with the system's own words."""
    Path("predictor.py").symlink_to("/proc/self/mem")
    assert problem(SourceProject(), "predictor.py") == "predictor.py cannot be read: Input/output error"


CONTAINERS = """
    from dependency_injector import containers, providers
    from text import Vocabulary, Tokenizer
    import nowhere

    class Mine(providers.Factory): ...

    class Base(containers.DeclarativeContainer):
        config = providers.Configuration(strict=True)
        vocabulary = providers.Singleton(Vocabulary, path=config.vocab.path, words=["a", config.b], size=SIZE)

    class Wiring(Base):
        limit = 3
        def helper(self): ...
        tokenizer = providers.Factory(Tokenizer, Base.vocabulary, by={"a": Base.config.a})
        net = providers.Singleton(nowhere.nn.Module, 3)
        model = build()
        mine = Mine(Vocabulary)
        switch = providers.Selector(Base.config.kind, a=tokenizer, **more)
        text = providers.Singleton("text.Vocabulary", "a")
        name = providers.Object("text.Vocabulary")
    """


PROVIDERS = ["config", "vocabulary", "tokenizer", "net", "model", "mine", "switch", "text", "name"]


def test_containers_are_read() -> None:
    """A container has its providers, wired as in the source, with what was read in the place of classes."""
    write(
        wiring=CONTAINERS, text="class Vocabulary:\n    def __init__(self, path): ...\nclass Tokenizer: ..."
    )
    found: Any = SourceProject().find("wiring:Wiring")
    base: Any = found.__bases__[0]
    assert containers.DeclarativeContainer in found.__mro__
    assert set(found.providers) == set(PROVIDERS)
    assert names(found.vocabulary.provides) == ["path"]
    assert found.vocabulary.kwargs["path"].get_name() == "config.vocab.path"
    assert found.tokenizer.args == (base.vocabulary,)
    assert isinstance(found.vocabulary.kwargs["size"], providers.Object)
    assert unknown_of(found.net.provides) == ("nowhere.nn.Module was not read",)
    assert unknown_of(found.text.provides) == ("text.Vocabulary was not read",)
    assert found.name.provides == "text.Vocabulary"
    assert "text" not in sys.modules
    assert unknown_of(found) == (
        "the provider 'model' of Wiring is what build() gives",
        "the provider 'mine' of Wiring is what Mine(...) gives",
        "the provider 'switch' of Wiring is what providers.Selector(...) gives",
    )
