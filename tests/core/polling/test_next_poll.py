"""When a feed is polled next, and why then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.editions.digest import Digest, cutoffs
from aidigest.core.feeds.feed import (
    Answer,
    Blocked,
    Failed,
    FeedState,
    Fresh,
    Gone,
    NotModified,
    Rhythm,
    Throttled,
)
from aidigest.core.feeds.parsed import Hints
from aidigest.core.polling.freshness import fresh_for, retry_after
from aidigest.core.polling.history import Polled, after_poll
from aidigest.core.polling.next_poll import (
    CEILING,
    FLOOR,
    RETRY_AFTER_CEILING,
    SLOT_CLOSES,
    SLOT_OPENS,
    next_poll,
)

URL = "https://feed.example/rss"
NOW = datetime(2026, 9, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: Its window overflows within two hours, so that nothing but the floors holds us back.
BUSY = FeedState(url=URL, rhythm=Rhythm(window=25, reach=2 * HOUR), first_polled_at=NOW)
SLOW = FeedState(url=URL, rhythm=Rhythm(window=20, reach=90 * DAY), first_polled_at=NOW)


def wait(
    answer: Answer, state: FeedState = BUSY, *, cutoffs: tuple[datetime, ...] = ()
) -> timedelta:
    """Return how long the feed is left alone."""
    at = next_poll(state, answer, cutoffs=cutoffs, now=NOW).at
    assert at is not None
    return at - NOW


def failing(answer: Answer, failures: int = 1) -> timedelta:
    """Return the wait after so many failures."""
    return wait(answer, replace(BUSY, failures=failures))


def is_about(span: timedelta, least: timedelta) -> bool:
    """Say whether a wait is that long, but for the time by which feeds drift apart."""
    return least <= span <= least + min(least / 4, HOUR)


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({}, HOUR),
        ({"cache-control": "max-age=21600", "age": "600"}, timedelta(seconds=21_000)),
        ({"cache-control": 'public, MAX-AGE="7200"'}, 2 * HOUR),
        ({"cache-control": "max-age=504576000"}, CEILING),
        ({"cache-control": "max-age=99999999999999999999"}, CEILING),
        ({"cache-control": "no-cache, max-age=0"}, HOUR),
        ({"cache-control": "max-age=-5"}, HOUR),
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
                "cache-control": "max-age=7200",
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
    for answer in (Fresh(body=b"", url=URL, headers=headers), NotModified(headers=headers)):
        assert is_about(wait(answer), least)


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
    assert is_about(failing(Throttled(status=status, headers={"retry-after": value})), least)


@pytest.mark.parametrize(
    ("answer", "ceiling"),
    [
        (Failed(reason="status 404", status=404), timedelta(days=7)),
        (Failed(reason="status 500", status=500), CEILING),
        (Failed(reason="connection refused"), CEILING),
        (Failed(reason="status 403", status=403), CEILING),
        (Throttled(status=429), timedelta(hours=6)),
    ],
)
def test_trouble_doubles_the_wait_up_to_a_ceiling(answer: Answer, ceiling: timedelta) -> None:
    """Broken feeds are asked less and less, but never given up."""
    waits = [failing(answer, count) for count in range(1, 40)]

    assert all(is_about(waits[n], 2**n * HOUR) for n in range(3))
    assert is_about(waits[-1], ceiling)


def test_a_missing_video_feed_is_asked_again_the_same_day() -> None:
    """YouTube answers 404 for hours on most days."""
    state = FeedState(url="https://www.youtube.com/feeds/videos.xml?channel_id=UC1", failures=9)

    assert is_about(wait(Failed(reason="status 404", status=404), state), 6 * HOUR)


def test_a_wall_is_not_run_against() -> None:
    """A day is soon enough to see whether it is still there."""
    assert failing(Blocked(reason="a wall")) >= CEILING


def test_a_feed_that_is_gone_has_no_next_time() -> None:
    """410 means for good."""
    found = next_poll(BUSY, Gone(), cutoffs=(), now=NOW)

    assert (found.at, "410" in found.reason) == (None, True)


@pytest.mark.parametrize(
    ("hints", "least"),
    [
        (Hints(ttl=3 * HOUR), 3 * HOUR),
        (Hints(ttl=timedelta(minutes=5)), HOUR),
        (Hints(ttl=timedelta(days=40)), CEILING),
        (Hints(update_every=12 * HOUR), 12 * HOUR),
        (Hints(update_every=timedelta(days=365)), CEILING),
    ],
)
def test_a_feeds_own_hints_are_floors(hints: Hints, least: timedelta) -> None:
    """Who says that it changes twice a day is not asked every hour."""
    assert is_about(wait(NotModified(), replace(BUSY, hints=hints)), least)


def test_skipped_hours_and_days_are_slept_through() -> None:
    """Midnight to six on a Monday, and all of Tuesday."""
    hints = Hints(skip_hours=frozenset(range(1, 24)), skip_days=frozenset({1}))

    at = NOW + wait(NotModified(), replace(BUSY, hints=hints))

    assert NOW + 2 * DAY <= at < NOW + 2 * DAY + HOUR


def test_a_slow_feed_is_asked_once_for_each_edition() -> None:
    """Shortly before it is made, in a slot of its own."""
    cutoff = NOW + 9 * HOUR

    span = wait(NotModified(), SLOW, cutoffs=(cutoff, cutoff + DAY))

    assert SLOT_CLOSES <= cutoff - NOW - span <= SLOT_OPENS


def test_an_edition_that_was_just_polled_for_needs_no_second_poll() -> None:
    """The slot lies up to an hour before it; the next one is tomorrow's."""
    cutoff = NOW + HOUR

    span = wait(NotModified(), SLOW, cutoffs=(cutoff, cutoff + DAY))

    assert SLOT_CLOSES <= cutoff + DAY - NOW - span <= SLOT_OPENS


