"""What maintainers change about editions before they are made; the last word on a story counts."""

from datetime import date

from sqlalchemy import Delete, Engine, delete, insert, select

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.tables import edition_edits
from aidigest.core.editions.edits import Edit, EditAction


class Edits:
    """Keeps edits; EditStore of steps/ports.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def edits_of(self, digest_id: str, day: date) -> tuple[Edit, ...]:
        """Return the changes for a day's edition, in the order they were made."""
        query = (
            select(edition_edits)
            .where(edition_edits.c.digest_id == digest_id, edition_edits.c.date == day)
            .order_by(edition_edits.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(
                Edit(
                    story_id=row.story_id,
                    action=EditAction(row.action),
                    position=row.position,
                    made_at=row.made_at,
                )
                for row in connection.execute(query)
            )

    def add(self, digest_id: str, day: date, edit: Edit) -> None:
        """Keep a change; the one before about the same story gives way."""
        with writing(self._engine) as connection:
            connection.execute(_about(digest_id, day, edit.story_id))
            connection.execute(
                insert(edition_edits).values(
                    digest_id=digest_id,
                    date=day,
                    story_id=edit.story_id,
                    action=edit.action.value,
                    position=edit.position,
                    made_at=edit.made_at,
                )
            )

    def undo(self, digest_id: str, day: date, story_id: str) -> bool:
        """Forget what was changed about a story; say whether anything was."""
        with writing(self._engine) as connection:
            return connection.execute(_about(digest_id, day, story_id)).rowcount > 0


def _about(digest_id: str, day: date, story_id: str) -> Delete:
    return delete(edition_edits).where(
        edition_edits.c.digest_id == digest_id,
        edition_edits.c.date == day,
        edition_edits.c.story_id == story_id,
    )
