"""What is remembered of a poll."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.feeds.feed import (
    AlarmKind,
    Blocked,
    Failed,
    FeedState,
    FetchResult,
    Fresh,
    Gone,
    Moved,
    NotModified,
    Throttled,
    Validators,
)
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed
from aidigest.core.polling.history import (
    Polled,
    after_outage,
    after_poll,
    body_hash,
    held_back,
    is_due,
    may_be_asked_by_hand,
    revived,
)
from aidigest.errors import ParseError

URL = "https://feed.example/rss"
NOW = datetime(2026, 9, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
ITEM = ParsedEntry(guid="1", url=None, title="T", summary="", language="en", published_at=None)
WHOLE = ParsedFeed(title="", entries=(ITEM,), complete=True)
OLD = Validators(etag='"a"', last_modified="Wed, 01 Jan 2025 00:00:00 GMT")
KNOWN = FeedState(url=URL, validators=OLD, body_hash="old", first_polled_at=NOW)


def fresh(etag: str | None = None, last_modified: str | None = None, **headers: str) -> Fresh:
    """Return a body with validators."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    validators = Validators(etag=etag, last_modified=last_modified)
    return Fresh(body=b"<rss/>", url=URL, validators=validators, headers=named)


def polled(
    result: FetchResult,
    state: FeedState = KNOWN,
    parsed: ParsedFeed | ParseError | None = None,
) -> FeedState:
    """Return the state after a poll at `NOW`."""
    return after_poll(state, Polled(result=result, parsed=parsed), cutoffs=(), now=NOW)


def test_a_whole_feed_sets_its_validators() -> None:
    """Both at once: one that is missing is forgotten."""
    state = polled(fresh('"b"'), parsed=WHOLE)

    assert state.validators == Validators(etag='"b"')
    assert state.body_hash == body_hash(b"<rss/>")
    assert (state.failures, state.last_success_at) == (0, NOW)


def test_the_same_body_under_new_validators_keeps_the_new_ones() -> None:
    """With the old ones the server would send it whole for ever."""
    assert polled(fresh('"b"'), parsed=None).validators == Validators(etag='"b"')


@pytest.mark.parametrize(
    "parsed",
    [ParseError(URL, "an HTML page"), ParsedFeed(title="", entries=(ITEM,), complete=False)],
    ids=["no feed", "cut short"],
)
def test_only_a_whole_feed_sets_validators(parsed: ParsedFeed | ParseError) -> None:
    """Else a later 304 would hide for ever what we never got."""
    state = polled(fresh('"b"'), parsed=parsed)

    assert (state.validators, state.body_hash, state.failures) == (OLD, "old", 1)


def test_not_modified_refreshes_what_it_names_and_keeps_the_rest() -> None:
    """RFC 9111, section 4.3.4."""
    bare = polled(NotModified())
    named = polled(NotModified(headers={"etag": '"b"'}))

    assert bare.validators == OLD
    assert named.validators == replace(OLD, etag='"b"')


@pytest.mark.parametrize(
    "result",
    [
        Failed(reason="status 500", status=500, headers={"etag": '"error"'}),
        Throttled(status=429, headers={"etag": '"error"'}),
        Blocked(reason="a wall"),
    ],
)
def test_validators_survive_trouble(result: FetchResult) -> None:
    """An error page's validators are not the feed's."""
    assert polled(result).validators == OLD


def test_the_first_poll_is_the_first_with_entries() -> None:
    """An empty answer must not open the door to a whole archive of news."""
    new = FeedState(url=URL)
    empty = ParsedFeed(title="", entries=(), complete=True)

    assert polled(fresh(), new, empty).first_polled_at is None
    assert polled(Failed(reason="x"), new).first_polled_at is None
    assert polled(fresh(), new, WHOLE).first_polled_at == NOW


def test_a_feed_that_is_gone_is_never_due() -> None:
    """410 means for good; a person decides."""
    state = polled(Gone())

    assert state.gone
    assert not is_due(state, now=NOW + timedelta(days=9_999))
    assert "410" in state.next_poll_reason


def test_a_feed_is_due_at_its_time() -> None:
    """Not a second before."""
    state = replace(KNOWN, next_poll_at=NOW)

    assert is_due(FeedState(url=URL), now=NOW)
    assert is_due(state, now=NOW)
    assert not is_due(state, now=NOW - timedelta(seconds=1))


