"""The ``${...}`` of a file, and text from the environment and from files."""

import copy
import json
import os
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.references import (
    ConfigReference,
    EnvReference,
    FileReference,
    Origin,
    OutsideText,
    ProviderReference,
    Reference,
    join,
    not_shown,
    origins_in,
    parse_template,
    plain,
    substitute,
    told,
)

SECRET = OutsideText("hunter2", [EnvReference("PASSWORD")], "${env:PASSWORD}")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("${env:HOME}", EnvReference("HOME")),
        ("${env:_a1}", EnvReference("_a1")),
        ("${env:HOME:-}", EnvReference("HOME", "")),
        ("${env:HOME:-/home/a b:-c}", EnvReference("HOME", "/home/a b:-c")),
        ("${env:HOME:-two\nlines}", EnvReference("HOME", "two\nlines")),
        ("${file:/run/secrets/name}", FileReference("/run/secrets/name")),
        ("${file:a b:-c}", FileReference("a b:-c")),
        ("${config.a}", ConfigReference(("a",))),
        ("${config.a-b.c.0}", ConfigReference(("a-b", "c", "0"))),
        ("${tokenizer}", ProviderReference("tokenizer")),
        ("${config}", ProviderReference("config")),
        ("${env}", ProviderReference("env")),
        ("${file}", ProviderReference("file")),
    ],
)
def test_a_reference(text: str, reference: Reference) -> None:
    """Each form is read, stands for the whole text, and is written as it was read."""
    template = parse_template(text)
    assert (template.parts, template.references) == ((reference,), (reference,))
    assert (template.whole, template.mistakes) == (reference, ())
    assert str(reference) == template.written == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain $text {a} $ }", ("plain $text {a} $ }",)),
        ("a ${b} c", ("a ", ProviderReference("b"), " c")),
        ("${a}${b}", (ProviderReference("a"), ProviderReference("b"))),
        ("$${a}", ("${a}",)),
        ("a$${b}c${d}", ("a${b}c", ProviderReference("d"))),
        ("$$${a}", ("$${a}",)),
        ("${a}}", (ProviderReference("a"), "}")),
        ("$${", ("${",)),
    ],
)
def test_text_and_references(text: str, parts: tuple[str | Reference, ...]) -> None:
    """A text is split at its references; ``$${`` is no reference but ``${``."""
    template = parse_template(text)
    assert (template.parts, template.whole, template.mistakes) == (parts, None, ())


LITERALLY = " (where these characters are meant, write ${})"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("${", "'${' is not closed: a '}' is missing" + LITERALLY.format("${")),
        ("x ${env:A y", "'${env:A y' is not closed: a '}' is missing" + LITERALLY.format("${env:A y")),
        ("${}", "'${}' refers to nothing" + LITERALLY.format("${}")),
        ("${ }", "'${ }' refers to nothing" + LITERALLY.format("${ }")),
        ("${env:}", "'${env:}' is not read: write ${env:NAME} or ${env:NAME:-default}"),
        ("${env:A-b}", "'${env:A-b}' is not read: write ${env:A} or ${env:A:-default}"),
        ("${env:A:b}", "'${env:A:b}' is not read: write ${env:A} or ${env:A:-default}"),
        ("${file:}", "'${file:}' is not read: write ${file:path}"),
        ("${file: a}", "'${file: a}' is not read: write ${file:path}"),
        (
            "${config.}",
            "'${config.}' is not read: write ${config.key}, or ${config.key.key} for what is in it",
        ),
        (
            "${config:a}",
            "'${config:a}' is not read: write ${config.key}, or ${config.key.key} for what is in it",
        ),
        (
            "${envv:A}",
            "'${envv:A}': there is no reference of the kind 'envv' (did you mean 'env'?)"
            + LITERALLY.format("${envv:A}"),
        ),
        (
            "${a.b}",
            "'${a.b}': 'a.b' is no name of a provider, nor is it config.key" + LITERALLY.format("${a.b}"),
        ),
        ("${env:A:-${env:B}}", "'${env:A:-${env:B}': a reference cannot hold another one"),
    ],
)
def test_a_malformed_reference(text: str, mistake: str) -> None:
    """What cannot be read is told with the way to write it, and is no part of the template."""
    template = parse_template(text)
    assert (template.mistakes, template.references, template.whole) == ((mistake,), (), None)


