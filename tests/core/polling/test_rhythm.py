"""How often something new appears, and how soon a window overflows."""

from datetime import UTC, datetime, timedelta

from aidigest.core.feeds.feed import Rhythm
from aidigest.core.polling.rhythm import after_read, after_unchanged

NOW = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def hourly(count: int, *, latest: datetime = NOW) -> list[datetime | None]:
    """Return dates an hour apart, the latest first."""
    return [latest - n * HOUR for n in range(count)]


def test_the_reach_is_the_age_of_the_oldest_entries() -> None:
    """A shorter gap between two polls loses nothing."""
    found = after_read(Rhythm(), hourly(10), new=10, since=None, now=NOW)

    assert (found.window, found.reach, found.usual_gap) == (10, 8 * HOUR, HOUR)


def test_a_new_feed_has_last_brought_something_when_its_latest_entry_came() -> None:
    """A blog that slept for a year does not become lively by being added."""
    asleep = hourly(3, latest=NOW - 300 * DAY)

    found = after_read(Rhythm(), asleep, new=3, since=None, now=NOW)

    assert found.arrivals == (NOW - 300 * DAY,)
    assert after_read(found, asleep, new=1, since=NOW - DAY, now=NOW).arrivals[-1] == NOW


def test_the_reach_grows_slowly_and_shrinks_at_once() -> None:
    """A quiet night must not hide how fast a feed is by day."""
    fast = Rhythm(reach=4 * HOUR)

    slow = after_read(fast, hourly(100), new=1, since=NOW - HOUR, now=NOW)
    faster = after_read(fast, hourly(2), new=1, since=NOW - HOUR, now=NOW)

    assert (slow.reach, faster.reach) == (6 * HOUR, HOUR)


def test_a_reach_of_nothing_recovers() -> None:
    """A feed whose only entry had just come would be asked every hour for ever."""
    rhythm = after_read(Rhythm(), [NOW], new=1, since=None, now=NOW)
    for day in range(1, 13):
        now = NOW + day * DAY
        rhythm = after_read(rhythm, [NOW], new=0, since=now - DAY, now=now)

    assert rhythm.reach is not None
    assert rhythm.reach > 2 * DAY


def test_without_dates_the_pace_is_counted() -> None:
    """Ten entries of which five are new each day last for two days."""
    undated: list[datetime | None] = [None] * 10

    first = after_read(Rhythm(), undated, new=10, since=None, now=NOW - DAY)
    second = after_read(first, undated, new=5, since=NOW - DAY, now=NOW)

    assert (first.reach, second.reach) == (None, 2 * DAY)


def test_an_unchanged_feed_without_dates_shows_its_pace_as_well() -> None:
    """Nothing new in a day: the ten entries last for ten days at least."""
    assert after_unchanged(Rhythm(window=10), since=NOW - DAY, now=NOW).reach == 10 * DAY
    assert after_unchanged(Rhythm(window=10), since=None, now=NOW).reach is None
    assert after_unchanged(Rhythm(reach=HOUR), since=NOW - DAY, now=NOW).reach == HOUR


def test_a_huge_feed_after_decades_overflows_no_clock() -> None:
    """A million entries times thirty years is more than a timedelta holds."""
    undated: list[datetime | None] = [None] * 1_000_000

    found = after_read(Rhythm(), undated, new=0, since=NOW - 10_000 * DAY, now=NOW)

    assert found.reach is not None
    assert found.reach > 1000 * DAY


def test_what_is_usual_takes_five_arrivals_or_five_dates() -> None:
    """Two say nothing; and only the last ten count."""
    few = after_read(Rhythm(), hourly(3), new=3, since=None, now=NOW)
    rhythm = few
    for day in range(1, 15):
        now = NOW + day * DAY
        rhythm = after_read(rhythm, hourly(3, latest=now), new=1, since=now - DAY, now=now)

    assert few.usual_gap is None
    assert (rhythm.usual_gap, len(rhythm.arrivals)) == (DAY, 10)


def test_an_empty_feed_has_no_rhythm() -> None:
    """Some are, on Sundays."""
    assert after_read(Rhythm(), [], new=0, since=NOW - DAY, now=NOW) == Rhythm()
