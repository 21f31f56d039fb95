"""Poll: due feeds are fetched and parsed, and their entries stored."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from itertools import chain
from time import monotonic

from aidigest.core.entries import is_news, new_entries
from aidigest.core.feeds import (
    Blocked,
    Failed,
    Feed,
    FeedState,
    FetchRequest,
    FetchResult,
    Fresh,
    Gone,
    NotModified,
    Throttled,
)
from aidigest.core.parsing import ParsedFeed
from aidigest.core.polling import after_poll, body_hash, held_back, is_due
from aidigest.core.urls import server
from aidigest.errors import ParseError, StoreError
from aidigest.steps.ports import Clock, FeedStore, Fetcher, Parser


class PollStatus(StrEnum):
    """What the poll of one feed came to."""

    READ = "read"  #: A new body was parsed.
    UNCHANGED = "unchanged"  #: 304, or the same body as last time.
    CUT = "cut"  #: A body that ends too early; its entries were kept.
    UNREADABLE = "unreadable"  #: An answer that is no feed.
    THROTTLED = "throttled"  #: The server asked us to come back later.
    HELD_BACK = "held back"  #: Not asked, because its server had just asked for quiet.
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
    took_s: float = 0.0  #: Fetching, parsing and storing.
    detail: str = ""  #: For people.
    next_poll_at: datetime | None = None  #: None where the feed is gone.
    next_poll_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What became of a whole poll."""

    outcomes: tuple[PollOutcome, ...]  #: In the order of the feeds.
    not_due: int  #: Feeds left alone this time.

    @property
    def new(self) -> int:
        """How many entries are news."""
        return sum(outcome.new for outcome in self.outcomes)

    @property
    def counts(self) -> dict[PollStatus, int]:
        """How many feeds came to what."""
        return dict(Counter(outcome.status for outcome in self.outcomes))


OnResult = Callable[[PollOutcome], None]


def poll(
    feeds: Iterable[Feed],
    *,
    store: FeedStore,
    fetcher: Fetcher,
    parser: Parser,
    clock: Clock,
    everything: bool = False,
    workers: int = 8,
    on_result: OnResult | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> PollReport:
    """Poll the feeds that are due; one feed's trouble stops no other.

    Feeds of one server are asked one after another, in the order given.

    Args:
        feeds: All there are; of feeds with one address the first counts.
        store: Where state and entries are kept, in one transaction for each feed.
        fetcher: Makes the requests.
        parser: Reads what they bring.
        clock: Tells the time, aware UTC.
        everything: Poll what is not due, or gone, as well.
        workers: How many servers are asked at a time.
        on_result: Called with each outcome as it comes, never twice at once.
        stop: Asked before each feed; once true, what is under way is forgotten.

    Raises:
        StoreError: The database cannot be used.
    """
    states = store.feed_states()
    listed = tuple({feed.url: feed for feed in reversed(tuple(feeds))}.values())[::-1]
    due = [
        (feed, state)
        for feed in listed
        if is_due(state := states.get(feed.url, FeedState(url=feed.url)), now=clock()) or everything
    ]
    servers = _by_server(due)
    round_ = _Round(
        store=store,
        fetcher=fetcher,
        parser=parser,
        clock=clock,
        on_result=on_result or (lambda _: None),
        stop=stop,
    )
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="poll") as pool:
        try:
            polled = chain.from_iterable(pool.map(round_.poll_server, servers))
            found = {outcome.feed.url: outcome for outcome in polled}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return PollReport(
        outcomes=tuple(found[feed.url] for feed, _ in due if feed.url in found),
        not_due=len(listed) - len(due),
    )


