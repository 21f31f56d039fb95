"""When a feed is polled next, and why: one function, and the rules it weighs.

The longest of the *floors* comes first: what the server, the feed and our own
manners ask for. Above it, a feed is asked shortly before an edition is made,
and otherwise only as often as its window would overflow (docs/decisions/0010).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from aidigest.core.feeds.feed import Answer, Blocked, Failed, FeedState, Gone, Throttled
from aidigest.core.feeds.hints import next_open
from aidigest.core.polling.freshness import Wait, fresh_for, retry_after
from aidigest.core.polling.sites import manners, site_of

#: Between two polls of one feed, whatever happens.
FLOOR = timedelta(hours=1)
#: No feed that is well is left alone for longer.
CEILING = timedelta(hours=24)
#: The longest wait a server may ask for with Retry-After.
RETRY_AFTER_CEILING = timedelta(days=7)

#: Polls for an edition are spread over this time before it is made...
SLOT_OPENS = timedelta(minutes=60)
SLOT_CLOSES = timedelta(minutes=15)
#: ...and one that lies so little before it is fresh enough.
COVERED = timedelta(minutes=90)
#: A day with 25 hours has its slot a little later than the day before.
_NEXT_SLOT = CEILING + timedelta(hours=2)

#: A feed without a word for so long is asked this often at most.
QUIET = timedelta(days=30)
QUIET_FLOOR = timedelta(hours=6)
#: Until a feed without dates has shown how often it changes.
UNKNOWN_RHYTHM = timedelta(hours=6)

#: Feeds polled together drift apart by up to this share of the wait.
_JITTER = 0.25
_LONGEST_JITTER = timedelta(hours=1)

_NOT_FOUND_CEILING = timedelta(days=7)
_THROTTLED_CEILING = timedelta(hours=6)
_SOFT_404_CEILING = timedelta(hours=6)
_NOT_FOUND = frozenset({400, 404, 405, 414, 451})


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When a feed is polled next, and why then."""

    at: datetime | None  #: None: never, until a person says so.
    reason: str
    not_before: datetime  #: The server's word, which binds people as well.


def next_poll(
    state: FeedState, answer: Answer, *, cutoffs: Sequence[datetime], now: datetime
) -> NextPoll:
    """Choose the time of the next poll.

    Args:
        state: With this poll's failures, hints and rhythm counted in.
        answer: What this poll brought.
        cutoffs: When the next editions are made, in order; none where there is no digest.
        now: When the answer was complete.

    Returns:
        A time that is never before any floor, and always finite unless the
        feed is gone.
    """
    if isinstance(answer, Gone):
        reason = "never: the server said that the feed is gone (410)"
        return NextPoll(at=None, reason=reason, not_before=now)
    floor = max(_floors(state, answer, now), key=lambda one: one.span)
    wish = floor if state.failures else _wish(state, cutoffs, now + floor.span, now)
    wait = max(floor, wish, key=lambda one: one.span)
    spread = _jitter(state.url, wait.span) if wait is floor else timedelta()
    at = now + wait.span + spread
    opened = next_open(state.hints, at)
    if opened > at:
        opened += own_share(state.url) * timedelta(minutes=30)
        wait = Wait(span=wait.span, reason=f"{wait.reason}; then the feed's skipHours or skipDays")
    return NextPoll(at=opened, reason=wait.reason, not_before=now + _bound(answer, state, now))


def own_share(url: str) -> float:
    """Return a feed's own number from 0 to 1, the same each time."""
    return int.from_bytes(sha256(url.encode(errors="replace")).digest()[:4]) / 2**32


def _floors(state: FeedState, answer: Answer, now: datetime) -> Iterator[Wait]:
    yield _own_floor(state, answer)
    if not state.failures and _is_quiet(state, now):
        yield Wait(span=QUIET_FLOOR, reason="nothing new for a month")
    if fresh := fresh_for(answer.headers):
        yield _at_most(CEILING, fresh)
    if isinstance(answer, Throttled) and (asked := retry_after(answer.headers, now)):
        yield _at_most(RETRY_AFTER_CEILING, asked)
    if state.hints.ttl is not None:
        yield _at_most(CEILING, Wait(span=state.hints.ttl, reason="the feed's ttl says so"))
    if state.hints.update_every is not None:
        reason = "the feed's sy:updatePeriod says so"
        yield _at_most(CEILING, Wait(span=state.hints.update_every, reason=reason))


