"""Bringing the schema up to date, and checking that it is."""

import re
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.job_tables import bring_up_to_date
from aidigest.adapters.database.locks import hold_until_commit
from aidigest.adapters.database.tables import schema_needs
from aidigest.errors import StoreError

#: What PostgreSQL says of a lock that was not to be had in time.
_LOCKED = "55P03"
#: With the pauses, and 0.4 s of waiting in each, two minutes.
_TRIES = 80
_PAUSE_S = 1.1


def migrate(engine: Engine, *, finish: bool = False) -> str:
    """Bring the schema up to date; return its revision.

    Args:
        engine: The database.
        finish: Also take away what only workers of an older version need.
    """
    # Alembic takes time and memory, and most commands only have to look.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.name == "postgresql":
            bring_up_to_date(connection, finish=finish)

    change_schema(engine, upgrade)
    return _revision(engine) or ""


def change_schema(engine: Engine, change: Callable[[Connection], None]) -> None:
    """Change it in one transaction, while workers are at work.

    On PostgreSQL a change waits for whoever reads a table, and whoever comes after
    waits behind it. Who waits for each other in a ring is a deadlock, which might end
    a worker's round with messages in hand. So the change gives up long before that
    is looked for (`deadlock_timeout`, 1 s), and comes again.

    Raises:
        StoreError: There was no lull in two minutes; nothing is changed.
    """
    for _ in range(_TRIES - 1):
        try:
            _change(engine, change)
        except StoreError as error:
            cause = error.__cause__
            if getattr(getattr(cause, "orig", cause), "sqlstate", "") != _LOCKED:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
    _change(engine, change)


def _change(engine: Engine, change: Callable[[Connection], None]) -> None:
    with writing(engine) as connection:
        # Two at once, as of two workers that find it empty, do it one after the other.
        hold_until_commit(connection, "schema")
        if engine.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '400ms'"))
        change(connection)


def is_empty(engine: Engine) -> bool:
    """Whether there is no table yet, as in a home just made."""
    with reading(engine) as connection:
        return not inspect(connection).get_table_names()


def is_moved(engine: Engine) -> bool:
    """Whether `aidigest migrate --to` has closed it, its rows being elsewhere."""
    if engine.name != "sqlite":
        return False
    query = text("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'moved_%'")
    with reading(engine) as connection:
        return connection.execute(query).first() is not None


def check(engine: Engine) -> None:
    """Raise StoreError, with what to do, unless this program can work with the schema.

    A newer one will do while nothing is gone that this program needs, so that
    workers of two versions can be at work during a deploy.
    """
    if is_moved(engine):
        raise StoreError("this database has moved to PostgreSQL: set DATABASE_URL to the new one")
    known = sorted(name[:4] for name in _names() if re.match(r"\d{4}_", name))
    revision = _revision(engine)
    if revision == known[-1]:
        return
    if revision is None:
        raise StoreError("the database is empty: run `aidigest migrate`")
    if revision not in known:
        if _needed(engine) <= known[-1]:
            return
        raise StoreError(
            f"the database was made by a newer aidigest (revision {revision}): update the program"
        )
    raise StoreError(f"the database is of an older aidigest ({revision}): run `aidigest migrate`")


# As a resource, so that it is found wherever the package is installed.
_FOLDER = Path(str(files("aidigest.adapters.database") / "migrations"))


def _names() -> list[str]:
    return [path.name for path in (_FOLDER / "versions").glob("*.py")]


def _revision(engine: Engine) -> str | None:
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def _needed(engine: Engine) -> str:
    """Return the oldest revision whose programs can work with the schema."""
    with reading(engine) as connection:
        needed: str = connection.execute(select(schema_needs.c.revision)).scalar_one()
    return needed
