"""Topics: the headings, and under which of them a story goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aidigest.core.entries import Entry
from aidigest.core.feeds import Feed
from aidigest.core.lexicon import Lexicon

#: Where nothing else fits; the last topic takes its place if there is none of this name.
FALLBACK = "other"

#: A word in the title counts so many times as much as one in the summary.
_TITLE_WEIGHT = 3.0
#: What stands later in a long summary is background.
_SUMMARY_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A heading, as `config/topics.toml` lists it."""

    id: str
    title: Mapping[str, str]  #: Language -> heading.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: Language -> words.

    def heading(self, language: str) -> str:
        """Return the title in that language, else in English, else the id."""
        return self.title.get(language) or self.title.get("en") or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The topic a story goes under, and why."""

    topic: str
    reasons: tuple[str, ...] = ()


def topic_lexicon(topics: Sequence[Topic]) -> Lexicon:
    """Return the words of all topics and languages, one list for each topic."""
    return Lexicon([word for words in topic.words.values() for word in words] for topic in topics)


def file_story(
    entries: Sequence[Entry],
    *,
    feeds: Mapping[str, Feed],
    topics: Sequence[Topic],
    lexicon: Lexicon,
) -> Filing:
    """File a story.

    The topic that a feed is pinned to wins; then the topic whose words weigh
    most in titles and summaries, an average over the entries; the earlier
    topic where two weigh alike.

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
    weights = [_weigh(entry, topics, lexicon) for entry in entries]
    total = {topic.id: sum(one[topic.id][0] for one in weights) / len(entries) for topic in topics}
    best = max(total, key=total.__getitem__)
    if total[best] <= 0:
        fallback = FALLBACK if FALLBACK in known else topics[-1].id
        return Filing(topic=fallback, reasons=("no topic's words occur",))
    words = dict.fromkeys(word for one in weights for word in one[best][1])
    return Filing(topic=best, reasons=(f"{total[best]:.1f} for {', '.join(words)}",))


def _weigh(
    entry: Entry, topics: Sequence[Topic], lexicon: Lexicon
) -> dict[str, tuple[float, list[str]]]:
    """Return the weight of each topic in an entry, and the words that gave it."""
    found = {phrase: _TITLE_WEIGHT for phrase, _ in lexicon.find(entry.title)}
    for phrase, _ in lexicon.find(entry.summary[:_SUMMARY_LENGTH]):
        found.setdefault(phrase, 1.0)
    weights: dict[str, tuple[float, list[str]]] = {topic.id: (0.0, []) for topic in topics}
    for phrase, times in found.items():
        topic_id = topics[phrase.group].id
        weight, words = weights[topic_id]
        weights[topic_id] = (weight + phrase.boost * times, [*words, phrase.text])
    return weights
