"""What keeps a project's file or reference from being loaded, and how it reads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from predictor_kit.errors import Problem, ProblemsError
from predictor_kit.objects import Project, find

STATIC = "  to check the configuration file without importing anything: predictor-kit check --static"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own, so that paths read as they do for a user."""
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    """Write Python files of these names (without ``.py``)."""
    for name, source in files.items():
        file = Path(f"{name}.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)


def problem(where: str, name: str = "PythonPredictor") -> Problem:
    """The one problem that keeps the class ``name`` from being found."""
    with pytest.raises(ProblemsError) as raised:
        Project().find_class(where, name)
    (one,) = raised.value.problems
    return one


def text(where: str, name: str = "PythonPredictor") -> list[str]:
    """The lines of the problem that keeps the class ``name`` from being found."""
    return str(problem(where, name)).splitlines()


def found(reference: str) -> list[str]:
    """The lines of the problem with ``reference``."""
    with pytest.raises(ProblemsError) as raised:
        find(reference)
    return str(raised.value).splitlines()


def test_a_missing_file() -> None:
    """The nearest name is given, and what there is."""
    write(predictor="", other="")
    assert text("predicter.py") == [
        "there is no file predicter.py (did you mean 'predictor.py'?)",
        "  Python files there: other.py, predictor.py",
    ]
    assert text("src/predictor.py") == ["there is no file src/predictor.py, nor a folder src"]
    Path("empty").mkdir()
    assert text("empty/predictor.py") == ["there is no file empty/predictor.py"]


def test_what_is_no_python_file() -> None:
    """Folders, pipes and pickled predictors are named as what they are."""
    Path("folder.py").mkdir()
    write(**{"folder.py/predictor": ""})
    os.mkfifo("pipe.py")
    assert text("folder.py") == [
        "folder.py is a folder, and a Python file is wanted",
        "  Python files there: predictor.py",
    ]
    assert text("pipe.py") == ["pipe.py is no ordinary file"]
    assert text("predictor.pickle") == [
        "predictor.pickle is a pickled predictor, and only Python files are loaded",
        "  write a Python file whose class loads what was pickled",
    ]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that even root cannot read")
def test_an_unreadable_file() -> None:
    """A file that cannot be read is a problem with the system's own words."""
    Path("predictor.py").symlink_to("/proc/self/mem")
    assert text("predictor.py") == ["predictor.py cannot be read: Input/output error"]


def test_a_syntax_error() -> None:
    """A syntax error is shown in its own file, also in a neighbour's, with the import that led there."""
    write(predictor="import words\n", words="class Word:\n    def split(self:\n        pass\n")
    expected = [
        "words.py:2:14: syntax error: '(' was never closed",
        "  2 |     def split(self:",
        "    |              ^",
    ]
    assert text("words.py") == expected
    assert text("predictor.py") == [*expected, "  predictor.py:1: import words"]
    write(wide="x = 1 +\ny = not a name\n")
    assert text("wide.py")[0] == "wide.py:1:8: syntax error: invalid syntax"
    write(wide="f(one two)\n")
    assert text("wide.py")[-1] == "    |   ^^^^^^^"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = 1\ny = '\xff'\n", "predictor.py:2: syntax error: byte 0xff is not UTF-8 text"),
        (b"\xff\n", "predictor.py:1: syntax error: byte 0xff is not UTF-8 text"),
        (b"# coding: nope\n", "predictor.py:1: syntax error: unknown encoding: nope"),
        (b"x = 1\n\0", "predictor.py:2: syntax error: a null byte: this is not text"),
        (
            b"# coding: ascii\n# \xc3\xa9",
            "predictor.py:1: syntax error: 'ascii' codec can't decode byte 0xc3",
        ),
    ],
)
def test_what_is_no_text(content: bytes, said: str) -> None:
    """Bytes that are no text in the file's encoding are a problem with their line."""
    Path("predictor.py").write_bytes(content)
    (line,) = text("predictor.py")
    assert line.startswith(said)


def test_other_encodings_and_line_ends() -> None:
    """A file is read as Python reads it: with its declared encoding, a mark at its start, any line ends."""
    Path("latin.py").write_bytes(b"# coding: latin-1\r\nclass PythonPredictor: x = '\xe9'\r\n")
    Path("mark.py").write_bytes(b"\xef\xbb\xbfclass PythonPredictor: x = '\xc3\xa9'")
    for file in ("latin.py", "mark.py"):
        assert Project().find_class(file, "PythonPredictor").x == "\u00e9"  # type: ignore[attr-defined] # see above


