"""Headlines in one mould that tell of different events.

"Miners trapped" and "miners freed", a 12th and a 13th edition, "A replaces B" and
"B replaces A" have nearly all words in common; what they do not share decides.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from aidigest.core.stories.words import bare_words, is_informative

#: Headlines are in one mould where they share so much of the shorter one's words.
_ONE_MOULD = 0.5
#: In one mould to the letter: all but one or two words.
_VERY_ALIKE = 0.6
#: More words than this are no mere change of a word.
_FEW_WORDS = 4
#: Where more is different beside an opposite, the rest tells the events apart, or does not.
_MOST_CHANGED = 6
#: Where more of the words have capitals, it is the outlet's way of writing headlines.
_LOUD = 0.75
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)?")
_SPELLED_NUMBERS = {
    word: str(number)
    for number, words in enumerate(
        (
            "zero không", "one first một nhất", "two second hai nhì", "three third ba",
            "four fourth bốn tư", "five fifth năm", "six sixth sáu", "seven seventh bảy",
            "eight eighth tám", "nine ninth chín", "ten tenth mười", "eleven eleventh",
            "twelve twelfth", "thirteen thirteenth",
        )
    )
    for word in words.split()
    if word.isascii()
}  # fmt: skip
_UNITS = frozenset(
    {
        "million", "billion", "trillion", "thousand", "percent", "euros", "euro", "dollars",
        "triệu", "tỷ", "tỉ", "nghìn", "ngàn", "usd",
    }
)  # fmt: skip
_ROMAN = re.compile(r"(?=[IVX])X{0,2}(?:IX|IV|V?I{0,3})")


def contrast(
    one: str,
    other: str,
    *,
    told_by_one: Container[str] = (),
    told_by_other: Container[str] = (),
) -> str:
    """Return in what two headlines of one mould differ so that they tell of two events.

    Args:
        one: A clean headline.
        other: Another.
        told_by_one: The lower-case words of all that the first entry says.
        told_by_other: The same of the other entry.

    Returns:
        The difference in words, or nothing.
    """
    # Copies are the commonest of pairs, and differ in nothing.
    pair = _Pair.of(one, other) if one != other else None
    if pair is None:
        return ""
    is_very_alike = pair.alike >= _VERY_ALIKE
    return (
        pair.opposed()
        or (pair.numbers_differ() if is_very_alike else "")
        or pair.exchanged()
        or (pair.names_differ(told_by_one, told_by_other) if is_very_alike else "")
    )


class _Headline:
    """A headline's words."""

    def __init__(self, title: str) -> None:
        self.spelled = bare_words(title)
        self.lower = [word.lower() for word in self.spelled]
        opposites = _opposites_words()
        telling = [word for word in self.lower if is_informative(word) or word in opposites]
        self.words = Counter(telling)
        self.length = len(telling)
        self.names = {
            lower
            for place, (word, lower) in enumerate(zip(self.spelled, self.lower, strict=True))
            if word[0].isupper() and (not place or is_informative(lower))
        }
        self.sides = frozenset(_sides(self.lower))

    @cached_property
    def is_loud(self) -> bool:
        """Whether capitals say nothing of names, for nearly every word has one."""
        telling = [w for w in self.spelled if w.isalpha() and is_informative(w.lower())]
        return sum(w[0].isupper() for w in telling) > _LOUD * len(telling)

    @staticmethod
    @lru_cache(maxsize=8_192)
    def of(title: str) -> "_Headline":
        """Read a headline; most are compared with several others."""
        return _Headline(title)

    def is_on(self, line: int, side: int) -> bool:
        """Say whether one of its words is on that side of that line of opposites."""
        return any(one[:2] == (line, side) for one in self.sides)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two headlines: what each has alone, and how much they share."""

    one: _Headline
    other: _Headline
    mine: Mapping[str, int]  #: Words that the first has alone, and how often.
    theirs: Mapping[str, int]
    alike: float  #: The share of the shorter headline's words that both have.

    @classmethod
    def of(cls, title: str, other_title: str) -> "_Pair | None":
        """Return the two, or nothing where they are in no one mould."""
        one, other = _Headline.of(title), _Headline.of(other_title)
        shorter = min(one.length, other.length)
        mine = _alone(one.words, other.words)
        shared = one.length - sum(mine.values())
        if shared < _ONE_MOULD * shorter or not shorter:
            return None
        return cls(one, other, mine, _alone(other.words, one.words), shared / shorter)

    def opposed(self) -> str:
        """Find a word of one headline whose opposite the other has, where neither has both."""
        if max(sum(self.mine.values()), sum(self.theirs.values())) > _MOST_CHANGED:
            return ""
        for line, side, words in sorted(self.one.sides - self.other.sides):
            for their_line, their_side, their_words in sorted(self.other.sides - self.one.sides):
                if line != their_line or side == their_side:
                    continue
                if not self.one.is_on(line, their_side) and not self.other.is_on(line, side):
                    return f'"{words}", not "{their_words}"'
        return ""

    def numbers_differ(self) -> str:
        """Find numbers that are all that differs."""
        first = {_as_number(word) for word in self.mine if word not in _UNITS}
        second = {_as_number(word) for word in self.theirs if word not in _UNITS}
        if first and second and "" not in first | second and not first & second:
            return f"{min(first)}, not {min(second)}"
        return ""

    def exchanged(self) -> str:
        """Find names that change places around the same words."""
        if self.mine or self.theirs:
            return ""
        first = [word for word in self.one.lower if word in self.one.words]
        second = [word for word in self.other.lower if word in self.other.words]
        moved = {a for a, b in zip(first, second, strict=True) if a != b}
        names = sorted(moved & (self.one.names | self.other.names))
        # Where other words moved too, it is the same thing said the other way round.
        places = [place for place, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
        is_around = bool(places) and places[-1] - places[0] >= len(places)
        is_exchange = is_around and len(names) > 1 and len(names) == len(moved)
        return f"{' and '.join(names[:2])} change places" if is_exchange else ""

    def names_differ(self, told_by_one: Container[str], told_by_other: Container[str]) -> str:
        """Find names that fill the same gap, of which the other entry says nothing at all."""
        mine = [word for word in self.mine if not _is_number(word)]
        theirs = [word for word in self.theirs if not _is_number(word)]
        # Where every word has a capital, capitals say nothing of names.
        if max(len(mine), len(theirs)) > _FEW_WORDS or self.one.is_loud or self.other.is_loud:
            return ""
        first = [word for word in mine if word in self.one.names and word not in told_by_other]
        second = [word for word in theirs if word in self.other.names and word not in told_by_one]
        is_filled = len(first) == len(mine) and len(second) == len(theirs)
        return f'"{first[0]}", not "{second[0]}"' if first and second and is_filled else ""


def _alone(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Return what the one has more of than the other."""
    return {word: more for word, n in one.items() if (more := n - other.get(word, 0)) > 0}


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word in _UNITS


