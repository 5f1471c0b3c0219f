"""The code that a file may name: patterns, held against what is written and what is found."""

import os
import pickle
from pathlib import Path

import pytest

from predictor_kit import ProblemsError, check, load_predictor, load_specs

MODULE = """\
import logging, os
from decimal import Decimal
from functools import partial, wraps

from my_pkg.other import Other


class Vocabulary:
    @classmethod
    def load(cls): return cls()


def wrapped():
    @wraps(Vocabulary.load)
    def made(): return 1
    return made


decorated = wrapped()
run = os.system
half = partial(os.system, "true")
sizes = []
nameless = type("Nameless", (), {"__module__": None})
"""
PREDICTOR = """\
from os import system


class PythonPredictor:
    def __init__(self): ...

    def predict(self): ...


class Container: ...
"""
BOTH_FORMS = pytest.mark.parametrize("static", [False, True])
ALLOW = ["my_pkg.*", "predictor.py"]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory, with a package and a predictor."""
    monkeypatch.chdir(tmp_path)
    Path("my_pkg").mkdir()
    Path("my_pkg/__init__.py").write_text("raise_me = 1\n")
    Path("my_pkg/text.py").write_text(MODULE)
    Path("my_pkg/other.py").write_text("class Other: ...\n")
    Path("predictor.py").write_text(PREDICTOR)


def told(
    written: str,
    *allow: str,
    static: bool = False,
    path: str = "predictor.py",
    more: str = "",
    python_path: str | None = None,
) -> list[str]:
    """What a check says of a provider of this class, after the specs went through a pickle."""
    Path("cortex.yaml").write_text(
        "- name: iris\n  kind: RealtimeAPI\n"
        f"  predictor: {{type: python, path: '{path}'{_key('python_path', python_path)}}}\n{more}"
        f"  providers: {{x: {{class: '{written}'}}}}\n"
    )
    spec = pickle.loads(pickle.dumps(load_specs("cortex.yaml", allow=allow)["iris"]))
    assert spec.allow == allow
    return [problem.message for problem in check(spec, static=static)]


def _key(name: str, value: str | None) -> str:
    return f", {name}: '{value}'" if value else ""


@BOTH_FORMS
@pytest.mark.parametrize(
    "written",
    [
        "my_pkg.text:Vocabulary",
        "my_pkg.text:Vocabulary.load",
        "my_pkg.text:Other",
        "my_pkg.text:decorated",
        "predictor.py:PythonPredictor",
        "null",
        "in-memory",
    ],
)
def test_what_is_allowed(written: str, static: bool) -> None:
    """Code that a pattern names, also imported from within it, and each short name."""
    assert told(written, *ALLOW, static=static) == []


@BOTH_FORMS
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("logging:os.system", "'logging:os.system' is not on the allow-list"),
        ("builtins:eval", "'builtins:eval' is not on the allow-list"),
        ("my_pkgs:A", "'my_pkgs:A' is not on the allow-list"),
        ("my_pkg/text.py:Vocabulary", "'my_pkg/text.py:Vocabulary' is not on the allow-list"),
        ("my_pkg.text:run", "'my_pkg.text:run' is posix.system, which is not on the allow-list"),
        ("my_pkg.text:half", "'my_pkg.text:half' is posix.system, which is not on the allow-list"),
        ("my_pkg.text:os.system", "'my_pkg.text:os.system' is posix.system, which is not on the allow-list"),
        ("my_pkg.text:Decimal", "'my_pkg.text:Decimal' is decimal.Decimal, which is not on the allow-list"),
        (
            "my_pkg.text:sizes.append",
            "'my_pkg.text:sizes.append' is builtins.list.append, which is not on the allow-list",
        ),
        ("predictor.py:system", "'predictor.py:system' is posix.system, which is not on the allow-list"),
    ],
)
def test_what_is_refused(written: str, said: str, static: bool) -> None:
    """What is not allowed as written, and what stands under an allowed name but is something else."""
    assert told(written, *ALLOW, static=static) == [said]


@BOTH_FORMS
def test_a_module_on_the_way(static: bool) -> None:
    """Each module that the name goes through is held to the list as well."""
    said = "'my_pkg.text:logging.os.getcwd' is logging.os.getcwd, which is not on the allow-list"
    assert told("my_pkg.text:logging.os.getcwd", *ALLOW, "posix.*", "os.*", static=static) == [said]
    assert told("my_pkg.text:logging.os.getcwd", *ALLOW, "posix.*", "os.*", "logging.*", static=static) == []


def test_what_tells_no_name() -> None:
    """An object that does not say what it is cannot be found on a list."""
    said = "'my_pkg.text:nameless' leads to what tells no name, and the allow-list has only names"
    assert told("my_pkg.text:nameless", *ALLOW) == [said]


@BOTH_FORMS
def test_the_container_and_the_predictor(static: bool) -> None:
    """The list holds for every key that names code; in its default place, too."""
    assert told("null", "my_pkg.*", static=static) == [
        "'predictor.py:PythonPredictor' is not on the allow-list"
    ]
    more = "  container: predictor.py:Container\n"
    assert told("null", "predictor.py:PythonPredictor", static=static, more=more) == [
        "'predictor.py:Container' is not on the allow-list"
    ]
    assert told("null", "predictor:PythonPredictor", static=static, path="predictor:PythonPredictor") == []


@BOTH_FORMS
@pytest.mark.parametrize(
    ("path", "pattern", "allowed"),
    [
        ("predictor.py", "predictor.py", True),
        ("predictor.py", "predictor.py:*", True),
        ("predictor.py", "predictor.py:PythonPredictor", True),
        ("./predictor.py", "predictor.py", True),
        ("predictor.py", "*.py", True),
        ("predictor.py", "predictor.py:Other", False),
        ("my_pkg/../predictor.py", "my_pkg/*.py", False),
        ("predictor.py", "my_pkg/*.py", False),
    ],
)
def test_patterns_of_files(path: str, pattern: str, allowed: bool, static: bool) -> None:
    """A file is named as written, without detours; a pattern of a file alone is all in it."""
    assert (told("null", pattern, static=static, path=path) == []) == allowed


@BOTH_FORMS
def test_a_dotted_pattern_names_no_file_below(static: bool) -> None:
    """What a pattern without a slash stands for has none either."""
    Path("my_pkg.d").mkdir()
    Path("my_pkg.d/x.py").write_text("class X: ...\n")
    said = ["'my_pkg.d/x.py:X' is not on the allow-list"]
    assert told("my_pkg.d/x.py:X", *ALLOW, "*", static=static) == said
    assert told("my_pkg.d/x.py:X", *ALLOW, "my_pkg.d/*", static=static) == []


@BOTH_FORMS
def test_the_folder_to_import_from(static: bool) -> None:
    """The file cannot put another module under an allowed name: its ``python_path`` is held to the list."""
    Path("evil/my_pkg").mkdir(parents=True)
    Path("evil/my_pkg/text.py").write_text("import os\nos.environ['EVIL'] = '1'\nclass Vocabulary: ...\n")
    for python_path in ("evil", "my_pkg/../evil", "./evil/"):
        found = told("my_pkg.text:Vocabulary", *ALLOW, "*", python_path=python_path, static=static)
        assert found == [f"the folder {python_path!r} is not on the allow-list"]
    assert "EVIL" not in os.environ
    allowed = told("my_pkg.text:Vocabulary", *ALLOW, "my_pkg/", python_path="my_pkg", static=static)
    assert "the folder" not in str(allowed)
    (problem,) = check(load_specs("cortex.yaml", allow=["predictor.py"])["iris"], static=static)
    assert str(problem).startswith("cortex.yaml:3:64: predictor.python_path: the folder 'my_pkg'")
    assert problem.notes == (
        "allowed: predictor.py",
        "a folder is put on it with a slash at its end, as 'src/'",
    )


@BOTH_FORMS
@pytest.mark.parametrize("allow", [["predictor.py", "evil/"], None])
def test_a_short_name_is_never_a_neighbour(
    static: bool, allow: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of the project cannot stand in for the package that registered the name."""
    monkeypatch.delenv("EVIL", raising=False)
    Path("evil/predictor_kit/metrics").mkdir(parents=True)
    Path("evil/predictor_kit/__init__.py").write_text("")
    Path("evil/predictor_kit/metrics/__init__.py").write_text(
        "import os\nos.environ['EVIL'] = '1'\nclass NullMetrics:\n    def __init__(self, taken): ...\n"
    )
    assert told("null", *ALLOW, "evil/", python_path="evil", static=static) == []
    assert check(load_specs("cortex.yaml", allow=allow)["iris"], static=static) == []
    assert "EVIL" not in os.environ


