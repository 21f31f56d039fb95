"""Recording: what polls brought is stored in groups, each whole or not at all."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from aidigest.core.feeds.entry import Arrivals, sort_out
from aidigest.core.feeds.feed import FeedState, Trouble
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.polling.alarms import OUTAGE_SITES, outage_since
from aidigest.core.polling.history import Polled, PollRecord, after_outage, after_poll
from aidigest.core.polling.verdicts import problem_with
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

#: What comes within so many seconds is stored together: a commit costs more than a row.
_GROUP_S = 0.1


class Recorder:
    """Stores what the threads of a poll bring, whatever has come together at a time.

    Feeds that could not be reached are kept back until somebody has answered:
    if nobody does, it is our own network that is out, and no feed's fault.

    Args:
        store: Where to.
        clock: Tells the time, aware UTC.
        cutoffs: When the next editions are made.
        on_recorded: Called for each feed once it is stored, never twice at once.
    """

    def __init__(
        self,
        *,
        store: FeedStore,
        clock: Clock,
        cutoffs: Sequence[datetime],
        on_recorded: OnRecorded,
    ) -> None:
        self._store, self._clock, self._cutoffs = store, clock, cutoffs
        self._on_recorded = on_recorded
        self._came: queue.SimpleQueue[Fetched | None] = queue.SimpleQueue()
        self.met_outage = False  #: Whether nobody at all could be reached.
        self._unreached: list[Fetched] = []
        self._somebody_answered = False
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="recorder")

    @contextmanager
    def running(self, known: Sequence[FeedState]) -> Iterator[None]:
        """Store what is added until the block ends, and all of it by then.

        Args:
            known: What is remembered of all feeds, to tell an outage that goes on.

        Raises:
            StoreError: The database cannot be used.
        """
        self._thread.start()
        try:
            yield
        finally:
            self._came.put(None)
            self._thread.join()
        self.raise_problem()
        self._settle_unreached(known)

    def add(self, fetched: Fetched) -> None:
        """Have this stored soon."""
        self._came.put(fetched)

    def raise_problem(self) -> None:
        """Raise what keeps us from storing anything, if something does."""
        if self._problem is not None:
            raise self._problem

    def _work(self) -> None:
        is_over = False
        while not is_over:
            batch = [self._came.get()]
            time.sleep(_GROUP_S if batch[0] is not None else 0)
            while not self._came.empty():
                batch.append(self._came.get())
            is_over = None in batch
            try:
                self._write([one for one in batch if one is not None])
            except Exception as error:  # noqa: BLE001  # It is raised where the poll waits.
                self._problem = error
                return

    def _write(self, batch: list[Fetched]) -> None:
        self._somebody_answered |= any(not one.is_unreached for one in batch)
        if not self._somebody_answered:
            self._unreached += batch
            return
        batch, self._unreached = [*self._unreached, *batch], []
        self._record(batch, self._after_poll)

    def _settle_unreached(self, known: Sequence[FeedState]) -> None:
        sites = {one.due.site for one in self._unreached}
        is_out = len(sites) >= OUTAGE_SITES or (bool(sites) and outage_since(known) is not None)
        self.met_outage = is_out
        self._record(self._unreached, self._after_outage if is_out else self._after_poll)

    def _record(
        self, batch: Sequence[Fetched], decide: Callable[[Fetched, Arrivals, datetime], FeedState]
    ) -> None:
        if not batch:
            return
        now = self._clock()
        arrivals = self._arrivals(batch, now)
        records = [
            PollRecord(state=decide(one, came, now), arrivals=came)
            for one, came in zip(batch, arrivals, strict=True)
        ]
        self._store.record_polls(records)
        for one, record in zip(batch, records, strict=True):
            self._on_recorded(one, record)

    def _after_poll(self, one: Fetched, arrivals: Arrivals, now: datetime) -> FeedState:
        polled = replace(one.polled, arrivals=arrivals)
        return after_poll(one.due.state, polled, cutoffs=self._cutoffs, now=now)

    def _after_outage(self, one: Fetched, _arrivals: Arrivals, now: datetime) -> FeedState:
        return after_outage(one.due.state, now=now)

    def _arrivals(self, batch: Sequence[Fetched], now: datetime) -> list[Arrivals]:
        """Tell what is new in each document, by what is stored of its feed."""
        read = [one for one in batch if isinstance(one.polled.parsed, ParsedFeed)]
        old = [one.due.feed.url for one in read if one.due.state.first_polled_at is not None]
        known = self._store.known_entries(old) if old else {}
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
