"""What becomes of a story that an edition has carried."""

import pytest

from aidigest.core.stories.developments import development, not_told
from storysamples import entry

FIRST = entry("a", "Lumenward robotaxi crashes into a kiosk in Hue", hours_ago=48)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Lumenward robotaxi crash in Hue: regulator Minh fines it $750,000", "750.000"),
        ("Hue kiosk crash: Lumenward recalls 1,200 robotaxis after Dekra report", "1.200"),
    ],
)
def test_new_numbers_and_names_days_later_are_a_development(title: str, reason: str) -> None:
    """Readers want to know how it went on."""
    found = development([FIRST], [entry("b", title, hours_ago=2)])

    assert found is not None
    assert reason in found.reason


def test_the_opposite_outcome_is_a_development() -> None:
    """One word can be all that is new."""
    trapped = entry("a", "Eleven miners trapped in Quang Ninh shaft", hours_ago=48)
    freed = entry("b", "Eleven miners freed in Quang Ninh shaft", hours_ago=2)

    found = development([trapped], [freed])

    assert found is not None
    assert found.reason == '"trapped", not "freed"'


@pytest.mark.parametrize(
    ("title", "hours_ago"),
    [
        ("Robotaxi of Lumenward crashes into a kiosk in Hue", 2),
        ("In Hue, a kiosk is hit by a robotaxi", 2),
        ("Lumenward robotaxi crash in Hue: regulator Minh fines it $750,000", 40),
    ],
)
def test_retelling_and_the_same_days_details_are_none(title: str, hours_ago: float) -> None:
    """Slower outlets bring what readers have had, or what belonged to it."""
    assert development([FIRST], [entry("b", title, hours_ago=hours_ago)]) is None


@pytest.mark.parametrize(
    "title",
    ["Lumenward raises $30B in Series G at $380B", "Lumenward raises $30bn in Series G at $380bn"],
)
def test_a_figure_written_in_another_way_is_no_news(title: str) -> None:
    """The next outlet's "$30B" is the "$30 billion" that was told."""
    told = entry("a", "Lumenward raises $30 billion in Series G at $380 billion", hours_ago=48)

    assert development([told], [entry("b", title, hours_ago=2)]) is None


def test_what_another_feed_finds_late_was_told() -> None:
    """A mirror of a lab's blog once brought last month's articles again."""
    told = [("https://www.lab.example/speech?utm_source=rss", "Speech models at home")]
    late = entry("late", "Speech models at home", url="https://lab.example/speech")
    release = entry("release", "Speech models at home, version 2", url="https://lab.example/speech")
    carried = entry("carried", "Speech models at home", url="https://lab.example/speech")
    column = entry("column", "Speech models at home", url="https://radio.example/7")

    found = not_told([late, release, carried, column], told=told, carried={"carried"})

    assert found == (release, carried, column)


def test_a_headline_of_many_words_on_another_site_was_told() -> None:
    """Partners publish one announcement, the second of them weeks later."""
    title = "Lumenward and Skarn build a speech laboratory in Hue"
    told = [("https://lumenward.example/laboratory", title)]
    late = entry("late", title, url="https://skarn.example/news/1")
    same_site = entry("again", title, url="https://lumenward.example/laboratory-2")

    assert not_told([late, same_site], told=told, carried=()) == (same_site,)
