"""Quantities, durations, shares and what texts must look like: what is read, what is refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from predictor_kit.spec import texts
from predictor_kit.spec.durations import parse_duration
from predictor_kit.spec.quantities import parse_quantity
from predictor_kit.spec.scaling import share
from predictor_kit.spec.texts import canonical_endpoint, split_class


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", Fraction(0)),
        ("200m", Fraction(1, 5)),
        ("1.5", Fraction(3, 2)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("+1", Fraction(1)),
        ("-1k", Fraction(-1000)),
        ("512Mi", Fraction(512 * 2**20)),
        ("2G", Fraction(2 * 10**9)),
        ("1Ei", Fraction(2**60)),
        ("1E", Fraction(10**18)),
        ("1E3", Fraction(1000)),
        ("1e-3", Fraction(1, 1000)),
        ("3n", Fraction(3, 10**9)),
        ("3u", Fraction(3, 10**6)),
        ("1e99999999999999999999", Fraction(10**100)),
        ("1e-99999999999999999999", Fraction(1, 10**100)),
    ],
)
def test_quantities_are_read_as_kubernetes_reads_them(text: str, number: Fraction) -> None:
    """A quantity stands for an exact number; absurd exponents stop where they say nothing more."""
    assert parse_quantity(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "m",
        "1 m",
        "1K",
        "1mi",
        "1Gb",
        "0x1",
        "1.2.3",
        "1_000",
        "--1",
        "1e",
        "1Mi3",
        "٣",
        "1" * 101,
        "1\n",
    ],
)
def test_what_is_no_quantity(text: str) -> None:
    """Anything but a number with one suffix is refused, and so is a number beyond sense."""
    assert parse_quantity(text) is None


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("-0", 0),
        ("10s", 10 * 10**9),
        ("1h30m", 5400 * 10**9),
        ("1.5h", 5400 * 10**9),
        (".5s", 5 * 10**8),
        ("1.s", 10**9),
        ("-1m", -60 * 10**9),
        ("+1ms", 10**6),
        ("1us1µs1μs", 3000),
        ("1ns", 1),
        ("0.1ns", 0),
    ],
)
def test_durations_are_read_as_go_reads_them(text: str, nanoseconds: int) -> None:
    """A duration is a sum of numbers with units."""
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    ["", "1", "s", ".s", "1 s", "10S", "1d", "1m-1s", "1h:30m", "9999999h", "1" * 101 + "s", "1s\n", "٣s"],
)
def test_what_is_no_duration(text: str) -> None:
    """A number without a unit, a unit that Go lacks, and more than Go can hold are refused."""
    assert parse_duration(text) is None


@given(st.fractions(min_value=0, max_value=10**6), st.sampled_from(["", "m", "k", "Mi", "G"]))
def test_quantities_with_greater_numbers_are_greater(number: Fraction, suffix: str) -> None:
    """The order of quantities of one suffix is that of their numbers."""
    texts_ = [f"{float(value):.6f}{suffix}" for value in (number, number + 1)]
    low, high = map(parse_quantity, texts_)
    assert low is not None
    assert high is not None
    assert low < high


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes a parser fail."""
    for parse in (parse_quantity, parse_duration, share):
        result = parse(text)
        assert result is None or isinstance(result, (int, Fraction))


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("25%", 25), ("100%", 100), ("+5", 5), ("007", 7), ("2147483647", 2147483647)],
)
def test_shares_are_numbers_or_percentages(text: str, number: int) -> None:
    """A share of the replicas is a whole number or a percentage."""
    assert share(text) == number


@pytest.mark.parametrize("text", ["", "%", "-1", "101%", "1.5", "2147483648", "10 %", "9" * 5000])
def test_what_is_no_share(text: str) -> None:
    """Negative numbers, fractions, more than all and more than 32 bits are refused."""
    assert share(text) is None


@pytest.mark.parametrize(
    "image",
    [
        "",
        "python",
        "my-org/iris:1.0",
        "quay.io/cortexlabs/python-predictor-cpu:0.32.0",
        "localhost:5000/a/b/c",
        "499593605069.dkr.ecr.us-west-2.amazonaws.com/iris:latest",
        "a__b/c--d.e",
        "iris@sha256:" + "0123456789abcdef" * 4,
        "iris:1@sha256:" + "0123456789ABCDEF" * 4,
    ],
)
def test_docker_images(image: str) -> None:
    """Names with a registry, a tag and a digest are images, and so is empty text."""
    assert TypeAdapter(texts.Image).validate_python(image) == image


@pytest.mark.parametrize(
    "image",
    ["Iris", "a b", "a/", "/a", "a::b", "a:", "a___b", "-a", "iris@sha256:12", "a:" + "b" * 129, "ä", "a\n"],
)
def test_what_is_no_docker_image(image: str) -> None:
    """Capitals, blanks, empty parts and short digests are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(texts.Image).validate_python(image)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("predictor.py", ("predictor.py", None)),
        ("src/predictor.py:Iris", ("src/predictor.py", "Iris")),
        ("my_pkg.iris:Outer.Inner", ("my_pkg.iris", "Outer.Inner")),
        ("iris:Iris", ("iris", "Iris")),
        ("scripts/train", ("scripts/train", None)),
        ("a.py:1", ("a.py:1", None)),
    ],
)
def test_the_class_behind_a_path(text: str, expected: tuple[str, str | None]) -> None:
    """A path may name a class behind a colon."""
    assert split_class(text) == expected


@pytest.mark.parametrize("text", ["iris", "/iris", "iris/", "/iris/"])
def test_endpoints_that_are_the_same(text: str) -> None:
    """Slashes around an endpoint make no difference."""
    assert canonical_endpoint(text) == "/iris"
