"""Lists of words as maintainers write them, looked for in texts.

The notation is that of `config/topics.toml`: `lawsuit` is the word in any case,
`robot*` every word that begins so, `data center` words in a row; a word
written with a capital is matched as it is written (`AI`, not `ai`), and
`ruling^2` counts twice.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aidigest.core.words import bare_words

_BOOST = re.compile(r"\^(-?\d+(?:\.\d+)?)\Z")
#: Beginnings are filed by so many letters, so that few are tried on each word.
_FILED_BY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One line of a list: a word, a beginning, or words in a row."""

    text: str  #: As written, without its boost.
    boost: float
    words: list[str]  #: In lower case unless `is_exact`.
    is_beginning: bool
    is_exact: bool
    group: int  #: The place of its list among the lexicon's lists.

    def stands_at(self, position: int, words: list[str]) -> bool:
        """Say whether the phrase begins at that word."""
        found = words[position : position + len(self.words)]
        if self.is_beginning and len(found) == len(self.words):
            found[-1] = found[-1][: len(self.words[-1])]
        return found == self.words


class Lexicon:
    """Several lists of words, looked for at once."""

    def __init__(self, lists: Iterable[Iterable[str]]) -> None:
        self._by_word: dict[str, list[Phrase]] = defaultdict(list)
        self._by_beginning: dict[str, list[Phrase]] = defaultdict(list)
        for group, lines in enumerate(lists):
            for line in lines:
                self._add(parse_phrase(line, group))

    def find(self, text: str) -> Iterator[tuple[Phrase, str]]:
        """Yield each phrase once with the words of *text* that it matched."""
        spelled = bare_words(text)
        lower = [word.lower() for word in spelled]
        seen = set[Phrase]()
        for position, word in enumerate(lower):
            for phrase in self._candidates(word):
                words = spelled if phrase.is_exact else lower
                if phrase not in seen and phrase.stands_at(position, words):
                    seen.add(phrase)
                    yield phrase, " ".join(spelled[position : position + len(phrase.words)])

    def _add(self, phrase: Phrase) -> None:
        first = phrase.words[0]
        if len(phrase.words) == 1 and phrase.is_beginning:
            self._by_beginning[first[:_FILED_BY].lower()].append(phrase)
        else:
            self._by_word[first.lower()].append(phrase)

    def _candidates(self, word: str) -> Iterable[Phrase]:
        begin_so = self._by_beginning.get(word[:_FILED_BY], ())
        return (*self._by_word.get(word, ()), *begin_so)


def parse_phrase(line: str, group: int = 0) -> Phrase:
    """Read one line of a list; raise ValueError where it holds no word."""
    boost = _BOOST.search(line)
    text = _BOOST.sub("", line).strip()
    words = bare_words(text.removesuffix("*"))
    if not words:
        raise ValueError(f"{line!r} holds no word to look for")
    if text.endswith("*") and len(words) == 1 and len(words[0]) < _FILED_BY:
        raise ValueError(f"{line!r} is too short: a beginning has {_FILED_BY} letters or more")
    is_exact = any(letter.isupper() for letter in text)
    return Phrase(
        text=text,
        boost=float(boost[1]) if boost else 1.0,
        words=words,
        is_beginning=text.endswith("*"),
        is_exact=is_exact,
        group=group,
    )
