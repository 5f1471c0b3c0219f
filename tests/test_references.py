"""The ``${...}`` of a file, and text from the environment."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor_kit.references import (
    ConfigReference,
    EnvReference,
    EnvText,
    ProviderReference,
    Reference,
    join,
    parse_template,
    plain,
    substitute,
)

SECRET = EnvText("hunter2", ["PASSWORD"], "${env:PASSWORD}")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("${env:HOME}", EnvReference("HOME")),
        ("${env:_a1}", EnvReference("_a1")),
        ("${env:HOME:-}", EnvReference("HOME", "")),
        ("${env:HOME:-/home/a b:-c}", EnvReference("HOME", "/home/a b:-c")),
        ("${env:HOME:-two\nlines}", EnvReference("HOME", "two\nlines")),
        ("${config.a}", ConfigReference(("a",))),
        ("${config.a-b.c.0}", ConfigReference(("a-b", "c", "0"))),
        ("${tokenizer}", ProviderReference("tokenizer")),
        ("${config}", ProviderReference("config")),
        ("${env}", ProviderReference("env")),
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
def test_cortex_keys_know_the_environment_only(text: str) -> None:
    """In Cortex's own keys any other ``${...}`` stays as written."""
    assert parse_template(text, only_env=True).parts == (text,)
    assert substitute(text, {}) == (text, ())
    assert type(substitute(text, {})[0]) is str


def test_substituting_the_environment() -> None:
    """``${env:...}`` becomes the variable's text, which knows where it came from."""
    text, mistakes = substitute("http://${env:HOST}:${env:PORT:-80}/${a}", {"HOST": "localhost"})
    assert (text, mistakes) == ("http://localhost:80/${a}", ())
    assert isinstance(text, EnvText)
    assert (text.names, text.template) == (("HOST", "PORT"), "http://${env:HOST}:${env:PORT:-80}/${a}")


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
    assert isinstance(result, EnvText)


def test_an_escaped_variable_is_ordinary_text() -> None:
    """``$${env:`` is ``${env:`` in Cortex's own keys too, and comes from no variable."""
    text, mistakes = substitute("$${env:SET}", {"SET": "text"})
    assert (text, type(text), mistakes) == ("${env:SET}", str, ())


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
    text = join([SECRET, "@", SECRET, EnvText("h", ["HOST"], "${env:HOST}")], "the template")
    assert isinstance(text, EnvText)
    assert (text, text.names, text.template) == ("hunter2@hunter2h", ("PASSWORD", "HOST"), "the template")
    assert type(join(["a", 1], "a1")) is str


def test_environment_text_is_text() -> None:
    """An `EnvText` is a ``str`` for all that takes one."""
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
    """An `EnvText` keeps what it is through a pickle."""
    text = pickle.loads(pickle.dumps(SECRET, protocol))
    assert (type(text), text, text.names, text.template) == (
        EnvText,
        "hunter2",
        SECRET.names,
        SECRET.template,
    )


def test_environment_text_is_its_own_copy() -> None:
    """A copy of data keeps its environment text."""
    assert copy.deepcopy([SECRET])[0] is SECRET
    assert copy.copy(SECRET) is SECRET


def test_plain_data_for_user_code() -> None:
    """In plain data there is no `EnvText`, and its mappings and lists are new ones."""
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


@given(text=st.text(st.sampled_from("${}:-. aenvcofig\n")), only_env=st.booleans())
def test_any_text_is_a_template(text: str, only_env: bool) -> None:
    """Any text is read; without mistakes its parts, written again, give it back."""
    template = parse_template(text, only_env=only_env)
    filled = template.fill({"a": "1"})
    assert not any(isinstance(part, EnvReference) for part in filled.parts)
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
