"""Today's edition: made, previewed, or changed before it is made."""

from datetime import date, datetime

from aidigest.app.parts import Parts
from aidigest.core.editions.digest import Digest, local_date
from aidigest.core.editions.edition import Edition, RenderedEdition
from aidigest.core.editions.edits import Edit, EditAction
from aidigest.errors import MadeError, NotFoundError
from aidigest.logs import Event, log
from aidigest.steps.compose import Composed, Skipped


class Composing:
    """Makes editions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def compose(self, digest: Digest, *, day: date | None = None) -> Composed | Skipped:
        """Make the edition of that day, today's if not said, or find the one there is."""
        result = self._parts.composer.compose(digest, now=self._parts.clock(), day=day)
        _log_compose(digest, result)
        return result

    def preview(self, digest: Digest) -> RenderedEdition:
        """Return today's edition as it is, or as it would be now; nothing is stored."""
        now = self._parts.clock()
        stored = self._parts.editions.edition_on(digest.id, local_date(digest, now))
        if stored is not None:
            return stored[1]
        return self._parts.renderer.render(self._parts.composer.draft(digest, now=now))

    def edited(self, digest: Digest) -> tuple[Edition, tuple[Edit, ...]]:
        """Return today's edition, made or as it would be now, and what is changed about it."""
        now = self._parts.clock()
        day = local_date(digest, now)
        stored = self._parts.editions.edition_on(digest.id, day)
        edition = stored[1].edition if stored else self._parts.composer.draft(digest, now=now)
        return edition, self._parts.edits.edits_of(digest.id, day)

    def edit(
        self, digest: Digest, story: str, action: EditAction, *, position: int | None = None
    ) -> None:
        """Change today's edition before it is made.

        Args:
            digest: Whose.
            story: The id of one of its stories, or of an entry.
            action: What to do with it.
            position: Of a move: the place under its topic, 1 for the first.

        Raises:
            NotFoundError: The edition would have no such story.
            MadeError: The edition is made; it never changes.
        """
        now = self._parts.clock()
        day = self._still_open(digest, now)
        if not any(
            story in {one.story.id, *(entry.id for entry in one.story.entries)}
            for one in self._parts.composer.news(digest, now=now)
        ):
            raise NotFoundError(f"story in the news for {digest.id}", story)
        change = Edit(story_id=story, action=action, position=position, made_at=now)
        self._parts.edits.add(digest.id, day, change)
        log(
            Event.EDITION_EDITED,
            digest=digest.id,
            date=day,
            action=action,
            story=story,
            position=position,
        )

    def undo_edit(self, digest: Digest, story: str) -> None:
        """Take back what was changed about a story; raise as `edit` does."""
        day = self._still_open(digest, self._parts.clock())
        if not self._parts.edits.undo(digest.id, day, story):
            raise NotFoundError("edit about the story", story)
        log(Event.EDITION_EDITED, digest=digest.id, date=day, action="undo", story=story)

    def _still_open(self, digest: Digest, now: datetime) -> date:
        day = local_date(digest, now)
        if self._parts.editions.id_on(digest.id, day) is not None:
            raise MadeError(digest.id, day)
        return day


def _log_compose(digest: Digest, result: Composed | Skipped) -> None:
    if isinstance(result, Skipped):
        log(Event.EDITION_SKIPPED, digest=digest.id, date=result.date, reason=result.reason)
    elif result.created:
        edition = result.rendered.edition
        log(
            Event.EDITION_COMPOSED,
            digest=digest.id,
            number=edition.number,
            date=edition.date,
            stories=len(edition.stories),
        )
