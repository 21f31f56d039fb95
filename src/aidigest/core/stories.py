"""A story: one piece of news, told by one or more entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aidigest.core.boilerplate import clean_headline
from aidigest.core.entries import Entry
from aidigest.core.feeds import Feed
from aidigest.core.grouping import Group, Merge, group_entries
from aidigest.core.lexicon import Lexicon
from aidigest.core.ranking import rank
from aidigest.core.relevance import Verdict, judge
from aidigest.core.topics import Filing, Topic, file_story, topic_lexicon
from aidigest.core.wording import choose_lead, summarise

__all__ = ["Filing", "Merge", "Story", "Verdict", "build_stories"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Entries that tell the same piece of news, with all that was decided about it."""

    id: str  #: Stable: made of its oldest entry's id.
    entries: tuple[Entry, ...]  #: Oldest first; never empty.
    verdict: Verdict
    filing: Filing
    title: str
    summary: str
    lead: Entry  #: The entry whose headline and address stand for the story.
    score: float  #: The higher, the earlier in the edition.
    score_reasons: tuple[str, ...] = ()
    merges: tuple[Merge, ...] = ()

    @property
    def published_at(self) -> datetime:
        """When the lead entry was published."""
        return self.lead.published_at


def build_stories(
    entries: Iterable[Entry],
    *,
    feeds: Mapping[str, Feed],
    topics: Sequence[Topic],
    now: datetime,
    language: str,
) -> tuple[Story, ...]:
    """Make stories of all entries, AI or not, best first.

    The order of *entries* makes no difference.

    Args:
        entries: Of one window.
        feeds: Every known feed by its address.
        topics: Every topic, in the maintainer's order; not empty.
        now: What freshness is measured from.
        language: The digest's, which headlines are preferred in.
    """
    words = topic_lexicon(topics)
    stories = (
        _story(group, feeds=feeds, topics=topics, words=words, now=now, language=language)
        for group in group_entries(entries)
    )
    return tuple(sorted(stories, key=lambda story: (-story.score, story.lead.title, story.id)))


def _story(
    group: Group,
    *,
    feeds: Mapping[str, Feed],
    topics: Sequence[Topic],
    words: Lexicon,
    now: datetime,
    language: str,
) -> Story:
    verdict = _judge_all(group.entries, feeds)
    lead = choose_lead(group.entries, feeds=feeds, language=language)
    title = clean_headline(lead.title, lead.feed_title)
    ranked = rank(group.entries, feeds=feeds, verdict=verdict, now=now)
    return Story(
        id=group.entries[0].id,
        entries=group.entries,
        verdict=verdict,
        filing=file_story(group.entries, feeds=feeds, topics=topics, lexicon=words),
        title=title,
        summary=summarise(group.entries, lead=lead, title=title),
        lead=lead,
        score=ranked.score,
        score_reasons=ranked.reasons,
        merges=group.merges,
    )


def _judge_all(entries: Sequence[Entry], feeds: Mapping[str, Feed]) -> Verdict:
    """Return the verdict on the entry that is most surely about AI: one is enough."""
    verdicts = [judge(entry, feeds.get(entry.feed_url)) for entry in entries]
    return max(verdicts, key=lambda verdict: verdict.score)
