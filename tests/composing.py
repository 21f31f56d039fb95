"""Stand-ins for what composing reads and writes."""

from collections.abc import Collection
from datetime import date, datetime

from aidigest.core.editions.edition import Carried, Edition, EditionReference, RenderedEdition
from aidigest.core.editions.edits import Edit
from aidigest.core.editions.window import Weighed
from aidigest.core.feeds.entry import Entry


class FakeEntries:
    """An EntryStore that holds entries in a list."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = list(entries)

    def entries_since(self, since: datetime) -> tuple[Entry, ...]:
        """Return what was first seen since then."""
        return tuple(one for one in self.entries if one.first_seen_at >= since)

    def all_entries(self) -> tuple[Entry, ...]:
        """Return everything."""
        return tuple(self.entries)


class FakeEditions:
    """An EditionStore that keeps one edition a day in a list."""

    def __init__(self) -> None:
        self.rendered: list[RenderedEdition] = []
        self.weighed: dict[str, Weighed] = {}  #: By the last one of each digest.

    def edition_on(self, digest_id: str, day: date) -> tuple[int, RenderedEdition] | None:
        """Look the day up."""
        for number, one in enumerate(self.rendered, start=1):
            if (one.edition.digest_id, one.edition.date) == (digest_id, day):
                return number, one
        return None

    def latest(self, digest_id: str) -> Edition | None:
        """Return the last one."""
        mine = [one.edition for one in self.rendered if one.edition.digest_id == digest_id]
        return mine[-1] if mine else None

    def last_weighed(self, digest_id: str) -> Weighed | None:
        """Return what the last one was chosen from."""
        return self.weighed.get(digest_id)

    def carried(self, digest_id: str, since: datetime) -> dict[str, Carried]:
        """Collect the entries of the editions made since then."""
        return {
            entry.id: Carried(
                edition=EditionReference(number=one.edition.number, date=one.edition.date),
                story_id=story.id,
            )
            for one in self.rendered
            if one.edition.digest_id == digest_id and one.edition.created_at >= since
            for story in one.edition.stories
            for entry in story.entries
        }

    def items_carried(self, digest_id: str, since: datetime) -> frozenset[tuple[str, str]]:
        """Collect addresses and titles of the same."""
        return frozenset(
            (entry.url, entry.title)
            for one in self.rendered
            if one.edition.digest_id == digest_id and one.edition.created_at >= since
            for story in one.edition.stories
            for entry in story.entries
            if entry.url
        )

    def add_edition(
        self, rendered: RenderedEdition, *, weighed: Collection[str]
    ) -> tuple[int, RenderedEdition]:
        """Store it, unless the day is taken."""
        taken = self.edition_on(rendered.edition.digest_id, rendered.edition.date)
        if taken is not None:
            return taken
        self.rendered.append(rendered)
        made = rendered.edition
        self.weighed[made.digest_id] = Weighed(
            made_at=made.created_at, entry_ids=frozenset(weighed)
        )
        return len(self.rendered), rendered


class NoEdits:
    """An EditStore of a maintainer who changes nothing."""

    def edits_of(self, digest_id: str, day: date) -> tuple[Edit, ...]:
        """Return nothing."""
        return ()


class PlainRenderer:
    """Renders headlines only."""

    def render(self, edition: Edition) -> RenderedEdition:
        """Write one headline a line."""
        text = "\n".join(story.title for story in edition.stories)
        return RenderedEdition(edition=edition, subject="S", html=text, text=text, markdown=text)


class FakeArchive:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.kept: list[date] = []

    def keep(self, rendered: RenderedEdition) -> None:
        """Remember the day."""
        self.kept.append(rendered.edition.date)
