"""What entries are compared by, and which are worth comparing: TF-IDF over title and summary."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from sys import intern

from aidigest.core.stories.pivot import pivot_words
from aidigest.core.stories.rarity import Rarity, Vector, common_words
from aidigest.core.stories.words import bare_words, is_informative

#: The title stands for the story; a summary's first sentences tell it, the rest is background.
TITLE_TIMES = 2
SUMMARY_LENGTH = 600

#: Two entries are compared where they share a word that at most so many entries have.
_RARE_IN = 12
#: Of its rare words, so many of an entry's rarest lead to others.
_RAREST = 24
#: Pairs in one language less alike than this count as having nothing in common.
_LEAST = 0.06
#: Words of so many of the texts tell AI news from other news, and not from each other.
_EVERYWHERE = 0.03
#: From this on it makes no difference how common the words are, or how few; sooner where an
#: entry is little more than its title.
_ALIKE_ANYHOW, _ALIKE_IF_SHORT = 0.5, 0.25
#: So many words and neighbours has an entry that is short.
_SHORT = 20
#: So many words must be shared that do not stand side by side: one name has several
#: ("Hàn Quốc", "Ask HN").
_LEAST_APART = 2

_WITHIN_NUMBER = re.compile(r"(?<=\d) ([.,]) (?=\d)")
_SENTENCE_END = re.compile(r"(?<=[.!?:;]) ")


@dataclass(frozen=True, slots=True)
class Text:
    """What an entry is compared by."""

    title: str
    summary: str
    language: str = "en"


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A text as it is compared: its words, and among them names and numbers.

    Each text has one, so that what was found of two texts can be looked up by their profiles.
    """

    #: Of length 1, as the two below: words and neighbours, but for those of no other entry.
    vector: Vector
    title: Vector  #: Of the title alone.
    pivot: Vector  #: Names, numbers, and news words of all languages in one.
    size: int  #: How many words and neighbours it has.
    names: frozenset[str]
    title_names: frozenset[str]
    numbers: frozenset[str]
    title_numbers: frozenset[str]
    names_weight: float  #: What the names say together.
    title_names_weight: float
    headline: str
    language: str


def profiles(texts: Sequence[Text]) -> tuple[list[Profile], Rarity, Rarity]:
    """Return what each text is compared by, and how rare words and pivot words are.

    What several feeds tell in the same words is read once, and has one profile.
    """
    often = Counter(texts)
    read = {text: _Read.of(text) for text in often}
    counted, pivots = Counter[str](), Counter[str]()
    for text, one in read.items():
        for _ in range(often[text]):
            # As lists, for of mappings it would add up the values.
            counted.update(list(one.counts))
            pivots.update(list(one.pivot))
    rarity = Rarity(counted, len(texts), common_words())
    pivot_rarity = Rarity(pivots, len(texts))
    del counted, pivots
    # Each is let go of when its profile is made: a window of many texts needs the memory.
    found = {text: _profile(text, read.pop(text), rarity, pivot_rarity) for text in often}
    return [found[text] for text in texts], rarity, pivot_rarity


