"""What has become of a story that an edition has carried: retold, or really further?

A late copy, another outlet's report and a translation are the same news. A later report
with numbers, names or an outcome that none of the carried ones has is an update.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aidigest.core.boilerplate import clean_headline
from aidigest.core.comparing import when
from aidigest.core.contrasts import contrast
from aidigest.core.entries import Entry
from aidigest.core.text import guess_language
from aidigest.core.words import bare_words, is_informative

#: What comes earlier after the carried reports is the same news, told by slower outlets.
LATER = timedelta(hours=18)
#: So many new facts make a development; one may be a detail that the first reports left out.
_FACTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """Entries that carry a story further, and why they do."""

    entries: tuple[Entry, ...]  #: The new ones, oldest first.
    reason: str


def development(carried: Sequence[Entry], new: Sequence[Entry]) -> Development | None:
    """Say whether *new* entries of a story carry it further than the *carried* ones.

    Args:
        carried: What editions have told of the story; not empty.
        new: What has come in since.
    """
    last = max(when(entry) for entry in carried)
    later = tuple(entry for entry in new if when(entry) - last >= LATER)
    told = {word for one in carried for word in _facts(f"{one.title} {one.summary}", one.language)}
    for entry in later:
        turn = next((t for one in carried if (t := _turn(one, entry))), "")
        fresh = sorted(set(_facts(clean_headline(entry.title), entry.language)) - told)
        numbers = [word for word in fresh if word[0].isdigit()]
        if turn or (numbers and len(fresh) >= _FACTS) or len(fresh) > _FACTS:
            return Development(entries=later, reason=turn or f"new: {', '.join(fresh[:4])}")
    return None


def _turn(before: Entry, after: Entry) -> str:
    """Return the opposite that a later headline in the same mould tells."""
    return contrast(clean_headline(before.title), clean_headline(after.title))


def _facts(text: str, language: str) -> Iterable[str]:
    """Yield the names and numbers of a text, in lower case."""
    is_vietnamese = guess_language(text, language).startswith("vi")
    for place, word in enumerate(bare_words(text)):
        if word[0].isdigit():
            yield word.replace(",", ".").rstrip("%")
        # A Vietnamese name is its marks as well; a headline's first word is no name yet.
        elif word[0].isupper() and is_informative(word.lower()) and (place or is_vietnamese):
            yield word.lower()
