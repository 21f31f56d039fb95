"""Lists of words as maintainers write them, looked for in texts.

The notation is that of `config/topics.toml`: `lawsuit` is the word in any case,
`robot*` every word that begins so, `data center` words in a row; a word
written with a capital is matched as it is written (`AI`, not `ai`; in `Gaussian
splatting` only the first), and `ruling^2` counts twice.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aidigest.core.stories.words import bare_words

_BOOST = re.compile(r"\^(-?\d+(?:\.\d+)?)\Z")
#: Beginnings are filed by so many letters, so that few are tried on each word.
_FILED_BY = 3
#: For so many words it is remembered which phrases they can begin.
_REMEMBERED = 100_000
_PAIR = 2


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One line of a list: a word, a beginning, or words in a row."""

    text: str  #: As written, without its boost.
    boost: float
    words: tuple[str, ...]  #: As written.
    is_beginning: bool
    exact: tuple[bool, ...]  #: For each word, whether its capitals count.
    group: int  #: The place of its list among the lexicon's lists.

    def stands_at(self, position: int, spelled: Sequence[str], lower: Sequence[str]) -> bool:
        """Say whether the phrase begins at that word of a text, given as spelled and lowered."""
        end = position + len(self.words)
        if end > len(spelled):
            return False
        found = [
            as_spelled if is_exact else lowered
            for as_spelled, lowered, is_exact in zip(
                spelled[position:end], lower[position:end], self.exact, strict=True
            )
        ]
        if self.is_beginning:
            found[-1] = found[-1][: len(self.words[-1])]
        return tuple(found) == self.words

    @property
    def is_one_word(self) -> bool:
        """Whether it is a word, or the beginning of one, in any case."""
        return self.exact == (False,)


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase, and where it stands among the words of a text."""

    phrase: Phrase
    position: int

    @property
    def places(self) -> range:
        """Which words of the text it takes."""
        return range(self.position, self.position + len(self.phrase.words))

    @property
    def is_exact(self) -> bool:
        """Whether capitals made the match."""
        return any(self.phrase.exact)

    def within(self, words: Sequence[str]) -> str:
        """Return the words that were matched."""
        return " ".join(words[self.position : self.position + len(self.phrase.words)])


class Lexicon:
    """Several lists of words, looked for at once."""

    def __init__(self, lists: Iterable[Iterable[str]]) -> None:
        self._by_word: dict[str, list[Phrase]] = defaultdict(list)
        self._by_beginning: dict[str, list[Phrase]] = defaultdict(list)
        self._known: dict[str, tuple[_Candidate, ...]] = {}
        for group, lines in enumerate(lists):
            for line in lines:
                self._add(parse_phrase(line, group))

    def find(self, text: str) -> Iterator[tuple[Phrase, str]]:
        """Yield each phrase once with the words of *text* that it matched."""
        words = bare_words(text)
        seen = set[Phrase]()
        for match in self.matches(words):
            if match.phrase not in seen:
                seen.add(match.phrase)
                yield match.phrase, match.within(words)

    def matches(self, spelled: Sequence[str]) -> Iterator[Match]:
        """Yield every place where a phrase stands among the words of a text, in order."""
        lower = [word.lower() for word in spelled]
        known = self._known
        for position, word in enumerate(lower):
            candidates = known.get(word)
            if candidates is None:
                candidates = self._candidates(word)
            for phrase, second in candidates:
                # Most phrases begin like something else: their second word shows it.
                if second is None or (
                    (not second or lower[position + 1 : position + 2] == second)
                    and phrase.stands_at(position, spelled, lower)
                ):
                    yield Match(phrase, position)

    def _candidates(self, word: str) -> tuple["_Candidate", ...]:
        """Return the phrases that the word can begin, and remember them: words come again."""
        begin_so = self._by_beginning.get(word[:_FILED_BY], ())
        phrases = (
            *self._by_word.get(word, ()),
            *(phrase for phrase in begin_so if word.startswith(phrase.words[0].lower())),
        )
        found = tuple((phrase, _second(phrase)) for phrase in phrases)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[word] = found
        return found

    def _add(self, phrase: Phrase) -> None:
        first = phrase.words[0]
        if len(phrase.words) == 1 and phrase.is_beginning:
            self._by_beginning[first[:_FILED_BY].lower()].append(phrase)
        else:
            self._by_word[first.lower()].append(phrase)


#: A phrase that a word can begin, and its second word in lower case where one must follow:
#: none where it ends in a beginning, None where the first word is all of it.
_Candidate = tuple[Phrase, list[str] | None]


def _second(phrase: Phrase) -> list[str] | None:
    if phrase.is_one_word:
        return None
    ends_here = phrase.is_beginning and len(phrase.words) <= _PAIR
    return [] if ends_here else [word.lower() for word in phrase.words[1:2]]


def parse_phrase(line: str, group: int = 0) -> Phrase:
    """Read one line of a list; raise ValueError where it holds no word."""
    boost = _BOOST.search(line)
    text = _BOOST.sub("", line).strip()
    words = bare_words(text.removesuffix("*"))
    if not words:
        raise ValueError(f"{line!r} holds no word to look for")
    if text.endswith("*") and len(words) == 1 and len(words[0]) < _FILED_BY:
        raise ValueError(f"{line!r} is too short: a beginning has {_FILED_BY} letters or more")
    return Phrase(
        text=text,
        boost=float(boost[1]) if boost else 1.0,
        words=tuple(words),
        is_beginning=text.endswith("*"),
        exact=tuple(word != word.lower() for word in words),
        group=group,
    )
