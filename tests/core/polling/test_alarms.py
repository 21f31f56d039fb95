"""What an operator should know about a feed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.feeds.entry import Arrivals, Entry
from aidigest.core.feeds.feed import Alarm, AlarmKind, FeedState, Rhythm, Trouble
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed
from aidigest.core.polling.alarms import (
    PERSISTENT,
    alarms_after,
    outage_since,
    told,
    untold,
    with_proposal,
    without,
)
from aidigest.errors import ParseError

#: A Monday.
NOW = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
URL = "https://a.example/rss"
WELL = FeedState(url=URL, last_success_at=NOW - DAY, first_polled_at=NOW - 90 * DAY)
DAILY = Rhythm(window=10, usual_gap=DAY, arrivals=(NOW - 2 * DAY,))


def document(count: int = 3, *, built: str | None = None, complete: bool = True) -> ParsedFeed:
    """Return a feed of so many entries."""
    one = ParsedEntry(guid=None, url=None, title="A", summary="", language="en", published_at=None)
    return ParsedFeed(title="", entries=(one,) * count, complete=complete, built=built)


def entry(number: int) -> Entry:
    """Return a new entry."""
    return Entry(
        id=f"e{number}",
        feed_url=URL,
        feed_title="",
        guid=None,
        url=None,
        title="A",
        summary="",
        language="en",
        published_at=NOW,
        published_is_guess=False,
        first_seen_at=NOW,
    )


def kinds(
    before: FeedState,
    after: FeedState,
    parsed: ParsedFeed | ParseError | None = None,
    arrivals: Arrivals | None = None,
    *,
    now: datetime = NOW,
) -> list[AlarmKind]:
    """Return which alarms are on."""
    found = alarms_after(before, after, parsed, arrivals or Arrivals(), now)
    return [alarm.kind for alarm in found]


def failing(*, since: timedelta, failures: int = 5) -> FeedState:
    """Return the state of a feed that has failed for so long."""
    return replace(WELL, failures=failures, failing_since=NOW - since, trouble=Trouble.REFUSED)


def test_a_feed_that_is_well_raises_no_alarm() -> None:
    """An operator who is told too much stops reading."""
    assert kinds(WELL, WELL, document(), Arrivals(new=(entry(1),), dates=(NOW,) * 3)) == []
    assert kinds(WELL, WELL) == []


def test_a_feed_is_dead_after_two_days_of_failures() -> None:
    """An evening's trouble is none; 410 needs no time at all."""
    assert kinds(WELL, failing(since=2 * DAY)) == [AlarmKind.DEAD]
    assert kinds(WELL, failing(since=2 * DAY, failures=2)) == []
    assert kinds(WELL, failing(since=DAY)) == []
    assert kinds(WELL, replace(WELL, gone=True)) == [AlarmKind.DEAD]


def test_an_alarm_keeps_its_beginning_and_ends_with_its_cause() -> None:
    """Only what lasts is mailed, so the beginning counts."""
    first = Alarm(kind=AlarmKind.DEAD, since=NOW - DAY, detail="x", told_at=NOW)
    before = replace(failing(since=3 * DAY), alarms=(first,))

    (still,) = alarms_after(before, failing(since=3 * DAY), None, Arrivals(), NOW)

    assert (still.since, still.told_at) == (first.since, NOW)
    assert still.detail != "x"
    assert kinds(before, WELL) == []


def test_an_adopted_address_asks_for_the_list_to_be_changed() -> None:
    """The list is the operator's; we only say what should stand there."""
    assert kinds(WELL, replace(WELL, moved_to="https://b.example/rss")) == [AlarmKind.MOVED]


@pytest.mark.parametrize(
    ("gap", "quiet", "on"),
    [
        (DAY, 6 * DAY, True),
        (DAY, 4 * DAY, False),
        (HOUR, 4 * DAY, True),
        (HOUR, 2 * DAY, False),
        (30 * DAY, 100 * DAY, False),
    ],
)
def test_a_feed_is_silent_after_five_of_its_gaps(
    gap: timedelta, quiet: timedelta, *, on: bool
) -> None:
    """And not before three days, for everybody has a weekend."""
    state = replace(WELL, rhythm=Rhythm(usual_gap=gap, arrivals=(NOW - quiet,)))

    assert kinds(WELL, state) == ([AlarmKind.SILENT] if on else [])


def test_a_failing_feed_is_not_silent_as_well() -> None:
    """One cause, one alarm."""
    rhythm = Rhythm(usual_gap=HOUR, arrivals=(NOW - 9 * DAY,))

    assert kinds(WELL, replace(failing(since=9 * DAY), rhythm=rhythm)) == [AlarmKind.DEAD]


