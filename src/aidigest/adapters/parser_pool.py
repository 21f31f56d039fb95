"""Parses feeds in worker processes that can be killed.

feedparser is pure Python: it holds the interpreter's lock, and a hostile
body can keep it busy for minutes or make it swallow all memory. Here such a
body costs one worker, which is killed and replaced (design decision 1).
"""

import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import BinaryIO, cast

from aidigest.adapters import parser_worker
from aidigest.adapters.parser_worker import Job
from aidigest.adapters.watchdog import Watchdog
from aidigest.closing import Closing
from aidigest.core.feeds.feed import Feed
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.errors import ParseError

#: How long a worker may take to start.
_START_S = 60.0


class _Worker:
    """One process and the pipes to it."""

    def __init__(self, watchdog: Watchdog, *, cpu_s: int, memory_mib: int) -> None:
        self._watchdog = watchdog
        # -P: no module of the folder we happen to be in may take another's place.
        command = [sys.executable, "-P", "-m", parser_worker.__name__, str(cpu_s), str(memory_mib)]
        self._process = subprocess.Popen(  # noqa: S603 - Our own module.
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._jobs = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        self._is_ready = False
        self._is_late = False

    def ask(self, job: Job, *, timeout_s: float) -> object:
        """Return the worker's answer.

        Raises:
            TimeoutError: None came in time.
            EOFError, OSError: The worker died.
        """
        if not self._is_ready:  # That a busy machine starts it slowly is not the body's fault.
            self._answer(None, _START_S)
            self._is_ready = True
        return self._answer(job, timeout_s)

    def _answer(self, job: Job | None, timeout_s: float) -> object:
        number = self._watchdog.watch(monotonic() + timeout_s, self._be_late)
        try:
            if job is not None:
                pickle.dump(job, self._jobs, pickle.HIGHEST_PROTOCOL)
                self._jobs.flush()
            return pickle.load(self._answers)  # noqa: S301 - Our own child's.
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            if self._is_late:
                raise TimeoutError from error
            raise EOFError from error
        finally:
            self._watchdog.forget(number)

    def _be_late(self) -> None:
        self._is_late = True
        self.interrupt()

    def interrupt(self) -> None:
        """End the process; whoever waits for its answer gets EOFError."""
        self._process.kill()

    def kill(self) -> None:
        """End the process and clear it away."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._jobs, self._answers):
            with suppress(OSError):  # What was not sent will not be.
                pipe.close()


class ParserPool(Closing):
    """The Parser of the steps; safe to share between threads.

    Workers start when there is something to parse: a run in which no feed
    has changed starts none.

    Args:
        workers: How many processes.
        timeout_s: For one body, by the clock on the wall.
        cpu_s: For one body, of processor time.
        memory_mib: For one worker, of address space.
    """

    def __init__(
        self,
        *,
        workers: int = 2,
        timeout_s: float = 20.0,
        cpu_s: int = 15,
        memory_mib: int = 1024,
    ) -> None:
        self._timeout_s = timeout_s
        self._cpu_s = cpu_s
        self._memory_mib = memory_mib
        self._workers = workers
        self._watchdog = Watchdog()
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)

    def close(self) -> None:
        """End the workers, also those that are busy; nothing is parsed any more."""
        with self._lock:
            self._closed = True
            for worker in self._busy:
                worker.interrupt()
        for _ in range(self._workers):
            idle = self._idle.get()
            if idle is not None:
                idle.kill()
        for _ in range(self._workers):  # Whoever still waits for a worker learns that it is over.
            self._idle.put(None)
        self._watchdog.close()

    def parse(self, body: bytes, *, feed: Feed, headers: Mapping[str, str], url: str) -> ParsedFeed:
        """Return the entries found; raise ParseError where it is no feed or costs too much."""
        job = (body, dict(headers), url, feed.language)
        try:
            with self._lent() as worker:
                answer = worker.ask(job, timeout_s=self._timeout_s)
        except (EOFError, OSError) as error:
            raise ParseError(feed.url, self._why(error)) from error
        if isinstance(answer, ParsedFeed):
            return answer
        raise ParseError(feed.url, str(answer))

    @contextmanager
    def _lent(self) -> Iterator[_Worker]:
        """Lend a worker; kill it if its answer never came, or the next body would get it."""
        worker = self._idle.get()
        try:
            worker = self._hired(worker)
            yield worker
            with self._lock:
                self._busy.discard(worker)
        except BaseException:
            if worker is not None:
                with self._lock:
                    self._busy.discard(worker)
                worker.kill()
            worker = None
            raise
        finally:
            self._idle.put(worker)

    def _hired(self, worker: _Worker | None) -> _Worker:
        with self._lock:
            if self._closed:
                raise EOFError
            worker = worker or _Worker(
                self._watchdog, cpu_s=self._cpu_s, memory_mib=self._memory_mib
            )
            self._busy.add(worker)
            return worker

    def _why(self, error: EOFError | OSError) -> str:
        if self._closed:
            return "not read: the parser was closed"
        if isinstance(error, TimeoutError):
            return f"takes longer than {self._timeout_s:g} s to read"
        return "takes too much memory or processor time to read"
