"""Python files of a project: loaded apart from all others, found by reference."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import py_compile
import subprocess
import sys
import textwrap
import threading
import typing
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.errors import ProblemsError
from predictor_kit.objects import Project, environment, find


def write(folder: Path, **files: str) -> Path:
    """Make ``folder`` with Python files of these names (without ``.py``)."""
    for name, source in files.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source))
    return folder


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """No test leaves anything on ``sys.path``, in the environment, or in ``sys.modules`` by a bare name."""
    path, environ, modules = list(sys.path), dict(os.environ), set(sys.modules)
    yield
    assert sys.path == path
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**environ, "PYTEST_CURRENT_TEST": ""}
    neighbours = {"preprocessing", "words", "text", "model", "sub", "predictor"}
    assert not neighbours & (sys.modules.keys() - modules)


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on ``sys.path``, the modules of which are forgotten afterwards."""
    before = set(sys.modules)
    with monkeypatch.context() as patched:
        patched.syspath_prepend(tmp_path)
        yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def project(folder: Path, **files: str) -> Project:
    """A project of these files."""
    return Project(write(folder, **files))


def test_a_class_is_found_in_its_file(tmp_path: Path) -> None:
    """The class of a file is found by its name; the module has the name of the file at its end."""
    iris = project(tmp_path / "iris", predictor="class PythonPredictor:\n    x = __name__")
    found = iris.find_class("predictor.py", "PythonPredictor")
    assert found.__name__ == "PythonPredictor"
    assert found.__module__ == found.x  # type: ignore[attr-defined] # defined in the file
    assert found.__module__.startswith("iris_")
    assert found.__module__.endswith(".predictor")
    assert iris.find("predictor.py:PythonPredictor") is iris.find("predictor:PythonPredictor") is found


def test_references_reach_into_classes_and_packages(tmp_path: Path) -> None:
    """A name can be dotted, a module in a package, and what is installed is found like a neighbour."""
    files = {"text/words": "class Outer:\n    class Inner: pass\ndef split(text): return text.split()"}
    found = project(tmp_path, **files)
    assert found.find("text.words:Outer.Inner").__qualname__ == "Outer.Inner"
    assert found.find("text/words.py:split")("a b") == ["a", "b"]
    assert found.find("json:loads") is json.loads
    assert found.find("os.path:join") is os.path.join


NEIGHBOURS = {
    "predictor": """
        import words
        import text.words
        import text.more.numbers as numbers, json
        import words as w, text as t
        from words import WHO as who
        from text.words import *
        from text import words as inner
        try:
            import absent
        except ImportError:
            import words as absent
        class PythonPredictor:
            import words as own
            def predict(self):
                with open(__file__):
                    for _ in "1":
                        import late
                        match late.WHO:
                            case who:
                                from late import WHO
                return [words.WHO, text.words.WHO, numbers.WHO, w.WHO, t.words.WHO, who, WHO, inner.WHO,
                        absent.WHO, self.own.WHO, late.WHO, json.dumps(1)]
        """,
    "words": "WHO = {0!r}",
    "late": "WHO = {0!r}",
    "text/__init__": "",
    "text/words": "from . import more\nimport words\nWHO = words.WHO",
    "text/more/numbers": "from text import words\nWHO = {0!r}",
}


def test_files_of_the_same_names_do_not_meet(tmp_path: Path) -> None:
    """Each project gets its own neighbours, by every form of import, also when it runs only later."""
    loaded = {}
    for who in ("one", "two"):
        files = {
            name: source.format(who) if "{0" in source else source for name, source in NEIGHBOURS.items()
        }
        loaded[who] = project(tmp_path / who, **files).find_class("predictor.py", "PythonPredictor")
    for who, cls in loaded.items():
        assert cls().predict() == [*[who] * 11, "1"]