def test_a_window_that_is_all_new_may_have_lost_something() -> None:
    """Its oldest entry is younger than our last visit."""
    new = tuple(entry(n) for n in range(3))
    young = Arrivals(new=new, dates=(NOW - HOUR,) * 3)
    old = Arrivals(new=new, dates=(NOW - HOUR, NOW - HOUR, NOW - 2 * DAY))
    known = Arrivals(new=new[:2], dates=(NOW - HOUR,) * 3)

    assert kinds(WELL, WELL, document(), young) == [AlarmKind.OVERFLOWED]
    assert kinds(WELL, WELL, document(), old) == []
    assert kinds(WELL, WELL, document(), known) == []
    assert kinds(FeedState(url=URL), WELL, document(), young) == []


def test_held_entries_raise_an_alarm_that_only_a_person_ends() -> None:
    """Nothing of it is mailed meanwhile."""
    held = Arrivals(new=(entry(1),), dates=(NOW - 9 * DAY,), held=1)
    (alarm,) = alarms_after(WELL, WELL, document(), held, NOW)
    before = replace(WELL, alarms=(alarm,))

    assert alarm.kind is AlarmKind.QUARANTINED
    assert kinds(before, before, document(), Arrivals(new=(entry(2),))) == [AlarmKind.QUARANTINED]
    assert without(before, AlarmKind.QUARANTINED).alarms == ()


def test_a_daily_feed_with_nothing_new_on_a_working_day_may_be_stuck() -> None:
    """An archive may serve yesterday's batch with today's date; on Sundays nobody publishes."""
    before = replace(WELL, rhythm=DAILY, built="yesterday")
    known = Arrivals(dates=(None,) * 3)

    assert kinds(before, before, document(built="today"), known) == [AlarmKind.STALE]
    assert kinds(before, before, document(built="yesterday"), known) == [AlarmKind.ALL_KNOWN]
    assert kinds(before, before, document(built="today"), known, now=NOW - DAY) == []
    assert kinds(before, before, document(0, built="today"), Arrivals()) == []


def test_what_a_document_told_holds_until_the_next_one_is_read() -> None:
    """A 304 or a failure says nothing about what may be missing."""
    stale = Alarm(kind=AlarmKind.STALE, since=NOW - HOUR, detail="x")
    before = replace(WELL, alarms=(stale,))

    assert kinds(before, before) == [AlarmKind.STALE]
    assert kinds(before, before, document(complete=False)) == [AlarmKind.STALE]
    assert kinds(before, before, document(), Arrivals(new=(entry(1),), dates=(NOW - DAY,))) == []


def test_lasting_alarms_are_told_once() -> None:
    """What began today may be over tomorrow; what was told is known."""
    young = Alarm(kind=AlarmKind.SILENT, since=NOW - PERSISTENT + HOUR, detail="x")
    old = Alarm(kind=AlarmKind.DEAD, since=NOW - PERSISTENT, detail="y")
    state = replace(WELL, alarms=(young, old))

    after = told(state, now=NOW)

    assert untold([state], now=NOW) == ((state, old),)
    assert untold([after], now=NOW) == ()
    assert [alarm.told_at for alarm in after.alarms] == [None, NOW]
    assert [alarm.kind for _, alarm in untold([after], now=NOW + HOUR)] == [AlarmKind.SILENT]


def test_a_proposal_belongs_to_the_dead() -> None:
    """It is in the words that the operator reads."""
    dead = Alarm(kind=AlarmKind.DEAD, since=NOW, detail="gone")
    silent = Alarm(kind=AlarmKind.SILENT, since=NOW, detail="quiet")

    state = with_proposal(replace(WELL, alarms=(dead, silent)), "https://a.example/new")

    assert [alarm.words for alarm in state.alarms] == [
        "gone; its site names https://a.example/new now",
        "quiet",
    ]


def unreached(host: str, *, at: datetime) -> FeedState:
    """Return the state of a feed that could not be reached then, when nobody could."""
    return FeedState(url=f"https://{host}/rss", last_polled_at=at, trouble=Trouble.OUTAGE)


def test_an_outage_takes_several_sites_and_nobody_who_answers() -> None:
    """Three feeds of one host are one host's trouble."""
    out = [unreached(f"{name}.example", at=NOW - n * HOUR) for n, name in enumerate("abc")]
    answered = replace(WELL, last_polled_at=NOW - 3 * HOUR)

    assert outage_since(out) == NOW - 2 * HOUR
    assert outage_since([*out, answered]) == NOW - 2 * HOUR
    assert outage_since([*out, replace(answered, last_polled_at=NOW)]) is None
    assert outage_since(out[:2]) is None
    assert outage_since([unreached(f"{n}.a.example.org", at=NOW) for n in range(5)]) is None
    assert outage_since([]) is None


def test_feeds_that_time_out_after_all_others_answered_are_no_outage() -> None:
    """A poll ends with those that answer last, or never."""
    dead = [
        FeedState(url=f"https://{name}.example/", last_polled_at=NOW, trouble=Trouble.UNREACHED)
        for name in "abc"
    ]

    assert outage_since([replace(WELL, last_polled_at=NOW - HOUR), *dead]) is None
