"""What is remembered of feeds and sites, and the entries they brought."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib import import_module
from itertools import chain
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Insert,
    Row,
    Select,
    Table,
    bindparam,
    func,
    select,
    update,
)

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.locks import hold, showing_life
from aidigest.adapters.database.tables import entries, feeds, sites
from aidigest.core.feeds.entry import Entry, text_hash
from aidigest.core.feeds.feed import FeedState, SiteState, Trouble, Validators
from aidigest.core.feeds.identity import KnownEntry
from aidigest.core.feeds.pictures import Picture
from aidigest.core.feeds.trimming import MOST_ENTRIES
from aidigest.core.polling.history import PollRecord
from aidigest.core.shards import ALL

#: A row of the table and a state differ only in how they keep the validators.
_STATE = tuple(field.name for field in fields(FeedState) if field.name != "validators")
_STATES = select(*(feeds.c[name] for name in (*_STATE, "etag", "last_modified")))

#: So many of a feed's latest entries can be known again: three times what is read of a document.
_KNOWN = 3 * MOST_ENTRIES

#: PostgreSQL and SQLite both take this many values in an IN.
_KEYS_AT_ONCE = 500

_SET_TEXT = (
    update(entries)
    .where(entries.c.id == bindparam("entry_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in ("title", "summary", "language", "text_hash")}
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingHold:
    """The parts of the sites that one process may ask."""

    shards: frozenset[int]
    lost: threading.Event  #: Set if another has them now.


class Feeds:
    """Keeps feeds and entries; FeedStore and EntryStore of steps/ports.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Each is said by the dialect itself, and the other one need not be loaded.
        dialect = import_module(f"sqlalchemy.dialects.{engine.name}")
        self._insert: Callable[[Table], Any] = dialect.insert
        self._put_feed = self._upsert(feeds)
        self._put_site = self._upsert(sites)
        self._add_entry = self._insert(entries).on_conflict_do_nothing(index_elements=["id"])

    def _upsert(self, table: Table) -> Insert:
        statement = self._insert(table)
        values = {column.name: statement.excluded[column.name] for column in table.columns}
        upsert: Insert = statement.on_conflict_do_update(
            index_elements=[*table.primary_key], set_=values
        )
        return upsert

    def feed_states(self, urls: Collection[str] | None = None) -> dict[str, FeedState]:
        """Return what is remembered, by address; of those feeds, or of all."""
        queries = [_STATES]
        if urls is not None:
            queries = [_STATES.where(feeds.c.url.in_(few)) for few in _portions([*urls])]
        with reading(self._engine) as connection:
            rows = chain.from_iterable(connection.execute(query) for query in queries)
            return {row[0]: _state(row) for row in rows}

    def moved(self) -> dict[str, str]:
        """Return where feeds are asked for that are no longer at the address they are known by."""
        query = select(feeds.c.url, feeds.c.moved_to).where(feeds.c.moved_to.is_not(None))
        with reading(self._engine) as connection:
            return {row.url: row.moved_to for row in connection.execute(query)}

    @contextmanager
    def polling(
        self, shards: Sequence[int] = ALL, *, patience_s: float = 0.0
    ) -> Iterator[PollingHold]:
        """Hold those parts of the sites that nobody else is polling.

        Two polls at once would ask one server twice.
        """
        # On one machine one process polls at a time.
        names: dict[str, Sequence[int]] = (
            {"poll": ALL}
            if self._engine.name == "sqlite"
            else {f"poll-{shard}": (shard,) for shard in shards}
        )
        with (
            hold(self._engine, [*names], patience_s=patience_s) as held,
            showing_life(held) as lost,
        ):
            ours = frozenset(shard for name in held.names for shard in names[name])
            yield PollingHold(shards=ours & frozenset(shards), lost=lost)

    def site_states(self) -> dict[str, SiteState]:
        """Return what is remembered of sites, by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(sites)).mappings()
            return {row["site"]: SiteState(**row) for row in rows}

    def known_entries(self, feed_urls: Sequence[str]) -> dict[str, tuple[KnownEntry, ...]]:
        """Return what is needed to know the latest entries again, by their feed's address."""
        found: dict[str, list[KnownEntry]] = {url: [] for url in feed_urls}
        names = (*(f.name for f in fields(KnownEntry)), "published_is_guess", "feed_url")
        latest = func.row_number().over(
            partition_by=entries.c.feed_url, order_by=entries.c.first_seen_at.desc()
        )
        ranked = select(*(entries.c[name] for name in names), latest.label("rank"))
        with reading(self._engine) as connection:
            for few in _portions(feed_urls):
                some = ranked.where(entries.c.feed_url.in_(few)).subquery()
                for row in connection.execute(select(some).where(some.c.rank <= _KNOWN)):
                    found[row.feed_url].append(_known(row))
        return {url: tuple(known) for url, known in found.items()}

    def record_polls(self, records: Iterable[PollRecord]) -> None:
        """Store what polls brought, all of it in one transaction or nothing."""
        records = tuple(records)
        new = [_entry_values(entry) for record in records for entry in record.arrivals.new]
        edited = [_text_values(entry) for record in records for entry in record.arrivals.edited]
        with writing(self._engine) as connection:
            self._put(connection, [record.state for record in records])
            if new:
                connection.execute(self._add_entry, new)
            if edited:
                connection.execute(_SET_TEXT, edited)

    def record_sites(self, states: Iterable[SiteState]) -> None:
        """Store what is remembered of sites."""
        values = [asdict(state) for state in states]
        if values:
            with writing(self._engine) as connection:
                connection.execute(self._put_site, values)

    def set_states(self, states: Iterable[FeedState]) -> None:
        """Store what a person, or we ourselves, changed about feeds."""
        with writing(self._engine) as connection:
            self._put(connection, list(states))

    def settle_held(self, feed_url: str, *, as_news_at: datetime | None) -> int:
        """Let go of the entries held for a feed, as news of that time or as none; count them."""
        values: dict[str, Any] = {"held_at": None}
        if as_news_at is not None:
            values["first_seen_at"] = as_news_at
        held = (entries.c.feed_url == feed_url) & entries.c.held_at.is_not(None)
        with writing(self._engine) as connection:
            return connection.execute(update(entries).where(held).values(values)).rowcount

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

    def _put(self, connection: Connection, states: Sequence[FeedState]) -> None:
        if states:
            connection.execute(self._put_feed, [_state_values(state) for state in states])

    def _entries(self, query: Select[Any]) -> tuple[Entry, ...]:
        ordered = query.order_by(entries.c.first_seen_at, entries.c.id)
        with reading(self._engine) as connection:
            return tuple(_entry(row) for row in connection.execute(ordered))


