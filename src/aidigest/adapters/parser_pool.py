"""Parses feeds in worker processes that can be killed.

feedparser is pure Python: it holds the interpreter's lock, and a hostile
body can keep it busy for minutes or make it swallow all memory. Here such a
body costs one worker, which is killed and replaced (design decision 1).
"""

import queue
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from aidigest.core.feeds import Feed
from aidigest.core.parsed import ParsedFeed
from aidigest.errors import ParseError

try:
    import resource
except ImportError:  # Windows has no such limits; the deadline holds everywhere.
    resource = None  # type: ignore[assignment]  # The name is None where the module is missing.

_MEBIBYTE = 1024 * 1024
#: How long a worker may take to start.
_START_S = 60.0


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, *, cpu_s: int, memory_mib: int) -> None:
        context = get_context("spawn")  # A fork would copy the locks of our threads.
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_work, args=(theirs, cpu_s, memory_mib), name="feed parser", daemon=True
        )
        self._process.start()
        self._is_ready = False
        theirs.close()

    def ask(self, job: tuple[bytes, dict[str, str], str, str], *, timeout_s: float) -> object:
        """Return the worker's answer.

        Raises:
            TimeoutError: None came in time.
            EOFError, OSError: The worker died.
        """
        if not self._is_ready:  # That a busy machine starts it slowly is not the body's fault.
            self._receive(_START_S)
            self._is_ready = True
        self._pipe.send(job)
        return self._receive(timeout_s)

    def _receive(self, timeout_s: float) -> object:
        if not self._pipe.poll(timeout_s):
            raise TimeoutError
        return self._pipe.recv()

    def interrupt(self) -> None:
        """End the process; whoever waits for its answer gets EOFError."""
        with suppress(ValueError):  # It has ended, and was cleared away.
            self._process.kill()

    def kill(self) -> None:
        """End the process and clear it away."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


class ParserPool:
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
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

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
            worker = worker or _Worker(cpu_s=self._cpu_s, memory_mib=self._memory_mib)
            self._busy.add(worker)
            return worker

    def _why(self, error: EOFError | OSError) -> str:
        if self._closed:
            return "not read: the parser was closed"
        if isinstance(error, TimeoutError):
            return f"takes longer than {self._timeout_s:g} s to read"
        return "takes too much memory or processor time to read"


def _work(pipe: Connection, cpu_s: int, memory_mib: int) -> None:
    """Answer each job with a ParsedFeed, or with words on why there is none."""
    # Only here: the parent has no use for the parser, and the memory it takes.
    from aidigest.core.parsing import parse_feed  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle.
    _limit_memory(memory_mib)
    with suppress(EOFError, BrokenPipeError):  # The parent is gone.
        pipe.send(None)
        while True:
            body, headers, url, language = pipe.recv()
            _limit_cpu(cpu_s)
            parse = partial(parse_feed, body, headers=headers, url=url, language=language)
            pipe.send(_answer(parse))


def _answer(parse: Callable[[], ParsedFeed]) -> ParsedFeed | str:
    try:
        return parse()
    except ParseError as error:
        return error.reason
    except MemoryError:
        return "takes too much memory to read"
    except Exception as error:  # noqa: BLE001  # Whatever a body does to the parser is its own fault.
        return f"the parser fails on it: {type(error).__name__}: {error}"


def _limit_memory(memory_mib: int) -> None:
    if resource is not None:
        with suppress(ValueError, OSError):  # Not every system lets us.
            resource.setrlimit(resource.RLIMIT_AS, (memory_mib * _MEBIBYTE,) * 2)


def _limit_cpu(cpu_s: int) -> None:
    """Allow so much more processor time than was used until now."""
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = int(usage.ru_utime + usage.ru_stime) + 1
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_s, resource.RLIM_INFINITY))