def _by_server(due: Iterable[tuple[Feed, FeedState]]) -> list[list[tuple[Feed, FeedState]]]:
    """Group by server; the longest queue first, for it takes the longest."""
    servers: dict[str, list[tuple[Feed, FeedState]]] = {}
    for feed, state in due:
        servers.setdefault(server(feed.url), []).append((feed, state))
    return sorted(servers.values(), key=len, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One call of `poll`, shared by its threads."""

    store: FeedStore
    fetcher: Fetcher
    parser: Parser
    clock: Clock
    on_result: OnResult
    stop: Callable[[], bool]
    # SQLite has one writer at a time; waiting here costs less than there.
    writing: threading.Lock = field(default_factory=threading.Lock)
    reporting: threading.Lock = field(default_factory=threading.Lock)

    def poll_server(self, due: Sequence[tuple[Feed, FeedState]]) -> list[PollOutcome]:
        """Poll the feeds of one server in turn, until it asks for quiet."""
        outcomes: list[PollOutcome] = []
        quiet: PollOutcome | None = None
        for feed, state in due:
            if self.stop():
                break
            outcome = self._hold_back(feed, state, quiet) if quiet else self._poll(feed, state)
            if outcome is None:
                break
            quiet = outcome if outcome.status is PollStatus.THROTTLED else quiet
            outcomes.append(outcome)
            with self.reporting:
                self.on_result(outcome)
        return outcomes

    def _poll(self, feed: Feed, state: FeedState) -> PollOutcome | None:
        """Poll one feed; None where we are to stop, since a broken off fetch says nothing."""
        started = monotonic()
        try:
            result = self.fetcher.fetch(FetchRequest(url=feed.url, validators=state.validators))
            parsed = self._parse(feed, state, result)
            if self.stop():
                return None
            return self._record(feed, state, result, parsed, started=started)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  # One feed's oddity must not stop the others.
            failed = Failed(reason=f"unexpected {type(error).__name__}: {error}")
            return self._record(feed, state, failed, None, started=started)

    def _parse(
        self, feed: Feed, state: FeedState, result: FetchResult
    ) -> ParsedFeed | ParseError | None:
        if not isinstance(result, Fresh) or body_hash(result.body) == state.body_hash:
            return None
        try:
            return self.parser.parse(result.body, feed=feed, headers=result.headers, url=result.url)
        except ParseError as error:
            return error

    def _record(
        self,
        feed: Feed,
        state: FeedState,
        result: FetchResult,
        parsed: ParsedFeed | ParseError | None,
        *,
        started: float,
    ) -> PollOutcome:
        now = self.clock()
        after = after_poll(state, result, parsed=parsed, now=now)
        entries = (
            new_entries(feed, parsed, state=state, now=now)
            if isinstance(parsed, ParsedFeed)
            else ()
        )
        with self.writing:
            stored = self.store.record_poll(after, entries)
        return PollOutcome(
            feed=feed,
            status=_status(result, parsed),
            # The store tells how many it did not know, backlog included.
            new=min(stored, sum(is_news(entry, now=now) for entry in entries)),
            took_s=monotonic() - started,
            detail=after.last_status,
            next_poll_at=after.next_poll_at,
            next_poll_reason=after.next_poll_reason,
        )

    def _hold_back(self, feed: Feed, state: FeedState, quiet: PollOutcome) -> PollOutcome:
        until = quiet.next_poll_at or self.clock()
        after = held_back(state, until=until, because_of=quiet.feed.url)
        with self.writing:
            self.store.record_poll(after, ())
        return PollOutcome(
            feed=feed,
            status=PollStatus.HELD_BACK,
            detail=after.next_poll_reason,
            next_poll_at=after.next_poll_at,
            next_poll_reason=after.next_poll_reason,
        )


def _status(result: FetchResult, parsed: ParsedFeed | ParseError | None) -> PollStatus:
    if isinstance(parsed, ParseError):
        return PollStatus.UNREADABLE
    if isinstance(parsed, ParsedFeed):
        return PollStatus.READ if parsed.complete else PollStatus.CUT
    # A 503 may be one broken page; only 429 speaks for the whole server.
    if isinstance(result, Throttled) and result.status != HTTPStatus.TOO_MANY_REQUESTS:
        return PollStatus.FAILED
    return _STATUSES[type(result)]


_STATUSES = {
    Fresh: PollStatus.UNCHANGED,
    NotModified: PollStatus.UNCHANGED,
    Gone: PollStatus.GONE,
    Throttled: PollStatus.THROTTLED,
    Blocked: PollStatus.BLOCKED,
    Failed: PollStatus.FAILED,
}