@pytest.mark.parametrize("name", ["model", "statistics", "yaml", "predictor_kit"])
def test_a_neighbour_comes_before_others_of_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A neighbour comes before modules of the host, of Python and of what is installed, and hides none."""
    monkeypatch.setitem(sys.modules, "model", ModuleType("model"))
    source = f"import {name}, statistics as other\ndef who(): return {name}.WHO"
    assert (
        project(tmp_path, predictor=source, **{name: "WHO = 'neighbour'"}).find("predictor.py:who")()
        == "neighbour"
    )
    assert not hasattr(importlib.import_module(name), "WHO")


def test_what_python_itself_needs_is_never_hidden(tmp_path: Path) -> None:
    """A file named as a built-in module is not imported for it, but can be loaded."""
    files = {"predictor": "from __future__ import annotations\nimport time, os\ndef who(): return time, os"}
    one = project(tmp_path, **files, time="def now(): return 'mine'", os="", __future__="")
    assert one.find("predictor.py:who")() == (importlib.import_module("time"), os)
    assert one.find("time.py:now")() == "mine"


def test_a_folder_of_data_hides_no_module(tmp_path: Path) -> None:
    """A folder without ``__init__.py`` is a package only where nothing else has its name."""
    source = "import yaml, data\nimport data.numbers\ndef who(): return yaml.__file__, data.numbers.ONE"
    one = project(tmp_path, predictor=source, **{"yaml/loader": ""}, **{"data/numbers": "ONE = 1"})
    file, number = one.find("predictor.py:who")()
    assert tmp_path not in Path(file).parents
    assert number == 1


def test_a_file_in_a_folder_finds_its_neighbours(tmp_path: Path) -> None:
    """A file deeper down finds those beside it, after those of the project, package or not."""
    source = "import beside, above\ndef who(): return beside.WHO, above.WHO"
    beside = "import further\nWHO = further.WHO"
    for name in ("loose", "my-models", "v1.2"):
        folder = write(tmp_path / name, predictor=source, beside=beside, further=f"WHO = {name!r}", above="")
        one = project(tmp_path, above="WHO = 'above'")
        assert one.find(f"{folder.name}/predictor.py:who")() == (name, "above")
    regular = {"regular/__init__": "", "regular/predictor": "import beside\ndef who(): return beside.WHO"}
    one = project(
        tmp_path, **regular, **{"regular/beside": "import json\nWHO = json.dumps(1)"}, **{"regular/json": ""}
    )
    assert one.find("regular/predictor.py:who")() == "1"


def test_python_path(tmp_path: Path) -> None:
    """Modules come from ``python_path``, then from the file's folder; a file has one module by all names."""
    files = {
        "predictor": "import words, beside\nfrom words import Word\ndef who(): return words.WHO, beside.WHO"
    }
    write(
        tmp_path, **files, words="", beside="WHO = 'beside'", **{"src/words": "WHO = 'src'\nclass Word: pass"}
    )
    one = Project(tmp_path, "src")
    assert one.find("predictor.py:who")() == ("src", "beside")
    assert one.find("src/words.py:Word") is one.find("words:Word") is one.load("predictor.py").Word
    assert one.find("beside:__doc__.__class__") is type(None)


def test_python_path_that_is_not_there(tmp_path: Path) -> None:
    """A ``python_path`` that is no folder is a problem."""
    with pytest.raises(ProblemsError, match="python_path: there is no folder 'src'"):
        Project(tmp_path, "src")


