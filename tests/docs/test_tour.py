"""The tour of the source quotes what really happens, and names files that are there."""

import re
from pathlib import Path

import pytest

from docpages import DOCS, ROOT
from making.journey import Journey, how_it_works, quoted

TOUR = DOCS / "how-it-works.md"
NAMED = re.compile(r"`((?:core|steps|adapters|cli|web|settings|app|preview|demo)/[\w./]*|\w+\.py)`")


def test_the_tour_quotes_what_happens(journey: Journey) -> None:
    """Values written by hand are wrong after the next change."""
    page = TOUR.read_text(encoding="utf-8")

    assert page == how_it_works(page, journey), "run `make docs`"


def test_every_station_of_the_journey_is_quoted(journey: Journey) -> None:
    """A value that no page shows need not be made."""
    assert set(quoted(TOUR.read_text(encoding="utf-8"))) == set(journey.values)


@pytest.mark.parametrize("page", [TOUR, DOCS / "glossary.md"], ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    """Files move; the tour should move with them."""
    source = ROOT / "src/aidigest"
    names = NAMED.findall(page.read_text(encoding="utf-8"))

    assert names
    assert [name for name in names if not (source / name).exists()] == []
