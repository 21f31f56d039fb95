"""Poll: due feeds are fetched and parsed, and their entries stored."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

from aidigest.core.alarms import outage_since
from aidigest.core.feeds import (
    Failed,
    Feed,
    FeedState,
    FetchRequest,
    FetchResult,
    Fresh,
    SiteState,
)
from aidigest.core.next_poll import own_share
from aidigest.core.parsed import ParsedFeed
from aidigest.core.polling import (
    Polled,
    PollRecord,
    body_hash,
    held_back,
    is_due,
    may_be_asked_by_hand,
)
from aidigest.core.sites import manners, site_of
from aidigest.errors import ParseError
from aidigest.steps.outcomes import (
    PollOutcome,
    PollReport,
    outcome_of,
    put_off,
    speaks_for_its_site,
)
from aidigest.steps.ports import Clock, FeedStore, Fetcher, Parser
from aidigest.steps.recording import Fetched, Recorder
from aidigest.steps.turns import Due, SiteQueue, Turns

OnResult = Callable[[PollOutcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom a poll asks, and how patiently."""

    everything: bool = False  #: Also what is not due, once an hour for each feed.
    ahead: timedelta = timedelta()  #: Ask so much before the proper moment.
    cutoffs: Sequence[datetime] = ()  #: When the next editions are made, in order.
    workers: int = 8  #: How many sites are asked at a time.
    patience: timedelta = timedelta(minutes=1)  #: Longer waits for a turn end in the next run.


_USUAL = Plan()


def poll(
    feeds: Iterable[Feed],
    *,
    store: FeedStore,
    fetcher: Fetcher,
    parser: Parser,
    clock: Clock,
    plan: Plan = _USUAL,
    on_result: OnResult = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    timer: Callable[[], float] = monotonic,
) -> PollReport:
    """Poll the feeds that are due; one feed's trouble stops no other.

    A site is asked for one feed at a time, with a pause in between.

    Args:
        feeds: All there are; of feeds with one address the first counts.
        store: Where state and entries are kept, together in one transaction.
        fetcher: Makes the requests.
        parser: Reads what they bring.
        clock: Tells the time, aware UTC.
        plan: Whom to ask, and how.
        on_result: Called with each outcome as it comes, never twice at once.
        stop: Asked before each feed; once true, what is under way is forgotten.
        timer: Tells seconds that only grow, for the pauses between requests.

    Raises:
        StoreError: The database cannot be used.
    """
    states = store.feed_states()
    listed: dict[str, Feed] = {}
    for feed in feeds:
        listed.setdefault(feed.url, feed)
    known = [states.get(url, FeedState(url=url)) for url in listed]
    due = [one for state in known if (one := _due(listed[state.url], state, plan, clock()))]
    round_ = _Round(
        store=store,
        fetcher=fetcher,
        parser=parser,
        clock=clock,
        plan=plan,
        on_result=on_result,
        stop=stop,
        timer=timer,
    )
    found = round_.run(due, known)
    return PollReport(
        outcomes=tuple(found[one.feed.url] for one in due if one.feed.url in found),
        not_due=len(known) - len(due),
        outage_since=outage_since(store.feed_states().values()) if round_.met_outage else None,
    )


def _due(feed: Feed, state: FeedState, plan: Plan, now: datetime) -> Due | None:
    by_itself = is_due(state, now=now, ahead=plan.ahead)
    if by_itself or (plan.everything and may_be_asked_by_hand(state, now=now)):
        site = site_of(state.address)
        return Due(feed=feed, state=state, site=site, by_hand=not by_itself)
    return None


