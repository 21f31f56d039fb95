"""What every engine must do, whoever it is built on (JobEngine of steps/ports.py)."""

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from aidigest.adapters.database import open_engine
from aidigest.core.jobs import Job, JobKind, Queue
from aidigest.steps.ports import JobEngine

NewEngine = Callable[[], JobEngine]


def part(shard: int) -> Job:
    """Return the job of sending one part of an edition."""
    return Job(kind=JobKind.DELIVER, about="1", shard=shard)


class Doing:
    """Does jobs, and remembers which; the first ones wait until they may end."""

    def __init__(self, *, held_up: bool = False) -> None:
        self.done: list[str] = []
        self.begun: list[str] = []
        self.at_once = self.most_at_once = 0
        self._may_end = threading.Event()
        self._changed = threading.Condition()
        if not held_up:
            self._may_end.set()

    def __call__(self, job: Job) -> None:
        """Do it."""
        with self._changed:
            self.begun.append(job.name)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self._changed.notify_all()
        self._may_end.wait(20)
        with self._changed:
            self.done.append(job.name)
            self.at_once -= 1
            self._changed.notify_all()

    def let_end(self) -> None:
        """Hold nothing up any more."""
        self._may_end.set()

    def wait_for(self, *, begun: int = 0, done: int = 0, timeout: float = 20) -> bool:
        """Wait until so many are begun and done."""
        with self._changed:
            return self._changed.wait_for(
                lambda: len(self.begun) >= begun and len(self.done) >= done, timeout=timeout
            )


def test_what_is_nudged_is_done(new_engine: NewEngine) -> None:
    """All that a job says comes through: kind, what it is about, and the part."""
    engine, doing = new_engine(), Doing()
    jobs = [part(3), Job(kind=JobKind.POLL), Job(kind=JobKind.PUBLISH, about="daily")]

    with engine.running(doing):
        for job in jobs:
            engine.nudge(job)
        assert doing.wait_for(done=3)

    assert sorted(doing.done) == ["deliver:1:3", "poll", "publish:daily"]


def test_of_one_name_one_waits(new_engine: NewEngine) -> None:
    """Looks come every few seconds and jobs take minutes; what waits must not pile up."""
    engine, doing = new_engine(), Doing(held_up=True)
    first = Job(kind=JobKind.POLL)

    with engine.running(doing):
        engine.nudge(first)
        assert doing.wait_for(begun=1)
        for _ in range(5):
            engine.nudge(first)
        engine.nudge(part(1))  # What came before it has been taken by now.
        assert doing.wait_for(begun=2)
        doing.let_end()
        assert doing.wait_for(done=3)
        engine.nudge(part(2))
        assert doing.wait_for(done=4)

    assert doing.done.count("poll") == 2


def test_what_is_urgent_goes_before_what_waited_longer(new_engine: NewEngine) -> None:
    """Readers whose worker died have waited already; behind all other parts it could be an hour."""
    engine, doing = new_engine(), Doing(held_up=True)

    with engine.running(doing):
        engine.nudge(Job(kind=JobKind.POLL))
        assert doing.wait_for(begun=1)
        for shard in range(3):
            engine.nudge(Job(kind=JobKind.POLL, shard=shard, is_urgent=shard == 2))
        engine.nudge(part(1))  # What came before it waits by now.
        assert doing.wait_for(begun=2)
        doing.let_end()
        assert doing.wait_for(done=5)

    polls = [name for name in doing.begun if name.startswith("poll")]
    assert polls[:2] == ["poll", "poll:2"]


def test_queues_do_not_wait_for_each_other(new_engine: NewEngine) -> None:
    """A send that takes an hour must not keep feeds from being polled."""
    engine, doing = new_engine(), Doing(held_up=True)
    one_of_each = [part(1), Job(kind=JobKind.POLL), Job(kind=JobKind.CONFIRM)]

    with engine.running(doing):
        for job in one_of_each:
            engine.nudge(job)
        all_begun = doing.wait_for(begun=3)
        doing.let_end()

    assert all_begun
    assert {job.kind.queue for job in one_of_each} == set(Queue)


def test_the_end_waits_for_what_is_under_way(new_engine: NewEngine) -> None:
    """A worker that is told to stop finishes what is in hand, and begins nothing more."""
    engine, doing = new_engine(), Doing(held_up=True)

    with ExitStack() as running:
        running.enter_context(engine.running(doing))
        engine.nudge(Job(kind=JobKind.POLL))
        assert doing.wait_for(begun=1)
        threading.Timer(0.3, doing.let_end).start()

    assert doing.done == ["poll"]


def test_a_nudge_when_nothing_runs_is_no_error(new_engine: NewEngine) -> None:
    """It is lost; the next look at the rows finds what it was about."""
    new_engine().nudge(Job(kind=JobKind.POLL))


@pytest.mark.parametrize("pair", ["Procrastinate, PostgreSQL"])
def test_a_job_is_done_by_one_of_two(pair: str, new_engine: NewEngine) -> None:
    """Both look and both nudge; the database lets one through."""
    one, other = new_engine(), new_engine()
    first, second = Doing(held_up=True), Doing(held_up=True)

    with one.running(first), other.running(second):
        for shard in range(6):
            one.nudge(part(shard))
            other.nudge(part(shard))
        both_begun = first.wait_for(begun=1) and second.wait_for(begun=1)
        first.let_end()
        second.let_end()
        for _ in range(100):
            if len(first.done) + len(second.done) >= 6:
                break
            threading.Event().wait(0.1)

    assert both_begun
    assert sorted(first.done + second.done) == [f"deliver:1:{shard}" for shard in range(6)]


@pytest.mark.parametrize("pair", ["Procrastinate, PostgreSQL"])
def test_jobs_are_done_again_once_all_sessions_were_ended(
    pair: str, new_engine: NewEngine, database_url: str
) -> None:
    """As by an operator, or a pooler that is restarted; a worker must not need to be."""
    engine, doing = new_engine(), Doing()

    with engine.running(doing):
        engine.nudge(part(1))
        assert doing.wait_for(done=1)
        end_all_sessions(database_url)
        goes_on = any(nudge_again(engine, doing) for _ in range(40))

    assert goes_on


def nudge_again(engine: JobEngine, doing: Doing) -> bool:
    """Nudge as each look does; return whether it was done."""
    engine.nudge(part(2))
    return doing.wait_for(done=2, timeout=0.5)


def end_all_sessions(url: str) -> None:
    """End them as a database does that is being restarted."""
    engine = open_engine(url)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()
