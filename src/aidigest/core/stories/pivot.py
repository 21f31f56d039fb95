"""Words of English and Vietnamese texts in one form, so that reports of one event can meet.

Names, numbers and loan words are alike as they are; for the rest `pivot.tsv` lists what
news of both languages talks about.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from aidigest.core.stories.words import bare_words, is_informative

_VIETNAMESE = "vi"
_SHORTEST_STEM = 4
_ENDINGS = ("ies", "ing", "ed", "es", "s", "e")
#: What could be a Vietnamese syllable without marks, and so no English word.
_SYLLABLE = re.compile(
    r"(?:ngh?|gh?|kh|nh|ph|qu|th|tr|ch|gi|[bcdhklmnrstvx])?[aeiouy]{1,3}(?:ch|ng?|nh|[cmpt])?"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")

Lexemes = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]


def pivot_words(spelled: Sequence[str], language: str) -> Counter[str]:
    """Return how often each concept, name and number occurs in a text.

    Args:
        spelled: The text's words, as `bare_words` gives them.
        language: The text's; all but Vietnamese are read as English.
    """
    is_vietnamese = language.partition("-")[0] == _VIETNAMESE
    return Counter(_vietnamese(spelled) if is_vietnamese else _english(spelled))


def _english(spelled: Sequence[str]) -> Iterator[str]:
    english, _ = _lexemes()
    lower = [word.lower() for word in spelled]
    stems = [_stem(word) for word in lower]
    done = 0
    for place, stem in enumerate(stems):
        if place < done:
            continue
        concept, length = _concept_at(english, stems, place) if stem in english else ("", 1)
        alone = concept or _english_alone(lower[place])
        if alone:
            yield alone
        done = place + length


@lru_cache(maxsize=65_536)
def _english_alone(word: str) -> str:
    """Return what a lower-case word that is in no list stands for, or nothing."""
    stem = _stem(word)
    if stem[0].isdigit():
        return _number(stem, decimal=".")
    return stem if is_informative(word) else ""


def _vietnamese(spelled: Sequence[str]) -> Iterator[str]:
    _, vietnamese = _lexemes()
    lower = [word.lower() for word in spelled]
    done = 0
    for place, word in enumerate(lower):
        if place < done:
            continue
        concept, length = "", 1
        if word in vietnamese:
            concept, length = _concept_at(vietnamese, lower, place, spelled)
        alone = concept or _vietnamese_alone(spelled[place])
        if alone:
            yield alone
        done = place + length


@lru_cache(maxsize=65_536)
def _vietnamese_alone(word: str) -> str:
    """Return what a word that is in no list stands for, given as it is spelled, or nothing."""
    lower = word.lower()
    if lower[0].isdigit():
        return _number(lower, decimal=",")
    return _stem(lower) if word.isascii() and _is_foreign(word) else ""


def _concept_at(
    lexemes: Lexemes, words: Sequence[str], place: int, spelled: Sequence[str] | None = None
) -> tuple[str, int]:
    """Return the concept of the longest listed phrase that begins there, and its length."""
    for phrase, concept in lexemes[words[place]]:
        found = words if spelled is None or phrase[0] == phrase[0].lower() else spelled
        if tuple(found[place : place + len(phrase)]) == phrase:
            return concept, len(phrase)
    return "", 1


def _is_foreign(word: str) -> bool:
    return word[0].isupper() or not _SYLLABLE.fullmatch(word.lower())


def _number(word: str, *, decimal: str) -> str:
    """Write numbers of both languages alike: `4,1` and `4.1`, `1.500` and `1,500`."""
    bare = word.rstrip("%")
    separator = "," if decimal == "." else "."
    if _THOUSANDS.fullmatch(bare) and decimal not in bare:
        return bare.replace(separator, "")
    return bare.replace(decimal, ".")


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    """Return an English word without its ending; crude, but alike for all its forms."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM - 1:
            return word.removesuffix(ending)
    return word


@cache
def _lexemes() -> tuple[Lexemes, Lexemes]:
    """Return the phrases of both languages by their first word, longest first."""
    english: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    vietnamese: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    text = files("aidigest.core.stories").joinpath("pivot.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        concept, in_english, in_vietnamese = line.split("\t")
        for phrase in in_english.split(", "):
            words = tuple(_stem(word) for word in bare_words(phrase.lower()))
            english[words[0]].append((words, f"={concept}"))
        for phrase in in_vietnamese.split(", "):
            spelled = bare_words(phrase)
            is_exact = spelled[0] != spelled[0].lower()
            words = tuple(spelled if is_exact else map(str.lower, spelled))
            vietnamese[words[0].lower()].append((words, f"={concept}"))
    for lexemes in (english, vietnamese):
        for phrases in lexemes.values():
            phrases.sort(key=lambda one: (-len(one[0]), one[1]))
    return dict(english), dict(vietnamese)
