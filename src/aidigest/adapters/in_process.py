"""Jobs done by this process alone, in threads: the engine where the database is SQLite."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aidigest.core.jobs import Job, Queue

#: How many jobs of a queue are done at a time; so many editions are sent beside one another.
_THREADS = {Queue.POLL: 1, Queue.DELIVER: 4, Queue.ERRANDS: 4}


class InProcess:
    """Some threads for each queue; JobEngine of steps/ports.py."""

    is_shared = False

    def __init__(self) -> None:
        self._waiting: dict[str, Job] = {}  #: By name, in the order in which they came.
        self._under_way: set[str] = set()
        self._changed = threading.Condition()
        self._is_over = False

    def nudge(self, job: Job) -> None:
        """Have it done soon; where one of its name waits already, that one will do."""
        with self._changed:
            self._waiting.setdefault(job.name, job)
            self._changed.notify_all()

    @contextmanager
    def running(self, do: Callable[[Job], None]) -> Iterator[None]:
        """Do jobs until the block ends; then let those under way finish."""
        threads = [
            threading.Thread(target=self._work, args=(queue, do), name=f"{queue} job {number}")
            for queue, count in _THREADS.items()
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()
            for thread in threads:
                thread.join()

    def _work(self, queue: Queue, do: Callable[[Job], None]) -> None:
        while (job := self._take(queue)) is not None:
            try:
                do(job)
            finally:
                with self._changed:
                    self._under_way.discard(job.name)
                    self._changed.notify_all()

    def _take(self, queue: Queue) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or self._next(queue) is not None)
            job = None if self._is_over else self._next(queue)
            if job is not None:
                self._under_way.add(job.name)
                del self._waiting[job.name]
            return job

    def _next(self, queue: Queue) -> Job | None:
        """Return the job that has waited longest, urgent ones first; none that is under way."""
        free = [
            job
            for name, job in self._waiting.items()
            if job.kind.queue is queue and name not in self._under_way
        ]
        return min(free, key=lambda job: not job.is_urgent, default=None)
