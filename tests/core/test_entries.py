"""Which items are the same, and which are news."""

from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.entries import BACKLOG_AGE, Entry, is_news, new_entries
from aidigest.core.feeds import Feed, FeedState
from aidigest.core.parsing import ParsedEntry, ParsedFeed

NOW = datetime(2026, 9, 20, tzinfo=UTC)
FEED = Feed(url="https://feed.example/rss", title="The Feed")
KNOWN = FeedState(url=FEED.url, first_polled_at=NOW - timedelta(days=90))
NEW = FeedState(url=FEED.url)


def item(
    title: str = "T",
    *,
    guid: str | None = None,
    url: str | None = None,
    days_ago: float | None = 0.1,
) -> ParsedEntry:
    """Return an item of a feed."""
    published = None if days_ago is None else NOW - timedelta(days=days_ago)
    return ParsedEntry(
        guid=guid, url=url, title=title, summary="", language="en", published_at=published
    )


def made(*items: ParsedEntry, state: FeedState = KNOWN, feed: Feed = FEED) -> tuple[Entry, ...]:
    """Make entries of items."""
    parsed = ParsedFeed(title="", entries=items, complete=True)
    return new_entries(feed, parsed, state=state, now=NOW)


def news(entries: tuple[Entry, ...]) -> list[str]:
    """Return the titles of the news among them."""
    return [entry.title for entry in entries if is_news(entry, now=NOW)]


@pytest.mark.parametrize(
    ("one", "again"),
    [
        (item("A", guid="1", url="https://a.example/1"), item("B", guid="1", url="https://b.x/2")),
        (
            item("A", url="http://www.a.example/1?utm_source=x"),
            item("B", url="https://a.example/1"),
        ),
        (item("Some News"), item("some news")),
    ],
    ids=["guid", "address", "title and day"],
)
def test_an_item_is_known_again(one: ParsedEntry, again: ParsedEntry) -> None:
    """By guid, else by address, else by title and day; a silent edit makes nothing new."""
    assert made(one)[0].id == made(again)[0].id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (item(guid="1"), item(guid="2")),
        (item(url="https://a.example/1"), item(url="https://a.example/2")),
        (item("Weekly"), item("Weekly", days_ago=7)),
    ],
    ids=["guid", "address", "day"],
)
def test_other_items_are_told_apart(one: ParsedEntry, other: ParsedEntry) -> None:
    """A column with the same title each week is news each week."""
    assert made(one)[0].id != made(other)[0].id


def test_a_guid_counts_within_its_feed() -> None:
    """Bare numbers are unique in one feed only."""
    other = Feed(url="https://other.example/rss", title="Other")

    assert made(item(guid="7"))[0].id != made(item(guid="7"), feed=other)[0].id


def test_ids_are_sixteen_hex_digits() -> None:
    """Short enough for a command line."""
    entry_id = made(item(guid="7"))[0].id

    assert len(entry_id) == 16
    int(entry_id, 16)


def test_a_guid_that_many_items_share_is_not_their_identity() -> None:
    """Some feeds give the site's address as the guid of every item."""
    shared = [item(f"T{n}", guid="x", url=f"https://a.example/{n}") for n in range(3)]

    assert len(made(*shared)) == 3


def test_an_item_listed_twice_is_one_entry() -> None:
    """The first stays."""
    twice = made(item("First", guid="1"), item("Second", guid="1"))

    assert [entry.title for entry in twice] == ["First"]


def test_a_new_feed_contributes_a_bounded_number_of_recent_entries() -> None:
    """Some feeds bring their archive of a thousand items at the first poll."""
    items = [item(f"{n}", guid=f"{n}", days_ago=n / 5) for n in range(100)]

    entries = made(*items, state=NEW)

    assert news(entries) == [f"{n}" for n in range(25)]
    assert len(entries) == 100


def test_the_rest_of_a_new_feed_is_remembered_as_old() -> None:
    """It never becomes news, and keeps its true date where there is one."""
    entries = made(
        item("old", guid="1", days_ago=400),
        *(item(f"{n}", guid=f"u{n}", days_ago=None) for n in range(12)),
        state=NEW,
    )

    assert news(entries) == [f"{n}" for n in range(10)]
    old, last = entries[0], entries[-1]
    assert old.first_seen_at == old.published_at == NOW - timedelta(days=400)
    assert last.first_seen_at == last.published_at == NOW - BACKLOG_AGE
    assert (old.published_is_guess, last.published_is_guess) == (False, True)


def test_a_first_poll_takes_the_newest_whatever_the_order() -> None:
    """Some feeds list the oldest first."""
    items = [item(f"{n}", guid=f"{n}", days_ago=6 - n / 10) for n in range(40)]

    assert news(made(*items, state=NEW)) == [f"{n}" for n in range(15, 40)]


def test_what_was_published_long_ago_is_no_news_later_either() -> None:
    """Feeds move, and their archives come back under new guids."""
    entries = made(
        item("old", guid="1", days_ago=15), item("late", guid="2", days_ago=13), state=KNOWN
    )

    assert news(entries) == ["late"]
    assert entries[0].first_seen_at == NOW - timedelta(days=15)


@pytest.mark.parametrize("days_ago", [None, -2, -400, 9_000], ids=str)
def test_dates_that_cannot_be_believed_are_guessed(days_ago: float | None) -> None:
    """The entry was published when we saw it, as far as anybody knows."""
    entry = made(item(guid="1", days_ago=days_ago))[0]

    assert (entry.published_at, entry.published_is_guess) == (NOW, True)
    assert is_news(entry, now=NOW)