def _as_number(word: str) -> str:
    ordinal = _ORDINAL.match(word)
    if ordinal:
        return word.replace(",", ".") if "." in word or "," in word else ordinal[1]
    if _ROMAN.fullmatch(word.upper()):
        return word.upper()
    return _SPELLED_NUMBERS.get(word, "")


def _sides(words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the sides of opposites that a headline's words are on: line, side, the words."""
    opposites, longest = _opposites(), _longest()
    found, done = [], 0
    for place, word in enumerate(words):
        if place < done:
            continue
        for length in range(min(longest.get(word, 0), len(words) - place), 0, -1):
            phrase = " ".join(words[place : place + length])
            if phrase in opposites:
                found += [(line, side, phrase) for line, side in opposites[phrase]]
                done = place + length
                break
    return found


@cache
def _longest() -> Mapping[str, int]:
    """Return how many words the longest phrase has that begins with each; most words begin none."""
    longest: dict[str, int] = defaultdict(int)
    for phrase in _opposites():
        first, *others = phrase.split()
        longest[first] = max(longest[first], 1 + len(others))
    return dict(longest)


@cache
def _opposites() -> Mapping[str, tuple[tuple[int, int], ...]]:
    text = files("aidigest.core.stories").joinpath("opposites.txt").read_text(encoding="utf-8")
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    for number, line in enumerate(lines):
        for side, words in enumerate(line.split("|")):
            for word in words.split(","):
                found[word.strip()].append((number, side))
    return {words: tuple(sides) for words, sides in found.items()}


@cache
def _opposites_words() -> frozenset[str]:
    return frozenset(word for phrase in _opposites() for word in phrase.split())
