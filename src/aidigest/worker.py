"""The worker: looks what is due, and does it or has it done, until it is told to stop.

Every worker looks, and a look is a few queries; what is due becomes a job of
the engine, which lets one of each name wait. Doing a job looks at the rows
again, so that it does not matter who found it, or how often.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import FrameType

from aidigest.adapters.scheduler import Scheduler
from aidigest.app import App
from aidigest.core.editions.digest import (
    ASKED_ABOUT_FOR,
    SENT_FOR,
    Digest,
    local_date,
    previous_occurrence,
)
from aidigest.core.jobs import Job, JobKind
from aidigest.core.shards import ALL
from aidigest.errors import BusyError
from aidigest.logs import Event, errors_logged, log
from aidigest.steps.compose import Composed, Skipped

#: How often we look for feeds and editions that are due.
LOOK_EVERY = timedelta(minutes=1)

#: How often we look for deliveries that nobody is at, be it that a worker died.
RESUME_EVERY = timedelta(seconds=5)

#: How often we look for alarms that the maintainer should hear of.
TELL_EVERY = timedelta(hours=12)
#: How often we look into the mailbox for bounces and readers who leave.
MAILBOX_EVERY = timedelta(minutes=5)

#: A platform kills what has not ended ten seconds after SIGTERM.
GRACE = timedelta(seconds=8)

#: With fewer feeds or readers, one worker does it all: parts cost connections.
WORTH_SHARING = 1000

#: Clocks differ by less; nobody minds an edition that comes so much early.
_EARLY = timedelta(seconds=2)

#: So long after its time an edition is made though another day has begun.
_PAST_MIDNIGHT = timedelta(hours=4)


def work(
    app: App,
    *,
    worth_sharing: int = WORTH_SHARING,
    resume_every: timedelta = RESUME_EVERY,
    grace: timedelta = GRACE,
) -> None:
    """Work until SIGTERM or SIGINT; whatever is in hand is finished, nothing is lost.

    Args:
        app: The home's.
        worth_sharing: So many feeds or readers are shared with other workers.
        resume_every: How often it looks for deliveries that nobody is at.
        grace: How long it waits, once told to end, for what is in hand.
    """
    _stop_on_signals(app.stop)
    lookout = Lookout(app, worth_sharing=worth_sharing)
    desk = Desk(app, lookout)
    log(Event.WORKER_STARTED, digests=len(app.settings.digests), feeds=len(app.settings.feeds))
    with ExitStack() as ending:
        with app.jobs.running(desk.do), _timetable(app, lookout, resume_every).running():
            app.stop.wait()
            log(Event.WORKER_STOPPING)
            ending.enter_context(_insisting(grace))
        log(Event.WORKER_STOPPED)


def _timetable(app: App, lookout: "Lookout", resume_every: timedelta) -> Scheduler:
    scheduler = Scheduler()

    def nudging(kind: JobKind) -> Callable[[], None]:
        return lambda: app.jobs.nudge(Job(kind=kind))

    scheduler.every(LOOK_EVERY, errors_logged(lookout.feeds), name="feeds")
    scheduler.every(LOOK_EVERY, errors_logged(lookout.digests), name="digests")
    scheduler.every(resume_every, errors_logged(lookout.deliveries), name="deliveries")
    scheduler.every(LOOK_EVERY, nudging(JobKind.CONFIRM), name="confirmations")
    scheduler.every(TELL_EVERY, nudging(JobKind.TELL), name="tell the maintainer")
    if app.settings.mailbox_url is not None:
        scheduler.every(MAILBOX_EVERY, nudging(JobKind.BOUNCES), name="bounces")
    for digest in app.settings.digests:
        scheduler.when_due(digest, errors_logged(lookout.digests))
    return scheduler


class Lookout:
    """Looks at the rows for what is due, and nudges the engine."""

    def __init__(self, app: App, *, worth_sharing: int = WORTH_SHARING) -> None:
        self._app = app
        self._worth_sharing = worth_sharing
        self._since = app.clock()

    def feeds(self) -> None:
        """Have the feeds looked at, by parts of the sites where there are many."""
        for shard in self._parts(len(self._app.settings.feeds)):
            self._app.jobs.nudge(Job(kind=JobKind.POLL, shard=shard))

    def digests(self) -> None:
        """Have editions made that are due, or were due while nobody worked."""
        for digest in self._app.settings.digests:
            due_at = self.last_due(digest)
            if due_at is not None and self._is_missing(digest, due_at):
                self._app.jobs.nudge(Job(kind=JobKind.PUBLISH, about=digest.id))

    def deliveries(self) -> None:
        """Have sent what is due and no sender is at."""
        workload, now = self._app.workload, self._app.clock()
        unfinished = workload.unfinished(since=now - ASKED_ABOUT_FOR, now=now)
        for edition_id, size in unfinished.items():
            for job in self._jobs(edition_id, size, now):
                self._app.jobs.nudge(job)

    def _jobs(self, edition_id: int, size: int, now: datetime) -> list[Job]:
        workload, job = self._app.workload, Job(kind=JobKind.DELIVER, about=str(edition_id))
        if self._parts(size) == [None]:
            return [] if workload.is_being_sent(edition_id) else [job]
        left = workload.shards_left_behind(edition_id)
        return [
            replace(job, shard=shard, is_urgent=shard in left)
            for shard in workload.shards_due(edition_id, now=now)
        ]

    def _parts(self, size: int) -> list[int | None]:
        is_worth_it = self._app.jobs.is_shared and size >= self._worth_sharing
        return [*ALL] if is_worth_it else [None]

    def last_due(self, digest: Digest) -> datetime | None:
        """Return when an edition was due that is worth sending still, made or not.

        It is so on the day itself; or for a while after midnight, if it was due before.
        """
        now = self._app.clock()
        due_at = previous_occurrence(digest, now + _EARLY)
        if due_at is None:
            return None
        is_of_today = local_date(digest, due_at) == local_date(digest, now)
        return due_at if due_at >= now - (SENT_FOR if is_of_today else _PAST_MIDNIGHT) else None

    def _is_missing(self, digest: Digest, due_at: datetime) -> bool:
        """Whether that edition is not on its way."""
        editions, day = self._app.editions, local_date(digest, due_at)
        if editions.is_quiet_day(digest.id, day):
            return False
        made = editions.id_on(digest.id, day)
        if made is not None:
            return not self._app.deliveries.is_frozen(made)
        # A digest's very first edition waits for its hour: who has just set up
        # a worker does not expect it to write to everybody at once.
        return due_at > self._since or editions.has_any(digest.id)


class Desk:
    """Does jobs; each looks at the rows, whoever sent it."""

    def __init__(self, app: App, lookout: Lookout) -> None:
        self._app = app
        self._lookout = lookout

    def do(self, job: Job) -> None:
        """Do one; what goes wrong is told, and comes round again."""
        if not self._app.stop.is_set():
            errors_logged(lambda: self._do(job))()

    def _do(self, job: Job) -> None:
        app, shards = self._app, ALL if job.shard is None else (job.shard,)
        match job.kind:
            case JobKind.POLL:
                app.polling.poll(shards=shards, patience_s=0)
            case JobKind.PUBLISH:
                self.publish(app.settings.digest(job.about))
            case JobKind.DELIVER:
                self._deliver(int(job.about), shards)
            case JobKind.CONFIRM:
                self._alone(job, app.joining.mail_confirmations)
            case JobKind.TELL:
                self._alone(job, app.polling.tell_maintainer)
            case JobKind.BOUNCES:
                self._alone(job, app.mailbox.collect_bounces)

    def publish(self, digest: Digest) -> None:
        """Bring in the latest entries, then make the edition that is due and have it sent."""
        with self._app.alone(f"publish-{digest.id}") as is_ours:
            if is_ours:
                self._publish(digest)

    def _publish(self, digest: Digest) -> None:
        with suppress(BusyError):  # Another worker brings in what there is.
            self._app.polling.poll()
        due_at = self._lookout.last_due(digest)
        if due_at is None or self._app.stop.is_set():
            return
        # Midnight may have passed meanwhile; the edition keeps its date.
        day = local_date(digest, due_at)
        self._tell_unsent(digest, day)
        made = self._app.sending.prepare(digest, day=day)
        if isinstance(made, Skipped):
            self._app.editions.note_quiet_day(made.digest_id, made.date, made.reason)
        else:
            self._lookout.deliveries()

    def _tell_unsent(self, digest: Digest, day: date) -> None:
        for one in self._app.sending.passed_over(digest, day=day):
            log(
                Event.EDITION_UNSENT,
                level=logging.WARNING,
                digest=digest.id,
                number=one.number,
                date=one.date,
            )

    def _deliver(self, edition_id: int, shards: tuple[int, ...]) -> None:
        # While the job waited, others may have done what it was about.
        due = self._app.workload.shards_due(edition_id, now=self._app.clock())
        stored = self._app.editions.by_id(edition_id) if set(due) & set(shards) else None
        if stored is not None:
            composed = Composed(edition_id=edition_id, rendered=stored[1], created=False)
            self._app.sending.resume(composed, shards=shards)

    def _alone(self, job: Job, step: Callable[[], object]) -> None:
        with self._app.alone(job.name) as is_ours:
            if is_ours:
                step()


def _stop_on_signals(stop: threading.Event) -> None:
    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def _leave() -> None:
    log(Event.WORKER_STOPPED, left_behind="a reply that was still outstanding")
    os._exit(0)


@contextmanager
def _insisting(grace: timedelta) -> Iterator[None]:
    """End the process if the block takes too long, as a relay that does not reply makes it.

    A message whose reply is outstanding stands in the ledger as offered, and
    the next run names it as uncertain.
    """
    timer = threading.Timer(grace.total_seconds(), _leave)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        # Whoever called us has a life of their own after the stop.
        timer.cancel()
