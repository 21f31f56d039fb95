"""How much a word says: the rarer it is among the entries, the more (TF-IDF)."""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from sys import intern

#: Few entries cannot tell rare words from common ones: as many unseen ones are assumed, in
#: which common words are as common as in the news at large.
_UNSEEN = 300

#: Two neighbours say little more than the two words.
_NEIGHBOURS_SHARE = 0.5

Vector = dict[str, float]


class Rarity:
    """How much each word says, by how few of the entries have it."""

    def __init__(
        self,
        entries_with: Mapping[str, int],
        texts: int,
        elsewhere: Mapping[str, float] | None = None,
    ) -> None:
        # Most words are in one text only; of 100,000 texts they would fill the memory.
        self.entries_with = {word: count for word, count in entries_with.items() if count > 1}
        self._weights = _Weights(self.entries_with, texts + _UNSEEN, elsewhere or {})

    def sum(self, words: Iterable[str]) -> float:
        """Return what words say together; the order makes no difference, to the last bit."""
        return math.fsum(map(self._weights.__getitem__, words))

    def unit(self, counts: Mapping[str, int]) -> Vector:
        """Return the vector of length 1 of a text whose words are counted.

        Words of no other entry count in the length, and are left out: nothing can share them.
        The others are interned: 100,000 entries would not fit in memory otherwise.
        """
        weights = self._weights
        vector = {
            word: weights[word] if n == 1 else (1 + math.log(n)) * weights[word]
            for word, n in counts.items()
        }
        length = math.sqrt(sum([weight * weight for weight in vector.values()]))
        return {intern(word): one / length for word, one in vector.items() if word in weights}


class _Weights(dict[str, float]):
    """The inverse document frequency of each word that several entries have, and of any other."""

    def __init__(
        self, entries_with: Mapping[str, int], total: int, elsewhere: Mapping[str, float]
    ) -> None:
        self._total, self._elsewhere = total, elsewhere
        #: Of words of one entry that the news at large does not have either, which are most.
        self._of_word, self._of_neighbours = self._weight("", 1), self._weight(" ", 1)
        self.update({word: self._weight(word, count) for word, count in entries_with.items()})

    def __missing__(self, word: str) -> float:
        """Weigh a word that one entry has; it is not kept."""
        if word in self._elsewhere:
            return self._weight(word, 1)
        return self._of_neighbours if " " in word else self._of_word

    def _weight(self, word: str, count: int) -> float:
        known = count + 1 + self._elsewhere.get(word, 0.0) * _UNSEEN
        weight = math.log(self._total / known)
        return weight * _NEIGHBOURS_SHARE if " " in word else weight


@cache
def common_words() -> Mapping[str, float]:
    """Return the share of news texts that have each common word; benchmarks/count_words.py."""
    text = files("aidigest.core.stories").joinpath("common_words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {word: float(share) for word, share in rows}
