"""Feeds and entries as the database keeps them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from aidigest.adapters.database import Feeds
from aidigest.core.feeds.entry import Arrivals, Entry, text_hash
from aidigest.core.feeds.feed import (
    Alarm,
    AlarmKind,
    FeedState,
    Move,
    Rhythm,
    SiteState,
    Trouble,
    Validators,
)
from aidigest.core.feeds.identity import KnownEntry
from aidigest.core.feeds.parsed import Hints
from aidigest.core.feeds.pictures import Picture
from aidigest.core.polling.history import PollRecord
from aidigest.errors import StoreError

NOW = datetime(2026, 9, 14, 12, 30, 15, 123456, tzinfo=UTC)
STATE = FeedState(
    url="https://feed.example/rss",
    validators=Validators(etag='W/"a"', last_modified="Mon, 01 Jan 2025 00:00:00 GMT"),
    body_hash="abc",
    body_size=3_000_000,
    first_polled_at=NOW,
    last_polled_at=NOW,
    last_success_at=NOW,
    last_read_at=NOW,
    last_status="200",
    trouble=Trouble.CUT,
    failures=2,
    failing_since=NOW,
    next_poll_at=NOW + timedelta(hours=1),
    next_poll_reason="max-age",
    not_before=NOW,
    asked_by_hand_at=NOW,
    gone=True,
    polls=9,
    unchanged=8,
    bytes_saved=5_000_000_000,
    hints=Hints(ttl=timedelta(minutes=90), skip_hours=frozenset({0, 23})),
    rhythm=Rhythm(window=20, reach=timedelta(days=3.5), arrivals=(NOW,), usual_gap=timedelta(1)),
    move=Move(url="https://new.example/rss", since=NOW, times=2),
    moved_to="https://new.example/",
    site_url="https://feed.example/",
    built="Mon, 14 Sep 2026 00:00:00 GMT",
    alarms=(Alarm(kind=AlarmKind.DEAD, since=NOW, detail="gone", proposal="https://x.example"),),
)


def entry(name: str, *, seen_at: datetime = NOW) -> Entry:
    """Return an entry with every field set."""
    return Entry(
        id=name,
        feed_url=STATE.url,
        feed_title="Báo Mẫu",
        guid=name,
        url=f"https://feed.example/{name}",
        title=f"Tiêu đề {name}",
        summary="Tóm tắt.",
        language="vi",
        published_at=seen_at - timedelta(hours=1),
        published_is_guess=True,
        first_seen_at=seen_at,
        links=("https://origin.example/a",),
        picture=Picture(url="https://feed.example/a.jpg", width=640, height=360, alt="Một robot"),
    )


def record(store: Feeds, state: FeedState, *new: Entry, edited: tuple[Entry, ...] = ()) -> None:
    """Store one poll."""
    arrivals = Arrivals(new=new, edited=edited)
    store.record_polls([PollRecord(state=state, arrivals=arrivals)])


def test_state_and_entries_come_back_as_they_were(engine: Engine) -> None:
    """Validators are echoed byte for byte, and times keep their microseconds."""
    store = Feeds(engine)

    record(store, STATE, entry("a"))

    assert store.feed_states() == {STATE.url: STATE}
    assert store.all_entries() == (entry("a"),)
    assert store.entry("a") == entry("a")
    assert store.entry("b") is None


def test_a_known_entry_is_not_stored_twice_and_keeps_its_first_sight(engine: Engine) -> None:
    """`first_seen_at` decides what is new; a second poll must not renew it."""
    store = Feeds(engine)
    later = NOW + timedelta(hours=3)
    record(store, STATE, entry("a"))

    record(store, replace(STATE, failures=0), entry("a", seen_at=later), entry("b", seen_at=later))

    assert [one.first_seen_at for one in store.all_entries()] == [NOW, later]
    assert store.feed_states()[STATE.url].failures == 0


def test_more_entries_than_one_statement_takes_are_stored(engine: Engine) -> None:
    """Some feeds come with an archive of thousands."""
    store = Feeds(engine)

    record(store, STATE, *(entry(f"e{number}") for number in range(2500)))

    assert len(store.all_entries()) == 2500


def test_entries_are_found_by_when_they_were_seen(engine: Engine) -> None:
    """An edition's window is closed at its beginning."""
    store = Feeds(engine)
    early = NOW - timedelta(seconds=1)
    record(store, STATE, entry("b"), entry("a"), entry("c", seen_at=early))

    assert [one.id for one in store.entries_since(NOW)] == ["a", "b"]


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    """A naive time would be off by hours and nobody would notice."""
    naive = entry("a", seen_at=NOW.replace(tzinfo=None))

    with pytest.raises(StoreError, match="without a zone"):
        record(Feeds(engine), STATE, naive)

    assert Feeds(engine).feed_states() == {}


def test_what_is_known_of_entries_is_enough_to_know_them_again(engine: Engine) -> None:
    """Guids change; pages, titles and days tell all the same. A guessed day tells nothing."""
    store = Feeds(engine)
    dated = replace(entry("a"), published_is_guess=False)
    record(store, STATE, dated, entry("b"))

    known = store.known_entries([STATE.url, "https://other.example/"])

    assert known["https://other.example/"] == ()
    assert sorted(known[STATE.url], key=lambda one: one.id) == [
        KnownEntry(
            id=one.id,
            url=one.url,
            title=one.title,
            published_at=date,
            text_hash=text_hash(one.title, one.summary),
        )
        for one, date in ((dated, dated.published_at), (entry("b"), None))
    ]


def test_an_edit_changes_the_words_and_nothing_else(engine: Engine) -> None:
    """When it was first seen decides what is new, and does not move."""
    store = Feeds(engine)
    record(store, STATE, entry("a"))
    later = replace(entry("a", seen_at=NOW + timedelta(days=1)), title="Sửa lại", summary="Mới.")

    record(store, STATE, edited=(later,))

    assert store.all_entries() == (replace(entry("a"), title="Sửa lại", summary="Mới."),)


def test_held_entries_become_news_or_not(engine: Engine) -> None:
    """A person decides; those of other feeds stay as they are."""
    store = Feeds(engine)
    held = replace(entry("a", seen_at=NOW - timedelta(days=14)), held_at=NOW)
    other = replace(held, id="x", feed_url="https://other.example/")
    record(store, STATE, held, other)

    count = store.settle_held(STATE.url, as_news_at=NOW)

    assert count == 1
    assert store.entries_since(NOW) == (replace(held, held_at=None, first_seen_at=NOW),)
    assert store.entry("x") == other
    assert store.settle_held(other.feed_url, as_news_at=None) == 1
    assert store.entries_since(NOW) == (replace(held, held_at=None, first_seen_at=NOW),)


def test_sites_are_remembered(engine: Engine) -> None:
    """Their quiet outlasts a restart."""
    store = Feeds(engine)
    site = SiteState(site="reddit.com", last_asked_at=NOW)
    quiet = replace(site, quiet_until=NOW + timedelta(hours=1), quiet_because_of=STATE.url)

    store.record_sites([site])
    store.record_sites([quiet])

    assert store.site_states() == {"reddit.com": quiet}
