"""Preferences: variants, hours with their odd nights, pauses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.editions.edition import Edition, EditionTelling
from aidigest.core.readers.preferences import Preferences, Variant, choose, personal_due, vary
from aidigest.core.stories.topics import Topic
from samples import edition, story, usual

NOW = datetime(2026, 9, 14, tzinfo=UTC)
KNOWN = Preferences(digests=("daily", "weekly"), topics=("models", "business", "chips"))
TOPICS = (
    Topic(id="models", title={"en": "Models", "vi": "Mô hình"}),
    Topic(id="business", title={"en": "Business", "vi": "Kinh doanh"}),
)


def _choose(**more: object) -> Preferences:
    values: dict[str, object] = {
        "digests": ["daily"],
        "topics": ["chips", "models"],
        "language": "vi",
        "hour": "6",
        "zone": "Europe/Berlin",
        "weeks": "",
        "known": KNOWN,
        "now": NOW,
    }
    return choose(**(values | more))  # type: ignore[arg-type]  # The test names what it means.


def test_a_form_becomes_preferences() -> None:
    """In the maintainer's order, so that the same choice is the same value."""
    chosen = _choose()

    assert chosen.topics == ("models", "chips")
    assert (chosen.hour, chosen.zone, chosen.language) == (6, "Europe/Berlin", "vi")
    assert chosen.variant == Variant(topics=("chips", "models"), language="vi")


def test_all_topics_are_kept_as_all() -> None:
    """A topic that is added later belongs to all."""
    assert _choose(topics=["models", "business", "chips"]).topics == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("digests", ["other"]),
        ("topics", ["models", "x"]),
        ("hour", "24"),
        ("hour", "-1"),
        ("hour", "6.5"),
        ("hour", "٦"),
        ("hour", "9" * 5000),
        ("hour", "000999"),
        ("hour", "006"),
        ("zone", "Mars/Olympus"),
        ("zone", "../../etc/passwd"),
        ("zone", ""),
        ("weeks", "3000"),
        ("weeks", "x"),
    ],
)
def test_what_cannot_be_chosen_is_refused(field: str, value: object) -> None:
    """Forms are filled in by programs, too."""
    with pytest.raises(ValueError, match=r"topics|hour|zone|weeks"):
        _choose(**{field: value})


@pytest.mark.parametrize(("weeks", "days"), [("1", 7), ("8", 56), ("0", None)])
def test_a_pause_ends_by_itself(weeks: str, days: int | None) -> None:
    """Who pauses does not want to have to remember it; 0 ends it now."""
    paused = Preferences(
        digests=KNOWN.digests, topics=KNOWN.topics, paused_until=NOW + timedelta(days=3)
    )

    chosen = _choose(weeks=weeks, known=paused)

    assert chosen.paused_until == (NOW + timedelta(days=days) if days else None)
    assert _choose(known=paused).paused_until == NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("zone", "hour", "made_at", "due_at"),
    [
        # 7 in Saigon is midnight UTC; Berlin reads at 8, which is 6 UTC in summer, 7 in winter.
        ("Europe/Berlin", 8, "2026-09-14T00:00+00:00", "2026-09-14T06:00+00:00"),
        ("Europe/Berlin", 8, "2026-12-14T00:00+00:00", "2026-12-14T07:00+00:00"),
        # The night that clocks go forward: there is no 2 o'clock, so at 3, which comes then.
        ("Europe/Berlin", 2, "2026-03-29T00:00+00:00", "2026-03-29T01:00+00:00"),
        # The night that clocks show 2 twice: the first of the two.
        ("Europe/Berlin", 2, "2026-10-24T23:30+00:00", "2026-10-25T00:00+00:00"),
        # Made between the two: the hour of that day is over, and the next too late.
        ("Europe/Berlin", 2, "2026-10-25T00:30+00:00", "2026-10-25T00:30+00:00"),
        # A gap of half an hour.
        ("Australia/Lord_Howe", 2, "2026-10-03T12:00+00:00", "2026-10-03T15:30+00:00"),
        ("Asia/Kathmandu", 7, "2026-09-14T00:00+00:00", "2026-09-14T01:15+00:00"),
        # The very minute counts; later that day is too late, so at once.
        ("Asia/Ho_Chi_Minh", 7, "2026-09-14T00:00+00:00", "2026-09-14T00:00+00:00"),
        ("Asia/Ho_Chi_Minh", 6, "2026-09-14T00:00+00:00", "2026-09-14T00:00+00:00"),
    ],
)
def test_a_personal_hour_is_kept_on_odd_nights_too(
    zone: str, hour: int, made_at: str, due_at: str
) -> None:
    """The rules are written down with `personal_due`; each has its line here."""
    made = datetime.fromisoformat(made_at)

    due = personal_due(hour, zone, made_at=made, not_after=made + timedelta(hours=20))

    assert due == datetime.fromisoformat(due_at)


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("UTC", 999),
        ("UTC", 24),
        ("UTC", -1),
        ("Mars/Olympus", 7),
        ("Europe", 7),
        ("../../etc/passwd", 7),
        ("", 7),
        ("a\x00b", 7),
    ],
)
def test_an_hour_that_never_comes_is_not_waited_for(zone: str, hour: int) -> None:
    """Such a row may be stored; without its hour it harms nobody."""
    due = personal_due(hour, zone, made_at=NOW, not_after=NOW + timedelta(hours=20))

    assert due == NOW


def _sections(edition: Edition) -> list[tuple[str, str, int]]:
    return [(one.id, one.title, len(one.stories)) for one in edition.sections]


def test_a_variant_has_the_topics_and_the_words_chosen() -> None:
    """Rendered once for all who chose the same."""
    varied = vary(usual(), Variant(topics=("business",), language="vi"), topics=TOPICS)

    assert _sections(varied) == [("business", "Kinh doanh", 2)]
    assert varied.language == "vi"
    assert vary(usual(), Variant(), topics=TOPICS) == usual()
    assert vary(usual(), Variant(language="en"), topics=TOPICS) == usual()


def test_a_variant_tells_a_story_as_a_source_in_its_language_does() -> None:
    """Headline, summary, address and time of one source; what none writes stays as it is."""
    first = story(1, outlets=2)
    lead = replace(first.entries[1], language="vi", title="Northwind ra mắt Kestrel")
    telling = EditionTelling(
        lead_id=lead.id, title="Northwind ra mắt Kestrel", summary="Tin.", published_is_guess=True
    )
    first = replace(first, entries=(first.entries[0], lead), tellings=(telling,))

    told, other = vary(edition(first, story(2)), Variant(language="vi"), topics=TOPICS).stories

    assert (told.id, told.title, told.summary) == (first.id, telling.title, "Tin.")
    assert (told.language, told.url, told.published_is_guess) == ("vi", lead.url, True)
    assert [one.id for one in told.entries] == [lead.id, first.entries[0].id]
    assert other == story(2)
    assert told.told_in("vi-VN") == told


def test_a_variant_may_have_nothing() -> None:
    """Then no mail is due to who chose it."""
    assert vary(usual(), Variant(topics=("chips",)), topics=TOPICS).sections == ()
