"""A decision is a question and its answer."""

import re
from pathlib import Path

import pytest

from docpages import DOCS

DECISIONS = sorted(DOCS.glob("decisions/[0-9]*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_asks_and_answers(page: Path) -> None:
    """The title is the question, the first line the answer."""
    title, blank, answer, *_ = page.read_text(encoding="utf-8").splitlines()

    assert re.fullmatch(r"# .+\?", title)
    assert blank == ""
    assert answer


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_the_list_asks_what_the_page_asks(page: Path) -> None:
    """A page nobody links to is not read, and one with another title is not found."""
    title = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    listed = (DOCS / "decisions/README.md").read_text(encoding="utf-8")

    assert f"| [{page.stem[:4]}]({page.name}) | {title} |\n" in listed
