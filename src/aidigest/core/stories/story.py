"""A story: one piece of news, told by one or more entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.comparing import Meaning
from aidigest.core.stories.grouping import Group, Merge, group_entries
from aidigest.core.stories.lexicon import Lexicon
from aidigest.core.stories.ranking import rank
from aidigest.core.stories.relevance import Verdict, judge
from aidigest.core.stories.topics import Filing, Topic, file_story, topic_lexicon
from aidigest.core.stories.wording import Telling, tell
from aidigest.garbage import uncollected

#: Entries so much alike tell one story, whatever they call it.
SURELY_ALIKE = 0.5

__all__ = ["Filing", "Merge", "Story", "Verdict", "build_stories", "retold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Entries that tell the same piece of news, with all that was decided about it."""

    id: str  #: Stable: made of its oldest entry's id.
    entries: tuple[Entry, ...]  #: Oldest first; never empty.
    verdict: Verdict
    filing: Filing
    tellings: tuple[Telling, ...]  #: The digest's first, then one in each other language.
    score: float  #: The higher, the earlier in the edition.
    score_reasons: tuple[str, ...] = ()
    merges: tuple[Merge, ...] = ()

    @property
    def lead(self) -> Entry:
        """The entry whose headline and address stand for the story."""
        return self.tellings[0].lead

    @property
    def title(self) -> str:
        """Its headline."""
        return self.tellings[0].title

    @property
    def summary(self) -> str:
        """One or two sentences, or nothing."""
        return self.tellings[0].summary

    @property
    def published_at(self) -> datetime:
        """When the lead entry was published."""
        return self.lead.published_at


@uncollected()
def build_stories(
    entries: Iterable[Entry],
    *,
    feeds: Mapping[str, Feed],
    topics: Sequence[Topic],
    now: datetime,
    language: str,
    carried: Mapping[str, str] | None = None,
    meaning: Meaning | None = None,
) -> tuple[Story, ...]:
    """Make stories of all entries, AI or not, best first.

    The order of *entries* makes no difference.

    Args:
        entries: Of one window.
        feeds: Every known feed by its address.
        topics: Every topic, in the maintainer's order; not empty.
        now: What freshness is measured from.
        language: The digest's, which headlines are preferred in.
        carried: Entry id -> a name of the story that an edition carried it in.
        meaning: Knows which texts mean the same, where the embeddings extra is switched on.
    """
    words = topic_lexicon(topics)
    stories = (
        _story(group, verdicts, feeds=feeds, topics=topics, words=words, now=now, language=language)
        for joined in group_entries(entries, carried=carried, meaning=meaning)
        for verdicts in [_judged(joined.entries, feeds)]
        for group in _without_strays(joined, verdicts)
    )
    return tuple(sorted(stories, key=lambda story: (-story.score, story.lead.title, story.id)))


def retold(
    story: Story,
    entries: Sequence[Entry],
    *,
    feeds: Mapping[str, Feed],
    topics: Sequence[Topic],
    now: datetime,
    language: str,
) -> Story:
    """Return the story as some of its entries tell it; its id stays."""
    ids = {entry.id for entry in entries}
    group = Group(
        entries=tuple(entries),
        merges=tuple(merge for merge in story.merges if _both(merge) <= ids),
    )
    told = _story(
        group,
        _judged(entries, feeds),
        feeds=feeds,
        topics=topics,
        words=topic_lexicon(topics),
        now=now,
        language=language,
    )
    return replace(told, id=story.id)


def _judged(entries: Iterable[Entry], feeds: Mapping[str, Feed]) -> dict[str, Verdict]:
    """Judge each entry; return the verdicts by its id."""
    return {entry.id: judge(entry, feeds.get(entry.feed_url)) for entry in entries}


def _story(
    group: Group,
    verdicts: Mapping[str, Verdict],
    *,
    feeds: Mapping[str, Feed],
    topics: Sequence[Topic],
    words: Lexicon,
    now: datetime,
    language: str,
) -> Story:
    verdict = max((verdicts[one.id] for one in group.entries), key=lambda one: one.score)
    # Who reads AI news must not meet the headline of an entry that is none.
    telling = [one for one in group.entries if verdicts[one.id].is_ai] or group.entries
    ranked = rank(group.entries, feeds=feeds, verdict=verdict, now=now)
    return Story(
        id=group.entries[0].id,
        entries=group.entries,
        verdict=verdict,
        filing=file_story(telling, feeds=feeds, topics=topics, lexicon=words),
        tellings=_tellings(telling, feeds=feeds, language=language),
        score=ranked.score,
        score_reasons=ranked.reasons,
        merges=group.merges,
    )


def _tellings(
    entries: Sequence[Entry], *, feeds: Mapping[str, Feed], language: str
) -> tuple[Telling, ...]:
    first = tell(entries, feeds=feeds, language=language)
    languages = {entry.language.partition("-")[0] for entry in entries}
    others = sorted(languages - {first.lead.language.partition("-")[0]})
    return (first, *(tell(entries, feeds=feeds, language=other) for other in others))


def _without_strays(group: Group, verdicts: Mapping[str, Verdict]) -> tuple[Group, ...]:
    """Part an AI story from entries that say nothing of AI and are only a little like it.

    Everyday words ("letters, week") make a horoscope as like an AI story as two
    reports of one event may be; that it says nothing of AI decides.
    """
    if len(group.entries) == 1:
        return (group,)
    is_ai = any(verdict.is_ai for verdict in verdicts.values())
    strays = _strays(group, verdicts) if is_ai else set()
    if not strays:
        return (group,)
    apart = tuple(Group(entries=(one,)) for one in group.entries if one.id in strays)
    kept = Group(
        entries=tuple(one for one in group.entries if one.id not in strays),
        merges=tuple(merge for merge in group.merges if not strays & _both(merge)),
    )
    return (kept, *apart)


def _strays(group: Group, verdicts: Mapping[str, Verdict]) -> set[str]:
    """Return the entries that say nothing of AI and are not tied to one that does.

    Where most say nothing, the story is theirs, and one that speaks of AI is the stray:
    then only what is one item with it for certain is tied to it.
    """
    silent = {entry_id for entry_id, verdict in verdicts.items() if not verdict.score}
    sure = SURELY_ALIKE if 2 * len(silent) <= len(verdicts) else 1.0
    ties = [_both(merge) for merge in group.merges if merge.similarity >= sure]
    strays = silent
    while tied := {one for tie in ties if not tie <= strays for one in tie & strays}:
        strays = strays - tied
    return strays


def _both(merge: Merge) -> set[str]:
    return {merge.entry_id, merge.with_entry_id}
