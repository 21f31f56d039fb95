"""When a feed is polled next, and what is remembered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.feeds import (
    Blocked,
    Failed,
    FeedState,
    FetchResult,
    Fresh,
    Gone,
    NotModified,
    Throttled,
    Validators,
)
from aidigest.core.parsing import ParsedEntry, ParsedFeed
from aidigest.core.polling import (
    CEILING,
    FLOOR,
    RETRY_AFTER_CEILING,
    after_poll,
    body_hash,
    held_back,
    is_due,
)
from aidigest.errors import ParseError

URL = "https://feed.example/rss"
NOW = datetime(2026, 9, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
JITTER = timedelta(minutes=10)
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
    return after_poll(state, result, parsed=parsed, now=NOW)


def wait(state: FeedState) -> timedelta:
    """Return how long the feed is left alone."""
    assert state.next_poll_at is not None
    return state.next_poll_at - NOW


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


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({}, HOUR),
        ({"cache_control": "max-age=21600", "age": "600"}, timedelta(seconds=21_000)),
        ({"cache_control": 'public, MAX-AGE="7200"'}, 2 * HOUR),
        ({"cache_control": "max-age=504576000"}, CEILING),
        ({"cache_control": "max-age=99999999999999999999"}, CEILING),
        ({"cache_control": "no-cache, max-age=0"}, HOUR),
        ({"cache_control": "max-age=-5"}, HOUR),
        (
            {
                "expires": "Mon, 14 Sep 2026 05:00:00 GMT",
                "date": "Mon, 14 Sep 2026 03:00:00 GMT",
            },
            2 * HOUR,
        ),
        ({"expires": "0", "date": "now"}, HOUR),
        (
            {
                "cache_control": "max-age=7200",
                "expires": "Mon, 14 Sep 2026 20:00:00 GMT",
                "date": "Mon, 14 Sep 2026 00:00:00 GMT",
            },
            2 * HOUR,
        ),
    ],
)
def test_a_feed_is_left_alone_as_long_as_its_server_asks(
    headers: dict[str, str], least: timedelta
) -> None:
    """An hour at least, a day at most; on a 304 as on a 200."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    for state in (polled(fresh(**headers), parsed=WHOLE), polled(NotModified(headers=named))):
        assert least <= wait(state) <= least + JITTER


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "least"),
    [
        ("7200", 2 * HOUR),
        ("Mon, 14 Sep 2026 05:00:00 GMT", 5 * HOUR),
        ("0", HOUR),
        ("soon", HOUR),
        ("-1", HOUR),
        ("Sun, 13 Sep 2026 05:00:00 GMT", HOUR),
        ("1000000000", RETRY_AFTER_CEILING),
    ],
)
def test_retry_after_is_obeyed(status: int, value: str, least: timedelta) -> None:
    """Seconds or a date, up to a week; nonsense falls back to our own wait."""
    state = polled(Throttled(status=status, headers={"retry-after": value}))

    assert least <= wait(state) <= least + JITTER


@pytest.mark.parametrize(
    ("result", "ceiling"),
    [
        (Failed(reason="status 404", status=404), timedelta(days=7)),
        (Failed(reason="status 500", status=500), CEILING),
        (Failed(reason="connection refused"), CEILING),
        (Failed(reason="status 403", status=403), CEILING),
        (Throttled(status=429), timedelta(hours=6)),
    ],
)
def test_trouble_doubles_the_wait_up_to_a_ceiling(result: FetchResult, ceiling: timedelta) -> None:
    """Broken feeds are asked less and less, but never given up; one good answer heals all."""
    state, waits = KNOWN, []
    for _ in range(40):
        state = polled(result, state)
        waits.append(wait(state))

    assert all(2**n * HOUR <= waits[n] <= 2**n * HOUR + JITTER for n in range(3))
    assert ceiling <= waits[-1] <= ceiling + JITTER
    assert wait(polled(NotModified(), state)) <= HOUR + JITTER


def test_a_wall_is_not_run_against() -> None:
    """A day is soon enough to see whether it is still there."""
    assert wait(polled(Blocked(reason="a wall"))) >= CEILING


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


def test_each_wait_names_its_reason() -> None:
    """An operator who wonders why reads it."""
    reasons = [
        polled(NotModified()).next_poll_reason,
        polled(NotModified(headers={"cache-control": "max-age=9000"})).next_poll_reason,
        polled(Throttled(status=429, headers={"retry-after": "9000"})).next_poll_reason,
        polled(Failed(reason="x"), replace(KNOWN, failures=2)).next_poll_reason,
    ]

    assert reasons == [
        "an hour after the last answer",
        "the server's Cache-Control says so",
        "the server's Retry-After says so",
        "4 h after 3 failures in a row",
    ]


def test_held_back_feeds_are_not_to_blame() -> None:
    """Another feed of their host was asked to wait."""
    state = held_back(KNOWN, until=NOW + HOUR, because_of="https://feed.example/other")

    assert (state.failures, state.next_poll_at) == (0, NOW + HOUR)
    assert "https://feed.example/other" in state.next_poll_reason


def test_feeds_added_together_drift_apart() -> None:
    """A thousand feeds must not be due in one second, hour after hour."""
    times = {polled(NotModified(), FeedState(url=f"{URL}/{n}")).next_poll_at for n in range(100)}

    assert len(times) > 90


HEADERS = st.dictionaries(
    st.sampled_from(["cache-control", "age", "expires", "date", "retry-after", "etag"]),
    st.text(max_size=30)
    | st.from_regex(r"max-age=\d{1,30}", fullmatch=True)
    | st.integers().map(str)
    | st.just("Mon, 14 Sep 2026 05:00:00 GMT"),
)
RESULTS = st.one_of(
    st.builds(NotModified, headers=HEADERS),
    st.builds(Throttled, status=st.sampled_from([429, 503]), headers=HEADERS),
    st.builds(Blocked, reason=st.just("x"), headers=HEADERS),
    st.builds(
        Failed, reason=st.just("x"), status=st.sampled_from([None, 404, 500]), headers=HEADERS
    ),
    st.builds(Fresh, body=st.just(b""), url=st.just(URL), headers=HEADERS),
)


@given(RESULTS, st.integers(min_value=0, max_value=10_000))
def test_no_answer_brings_us_back_early_or_never(result: FetchResult, failures: int) -> None:
    """Whatever a server sends, the next poll is at least an hour and at most a week away."""
    state = polled(result, replace(KNOWN, failures=failures))

    assert FLOOR <= wait(state) <= RETRY_AFTER_CEILING + JITTER
    assert state.next_poll_reason
