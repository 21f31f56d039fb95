"""Locks that end with the process that holds them, however it ends.

A lease in a table would keep the next run waiting until it has run out.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from filelock import FileLock, Timeout
from sqlalchemy import Engine, text

from aidigest.adapters.database.engine import reading

#: So long a sender waits for another: who only looks lets go at once.
PATIENCE_S = 1.0

#: Keeps our advisory locks apart from other programs' in one PostgreSQL.
_LOCK_SPACE = 0x61_69_64


def exclusively(
    engine: Engine, edition_id: int, *, patience_s: float = PATIENCE_S
) -> AbstractContextManager[bool]:
    """Hold the edition for one sender; yield False where another holds it already."""
    hold = _advisory_lock if engine.name == "postgresql" else _file_lock
    return hold(engine, edition_id, patience_s)


@contextmanager
def _file_lock(engine: Engine, edition_id: int, patience_s: float) -> Iterator[bool]:
    lock = FileLock(f"{engine.url.database}.send-{edition_id}.lock")
    try:
        lock.acquire(timeout=patience_s)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def _advisory_lock(engine: Engine, edition_id: int, patience_s: float) -> Iterator[bool]:
    # The lock belongs to this connection, and ends with it.
    key = {"space": _LOCK_SPACE, "edition": edition_id}
    with reading(engine) as connection:
        locking = text("SELECT pg_try_advisory_lock(:space, :edition)")
        deadline = time.monotonic() + patience_s
        while not (held := bool(connection.execute(locking, key).scalar())):
            if time.monotonic() >= deadline:
                break
            time.sleep(0.05)
        # An open transaction would hold back the database's cleaning all the while.
        connection.commit()
        try:
            yield held
        finally:
            if held:
                connection.execute(text("SELECT pg_advisory_unlock(:space, :edition)"), key)
