"""Compose: what is new since the last edition becomes today's edition, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from aidigest.core.counting import counted
from aidigest.core.editions.digest import Digest, local_date, not_after
from aidigest.core.editions.edition import (
    Carried,
    Edition,
    EditionReference,
    RenderedEdition,
)
from aidigest.core.editions.illustrating import illustrated
from aidigest.core.editions.making import make_edition
from aidigest.core.editions.window import Window, to_remember, window_after
from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.comparing import Meaning
from aidigest.core.stories.developments import development, followed, not_told
from aidigest.core.stories.story import Story, build_stories, retold
from aidigest.core.stories.topics import Topic
from aidigest.steps.ports import Archive, EditionStore, EditStore, EntryStore, Renderer
from aidigest.steps.read_articles import PageSummaries
from aidigest.steps.summarise import Summariser

#: Entries this old still help to recognise a story that was carried before.
MEMORY = timedelta(days=14)

#: An item that was carried within this time is no news in whatever feed it turns up again.
ITEMS_MEMORY = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Today's edition, stored."""

    edition_id: int
    rendered: RenderedEdition
    created: bool  #: False where it was there already.


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """No edition today, and why."""

    digest_id: str
    date: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A story that an edition can carry."""

    story: Story
    update_of: EditionReference | None = None  #: The issue whose news it carries further.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighing:
    """What an edition is chosen from: all of it read at one moment."""

    entries: tuple[Entry, ...]
    window: Window  #: Tells which of them are new.
    news: tuple[News, ...]  #: What they tell that is news, best first.


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Makes editions out of stored entries."""

    feeds: Sequence[Feed]
    topics: Sequence[Topic]
    entries: EntryStore
    editions: EditionStore
    edits: EditStore
    renderer: Renderer
    archive: Archive
    summariser: Summariser | None = None  #: None where only extracts are wanted.
    pages: PageSummaries | None = None  #: None where no articles are read.
    meaning: Meaning | None = None  #: None without the embeddings extra.

    def compose(
        self, digest: Digest, *, now: datetime, day: date | None = None
    ) -> Composed | Skipped:
        """Return the digest's edition of a day; make and store it if there is none yet.

        Args:
            digest: Which.
            now: Up to when there is news.
            day: The date that it bears, if not that of *now*.
        """
        day = day or local_date(digest, now)
        stored = self.editions.edition_on(digest.id, day)
        if stored is not None:
            return Composed(edition_id=stored[0], rendered=stored[1], created=False)
        weighing = self._weigh(digest, now)
        edition = self._edition(weighing, digest, now, day)
        if not edition.sections:
            return Skipped(digest_id=digest.id, date=day, reason=_why_empty(weighing))
        if self.pages is not None:
            edition = self.pages.improve(edition)
        if self.summariser is not None:
            told = {one.story.id: _sources(one.story) for one in weighing.news}
            edition = self.summariser.improve(edition, told, day=day)
        drafted = self.renderer.render(edition)
        edition_id, rendered = self.editions.add_edition(
            drafted, weighed=to_remember(weighing.entries, made_at=now)
        )
        self.archive.keep(rendered)
        return Composed(edition_id=edition_id, rendered=rendered, created=rendered == drafted)

    def draft(self, digest: Digest, *, now: datetime) -> Edition:
        """Return the edition that would be made at *now*, stored nowhere.

        Its summaries are extracts: a language model is asked only for what is kept.
        """
        weighing = self._weigh(digest, now)
        return self._edition(weighing, digest, now, local_date(digest, now))

    def _edition(self, weighing: _Weighing, digest: Digest, now: datetime, day: date) -> Edition:
        latest = self.editions.latest(digest.id)
        stories = [one.story for one in weighing.news]
        edition = make_edition(
            stories,
            digest=digest,
            topics=self.topics,
            number=latest.number + 1 if latest else 1,
            day=day,
            now=now,
            not_after=not_after(now),
            edits=self.edits.edits_of(digest.id, day),
            updates={one.story.id: one.update_of for one in weighing.news if one.update_of},
        )
        return illustrated(edition, stories, among=weighing.entries, most=digest.max_pictures)

    def news(self, digest: Digest, *, now: datetime) -> tuple[News, ...]:
        """Return the AI stories that are news, best first.

        Either no edition has carried them, or they are further than it told. They are in
        the digest's language or one that the maintainer has listed a feed in: what a feed
        slips in in any other, few readers could read.
        """
        return self._weigh(digest, now).news

    def _weigh(self, digest: Digest, now: datetime) -> _Weighing:
        languages = {digest.language, *(feed.language for feed in self.feeds)}
        carried = self.editions.carried(digest.id, now - MEMORY)
        window = window_after(self.editions.last_weighed(digest.id), now=now)
        told = self.editions.items_carried(digest.id, now - ITEMS_MEMORY)
        read = self.entries.entries_since(now - MEMORY)
        entries = not_told(read, told=told, carried=carried)
        stories = self._build(entries, digest.language, now, carried)
        follows = followed((story.entries for story in stories), carried)
        by_id = {entry.id: entry for entry in entries}
        found = (
            self._news_in(story, carried, window=window, language=digest.language, now=now)
            for story in stories
            if story.verdict.is_ai and not _is_retold(story, follows, by_id)
        )
        news = [
            replace(one, update_of=carried[follows[one.story.id]].edition)
            if one.story.id in follows
            else one
            for one in found
            if one and one.story.lead.language in languages
        ]
        best_first = sorted(news, key=lambda one: (-one.story.score, one.story.id))
        return _Weighing(entries=read, window=window, news=tuple(best_first))

    def _news_in(
        self,
        story: Story,
        carried: Mapping[str, Carried],
        *,
        window: Window,
        language: str,
        now: datetime,
    ) -> News | None:
        told = [entry for entry in story.entries if entry.id in carried]
        new = [e for e in story.entries if e.id not in carried and window.is_new(e)]
        if not told:
            return News(story=story) if new else None
        further = development(told, new)
        if further is None:
            return None
        feeds = {feed.url: feed for feed in self.feeds}
        return News(
            story=retold(
                story,
                further.entries,
                feeds=feeds,
                topics=self.topics,
                now=now,
                language=language,
            ),
            update_of=max((carried[one.id].edition for one in told), key=lambda one: one.number),
        )

    def stories(self, language: str, *, since: datetime, now: datetime) -> tuple[Story, ...]:
        """Return every story of the entries first seen since then, AI or not, best first."""
        return self._build(self.entries.entries_since(since), language, now, {})

    def all_stories(self, language: str, *, now: datetime) -> tuple[Story, ...]:
        """Return every story of all entries kept, AI or not, best first."""
        return self._build(self.entries.all_entries(), language, now, {})

    def _build(
        self,
        entries: Sequence[Entry],
        language: str,
        now: datetime,
        carried: Mapping[str, Carried],
    ) -> tuple[Story, ...]:
        return build_stories(
            entries,
            feeds={feed.url: feed for feed in self.feeds},
            topics=tuple(self.topics),
            now=now,
            language=language,
            carried={entry_id: one.story_id for entry_id, one in carried.items()},
            meaning=self.meaning,
        )


def _why_empty(weighing: _Weighing) -> str:
    since = f"{weighing.window.since:%Y-%m-%d %H:%M} UTC"
    new = [one for one in weighing.entries if weighing.window.is_new(one)]
    if not new:
        return f"no entry has come in since {since}"
    return f"no AI news among the {counted(len(new), 'entry', 'entries')} since {since}"


def _is_retold(story: Story, follows: Mapping[str, str], by_id: Mapping[str, Entry]) -> bool:
    """Say whether a story goes on with a carried one and has nothing to add."""
    before = by_id.get(follows.get(story.id, ""))
    return before is not None and development([before], story.entries) is None


def _sources(story: Story) -> tuple[str, ...]:
    return tuple(f"{entry.title}\n{entry.summary}" for entry in story.entries)
