"""Bringing the schema up to date, and checking that it is."""

import re
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from aidigest.adapters.database.engine import reading, writing
from aidigest.errors import StoreError


def migrate(engine: Engine) -> str:
    """Bring the schema up to date; return its revision."""
    # Alembic takes time and memory, and most commands only have to look.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return _revision(engine) or ""


def is_empty(engine: Engine) -> bool:
    """Whether there is no table yet, as in a home just made."""
    with reading(engine) as connection:
        return not inspect(connection).get_table_names()


def check(engine: Engine) -> None:
    """Raise StoreError, with what to do, unless the schema is the one this program knows."""
    known = sorted(name[:4] for name in _names() if re.match(r"\d{4}_", name))
    revision = _revision(engine)
    if revision == known[-1]:
        return
    if revision is None:
        raise StoreError("the database is empty: run `aidigest migrate`")
    if revision not in known:
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
