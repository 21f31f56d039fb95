"""Editions, which never change once stored, and what they have carried."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Row, Select, func, insert, select
from sqlalchemy.exc import IntegrityError

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.published import add_stories
from aidigest.adapters.database.tables import edition_entries, editions, entries, quiet_days
from aidigest.core.editions.edition import Carried, Edition, EditionReference, RenderedEdition
from aidigest.core.editions.window import Weighed
from aidigest.errors import StoreError

_CONTENT = TypeAdapter(Edition)

#: What a stored edition is read from. What it has weighed is long, and few want to know.
_EDITIONS: Select[Any] = select(
    editions.c.id,
    editions.c.content,
    editions.c.subject,
    editions.c.html,
    editions.c.text,
    editions.c.markdown,
)

Stored = tuple[int, RenderedEdition]  #: The row's id and what it holds.


class Editions:
    """Keeps editions; EditionStore of steps/ports.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def edition_on(self, digest_id: str, day: date) -> Stored | None:
        """Return the edition of that day with its row id, if there is one."""
        return self._first(
            _EDITIONS.where(editions.c.digest_id == digest_id, editions.c.date == day)
        )

    def id_on(self, digest_id: str, day: date) -> int | None:
        """Return the row id of that day's edition, if there is one."""
        query = select(editions.c.id).where(
            editions.c.digest_id == digest_id, editions.c.date == day
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def has_any(self, digest_id: str) -> bool:
        """Whether the digest has ever had an edition."""
        query = select(editions.c.id).where(editions.c.digest_id == digest_id).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() is not None

    def note_quiet_day(self, digest_id: str, day: date, reason: str) -> None:
        """Remember that there was nothing to put into that day's edition."""
        row = {"digest_id": digest_id, "date": day, "reason": reason}
        if not self.is_quiet_day(digest_id, day):
            with writing(self._engine) as connection:
                connection.execute(insert(quiet_days).values(row))

    def is_quiet_day(self, digest_id: str, day: date) -> bool:
        """Whether there was nothing to put into that day's edition when its hour came."""
        query = select(quiet_days.c.reason).where(
            quiet_days.c.digest_id == digest_id, quiet_days.c.date == day
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() is not None

    def by_id(self, edition_id: int) -> Stored | None:
        """Return the edition of that row id."""
        return self._first(_EDITIONS.where(editions.c.id == edition_id))

    def latest(self, digest_id: str) -> Edition | None:
        """Return the digest's latest edition, if it has one."""
        found = self._first(
            _EDITIONS.where(editions.c.digest_id == digest_id)
            .order_by(editions.c.number.desc())
            .limit(1)
        )
        return found[1].edition if found else None

    def last_weighed(self, digest_id: str) -> Weighed | None:
        """Return what the digest's latest edition was chosen from, if it has one."""
        query = (
            select(editions.c.created_at, editions.c.weighed)
            .where(editions.c.digest_id == digest_id)
            .order_by(editions.c.number.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        ids = None if row.weighed is None else frozenset(row.weighed)
        return Weighed(made_at=row.created_at, entry_ids=ids)

    def recent(self, since: datetime) -> tuple[Stored, ...]:
        """Return the editions made since then, oldest first."""
        query = _EDITIONS.where(editions.c.created_at >= since).order_by(editions.c.id)
        with reading(self._engine) as connection:
            return tuple(_stored(row) for row in connection.execute(query))

    def unsent(
        self, digest_id: str, *, since: datetime, before: date
    ) -> tuple[EditionReference, ...]:
        """Return the editions that nobody began to send, oldest first.

        Args:
            digest_id: Whose.
            since: When they were made at the earliest.
            before: The day that all of them are earlier than.
        """
        query = select(editions.c.number, editions.c.date).where(
            editions.c.digest_id == digest_id,
            editions.c.audience_frozen_at.is_(None),
            editions.c.created_at >= since,
            editions.c.date < before,
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(editions.c.number))
            return tuple(EditionReference(number=row.number, date=row.date) for row in rows)

    def last_begun(self, digest_id: str) -> int:
        """Return the number of the latest edition that somebody began to send, or 0."""
        query = select(func.max(editions.c.number)).where(
            editions.c.digest_id == digest_id, editions.c.audience_frozen_at.is_not(None)
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() or 0

    def carried(self, digest_id: str, since: datetime) -> dict[str, Carried]:
        """Return, by id, the entries in editions made since then, and the latest that had each."""
        query = (
            select(
                edition_entries.c.entry_id,
                edition_entries.c.story_id,
                editions.c.number,
                editions.c.date,
            )
            .join(editions, editions.c.id == edition_entries.c.edition_id)
            .where(editions.c.digest_id == digest_id, editions.c.created_at >= since)
            .order_by(editions.c.number)
        )
        with reading(self._engine) as connection:
            return {
                row.entry_id: Carried(
                    edition=EditionReference(number=row.number, date=row.date),
                    story_id=row.story_id,
                )
                for row in connection.execute(query)
            }

    def items_carried(self, digest_id: str, since: datetime) -> frozenset[tuple[str, str]]:
        """Return address and title of the entries in the digest's editions made since then."""
        query = (
            select(entries.c.url, entries.c.title)
            .join(edition_entries, edition_entries.c.entry_id == entries.c.id)
            .join(editions, editions.c.id == edition_entries.c.edition_id)
            .where(editions.c.digest_id == digest_id, editions.c.created_at >= since)
        )
        with reading(self._engine) as connection:
            return frozenset((row.url, row.title) for row in connection.execute(query) if row.url)

    def editions_with(self, entry_id: str) -> tuple[Edition, ...]:
        """Return the editions that carried the entry, oldest first."""
        query = (
            _EDITIONS.join(edition_entries, editions.c.id == edition_entries.c.edition_id)
            .where(edition_entries.c.entry_id == entry_id)
            .order_by(editions.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(_stored(row)[1].edition for row in connection.execute(query))

    def add_edition(
        self, rendered: RenderedEdition, *, weighed: Collection[str] | None = None
    ) -> Stored:
        """Store it, or return the one that another process stored first for that day.

        Args:
            rendered: The edition.
            weighed: The ids of the entries that the next one must not take for new;
                None if it was not chosen from entries.

        Raises:
            StoreError: The number was taken by another day's edition.
        """
        edition = rendered.edition
        try:
            with writing(self._engine) as connection:
                return _add(connection, rendered, weighed), rendered
        except StoreError as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
            # Only one of two processes can have the day; the database decided.
            stored = self.edition_on(edition.digest_id, edition.date)
            if stored is None:
                raise StoreError(
                    f"{edition.digest_id} has an edition number {edition.number} already"
                ) from error
            return stored

    def _first(self, query: Select[Any]) -> Stored | None:
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return _stored(row) if row is not None else None


def _add(connection: Connection, rendered: RenderedEdition, weighed: Collection[str] | None) -> int:
    edition = rendered.edition
    row = {
        "digest_id": edition.digest_id,
        "number": edition.number,
        "date": edition.date,
        "created_at": edition.created_at,
        "content": _CONTENT.dump_python(edition, mode="json"),
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "markdown": rendered.markdown,
    }
    if weighed is not None:
        row["weighed"] = sorted(weighed)
    edition_id: int = connection.execute(
        insert(editions).values(row).returning(editions.c.id)
    ).scalar_one()
    carried = {
        entry.id: {"edition_id": edition_id, "entry_id": entry.id, "story_id": story.id}
        for story in edition.stories
        for entry in story.entries
    }
    if carried:
        connection.execute(insert(edition_entries), list(carried.values()))
    add_stories(connection, edition_id, edition)
    return edition_id


def _stored(row: Row[Any]) -> Stored:
    return row.id, RenderedEdition(
        edition=_CONTENT.validate_python(row.content),
        subject=row.subject,
        html=row.html,
        text=row.text,
        markdown=row.markdown,
    )
