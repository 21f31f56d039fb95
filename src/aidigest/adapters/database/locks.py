"""Locks that end with the process that holds them, however it ends.

On PostgreSQL a lock belongs to a session, and what is committed on that very
session proves that the lock still held: whoever was cut off, or frozen and
overtaken, finds the session gone and can commit nothing more. A holder that
says nothing for too long, as a frozen one does, has its session ended by
whoever wants the lock next (docs/decisions/0023-shards.md).

On SQLite, where all processes share a machine, a lock is a file's.
"""

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import blake2b

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text

from aidigest.adapters.database.engine import connected, reading
from aidigest.errors import StoreError

#: So long somebody waits for another: who only looks lets go at once.
PATIENCE_S = 1.0

#: A holder that has said nothing for so long has lost its locks to whoever wants them.
STALLED_AFTER_S = 30.0

#: How often a holder says something.
SIGN_OF_LIFE_S = 5.0

_UNTIL_COMMIT = text("SELECT pg_advisory_xact_lock(hashtext(:what))")


def hold_until_commit(connection: Connection, what: str) -> None:
    """Wait until nobody else holds that, and hold it until the transaction ends.

    On SQLite there is one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_UNTIL_COMMIT, {"what": f"aidigest {what}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What somebody holds; true if it is anything."""

    names: tuple[str, ...] = ()  #: Those that could be had.
    session: Connection | None = None  #: Where there is one, it alone may write what is held.

    def __bool__(self) -> bool:
        return bool(self.names)

    def show_life(self) -> None:
        """Keep the locks from being taken for stalled; raise StoreError if they are lost."""
        if self.session is not None:
            with reading(self.session) as connection:
                connection.execute(text("SELECT 1"))


def hold(
    engine: Engine,
    names: Sequence[str],
    *,
    patience_s: float = PATIENCE_S,
    stalled_after_s: float = STALLED_AFTER_S,
) -> AbstractContextManager[Hold]:
    """Hold those of the names that nobody else holds, until the block ends.

    Args:
        engine: The database.
        names: What to hold.
        patience_s: How long to wait for those that are held.
        stalled_after_s: After how long a silence a holder loses them.
    """
    if engine.name == "postgresql":
        return _hold_in_session(engine, names, patience_s, stalled_after_s)
    return _hold_files(engine, names, patience_s)


@contextmanager
def held_alone(engine: Engine, name: str) -> Iterator[bool]:
    """Hold a name for work that has no session of its own; yield False where another has it.

    A thread shows life meanwhile.
    """
    with hold(engine, [name], patience_s=0) as held, showing_life(held):
        yield bool(held)


@contextmanager
def showing_life(held: Hold) -> Iterator[threading.Event]:
    """Show life in a thread until the block ends; the event is set once the locks are lost."""
    lost, over = threading.Event(), threading.Event()

    def work() -> None:
        while not over.wait(SIGN_OF_LIFE_S):
            try:
                held.show_life()
            except StoreError:
                lost.set()
                return

    if held.session is None:
        yield lost
        return
    thread = threading.Thread(target=work, name="sign of life", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        over.set()
        thread.join()


def held_by_somebody(
    engine: Engine, names: Sequence[str], *, stalled_after_s: float = STALLED_AFTER_S
) -> frozenset[str]:
    """Return those of the names that somebody holds who is alive."""
    if engine.name == "postgresql":
        with reading(engine) as connection:
            keys = {_key(name): name for name in names}
            values = {"keys": [*keys], "stalled": stalled_after_s}
            return frozenset(keys[row.key] for row in connection.execute(_HELD, values))
    with _hold_files(engine, names, 0) as free:
        return frozenset(names) - frozenset(free.names)


@contextmanager
def _hold_files(engine: Engine, names: Sequence[str], patience_s: float) -> Iterator[Hold]:
    deadline = time.monotonic() + patience_s
    locks = {name: FileLock(f"{engine.url.database}.{name}.lock") for name in names}
    held = []
    try:
        for name, lock in locks.items():
            try:
                lock.acquire(timeout=max(deadline - time.monotonic(), 0))
            except Timeout:
                continue
            held.append(name)
        yield Hold(names=tuple(held))
    finally:
        for name in held:
            locks[name].release()


@contextmanager
def _hold_in_session(
    engine: Engine, names: Sequence[str], patience_s: float, stalled_after_s: float
) -> Iterator[Hold]:
    deadline = time.monotonic() + patience_s
    keys = {_key(name): name for name in names}
    with connected(engine) as session:
        held = set(_try(session, keys))
        while len(held) < len(keys):
            missing = keys.keys() - held
            _end_stalled(session, missing, stalled_after_s)
            held.update(_try(session, missing))
            if len(held) == len(keys) or time.monotonic() >= deadline:
                break
            time.sleep(0.05)
        try:
            yield Hold(names=tuple(keys[key] for key in keys if key in held), session=session)
        finally:
            _let_go(session)


def _try(session: Connection, keys: Collection[int]) -> list[int]:
    with reading(session) as connection:
        rows = connection.execute(_TRY, {"keys": [*keys]})
        return [row.key for row in rows if row.is_ours]


def _end_stalled(session: Connection, keys: Collection[int], stalled_after_s: float) -> None:
    with reading(session) as connection:
        connection.execute(_END_STALLED, {"keys": [*keys], "stalled": stalled_after_s}).all()


def _let_go(session: Connection) -> None:
    # A session that is lost has let go already.
    if not session.invalidated:
        try:
            with reading(session) as connection:
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
        except StoreError:
            session.invalidate()


def _key(name: str) -> int:
    """Return the number that stands for a name, apart from other programs' in one PostgreSQL."""
    return int.from_bytes(blake2b(f"aidigest {name}".encode(), digest_size=8).digest(), signed=True)


_TRY = text(
    "SELECT key, pg_try_advisory_lock(key) AS is_ours FROM unnest(CAST(:keys AS bigint[])) AS key"
)

#: Sessions that hold our keys. A number of 64 bits stands in two columns of 32.
_HOLDERS = """
    FROM (SELECT pid, (classid::bigint << 32) | objid::bigint AS key
            FROM pg_locks
           WHERE locktype = 'advisory' AND objsubid = 1 AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         ) AS held
    JOIN pg_stat_activity AS holder USING (pid)
   WHERE held.key = ANY(CAST(:keys AS bigint[]))
"""

#: By the database's own clock, whatever the workers' clocks say. A session that the
#: server is working for is not stalled, however long that takes.
_IS_STALLED = """
    (holder.wait_event_type = 'Client'
     AND clock_timestamp() - holder.state_change > make_interval(secs => :stalled))
"""

_HELD = text(f"SELECT held.key {_HOLDERS} AND {_IS_STALLED} IS NOT TRUE")

_END_STALLED = text(
    f"SELECT pg_terminate_backend(pid) FROM (SELECT DISTINCT pid {_HOLDERS} AND {_IS_STALLED}) AS s"  # noqa: S608 - Our own words.
)
