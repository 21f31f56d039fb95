"""What a poll knows of the sites it asks: when they were asked, and which of them want quiet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aidigest.core.feeds.feed import SiteState
from aidigest.core.polling.next_poll import own_share
from aidigest.core.polling.sites import manners
from aidigest.steps.ports import FeedStore
from aidigest.steps.turns import Due, SiteQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Feeds that are not asked now, because their site wants to be left alone."""

    feeds: Sequence[Due]
    until: datetime
    reason: str


class Sites:
    """Remembers what sites said, during a poll and from one to the next."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._known = store.site_states()
        self._asked: set[str] = set()  #: Sites that must be given a pause.

    def line_up(
        self, due: Iterable[Due], *, now: datetime, timer: float
    ) -> tuple[list[SiteQueue], list[Quiet]]:
        """Return a queue for each site that may be asked, and the feeds of the others.

        Args:
            due: In any order.
            now: The time.
            timer: The same moment on the timer of the turns.
        """
        by_site: dict[str, list[Due]] = {}
        for one in due:
            by_site.setdefault(one.site, []).append(one)
        queues, quiet = [], []
        for site, feeds in by_site.items():
            remembered = self._of(site)
            if remembered.quiet_until is not None and remembered.quiet_until > now:
                quiet.append(_quiet(remembered, feeds, remembered.quiet_until))
            else:
                queues.append(_queue(remembered, feeds, now, timer))
        return queues, quiet

    def was_asked(self, site: str, *, now: datetime) -> None:
        """Note a request, where the next one has to keep its distance."""
        if manners(site).gap:
            self._known[site] = replace(self._of(site), last_asked_at=now)
            self._asked.add(site)

    def wants_quiet(
        self, site: str, feeds: Sequence[Due], *, until: datetime, because_of: str
    ) -> Quiet:
        """Remember at once that a site wants to be left alone; return what is not asked now."""
        remembered = replace(self._of(site), quiet_until=until, quiet_because_of=because_of)
        self._known[site] = remembered
        self._store.record_sites([remembered])
        return _quiet(remembered, feeds, until)

    def record(self) -> None:
        """Store when sites were asked."""
        # Of the other sites, another worker may know more by now.
        self._store.record_sites(self._known[site] for site in self._asked)

    def _of(self, site: str) -> SiteState:
        return self._known.get(site) or SiteState(site=site)


def _quiet(remembered: SiteState, feeds: Sequence[Due], until: datetime) -> Quiet:
    reason = f"its site asked for quiet at {remembered.quiet_because_of}"
    return Quiet(feeds=feeds, until=until, reason=reason)


def _queue(remembered: SiteState, waiting: list[Due], now: datetime, timer: float) -> SiteQueue:
    """Line up a site's feeds; the pause since the last run counts."""
    gap = manners(remembered.site).gap
    last = remembered.last_asked_at
    wait = max(last + gap - now, timedelta()) if last is not None else timedelta()
    # Nobody's feeds are always the first to be asked.
    shuffled = sorted(waiting, key=lambda one: own_share(f"{now:%j} {one.feed.url}"))
    return SiteQueue(
        site=remembered.site,
        waiting=shuffled,
        gap=gap,
        ready_at=timer + wait.total_seconds(),
    )
