"""The reference of the file is as its models are."""

import re

from predictor_kit.spec import KINDS
from predictor_kit.spec.keys import fields_of
from tests.reference import PAGE, renewed


def test_the_page_is_as_the_models_are() -> None:
    """What the models say now is what docs/file.md says; ``python -m tests.reference`` writes it anew."""
    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page) == page


def test_a_page_that_has_drifted_is_renewed() -> None:
    """A table that was changed by hand, or is not there yet, comes out as the models have it."""
    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page.replace("at most 42", "at most 43")) == page
    empty = re.sub(r"(<!-- [\w ]+ -->\n).*?(<!-- end -->)", r"\1\2", page, flags=re.DOTALL)
    assert len(empty) < len(page) / 2
    assert renewed(empty) == page


def test_every_key_of_every_kind_is_on_the_page() -> None:
    """No key of an API is without a row, and what its mapping holds has a table of its own."""
    page = PAGE.read_text(encoding="utf-8")
    for model in KINDS.values():
        for key in fields_of(model):
            assert f"\n| `{key}` | " in page
            assert key in ("name", "kind", "container") or f"<!-- {key} -->" in page
