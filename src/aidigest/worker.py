"""The worker: polls, composes and sends when it is time, until it is told to stop."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from functools import partial
from types import FrameType

from aidigest.adapters.scheduler import Scheduler
from aidigest.app import App
from aidigest.core.digests import SENT_FOR, Digest, local_date, previous_occurrence
from aidigest.errors import AidigestError
from aidigest.logs import Event, log
from aidigest.steps.compose import Composed, Skipped

#: How often we look for feeds that are due; each has its own time.
POLL_EVERY = timedelta(minutes=1)

#: How often we look for deliveries that are due for another try.
RESUME_EVERY = timedelta(minutes=1)

#: How often we look for alarms that the maintainer should hear of.
TELL_EVERY = timedelta(hours=12)
#: How often we look into the mailbox for bounces and readers who leave.
MAILBOX_EVERY = timedelta(minutes=5)

#: A platform kills what has not ended ten seconds after SIGTERM.
GRACE = timedelta(seconds=8)


def work(app: App) -> None:
    """Work until SIGTERM or SIGINT; whatever is in hand is finished, nothing is lost."""
    _stop_on_signals(app.stop)
    desk = Desk(app)
    scheduler = Scheduler()
    scheduler.every(POLL_EVERY, _job(app, app.polling.poll), name="poll")
    scheduler.every(RESUME_EVERY, _job(app, desk.catch_up), name="catch up")
    scheduler.every(RESUME_EVERY, _job(app, app.joining.mail_confirmations), name="confirmations")
    scheduler.every(TELL_EVERY, _job(app, app.polling.tell_maintainer), name="tell the maintainer")
    if app.settings.mailbox_url is not None:
        scheduler.every(MAILBOX_EVERY, _job(app, app.mailbox.collect_bounces), name="bounces")
    for digest in app.settings.digests:
        scheduler.when_due(digest, _job(app, partial(desk.publish, digest)))
    log(Event.WORKER_STARTED, digests=len(app.settings.digests), feeds=len(app.settings.feeds))
    with ExitStack() as grace:
        with scheduler.running():
            app.stop.wait()
            log(Event.WORKER_STOPPING)
            grace.enter_context(_insisting())
        log(Event.WORKER_STOPPED)


class Desk:
    """Sees to it that every edition that is due is made and sent."""

    def __init__(self, app: App) -> None:
        self._app = app
        #: Digests and days that had nothing to say; they are not asked again.
        self._skipped: set[tuple[str, date]] = set()

    def publish(self, digest: Digest) -> None:
        """Bring in the latest entries, then make and send today's edition."""
        self._app.polling.poll()
        if self._app.stop.is_set():
            return
        sent = self._app.sending.send(digest)
        if isinstance(sent, Skipped):
            self._skipped.add((sent.digest_id, sent.date))

    def catch_up(self) -> None:
        """Make up for what was missed while nobody worked, and go on with what is unfinished."""
        app = self._app
        for digest in app.settings.digests:
            if self._is_owed(digest):
                self.publish(digest)
        now = app.clock()
        for edition_id, rendered in app.editions.recent(now - 2 * SENT_FOR):
            due_at = app.deliveries.next_due_at(edition_id)
            if due_at is not None and due_at <= now and not app.stop.is_set():
                app.sending.resume(
                    Composed(edition_id=edition_id, rendered=rendered, created=False)
                )

    def _is_owed(self, digest: Digest) -> bool:
        """Whether an edition was due, is not on its way, and is still worth sending."""
        app, now = self._app, self._app.clock()
        due_at = previous_occurrence(digest, now)
        if due_at is None or due_at < now - SENT_FOR:
            return False
        day = local_date(digest, due_at)
        if day != local_date(digest, now) or (digest.id, day) in self._skipped:
            return False
        stored = app.editions.edition_on(digest.id, day)
        if stored is not None:
            return not app.deliveries.is_frozen(stored[0])
        # A digest's very first edition waits for its hour: who has just set up
        # a worker does not expect it to write to everybody at once.
        return app.editions.latest(digest.id) is not None


def _job(app: App, step: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        if app.stop.is_set():
            return
        try:
            step()
        except AidigestError as error:
            # The job comes round again; an operator finds the reason in the log.
            log(Event.WORKER_FAILED, level=logging.ERROR, reason=str(error))

    return run


def _stop_on_signals(stop: threading.Event) -> None:
    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def _leave() -> None:
    log(Event.WORKER_STOPPED, left_behind="a reply that was still outstanding")
    os._exit(0)


@contextmanager
def _insisting() -> Iterator[None]:
    """End the process if the block takes too long, as a relay that does not reply makes it.

    A message whose reply is outstanding stands in the ledger as offered, and
    the next run names it as uncertain.
    """
    timer = threading.Timer(GRACE.total_seconds(), _leave)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        # Whoever called us has a life of their own after the stop.
        timer.cancel()