def _profile(text: Text, read: "_Read", rarity: Rarity, pivot_rarity: Rarity) -> Profile:
    return Profile(
        vector=rarity.unit(read.counts),
        title=rarity.unit(read.title_counts),
        pivot=pivot_rarity.unit(read.pivot),
        size=len(read.counts),
        names=frozenset(map(intern, read.names)),
        title_names=frozenset(map(intern, read.title_names)),
        numbers=frozenset(map(intern, read.numbers)),
        title_numbers=frozenset(map(intern, read.title_numbers)),
        names_weight=rarity.sum(read.names),
        title_names_weight=rarity.sum(read.title_names),
        headline=read.headline,
        language=text.language.partition("-")[0],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The words of a text, read once."""

    headline: str
    pivot: Mapping[str, int]
    counts: dict[str, int]
    title_counts: dict[str, int]
    names: frozenset[str]
    title_names: frozenset[str]
    numbers: frozenset[str]
    title_numbers: frozenset[str]

    @classmethod
    def of(cls, text: Text) -> "_Read":
        headline = _closed(text.title)
        in_title, title_names = _words_and_names(headline)
        in_summary, names = _words_and_names(_closed(text.summary[:SUMMARY_LENGTH]))
        title_counts = _counted(in_title)
        counts = {word: n * TITLE_TIMES for word, n in title_counts.items()}
        for word, n in _counted(in_summary).items():
            counts[word] = counts.get(word, 0) + n
        title_numbers = _numbers(in_title)
        return cls(
            headline=headline,
            pivot=pivot_words([*in_title, *in_summary], text.language),
            counts=counts,
            title_counts=title_counts,
            names=frozenset(title_names + names),
            title_names=frozenset(title_names),
            numbers=frozenset(title_numbers + _numbers(in_summary)),
            title_numbers=frozenset(title_numbers),
        )


def _closed(text: str) -> str:
    """Write "4 . 1", as some tokenised feeds have it, as a number."""
    return _WITHIN_NUMBER.sub(r"\1", text) if " . " in text or " , " in text else text


def _words_and_names(text: str) -> tuple[list[str], list[str]]:
    """Return the words of a text as they are spelled, and its names in lower case.

    A name is a word with a capital that the beginning of a sentence does not explain.
    """
    spelled: list[str] = []
    names: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        words = bare_words(sentence)
        spelled += words
        for place, word in enumerate(words):
            if word[0].isupper() and (place or word.isupper() or word[1:] != word[1:].lower()):
                lower = word.lower()
                if is_informative(lower):
                    names.append(lower)
    return spelled, names


def _counted(spelled: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words_and_neighbours(spelled):
        counts[word] = counts.get(word, 0) + 1
    return counts


def words_and_neighbours(spelled: Sequence[str]) -> list[str]:
    """Return each informative word in lower case, and after it the two neighbours it ends."""
    found: list[str] = []
    previous = ""
    for word in map(str.lower, spelled):
        if not is_informative(word):
            previous = ""
            continue
        found.append(word)
        if previous:
            found.append(f"{previous} {word}")
        previous = word
    return found


def _numbers(spelled: Sequence[str]) -> list[str]:
    return [word.replace(",", ".").rstrip("%") for word in spelled if word[0].isdigit()]


def cosine(one: Vector, other: Vector) -> float:
    """Return how alike two vectors of length 1 are, 0 to 1."""
    return cosine_over(one.keys() & other.keys(), one, other)


def cosine_over(shared: AbstractSet[str], one: Vector, other: Vector) -> float:
    """Return the same where it is known already which words both have."""
    # The exact sum, for a set has no order of its own.
    return math.fsum([one[word] * other[word] for word in shared])


def shared_words(one: Vector, other: Vector, limit: int = 4) -> list[str]:
    """Return what makes two vectors alike, the weightiest first."""
    shared = {word: one[word] * other[word] for word in one.keys() & other.keys()}
    return sorted(shared, key=lambda word: (-shared[word], word))[:limit]


def pairs_to_compare(
    vectors: Sequence[Vector],
    rarity: Rarity,
    languages: Sequence[str],
    *,
    across: bool,
) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share a rare word, the smaller place first.

    Args:
        vectors: Of each entry, in one fixed order.
        rarity: Of these vectors' words.
        languages: Of each entry.
        across: Whether the two are of different languages, or of one.
    """
    postings: dict[str, list[int]] = defaultdict(list)
    for place, vector in enumerate(vectors):
        others = set[int]()
        for word in _rarest(vector, rarity):
            others.update(postings[word])
            postings[word].append(place)
        for other in sorted(others):
            if (languages[other] != languages[place]) is across:
                yield other, place


def _rarest(vector: Vector, rarity: Rarity) -> list[str]:
    entries_with = rarity.entries_with
    rare = [word for word in vector if entries_with[word] <= _RARE_IN]
    if len(rare) <= _RAREST:
        return rare
    return sorted(rare, key=lambda word: (entries_with[word], word))[:_RAREST]


def alike_enough(one: Profile, other: Profile) -> float:
    """Return how alike two entries in one language are, or 0 where it is not worth a look.

    Words that half of the news has ("language", "model") are not enough, unless they are many,
    and neither is one word or one name.
    """
    shared = one.vector.keys() & other.vector.keys()
    alike = cosine_over(shared, one.vector, other.vector)
    is_short = min(one.size, other.size) < _SHORT
    enough = _ALIKE_IF_SHORT if is_short else _ALIKE_ANYHOW
    return alike if alike >= enough or (alike >= _LEAST and _is_telling(shared)) else 0.0


def _is_telling(shared: AbstractSet[str]) -> bool:
    neighbours = sum(" " in word for word in shared)
    words = len(shared) - neighbours
    common = common_words()
    is_rare = any(common.get(word, 0.0) < _EVERYWHERE for word in shared)
    return is_rare and words - neighbours >= _LEAST_APART
