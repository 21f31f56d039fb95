"""The tables of Procrastinate, which hands out jobs on PostgreSQL; `aidigest migrate` makes them.

Procrastinate keeps no note of its schema's version, so we keep one: the name of
the last of its migrations that was run, as a comment on its table of jobs.
Its migrations come as `…_pre_…` before the new program runs and `…_post_…` after
the last worker of the old one has ended.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from aidigest.errors import StoreError

#: Ours starts so, should somebody else comment on the table.
_NOTE = "aidigest: "


def bring_up_to_date(connection: Connection, *, finish: bool = False) -> None:
    """Make the tables, or bring them up to the Procrastinate that is installed.

    Args:
        connection: In a transaction.
        finish: Whether the last worker of an older version has ended.

    Raises:
        StoreError: Procrastinate is not installed, or there is one that is not ours.
    """
    try:
        from procrastinate.schema import SchemaManager  # noqa: PLC0415 - Only where it is used.
    except ImportError as error:
        raise StoreError("PostgreSQL needs: pip install 'aidigest[postgresql]'") from error
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    done = _noted(connection)
    if done is None:
        _run(connection, SchemaManager.get_schema())
        _note(connection, scripts[-1].name)
        return
    for script in _wanted([one for one in scripts if one.name > done], finish=finish):
        _run(connection, script.read_text(encoding="utf-8"))
        _note(connection, script.name)


def _wanted(scripts: Sequence[Path], *, finish: bool) -> Sequence[Path]:
    """Leave out what older workers would not survive, unless there are none."""
    wanted = list(scripts)
    while wanted and not finish and "_post_" in wanted[-1].name:
        wanted.pop()
    return wanted


def _noted(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar() is None:
        return None
    note = connection.execute(
        text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")
    ).scalar()
    if note is None or not note.startswith(_NOTE):
        raise StoreError(
            "there is a Procrastinate in this database that aidigest did not make;"
            " give aidigest a database of its own"
        )
    return str(note.removeprefix(_NOTE))


def _note(connection: Connection, name: str) -> None:
    # A comment takes no parameters; the name is a file's of Procrastinate's own.
    _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{_NOTE}{name}'")


def _run(connection: Connection, script: str) -> None:
    import psycopg  # noqa: PLC0415 - As above.

    # Only the driver itself takes many statements in one.
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(script)
    except psycopg.Error as error:
        raise StoreError(f"Procrastinate's tables cannot be changed: {error}") from error
