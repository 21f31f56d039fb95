"""Making an edition of stories: the best, each under its heading, as the maintainer wants it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from aidigest.core.editions.digest import Digest
from aidigest.core.editions.edition import (
    Edition,
    EditionEntry,
    EditionReference,
    EditionStory,
    EditionTelling,
    Section,
)
from aidigest.core.editions.edits import Edit, arranged, pinned, reasons, without_hidden
from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.story import Story
from aidigest.core.stories.topics import Topic
from aidigest.core.stories.wording import Telling

#: What a story's score is multiplied by for each better story of the same outlet.
_REPEATED = 0.85


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
        best = max(left, key=lambda story: story.score * _REPEATED ** told[story.lead.feed_title])
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


def _edition_entry(entry: Entry) -> EditionEntry:
    return EditionEntry(
        id=entry.id,
        title=entry.title,
        url=entry.url,
        feed=entry.feed_title,
        language=entry.language,
        published_at=entry.published_at,
    )
