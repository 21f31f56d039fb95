"""Rates are kept by buckets that a restart and a clock set back do not spoil."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.delivery.pace import (
    FIRST_REST,
    LONGEST_REST,
    LONGEST_WAIT,
    Bucket,
    Limits,
    WarmUp,
    next_slot,
    parse_rate,
    rest,
    slots,
    take,
    warm_rate,
)

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
MANY = 10_000


@pytest.mark.parametrize(
    ("text", "interval", "burst"),
    [
        ("14/s", timedelta(seconds=1) / 14, 14),
        ("20/minute", timedelta(seconds=3), 1),
        ("1000/hour", timedelta(seconds=3.6), 1),
        ("200/day", timedelta(seconds=432), 1),
        (" 7 / SECOND ", timedelta(seconds=1) / 7, 7),
    ],
)
def test_rate_is_read(text: str, interval: timedelta, burst: int) -> None:
    """As relays state their limits."""
    rate = parse_rate(text)

    assert (rate.interval, rate.burst) == (interval, burst)


@pytest.mark.parametrize(
    "text", ["", "14", "0/s", "14/week", "-1/s", "1.5/s", "many", "1001/s", "3000000/s"]
)
def test_rate_that_is_none_says_how_to_write_one(text: str) -> None:
    """The message goes to the operator as it is."""
    with pytest.raises(ValueError, match=r"write (it as|1000/s)"):
        parse_rate(text)


@given(seconds=st.integers(min_value=1, max_value=600), per_second=st.integers(1, 50))
def test_no_more_than_the_rate_goes_in_any_time(seconds: int, per_second: int) -> None:
    """Asked every second for as much as there is, a bucket gives the rate and one burst."""
    rate = parse_rate(f"{per_second}/s")
    bucket, given_out = Bucket(name="x"), 0
    for second in range(seconds):
        now = NOW + timedelta(seconds=second)
        count = slots(bucket, rate, now=now, at_most=MANY)
        bucket = take(bucket, rate, now=now, count=count)
        given_out += count

    # Intervals are whole microseconds, which costs a message now and then.
    assert 0.8 * per_second * (seconds - 1) <= given_out <= per_second * (seconds + 1)


def test_each_message_has_a_slot_of_its_own() -> None:
    """A thousand readers at one domain are spread, not sent back together."""
    rate, bucket, found = parse_rate("20/minute"), Bucket(name="x"), []
    for _ in range(4):
        found.append(next_slot(bucket, rate, now=NOW))
        bucket = take(bucket, rate, now=NOW)

    assert found == [NOW + timedelta(seconds=3 * number) for number in range(4)]


def test_clock_set_back_holds_nobody_for_longer_than_a_day() -> None:
    """A bucket filled by a clock a month ahead must not stop mail for a month."""
    bucket = Bucket(name="x", full_at=NOW + timedelta(days=30))

    assert next_slot(bucket, parse_rate("1/s"), now=NOW) <= NOW + LONGEST_WAIT


def test_rests_grow_and_are_forgotten() -> None:
    """A domain that keeps saying "too fast" is asked less and less; a good hour clears it."""
    bucket, pauses, now = Bucket(name="domain:example.org"), [], NOW
    for _ in range(9):
        bucket = rest(bucket, now=now)
        pauses.append(bucket.full_at - now)
        now = bucket.full_at

    fresh = rest(bucket, now=now + 2 * LONGEST_REST)

    assert pauses[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert pauses[-1] == LONGEST_REST
    assert fresh.full_at - (now + 2 * LONGEST_REST) == FIRST_REST


def test_what_was_on_its_way_does_not_lengthen_a_rest() -> None:
    """Eight connections say "too fast" at once; that is one answer."""
    bucket = rest(Bucket(name="x"), now=NOW)

    assert rest(bucket, now=NOW + timedelta(seconds=1)) == bucket


def test_warm_up_grows_by_the_day_and_ends() -> None:
    """200 on the first day, half as many more on each next."""
    warm_up = WarmUp(since=NOW)
    first, second = (warm_rate(warm_up, NOW + timedelta(days=day)) for day in (0, 1))
    limits = Limits(relays={"a": parse_rate("14/s")}, warm_up=warm_up)

    assert first is not None
    assert second is not None
    assert (first.burst, second.burst) == (200, 300)
    assert limits.relay("a", NOW) == first
    assert warm_rate(warm_up, NOW + timedelta(days=61)) is None
    assert limits.relay("a", NOW + timedelta(days=61)) == parse_rate("14/s")


@given(
    day=st.integers(0, 100),
    first_day=st.integers(1, 10**12),
    growth=st.floats(1.1, 10**9),
)
def test_warm_up_gives_a_rate_on_every_day(day: int, first_day: int, growth: float) -> None:
    """From its 51st day on the default one left no microsecond between two messages."""
    now = NOW + timedelta(days=day)
    rate = warm_rate(WarmUp(since=NOW, first_day=first_day, growth=growth), now)

    may_go = slots(Bucket(name="x"), rate, now=now, at_most=MANY)

    assert may_go == (MANY if rate is None else min(MANY, rate.burst))
