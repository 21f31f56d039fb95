"""What is remembered of feeds, and the entries they brought."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, Select, select
from sqlalchemy.dialects import postgresql, sqlite

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.tables import entries, feeds
from aidigest.core.entries import Entry
from aidigest.core.feeds import FeedState, Validators

#: SQLite takes 32,766 values in one statement; an entry is a dozen.
_ROWS_AT_ONCE = 1000


class Feeds:
    """Keeps feeds and entries; FeedStore and EntryStore of steps/ports.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = postgresql.insert if engine.name == "postgresql" else sqlite.insert

    def feed_states(self) -> dict[str, FeedState]:
        """Return what is remembered, by address."""
        with reading(self._engine) as connection:
            return {row.url: _state(row) for row in connection.execute(select(feeds))}

    def record_poll(self, state: FeedState, entries_: Iterable[Entry]) -> int:
        """Store the state and the entries not known yet in one transaction; return how many."""
        rows = [_entry_values(entry) for entry in entries_]
        values = _state_values(state)
        upsert = self._insert(feeds).values(values)
        upsert = upsert.on_conflict_do_update(index_elements=["url"], set_=values)
        new = 0
        with writing(self._engine) as connection:
            connection.execute(upsert)
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                insert = self._insert(entries).values(rows[start : start + _ROWS_AT_ONCE])
                stored = connection.execute(
                    insert.on_conflict_do_nothing(index_elements=["id"]).returning(entries.c.id)
                )
                new += len(stored.all())
        return new

    def entries_since(self, since: datetime) -> tuple[Entry, ...]:
        """Return the entries first seen at or after *since*, in a fixed order."""
        return self._entries(select(entries).where(entries.c.first_seen_at >= since))

    def all_entries(self) -> tuple[Entry, ...]:
        """Return every entry kept, in a fixed order."""
        return self._entries(select(entries))

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry of that id."""
        found = self._entries(select(entries).where(entries.c.id == entry_id))
        return found[0] if found else None

    def _entries(self, query: Select[Any]) -> tuple[Entry, ...]:
        ordered = query.order_by(entries.c.first_seen_at, entries.c.id)
        with reading(self._engine) as connection:
            return tuple(_entry(row) for row in connection.execute(ordered))


def _state(row: Row[Any]) -> FeedState:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way to a dict.
    validators = Validators(etag=values.pop("etag"), last_modified=values.pop("last_modified"))
    return FeedState(validators=validators, **values)


def _state_values(state: FeedState) -> dict[str, Any]:
    values = asdict(state)
    validators = values.pop("validators")
    return {**values, **validators}


def _entry(row: Row[Any]) -> Entry:
    values = dict(row._mapping)  # noqa: SLF001 - As above.
    return Entry(**values | {"links": tuple(values["links"])})


def _entry_values(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"links": list(entry.links)}
