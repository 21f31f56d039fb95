"""Editions as the web shows them: listed, searched, and found by story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Select, func, insert, select

from aidigest.adapters.database.engine import reading
from aidigest.adapters.database.tables import edition_stories, editions
from aidigest.core.editions.edition import Edition, EditionStory
from aidigest.core.editions.searching import searchable

_CONTENT = TypeAdapter(Edition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An edition in a list."""

    digest_id: str
    number: int
    date: date
    subject: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story, and the edition and topic that told it."""

    edition: Edition
    topic: str
    story: EditionStory


class Published:
    """Looks up editions for readers of the web."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def listed(
        self, digest_id: str | None = None, *, limit: int, offset: int = 0
    ) -> tuple[Listed, ...]:
        """Return editions, the latest first."""
        query = (
            _of(select(*_LISTED), digest_id)
            .order_by(editions.c.date.desc(), editions.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with reading(self._engine) as connection:
            return tuple(Listed(**row._mapping) for row in connection.execute(query))  # noqa: SLF001 - SQLAlchemy's public name.

    def count(self, digest_id: str | None = None) -> int:
        """Return how many editions there are."""
        query = _of(select(func.count()).select_from(editions), digest_id)
        with reading(self._engine) as connection:
            found: int = connection.execute(query).scalar_one()
        return found

    def stamp(self) -> tuple[int, int]:
        """Return what changes whenever an edition is added."""
        query = select(func.coalesce(func.max(editions.c.id), 0), func.count()).select_from(
            editions
        )
        with reading(self._engine) as connection:
            latest, count = connection.execute(query).one()
        return latest, count

    def edition(self, digest_id: str, day: date) -> Edition | None:
        """Return the edition of that day."""
        query = select(editions.c.content).where(
            editions.c.digest_id == digest_id, editions.c.date == day
        )
        with reading(self._engine) as connection:
            content = connection.execute(query).scalar()
        return _CONTENT.validate_python(content) if content is not None else None

    def latest(self, digest_id: str, *, limit: int = 1) -> tuple[Edition, ...]:
        """Return the latest editions whole."""
        query = (
            select(editions.c.content)
            .where(editions.c.digest_id == digest_id)
            .order_by(editions.c.number.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(map(_CONTENT.validate_python, connection.execute(query).scalars()))

    def story(self, story_id: str, *, limit: int) -> tuple[Told, ...]:
        """Return the tellings of a story, the latest first."""
        return self._told(_TELLINGS.where(edition_stories.c.story_id == story_id).limit(limit))

    def of_topic(self, topic: str, *, limit: int) -> tuple[Told, ...]:
        """Return the latest stories under a topic."""
        return self._told(_TELLINGS.where(edition_stories.c.topic == topic).limit(limit))

    def search(
        self, words: Sequence[str], *, limit: int, offset: int = 0
    ) -> tuple[int, tuple[Told, ...]]:
        """Return how many stories have all the words, and some of them, the latest first."""
        matching = [edition_stories.c.words.contains(word, autoescape=True) for word in words]
        counting = select(func.count()).select_from(edition_stories).where(*matching)
        with reading(self._engine) as connection:
            found = connection.execute(counting).scalar_one()
        return found, self._told(_TELLINGS.where(*matching).limit(limit).offset(offset))

    def _told(self, query: Select[Any]) -> tuple[Told, ...]:
        """Read the editions that tell the stories, each once: that is the dear part."""
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            ids = {row.edition_id for row in rows}
            contents = select(editions.c.id, editions.c.content).where(editions.c.id.in_(ids))
            read = {
                row.id: _CONTENT.validate_python(row.content)
                for row in connection.execute(contents)
            }
        return tuple(
            found
            for row in rows
            if (found := _in_edition(read[row.edition_id], row.story_id)) is not None
        )


#: Which edition tells which story, the latest first.
_TELLINGS = select(edition_stories.c.edition_id, edition_stories.c.story_id).order_by(
    edition_stories.c.edition_id.desc(), edition_stories.c.position
)

_LISTED = (
    editions.c.digest_id,
    editions.c.number,
    editions.c.date,
    editions.c.subject,
    editions.c.created_at,
)


def add_stories(connection: Connection, edition_id: int, edition: Edition) -> None:
    """Make an edition's stories findable."""
    rows = [(section.id, story) for section in edition.sections for story in section.stories]
    if rows:
        connection.execute(
            insert(edition_stories),
            [
                {
                    "edition_id": edition_id,
                    "position": position,
                    "story_id": story.id,
                    "topic": topic,
                    "words": searchable(
                        story.title, story.summary, *(entry.feed for entry in story.entries)
                    ),
                }
                for position, (topic, story) in enumerate(rows)
            ],
        )


def _of(query: Select[Any], digest_id: str | None) -> Select[Any]:
    return query.where(editions.c.digest_id == digest_id) if digest_id is not None else query


def _in_edition(edition: Edition, story_id: str) -> Told | None:
    for section in edition.sections:
        for story in section.stories:
            if story.id == story_id:
                return Told(edition=edition, topic=section.id, story=story)
    return None
