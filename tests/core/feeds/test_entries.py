"""Which items are the same, and which are news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aidigest.core.feeds.entry import BACKLOG_AGE, Arrivals, Entry, sort_out, text_hash
from aidigest.core.feeds.feed import Feed, FeedState, Rhythm
from aidigest.core.feeds.identity import KnownEntry
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed

NOW = datetime(2026, 9, 20, tzinfo=UTC)
FEED = Feed(url="https://feed.example/rss", title="The Feed")
KNOWN = FeedState(url=FEED.url, first_polled_at=NOW - timedelta(days=90))
NEW = FeedState(url=FEED.url)
READ = replace(KNOWN, last_success_at=NOW - timedelta(days=1))


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
    return sort_out(feed, parsed, known=(), state=state, now=NOW).new


def news(entries: tuple[Entry, ...]) -> list[str]:
    """Return the titles of the news among them."""
    return [entry.title for entry in entries if entry.first_seen_at == NOW]


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
    twice = made(item("News", guid="1"), item("news", guid="1", days_ago=2))

    assert [entry.title for entry in twice] == ["News"]


@pytest.mark.parametrize(
    "said",
    [{"guid": "x", "url": "https://a.example/"}, {"url": "https://a.example/log"}, {"guid": "x"}],
    ids=["guid and page", "page", "guid"],
)
def test_items_of_one_guid_and_one_page_are_told_apart_by_their_titles(
    said: dict[str, Any],
) -> None:
    """A changelog, or a blog that gives its home page for what stands elsewhere, lost all but one.

    All of them are known again, also when but one of them is left.
    """
    before = made(*(item(f"T{n}", days_ago=n, **said) for n in range(1, 4)))

    later = again(item("T0", **said), item("T1", days_ago=1, **said), before=before)
    last = again(item("T2", days_ago=2, **said), before=before)

    assert [entry.title for entry in before] == ["T1", "T2", "T3"]
    assert [entry.title for entry in later.new] == ["T0"]
    assert (last.new, last.edited) == ((), ())


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
    assert entry.first_seen_at == NOW


def again(*items: ParsedEntry, before: tuple[Entry, ...], state: FeedState = READ) -> Arrivals:
    """Read a later document of a feed that is known by what it held before."""
    known = [
        KnownEntry(
            id=entry.id,
            url=entry.url,
            title=entry.title,
            published_at=None if entry.published_is_guess else entry.published_at,
            text_hash=text_hash(entry.title, entry.summary),
        )
        for entry in before
    ]
    parsed = ParsedFeed(title="", entries=items, complete=True)
    return sort_out(FEED, parsed, known=known, state=state, now=NOW)


PAGE = "https://feed.example/1"


@pytest.mark.parametrize(
    ("one", "later"),
    [
        (item("A", guid="1", url=PAGE), item("A", guid="one", url=PAGE)),
        (item("A", guid="1", url=PAGE), item("A, corrected", guid="one", url=PAGE)),
        (item("A", guid="1", url=PAGE), item("a", guid="one", url="https://moved.example/1")),
    ],
    ids=["page and title", "page and date", "title and day"],
)
def test_a_guid_that_changed_makes_nothing_new(one: ParsedEntry, later: ParsedEntry) -> None:
    """Some publishers make guids anew with every edit or every move (lion-reader#1535)."""
    arrivals = again(later, before=made(one))

    assert arrivals.new == ()


@pytest.mark.parametrize(
    ("one", "later"),
    [
        (item("Up", guid="1", url=PAGE), item("Down", guid="2", url=PAGE, days_ago=0)),
        (item("Thread", guid="1", days_ago=None), item("Thread", guid="2", days_ago=None)),
        (item("Thread", guid="1", days_ago=3), item("Thread", guid="2", days_ago=1)),
    ],
    ids=["one page for all", "no date", "another day"],
)
def test_alike_is_not_the_same(one: ParsedEntry, later: ParsedEntry) -> None:
    """A status page links all items to itself, and a weekly thread has one title for ever."""
    arrivals = again(later, before=made(one))

    assert len(arrivals.new) == 1


def test_two_items_of_one_document_are_never_one() -> None:
    """Only what is no longer there can have been renamed."""
    one = item("A", guid="1", url=PAGE)

    arrivals = again(one, item("A", guid="2", url=PAGE), before=made(one))

    assert [entry.guid for entry in arrivals.new] == ["2"]


def test_a_silent_edit_changes_the_words_and_nothing_else() -> None:
    """The correction is what readers should get, and the entry is no newer for it."""
    before = made(item("Kestrel flies", guid="1"))

    arrivals = again(item("Kestrel falls", guid="1"), before=before)

    assert (arrivals.new, arrivals.news) == ((), 0)
    assert [(e.id, e.title) for e in arrivals.edited] == [(before[0].id, "Kestrel falls")]


def test_what_did_not_change_is_not_written_again() -> None:
    """Most of each document is what we have."""
    before = made(item("Kestrel flies", guid="1"))

    assert again(item("Kestrel flies", guid="1"), before=before) == Arrivals(
        dates=(NOW - timedelta(days=0.1),)
    )


def test_a_feed_issued_again_is_held_back() -> None:
    """New guids and new addresses for all of last week's items would be mailed as news."""
    before = made(*(item(f"T{n}", guid=f"{n}", url=f"{PAGE}{n}", days_ago=5) for n in range(10)))
    renamed = [item(f"R{n}", guid=f"new{n}", url=f"{PAGE}-{n}", days_ago=5) for n in range(10)]

    arrivals = again(*renamed, before=before)

    assert (arrivals.news, arrivals.held) == (0, 10)
    assert all(entry.held_at == NOW for entry in arrivals.new)
    assert all(entry.first_seen_at <= NOW - BACKLOG_AGE for entry in arrivals.new)


def test_known_titles_under_new_dates_are_held_back_too() -> None:
    """Some sites date everything anew when they are rebuilt."""
    before = made(*(item(f"T{n}", guid=f"{n}", url=f"{PAGE}{n}", days_ago=9) for n in range(6)))
    rebuilt = [item(f"T{n}", guid=f"new{n}", url=f"{PAGE}-{n}", days_ago=0) for n in range(6)]

    assert again(*rebuilt, before=before).held == 6


def test_a_busy_feed_may_be_all_new() -> None:
    """Twenty-five items in two hours are a newspaper's usual pace."""
    before = made(*(item(f"T{n}", guid=f"{n}", days_ago=1.5) for n in range(25)))
    fresh = [item(f"N{n}", guid=f"new{n}", days_ago=n / 100) for n in range(25)]

    arrivals = again(*fresh, before=before)

    assert (arrivals.news, arrivals.held) == (25, 0)


def test_a_feed_that_was_away_may_be_all_new() -> None:
    """What appeared while a server was down is news, however much it is."""
    before = made(*(item(f"T{n}", guid=f"{n}", days_ago=9) for n in range(8)))
    late = [item(f"N{n}", guid=f"new{n}", days_ago=4 - n / 10) for n in range(8)]
    state = replace(READ, last_success_at=NOW - timedelta(days=6))

    assert again(*late, before=before, state=state).news == 8


@pytest.mark.parametrize(("reach_days", "held"), [(20, 6), (0.5, 0)])
def test_an_undated_feed_that_is_all_new_too_soon_is_held(reach_days: float, held: int) -> None:
    """Without dates, only its pace tells whether all of it can be new."""
    before = made(*(item(f"T{n}", guid=f"{n}", days_ago=None) for n in range(6)))
    fresh = [item(f"N{n}", guid=f"new{n}", days_ago=None) for n in range(6)]
    state = replace(READ, rhythm=Rhythm(window=6, reach=timedelta(days=reach_days)))

    assert again(*fresh, before=before, state=state).held == held