def test_a_busy_feed_is_asked_before_its_window_overflows() -> None:
    """25 items in ten hours: one poll a day would lose half of them."""
    state = replace(BUSY, rhythm=Rhythm(window=25, reach=10 * HOUR))

    found = next_poll(state, NotModified(), cutoffs=(NOW + 20 * HOUR,), now=NOW)

    assert found.at == NOW + 5 * HOUR
    assert found.reason == "its 25 entries reach back 10.0 h"


def test_an_hour_before_the_slot_the_slot_is_waited_for() -> None:
    """Asking twice within an hour is not allowed, and the later poll brings more."""
    state = replace(BUSY, rhythm=Rhythm(window=25, reach=10 * HOUR))
    cutoff = NOW + timedelta(hours=6, minutes=30)

    span = wait(NotModified(), state, cutoffs=(cutoff,))

    assert SLOT_CLOSES <= cutoff - NOW - span <= SLOT_OPENS


def test_a_feed_that_said_nothing_for_a_month_is_asked_four_times_a_day_at_most() -> None:
    """However many editions there are."""
    quiet = replace(SLOW, rhythm=Rhythm(window=20, reach=90 * DAY, arrivals=(NOW - 31 * DAY,)))
    hourly = tuple(NOW + n * HOUR for n in range(1, 50))

    assert 6 * HOUR <= wait(NotModified(), quiet, cutoffs=hourly) <= CEILING


def test_each_wait_names_its_reason() -> None:
    """An operator who wonders why reads it."""
    reasons = [
        next_poll(state, answer, cutoffs=cuts, now=NOW).reason
        for state, answer, cuts in (
            (BUSY, NotModified(headers={"cache-control": "max-age=9000"}), ()),
            (SLOW, NotModified(), ()),
            (SLOW, NotModified(), (NOW + 9 * HOUR,)),
            (replace(BUSY, failures=1), Throttled(status=429, headers={"retry-after": "9000"}), ()),
            (replace(BUSY, failures=3), Failed(reason="x"), ()),
        )
    ]

    assert reasons == [
        "the server's Cache-Control says so",
        "a day at most",
        "shortly before the next edition is made",
        "the server's Retry-After says so",
        "4 h after 3 failures in a row",
    ]


def test_feeds_added_together_drift_apart() -> None:
    """A thousand feeds must not be due in one second, day after day."""
    states = [replace(SLOW, url=f"{URL}/{n}") for n in range(1000)]
    cuts = (NOW + 9 * HOUR,)

    times = [next_poll(one, NotModified(), cutoffs=cuts, now=NOW).at for one in states]

    minutes = [f"{at:%H:%M}" for at in times if at is not None]
    assert max(minutes.count(minute) for minute in set(minutes)) < 50


def test_two_hundred_slow_feeds_cost_two_hundred_requests_a_day() -> None:
    """Thirty days of a daily digest; polling hourly would cost 4,800 a day."""
    digest = Digest(id="daily", schedule="0 7 * * *", timezone="Asia/Ho_Chi_Minh")
    ends = NOW + 30 * DAY
    requests = 0
    for number in range(200):
        state = replace(SLOW, url=f"{URL}/{number}")
        now = NOW
        while now < ends:
            requests += 1
            polled = Polled(result=NotModified())
            state = after_poll(state, polled, cutoffs=cutoffs([digest], now), now=now)
            assert state.next_poll_at is not None
            now = state.next_poll_at

    assert 195 <= requests / 30 <= 210