def test_held_back_feeds_are_not_to_blame_and_drift_apart() -> None:
    """Another feed of their site was asked to wait; they must not all come back at once."""
    states = [
        held_back(FeedState(url=f"{URL}/{n}"), until=NOW + HOUR, reason="quiet") for n in range(50)
    ]

    times = {state.next_poll_at for state in states if state.next_poll_at is not None}
    assert all(state.failures == 0 for state in states)
    assert min(times) >= NOW + HOUR
    assert len(times) == 50


def test_polls_and_what_304_saved_are_counted() -> None:
    """It is what an operator can show to a feed's owner."""
    read = polled(fresh('"b"'), FeedState(url=URL), WHOLE)

    state = polled(NotModified(), polled(NotModified(), read))

    assert (state.polls, state.unchanged, state.bytes_saved) == (3, 2, 2 * len(b"<rss/>"))


def moved(state: FeedState, *, days: float, to: str = "https://new.example/rss") -> FeedState:
    """Return the state after a poll that was sent elsewhere for good."""
    result = Moved(url=to, answer=fresh('"b"'))
    now = NOW + timedelta(days=days)
    return after_poll(state, Polled(result=result, parsed=WHOLE), cutoffs=(), now=now)


def test_a_permanent_redirect_is_believed_after_a_week() -> None:
    """A captive portal or a slip of an evening must not rewrite the list."""
    first = moved(KNOWN, days=0)
    second = moved(first, days=6.9)
    third = moved(second, days=7)

    assert [one.address for one in (first, second, third)] == [URL, URL, "https://new.example/rss"]
    assert third.alarm(AlarmKind.MOVED) is not None


def test_two_sightings_in_a_week_are_too_few() -> None:
    """A server that answers this way and that has not moved."""
    once = moved(KNOWN, days=0)
    back = after_poll(once, Polled(result=fresh(), parsed=WHOLE), cutoffs=(), now=NOW)

    assert moved(moved(back, days=7), days=8).address == URL


def test_a_move_to_https_is_believed_at_once() -> None:
    """It is the same page, only safer."""
    state = FeedState(url="http://feed.example/rss")

    assert moved(state, days=0, to=URL).address == URL


def test_a_redirect_that_leads_to_no_feed_does_not_count() -> None:
    """Three hundred days of a hotel's login page are no move."""
    state = KNOWN
    for day in range(30):
        result = Moved(url="https://hotel.example/login", answer=fresh())
        page = Polled(result=result, parsed=ParseError(URL, "an HTML page"))
        state = after_poll(state, page, cutoffs=(), now=NOW + timedelta(days=day))

    assert (state.address, state.move) == (URL, None)


def test_an_adopted_address_that_dies_is_given_up() -> None:
    """The address that the maintainer listed has the last word."""
    state = replace(KNOWN, moved_to="https://new.example/rss")
    for _ in range(3):
        state = polled(Failed(reason="status 404", status=404), state)

    assert state.address == URL


def test_a_person_may_ask_once_an_hour() -> None:
    """Five clicks are one request."""
    state = replace(polled(NotModified()), asked_by_hand_at=NOW)

    assert not may_be_asked_by_hand(state, now=NOW + timedelta(minutes=59))
    assert may_be_asked_by_hand(state, now=NOW + HOUR)


def test_not_even_a_person_may_ask_a_server_that_wants_quiet() -> None:
    """Retry-After is meant for whoever asks."""
    state = polled(Throttled(status=429, headers={"retry-after": "7200"}))

    assert not may_be_asked_by_hand(state, now=NOW + timedelta(minutes=119))
    assert may_be_asked_by_hand(state, now=NOW + 2 * HOUR)


def test_whoever_comes_by_early_may_ask_for_what_waits_for_its_slot() -> None:
    """Cron may not come again before the edition; the hour between two polls stays."""
    slot = replace(KNOWN, next_poll_at=NOW + HOUR, last_polled_at=NOW - 2 * HOUR)
    recent = replace(slot, last_polled_at=NOW - HOUR / 2)
    failing = replace(slot, failures=1)

    ahead = timedelta(minutes=75)
    assert is_due(slot, now=NOW, ahead=ahead)
    assert not is_due(recent, now=NOW, ahead=ahead)
    assert not is_due(failing, now=NOW, ahead=ahead)


def test_an_outage_of_our_own_is_no_feeds_fault() -> None:
    """A night without a network must not put every feed to the end of its back-off."""
    state = after_outage(replace(KNOWN, failures=1), now=NOW)

    assert state.failures == 1
    assert state.next_poll_at is not None
    assert NOW < state.next_poll_at <= NOW + HOUR


def test_what_was_given_up_can_be_revived() -> None:
    """Feeds do come back from 410."""
    state = revived(polled(Gone()))

    assert is_due(state, now=NOW)