def test_a_syntax_error_of_code_without_a_file() -> None:
    """A syntax error in a text that a file executes is an exception like any other."""
    write(predictor="exec('1 +')\n")
    assert text("predictor.py")[0] == "importing predictor.py failed: SyntaxError: invalid syntax"


def test_a_missing_package() -> None:
    """What is not installed is named, where it is imported, and how to install it."""
    write(predictor="import words\n", words="\nimport absent_package.part\n")
    assert text("predictor.py") == [
        "words.py imports 'absent_package', which is not installed",
        "  predictor.py:1: import words",
        "  words.py:2: import absent_package.part",
        "  to install it: pip install absent_package",
        STATIC,
    ]
    Path("requirements.txt").touch()
    write(predictor="import cv2")
    assert text("predictor.py")[-3:] == [
        "  to install it: pip install opencv-python",
        "  to install all that the project asks for: pip install -r requirements.txt",
        STATIC,
    ]


def test_a_misspelt_import() -> None:
    """The nearest neighbour and the nearest installed module are given, and those of a package."""
    write(predictor="import preprocesing", preprocessing="", **{"text/__init__": "", "text/words": ""})
    assert text("predictor.py")[0] == (
        "predictor.py imports 'preprocesing', which is not installed (did you mean 'preprocessing'?)"
    )
    write(predictor="import text.wrods")
    assert text("predictor.py") == [
        "predictor.py imports 'text.wrods', and 'text' has no such module (did you mean 'words'?)",
        "  predictor.py:1: import text.wrods",
    ]
    write(predictor="import pydantik")
    assert text("predictor.py")[0].endswith("not installed (did you mean 'pydantic'?)")
    write(predictor="import preprocessing.words")
    assert text("predictor.py")[0] == (
        "predictor.py imports 'preprocessing.words', and 'preprocessing' has no such module"
    )


def test_an_exception_while_importing() -> None:
    """Its type, its words and the way to it in the user's own files; it stays the cause."""
    source = "import words\nimport json\n\ndef read():\n    return json.loads('')\n"
    write(predictor=f"{source}\nread()\n", words="")
    said = "Expecting value: line 1 column 1 (char 0)"
    assert text("predictor.py") == [
        f"importing predictor.py failed: json.decoder.JSONDecodeError: {said}",
        "  predictor.py:7: read()",
        "  predictor.py:5: return json.loads('')",
    ]
    with pytest.raises(ProblemsError) as raised:
        Project().load("predictor.py")
    assert isinstance(raised.value.__cause__, ValueError)


def test_an_exception_of_the_project_itself() -> None:
    """A class of a neighbour has the name that its file gives it; one line of its words is shown."""
    write(
        predictor="import words\nraise words.OwnError('one\\ntwo')", words="class OwnError(Exception): pass"
    )
    assert text("predictor.py")[0] == "importing predictor.py failed: words.OwnError: one"
    write(predictor="from words import Absent")
    told = text("predictor.py")
    assert told[0].startswith(
        "importing predictor.py failed: ImportError: cannot import name 'Absent' from 'words' ("
    )
    assert told[1:] == ["  predictor.py:1: from words import Absent", STATIC]


def test_a_deep_exception() -> None:
    """Of a long way only the last steps are shown."""
    write(predictor="def down(n):\n    return down(n - 1) if n else 1 / 0\ndown(50)")
    assert text("predictor.py")[1:] == ["  predictor.py:2: return down(n - 1) if n else 1 / 0"] * 4


def test_a_file_that_exits() -> None:
    """A file that ends the program is a problem like any other exception."""
    write(predictor="import sys\nsys.exit(3)")
    assert text("predictor.py") == [
        "importing predictor.py failed: SystemExit: 3",
        "  predictor.py:2: sys.exit(3)",
    ]


