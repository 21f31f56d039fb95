"""Lists of words as maintainers write them, looked for in texts.

The notation is that of `config/topics.toml`: `lawsuit` is the word in any case,
`robot*` every word that begins so, `data center` words in a row; a word
written with a capital is matched as it is written (`AI`, not `ai`; in `Gaussian
splatting` only the first), and `ruling^2` counts twice.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aidigest.core.stories.words import bare_words

_BOOST = re.compile(r"\^(-?\d+(?:\.\d+)?)\Z")
#: Beginnings are filed by so many letters, so that few are tried on each word.
_FILED_BY = 3
#: For so many words it is remembered which phrases they can begin.
_REMEMBERED = 100_000
_PAIR = 2
#: Phrases that begin with one word are told apart by so many letters of the next.
_SEEN_OF_NEXT = 2


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


class Match(NamedTuple):
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
        return True in self.phrase.exact

    def within(self, words: Sequence[str]) -> str:
        """Return the words that were matched."""
        return " ".join(words[self.position : self.position + len(self.phrase.words)])


class _Candidate(NamedTuple):
    """A phrase that a word can begin, and what shows soonest that it does not stand there."""

    phrase: Phrase
    first: str  #: The word as it must be spelled; nothing where its capitals do not count.
    second: str  #: What must follow, in lower case; nothing where none must, or not a whole word.
    is_sure: bool  #: Whether it stands there if the two do.

    @classmethod
    def of(cls, phrase: Phrase) -> "_Candidate":
        # A beginning is no whole word to compare with.
        whole = phrase.words[:-1] if phrase.is_beginning else phrase.words
        has_more_to_show = len(phrase.words) > _PAIR or True in phrase.exact[1:]
        return cls(
            phrase,
            first=whole[0] if whole and phrase.exact[0] else "",
            second=whole[1].lower() if len(whole) > 1 else "",
            is_sure=phrase.is_one_word or not (phrase.is_beginning or has_more_to_show),
        )


class _Candidates(NamedTuple):
    """All phrases that one word can begin."""

    alone: tuple[_Candidate, ...]  #: What it can begin whatever follows.
    followed: Mapping[str, tuple[_Candidate, ...]]  #: And what else before words that begin so.

    @classmethod
    def of(cls, found: Sequence[_Candidate]) -> "_Candidates":
        keys = [_next_begins(one.phrase) for one in found]
        pairs = list(zip(keys, found, strict=True))
        return cls(
            alone=tuple(one for key, one in pairs if not key),
            followed={
                key: tuple(one for its, one in pairs if its in {key, ""})
                for key in sorted({*keys} - {""})
            },
        )


def _next_begins(phrase: Phrase) -> str:
    """Return the first letters of the second word; nothing where there are not so many."""
    second = phrase.words[1].lower() if len(phrase.words) > 1 else ""
    return second[:_SEEN_OF_NEXT] if len(second) >= _SEEN_OF_NEXT else ""


class Lexicon:
    """Several lists of words, looked for at once."""

    def __init__(self, lists: Iterable[Iterable[str]]) -> None:
        phrases = [parse_phrase(line, group) for group, lines in enumerate(lists) for line in lines]
        self._beginning_with = _CandidatesByWord(phrases)

    def find(self, text: str) -> tuple[Phrase, ...]:
        """Return each phrase of *text* once, in order."""
        return tuple(dict.fromkeys(match.phrase for match in self.matches(bare_words(text))))

    def matches(self, spelled: Sequence[str]) -> list[Match]:
        """Return every place where a phrase stands among the words of a text, in order."""
        found = []
        lower = list(map(str.lower, spelled))
        candidates = list(map(self._beginning_with.__getitem__, lower))
        lower.append("")  # Nothing follows the last word.
        for position, can_begin in enumerate(candidates):
            if can_begin is _NONE:  # Most words begin nothing.
                continue
            alone, followed = can_begin
            following = lower[position + 1]
            for phrase, first, second, is_sure in (
                followed.get(following[:_SEEN_OF_NEXT], alone) if followed else alone
            ):
                if (
                    (not first or spelled[position] == first)
                    and (not second or following == second)
                    and (is_sure or phrase.stands_at(position, spelled, lower))
                ):
                    found.append(Match(phrase, position))
        return found


class _CandidatesByWord(dict[str, _Candidates]):
    """What each lower-case word can begin, found when it is first asked for: words come again."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_word: dict[str, list[_Candidate]] = defaultdict(list)
        self._by_beginning: dict[str, list[_Candidate]] = defaultdict(list)
        for phrase in phrases:
            first = phrase.words[0].lower()
            if len(phrase.words) == 1 and phrase.is_beginning:
                self._by_beginning[first[:_FILED_BY]].append(_Candidate.of(phrase))
            else:
                self._by_word[first].append(_Candidate.of(phrase))

    def __missing__(self, word: str) -> _Candidates:
        """Find them, and remember them."""
        begin_so = self._by_beginning.get(word[:_FILED_BY], ())
        found = (
            *self._by_word.get(word, ()),
            *(one for one in begin_so if word.startswith(one.phrase.words[0].lower())),
        )
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = candidates = _Candidates.of(found) if found else _NONE
        return candidates


_NONE = _Candidates((), {})


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
        words=words,
        is_beginning=text.endswith("*"),
        exact=tuple(word != word.lower() for word in words),
        group=group,
    )