def test_all_mistakes_are_told() -> None:
    """Reading goes on after a mistake; what is left is not taken for a whole reference."""
    template = parse_template("${}${a}${b.c}")
    assert (template.parts, template.whole) == ((ProviderReference("a"),), None)
    assert len(template.mistakes) == 2


@pytest.mark.parametrize("text", ["${a}", "${config.a}", "$${a}", "${a", "${}", "${envy:A}", "$${ env:A}"])
def test_cortex_keys_know_text_from_outside_only(text: str) -> None:
    """In Cortex's own keys any other ``${...}`` stays as written."""
    assert parse_template(text, only_outside=True).parts == (text,)
    assert substitute(text, {}) == (text, ())
    assert type(substitute(text, {})[0]) is str


def test_substituting_the_environment() -> None:
    """``${env:...}`` becomes the variable's text, which knows where it came from."""
    text, mistakes = substitute("http://${env:HOST}:${env:PORT:-80}/${a}", {"HOST": "localhost"})
    assert (text, mistakes) == ("http://localhost:80/${a}", ())
    assert isinstance(text, OutsideText)
    assert text.origins == (EnvReference("HOST"), EnvReference("PORT", "80"))
    assert (text, text.template) == ("http://localhost:80/${a}", "http://${env:HOST}:${env:PORT:-80}/${a}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${env:SET}", "text"),
        ("${env:SET:-default}", "text"),
        ("${env:EMPTY}", ""),
        ("${env:EMPTY:-default}", "default"),
        ("${env:UNSET:-default}", "default"),
        ("${env:UNSET:-}", ""),
        ("$${env:SET}${env:SET}", "${env:SET}text"),
        ("${env:REFERENCE}", "${env:SET}"),
    ],
)
def test_the_value_of_a_variable(text: str, value: str) -> None:
    """A default stands in for what is not set or empty; what a variable holds is not read again."""
    environ = {"SET": "text", "EMPTY": "", "REFERENCE": "${env:SET}"}
    result, mistakes = substitute(text, environ)
    assert (result, mistakes) == (value, ())
    assert isinstance(result, OutsideText)


def test_an_escaped_variable_is_ordinary_text() -> None:
    """``$${env:`` is ``${env:`` in Cortex's own keys too, and comes from no variable."""
    text, mistakes = substitute("$${env:SET}", {"SET": "text"})
    assert (text, type(text), mistakes) == ("${env:SET}", str, ())


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"hunter2\n", "hunter2"),
        (b"hunter2", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b"two\nlines\n\n", "two\nlines\n"),
        (b"carriage\r", "carriage\r"),
        (b"", ""),
        (b"\n", ""),
        ("é ${env:A}".encode(), "é ${env:A}"),
        (b"x" * 1024 * 1024, "x" * 1024 * 1024),
    ],
)
@pytest.mark.parametrize("absolute", [False, True])
def test_the_content_of_a_file(tmp_path: Path, content: bytes, text: str, absolute: bool) -> None:
    """``${file:...}`` is the file's text without its last line end; paths are relative to the directory."""
    (tmp_path / "secret").write_bytes(content)
    written = f"<${{file:{tmp_path / 'secret' if absolute else 'secret'}}}>"
    result, mistakes = substitute(written, {"A": "a"}, "" if absolute else str(tmp_path))
    assert (result, mistakes) == (f"<{text}>", ())
    assert isinstance(result, OutsideText)
    assert result.template == written
    whole = parse_template(written[1:-1]).fill({}, "" if absolute else str(tmp_path))
    assert (whole.parts, whole.whole) == ((text,), None)


