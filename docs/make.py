"""Writes the pages anew that are made from the code, and the quoted values: `make docs`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from making import commands, feed_citizen, metrics, settings
from making.journey import Journey, how_it_works, travel

DOCS = Path(__file__).parent

#: Where each page is, and what writes it.
PAGES: Mapping[str, Callable[[], str]] = {
    "reference/commands.md": commands.page,
    "reference/feed-citizen.md": feed_citizen.page,
    "reference/settings.md": settings.page,
}


def write_all(journey: Journey) -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    (DOCS / "reference/metrics.md").write_text(metrics.page(journey.metrics), encoding="utf-8")
    tour = DOCS / "how-it-works.md"
    tour.write_text(how_it_works(tour.read_text(encoding="utf-8"), journey), encoding="utf-8")


if __name__ == "__main__":
    write_all(travel())
