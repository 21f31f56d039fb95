"""The poll of the feeds, and what else asks them something."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from aidigest.adapters.database.feeds import PollingHold
from aidigest.adapters.parser_pool import ParserPool
from aidigest.app.parts import Parts
from aidigest.core.feeds.feed import Feed
from aidigest.core.polling.sites import site_of
from aidigest.core.shards import ALL, SHARDS, shard_of_site
from aidigest.errors import BusyError
from aidigest.logs import Event, log
from aidigest.steps.discover import (
    Discovered,
    FeedCheck,
    check_feeds,
    discover,
    first_poll,
)
from aidigest.steps.outcomes import PollOutcome, PollReport
from aidigest.steps.poll import Plan, poll
from aidigest.steps.tend import look_for_the_dead, tell_maintainer

_AS_DUE = Plan()

#: So long a poll waits for one that is under way elsewhere; most take seconds.
_PATIENCE_S = 60.0


class Polling:
    """Asks feeds, on the wire and in the database."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def poll(
        self,
        plan: Plan = _AS_DUE,
        *,
        shards: Sequence[int] = ALL,
        patience_s: float = _PATIENCE_S,
        on_result: Callable[[PollOutcome], None] = lambda _: None,
    ) -> PollReport:
        """Poll the feeds that are due, or more of them if the plan says so.

        Args:
            plan: Whom to ask, and how.
            shards: Only feeds of these parts of the sites.
            patience_s: How long to wait for parts that another process is polling; those
                that it does not get are left to the other.
            on_result: Called with each outcome as it comes, never twice at once.

        Raises:
            BusyError: Another process polls all of them.
        """

        def noted(outcome: PollOutcome) -> None:
            _log_poll(outcome)
            on_result(outcome)

        with self._parts.feeds.polling(shards, patience_s=patience_s) as ours:
            if not ours.shards:
                raise BusyError("polling")
            report = self._poll_feeds(self._feeds_of(ours.shards), plan, ours, noted)
        if report.outage_since is not None:
            log(Event.POLL_OUTAGE, level=logging.WARNING, since=report.outage_since.isoformat())
        log(Event.POLL_DONE, asked=len(report.outcomes), not_due=report.not_due, new=report.new)
        return report

    def _feeds_of(self, shards: Collection[int]) -> Sequence[Feed]:
        feeds = self._parts.settings.feeds
        if len(shards) == SHARDS:
            return feeds
        moved = self._parts.feeds.moved()
        return [
            feed
            for feed in feeds
            if shard_of_site(site_of(moved.get(feed.url, feed.url))) in shards
        ]

    def _poll_feeds(
        self,
        feeds: Sequence[Feed],
        plan: Plan,
        ours: PollingHold,
        on_result: Callable[[PollOutcome], None],
    ) -> PollReport:
        parts = self._parts
        with parts.fetching() as fetcher, ParserPool() as parser:
            report = poll(
                feeds,
                store=parts.feeds,
                fetcher=fetcher,
                parser=parser,
                clock=parts.clock,
                plan=replace(plan, cutoffs=parts.cutoffs(), workers=parts.settings.fetch.workers),
                on_result=on_result,
                stop=lambda: parts.stop.is_set() or ours.lost.is_set(),
            )
            look_for_the_dead(report.outcomes, store=parts.feeds, fetcher=fetcher)
        return report

    def check_feeds(self, feeds: Sequence[Feed]) -> list[FeedCheck]:
        """Ask each feed once and say what came back; nothing is stored."""
        with self._parts.fetching() as fetcher, ParserPool() as parser:
            return check_feeds(
                feeds,
                states=self._parts.feeds.feed_states(),
                fetcher=fetcher,
                parser=parser,
                workers=self._parts.settings.fetch.workers,
            )

    def discover(self, url: str, *, language: str) -> Discovered:
        """Find the feed at an address or behind a page; raise FeedError."""
        with self._parts.fetching() as fetcher, ParserPool() as parser:
            return discover(url, language=language, fetcher=fetcher, parser=parser)

    def first_poll(self, feed: Feed, found: Discovered) -> int:
        """Count what discovering a feed brought as its first poll, unless it was polled before."""
        if feed.url in self._parts.feeds.feed_states():
            return 0
        return first_poll(
            feed,
            found,
            store=self._parts.feeds,
            cutoffs=self._parts.cutoffs(),
            now=self._parts.clock(),
        )

    def tell_maintainer(self) -> None:
        """Write to the maintainer about feeds that stay in trouble, if one is named."""
        site = self._parts.settings.site
        if site.maintainer is None:
            return
        # A poll would not know that these were told.
        with self._parts.feeds.polling(patience_s=_PATIENCE_S) as ours:
            if len(ours.shards) < SHARDS:
                raise BusyError("polling")
            count = tell_maintainer(
                [feed.url for feed in self._parts.settings.feeds],
                to=site.maintainer,
                sender=site.sender,
                envelope_sender=self._parts.publisher.bounce_address,
                sign=self._parts.sign,
                store=self._parts.feeds,
                mailer=self._parts.mailers[0],
                clock=self._parts.clock,
            )
        if count:
            log(Event.ALARMS_MAILED, count=count)


def _log_poll(outcome: PollOutcome) -> None:
    for alarm in outcome.alarms:
        log(
            Event.FEED_ALARM,
            level=logging.WARNING,
            url=outcome.feed.url,
            kind=alarm.kind,
            detail=alarm.detail,
        )
    log(
        Event.FEED_POLLED,
        url=outcome.feed.url,
        status=outcome.status,
        new=outcome.new,
        took_s=outcome.took_s,
        detail=outcome.detail or None,
    )