def content_of(path: str, directory: Path | str = "") -> str:
    """What is wrong with the content of the file at ``path``."""
    text, (mistake,) = substitute(f"${{file:{path}}}", {}, str(directory))
    assert text == ""
    return mistake


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """What is wrong with the file is told with its path and the nearest name, never its content."""
    (tmp_path / "token").write_bytes(b"hunter2\xff")
    (tmp_path / "long").write_bytes(b"hunter2".ljust(1024 * 1024 + 1))
    assert content_of("token", tmp_path) == f"file '{tmp_path}/token' is not UTF-8"
    assert content_of("long", tmp_path) == f"file '{tmp_path}/long' is longer than 1 MiB"
    assert content_of("tokn", tmp_path) == f"there is no file '{tmp_path}/tokn' (did you mean 'token'?)"
    assert content_of("a/token", tmp_path) == f"there is no file '{tmp_path}/a/token'"
    assert content_of("token/a", tmp_path) == f"there is no file '{tmp_path}/token/a'"
    assert content_of(str(tmp_path)) == f"'{tmp_path}' is a directory, not a file"
    assert content_of("a\0b") == "'a\\x00b' cannot be the name of a file"
    assert content_of("x" * 5000).endswith("cannot be read: File name too long")


def test_a_mistake_of_many_references_is_told_once(tmp_path: Path) -> None:
    """Each file that cannot be read is told once, beside all else."""
    written = "${file:a}${file:a}${file:b}${env:A}"
    assert len(parse_template(written).fill({}, str(tmp_path)).mistakes) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_and_a_device(tmp_path: Path) -> None:
    """A pipe is read as a file is; a device, which may never end or wait for somebody, is not."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"hunter2\n",))
    writer.start()
    assert substitute("${file:pipe}", {}, str(tmp_path)) == ("hunter2", ())
    writer.join()
    assert content_of("/dev/zero") == "file '/dev/zero' cannot be read: it is neither a file nor a pipe"


def test_an_escaped_file_is_ordinary_text() -> None:
    """``$${file:`` is ``${file:`` in Cortex's own keys too, and comes from no file."""
    text, mistakes = substitute("$${file:absent}", {})
    assert (text, type(text), mistakes) == ("${file:absent}", str, ())


A, B = EnvReference("A"), EnvReference("B")
C, D = FileReference("c"), FileReference("/d d")


@pytest.mark.parametrize(
    ("origins", "words", "clause"),
    [
        ([], "", ""),
        ([A], "environment variable A", " (the value of environment variable A, not shown)"),
        (
            [A, B, A],
            "environment variables A and B",
            " (the value of environment variables A and B, not shown)",
        ),
        ([C], "file 'c'", " (the content of file 'c', not shown)"),
        ([C, D], "files 'c' and '/d d'", " (the content of files 'c' and '/d d', not shown)"),
        (
            [D, A],
            "environment variable A and file '/d d'",
            " (the value of environment variable A and the content of file '/d d', not shown)",
        ),
        (
            [EnvReference("B", "x y")],
            "environment variable B",
            " (the text 'x y', the default of environment variable B)",
        ),
        (
            [A, EnvReference("B", "")],
            "environment variables A and B",
            (
                " (the value of environment variable A, not shown; "
                "the text '', the default of environment variable B)"
            ),
        ),
    ],
)
def test_where_text_came_from_in_words(origins: list[Origin], words: str, clause: str) -> None:
    """A message names where a value came from, each origin once, and says that it is not shown."""
    assert (told(origins), not_shown(iter(origins))) == (words, clause)


def test_the_origins_of_all_text_in_a_value() -> None:
    """Text from outside is found wherever it is; a default that was taken is part of its origin."""
    text, _ = substitute("${env:A:-x}", {})
    found = list(origins_in({"a": [text, 1, "b"], "c": {"d": SECRET}}))
    assert found == [EnvReference("A", "x"), EnvReference("PASSWORD")]
    assert list(origins_in("plain")) == []


def test_a_variable_that_is_not_set() -> None:
    """A variable without value and default is told once, with the nearest that is set."""
    text, mistakes = substitute("${env:STATSD_HOTS}${env:STATSD_HOTS}${env:A", {"STATSD_HOST": "hunter2"})
    advice = "set it, or write ${env:STATSD_HOTS:-...}"
    assert mistakes == (
        "'${env:A' is not closed: a '}' is missing (where these characters are meant, write $${env:A)",
        f"environment variable 'STATSD_HOTS' is not set (did you mean 'STATSD_HOST'?): {advice}",
    )
    assert text == ""


def test_filling_a_template_keeps_its_other_references() -> None:
    """The environment is put in first, the config and the providers later."""
    template = parse_template("${env:A}-${config.b}-${c}").fill({"A": "a"})
    assert template.parts == ("a", "-", ConfigReference(("b",)), "-", ProviderReference("c"))
    assert template.written == "${env:A}-${config.b}-${c}"
    assert join(["a", "-", 1, "-", None], template.written) == "a-1-None"


def test_a_whole_reference_to_the_environment_is_filled_with_its_text() -> None:
    """What was the whole text is text when it is filled."""
    template = parse_template("${env:A}").fill({"A": "a"})
    assert (template.parts, template.whole) == (("a",), None)


def test_joining_keeps_where_text_came_from() -> None:
    """What is joined from environment text is environment text, with each variable once."""
    text = join(
        [SECRET, "@", SECRET, OutsideText("h", [EnvReference("HOST")], "${env:HOST}")], "the template"
    )
    assert isinstance(text, OutsideText)
    assert (text, text.template) == ("hunter2@hunter2h", "the template")
    assert text.origins == (EnvReference("PASSWORD"), EnvReference("HOST"))
    assert type(join(["a", 1], "a1")) is str


def test_environment_text_is_text() -> None:
    """An `OutsideText` is a ``str`` for all that takes one."""
    assert SECRET == "hunter2"
    assert hash(SECRET) == hash("hunter2")
    assert {"hunter2": 1}[SECRET] == 1
    assert json.dumps([SECRET]) == '["hunter2"]'
    assert f"{SECRET}" == str(SECRET) == "hunter2"
    assert type(str(SECRET)) is str


def test_environment_text_hides_its_value() -> None:
    """``repr()`` shows the template, also within other data."""
    assert repr(SECRET) == "'${env:PASSWORD}'"
    assert "hunter2" not in repr({"a": [SECRET]})


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_environment_text_travels(protocol: int) -> None:
    """An `OutsideText` keeps what it is through a pickle."""
    text = pickle.loads(pickle.dumps(SECRET, protocol))
    assert (type(text), text, text.origins, text.template) == (
        OutsideText,
        "hunter2",
        SECRET.origins,
        SECRET.template,
    )


def test_environment_text_is_its_own_copy() -> None:
    """A copy of data keeps its environment text."""
    assert copy.deepcopy([SECRET])[0] is SECRET
    assert copy.copy(SECRET) is SECRET


def test_plain_data_for_user_code() -> None:
    """In plain data there is no `OutsideText`, and its mappings and lists are new ones."""
    data: dict[str, Any] = {"a": [SECRET, 1, {"b": SECRET}], "c": (None,), "d": "text"}
    made = plain(data)
    assert made == data
    assert [type(made["a"][0]), type(made["a"][2]["b"])] == [str, str]
    made["a"][2]["b"] = "changed"
    assert data["a"][2]["b"] is SECRET
    assert type(plain(SECRET)) is str


def test_plain_data_that_holds_itself() -> None:
    """Config made in Python may share values, even hold itself: its plain copy does too."""
    shared = [SECRET]
    data: dict[str, Any] = {"one": shared, "two": shared}
    data["itself"] = data
    made = plain(data)
    assert made["itself"] is made
    assert made["one"] is made["two"]
    assert type(made["one"][0]) is str


@given(text=st.text(st.sampled_from("${}:-. aenvcofig\n")), only_outside=st.booleans())
def test_any_text_is_a_template(text: str, only_outside: bool) -> None:
    """Any text is read; without mistakes its parts, written again, give it back."""
    template = parse_template(text, only_outside=only_outside)
    filled = template.fill({"a": "1"})
    assert not any(isinstance(part, EnvReference | FileReference) for part in filled.parts)
    if not template.mistakes and "$${" not in text:
        assert "".join(map(str, template.parts)) == text


@given(text=st.text())
def test_any_text_can_be_written_literally(text: str) -> None:
    """With ``$${`` for each ``${``, any text stands for itself."""
    escaped = text.replace("${", "$${")
    assert join(parse_template(escaped).parts, escaped) == text


@given(value=st.text())
def test_a_value_is_never_read_again(value: str) -> None:
    """Whatever a variable holds comes out as it is."""
    assert substitute("<${env:A}>", {"A": value}) == (f"<{value}>", ())
