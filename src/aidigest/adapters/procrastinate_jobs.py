"""Jobs shared by all workers of a PostgreSQL: the engine is Procrastinate.

Its loop runs in a thread of its own, and nothing outside of this module is
asynchronous. Of one name, one job waits at a time (Procrastinate's queueing
lock). A job whose worker is no longer heard of is handed out again, and so is
what a lost job was about, by the next look at the rows.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, ProcrastinateException
from procrastinate.jobs import Job as TheirJob
from procrastinate.jobs import Status
from procrastinate.worker import Worker
from sqlalchemy.engine import make_url

from aidigest.core.jobs import Job, JobKind, Queue
from aidigest.logs import Event, log

#: A worker that is not heard of for so long has lost its jobs.
STALLED_AFTER_S = 30.0
_HEARTBEAT_S = 5.0

#: How often jobs are looked for where no notification came.
_LOOK_S = 2.0

#: How long after the database went away it is tried again.
_PAUSE_S = 2.0

#: How many jobs of a queue a worker does at a time.
_AT_A_TIME = {Queue.POLL: 1, Queue.DELIVER: 1, Queue.ERRANDS: 4}

_TASK = "aidigest"

#: A time that has come by anybody's clock.
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class ProcrastinateJobs:
    """Hands jobs to whichever worker is free; JobEngine of steps/ports.py.

    Args:
        database_url: A PostgreSQL's, with Procrastinate's tables in it.
        stalled_after_s: After how long a worker that is not heard of has lost its jobs.
    """

    is_shared = True

    def __init__(self, database_url: str, *, stalled_after_s: float = STALLED_AFTER_S) -> None:
        self._conninfo = conninfo(database_url)
        self._stalled_after_s = stalled_after_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._app: App | None = None
        self._workers: list[Worker] = []
        self._is_over = threading.Event()
        # It logs each step of each job; what matters we log ourselves.
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)

    def nudge(self, job: Job) -> None:
        """Have it done soon; where one of its name waits already, that one will do."""
        loop, app = self._loop, self._app
        if loop is not None and app is not None:
            with suppress(RuntimeError):  # The loop has just ended.
                asyncio.run_coroutine_threadsafe(_defer(app, job), loop)

    @contextmanager
    def running(self, do: Callable[[Job], None]) -> Iterator[None]:
        """Do jobs until the block ends; then let those under way finish."""
        is_up = threading.Event()
        thread = threading.Thread(
            target=lambda: asyncio.run(self._run(do, is_up)), name="procrastinate"
        )
        thread.start()
        is_up.wait()
        try:
            yield
        finally:
            self._is_over.set()
            self._stop_all()
            thread.join()

    async def _run(self, do: Callable[[Job], None], is_up: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(max_workers=sum(_AT_A_TIME.values())))
        # As of a job that another worker has finished meanwhile: no harm is done.
        self._loop.set_exception_handler(lambda _loop, context: _tell(context.get("exception")))
        while not self._is_over.is_set():
            try:
                await self._work(do, is_up)
            except (ProcrastinateException, psycopg.Error, OSError) as error:
                # The database is gone for a while; the rows wait, and so do we.
                _tell(error)
            is_up.set()
            self._app = None
            if not self._is_over.is_set():
                await asyncio.sleep(_PAUSE_S)

    async def _work(self, do: Callable[[Job], None], is_up: threading.Event) -> None:
        """Do jobs until it is over or the database goes away."""
        connector = PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=6, timeout=10)
        app = App(connector=connector)

        @app.task(name=_TASK)
        def work(**job: Any) -> None:
            do(Job(kind=JobKind(job["kind"]), about=job["about"], shard=job["shard"]))

        async with app.open_async():
            self._app = app
            self._workers = [self._worker(app, queue) for queue in Queue]
            rounds = [asyncio.ensure_future(_run(worker)) for worker in self._workers]
            rescue = asyncio.ensure_future(self._rescue(app))
            is_up.set()
            if self._is_over.is_set():
                self._stop_all()
            try:
                # One that ends before we are done has lost the database.
                await asyncio.wait(rounds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._stop_all()
                rescue.cancel()
                found = await asyncio.gather(*rounds, rescue, return_exceptions=True)
        for error in found[:-1]:
            if isinstance(error, BaseException):
                raise ConnectorException(_in_words(error)) from error

    def _stop_all(self) -> None:
        for worker in self._workers:
            worker.stop()  # type: ignore[no-untyped-call]  # Procrastinate's worker has no types.

    def _worker(self, app: App, queue: Queue) -> Worker:
        return Worker(
            app=app,
            queues=[queue.value],
            name=queue.value,
            concurrency=_AT_A_TIME[queue],
            fetch_job_polling_interval=_LOOK_S,
            # Jobs are nudges: what they came to is in the rows.
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=min(_HEARTBEAT_S, self._stalled_after_s / 3),
            stalled_worker_timeout=self._stalled_after_s,
        )

    async def _rescue(self, app: App) -> None:
        """Hand out again what workers had that are no longer heard of."""
        while True:
            await asyncio.sleep(self._stalled_after_s / 3)
            with suppress(ConnectorException):
                await app.job_manager.prune_stalled_workers(self._stalled_after_s)
                stalled = await app.job_manager.get_stalled_jobs(
                    seconds_since_heartbeat=self._stalled_after_s
                )
                for job in stalled:
                    await _hand_out_again(app, job)


async def _run(worker: Worker) -> None:
    await worker.run()  # type: ignore[no-untyped-call]  # As above.


async def _defer(app: App, job: Job) -> None:
    deferrer = app.configure_task(
        _TASK,
        queue=job.kind.queue.value,
        queueing_lock=job.name,
        priority=1 if job.is_urgent else 0,
    )
    # Lost or doubled, it does no harm.
    with suppress(AlreadyEnqueued, ConnectorException):
        await deferrer.defer_async(kind=job.kind.value, about=job.about, shard=job.shard)


async def _hand_out_again(app: App, job: TheirJob) -> None:
    try:
        await app.job_manager.retry_job(job, retry_at=_AT_ONCE)
    except ConnectorException:
        # One of its name waits already, or the worker was only slow.
        assert job.id is not None  # noqa: S101 - It comes from the database.
        await app.job_manager.finish_job_by_id_async(job.id, status=Status.ABORTED, delete_job=True)


def conninfo(database_url: str) -> str:
    """Return the address as libpq reads it."""
    url = make_url(database_url)
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _tell(error: BaseException | None) -> None:
    reason = _in_words(error) if error is not None else None
    log(Event.ENGINE_TROUBLE, level=logging.WARNING, reason=reason)


def _in_words(error: BaseException) -> str:
    # Procrastinate says "Database error."; what it was stands behind that.
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
