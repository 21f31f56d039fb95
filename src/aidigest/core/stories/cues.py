"""The cues of `relevance_cues.toml`, and which of them a text means as it stands there."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aidigest.core.stories.lexicon import Lexicon, Match
from aidigest.core.stories.words import bare_words, holds_any, is_informative
from aidigest.core.text import guess_language

#: The lists that a cue has: what speaks for AI, what shows that the words mean something else,
#: what they need close by, and what shows close by that a name is a product's, no person's.
_KEYS = ("words", "unless", "near", "product")
_PARTS = len(_KEYS)
_WORDS, _TRAPS, _NEARBY = range(_PARTS - 1)
#: The lists about private life, and which of them holds the deeds.
_PRIVATE = ("deeds", "people")
_DEEDS = 0

#: A Vietnamese headline with more capitals than this is shouted: `AI` in it may be `ai`, who.
_SHOUTED = 0.7
#: Headlines of fewer words than these are names, not shouting.
_FEW_WORDS = 2
#: So many words apart, a machine and what a mind does are still said of each other.
_NEAR = 6
#: Where more of the words have capitals, capitals say nothing of names.
_TITLE_CASE = 0.6

#: Companies and models wear it as an ending: `DaxAI`, `PubMedGPT`, `OpenLLM`. The one that
#: everybody knows is among the cues, since its founders have a private life.
_NAMED_SO = ("AI", "GPT", "LLM")
_NAMED_AI = re.compile(rf"\b(?!OpenAI\b)[A-Z]\w*[a-z]\w*(?:{'|'.join(_NAMED_SO)})\b")
#: Without such an ending there is none; most often `AI` is a word of its own.
_ENDS_SO = re.compile(rf"\w(?:{'|'.join(_NAMED_SO)})\b")
#: The place of "the word itself" among the cues.
_THE_WORD = 0
#: Names that stand beside a product's without making it a person's.
_BRANDS = frozenset(
    {
        "ai", "google", "microsoft", "apple", "amazon", "meta", "openai", "anthropic",
        "github", "ibm", "salesforce", "tesla", "bing", "chrome", "windows", "office", "code",
        "pro", "max", "api", "studio", "team", "enterprise", "desktop", "mobile", "live",
        "plus", "premium", "voice", "gen", "mini", "ultra", "ceo", "labs", "lab", "research",
        "chat", "search", "hãng", "công", "ty", "chatbot", "design", "security", "tag", "gov",
        "health", "education", "finance", "science", "skills", "agents", "console",
    }
)  # fmt: skip
#: `Claude Fable 5`: versions are small, ages are not.
_VERSION = re.compile(r"\d(?:\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A table of `relevance_cues.toml`."""

    name: str
    weight: float
    is_support: bool
    is_common: bool
    is_owner: bool  #: Labs, and those who lead them, who have a private life as well.
    person: str  #: "first", "last" or nothing.
    needs_company: bool  #: One of its `near` words must stand close by.


@dataclass(frozen=True, slots=True)
class Cues:
    """The whole of `relevance_cues.toml`."""

    cues: tuple[Cue, ...]
    lexicon: Lexicon  #: Of each cue its lists, in the order of `_KEYS`, and the masks.
    masks: int  #: Which of its lists the masks are.
    private: Lexicon  #: Deeds, and those whose deeds they are.


@cache
def all_cues() -> Cues:
    """Read them, once."""
    file = files("aidigest.core.stories").joinpath("relevance_cues.toml")
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    lists = [cue.get(key, ()) for cue in table["cues"] for key in _KEYS]
    cues = tuple(
        Cue(
            name=cue["name"],
            weight=cue["weight"],
            is_support=cue.get("support", False),
            is_common=cue.get("common", False),
            is_owner=cue.get("owner", False),
            person=cue.get("person", ""),
            needs_company="near" in cue,
        )
        for cue in table["cues"]
    )
    private = Lexicon([table["private"][key] for key in _PRIVATE])
    return Cues(cues, Lexicon([*lists, table["masks"]]), len(lists), private)


def private_deed(title: str) -> str | None:
    """Return what a headline says somebody did at home; None where it speaks of no such deed."""
    private = all_cues().private
    found = {phrase.group: phrase.text for phrase in private.find(title)}
    return found[_DEEDS] if len(found) == len(_PRIVATE) else None