def test_files_whose_names_are_no_module_names(
    on_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file can have any name and ending, and nothing else is imported for it."""
    write(on_path, my="raise SystemExit")
    tmp_path = tmp_path_factory.mktemp("tasks")
    write(tmp_path, **{"my-task": "WHO = 1", "my.task": "WHO = 2"})
    (tmp_path / "task").write_text("class Task: pass")
    (tmp_path / "task.txt").write_text("class Task: pass")
    one = Project(tmp_path)
    assert (one.load("my-task.py").WHO, one.load("my.task.py").WHO) == (1, 2)
    assert one.find_class("task", "Task") is one.find_class("./task", "Task")
    assert one.find_class("task", "Task") is not one.find_class("task.txt", "Task")


def test_a_module_runs_once(tmp_path: Path) -> None:
    """Files, neighbours and later projects of the same folder share a module."""
    files = {
        "predictor": "import words\nfrom words import Word\nclass PythonPredictor: pass",
        "words": "import builtins\nclass Word: pass\ndef split(): return Word",
    }
    one = project(tmp_path, **files)
    assert one.find("words.py:split")() is one.find("words:Word") is one.load("predictor.py").Word
    assert Project(tmp_path).load("predictor.py") is one.load("predictor.py")
    assert find("words:Word", tmp_path) is one.find("words:Word")


def test_threads_share_a_module(tmp_path: Path) -> None:
    """Two threads that load a file at once get the same module, whole."""
    write(
        tmp_path, predictor="import words\nclass PythonPredictor: word = words.Word", words="class Word: pass"
    )
    barrier, found = threading.Barrier(4), []

    def load() -> None:
        barrier.wait()
        found.append(Project(tmp_path).find_class("predictor.py", "PythonPredictor").word)  # type: ignore[attr-defined] # see above

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_changed_file_runs_anew(tmp_path: Path) -> None:
    """Once a file has changed or gone, the next load runs all anew; what was made before goes on."""
    source = "import words\nclass PythonPredictor:\n    def predict(self): return words.WHO"
    old = project(tmp_path, predictor=source, words="WHO = 1").find_class("predictor.py", "PythonPredictor")
    new = project(tmp_path, words="WHO = 2").find_class("predictor.py", "PythonPredictor")
    assert (old().predict(), new().predict()) == (1, 2)
    assert type(pickle.loads(pickle.dumps(old()))) is old
    (tmp_path / "words.py").unlink()
    with pytest.raises(ProblemsError, match="imports 'words', which is not installed"):
        Project(tmp_path).load("predictor.py")


def test_a_mended_file_loads(tmp_path: Path) -> None:
    """A file that failed leaves nothing behind: mended, it loads."""
    one = project(tmp_path, predictor="import words\nword = words.Word", words="class Wort: pass")
    with pytest.raises(ProblemsError, match="has no attribute 'Word'"):
        one.load("predictor.py")
    assert project(tmp_path, words="class Word: pass").load("predictor.py").word.__name__ == "Word"


def test_a_new_file_is_seen_at_once(tmp_path: Path) -> None:
    """A file written after the folder was listed is found."""
    one = project(tmp_path, predictor="def who():\n    import words\n    return words.WHO")
    who = one.find("predictor.py:who")
    write(tmp_path, words="WHO = 1", more="def who(): return 2")
    assert one.find("more:who")() == 2
    assert who() == 1


SCALER = """
    import dataclasses, typing
    @dataclasses.dataclass
    class Scaler:
        by: "Number"
    class Number(float): pass
    """


def test_instances_can_be_pickled(tmp_path: Path) -> None:
    """An instance of a file's class, or of a neighbour's, can be pickled and loaded in the process."""
    one = project(
        tmp_path, predictor="import preprocessing\nclass PythonPredictor: pass", preprocessing=SCALER
    )
    predictor, scaler = one.find_class("predictor.py", "PythonPredictor"), one.find("preprocessing:Scaler")
    assert type(pickle.loads(pickle.dumps(predictor()))) is predictor
    assert pickle.loads(pickle.dumps(scaler(2))) == scaler(2)
    assert typing.get_type_hints(scaler)["by"] is one.find("preprocessing:Number")


def test_a_module_can_be_reloaded(tmp_path: Path) -> None:
    """``importlib.reload`` runs a project's module again, with its own neighbours."""
    module = project(tmp_path, predictor="import words\nWHO = words.WHO", words="WHO = 1").load(
        "predictor.py"
    )
    module.words.WHO = 2
    assert importlib.reload(module) is module
    assert module.WHO == 2


def test_pickles_of_another_process(tmp_path: Path) -> None:
    """What was pickled loads in another process that has made a project of the folder."""
    one = project(tmp_path / "iris", preprocessing=SCALER)
    (tmp_path / "scaler.pickle").write_bytes(pickle.dumps(one.find("preprocessing:Scaler")(3)))
    code = """
        import pickle, sys
        from predictor_kit.objects import Project
        Project(sys.argv[1])
        print(pickle.load(open(sys.argv[2], "rb")).by)
        """
    arguments = [str(tmp_path / "iris"), str(tmp_path / "scaler.pickle")]
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), *arguments]
    paths = os.pathsep.join(path for path in sys.path if path)
    env = {**os.environ, "PYTHONPATH": paths}
    assert subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout == "3\n"


def bare(reference: str) -> bytes:
    """A pickle of what ``reference`` names, as a script beside the module would have written it."""
    module, name = reference.split(":")
    return f"c{module}\n{name}\n.".encode()


LOADING = """
    import importlib, pickle
    def load(pickled): return pickle.loads(pickled)
    def slowly(pickled): return pickle._loads(pickled)
    def module(name): return importlib.import_module(name)
    """