@BOTH_FORMS
def test_a_file_that_imports_its_neighbour(static: bool) -> None:
    """A class of another file is held to the list by that file, or by its module."""
    Path("more.py").write_text("from my_pkg.other import Other\n")
    assert told("more.py:Other", "predictor.py", "more.py", "my_pkg/*.py", static=static) == []
    assert told("more.py:Other", "predictor.py", "more.py", "my_pkg.other.*", static=static) == []
    assert told("more.py:Other", "predictor.py", "more.py", static=static) == [
        "'more.py:Other' is my_pkg.other.Other, which is not on the allow-list"
    ]


def test_an_empty_list_allows_short_names_only() -> None:
    """Without a pattern no code of anybody's own may be named; the note says so."""
    assert told("null") == ["'predictor.py:PythonPredictor' is not on the allow-list"]
    (problem,) = check(load_specs("cortex.yaml", allow=[])["iris"])
    assert str(problem).splitlines()[1:] == [
        "  3 |   predictor: {type: python, path: 'predictor.py'}",
        "    |                                   ^^^^^^^^^^^^^^",
        "  allowed: nothing",
    ]


def test_a_nested_name_that_nobody_reads() -> None:
    """Where nothing is imported, what is refused as written is no thing that is merely not known."""
    Path("my_pkg/lazy.py").write_text("import torch\nModule = torch.nn.Module\n")
    assert told("my_pkg.lazy:Module.Inner", *ALLOW, static=True) == []
    said = ["'my_pkg.lazy:Module.Inner' is not on the allow-list"]
    assert told("my_pkg.lazy:Module.Inner", "predictor.py", static=True) == said