@dataclass(frozen=True, slots=True)
class Found:
    """What of each cue stands in a text: its first word, where that is, and its trap."""

    words: dict[int, str]
    places: dict[int, int]
    traps: dict[int, Match]
    spelled: Sequence[str]

    @classmethod
    def in_text(cls, text: str) -> "Found":
        """Look for all cues at once."""
        spelled = bare_words(text)
        found = cls({}, {}, {}, spelled)
        near, products = defaultdict[int, list[Match]](list), defaultdict[int, list[Match]](list)
        words = []
        for match, number, part in _meant(spelled, text):
            if part == _WORDS:
                words.append((match, number))
            elif part == _TRAPS:
                found.traps.setdefault(number, match)
            else:
                (near if part == _NEARBY else products)[number].append(match)
        for match, number in words:
            if number in found.words or _is_person(match, number, spelled, products):
                continue
            if _is_near(match, number, near):
                found.words[number] = match.within(spelled)
                found.places[number] = match.position
        if _THE_WORD not in found.words:
            found._look_for_names(text)
        return found

    def _look_for_names(self, text: str) -> None:
        """Take a name that ends in `AI` or its like for the word itself."""
        is_likely = holds_any(text, _NAMED_SO) and _ENDS_SO.search(text)
        named = _NAMED_AI.search(text) if is_likely else None
        if named:
            self.words[_THE_WORD] = named[0]
            self.places[_THE_WORD] = len(bare_words(text[: named.start()]))

    def trap(self, number: int) -> str | None:
        """Return what shows that a cue means something else."""
        found = self.traps.get(number)
        return found.within(self.spelled) if found else None

    def is_unclear(self, number: int) -> bool:
        """Whether a capital says nothing there: all words have one, or it is the first."""
        return self.places[number] == 0 or _is_title_case(self.spelled)


def _meant(spelled: Sequence[str], text: str) -> Iterator[tuple[Match, int, int]]:
    """Yield what is meant as it stands there, with the cue's place and its part.

    A part of another phrase is not meant; what shows another meaning counts wherever it stands.
    """
    everything = all_cues()
    found = everything.lexicon.matches(spelled)
    masks = [one for one in found if one.phrase.group == everything.masks]
    masked = {place for one in masks for place in one.places}
    is_shouted = any(one.is_exact for one in found) and _is_shouted_vietnamese(text)
    for match in found:
        if match.phrase.group == everything.masks or (is_shouted and match.is_exact):
            continue
        number, part = divmod(match.phrase.group, _PARTS)
        if part != _WORDS or not (masked and masked.intersection(match.places)):
            yield match, number, part


def _is_near(match: Match, number: int, near: Mapping[int, Sequence[Match]]) -> bool:
    return not all_cues().cues[number].needs_company or _stands_by(match, near.get(number, ()))


def _stands_by(match: Match, others: Sequence[Match]) -> bool:
    """Say whether one of the others is but a few words away."""
    return any(
        -_NEAR <= match.position - other.position < len(other.phrase.words) + _NEAR
        for other in others
    )


def _is_person(
    match: Match,
    number: int,
    spelled: Sequence[str],
    products: Mapping[int, Sequence[Match]],
) -> bool:
    """Say whether the word is a person's name, and no product's."""
    person = all_cues().cues[number].person
    if not person or _stands_by(match, products.get(number, ())):
        return False
    beside = match.position + (len(match.phrase.words) if person == "first" else -1)
    return (
        0 <= beside < len(spelled)
        and not _is_title_case(spelled)
        and _is_name(spelled[beside])
        and not _has_version(spelled[beside + 1 :], person)
    )


def _is_name(word: str) -> bool:
    """Say whether the word is another name, as a first or last name is."""
    is_name = word.isalpha() and word[:1].isupper() and not word.isupper()
    return is_name and is_informative(word.lower()) and word.lower() not in _BRANDS


def _has_version(following: Sequence[str], person: str) -> bool:
    return person == "first" and bool(following and _VERSION.fullmatch(following[0]))


def _is_title_case(spelled: Sequence[str]) -> bool:
    telling = [word for word in spelled if word.isalpha() and is_informative(word.lower())]
    return sum(word[0].isupper() for word in telling) > _TITLE_CASE * len(telling)


def _is_shouted_vietnamese(text: str) -> bool:
    if text.isascii():
        return False
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum([letter.isupper() for letter in letters])
    is_shouted = len(text.split()) > _FEW_WORDS and capitals > _SHOUTED * len(letters)
    return is_shouted and guess_language(text, "en") == "vi"
