"""How alike entries are: cosines of TF-IDF vectors over title and summary, all pairs at once."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aidigest.core.words import bare_words, is_informative

#: The title stands for the story; a summary's first sentences tell it, the rest is background.
TITLE_TIMES = 2
SUMMARY_LENGTH = 600

#: Few entries cannot tell rare words from common ones: as many unseen entries are assumed.
_UNSEEN = 300
#: Two entries are compared where they share a word that at most so many entries have, ...
_RARE_IN = 12
#: ... or this share of them, whichever is more.
_RARE_SHARE = 0.003
#: Pairs less alike than this count as having nothing in common.
_LEAST = 0.06

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Text:
    """What an entry is compared by."""

    title: str
    summary: str

    def counts(self) -> Counter[str]:
        """Return how often each informative word and each pair of neighbours occurs."""
        counts = Counter[str]()
        for text, times in ((self.title, TITLE_TIMES), (self.summary[:SUMMARY_LENGTH], 1)):
            for feature in _features(text):
                counts[feature] += times
        return counts


def _features(text: str) -> Iterable[str]:
    previous = ""
    for word in map(str.lower, bare_words(text)):
        if is_informative(word):
            yield word
            if previous:
                yield f"{previous} {word}"
            previous = word
        else:
            previous = ""


def vectors(texts: Sequence[Text]) -> list[Vector]:
    """Return a vector of length 1 for each text; an empty one for a text without words."""
    counts = [text.counts() for text in texts]
    in_texts = Counter(feature for one in counts for feature in one)
    total = len(texts) + _UNSEEN
    return [
        _unit({f: (1 + math.log(n)) * _rarity(f, in_texts[f], total) for f, n in one.items()})
        for one in counts
    ]


def _rarity(feature: str, in_texts: int, total: int) -> float:
    weight = math.log(total / (in_texts + 1))
    return weight * (0.5 if " " in feature else 1.0)


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {feature: weight / length for feature, weight in vector.items()} if length else {}


def cosine(one: Vector, other: Vector) -> float:
    """Return how alike two vectors of length 1 are, 0 to 1."""
    if len(other) < len(one):
        one, other = other, one
    return sum([weight * other[feature] for feature, weight in one.items() if feature in other])


def shared_words(one: Vector, other: Vector, limit: int = 4) -> list[str]:
    """Return what makes two vectors alike, the weightiest first."""
    shared = {feature: one[feature] * other[feature] for feature in one.keys() & other.keys()}
    return sorted(shared, key=lambda feature: (-shared[feature], feature))[:limit]


def similar_pairs(
    all_vectors: Sequence[Vector], times: Sequence[float], within: float
) -> dict[tuple[int, int], float]:
    """Return the cosine of every pair that shares a rare word and lies close in time.

    Args:
        all_vectors: As `vectors` returns them.
        times: When each entry was published, in seconds.
        within: How far apart two entries of a story may lie, in seconds.

    Returns:
        Cosines of at least `_LEAST` by the pair's places, the smaller first.
    """
    rare = max(_RARE_IN, round(len(all_vectors) * _RARE_SHARE))
    postings: dict[str, list[int]] = defaultdict(list)
    for place, vector in enumerate(all_vectors):
        for feature in vector:
            postings[feature].append(place)
    pairs: dict[tuple[int, int], float] = {}
    for place, vector in enumerate(all_vectors):
        others = set[int]()
        for feature in vector:
            found = postings[feature]
            if len(found) <= rare:
                others.update(found)
        for other in others:
            if other > place and abs(times[other] - times[place]) <= within:
                alike = cosine(vector, all_vectors[other])
                if alike >= _LEAST:
                    pairs[place, other] = alike
    return pairs
