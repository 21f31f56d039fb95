"""Recording: what polls brought is stored in groups, each whole or not at all."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aidigest.core.alarms import OUTAGE_SITES, outage_since
from aidigest.core.entries import Arrivals, sort_out
from aidigest.core.feeds import FeedState, Trouble
from aidigest.core.parsed import ParsedFeed
from aidigest.core.polling import Polled, PollRecord, after_outage, after_poll, problem_with
from aidigest.core.sites import site_of
from aidigest.steps.ports import Clock, FeedStore
from aidigest.steps.turns import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A feed that was asked, and what came."""

    due: Due
    polled: Polled
    took_s: float

    @property
    def is_unreached(self) -> bool:
        """Whether no server answered at all."""
        problem = problem_with(self.polled.answer, self.polled.parsed)
        return problem is not None and problem[0] is Trouble.UNREACHED


OnRecorded = Callable[[Fetched, PollRecord], None]


@dataclass(slots=True, kw_only=True)
class Recorder:
    """Stores what the threads of a poll bring, whatever has come together at a time.

    Whoever brings something while nobody writes does the writing. Feeds that
    could not be reached are kept back until somebody has answered: if nobody
    does, it is our own network that is out, and no feed's fault.

    Args:
        store: Where to.
        clock: Tells the time, aware UTC.
        cutoffs: When the next editions are made.
        on_recorded: Called for each feed once it is stored, never twice at once.
    """

    store: FeedStore
    clock: Clock
    cutoffs: Sequence[datetime]
    on_recorded: OnRecorded
    _waiting: list[Fetched] = field(default_factory=list)
    _unreached: list[Fetched] = field(default_factory=list)
    _somebody_answered: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fetched: Fetched) -> None:
        """Store this, and what others bring meanwhile; or leave it to who writes already."""
        with self._lock:
            self._waiting.append(fetched)
        while self._waiting and self._writing.acquire(blocking=False):
            try:
                self._write(self._drained())
            finally:
                self._writing.release()

    def finish(self, states: Sequence[FeedState]) -> None:
        """Settle what could not be reached; *states* are those of all feeds before the poll."""
        if not self._unreached:
            return
        sites = {site_of(one.due.state.address) for one in self._unreached}
        is_out = len(sites) >= OUTAGE_SITES or outage_since(states) is not None
        is_out = is_out and not self._somebody_answered
        with self._writing:
            self._store(self._unreached, self._after_outage if is_out else self._after_poll)
            self._unreached = []

    def _drained(self) -> list[Fetched]:
        with self._lock:
            drained, self._waiting = self._waiting, []
        return drained

    def _write(self, batch: list[Fetched]) -> None:
        self._somebody_answered |= any(not one.is_unreached for one in batch)
        if not self._somebody_answered:
            self._unreached += batch
            return
        batch, self._unreached = [*self._unreached, *batch], []
        self._store(batch, self._after_poll)

    def _store(
        self, batch: Sequence[Fetched], decide: Callable[[Fetched, Arrivals, datetime], FeedState]
    ) -> None:
        now = self.clock()
        arrivals = self._arrivals(batch, now)
        records = [
            PollRecord(state=decide(one, came, now), arrivals=came)
            for one, came in zip(batch, arrivals, strict=True)
        ]
        self.store.record_polls(records)
        for one, record in zip(batch, records, strict=True):
            self.on_recorded(one, record)

    def _after_poll(self, one: Fetched, arrivals: Arrivals, now: datetime) -> FeedState:
        polled = replace(one.polled, arrivals=arrivals)
        return after_poll(one.due.state, polled, cutoffs=self.cutoffs, now=now)

    def _after_outage(self, one: Fetched, _arrivals: Arrivals, now: datetime) -> FeedState:
        return after_outage(one.due.state, now=now)

    def _arrivals(self, batch: Sequence[Fetched], now: datetime) -> list[Arrivals]:
        """Tell what is new in each document, by what is stored of its feed."""
        read = [one for one in batch if isinstance(one.polled.parsed, ParsedFeed)]
        old = [one.due.feed.url for one in read if one.due.state.first_polled_at is not None]
        known = self.store.known_entries(old) if old else {}
        return [
            sort_out(
                one.due.feed,
                one.polled.parsed,
                known=known.get(one.due.feed.url, ()),
                state=one.due.state,
                now=now,
            )
            if isinstance(one.polled.parsed, ParsedFeed)
            else Arrivals()
            for one in batch
        ]
