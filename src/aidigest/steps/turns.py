"""Whose turn it is: each site is asked for one feed at a time, with pauses in between."""

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from aidigest.core.feeds.feed import Feed, FeedState

#: How long a wait may last before we look whether we are to stop.
_LOOK_UP_S = 0.05
_AT_ONCE = float("-inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A feed to be asked."""

    feed: Feed
    state: FeedState
    site: str  #: As core.polling.sites names it.
    by_hand: bool = False  #: A person wants it; its own time has not come.


@dataclass(slots=True, kw_only=True)
class SiteQueue:
    """The feeds of one site that wait for their turn."""

    site: str
    waiting: list[Due]  #: The next one last.
    gap: timedelta = timedelta()  #: Between two requests.
    ready_at: float = 0.0  #: On the timer.


@dataclass(slots=True)
class Turns:
    """Hands out feeds to threads; a site that is being asked gets no second request.

    Args:
        queues: By site.
        timer: Tells seconds that only ever grow.
        patience: Whoever would have to wait for longer is put off.
        stop: Once true, there are no more turns.
    """

    queues: Iterable[SiteQueue]
    timer: Callable[[], float]
    patience: timedelta
    stop: Callable[[], bool]
    put_off: list[tuple[Due, timedelta]] = field(default_factory=list)  #: And how much longer.
    _idle: list[tuple[float, int, SiteQueue]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)  #: Of two that are ready, the older.
    _busy: dict[str, SiteQueue] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _ends_at: float = 0.0

    def __post_init__(self) -> None:
        self._ends_at = self.timer() + self.patience.total_seconds()
        # The longest queue first, for it takes the longest.
        for queue in sorted(self.queues, key=lambda one: -len(one.waiting)):
            self._queue_up(queue)

    def take(self) -> Due | None:
        """Wait for a turn; None when there are no more."""
        with self._changed:
            while not self.stop():
                now = self.timer()
                if self._idle and self._idle[0][0] <= now:
                    return self._begin(heapq.heappop(self._idle)[2])
                if not self._idle and not any(q.waiting for q in self._busy.values()):
                    return None
                wait = self._idle[0][0] - now if self._idle else _LOOK_UP_S
                self._changed.wait(min(wait, _LOOK_UP_S))
            return None

    def done(self, site: str) -> None:
        """Let the next feed of a site have its turn, after the pause.

        A site that needs none goes on before another begins: the connection to
        it is still open.
        """
        with self._changed:
            queue = self._busy.pop(site)
            queue.ready_at = self.timer() + queue.gap.total_seconds() if queue.gap else _AT_ONCE
            self._queue_up(queue)
            self._changed.notify_all()

    def close_site(self, site: str) -> list[Due]:
        """Ask a busy site for nothing more; return what still waited."""
        with self._changed:
            queue = self._busy[site]
            left, queue.waiting = queue.waiting[::-1], []
            return left

    def _begin(self, queue: SiteQueue) -> Due:
        self._busy[queue.site] = queue
        return queue.waiting.pop()

    def _queue_up(self, queue: SiteQueue) -> None:
        # Where no pause is made, nobody is put off for the time that others take.
        if queue.gap and queue.waiting and queue.ready_at > self._ends_at:
            for number, due in enumerate(reversed(queue.waiting)):
                self.put_off.append((due, queue.gap * (number + 1)))
            queue.waiting = []
        if queue.waiting:
            heapq.heappush(self._idle, (queue.ready_at, next(self._numbers), queue))
