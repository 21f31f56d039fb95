"""Sends in children that kill themselves at a given statement: `python victim.py`.

Each line on standard input is a task in JSON: the home, its `SMTP_URL`, and the
statement before which the child gets SIGKILL (null: none). Each is answered by
a line: how the child ended and how many statements it passed. A statement is
anything that leaves a trace outside of the process: one SQL statement, a
commit, one write to the relay, one read from it.

Children are forked from a process that has everything loaded already, so that
hundreds of deaths take seconds; nothing of the program is changed but what it
is handed: an engine whose statements are counted, and sockets that count.
"""

import json
import os
import resource
import signal
import smtplib
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import aidigest.adapters.database.migrations.versions  # noqa: F401 - Loaded before the fork.
from aidigest.adapters.smtp import SmtpMailer
from aidigest.adapters.smtp_session import SmtpSession, Timeouts
from aidigest.app import App
from aidigest.errors import AidigestError
from aidigest.settings import load_settings
from aidigest.steps.compose import Composed

#: A relay in the tests that stays silent does so for longer.
_HASTY = Timeouts(greeting=10, command=10, data=10, block=10, dot=0.5, quit=1)


class Fate:
    """Counts statements, and kills this process before one of them."""

    def __init__(self, cut: int | None, report: int) -> None:
        self._cut = cut
        self._report = report
        self.passed = 0

    def tick(self, *_about: object, **_more: object) -> None:
        """Pass one more statement, or die."""
        if self.passed == self._cut:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1

    def tell(self) -> None:
        """Report how far it came."""
        os.write(self._report, str(self.passed).encode())


class CountingSocket:
    """A socket whose writes and reads are statements."""

    def __init__(self, connection: Any, tick: Callable[[], None]) -> None:
        self._socket = connection
        self._tick = tick

    def send(self, data: bytes) -> int:
        """Write between two boundaries."""
        self._tick()
        written: int = self._socket.send(data)
        self._tick()
        return written

    def recv(self, size: int) -> bytes:
        """Read after a boundary."""
        self._tick()
        data: bytes = self._socket.recv(size)
        return data

    def __getattr__(self, name: str) -> Any:
        """Leave everything else as it is."""
        return getattr(self._socket, name)


class CountingMailer(SmtpMailer):
    """Hands out sessions over counting sockets."""

    def __init__(self, url: str, tick: Callable[[], None]) -> None:
        super().__init__(url, timeouts=_HASTY)
        self._tick = tick

    def started(self, client: smtplib.SMTP, connection: socket.socket) -> SmtpSession:
        """Start the session on a socket that counts."""
        counting: Any = CountingSocket(connection, self._tick)
        return super().started(client, counting)


def count_statements(engine: Engine, tick: Callable[..., None]) -> None:
    """Let the engine tick before and after whatever changes or reads the database."""
    for moment in ("before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
        event.listen(engine, moment, tick)


def send(task: dict[str, Any], report: int) -> int:
    """Send today's edition, as `aidigest send` does; return the exit code."""
    if limit := task.get("largest_file"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    environ = {**os.environ, **task.get("environ", {}), "SMTP_URL": task["smtp_url"]}
    fate = Fate(task["cut"], report)
    settings = load_settings(Path(task["home"]), environ)
    mailers = tuple(CountingMailer(url, fate.tick) for url in settings.smtp_urls)
    with App(settings, mailers=mailers) as app:
        stored = app.editions.by_id(task["edition_id"])
        assert stored is not None
        count_statements(app.engine, fate.tick)
        composed = Composed(edition_id=stored[0], rendered=stored[1], created=False)
        try:
            app.sending.resume(composed)
        except AidigestError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            fate.tell()
    return 0


def in_child(task: dict[str, Any]) -> dict[str, Any]:
    """Fork, send there, and say how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = send(task, writing)
        finally:
            os._exit(code)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        passed = told.read()
    return {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "passed": int(passed) if passed else None,
    }


def main() -> None:
    """Answer tasks until there are no more."""
    for line in sys.stdin:
        print(json.dumps(in_child(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
