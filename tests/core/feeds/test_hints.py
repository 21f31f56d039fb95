"""A feed's own words on how often to ask for it."""

from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.feeds.hints import next_open, read_hints
from aidigest.core.feeds.parsed import Hints

#: A Monday.
NOW = datetime(2026, 9, 14, 5, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rss(before: str, after: str = "") -> bytes:
    """Return a feed with something before and after its items."""
    item = "<item><title>A</title><ttl>1</ttl><hour>9</hour></item>"
    return f"<rss><channel>{before}{item * 3}{after}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("before", "hints"),
    [
        ("<ttl>90</ttl>", Hints(ttl=timedelta(minutes=90))),
        ("<ttl> 60 </ttl>", Hints(ttl=HOUR)),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", Hints(update_every=24 * HOUR)),
        (
            "<sy:updatePeriod> Hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            Hints(update_every=timedelta(minutes=30)),
        ),
        (
            "<skipHours><hour>1</hour><hour>2</hour><hour>24</hour></skipHours>",
            Hints(skip_hours=frozenset({0, 1, 2})),
        ),
        (
            "<skipDays><day>Saturday</day><day>sunday</day></skipDays>",
            Hints(skip_days=frozenset({5, 6})),
        ),
    ],
)
def test_what_the_channel_says_is_read(before: str, hints: Hints) -> None:
    """All of several hours, not the last alone; and items may not speak for the channel."""
    assert read_hints(rss(before)) == hints
    assert read_hints(rss("", before)) == hints


@pytest.mark.parametrize(
    "before",
    [
        "<ttl>0</ttl>",
        "<ttl>-5</ttl>",
        "<ttl>soon</ttl>",
        "<ttl>99999999</ttl>",
        "<sy:updatePeriod>often</sy:updatePeriod>",
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
        "<skipDays><day>Freitag</day></skipDays>",
        "".join(f"<hour>{n}</hour>" for n in range(24)),
        "".join(f"<day>{n}</day>" for n in ["Monday", "Tuesday", "Wednesday", "Thursday"])
        + "<day>Friday</day><day>Saturday</day><day>Sunday</day>",
    ],
)
def test_nonsense_counts_as_silence(before: str) -> None:
    """Whoever skips every hour would never be asked again, and cannot mean it."""
    assert read_hints(rss(before)) == Hints()


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"\xff\x00<ttl>", b"</item></item>"])
def test_a_body_without_items_is_looked_through_as_well(body: bytes) -> None:
    """Whatever came, there are hints, and perhaps none."""
    assert read_hints(body) == Hints()


def test_the_next_open_hour_is_the_first_that_is_not_skipped() -> None:
    """At its beginning, in GMT."""
    hints = Hints(skip_hours=frozenset({5, 6}))

    assert next_open(hints, NOW) == NOW.replace(hour=7, minute=0)
    assert next_open(hints, NOW.replace(hour=7)) == NOW.replace(hour=7)


def test_skipped_days_and_hours_go_together() -> None:
    """One open hour in a week is still found."""
    hints = Hints(skip_hours=frozenset(range(23)), skip_days=frozenset({0, 1, 2, 3, 4, 5}))

    assert next_open(hints, NOW) == datetime(2026, 9, 20, 23, tzinfo=UTC)
