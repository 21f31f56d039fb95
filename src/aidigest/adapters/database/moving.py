"""Moving up: a SQLite database becomes a PostgreSQL one, whole or not at all.

The copy is one transaction on either side. Whoever polls or sends holds locks,
which the move takes first; and before the copy counts, the old database is
closed by triggers, so that no worker that was forgotten goes on with it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, func, insert, select, text

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.locks import hold
from aidigest.adapters.database.schema import check, is_moved, migrate
from aidigest.adapters.database.tables import editions, metadata, schema_needs
from aidigest.adapters.database.workload import lock_names
from aidigest.core.shards import ALL
from aidigest.errors import BusyError, StoreError

_PORTION = 5000

#: What every schema has by itself; it is not copied.
_TABLES = tuple(table for table in metadata.sorted_tables if table is not schema_needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One table that was copied, and found the same on both sides."""

    table: str
    rows: int
    checksum: str  #: Of all rows, in whatever order.


def move(
    source: Engine, target: Engine, *, on_table: Callable[[Moved], None] = lambda _moved: None
) -> tuple[Moved, ...]:
    """Copy everything, verify it, and close the old database.

    Whatever goes wrong before the end, the old database is as it was and the new
    one has no rows; run it again.

    Args:
        source: A SQLite database, up to date.
        target: A PostgreSQL one without any rows; it gets its tables.
        on_table: Told of each table.

    Raises:
        BusyError: Somebody polls or sends.
        StoreError: The target has rows, or the two differ afterwards.
    """
    if not is_moved(source):
        check(source)
    migrate(target)
    with ExitStack() as stack:
        _keep_others_off(stack, source)
        new = stack.enter_context(writing(target))
        # This one is committed first: were it the other way round, a death in
        # between would leave two databases that somebody could send from.
        old = stack.enter_context(writing(source))
        _require_no_rows(new)
        moved = tuple(_moved(old, new, table, on_table) for table in _TABLES)
        _set_sequences(new)
        _close(old)
    return moved


def _keep_others_off(stack: ExitStack, source: Engine) -> None:
    """Hold what those who poll and send hold; whoever wants to begin waits for the copy."""
    with reading(source) as connection:
        numbers = connection.execute(select(editions.c.id)).scalars().all()
    names = ["poll", *(name for one in numbers for name in lock_names(source, one, ALL))]
    held = stack.enter_context(hold(source, names))
    if missing := set(names) - set(held.names):
        raise BusyError("polling" if "poll" in missing else "sending")


def _moved(
    old: Connection, new: Connection, table: Table, on_table: Callable[[Moved], None]
) -> Moved:
    _copy(old, new, table)
    moved = _verified(old, new, table)
    on_table(moved)
    return moved


def _require_no_rows(new: Connection) -> None:
    full = [
        table.name for table in _TABLES if new.execute(select(table).limit(1)).first() is not None
    ]
    if full:
        raise StoreError(f"the new database is not empty ({', '.join(full)}); it must have no rows")


def _copy(old: Connection, new: Connection, table: Table) -> None:
    for rows in _portions(old, table):
        new.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - SQLAlchemy's public way to a dict.


def _portions(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    query = select(table).order_by(*table.primary_key)
    rows = connection.execute(query, execution_options={"yield_per": _PORTION})
    return rows.partitions()


def _verified(old: Connection, new: Connection, table: Table) -> Moved:
    before, after = _summary(old, table), _summary(new, table)
    if before != after:
        raise StoreError(
            f"{table.name} differs: {before[0]} rows ({before[1]}) in the old database,"
            f" {after[0]} ({after[1]}) in the new one; nothing was moved"
        )
    return Moved(table=table.name, rows=before[0], checksum=before[1])


def _summary(connection: Connection, table: Table) -> tuple[int, str]:
    """Return how many rows there are and a checksum that their order does not matter to."""
    count = total = 0
    for rows in _portions(connection, table):
        for row in rows:
            count += 1
            total += int.from_bytes(hashlib.sha256(_as_bytes(row)).digest()[:16])
    return count, f"{total % (1 << 64):016x}"


def _as_bytes(row: Row[Any]) -> bytes:
    return json.dumps(tuple(row), sort_keys=True, default=_as_text).encode()


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _set_sequences(new: Connection) -> None:
    """Let new rows have numbers above those that were copied."""
    for table in _TABLES:
        keys = [column for column in table.primary_key if column.name == "id"]
        last = new.execute(select(func.max(keys[0]))).scalar() if keys else None
        if isinstance(last, int):
            values = {"table": table.name, "last": last}
            new.execute(text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"), values)


def _close(old: Connection) -> None:
    """Let nobody write into the old database any more; to read it is no harm."""
    for table in _TABLES:
        for doing in ("INSERT", "UPDATE", "DELETE"):
            old.execute(
                text(
                    f"CREATE TRIGGER IF NOT EXISTS moved_{table.name}_{doing.lower()}"
                    f" BEFORE {doing} ON {table.name} BEGIN"
                    " SELECT RAISE(ABORT, 'it has moved to PostgreSQL; set DATABASE_URL'); END"
                )
            )