def test_every_edition_finds_its_feeds_polled_within_the_hour_before() -> None:
    """A digest twice a day, over both changes of the clock."""
    digest = Digest(id="twice", schedule="0 7,17 * * *", timezone="Europe/Berlin")
    now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    polls = []
    state = SLOW
    while now < datetime(2026, 10, 30, tzinfo=UTC):
        polls.append(now)
        cuts = cutoffs([digest], now)
        state = after_poll(state, Polled(result=NotModified()), cutoffs=cuts, now=now)
        assert state.next_poll_at is not None
        now = state.next_poll_at

    editions = [cut for day in range(9) for cut in cutoffs([digest], polls[0] + day * DAY)]
    assert all(
        any(SLOT_CLOSES <= cut - poll <= SLOT_OPENS for poll in polls)
        for cut in set(editions)
        if cut < polls[-1]
    )


HEADERS = st.dictionaries(
    st.sampled_from(
        ["cache-control", "age", "expires", "date", "retry-after", "etag", "x-ratelimit-reset"]
    ),
    st.text(max_size=30)
    | st.from_regex(r"max-age=\d{1,30}", fullmatch=True)
    | st.integers().map(str)
    | st.just("Mon, 14 Sep 2026 05:00:00 GMT"),
)
ANSWERS = st.one_of(
    st.builds(NotModified, headers=HEADERS),
    st.builds(Throttled, status=st.sampled_from([429, 503]), headers=HEADERS),
    st.builds(Blocked, reason=st.just("x"), headers=HEADERS),
    st.builds(
        Failed, reason=st.just("x"), status=st.sampled_from([None, 404, 500]), headers=HEADERS
    ),
    st.builds(Fresh, body=st.just(b""), url=st.just(URL), headers=HEADERS),
)
SPANS = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=4000))
STATES = st.builds(
    FeedState,
    url=st.sampled_from([URL, "https://www.youtube.com/feeds", "http://10.0.0.1/"]),
    failures=st.integers(min_value=0, max_value=10_000),
    hints=st.builds(
        Hints,
        ttl=st.none() | SPANS,
        update_every=st.none() | SPANS,
        skip_hours=st.frozensets(st.integers(0, 23), max_size=23),
        skip_days=st.frozensets(st.integers(0, 6), max_size=6),
    ),
    rhythm=st.builds(
        Rhythm,
        window=st.integers(0, 500),
        reach=st.none() | SPANS,
        usual_gap=st.none() | SPANS,
        arrivals=st.lists(SPANS.map(lambda span: NOW - span), max_size=3).map(tuple),
    ),
)
CUTOFFS = st.lists(SPANS.map(lambda span: NOW + span), max_size=5).map(lambda c: tuple(sorted(c)))


@given(STATES, ANSWERS, CUTOFFS)
def test_nothing_brings_us_back_before_a_floor_or_never(
    state: FeedState, answer: Answer, cuts: tuple[datetime, ...]
) -> None:
    """Whatever servers and feeds say, each of their floors holds, and there is a next time."""
    found = next_poll(state, answer, cutoffs=cuts, now=NOW)

    assert found.at is not None
    span = found.at - NOW
    assert span >= FLOOR
    floors = [fresh_for(answer.headers), *_asked_for(state)]
    assert all(span >= min(floor, CEILING) for floor in map(_span, floors) if floor is not None)
    if isinstance(answer, Throttled) and (asked := retry_after(answer.headers, NOW)):
        assert span >= min(asked.span, RETRY_AFTER_CEILING)
    assert found.at.hour not in state.hints.skip_hours
    assert found.at.weekday() not in state.hints.skip_days
    # A week of Retry-After, an hour of drift, and at most six skipped days and their hours.
    assert span <= RETRY_AFTER_CEILING + HOUR + timedelta(days=9)
    assert found.reason


def _asked_for(state: FeedState) -> list[timedelta | None]:
    return [state.hints.ttl, state.hints.update_every]


def _span(floor: object) -> timedelta | None:
    return floor if isinstance(floor, timedelta) else getattr(floor, "span", None)


@given(STATES, ANSWERS)
def test_one_good_answer_heals_every_back_off(state: FeedState, answer: Answer) -> None:
    """However long a feed has failed: a day after a good answer it is asked again."""
    failed = replace(state, hints=Hints(), failures=state.failures + 1)
    tired = after_poll(failed, Polled(result=answer), cutoffs=(), now=NOW)

    healed = after_poll(tired, Polled(result=NotModified()), cutoffs=(), now=NOW)

    assert healed.failures == 0
    assert healed.next_poll_at is not None
    assert healed.next_poll_at - NOW <= CEILING + HOUR
