"""An edition: one dated, numbered, immutable issue of a digest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

from aidigest.core.feeds.pictures import Picture
from aidigest.core.urls import linkable

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
        return _minutes(f"{story.title} {story.summary}" for story in self.stories)

    @property
    def headline_minutes(self) -> int:
        """How long its headlines alone take to read; 1 or more."""
        return _minutes(story.title for story in self.stories)

    @property
    def outlets(self) -> tuple[str, ...]:
        """The names of all outlets whose news it carries."""
        named = dict.fromkeys(entry.feed for story in self.stories for entry in story.entries)
        return tuple(named)


def _minutes(texts: Iterable[str]) -> int:
    return max(1, round(sum(len(text.split()) for text in texts) / _WORDS_A_MINUTE))


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedEdition:
    """An edition's finished words, alike for every reader but for `UNSUBSCRIBE_MARK`."""

    edition: Edition
    subject: str
    html: str
    text: str
    markdown: str


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


def _same_language(one: str, other: str) -> bool:
    """Whether they are the same but for country or script: en and en-GB."""
    return one.partition("-")[0] == other.partition("-")[0]
