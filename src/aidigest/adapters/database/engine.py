"""Opening a database, and transactions on it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, SQLAlchemyError

from aidigest.core.troubles import sqlite_words, system_words
from aidigest.errors import StoreError, UnstorableError

#: Seconds that a writer waits for another before it gives up.
BUSY_TIMEOUT_S = 30

#: What psycopg says first where there is no connection.
_UNREACHED = ("connection failed", "failed to resolve", "connection is bad")

#: When a PostgreSQL that says nothing more counts as gone (libpq's own words, some in ms):
#: a worker that is cut off must notice, and not wait for an answer for hours.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def open_engine(url: str) -> Engine:
    """Return an engine for that address; the folder of a SQLite file is made.

    `?timeout=5` says how many seconds SQLite waits for another writer, if not for 30.

    Raises:
        StoreError: The address makes no sense or its driver is not installed.
    """
    try:
        parsed = _with_driver(make_url(url))
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return _postgresql(parsed)
    except ImportError as error:
        raise StoreError("PostgreSQL needs: pip install 'aidigest[postgresql]'") from error
    except ArgumentError as error:
        raise StoreError(f"the database cannot be opened: {error}") from error
    except OSError as error:
        raise StoreError(f"the database cannot be opened: {system_words(error)}") from error


@contextmanager
def writing(database: Engine | Connection) -> Iterator[Connection]:
    """Run a transaction that writes; it commits at the end of the block or not at all.

    Args:
        database: Any session of it will do, or it must be this one.
    """
    if isinstance(database, Connection):
        with in_session(database), database.begin():
            yield database
        return
    with _translated(database), database.begin() as connection:
        yield connection


@contextmanager
def reading(database: Engine | Connection) -> Iterator[Connection]:
    """Run a transaction that only reads, so that it waits for no writer."""
    if isinstance(database, Connection):
        with in_session(database), database.begin():
            yield database
        return
    with _translated(database), database.execution_options(reads_only=True).connect() as connection:
        yield connection


@contextmanager
def in_session(session: Connection) -> Iterator[None]:
    """Use the very session that holds something; raise StoreError once it is lost."""
    # SQLAlchemy would go on with another session, which holds none of this one's locks.
    if session.invalidated or session.closed:
        raise StoreError("the session in the database is lost, and what it held with it")
    with _translated(session.engine):
        yield


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Keep a connection for transactions that write, one after another."""
    with _translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        words = _words(getattr(error, "orig", None) or error)
        kind = UnstorableError if isinstance(error, DataError) else StoreError
        raise kind(f"the database {_place(engine.url)} failed: {words}") from error


def _place(url: URL) -> str:
    is_file = url.get_backend_name() == "sqlite" and url.database
    return str(url.database) if is_file else url.render_as_string(hide_password=True)


def _words(error: BaseException) -> str:
    if isinstance(error, sqlite3.Error):
        return sqlite_words(getattr(error, "sqlite_errorname", ""), str(error))
    words = " ".join(str(error).split())
    return f"{words} (DATABASE_URL names it)" if words.startswith(_UNREACHED) else words


def _with_driver(url: URL) -> URL:
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _postgresql(url: URL) -> Engine:
    patience = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    return create_engine(url, pool_pre_ping=True, connect_args=patience)


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        # Readers' addresses lie there, which no other user of the machine needs to see.
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    usual = {} if "timeout" in url.query else {"timeout": BUSY_TIMEOUT_S}
    engine = create_engine(url, connect_args=usual)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own idea of when a transaction begins is switched off.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # Commits must survive a power cut: the ledger's promise rests on them.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    # A writer takes its place at once: a read that turns into a write may fail as locked.
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