def test_an_interrupt_is_no_problem() -> None:
    """Ctrl-C during an import is what it is."""
    write(predictor="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Project().load("predictor.py")


def test_problems_found_while_importing_come_through() -> None:
    """What a file itself finds wrong with predictor_kit is shown as it is."""
    write(predictor="from predictor_kit.objects import find\nfind('nothing')")
    assert text("predictor.py")[0].startswith("'nothing' names no object")


def test_an_installed_module_that_fails(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an exception outside of the user's files the last place is shown."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "failing_package.py").write_text("\n1 / 0")
    monkeypatch.syspath_prepend(folder)
    assert found("failing_package:Name") == [
        "importing module 'failing_package' failed: ZeroDivisionError: division by zero",
        f"  {folder / 'failing_package.py'}:2: 1 / 0",
    ]
    assert "failing_package" not in sys.modules


def test_an_absent_class() -> None:
    """The nearest name is given, and what classes and functions there are."""
    classes = "class Vocabulary: pass\nclass Tokenizer:\n    class Inner: pass\n"
    write(text=f"import json\n{classes}_private = print\nX = 1")
    assert found("text:Tokeniser") == [
        "module 'text' has no class 'Tokeniser' (did you mean 'Tokenizer'?)",
        "  it has: Vocabulary, Tokenizer",
    ]
    assert found("text.py:split") == ["text.py has no function 'split'", "  it has: Vocabulary, Tokenizer"]
    assert found("text:Tokenizer.Iner") == [
        "'Tokenizer' in module 'text' has no class 'Iner' (did you mean 'Inner'?)",
        "  it has: Inner",
    ]
    assert found("text:X.Y") == ["'X' in module 'text' has no class 'Y'", "  it has no class or function"]


def test_a_module_that_passes_on_names() -> None:
    """Where a module has only what it imported, that is what it has."""
    write(**{"package/__init__": "from package.words import Word", "package/words": "class Word: pass"})
    assert found("package:Wort") == [
        "module 'package' has no class 'Wort' (did you mean 'Word'?)",
        "  it has: Word",
    ]


def test_what_is_no_class() -> None:
    """A name that means something else is told what it means."""
    write(text="import json\nX = 1\ndef split(): pass")
    assert found("text:X") == ["'X' in module 'text' is an object of type 'int', not a class or function"]
    assert found("text:json") == [
        "'json' in module 'text' is a module, not a class or function",
        "  it has: dump, dumps, detect_encoding, load, loads",
    ]
    assert text("text.py", "split") == ["'split' in text.py is a function, not a class"]


def test_a_class_of_another_of_cortex_names() -> None:
    """A file with the class of another type says which type that is."""
    write(predictor="class TensorFlowPredictor: pass\nclass Other: pass", task="class Task: pass")
    assert text("predictor.py") == [
        "predictor.py has no class 'PythonPredictor'",
        "  it has: TensorFlowPredictor, Other",
        "  TensorFlowPredictor is the class for `type: tensorflow`",
        "  to have a class of another name, write `path: predictor.py:Other`",
    ]
    assert text("task.py")[2:] == ["  Task is the class for `kind: TaskAPI`"]
    assert text("predictor.py", "Iris") == [
        "predictor.py has no class 'Iris'",
        "  it has: TensorFlowPredictor, Other",
    ]


def test_classes_of_other_names() -> None:
    """A file with classes of other names says how to take one of them; an empty one that it has none."""
    write(one="class Iris: pass\ndef split(): pass", two="class Iris: pass\nclass Wine: pass", none="")
    assert text("one.py")[-1] == "  to have a class of another name, write `path: one.py:Iris`"
    assert text("two.py")[1:] == [
        "  it has: Iris, Wine",
        "  to have a class of another name, write `path: two.py:NAME`",
    ]
    assert text("none.py") == ["none.py has no class 'PythonPredictor'", "  it has no class or function"]


def test_two_classes_of_the_same_name() -> None:
    """Of two classes of one name a file has the last, as Python has it."""
    write(predictor="class PythonPredictor: x = 1\nclass PythonPredictor: x = 2")
    assert Project().find_class("predictor.py", "PythonPredictor").x == 2  # type: ignore[attr-defined] # see above


def test_an_absent_module() -> None:
    """The nearest neighbour or installed module is given."""
    write(preprocessing="", **{"text/words": ""})
    assert found("preprocesing:Scaler") == [
        "there is no module 'preprocesing' (did you mean 'preprocessing'?)"
    ]
    assert found("text.wrods:Word") == ["'text' has no module 'wrods' (did you mean 'words'?)"]
    assert found("preprocessing.words:Word") == ["'preprocessing' has no module 'words'"]
    assert found("pydantik:BaseModel") == ["there is no module 'pydantik' (did you mean 'pydantic'?)"]


@pytest.mark.parametrize(
    "reference", ["Tokenizer", "", ":", "text:", ":Name", "a:b:c", "a b:C", "text:1", "a-b:C", "../text:C"]
)
def test_a_malformed_reference(reference: str) -> None:
    """What is neither form is told both."""
    assert found(reference) == [
        f"{reference!r} names no object: write 'package.module:Name' or 'file.py:Name'"
    ]


def test_a_reference_with_a_dot_for_the_colon() -> None:
    """The commonest mistake gets the right form."""
    assert found("my_package.text.Tokenizer")[0].endswith("(did you mean 'my_package.text:Tokenizer'?)")
