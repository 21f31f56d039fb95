"""A small text model that says which topic a text reads like.

`topic_model.tsv` holds its weights, one line for each word, pair of words, word of
a headline (`t:`) and host of a page (`host:`); `benchmarks/train_topics.py` makes it.
Applying it is a sum of those weights and a softmax: multinomial logistic regression.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.words import bare_words
from aidigest.core.urls import host

#: What stands later in a long summary is background.
SUMMARY_LENGTH = 500
#: Weights are stored as whole hundredths.
SCALE = 100
BIAS = "(bias)"

#: With fewer features that the model knows, it says proportionally less.
_ENOUGH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicGuess:
    """How likely each topic of the model is, and what spoke for the likeliest."""

    shares: dict[str, float]  #: By topic id; adds up to 1 or, where little is known, to less.
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicModel:
    """The weights."""

    topics: tuple[str, ...]
    bias: tuple[float, ...]
    weights: dict[str, tuple[float, ...]]  #: Feature -> a weight for each topic.

    def guess(self, entry: Entry) -> TopicGuess:
        """Say which topics an entry reads like."""
        known = {
            feature: row
            for feature in features(entry)
            if (row := self.weights.get(feature)) is not None
        }
        sums = list(map(math.fsum, zip(self.bias, *known.values(), strict=True)))
        top = max(sums)
        powers = [math.exp(one - top) for one in sums]
        share = min(1.0, len(known) / _ENOUGH) / sum(powers)
        return TopicGuess(
            shares={topic: power * share for topic, power in zip(self.topics, powers, strict=True)},
            because=_strongest(known, sums.index(top)),
        )


def _strongest(known: Mapping[str, Sequence[float]], place: int) -> tuple[str, ...]:
    pulls = [(-row[place], feature) for feature, row in known.items() if row[place] > 0]
    return tuple(feature.removeprefix("t:") for _, feature in sorted(pulls)[:3])


def features(entry: Entry) -> Iterator[str]:
    """Yield each feature of an entry once, in a fixed order."""
    title = [word.lower() for word in bare_words(entry.title)]
    summary = [word.lower() for word in bare_words(entry.summary[:SUMMARY_LENGTH])]
    found = dict.fromkeys([f"t:{word}" for word in title])
    for words in (title, summary):
        found |= dict.fromkeys(words)
        found |= dict.fromkeys(map(" ".join, pairwise(words)))
    place = host(entry.url or "").removeprefix("www.")
    if place:
        found[f"host:{place}"] = None
    return iter(found)


@cache
def topic_model() -> TopicModel:
    """Return the model that the program ships with."""
    text = files("aidigest.core.stories").joinpath("topic_model.tsv").read_text(encoding="utf-8")
    return read_model(text)


def read_model(text: str) -> TopicModel:
    """Read a model as `topic_model.tsv` has it: a head with the topics, a line per feature."""
    head, *lines = text.splitlines()
    weights = {}
    bias: tuple[float, ...] = ()
    for line in lines:
        feature, *numbers = line.split("\t")
        row = [int(number or 0) / SCALE for number in numbers]
        if feature == BIAS:
            bias = tuple(row)
        else:
            weights[feature] = tuple(row)
    return TopicModel(tuple(head.split("\t")[1:]), bias, weights)
