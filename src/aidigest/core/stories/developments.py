"""What has become of a story that an edition has carried: retold, or really further?

A late copy, another outlet's report and a translation are the same news. A later report
with numbers, names or an outcome that none of the carried ones has is an update.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.boilerplate import clean_headline
from aidigest.core.stories.comparing import when
from aidigest.core.stories.contrasts import contrast
from aidigest.core.stories.rarity import common_words
from aidigest.core.stories.words import bare_words, informative, is_informative
from aidigest.core.urls import canonical_url, host

#: What comes earlier after the carried reports is the same news, told by slower outlets.
LATER = timedelta(hours=18)
#: "$30B" and "$30 billion" are one figure.
_UNIT = re.compile(r"(?<=\d)(?:bn?|mn?|tn?|k)\Z", re.IGNORECASE)
#: So many new facts make a development; one may be a detail that the first reports left out.
_FACTS = 2
#: So many names in common, of which no more stories than these have any, are one affair.
_NAMES, _HARDLY_ANY = 2, 3
#: Columns and series have headlines of fewer informative words.
_TELLING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """Entries that carry a story further, and why they do."""

    entries: tuple[Entry, ...]  #: The new ones, oldest first.
    reason: str


def not_told(
    entries: Iterable[Entry], *, told: Iterable[tuple[str, str]], carried: Container[str]
) -> tuple[Entry, ...]:
    """Leave out what editions have carried long ago, and another feed has found only now.

    It has the same headline, and the same page, for a changelog tells everything on one; or
    it is on another site under a headline of many words, which no column has.

    Args:
        entries: Of the window.
        told: Address and headline of what editions carried.
        carried: The ids of the entries that they carried of late; these stay.
    """
    pages: dict[str, set[str]] = defaultdict(set)
    for url, title in told:
        pages[clean_headline(title)].add(canonical_url(url))
    return tuple(
        one for one in entries if one.id in carried or one.url is None or not _is_told(one, pages)
    )


def _is_told(entry: Entry, pages: Mapping[str, Collection[str]]) -> bool:
    title = clean_headline(entry.title)
    theirs = pages.get(title)
    if theirs is None:
        return False
    mine = canonical_url(entry.url or "")
    is_telling = len(set(informative(title))) >= _TELLING
    return mine in theirs or (is_telling and any(host(one) != host(mine) for one in theirs))


def followed(stories: Iterable[Sequence[Entry]], carried: Container[str]) -> dict[str, str]:
    """Find stories that go on with what an edition carried, though they tell it in new words.

    They share two names or more that hardly any other story has.

    Args:
        stories: The entries of each story of the window.
        carried: The ids of the entries that editions carried.

    Returns:
        The id of a carried entry by the id of each following story's first entry.
    """
    told = list(stories)
    with_name: dict[str, list[int]] = defaultdict(list)
    for place, entries in enumerate(told):
        for name in {name for one in entries for name in _names(one)}:
            with_name[name].append(place)
    found = {}
    for entries in told:
        if any(entry.id in carried for entry in entries):
            continue
        shared = Counter(
            place
            for name in {name for one in entries for name in _names(one)}
            if len(with_name[name]) <= _HARDLY_ANY
            for place in with_name[name]
        )
        first = min(when(entry) for entry in entries)
        for place, names in sorted(shared.items(), key=lambda one: (-one[1], one[0])):
            before = [entry for entry in told[place] if entry.id in carried]
            if names >= _NAMES and before and first - min(map(when, before)) >= LATER:
                found[entries[0].id] = before[-1].id
                break
    return found


def development(carried: Sequence[Entry], new: Sequence[Entry]) -> Development | None:
    """Say whether *new* entries of a story carry it further than the *carried* ones.

    Args:
        carried: What editions have told of the story; not empty.
        new: What has come in since.
    """
    last = max(when(entry) for entry in carried)
    later = tuple(entry for entry in new if when(entry) - last >= LATER)
    languages = {entry.language for entry in carried}
    told = {word for one in carried for word in _facts(f". {one.title}. {one.summary}")}
    told |= {word.lower() for one in carried for word in bare_words(one.title)}
    for entry in later:
        turn = next((t for one in carried if (t := _turn(one, entry))), "")
        facts = set(_facts(clean_headline(entry.title))) - told
        # Another language has words of its own for what was told; names and numbers are alike.
        fresh = sorted(f for f in facts if entry.language in languages or f.isascii())
        numbers = [word for word in fresh if word[0].isdigit()]
        if turn or (numbers and len(fresh) >= _FACTS) or len(fresh) > _FACTS:
            return Development(entries=later, reason=turn or f"new: {', '.join(fresh[:4])}")
    return None


def _turn(before: Entry, after: Entry) -> str:
    """Return the opposite that a later headline in the same mould tells."""
    return contrast(clean_headline(before.title), clean_headline(after.title))


def _names(entry: Entry) -> Iterable[str]:
    """Yield the words of a headline with a capital; that few stories have them shows names."""
    words = (word for word in bare_words(clean_headline(entry.title)) if word[0].isupper())
    return (w for w in map(str.lower, words) if is_informative(w) and w not in common_words())


def _facts(text: str) -> Iterable[str]:
    """Yield the names and numbers of a text, in lower case."""
    for place, word in enumerate(bare_words(text)):
        if word[0].isdigit():
            yield _UNIT.sub("", word.replace(",", ".").rstrip("%"))
        # A headline's first word has a capital anyhow.
        elif word[0].isupper() and is_informative(word.lower()) and place:
            yield word.lower()
