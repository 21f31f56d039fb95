"""Engines for tests of what asks them for something."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aidigest.app import App
from aidigest.core.jobs import Job
from aidigest.worker import Desk, Lookout


class Remembering:
    """Does jobs when it is told to; JobEngine of steps/ports.py."""

    def __init__(self, *, is_shared: bool = False) -> None:
        self.is_shared = is_shared
        self.waiting: dict[str, Job] = {}

    def nudge(self, job: Job) -> None:
        """Note it."""
        self.waiting.setdefault(job.name, job)

    @contextmanager
    def running(self, do: Callable[[Job], None]) -> Iterator[None]:
        """Do what was noted, and what comes of that."""
        yield
        while self.waiting:
            do(self.waiting.pop(next(iter(self.waiting))))


def catch_up(app: App) -> None:
    """Do what a worker would find to do now, until there is nothing."""
    app.jobs = engine = Remembering()
    lookout = Lookout(app)
    with engine.running(Desk(app, lookout).do):
        lookout.digests()
        lookout.deliveries()