def test_pickles_that_name_a_neighbour(tmp_path: Path) -> None:
    """A pickle with a bare module name gives the class of the project that loads it."""
    found = {}
    for who in ("one", "two"):
        files = {"predictor": LOADING, "preprocessing": SCALER, "text/__init__": "", "text/words": SCALER}
        found[who] = project(tmp_path / who, **files)
    for one in found.values():
        for module in ("preprocessing", "text.words"):
            for function in ("load", "slowly"):
                cls = one.find(f"predictor.py:{function}")(bare(f"{module}:Scaler"))
                assert cls is one.find(f"{module}:Scaler")
    with pytest.raises(ModuleNotFoundError, match="No module named 'preprocessing'"):
        pickle.loads(bare("preprocessing:Scaler"))
    with found["one"].active():
        assert pickle.loads(bare("preprocessing:Scaler")) is found["one"].find("preprocessing:Scaler")


def test_modules_imported_by_a_text(tmp_path: Path) -> None:
    """``importlib.import_module`` in a project gives its neighbour, for the project only."""
    files = {"predictor": LOADING, "preprocessing": SCALER, "text/words": SCALER, "text/__init__": ""}
    one = project(tmp_path, **files, wrong="1 / 0")
    load = one.find("predictor.py:module")
    module, package = load("preprocessing"), load("text.words")
    assert one.find("predictor.py:load")(bare("preprocessing:Scaler")) is one.find("preprocessing:Scaler")
    with pytest.raises(AttributeError, match="'preprocessing' is no module outside of its own project"):
        assert module.Scaler
    with one.active():
        assert module.Scaler is one.find("preprocessing:Scaler")
        assert package.Scaler is one.find("text.words:Scaler")
        for name in ("preprocessing.words", "text.absent", "absent", "json.absent"):
            with pytest.raises(ModuleNotFoundError):
                load(name)
        with pytest.raises(ZeroDivisionError):
            load("wrong")
    assert not {"preprocessing", "text", "text.words", "wrong"} & sys.modules.keys()