def _portions(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    return (urls[at : at + _KEYS_AT_ONCE] for at in range(0, len(urls), _KEYS_AT_ONCE))


def _state(row: Row[Any]) -> FeedState:
    values: tuple[Any, ...] = tuple(row)
    state = dict(zip(_STATE, values, strict=False))
    if state["trouble"] is not None:
        state["trouble"] = Trouble(state["trouble"])
    return FeedState(validators=Validators(etag=values[-2], last_modified=values[-1]), **state)


def _state_values(state: FeedState) -> dict[str, Any]:
    values = {name: getattr(state, name) for name in _STATE}
    values["etag"] = state.validators.etag
    values["last_modified"] = state.validators.last_modified
    return values


def _known(row: Row[Any]) -> KnownEntry:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way to a dict.
    del values["feed_url"], values["rank"]
    if values.pop("published_is_guess"):
        values["published_at"] = None
    return KnownEntry(**values)


def _entry(row: Row[Any]) -> Entry:
    values = dict(row._mapping)  # noqa: SLF001 - As above.
    del values["text_hash"]
    picture = values.pop("picture")
    return Entry(
        **values | {"links": tuple(values["links"])}, picture=picture and Picture(**picture)
    )


def _entry_values(entry: Entry) -> dict[str, Any]:
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return values | {
        "links": list(entry.links),
        "picture": entry.picture and asdict(entry.picture),
        "text_hash": text_hash(entry.title, entry.summary),
    }


def _text_values(entry: Entry) -> dict[str, Any]:
    return {
        "entry_id": entry.id,
        "new_title": entry.title,
        "new_summary": entry.summary,
        "new_language": entry.language,
        "new_text_hash": text_hash(entry.title, entry.summary),
    }
