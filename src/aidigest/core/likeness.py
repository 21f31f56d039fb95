"""How likely it is that two entries tell one story: learned weights over what they share.

`likeness_weights.tsv` holds the weights; `benchmarks/train_likeness.py` makes it. Applying
it is logistic regression: a sum, and a curve from 0 to 1.
"""

import math
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from importlib.resources import files

from aidigest.core.similarity import Profile, Rarity, cosine

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
    "days apart",
    "weight of title words told by the other",
    "length",
    "names and cosine",
    "length and cosine",
)
BIAS = "(bias)"

_DAY = 86_400.0
_MOST_DAYS = 3.0
#: Letters in a row that titles are compared by, where words are inflected or misspelled.
_LETTERS = 4


def features(one: Profile, other: Profile, rarity: Rarity, seconds_apart: float) -> list[float]:
    """Return what two entries of one language have in common, as numbers around 0 to 3."""
    alike = cosine(one.vector, other.vector)
    titles = cosine(one.title, other.title)
    names = _shared_share(one.names, other.names, rarity, of_smaller=True)
    told = (_told(one.title_names, other, rarity), _told(other.title_names, one, rarity))
    length = math.log(1 + min(one.size, other.size)) / 5
    return [
        alike,
        math.sqrt(alike),
        alike * alike,
        titles,
        math.sqrt(titles),
        max(cosine(one.title, other.vector), cosine(other.title, one.vector)),
        names,
        _shared_share(one.names, other.names, rarity, of_smaller=False),
        min(told),
        max(told),
        min(1.0, rarity.sum(one.numbers & other.numbers) / 8),
        float(_differ(one.title_numbers, other.numbers, other.title_numbers, one.numbers)),
        float(_differ(one.numbers, other.numbers, other.numbers, one.numbers)),
        _same_letters(one.headline, other.headline),
        min(_MOST_DAYS, seconds_apart / _DAY),
        min(1.0, rarity.sum(_told_words(one, other)) / 30),
        length,
        names * alike,
        alike * length,
    ]


def likeness(one: Profile, other: Profile, rarity: Rarity, seconds_apart: float) -> float:
    """Return how likely two entries of one language tell one story, 0 to 1."""
    bias, weights = _weights()
    values = features(one, other, rarity, seconds_apart)
    told = bias + sum([weight * value for weight, value in zip(weights, values, strict=True)])
    return 1 / (1 + math.exp(-told))


#: Of the curve for entries of two languages: found on the pairs of tests/data/bilingual.tsv.
_ACROSS_SLOPE, _ACROSS_MIDDLE = 14.0, 0.36
#: A name, a number or a concept in common is not yet an event in common.
_ACROSS_LEAST_SHARED = 3


def likeness_across(one: Profile, other: Profile, seconds_apart: float) -> float:
    """Return how likely two entries of different languages tell one story, 0 to 1."""
    shared = one.pivot.keys() & other.pivot.keys()
    has_name = any(not word.startswith("=") for word in shared)
    if len(shared) < _ACROSS_LEAST_SHARED or not has_name:
        return 0.0
    alike = cosine(one.pivot, other.pivot) - 0.02 * seconds_apart / _DAY
    return 1 / (1 + math.exp(-_ACROSS_SLOPE * (alike - _ACROSS_MIDDLE)))


def _shared_share(
    one: AbstractSet[str], other: AbstractSet[str], rarity: Rarity, *, of_smaller: bool
) -> float:
    """Return the weight that two sets share, as a share of the smaller one or of both."""
    if not one or not other:
        return 0.0
    both = one & other
    if not both:
        return 0.0
    if of_smaller:
        return rarity.sum(both) / min(rarity.sum(one), rarity.sum(other))
    return rarity.sum(both) / rarity.sum(one | other)


def _told(names: AbstractSet[str], other: Profile, rarity: Rarity) -> float:
    """Return the share of a title's names that the other entry has anywhere; half for none."""
    if not names:
        return 0.5
    return rarity.sum(name for name in names if name in other.vector) / rarity.sum(names)


def _told_words(one: Profile, other: Profile) -> AbstractSet[str]:
    return (one.title.keys() & other.vector.keys()) | (other.title.keys() & one.vector.keys())


def _differ(
    one: AbstractSet[str],
    in_other: AbstractSet[str],
    other: AbstractSet[str],
    in_one: AbstractSet[str],
) -> bool:
    return bool(one and other) and not (one & in_other) and not (other & in_one)


def _same_letters(one: str, other: str) -> float:
    mine, theirs = _runs(one), _runs(other)
    return 2 * len(mine & theirs) / max(1, len(mine) + len(theirs))


@lru_cache(maxsize=16_384)
def _runs(title: str) -> frozenset[str]:
    lower = title.lower()
    return frozenset(lower[i : i + _LETTERS] for i in range(len(lower) - _LETTERS + 1))


@cache
def _weights() -> tuple[float, tuple[float, ...]]:
    text = files("aidigest.core").joinpath("likeness_weights.tsv").read_text(encoding="utf-8")
    table = dict(line.rsplit("\t", 1) for line in text.splitlines() if line)
    return float(table[BIAS]), tuple(float(table[name]) for name in NAMES)
