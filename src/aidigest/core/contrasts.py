"""Headlines in one mould that tell of different events.

"Miners trapped" and "miners freed", a 12th and a 13th edition, "A replaces B" and
"B replaces A" have nearly all words in common; what they do not share decides.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from aidigest.core.words import bare_words, is_informative

#: Headlines are in one mould where they share so much of the shorter one's words.
_ONE_MOULD = 0.5
#: In one mould to the letter: all but one or two words.
_VERY_ALIKE = 0.6
#: More words than this are no mere change of a word.
_FEW_WORDS = 4
#: The longest phrase of the list of opposites, in words.
_LONGEST = 4
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
    "million billion trillion thousand percent euros euro dollars triệu tỷ tỉ nghìn ngàn usd".split()
)
_ROMAN = re.compile(r"(?=[IVX])X{0,2}(?:IX|IV|V?I{0,3})")


def contrast(one: str, other: str, *, told_by_one: Mapping[str, object] = {}, told_by_other: Mapping[str, object] = {}) -> str:  # noqa: B006, E501
    """Return in what two headlines of one mould differ so that they tell of two events, or nothing.

    Args:
        one: A clean headline.
        other: Another.
        told_by_one: The lower-case words of all that the first entry says.
        told_by_other: The same of the other entry.
    """
    first, second = _Headline.of(one), _Headline.of(other)
    if not first.words or not second.words:
        return ""
    mine, theirs = first.words - second.words, second.words - first.words
    shared = (first.words & second.words).total()
    alike = shared / min(first.words.total(), second.words.total())
    if alike < _ONE_MOULD:
        return ""
    return (
        _opposed(first, second, mine, theirs)
        or (alike >= _VERY_ALIKE and _numbers_differ(mine, theirs))
        or _swapped(first, second, mine, theirs)
        or _names_differ(first, second, mine, theirs, told_by_one, told_by_other, alike)
        or ""
    )


class _Headline:
    """A headline's words."""

    def __init__(self, title: str) -> None:
        self.spelled = bare_words(title)
        self.lower = [word.lower() for word in self.spelled]
        self.words = Counter(
            word for word in self.lower if is_informative(word) or word in _opposites_words()
        )
        self.names = {
            word.lower()
            for place, word in enumerate(self.spelled)
            if word[0].isupper() and is_informative(word.lower()) and (place or word.isupper())
        } | ({self.lower[0]} if self.spelled and self.spelled[0][0].isupper() else set())
        self.sides = frozenset(_sides(self.lower))

    @staticmethod
    @lru_cache(maxsize=8_192)
    def of(title: str) -> "_Headline":
        return _Headline(title)


def _opposed(one: _Headline, other: _Headline, mine: Counter[str], theirs: Counter[str]) -> str:
    """Find a word of one headline whose opposite the other has, where neither has both."""
    if max(mine.total(), theirs.total()) > _FEW_WORDS + 2:
        return ""
    for line, side, words in sorted(one.sides - other.sides):
        for line2, side2, words2 in sorted(other.sides - one.sides):
            is_pair = line == line2 and side != side2
            if is_pair and not _has(one, line, side2) and not _has(other, line, side):
                return f'"{words}", not "{words2}"'
    return ""


def _has(headline: _Headline, line: int, side: int) -> bool:
    return any(one[:2] == (line, side) for one in headline.sides)


def _numbers_differ(mine: Counter[str], theirs: Counter[str]) -> str:
    """Find numbers that are all that differs."""
    first = {_as_number(word) for word in mine if word not in _UNITS}
    second = {_as_number(word) for word in theirs if word not in _UNITS}
    if first and second and "" not in first | second and not first & second:
        return f"{min(first)}, not {min(second)}"
    return ""


def _as_number(word: str) -> str:
    ordinal = _ORDINAL.match(word)
    if ordinal:
        return word.replace(",", ".") if "." in word or "," in word else ordinal[1]
    if _ROMAN.fullmatch(word.upper()):
        return word.upper()
    return _SPELLED_NUMBERS.get(word, "")


def _swapped(one: _Headline, other: _Headline, mine: Counter[str], theirs: Counter[str]) -> str:
    """Find two names that change places around the same words."""
    if mine or theirs:
        return ""
    first = [word for word in one.lower if word in one.words]
    second = [word for word in other.lower if word in other.words]
    moved = {a for a, b in zip(first, second, strict=True) if a != b}
    names = sorted(moved & (one.names | other.names))
    # Where other words moved too, it is the same thing said the other way round.
    is_exchange = len(names) > 1 and len(names) == len(moved) < len(set(first))
    return f"{' and '.join(names[:2])} change places" if is_exchange else ""


def _names_differ(
    one: _Headline,
    other: _Headline,
    mine: Counter[str],
    theirs: Counter[str],
    told_by_one: Mapping[str, object],
    told_by_other: Mapping[str, object],
    alike: float,
) -> str:
    """Find names that fill the same gap, of which the other entry says nothing at all."""
    if alike < _VERY_ALIKE or max(len(mine), len(theirs)) > _FEW_WORDS:
        return ""
    first = [word for word in mine if word in one.names and word not in told_by_other]
    second = [word for word in theirs if word in other.names and word not in told_by_one]
    filled = len(first) == len(mine) and len(second) == len(theirs)
    return f'"{first[0]}", not "{second[0]}"' if first and second and filled else ""


def _sides(words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the sides of opposites that a headline's words are on: line, side, the words."""
    found, place, opposites = [], 0, _opposites()
    while place < len(words):
        for length in range(_LONGEST, 0, -1):
            phrase = " ".join(words[place : place + length])
            sides = opposites.get(phrase) if place + length <= len(words) else None
            if sides:
                found += [(line, side, phrase) for line, side in sides]
                place += length - 1
                break
        place += 1
    return found


@cache
def _opposites() -> Mapping[str, tuple[tuple[int, int], ...]]:
    text = files("aidigest.core").joinpath("opposites.txt").read_text(encoding="utf-8")
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