def _at_most(ceiling: timedelta, wait: Wait) -> Wait:
    return wait if wait.span <= ceiling else Wait(span=ceiling, reason=wait.reason)


def _own_floor(state: FeedState, answer: Answer) -> Wait:
    if not state.failures:
        return Wait(span=FLOOR, reason="an hour after the last answer")
    if isinstance(answer, Blocked):
        return Wait(span=CEILING, reason=f"a day: {answer.reason}")
    # Sixteen doublings pass every ceiling, and keep the power small.
    span = min(FLOOR * 2 ** min(state.failures - 1, 16), _ceiling(state, answer))
    hours = int(span / timedelta(hours=1))
    row = f"{state.failures} failures in a row" if state.failures > 1 else "a failure"
    return Wait(span=span, reason=f"{hours} h after {row}")


def _ceiling(state: FeedState, answer: Answer) -> timedelta:
    if isinstance(answer, Throttled):
        return _THROTTLED_CEILING
    if isinstance(answer, Failed) and answer.status in _NOT_FOUND:
        soft = manners(site_of(state.address)).soft_404
        return _SOFT_404_CEILING if soft else _NOT_FOUND_CEILING
    return CEILING


def _bound(answer: Answer, state: FeedState, now: datetime) -> timedelta:
    """Return how long even a person has to wait: a server that asked for quiet gets it."""
    if not isinstance(answer, Throttled | Blocked):
        return timedelta()
    asked = retry_after(answer.headers, now)
    return max(
        _own_floor(state, answer).span,
        _at_most(RETRY_AFTER_CEILING, asked).span if asked else timedelta(),
    )


def _wish(state: FeedState, cutoffs: Sequence[datetime], earliest: datetime, now: datetime) -> Wait:
    """Return when we would like to come back to a feed that is well."""
    overflow = _before_overflow(state)
    slot = _slot(state.url, cutoffs, earliest, now)
    if slot is None:
        usual = _half_the_gap(state)
        return min((overflow, usual), key=lambda one: one.span)
    # Coming an hour before the slot would cost the slot, and miss that hour's news.
    if now + overflow.span > slot - FLOOR:
        return Wait(span=slot - now, reason="shortly before the next edition is made")
    return overflow


def _is_quiet(state: FeedState, now: datetime) -> bool:
    arrivals = state.rhythm.arrivals
    return bool(arrivals) and arrivals[-1] <= now - QUIET


def _before_overflow(state: FeedState) -> Wait:
    """Return half of the time in which all that the feed holds is replaced."""
    reach, window = state.rhythm.reach, state.rhythm.window
    if reach is None:
        return Wait(span=UNKNOWN_RHYTHM, reason="its rhythm is not known yet")
    if reach / 2 >= CEILING:
        return Wait(span=CEILING, reason="a day at most")
    span = max(reach / 2, FLOOR)
    hours = reach / timedelta(hours=1)
    return Wait(span=span, reason=f"its {window} entries reach back {hours:.1f} h")


def _half_the_gap(state: FeedState) -> Wait:
    """Return the wait where no edition sets the time."""
    gap = state.rhythm.usual_gap
    if gap is None:
        return Wait(span=CEILING, reason="a day at most")
    quiet = min(max(gap / 2, FLOOR), CEILING)
    return Wait(span=quiet, reason="half of the usual time between its entries")


def _slot(
    url: str, cutoffs: Sequence[datetime], earliest: datetime, now: datetime
) -> datetime | None:
    """Return the feed's own moment shortly before the first edition that still needs it."""
    spread = SLOT_CLOSES + own_share(url) * (SLOT_OPENS - SLOT_CLOSES)
    slots = (cutoff - spread for cutoff in cutoffs if cutoff - now > COVERED)
    found = next((slot for slot in slots if slot >= earliest), None)
    return found if found is not None and found - now <= _NEXT_SLOT else None


def _jitter(url: str, span: timedelta) -> timedelta:
    return min(span * _JITTER, _LONGEST_JITTER) * own_share(url)
