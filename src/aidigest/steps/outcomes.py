"""What a poll came to, feed by feed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus

from aidigest.core.feeds.feed import (
    Alarm,
    Answer,
    Blocked,
    Failed,
    Feed,
    FeedState,
    Fresh,
    Gone,
    NotModified,
    Throttled,
)
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.polling.history import Polled, PollRecord
from aidigest.errors import ParseError


class PollStatus(StrEnum):
    """What the poll of one feed came to."""

    READ = "read"  #: A new body was parsed.
    UNCHANGED = "unchanged"  #: 304, or the same body as last time.
    CUT = "cut"  #: A body that ends too early; its entries were kept.
    UNREADABLE = "unreadable"  #: An answer that is no feed.
    THROTTLED = "throttled"  #: The server asked us to come back later.
    HELD_BACK = "held back"  #: Not asked: its site asked for quiet, or is asked slowly.
    BLOCKED = "blocked"  #: A wall against robots, or an address we do not visit.
    GONE = "gone"  #: The server said that the feed is no more.
    FAILED = "failed"  #: No usable answer.

    @property
    def is_well(self) -> bool:
        """Whether the feed answered as it should."""
        return self in {PollStatus.READ, PollStatus.UNCHANGED}


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What became of one feed."""

    feed: Feed
    status: PollStatus
    new: int = 0  #: Entries that count as news.
    took_s: float = 0.0  #: Fetching and parsing.
    detail: str = ""  #: For people.
    next_poll_at: datetime | None = None  #: None where the feed is gone.
    next_poll_reason: str = ""
    alarms: tuple[Alarm, ...] = ()  #: Those that this poll has turned on.


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What became of a whole poll."""

    outcomes: tuple[PollOutcome, ...]  #: In the order of the feeds.
    not_due: int  #: Feeds left alone this time.
    outage_since: datetime | None = None  #: Nothing at all could be reached since then.

    @property
    def new(self) -> int:
        """How many entries are news."""
        return sum(outcome.new for outcome in self.outcomes)

    @property
    def counts(self) -> dict[PollStatus, int]:
        """How many feeds came to what."""
        return dict(Counter(outcome.status for outcome in self.outcomes))


def outcome_of(
    feed: Feed, before: FeedState, polled: Polled, record: PollRecord, *, took_s: float
) -> PollOutcome:
    """Sum up the poll of one feed."""
    old = {alarm.kind for alarm in before.alarms}
    after = record.state
    return PollOutcome(
        feed=feed,
        status=_status(polled.answer, polled.parsed),
        new=record.arrivals.news,
        took_s=took_s,
        detail=after.last_status,
        next_poll_at=after.next_poll_at,
        next_poll_reason=after.next_poll_reason,
        alarms=tuple(alarm for alarm in after.alarms if alarm.kind not in old),
    )


def put_off(feed: Feed, after: FeedState) -> PollOutcome:
    """Sum up what happened to a feed that was not asked."""
    return PollOutcome(
        feed=feed,
        status=PollStatus.HELD_BACK,
        detail=after.next_poll_reason,
        next_poll_at=after.next_poll_at,
        next_poll_reason=after.next_poll_reason,
    )


def speaks_for_its_site(answer: Answer) -> bool:
    """Say whether an answer asks us to leave the whole site alone: a 503 may be one page's."""
    return isinstance(answer, Throttled) and answer.status == HTTPStatus.TOO_MANY_REQUESTS


def _status(answer: Answer, parsed: ParsedFeed | ParseError | None) -> PollStatus:
    if isinstance(parsed, ParseError):
        return PollStatus.UNREADABLE
    if isinstance(parsed, ParsedFeed):
        return PollStatus.READ if parsed.complete else PollStatus.CUT
    if isinstance(answer, Throttled) and not speaks_for_its_site(answer):
        return PollStatus.FAILED
    return _STATUSES[type(answer)]


_STATUSES = {
    Fresh: PollStatus.UNCHANGED,
    NotModified: PollStatus.UNCHANGED,
    Gone: PollStatus.GONE,
    Throttled: PollStatus.THROTTLED,
    Blocked: PollStatus.BLOCKED,
    Failed: PollStatus.FAILED,
}