def test_what_is_refused_is_not_imported() -> None:
    """A module whose name is not allowed does not run."""
    Path("evil.py").write_text("import os\nos.environ['EVIL'] = '1'\n")
    assert told("evil:A", *ALLOW) == ["'evil:A' is not on the allow-list"]
    assert "EVIL" not in os.environ


def test_loading_holds_to_the_list() -> None:
    """What a check refuses is not loaded, also from a copy of the spec in another folder."""
    told("my_pkg.text:run", *ALLOW)
    spec = load_specs("cortex.yaml", allow=ALLOW)["iris"]
    for one in (spec, spec.in_directory(Path.cwd()), spec.model_copy()):
        with pytest.raises(ProblemsError, match=r"is posix\.system, which is not on the allow-list"):
            load_predictor(one)


def test_without_a_list_all_is_allowed() -> None:
    """The list is the caller's to give."""
    assert told("my_pkg.text:Decimal", "*") == []
    spec = load_specs("cortex.yaml")["iris"]
    assert spec.allow is None
    assert check(spec) == []


def test_what_the_environment_names_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal does not tell a name that came from a variable."""
    monkeypatch.setenv("SECRET", "hunter2")
    assert told("${env:SECRET}:A", *ALLOW) == [
        "what it names cannot be used (the value of environment variable SECRET, not shown)"
    ]


def test_a_single_text_is_no_list() -> None:
    """Its letters would be the patterns."""
    Path("cortex.yaml").write_text("[]")
    with pytest.raises(TypeError, match=r"allow takes several texts: write \[...\] around the one"):
        load_specs("cortex.yaml", allow="my_pkg.*")


def test_what_was_not_read() -> None:
    """Of a class from a module that is not here the static check can hold only the written name."""
    Path("my_pkg/text.py").write_text("from nowhere import Thing\n")
    assert told("my_pkg.text:Thing", *ALLOW, static=True) == []
    assert told("my_pkg.text:Thing", "predictor.py", static=True) == [
        "'my_pkg.text:Thing' is not on the allow-list"
    ]
