"""Poll: due feeds are fetched and parsed, and their entries stored."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from aidigest.core.feeds.feed import (
    Answer,
    Failed,
    Feed,
    FeedState,
    FetchRequest,
    FetchResult,
    Fresh,
    answer_in,
)
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.polling.alarms import outage_since
from aidigest.core.polling.history import (
    Polled,
    PollRecord,
    body_hash,
    held_back,
    is_due,
    may_be_asked_by_hand,
)
from aidigest.core.polling.sites import site_of
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
from aidigest.steps.sites import Quiet, Sites
from aidigest.steps.turns import Due, Turns

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
    listed: dict[str, Feed] = {}
    for feed in feeds:
        listed.setdefault(feed.url, feed)
    states = store.feed_states(listed)
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
        outage_since=outage_since(store.feed_states(listed).values())
        if round_.recorder.met_outage
        else None,
    )


def _due(feed: Feed, state: FeedState, plan: Plan, now: datetime) -> Due | None:
    by_itself = is_due(state, now=now, ahead=plan.ahead)
    if by_itself or (plan.everything and may_be_asked_by_hand(state, now=now)):
        site = site_of(state.address)
        return Due(feed=feed, state=state, site=site, by_hand=not by_itself)
    return None


@dataclass(slots=True, kw_only=True)
class _Round:
    """One call of `poll`, shared by its threads."""

    store: FeedStore
    fetcher: Fetcher
    parser: Parser
    clock: Clock
    plan: Plan
    on_result: OnResult
    stop: Callable[[], bool]
    timer: Callable[[], float]
    sites: Sites = field(init=False)
    turns: Turns = field(init=False)
    recorder: Recorder = field(init=False)
    found: dict[str, PollOutcome] = field(default_factory=dict)
    #: Feeds of sites that have just asked for quiet.
    quieted: dict[str, list[Due]] = field(default_factory=dict)
    is_broken: bool = False

    def run(self, due: Sequence[Due], known: Sequence[FeedState]) -> dict[str, PollOutcome]:
        """Ask every feed, each site in turn; return what came of it, by address."""
        self.sites = Sites(self.store)
        queues, quiet = self.sites.line_up(due, now=self.clock(), timer=self.timer())
        for one in quiet:
            self._leave_alone(one)
        self.turns = Turns(
            queues,
            timer=self.timer,
            patience=self.plan.patience,
            stop=lambda: self.is_broken or self.stop(),
        )
        self.recorder = Recorder(
            store=self.store,
            clock=self.clock,
            cutoffs=self.plan.cutoffs,
            on_recorded=self._recorded,
        )
        self._work_together(known, workers=max(1, min(self.plan.workers, len(queues))))
        for late, longer in self.turns.put_off:
            until = self.clock() + longer
            self._leave_alone(Quiet(feeds=[late], until=until, reason="its site is asked slowly"))
        self.sites.record()
        return self.found

    def _work_together(self, known: Sequence[FeedState], *, workers: int) -> None:
        with (
            self.recorder.running(known),
            ThreadPoolExecutor(max_workers=workers, thread_name_prefix="poll") as pool,
        ):
            for thread in [pool.submit(self._work) for _ in range(workers)]:
                thread.result()

    def _work(self) -> None:
        try:
            while (due := self.turns.take()) is not None:
                self._ask(due)
                self.recorder.raise_problem()
        except BaseException:
            self.is_broken = True
            raise

    def _ask(self, due: Due) -> None:
        """Ask for one feed; a broken off fetch says nothing about it."""
        started, result = monotonic(), self._fetch(due)
        answer = answer_in(result)
        if speaks_for_its_site(answer):
            self.quieted[due.site] = self.turns.close_site(due.site)
        self.sites.was_asked(due.site, now=self.clock())
        self.turns.done(due.site)
        polled = Polled(result=result, parsed=self._parse(due, answer), by_hand=due.by_hand)
        if not self.stop():
            self.recorder.add(Fetched(due=due, polled=polled, took_s=monotonic() - started))

    def _fetch(self, due: Due) -> FetchResult:
        try:
            return self.fetcher.fetch(
                FetchRequest(url=due.state.address, validators=due.state.validators)
            )
        except Exception as error:  # noqa: BLE001  # One feed's oddity must not stop the others.
            return Failed(reason=f"unexpected {type(error).__name__}: {error}")

    def _parse(self, due: Due, answer: Answer) -> ParsedFeed | ParseError | None:
        if not isinstance(answer, Fresh) or body_hash(answer.body) == due.state.body_hash:
            return None
        try:
            return self.parser.parse(
                answer.body, feed=due.feed, headers=answer.headers, url=answer.url
            )
        except ParseError as error:
            return error

    def _recorded(self, fetched: Fetched, record: PollRecord) -> None:
        due, until = fetched.due, record.state.not_before
        self._report(outcome_of(due.feed, due.state, fetched.polled, record, took_s=fetched.took_s))
        if speaks_for_its_site(fetched.polled.answer) and until is not None:
            left = self.quieted.pop(due.site, [])
            url = due.feed.url
            self._leave_alone(self.sites.wants_quiet(due.site, left, until=until, because_of=url))

    def _leave_alone(self, quiet: Quiet) -> None:
        after = [
            (one.feed, held_back(one.state, until=quiet.until, reason=quiet.reason))
            for one in quiet.feeds
        ]
        self.store.set_states(state for _, state in after)
        for feed, state in after:
            self._report(put_off(feed, state))

    def _report(self, outcome: PollOutcome) -> None:
        self.found[outcome.feed.url] = outcome
        self.on_result(outcome)