class _Round:
    """One call of `poll`, shared by its threads."""

    def __init__(
        self,
        *,
        store: FeedStore,
        fetcher: Fetcher,
        parser: Parser,
        clock: Clock,
        plan: Plan,
        on_result: OnResult,
        stop: Callable[[], bool],
        timer: Callable[[], float],
    ) -> None:
        self._timer = timer
        self._store, self._fetcher, self._parser = store, fetcher, parser
        self._clock, self._plan = clock, plan
        self._on_result, self._stop = on_result, stop
        self._found: dict[str, PollOutcome] = {}
        self._is_broken = False
        self._sites = store.site_states()
        #: Feeds of sites that have just asked for quiet.
        self._quieted: dict[str, list[Due]] = {}
        self._recorder = Recorder(
            store=store, clock=clock, cutoffs=plan.cutoffs, on_recorded=self._recorded
        )

    @property
    def met_outage(self) -> bool:
        """Whether nobody at all could be reached."""
        return self._recorder.met_outage

    def run(self, due: Sequence[Due], known: Sequence[FeedState]) -> dict[str, PollOutcome]:
        """Ask every feed, each site in turn; return what came of it, by address."""
        queues = self._queues(due)
        self._turns = Turns(
            queues,
            timer=self._timer,
            patience=self._plan.patience,
            stop=lambda: self._is_broken or self._stop(),
        )
        workers = max(1, min(self._plan.workers, len(queues)))
        with (
            self._recorder.running(known),
            ThreadPoolExecutor(max_workers=workers, thread_name_prefix="poll") as pool,
        ):
            for thread in [pool.submit(self._work) for _ in range(workers)]:
                thread.result()
        for one, longer in self._turns.put_off:
            self._hold_back([one], self._clock() + longer, "its site is asked slowly")
        self._store.record_sites(site for site in self._sites.values() if site.last_asked_at)
        return self._found

    def _queues(self, due: Iterable[Due]) -> list[SiteQueue]:
        now, by_site = self._clock(), dict[str, list[Due]]()
        for one in due:
            by_site.setdefault(one.site, []).append(one)
        queues = []
        for site, waiting in by_site.items():
            remembered = self._sites.get(site, SiteState(site=site))
            if remembered.quiet_until is not None and remembered.quiet_until > now:
                reason = f"its site asked for quiet at {remembered.quiet_because_of}"
                self._hold_back(waiting, remembered.quiet_until, reason)
            else:
                queues.append(_queue(remembered, waiting, now, self._timer()))
        return queues

    def _work(self) -> None:
        try:
            while (due := self._turns.take()) is not None:
                self._ask(due)
                self._recorder.raise_problem()
        except BaseException:
            self._is_broken = True
            raise

    def _ask(self, due: Due) -> None:
        """Ask for one feed; a broken off fetch says nothing about it."""
        site, started = due.site, monotonic()
        polled = Polled(result=self._fetch(due), by_hand=due.by_hand)
        if speaks_for_its_site(polled.answer):
            self._quieted[site] = self._turns.close_site(site)
        self._note_request(site)
        self._turns.done(site)
        polled = replace(polled, parsed=self._parse(due, polled))
        if not self._stop():
            self._recorder.add(Fetched(due=due, polled=polled, took_s=monotonic() - started))

    def _fetch(self, due: Due) -> FetchResult:
        try:
            return self._fetcher.fetch(
                FetchRequest(url=due.state.address, validators=due.state.validators)
            )
        except Exception as error:  # noqa: BLE001  # One feed's oddity must not stop the others.
            return Failed(reason=f"unexpected {type(error).__name__}: {error}")

    def _parse(self, due: Due, polled: Polled) -> ParsedFeed | ParseError | None:
        answer = polled.answer
        if not isinstance(answer, Fresh) or body_hash(answer.body) == due.state.body_hash:
            return None
        try:
            return self._parser.parse(
                answer.body, feed=due.feed, headers=answer.headers, url=answer.url
            )
        except ParseError as error:
            return error

    def _note_request(self, site: str) -> None:
        if manners(site).gap:
            remembered = self._sites.get(site, SiteState(site=site))
            self._sites[site] = replace(remembered, last_asked_at=self._clock())

    def _recorded(self, fetched: Fetched, record: PollRecord) -> None:
        due, state = fetched.due, record.state
        outcome = outcome_of(due.feed, due.state, fetched.polled, record, took_s=fetched.took_s)
        self._report(outcome)
        if speaks_for_its_site(fetched.polled.answer) and state.not_before is not None:
            self._quiet(due.site, state.not_before, due.feed.url)

    def _quiet(self, site: str, until: datetime, because_of: str) -> None:
        """Remember that a site wants to be left alone, and leave its other feeds alone."""
        remembered = self._sites.get(site, SiteState(site=site))
        quiet = replace(remembered, quiet_until=until, quiet_because_of=because_of)
        self._sites[site] = quiet
        self._store.record_sites([quiet])
        left = self._quieted.pop(site, [])
        self._hold_back(left, until, f"its site asked for quiet at {because_of}")

    def _hold_back(self, waiting: Iterable[Due], until: datetime, reason: str) -> None:
        after = [(one.feed, held_back(one.state, until=until, reason=reason)) for one in waiting]
        self._store.set_states(state for _, state in after)
        for feed, state in after:
            self._report(put_off(feed, state))

    def _report(self, outcome: PollOutcome) -> None:
        self._found[outcome.feed.url] = outcome
        self._on_result(outcome)


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
