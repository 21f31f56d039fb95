"""What an operator should know about a feed, told from one poll to the next."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from aidigest.core.feeds.entry import Arrivals
from aidigest.core.feeds.feed import Alarm, AlarmKind, FeedState, Trouble
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.polling.sites import site_of
from aidigest.errors import ParseError

#: A feed that has failed for so long, so often, is called dead.
DEAD_AFTER = timedelta(days=2)
DEAD_FAILURES = 3
#: A feed is called silent after so many of its usual gaps, and never sooner than this.
SILENT_GAPS = 5
SILENT_AFTER = timedelta(days=3)
#: What changes daily, and on a working day shows only what we know, may be stuck.
STUCK_AFTER = timedelta(hours=30)
_SATURDAY = 5

#: So many sites have to be out of reach, and nobody in reach, to call it our own outage.
OUTAGE_SITES = 3

#: The maintainer is written to about what has lasted so long.
PERSISTENT = timedelta(hours=24)


def alarms_after(
    before: FeedState,
    after: FeedState,
    parsed: ParsedFeed | ParseError | None,
    arrivals: Arrivals,
    now: datetime,
) -> tuple[Alarm, ...]:
    """Return the alarms that are on after a poll; those that were on keep their beginning.

    Args:
        before: The feed as it was.
        after: With the poll counted in, but for its alarms.
        parsed: What a fresh body held.
        arrivals: What of it was new.
        now: When it came.
    """
    on = dict(_of_the_state(after, now))
    if isinstance(parsed, ParsedFeed) and parsed.complete:
        on |= dict(_of_the_document(before, parsed, arrivals, now))
    else:  # Nothing was read: what the last document told still holds.
        on |= {a.kind: a.detail for a in before.alarms if a.kind in _OF_DOCUMENTS}
    quarantine = before.alarm(AlarmKind.QUARANTINED)
    if quarantine is not None:  # Only a person ends it.
        on.setdefault(AlarmKind.QUARANTINED, quarantine.detail)
    return tuple(_kept(before.alarm(kind), kind, detail, now) for kind, detail in on.items())


def untold(states: Iterable[FeedState], *, now: datetime) -> tuple[tuple[FeedState, Alarm], ...]:
    """Return the alarms that have lasted, and that the maintainer has not heard of."""
    return tuple(
        (state, alarm)
        for state in states
        for alarm in state.alarms
        if alarm.told_at is None and alarm.since <= now - PERSISTENT
    )


def told(state: FeedState, *, now: datetime) -> FeedState:
    """Return the state with its lasting alarms marked as told."""
    lasting = now - PERSISTENT
    return replace(
        state,
        alarms=tuple(
            replace(alarm, told_at=alarm.told_at or now) if alarm.since <= lasting else alarm
            for alarm in state.alarms
        ),
    )


def without(state: FeedState, kind: AlarmKind) -> FeedState:
    """Return the state with one alarm off."""
    return replace(state, alarms=tuple(a for a in state.alarms if a.kind is not kind))


def with_proposal(state: FeedState, url: str) -> FeedState:
    """Return the state of a dead feed with what its site names instead; a person decides."""
    return replace(
        state,
        alarms=tuple(
            replace(alarm, proposal=url) if alarm.kind is AlarmKind.DEAD else alarm
            for alarm in state.alarms
        ),
    )


def outage_since(states: Iterable[FeedState]) -> datetime | None:
    """Return since when nothing at all can be reached, or None: then it is not the feeds."""
    polled = [state for state in states if state.last_polled_at is not None]
    silent = {Trouble.UNREACHED, Trouble.OUTAGE}
    answered = [s.last_polled_at for s in polled if s.trouble not in silent]
    latest = max((at for at in answered if at is not None), default=None)
    since = [
        state
        for state in polled
        if state.trouble is Trouble.OUTAGE
        and (latest is None or (state.last_polled_at or latest) > latest)
    ]
    if len({site_of(state.address) for state in since}) < OUTAGE_SITES:
        return None
    return min(state.last_polled_at for state in since if state.last_polled_at is not None)


_OF_DOCUMENTS = frozenset({AlarmKind.OVERFLOWED, AlarmKind.STALE, AlarmKind.ALL_KNOWN})


def _kept(old: Alarm | None, kind: AlarmKind, detail: str, now: datetime) -> Alarm:
    return replace(old, detail=detail) if old else Alarm(kind=kind, since=now, detail=detail)


def _of_the_state(state: FeedState, now: datetime) -> Iterator[tuple[AlarmKind, str]]:
    since = state.failing_since
    if state.gone:
        yield AlarmKind.DEAD, "the server said that it is gone (410)"
    elif since and now - since >= DEAD_AFTER and state.failures >= DEAD_FAILURES:
        yield AlarmKind.DEAD, f"nothing usable since {since:%Y-%m-%d}: {state.last_status}"
    if state.moved_to is not None:
        yield AlarmKind.MOVED, f"it lives at {state.moved_to} now: list it there"
    gap, arrivals = state.rhythm.usual_gap, state.rhythm.arrivals
    if state.trouble is None and gap is not None and arrivals:
        quiet = now - arrivals[-1]
        if quiet > max(SILENT_GAPS * gap, SILENT_AFTER):
            yield AlarmKind.SILENT, f"nothing new for {quiet.days} days; usual are {_span(gap)}"


def _of_the_document(
    before: FeedState, parsed: ParsedFeed, arrivals: Arrivals, now: datetime
) -> Iterator[tuple[AlarmKind, str]]:
    if arrivals.held:
        count = len(parsed.entries)
        yield (
            AlarmKind.QUARANTINED,
            f"{arrivals.held} of {count} entries came back as if they were new; they are held",
        )
    last = before.last_success_at
    if last is None:
        return
    dates = [date for date in arrivals.dates if date is not None]
    all_new = len(arrivals.new) == len(arrivals.dates) > 0
    if all_new and not arrivals.held and dates and min(dates) > last:
        yield AlarmKind.OVERFLOWED, f"what appeared from {last:%m-%d %H:%M} on may be missing"
    if arrivals.new or not parsed.entries or not _is_overdue(before, now):
        return
    if parsed.built and before.built and parsed.built != before.built:
        yield AlarmKind.STALE, f"built anew ({parsed.built}), with nothing new in it"
    else:
        yield AlarmKind.ALL_KNOWN, "changed on a working day, with nothing new in it"


def _is_overdue(state: FeedState, now: datetime) -> bool:
    """Say whether a feed that is new every day should have something by now."""
    gap, arrivals = state.rhythm.usual_gap, state.rhythm.arrivals
    daily = gap is not None and gap <= timedelta(hours=26)
    waited = bool(arrivals) and now - arrivals[-1] >= STUCK_AFTER
    return daily and waited and now.weekday() < _SATURDAY


def _span(gap: timedelta) -> str:
    hours = gap / timedelta(hours=1)
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"  # noqa: PLR2004 - For reading.
