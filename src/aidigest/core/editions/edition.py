"""An edition: one dated, numbered, immutable issue of a digest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

from aidigest.core.editions.digest import Digest
from aidigest.core.editions.edits import Edit, arranged, pinned, reasons, without_hidden
from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.pictures import Picture
from aidigest.core.stories.story import Story
from aidigest.core.stories.topics import Topic
from aidigest.core.stories.wording import Telling
from aidigest.core.urls import linkable

#: What a story's score is multiplied by for each better story of the same outlet.
REPEATED = 0.85

#: Of English prose, silently; Vietnamese syllables, which stand apart, go faster.
_WORDS_A_MINUTE = 230

#: Where readers find editions, under the site's address.
_ARCHIVE = "archive"

#: Stands in the three texts where a reader's own address for leaving belongs.
#: Letters only, so that no escaping, inlining or encoding can change it.
UNSUBSCRIBE_MARK = "xxUNSUBSCRIBExURLxx"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEntry:
    """One source of a story, as the edition links it."""

    id: str
    title: str
    url: str | None
    feed: str  #: The feed's title.
    language: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReference:
    """An earlier issue, as a later one names it."""

    number: int
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Where an entry was carried."""

    edition: EditionReference
    story_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionTelling:
    """How a story reads in a language other than the one it is told in."""

    lead_id: str  #: The entry whose headline and address it has.
    title: str
    summary: str
    published_is_guess: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionStory:
    """A story as the edition tells it."""

    id: str
    title: str
    summary: str
    url: str | None
    published_at: datetime
    published_is_guess: bool
    language: str
    score: float
    reasons: tuple[str, ...]
    entries: tuple[EditionEntry, ...]  #: The lead entry first, then oldest first.
    filed_for: tuple[str, ...] = ()  #: The words that put it under its topic.
    update_of: EditionReference | None = None  #: The issue whose news this carries further.
    picture: Picture | None = None  #: Where it helps; see `core/editions/illustrating.py`.
    tellings: tuple[EditionTelling, ...] = ()  #: At most one in each other language.

    def told_in(self, language: str) -> "EditionStory":
        """Return the story as a source in that language tells it, or as it is if none does."""
        entries = {entry.id: entry for entry in self.entries}
        if _same_language(self.language, language):
            return self
        for telling in self.tellings:
            lead = entries[telling.lead_id]
            if _same_language(lead.language, language):
                return replace(
                    self,
                    title=telling.title,
                    summary=telling.summary,
                    url=lead.url,
                    published_at=lead.published_at,
                    published_is_guess=telling.published_is_guess,
                    language=lead.language,
                    entries=(lead, *(one for one in self.entries if one.id != lead.id)),
                )
        return self

    @property
    def outlets(self) -> tuple[EditionEntry, ...]:
        """One entry for each outlet that tells it, the lead's first."""
        first: dict[str, EditionEntry] = {}
        for entry in self.entries:
            first.setdefault(entry.feed, entry)
        return tuple(first.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A topic of the edition with its stories, best first."""

    id: str
    title: str
    stories: tuple[EditionStory, ...]
    more: int = 0  #: Stories that the mail has no room for (`core/editions/fitting.py`).


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What an issue says. Unique for (digest, date) and for (digest, number)."""

    digest_id: str
    digest_title: str
    number: int  #: 1 for a digest's first edition.
    date: date  #: In the digest's own zone.
    timezone: str  #: The zone its times are shown in.
    language: str
    sections: tuple[Section, ...]
    created_at: datetime
    not_after: datetime  #: Later than this it is no longer sent.
    look: str = "daily"  #: The folder of templates it is rendered with.

    @property
    def stories(self) -> tuple[EditionStory, ...]:
        """All stories, in the order of the sections."""
        return tuple(story for section in self.sections for story in section.stories)

    @property
    def total(self) -> int:
        """How many stories it has, with those that the mail has no room for."""
        return len(self.stories) + sum(section.more for section in self.sections)

    @property
    def top(self) -> EditionStory | None:
        """The story with the best score, if there is any."""
        return max(self.stories, key=lambda story: story.score, default=None)

    @property
    def minutes(self) -> int:
        """How long its headlines and summaries take to read; 1 or more."""
        words = sum(len(f"{story.title} {story.summary}".split()) for story in self.stories)
        return max(1, round(words / _WORDS_A_MINUTE))

    @property
    def outlets(self) -> tuple[str, ...]:
        """The names of all outlets whose news it carries."""
        named = dict.fromkeys(entry.feed for story in self.stories for entry in story.entries)
        return tuple(named)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedEdition:
    """An edition's finished words, alike for every reader but for `UNSUBSCRIBE_MARK`."""

    edition: Edition
    subject: str
    html: str
    text: str
    markdown: str


def make_edition(
    stories: Sequence[Story],
    *,
    digest: Digest,
    topics: Sequence[Topic],
    number: int,
    day: date,
    now: datetime,
    not_after: datetime,
    updates: Mapping[str, EditionReference] | None = None,
    edits: Sequence[Edit] = (),
) -> Edition:
    """File the best stories under the digest's topics.

    Args:
        stories: The news to choose from, best first.
        digest: Says how many stories, under which topics and in which language.
        topics: Every topic there is, in the maintainer's order.
        number: The edition's number.
        day: The edition's date in the digest's zone.
        now: When it is made.
        not_after: When it becomes too old to send.
        updates: Of stories that carry further what an issue told, that issue, by story id.
        edits: What the maintainer changes about it.
    """
    told = updates or {}
    order = digest.topics or tuple(topic.id for topic in topics)
    wanted = [story for story in stories if story.filing.topic in order]
    chosen = _chosen(wanted, edits, digest.max_stories)

    def section(topic: Topic) -> Section:
        filed = arranged([story for story in chosen if story.filing.topic == topic.id], edits)
        return Section(
            id=topic.id,
            title=topic.heading(digest.language),
            stories=tuple(
                _edition_story(story, told.get(story.id), reasons(story, edits)) for story in filed
            ),
        )

    asked_for = [topic for topic in topics if topic.id in order]
    sections = map(section, sorted(asked_for, key=lambda topic: order.index(topic.id)))
    return Edition(
        digest_id=digest.id,
        digest_title=digest.title,
        number=number,
        date=day,
        timezone=digest.timezone,
        language=digest.language,
        sections=tuple(section for section in sections if section.stories),
        created_at=now,
        not_after=not_after,
        look=digest.look,
    )


def with_summaries(edition: Edition, summaries: Mapping[str, str]) -> Edition:
    """Return the edition with other summaries for some of its stories, by their ids."""
    sections = (
        replace(
            section,
            stories=tuple(
                replace(story, summary=summaries.get(story.id, story.summary))
                for story in section.stories
            ),
        )
        for section in edition.sections
    )
    return replace(edition, sections=tuple(sections))


def archive_url(base_url: str, digest_id: str, day: date) -> str:
    """Return where readers find an edition on the web."""
    return f"{base_url}/{_ARCHIVE}/{digest_id}/{day.isoformat()}"


def without_marks(edition: Edition) -> Edition:
    """Return the edition with no `UNSUBSCRIBE_MARK` in the words of feeds.

    In a link of a story, it would hand each reader's own address for leaving to whoever
    runs the page.
    """

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(UNSUBSCRIBE_MARK, "…")
        if isinstance(value, tuple):
            return tuple(map(clean, value))
        if is_dataclass(value) and not isinstance(value, type):
            kept = {one.name: getattr(value, one.name) for one in fields(value)}
            return replace(value, **{name: clean(one) for name, one in kept.items()})
        return value

    return replace(edition, sections=clean(edition.sections))


def with_plain_addresses(edition: Edition) -> Edition:
    """Return the edition with its links as all of the mail's texts can carry them."""

    def plain(story: EditionStory) -> EditionStory:
        entries = (
            replace(entry, url=linkable(entry.url)) if entry.url else entry
            for entry in story.entries
        )
        url = linkable(story.url) if story.url else None
        return replace(story, url=url, entries=tuple(entries))

    sections = (
        replace(section, stories=tuple(map(plain, section.stories))) for section in edition.sections
    )
    return replace(edition, sections=tuple(sections))


def _chosen(stories: Sequence[Story], edits: Sequence[Edit], count: int) -> list[Story]:
    """Return what the maintainer pinned, and the best of the others for the room that is left."""
    first = pinned(stories, edits)
    others = [one for one in without_hidden(stories, edits) if one not in first]
    return first + _varied(others, count - len(first))


def _varied(stories: Sequence[Story], count: int) -> list[Story]:
    """Choose the best stories, each further one of an outlet counting for less.

    Without it one busy feed fills the edition. The chosen ones keep their rank.
    """
    left, told, kept = list(stories), Counter[str](), set[str]()
    while left and len(kept) < count:
        best = max(left, key=lambda story: story.score * REPEATED ** told[story.lead.feed_title])
        left.remove(best)
        told[best.lead.feed_title] += 1
        kept.add(best.id)
    return [story for story in stories if story.id in kept]


def _edition_story(
    story: Story, update_of: EditionReference | None, edited: tuple[str, ...]
) -> EditionStory:
    others = (entry for entry in story.entries if entry.id != story.lead.id)
    return EditionStory(
        id=story.id,
        title=story.title,
        summary=story.summary,
        url=story.lead.url,
        published_at=story.lead.published_at,
        published_is_guess=story.lead.published_is_guess,
        language=story.lead.language,
        score=story.score,
        reasons=(*story.score_reasons, *edited),
        entries=tuple(_edition_entry(entry) for entry in (story.lead, *others)),
        update_of=update_of,
        filed_for=story.filing.reasons,
        tellings=tuple(map(_edition_telling, story.tellings[1:])),
    )


def _edition_telling(telling: Telling) -> EditionTelling:
    return EditionTelling(
        lead_id=telling.lead.id,
        title=telling.title,
        summary=telling.summary,
        published_is_guess=telling.lead.published_is_guess,
    )


def _same_language(one: str, other: str) -> bool:
    """Whether they are the same but for country or script: en and en-GB."""
    return one.partition("-")[0] == other.partition("-")[0]


def _edition_entry(entry: Entry) -> EditionEntry:
    return EditionEntry(
        id=entry.id,
        title=entry.title,
        url=entry.url,
        feed=entry.feed_title,
        language=entry.language,
        published_at=entry.published_at,
    )
