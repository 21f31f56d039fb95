"""All that is kept about one person, and its erasure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, inspect, or_, select

from aidigest.adapters.database.audience import hold_audience
from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.subscribers import suppress
from aidigest.adapters.database.tables import metadata, signups, subscribers, suppressions
from aidigest.core.readers.rights import ERASED, hashed_address
from aidigest.core.readers.subscriber import Suppression, normal_address


class Rights:
    """Answers what people may ask of us."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def dossier(self, address: str) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
        """Return every row about the person, by table; tables that have none are left out."""
        key = normal_address(address)
        with reading(self._engine) as connection:
            conditions = _conditions(connection, key, address)
            rows = {
                table.name: tuple(
                    dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name.
                    for row in connection.execute(select(table).where(condition))
                )
                for table, condition in conditions
            }
        return {name: found for name, found in rows.items() if found}

    def erase(self, address: str, *, now: datetime) -> int:
        """Delete every row about the person but a hash that keeps mail from them.

        Returns:
            How many rows were deleted; 0 if there were none, and then no hash is kept.
        """
        key = normal_address(address)
        with writing(self._engine) as connection:
            # A row of an audience that is being frozen would be left over.
            hold_audience(connection)
            conditions = _conditions(connection, key, address)
            # Rows that point to the subscriber go before the subscriber.
            count = sum(
                connection.execute(delete(table).where(condition)).rowcount
                for table, condition in reversed(conditions)
            )
            if count:
                hashed = Suppression(address=hashed_address(address), reason=ERASED, since=now)
                suppress(connection, hashed)
        return count


def _conditions(connection: Connection, key: str, address: str) -> list[tuple[Table, Any]]:
    """Return which rows of which tables are about the person.

    Whatever points to a subscriber is found by its foreign key, so that a table
    that is added later is not forgotten.
    """
    owner = select(subscribers.c.id).where(subscribers.c.address_key == key)
    ids = list(connection.execute(owner).scalars())
    found: list[tuple[Table, Any]] = [
        (subscribers, subscribers.c.address_key == key),
        (signups, signups.c.address_key == key),
        (
            suppressions,
            or_(
                suppressions.c.address_key == key,
                suppressions.c.address_key == hashed_address(address),
            ),
        ),
    ]
    there = set(inspect(connection).get_table_names())
    for table in metadata.sorted_tables:
        columns = [one.parent for one in table.foreign_keys if one.column.table is subscribers]
        found += [(table, column.in_(ids)) for column in columns if table.name in there]
    return found