def test_a_module_of_the_host_that_comes_later(
    on_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was imported for a project by a text means to others what they would have imported."""
    one = project(tmp_path_factory.mktemp("one"), predictor=LOADING, words="WHO = 'project'")
    words = one.find("predictor.py:module")("words")
    write(on_path, words="WHO = 'host'")
    assert words.WHO == "host"
    assert importlib.import_module("words").WHO == "host"


def test_a_folder_of_data_is_no_module_to_others(tmp_path: Path) -> None:
    """A library that looks for an optional package does not find a folder of the project."""
    one = project(tmp_path, predictor=LOADING, **{"wandb/latest": ""})
    with one.active(), pytest.raises(ModuleNotFoundError, match="No module named 'wandb'"):
        importlib.import_module("wandb")


def test_what_python_can_import_is_shared(on_path: Path) -> None:
    """A file that Python imports from the same place is that module, so a test can patch it."""
    source = "import words, sub.numbers\nfrom sub import numbers\nclass PythonPredictor: word = words.Word"
    one = project(on_path, predictor=source, words="class Word: pass", **{"sub/numbers": "def one(): pass"})
    assert one.load("predictor.py") is importlib.import_module("predictor")
    assert one.find("words:Word") is importlib.import_module("words").Word
    assert one.find("sub/numbers.py:one") is importlib.import_module("sub.numbers").one
    other = project(on_path / "other", predictor=source, words="class Word: pass", **{"sub/numbers": ""})
    assert other.load("predictor.py") is not one.load("predictor.py")
    assert other.find("words:Word") is not one.find("words:Word")


def test_a_package_that_fails_under_its_own_name(on_path: Path) -> None:
    """Where Python fails to import a file by its name, the failure is the same for the project."""
    one = project(on_path, **{"sub/__init__": "1 / 0"}, **{"sub/predictor": ""}, other="import sub")
    for where in ("sub/predictor.py", "other.py"):
        with pytest.raises(ProblemsError, match="ZeroDivisionError: division by zero"):
            one.load(where)


def test_env_is_set_while_the_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``env`` is there at import and within ``active``, and what it hid is back afterwards."""
    monkeypatch.setenv("MODE", "host")
    write(tmp_path, predictor="import os\nMODE = os.environ['MODE']\ndef mode(): return os.environ['MODE']")
    one, two = Project(tmp_path, env={"MODE": "one"}), Project(tmp_path, env={"MODE": "two"})
    assert (one.load("predictor.py").MODE, two.load("predictor.py").MODE) == ("one", "two")
    assert Project(tmp_path, env={"MODE": "one"}).load("predictor.py") is one.load("predictor.py")
    with one.active():
        assert one.find("predictor.py:mode")() == "one"
    assert one.find("predictor.py:mode")() == "host"


def test_env_that_cannot_be_set(tmp_path: Path) -> None:
    """A variable that no environment can hold is a problem, one for each."""
    with pytest.raises(ProblemsError) as raised:
        Project(tmp_path, env={"A=B": "", "": "", "C": "\0", "D": "fine"})
    assert sorted(str(raised.value).splitlines()) == [
        "env: '' cannot be the name of an environment variable",
        "env: 'A=B' cannot be the name of an environment variable",
        "env: the value of 'C' has a null character in it",
    ]


def test_a_variable_that_was_not_set_is_unset_again() -> None:
    """What was not there before is not there afterwards; what the code set itself stays."""
    with environment({"PREDICTOR_KIT_A": "1", "PREDICTOR_KIT_B": "1", "PREDICTOR_KIT_C": "1"}):
        assert os.environ["PREDICTOR_KIT_A"] == "1"
        os.environ["PREDICTOR_KIT_B"] = "changed"
        del os.environ["PREDICTOR_KIT_C"]
    assert os.environ.pop("PREDICTOR_KIT_B") == "changed"
    assert not {"PREDICTOR_KIT_A", "PREDICTOR_KIT_C"} & os.environ.keys()


def test_an_environment_that_fails_half_way_is_undone() -> None:
    """Where one variable cannot be set, none stays set."""
    with (
        pytest.raises(ValueError, match="null"),
        environment({"PREDICTOR_KIT_A": "1", "PREDICTOR_KIT_B": "\0"}),
    ):
        pass
    assert "PREDICTOR_KIT_A" not in os.environ


@given(st.lists(st.integers(0, 3), max_size=20), st.booleans())
def test_environments_end_in_any_order(steps: list[int], is_set: bool) -> None:
    """Of the blocks that have not ended the one entered last decides, and at last all is as before."""
    name = "PREDICTOR_KIT_ORDER"
    before = {name: "before"} if is_set else {}
    with environment(before):
        blocks: dict[int, ExitStack] = {}
        for step in steps:
            if step in blocks:
                blocks.pop(step).close()
            else:
                blocks[step] = ExitStack()
                blocks[step].enter_context(environment({name: str(step)}))
            expected = str(list(blocks)[-1]) if blocks else before.get(name)
            assert os.environ.get(name) == expected
        for block in blocks.values():
            block.close()
        assert os.environ.get(name) == before.get(name)


def test_find_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is relative to the working directory then, and its neighbours are beside it."""
    files = {
        "deep/predictor": "import words\nclass PythonPredictor: word = words",
        "deep/words": "WHO = 'deep'",
    }
    write(tmp_path, **files, words="WHO = 'here'\nclass Word: pass")
    monkeypatch.chdir(tmp_path)
    assert find("deep/predictor.py:PythonPredictor").word.WHO == "deep"
    assert find("words:Word").__module__.endswith(".words")
    assert find("json:loads") is json.loads


def test_a_long_expression(tmp_path: Path) -> None:
    """An expression that Python can import can be loaded."""
    source = "x = " + "+".join(["1"] * 2000)
    assert project(tmp_path, predictor=source).load("predictor.py").x == 2000


def test_the_code_is_where_it_was_written(tmp_path: Path) -> None:
    """Lines stay what they were, also after imports that were redirected, and no bytecode is left."""
    one = project(tmp_path, predictor="import words, json; import words as w\n\ndef f(): pass", words="")
    function = one.find("predictor.py:f")
    assert (function.__code__.co_filename, function.__code__.co_firstlineno) == (
        str(tmp_path / "predictor.py"),
        3,
    )
    assert not list(tmp_path.rglob("*.pyc"))


def test_other_kinds_of_modules(tmp_path: Path) -> None:
    """Bytecode without source beside a file is a module as well, left to Python's own loader."""
    write(tmp_path, words="WHO = 'compiled'")
    py_compile.compile(str(tmp_path / "words.py"), str(tmp_path / "compiled.pyc"))
    one = project(tmp_path, predictor="import compiled\ndef who(): return compiled.WHO")
    assert one.find("predictor.py:who")() == "compiled"


def test_lookups_do_not_depend_on_the_module(tmp_path: Path) -> None:
    """A name that a module makes on demand is found; one whose making fails is a problem."""
    source = "def __getattr__(name):\n    if name == 'Made': return type(name, (), {})\n    return 1 / 0"
    one = project(tmp_path, lazy=source)
    assert one.find("lazy:Made").__name__ == "Made"
    with pytest.raises(ProblemsError, match="importing module 'lazy' failed: ZeroDivisionError"):
        one.find("lazy:Other")
