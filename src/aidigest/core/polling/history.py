"""What is remembered of a poll."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from aidigest.core.feeds.entry import Arrivals
from aidigest.core.feeds.feed import (
    Answer,
    FeedState,
    FetchResult,
    Fresh,
    Gone,
    Trouble,
    Validators,
    answer_in,
)
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.polling.alarms import alarms_after
from aidigest.core.polling.moves import after_move
from aidigest.core.polling.next_poll import FLOOR, next_poll, own_share
from aidigest.core.polling.rhythm import after_read, after_unchanged
from aidigest.core.polling.verdicts import problem_with, success
from aidigest.errors import ParseError

#: After an outage of our own, everything is tried again so soon.
OUTAGE_RETRY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """All that one poll of a feed brought."""

    result: FetchResult
    parsed: ParsedFeed | ParseError | None = None  #: None where there was nothing to parse.
    arrivals: Arrivals = field(default_factory=Arrivals)
    by_hand: bool = False  #: Asked for by a person, and not due.

    @property
    def answer(self) -> Answer:
        """What was answered, at whichever address."""
        return answer_in(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """What one poll leaves behind, to be stored as a whole."""

    state: FeedState
    arrivals: Arrivals = field(default_factory=Arrivals)


def is_due(state: FeedState, *, now: datetime, ahead: timedelta = timedelta()) -> bool:
    """Say whether a feed may be polled again.

    Args:
        state: What is remembered of it.
        now: The time.
        ahead: How much too early is still right, where nobody comes by at the
            proper moment; the hour between two polls stays.
    """
    if state.gone or state.next_poll_at is None:
        return not state.gone
    if state.next_poll_at <= now:
        return True
    last = state.last_polled_at
    waits_only_for_its_slot = not state.failures and _is_open(state, now)
    return waits_only_for_its_slot and (
        state.next_poll_at <= now + ahead and (last is None or last + FLOOR <= now)
    )


def may_be_asked_by_hand(state: FeedState, *, now: datetime) -> bool:
    """Say whether a person may have a feed asked that is not due: once an hour, like all else."""
    asked = state.asked_by_hand_at
    return not state.gone and _is_open(state, now) and (asked is None or asked + FLOOR <= now)


def after_poll(
    state: FeedState, polled: Polled, *, cutoffs: Sequence[datetime], now: datetime
) -> FeedState:
    """Return what is remembered after a poll.

    Args:
        state: As it was before.
        polled: What came.
        cutoffs: When the next editions are made, in order.
        now: When the answer was complete.
    """
    problem = problem_with(polled.answer, polled.parsed)
    changes = _counted(state, polled, problem, now=now)
    if problem is None:
        changes |= _remembered(state, polled, now=now)
    changes |= _read(state, polled, now=now)
    kept = after_move(replace(state, **changes), polled.result, now=now)
    after = next_poll(kept, polled.answer, cutoffs=cutoffs, now=now)
    return replace(
        kept,
        next_poll_at=after.at,
        next_poll_reason=after.reason,
        not_before=after.not_before if after.not_before > now else None,
        alarms=alarms_after(state, kept, polled.parsed, polled.arrivals, now),
    )


def held_back(state: FeedState, *, until: datetime, reason: str) -> FeedState:
    """Return the state of a feed that its site has no time for now; siblings drift apart."""
    spread = own_share(state.url) * timedelta(minutes=15)
    return replace(state, next_poll_at=until + spread, next_poll_reason=reason)


def after_outage(state: FeedState, *, now: datetime) -> FeedState:
    """Return the state of a feed that we could not reach, when we could reach nobody at all."""
    return replace(
        state,
        last_polled_at=now,
        last_status="nothing could be reached: probably our own network",
        trouble=Trouble.OUTAGE,
        next_poll_at=now + OUTAGE_RETRY * (1 + own_share(state.url)),
        next_poll_reason="our own network was out",
    )


def revived(state: FeedState) -> FeedState:
    """Return the state of a feed that a person wants asked again, whatever it said."""
    reason = "revived by hand"
    return replace(
        state,
        gone=False,
        failures=0,
        failing_since=None,
        next_poll_at=None,
        not_before=None,
        next_poll_reason=reason,
    )


def body_hash(body: bytes) -> str:
    """Return what a body is recognised by."""
    return sha256(body).hexdigest()


# A state has thirty fields, and making one anew costs more than deciding what changes: so what
# follows names the changes, and they are made at once.


def _counted(
    state: FeedState, polled: Polled, problem: tuple[Trouble, str] | None, *, now: datetime
) -> dict[str, Any]:
    trouble, words = problem or (None, success(polled.answer, polled.parsed))
    return {
        "last_polled_at": now,
        "last_status": words,
        "trouble": trouble,
        "failures": state.failures + 1 if problem else 0,
        "failing_since": (state.failing_since or now) if problem else None,
        "asked_by_hand_at": now if polled.by_hand else state.asked_by_hand_at,
        "gone": isinstance(polled.answer, Gone),
        "polls": state.polls + 1,
    }


def _remembered(state: FeedState, polled: Polled, *, now: datetime) -> dict[str, Any]:
    """Keep the validators, which only a whole and readable answer may set."""
    answer = polled.answer
    if isinstance(answer, Fresh):
        return {
            "last_success_at": now,
            "validators": _of_the_address_asked(state, answer),
            "body_hash": body_hash(answer.body),
            "body_size": len(answer.body),
        }
    known = state.validators
    return {
        "last_success_at": now,
        "validators": Validators(  # RFC 9111, section 4.3.4
            etag=answer.headers.get("etag", known.etag),
            last_modified=answer.headers.get("last-modified", known.last_modified),
        ),
        "unchanged": state.unchanged + 1,
        "bytes_saved": state.bytes_saved + state.body_size,
        "rhythm": after_unchanged(state.rhythm, since=state.last_read_at, now=now),
    }


def _of_the_address_asked(state: FeedState, answer: Fresh) -> Validators:
    # Another host's validators would be sent to one that never gave them.
    own = urlsplit(answer.url).netloc == urlsplit(state.address).netloc
    return answer.validators if own else Validators()


def _read(state: FeedState, polled: Polled, *, now: datetime) -> dict[str, Any]:
    parsed, arrivals = polled.parsed, polled.arrivals
    if not isinstance(parsed, ParsedFeed):
        return {}
    first = {"first_polled_at": state.first_polled_at or (now if parsed.entries else None)}
    if not parsed.complete:
        return first
    rhythm = after_read(
        state.rhythm, arrivals.dates, new=len(arrivals.new), since=state.last_read_at, now=now
    )
    return first | {
        "last_read_at": now,
        "hints": parsed.hints,
        "site_url": parsed.site_url or state.site_url,
        "built": parsed.built,
        "rhythm": rhythm,
    }


def _is_open(state: FeedState, now: datetime) -> bool:
    return state.not_before is None or state.not_before <= now
