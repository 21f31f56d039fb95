"""Topics: the headings, and under which of them a story goes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.labelled import Confusion
from aidigest.core.stories.lexicon import Lexicon
from aidigest.core.stories.releases import named
from aidigest.core.stories.topic_model import TopicGuess, topic_model

#: Where nothing else fits; the last topic takes its place if there is none of this name.
FALLBACK = "other"

#: A word in the title counts so many times as much as one in the summary.
_TITLE_WEIGHT = 3.0
#: What stands later in a long summary is background.
_SUMMARY_LENGTH = 500
#: Words speak for so much beside the text model, which knows English alone; found on
#: the earlier part of the labelled items (`benchmarks/train_topics.py`).
_WORDS_SHARE = 0.5
#: A few weak words are no sure sign: the weight that stays unsaid.
_UNSAID = 3.0
#: What speaks less than this for any topic is filed under none.
_LEAST_POINTS = 0.1
#: The weight and words of a topic that an entry has no word of.
_NOTHING: tuple[float, list[str]] = (0.0, [])
#: The oldest few entries say what a story is about.
_MOST_ENTRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A heading, as `config/topics.toml` lists it."""

    id: str  #: Stands in the other two files; `other` takes what fits nowhere else.
    title: Mapping[str, str]  #: Language -> heading.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: Language -> words.
    exclude: tuple[str, ...] = ()  #: A text with one of these is never filed here.

    def heading(self, language: str) -> str:
        """Return the title in that language, else in English, else the id."""
        return self.title.get(language) or self.title.get("en") or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The topic a story goes under, and why."""

    topic: str
    reasons: tuple[str, ...] = ()


def topic_lexicon(topics: Sequence[Topic]) -> Lexicon:
    """Return a lexicon: a list for each topic of its words, then one of what it excludes."""
    words = ([word for words in topic.words.values() for word in words] for topic in topics)
    return Lexicon([*words, *(topic.exclude for topic in topics)])


class Points(NamedTuple):
    """What speaks for one topic in a story's entries, an average over them."""

    words: float  #: The share of the topic's words in all words found, 0 to below 1.
    likely: float  #: What the text model gives it, 0 to 1.
    found: tuple[str, ...]

    @property
    def total(self) -> float:
        """What topics are compared by."""
        return _WORDS_SHARE * self.words + self.likely


def file_story(
    entries: Sequence[Entry],
    *,
    feeds: Mapping[str, Feed],
    topics: Sequence[Topic],
    lexicon: Lexicon,
) -> Filing:
    """File a story.

    The topic that a feed is pinned to wins; then the topic whose words weigh
    most in titles and summaries together with what the text model says, an
    average over the entries; the earlier topic where two weigh alike.

    Args:
        entries: The story's entries.
        feeds: Every known feed by its address.
        topics: Every topic, in the maintainer's order; not empty.
        lexicon: The `topic_lexicon` of these topics, made once for many stories.
    """
    known = {topic.id for topic in topics}
    for entry in entries:
        feed = feeds.get(entry.feed_url)
        if feed and feed.topic in known and feed.topic is not None:
            return Filing(topic=feed.topic, reasons=(f"{feed.title} is pinned to {feed.topic}",))
    telling = [_named(entry) for entry in entries[:_MOST_ENTRIES]]
    guesses = [topic_model().guess(entry) for entry in telling]
    points = topic_points(telling, topics=topics, lexicon=lexicon, guesses=guesses)
    best = max(points, key=lambda topic: points[topic].total)
    if points[best].total < _LEAST_POINTS:
        fallback = FALLBACK if FALLBACK in known else topics[-1].id
        return Filing(topic=fallback, reasons=("no topic's words occur",))
    reasons = [f"{points[best].words:.2f} for {', '.join(points[best].found)}"]
    if points[best].likely >= _LEAST_POINTS:
        reads = ", ".join(guesses[0].because)
        reasons.append(f"{points[best].likely:.2f} because it reads like it: {reads}")
    return Filing(topic=best, reasons=tuple(reasons if points[best].found else reasons[1:]))


def _named(entry: Entry) -> Entry:
    """Return the entry under the name of what was released: a bare version has no topic."""
    title = named(entry.title, entry.feed_title)
    return entry if title == entry.title else replace(entry, title=title)


def confusion(rows: Sequence[tuple[str, Entry]], *, topics: Sequence[Topic]) -> Confusion:
    """File labelled texts, and count what is taken for what."""
    lexicon = topic_lexicon(topics)
    filed = (
        (label, file_story([entry], feeds={}, topics=topics, lexicon=lexicon).topic)
        for label, entry in rows
    )
    return Confusion(topics=tuple(topic.id for topic in topics), counts=Counter(filed))


def topic_points(
    entries: Sequence[Entry],
    *,
    topics: Sequence[Topic],
    lexicon: Lexicon,
    guesses: Sequence[TopicGuess],
) -> dict[str, Points]:
    """Return what speaks for each topic: its words, and the text model's guess at each entry."""
    weights = [_weigh(entry, topics, lexicon) for entry in entries]
    excluded = {one for entry in entries for one in _excluded(entry, topics, lexicon)}
    sums = {topic.id: 0.0 for topic in topics}
    for topic_id in sums:
        sums[topic_id] = sum([one.get(topic_id, _NOTHING)[0] for one in weights]) / len(entries)
    everything = sum([max(0.0, one) for one in sums.values()]) + _UNSAID
    return {
        topic_id: Points(words=0.0, likely=0.0, found=())
        if topic_id in excluded
        else Points(
            words=weight / everything,
            likely=sum([one.shares.get(topic_id, 0.0) for one in guesses]) / len(entries),
            found=_words_of(topic_id, weights),
        )
        for topic_id, weight in sums.items()
    }


def _words_of(
    topic_id: str, weights: Sequence[Mapping[str, tuple[float, list[str]]]]
) -> tuple[str, ...]:
    words = [word for one in weights for word in one.get(topic_id, _NOTHING)[1]]
    return tuple(dict.fromkeys(words))


def _weigh(
    entry: Entry, topics: Sequence[Topic], lexicon: Lexicon
) -> dict[str, tuple[float, list[str]]]:
    """Return the weight of each topic that the entry has words of, and those words."""
    found = dict.fromkeys(lexicon.find(entry.title), _TITLE_WEIGHT)
    for phrase in lexicon.find(entry.summary[:_SUMMARY_LENGTH]):
        found.setdefault(phrase, 1.0)
    weights: dict[str, tuple[float, list[str]]] = {}
    for phrase, times in found.items():
        if phrase.group < len(topics):
            topic_id = topics[phrase.group].id
            weight, words = weights.get(topic_id, _NOTHING)
            weights[topic_id] = (weight + phrase.boost * times, [*words, phrase.text])
    return weights


def _excluded(entry: Entry, topics: Sequence[Topic], lexicon: Lexicon) -> Iterator[str]:
    """Yield the topics that a word of the entry keeps it out of."""
    if not any(topic.exclude for topic in topics):
        return
    for phrase in lexicon.find(f"{entry.title} {entry.summary[:_SUMMARY_LENGTH]}"):
        if phrase.group >= len(topics):
            yield topics[phrase.group - len(topics)].id
