"""Schemas of other versions, older and newer, as they meet during a deploy."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Inspector, inspect, text

from aidigest.adapters.database.schema import change_schema

_FOLDER = Path(str(files("aidigest.adapters.database") / "migrations"))

#: What the next version may add: columns, with a default or without a value, an index, a table.
_NEXT = """
ALTER TABLE deliveries ADD COLUMN opened_at timestamptz;
ALTER TABLE deliveries ADD COLUMN weight integer NOT NULL DEFAULT 1;
CREATE INDEX ix_deliveries_weight ON deliveries (edition_id, weight);
ALTER TABLE editions ADD COLUMN colour text NOT NULL DEFAULT 'blue';
ALTER TABLE subscribers ADD COLUMN nickname text;
CREATE TABLE openings (delivery_id bigint PRIMARY KEY REFERENCES deliveries (id));
UPDATE alembic_version SET version_num = '9999';
"""


def revisions() -> list[str]:
    """Return all revisions, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [one.revision for one in script.walk_revisions()][::-1]


def migrate_to(engine: Engine, revision: str) -> None:
    """Bring an older schema up to a revision."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def add_what_the_next_version_may(engine: Engine) -> None:
    """Migrate a PostgreSQL to a version that is still to come, as `migrate` does."""
    change_schema(engine, lambda connection: _run(connection, _NEXT.strip().split("\n")))


def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))


def columns(engine: Engine) -> dict[str, dict[str, Any]]:
    """Return each table's columns by name."""
    found = inspect(engine)
    return {table: _columns(found, table) for table in found.get_table_names()}


def hardships(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> list[str]:
    """Return what a program written for the old columns would stumble over in the new ones."""
    told = [f"{table} is gone" for table in old.keys() - new.keys()]
    for table in old.keys() & new.keys():
        told += [f"{table}.{name} is gone" for name in old[table].keys() - new[table].keys()]
        for name, column in new[table].items():
            before = old[table].get(name)
            if before is None and not column["nullable"] and column["default"] is None:
                told.append(f"{table}.{name} must be written")
            elif before is not None and before["type"] != column["type"]:
                told.append(f"{table}.{name} is of another type")
            elif before is not None and before["nullable"] and not column["nullable"]:
                told.append(f"{table}.{name} must not be empty any more")
    return sorted(told)


def _columns(found: Inspector, table: str) -> dict[str, Any]:
    return {
        column["name"]: {
            "type": str(column["type"]),
            "nullable": column["nullable"],
            "default": column["default"],
        }
        for column in found.get_columns(table)
    }


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
