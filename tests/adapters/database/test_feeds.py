"""Feeds and entries as the database keeps them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from aidigest.adapters.database import Feeds
from aidigest.core.entries import Entry
from aidigest.core.feeds import FeedState, Validators
from aidigest.errors import StoreError

NOW = datetime(2026, 9, 14, 12, 30, 15, 123456, tzinfo=UTC)
STATE = FeedState(
    url="https://feed.example/rss",
    validators=Validators(etag='W/"a"', last_modified="Mon, 01 Jan 2025 00:00:00 GMT"),
    body_hash="abc",
    first_polled_at=NOW,
    last_polled_at=NOW,
    last_success_at=NOW,
    last_status="200",
    failures=2,
    next_poll_at=NOW + timedelta(hours=1),
    next_poll_reason="max-age",
    gone=True,
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
    )


def test_state_and_entries_come_back_as_they_were(engine: Engine) -> None:
    """Validators are echoed byte for byte, and times keep their microseconds."""
    store = Feeds(engine)

    new = store.record_poll(STATE, [entry("a")])

    assert new == 1
    assert store.feed_states() == {STATE.url: STATE}
    assert store.all_entries() == (entry("a"),)
    assert store.entry("a") == entry("a")
    assert store.entry("b") is None


def test_a_known_entry_is_not_stored_twice_and_keeps_its_first_sight(engine: Engine) -> None:
    """`first_seen_at` decides what is new; a second poll must not renew it."""
    store = Feeds(engine)
    later = NOW + timedelta(hours=3)
    store.record_poll(STATE, [entry("a")])

    new = store.record_poll(
        replace(STATE, failures=0), [entry("a", seen_at=later), entry("b", seen_at=later)]
    )

    assert new == 1
    assert [one.first_seen_at for one in store.all_entries()] == [NOW, later]
    assert store.feed_states()[STATE.url].failures == 0


def test_more_entries_than_one_statement_takes_are_stored(engine: Engine) -> None:
    """Some feeds come with an archive of thousands."""
    store = Feeds(engine)

    new = store.record_poll(STATE, [entry(f"e{number}") for number in range(2500)])

    assert new == 2500


def test_entries_are_found_by_when_they_were_seen(engine: Engine) -> None:
    """An edition's window is closed at its beginning."""
    store = Feeds(engine)
    early = NOW - timedelta(seconds=1)
    store.record_poll(STATE, [entry("b"), entry("a"), entry("c", seen_at=early)])

    assert [one.id for one in store.entries_since(NOW)] == ["a", "b"]


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    """A naive time would be off by hours and nobody would notice."""
    naive = entry("a", seen_at=NOW.replace(tzinfo=None))

    with pytest.raises(StoreError, match="without a zone"):
        Feeds(engine).record_poll(STATE, [naive])
