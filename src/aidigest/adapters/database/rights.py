"""All that is kept about one person, and its erasure."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, inspect, or_, select

from aidigest.adapters.database.audience import hold_audience
from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.locks import hold
from aidigest.adapters.database.rounds import IN_HAND, TO_BE_SENT
from aidigest.adapters.database.subscribers import suppress
from aidigest.adapters.database.tables import (
    deliveries,
    metadata,
    signups,
    subscribers,
    suppressions,
)
from aidigest.adapters.database.workload import lock_names
from aidigest.core.readers.rights import ERASED, hashed_address
from aidigest.core.readers.subscriber import Suppression, normal_address
from aidigest.core.shards import SHARDS
from aidigest.errors import BusyError


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

        Raises:
            BusyError: An edition is being sent to them.
        """
        key = normal_address(address)
        with self._no_sender_at(key) as connection:
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

    @contextmanager
    def _no_sender_at(self, key: str) -> Iterator[Connection]:
        """Write while no sender has a delivery of theirs in hand, or may take one.

        A sender that finds one gone cannot tell it from one that another sender has taken,
        and leaves off, with the mails of others in doubt.
        """
        with reading(self._engine) as connection:
            names = self._send_locks(connection, key)
        with (
            hold(self._engine, sorted(names)) as held,
            writing(held.session or self._engine) as connection,
        ):
            # A row of an audience that is being frozen would be left over.
            hold_audience(connection)
            # It is looked at again since an edition may have come in between.
            if self._send_locks(connection, key) - set(held.names):
                raise BusyError("sending an edition to them")
            yield connection

    def _send_locks(self, connection: Connection, key: str) -> set[str]:
        """Return what senders hold who work on the person's deliveries; keep those as they are."""
        query = (
            select(deliveries.c.edition_id, deliveries.c.subscriber_id, deliveries.c.state)
            .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
            .where(subscribers.c.address_key == key)
            .with_for_update(of=deliveries)
        )
        return {
            name
            for row in connection.execute(query)
            if row.state in TO_BE_SENT + IN_HAND
            for name in lock_names(self._engine, row.edition_id, [row.subscriber_id % SHARDS])
        }


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
