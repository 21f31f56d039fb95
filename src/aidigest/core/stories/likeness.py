"""How likely it is that two entries tell one story: learned weights over what they share.

`likeness_weights.tsv` holds the weights; `benchmarks/train_likeness.py` makes it. Applying
it is logistic regression: a sum, and a curve from 0 to 1.
"""

import math
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from importlib.resources import files
from operator import mul
from sys import intern

from aidigest.core.stories.rarity import Rarity
from aidigest.core.stories.similarity import Profile, cosine, cosine_over

#: The features, in the order of `features`.
NAMES = (
    "cosine",
    "root of cosine",
    "square of cosine",
    "cosine of titles",
    "root of cosine of titles",
    "title within the other",
    "names of the shorter shared",
    "names of both shared",
    "least share of title names told by the other",
    "most share of title names told by the other",
    "numbers shared",
    "numbers of titles differ",
    "numbers differ",
    "letters of titles",
    "weight of title words told by the other",
    "length",
    "names and cosine",
    "length and cosine",
    "days apart",
)
BIAS = "(bias)"

_DAY = 86_400.0
_MOST_DAYS = 3.0
#: Letters in a row that titles are compared by, where words are inflected or misspelled.
_LETTERS = 4


def features(one: Profile, other: Profile, rarity: Rarity, *, alike: float) -> list[float]:
    """Return what two texts of one language have in common, as numbers around 0 to 3.

    All features but the last, which is a matter of the entries and not of their texts.

    Args:
        one: A text.
        other: Another.
        rarity: Of the words of all texts.
        alike: The cosine of the two.
    """
    titles = cosine(one.title, other.title)
    told_by_other = one.title.keys() & other.vector.keys()
    told_by_one = other.title.keys() & one.vector.keys()
    shared = rarity.sum(one.names & other.names)
    of_smaller = _share(shared, min(one.names_weight, other.names_weight))
    told = (_told(one, other, rarity), _told(other, one, rarity))
    length = math.log(1 + min(one.size, other.size)) / 5
    return [
        alike,
        math.sqrt(alike),
        alike * alike,
        titles,
        math.sqrt(titles),
        max(
            cosine_over(told_by_other, one.title, other.vector),
            cosine_over(told_by_one, other.title, one.vector),
        ),
        of_smaller,
        _share(shared, one.names_weight + other.names_weight - shared),
        min(told),
        max(told),
        min(1.0, rarity.sum(one.numbers & other.numbers) / 8),
        float(_differ(one.title_numbers, other.numbers, other.title_numbers, one.numbers)),
        float(_differ(one.numbers, other.numbers, other.numbers, one.numbers)),
        _same_letters(one.headline, other.headline),
        min(1.0, rarity.sum(told_by_other | told_by_one) / 30),
        length,
        of_smaller * alike,
        alike * length,
    ]


def days_apart(seconds: float) -> float:
    """Return the last feature: how long after the one entry the other was published."""
    return min(_MOST_DAYS, seconds / _DAY)


def evidence(one: Profile, other: Profile, rarity: Rarity, *, alike: float) -> float:
    """Return what two texts say for one story: the log-odds, but for the days between them."""
    bias, weights = _weights()
    return bias + math.fsum(map(mul, weights, features(one, other, rarity, alike=alike)))


def likeness(told: float, seconds_apart: float) -> float:
    """Return how likely two entries of one language tell one story, 0 to 1.

    Args:
        told: The `evidence` of their texts.
        seconds_apart: How long after the one the other was published.
    """
    _, weights = _weights()
    return 1 / (1 + math.exp(-told - weights[-1] * days_apart(seconds_apart)))


#: Of the curve for entries of two languages: found on the pairs of tests/data/bilingual.tsv.
_ACROSS_SLOPE, _ACROSS_MIDDLE = 14.0, 0.36
#: A name, a number or a concept in common is not yet an event in common.
_ACROSS_LEAST_SHARED = 3


def alike_across(one: Profile, other: Profile) -> float:
    """Return how alike two texts of different languages are; 0 where they share too little."""
    shared = one.pivot.keys() & other.pivot.keys()
    has_name = any(not word.startswith("=") for word in shared)
    if len(shared) < _ACROSS_LEAST_SHARED or not has_name:
        return 0.0
    return cosine_over(shared, one.pivot, other.pivot)


def likeness_across(alike: float, seconds_apart: float) -> float:
    """Return how likely two entries of different languages tell one story, 0 to 1."""
    nearer = alike - 0.02 * seconds_apart / _DAY - _ACROSS_MIDDLE
    return 1 / (1 + math.exp(-_ACROSS_SLOPE * nearer))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _told(one: Profile, other: Profile, rarity: Rarity) -> float:
    """Return the share of a title's names that the other entry has anywhere; half for none."""
    if not one.title_names:
        return 0.5
    told = one.title_names & other.vector.keys()
    return rarity.sum(told) / one.title_names_weight if told else 0.0


def _differ(
    one: AbstractSet[str],
    in_other: AbstractSet[str],
    other: AbstractSet[str],
    in_one: AbstractSet[str],
) -> bool:
    return bool(one and other) and not (one & in_other) and not (other & in_one)


def _same_letters(one: str, other: str) -> float:
    if one == other:
        return float(len(one) >= _LETTERS)
    mine, theirs = _runs(one), _runs(other)
    return 2 * len(mine & theirs) / max(1, len(mine) + len(theirs))


@lru_cache(maxsize=4_096)
def _runs(title: str) -> frozenset[str]:
    lower = title.lower()
    return frozenset([intern(lower[i : i + _LETTERS]) for i in range(len(lower) - _LETTERS + 1)])


@cache
def _weights() -> tuple[float, tuple[float, ...]]:
    text = (
        files("aidigest.core.stories").joinpath("likeness_weights.tsv").read_text(encoding="utf-8")
    )
    table = dict(line.rsplit("\t", 1) for line in text.splitlines() if line)
    return float(table[BIAS]), tuple(float(table[name]) for name in NAMES)
