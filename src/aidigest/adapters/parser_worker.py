"""The process in which feeds are parsed, one after another, under limits of its own.

`python -P -m aidigest.adapters.parser_worker SECONDS MEBIBYTES` reads jobs from
its input and writes answers to its output, both pickled, until its input ends.
It is started as a program, so that nothing of its parent's memory comes along.
"""

import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import BinaryIO

from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.errors import ParseError

try:
    import resource
except ImportError:  # Windows has no such limits; the parent's deadline holds everywhere.
    resource = None  # type: ignore[assignment]  # The name is None where the module is missing.

_MEBIBYTE = 1024 * 1024
#: Body, headers, address and language, as `parse_feed` takes them.
Job = tuple[bytes, dict[str, str], str, str]


def main(cpu_s: int, memory_mib: int) -> None:
    """Answer each job with a ParsedFeed, or with words on why there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle.
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # Whoever prints does not print into an answer.
    from aidigest.core.feeds.parsing import parse_feed  # noqa: PLC0415 - It takes a while, and Ctrl-C may come.

    _limit_memory(memory_mib)
    with suppress(EOFError, BrokenPipeError):  # The parent is gone.
        _send(None, answers)
        while True:
            body, headers, url, language = pickle.load(jobs)  # noqa: S301 - Our parent's.
            _limit_cpu(cpu_s)
            parse = partial(parse_feed, body, headers=headers, url=url, language=language)
            _send(_answer(parse), answers)
            del body, parse


def _send(answer: object, answers: BinaryIO) -> None:
    answers.write(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
    answers.flush()


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


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
