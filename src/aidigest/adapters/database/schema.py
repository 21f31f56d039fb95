"""Bringing the schema up to date, and checking that it is."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from aidigest.adapters.database.engine import reading, writing
from aidigest.errors import StoreError


def migrate(engine: Engine) -> str:
    """Bring the schema up to date; return its revision."""
    config = _config()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return _revision(connection) or ""


def is_empty(engine: Engine) -> bool:
    """Whether there is no table yet, as in a home just made."""
    with reading(engine) as connection:
        return not inspect(connection).get_table_names()


def check(engine: Engine) -> None:
    """Raise StoreError, with what to do, unless the schema is the one this program knows."""
    script = ScriptDirectory.from_config(_config())
    with reading(engine) as connection:
        revision = _revision(connection)
    if revision == script.get_current_head():
        return
    if revision is None:
        raise StoreError("the database is empty: run `aidigest migrate`")
    if revision not in {known.revision for known in script.walk_revisions()}:
        raise StoreError(
            f"the database was made by a newer aidigest (revision {revision}): update the program"
        )
    raise StoreError(f"the database is of an older aidigest ({revision}): run `aidigest migrate`")


def _config() -> Config:
    config = Config()
    # As a resource, so that it is found wherever the package is installed.
    folder = Path(str(files("aidigest.adapters.database") / "migrations"))
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
