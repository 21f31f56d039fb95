"""Firing jobs in time, with APScheduler; whether there is anything to do, the jobs decide."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from aidigest.core.editions.digest import Digest, next_occurrence

#: A job that comes late, because the machine slept, still runs, and once.
_JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


class DigestTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types.
    """Fires when an edition of the digest is due; see `next_occurrence` for the odd nights."""

    __slots__ = ("digest",)

    def __init__(self, digest: Digest) -> None:
        self.digest = digest

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return the next time after the last one, or after now."""
        return next_occurrence(self.digest, max(previous_fire_time or now, now))


class Scheduler:
    """Jobs to be run at their times, each in a thread, never one twice at once."""

    def __init__(self) -> None:
        # That a look took longer than the time to the next one is nobody's concern.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(timezone="UTC", job_defaults=_JOB_DEFAULTS)

    def every(self, interval: timedelta, job: Callable[[], Any], *, name: str) -> None:
        """Run the job now and then again and again."""
        trigger = IntervalTrigger(seconds=interval.total_seconds(), timezone="UTC")
        self._scheduler.add_job(job, trigger, name=name, next_run_time=datetime.now().astimezone())

    def when_due(self, digest: Digest, job: Callable[[], Any]) -> None:
        """Run the job whenever an edition of the digest is due."""
        self._scheduler.add_job(job, DigestTrigger(digest), name=f"edition of {digest.id}")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Fire jobs until the block ends; then let those under way finish."""
        self._scheduler.start()
        try:
            yield
        finally:
            self._scheduler.shutdown(wait=True)
