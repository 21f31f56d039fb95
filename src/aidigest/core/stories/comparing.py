"""Which entries are likely to tell one story: all pairs worth a look, each with its likeness."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Protocol

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.adverts import advert_in
from aidigest.core.stories.boilerplate import clean_headline, clean_text, is_incident
from aidigest.core.stories.contrasts import contrast
from aidigest.core.stories.likeness import alike_across, evidence, likeness, likeness_across
from aidigest.core.stories.rarity import Rarity
from aidigest.core.stories.similarity import (
    Profile,
    Text,
    alike_enough,
    cosine,
    pairs_to_compare,
    profiles,
    shared_words,
)
from aidigest.core.stories.words import bare_words, informative
from aidigest.core.urls import host

#: Entries further apart are not compared.
WINDOW = timedelta(hours=72)

#: A headline with fewer informative words is a template ("Weekly thread", "RSS").
LEAST_WORDS = 3
#: What more headlines begin or end with, or are, is a template too.
MOST_ALIKE = 12
#: Headlines less alike than this are in no one mould.
_LIKE_TITLES = 0.35
#: So many words at either end can be a template.
_END = 3
#: What a contrast counts: a third entry must be sure of both to bring the two together.
_CONTRASTED = -1.0
#: Less likely pairs have nothing to say.
_LEAST_LIKENESS = 0.02

_PAPER_HOSTS = ("arxiv.org", "biorxiv.org", "medrxiv.org", "openreview.net")
_RELEASE_PAGE = re.compile(r"/releases?/(?:tag/)?|/tags?/", re.IGNORECASE)
_RELEASE_TITLE = re.compile(r"(?:[\w@/.-]+ )?v?\d+(?:\.\d+)+[\w.-]*\Z|release v?\d", re.IGNORECASE)
_PAPER_TEXT = re.compile(r"\[(?:cs|stat|math|eess|q-bio)\.\w\w|arXiv:\d{4}\.\d{4,5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Compared:
    """Entries as they were compared, and how likely each pair tells one story."""

    profiles: Sequence[Profile]
    pairs: dict[tuple[int, int], float]  #: By places, the smaller first; others count as 0.

    def shared(self, early: int, late: int) -> list[str]:
        """Return what made a pair alike, the weightiest first."""
        one, other = self.profiles[early], self.profiles[late]
        if one.language == other.language:
            return shared_words(one.vector, other.vector)
        return [word.removeprefix("=") for word in shared_words(one.pivot, other.pivot)]


class Meaning(Protocol):
    """Knows which texts mean the same, in whatever words and languages; optional."""

    def alike(
        self, texts: Sequence[str], languages: Sequence[str]
    ) -> Mapping[tuple[int, int], float]:
        """Return how likely each pair tells one story, 0 to 1, the smaller place first.

        What is not there is not likely.
        """
        ...


def compare(
    items: Sequence[Entry],
    meaning: Meaning | None = None,
    *,
    joined: Iterable[Sequence[int]] = (),
) -> Compared:
    """Compare entries with all that may tell the same story.

    Args:
        items: In one fixed order.
        meaning: Knows which texts mean the same, where the embeddings extra is switched on.
        joined: Places of entries that are together for certain, which need no comparing.
    """
    found, rarity, pivot_rarity = profiles(compare_texts(items))
    times = [when(item).timestamp() for item in items]
    home = {place: number for number, places in enumerate(joined) for place in places}
    sharing = _undecided(_sharing(found, rarity), times, home)
    pairs = dict(_alike(sharing, found, times, rarity))
    sharing = _undecided(_sharing(found, pivot_rarity, across=True), times, home)
    pairs |= _alike_across(sharing, found, times)
    if meaning is not None:
        texts = [f"{item.title}. {item.summary}" for item in items]
        meant = meaning.alike(texts, [profile.language for profile in found])
        _add_meaning(pairs, found, times, meant)
    return Compared(found, pairs)


def _alike(
    pairs: Iterable[tuple[int, int]],
    found: Sequence[Profile],
    times: Sequence[float],
    rarity: Rarity,
) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield the pairs of one language that are alike, and how likely each tells one story.

    Feeds repeat each other's texts: what two texts say is reckoned once.
    """
    say, differ = cache(partial(_evidence, rarity)), cache(contrasted)
    for early, late in pairs:
        one, other = found[early], found[late]
        said = say(one, other)
        if said is None:
            continue
        likely = likeness(said, abs(times[late] - times[early]))
        if likely >= _LEAST_LIKENESS:
            yield (early, late), _CONTRASTED if differ(one, other) else likely


def _evidence(rarity: Rarity, one: Profile, other: Profile) -> float | None:
    alike = alike_enough(one, other)
    return evidence(one, other, rarity, alike=alike) if alike else None


def _alike_across(
    pairs: Iterable[tuple[int, int]], found: Sequence[Profile], times: Sequence[float]
) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield the same of pairs of two languages."""
    told = cache(alike_across)
    for early, late in pairs:
        alike = told(found[early], found[late])
        likely = likeness_across(alike, abs(times[late] - times[early])) if alike else 0.0
        if likely >= _LEAST_LIKENESS:
            yield (early, late), likely


def _sharing(
    found: Sequence[Profile], rarity: Rarity, *, across: bool = False
) -> Iterator[tuple[int, int]]:
    """Yield the pairs, of one language or across, that share a rare word."""
    languages = [profile.language for profile in found]
    if across and len(set(languages)) == 1:
        return iter(())
    vectors = [profile.pivot if across else profile.vector for profile in found]
    return pairs_to_compare(vectors, rarity, languages, across=across)


def _undecided(
    pairs: Iterable[tuple[int, int]], times: Sequence[float], home: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Yield those that are near in time, and not together anyhow."""
    window = WINDOW.total_seconds()
    for early, late in pairs:
        is_near = abs(times[late] - times[early]) <= window
        if is_near and (early not in home or home[early] != home.get(late)):
            yield early, late


def _add_meaning(
    pairs: dict[tuple[int, int], float],
    found: Sequence[Profile],
    times: Sequence[float],
    meant: Mapping[tuple[int, int], float],
) -> None:
    """Raise the likelihood of pairs that mean the same; contrasts stay, and so does the window."""
    for (early, late), likely in sorted(meant.items()):
        one, other = found[early], found[late]
        is_near = abs(times[late] - times[early]) <= WINDOW.total_seconds()
        # What is only itself has no words, and no meaning joins it.
        if is_near and one.size and other.size and not contrasted(one, other):
            pairs[early, late] = max(pairs.get((early, late), 0.0), likely)


def when(entry: Entry) -> datetime:
    """Return when an entry was published, or first seen where the feed did not say."""
    return entry.first_seen_at if entry.published_is_guess else entry.published_at


def contrasted(one: Profile, other: Profile) -> str:
    """Return in what two headlines of one mould differ so that they tell of two events."""
    if cosine(one.title, other.title) < _LIKE_TITLES:
        return ""
    return contrast(
        one.headline, other.headline, told_by_one=one.vector, told_by_other=other.vector
    )


def compare_texts(items: Sequence[Entry]) -> list[Text]:
    """Return what entries are compared by, without what is a template in their headlines."""
    titles = [clean_headline(item.title) for item in items]
    counts = Counter(end for title in titles for end in _ends(title))
    often = {end for end, count in counts.items() if count > MOST_ALIKE}
    return [
        Text("", "")
        if _only_itself(item, title)
        else Text(
            _without(title, often) if often else title, clean_text(item.summary), item.language
        )
        for item, title in zip(items, titles, strict=True)
    ]


def _ends(title: str) -> Iterator[tuple[str, ...]]:
    words = [_mould(word) for word in bare_words(title)]
    if len(words) > _END:
        yield ("begins", *words[:_END])
        yield ("ends", *words[-_END:])
    yield ("is", *words)


def _mould(word: str) -> str:
    return "#" if word[0].isdigit() else word.lower()


def _without(title: str, often: set[tuple[str, ...]]) -> str:
    ends = [end for end in _ends(title) if end in often]
    if not ends:
        return title
    words = bare_words(title)
    for end in ends:
        if end[0] == "is":
            return ""
        words = words[_END:] if end[0] == "begins" else words[:-_END]
    return " ".join(words)


def _names_paper(text: str) -> bool:
    # A look for the signs first: most texts have none.
    return ("[" in text or ":" in text) and _PAPER_TEXT.search(text) is not None


def _only_itself(entry: Entry, title: str) -> bool:
    """Say whether likeness is no evidence: papers, releases, incidents, adverts share a form."""
    name = host(entry.url or "")
    return (
        name.removeprefix("www.").removeprefix("export.") in _PAPER_HOSTS
        or _names_paper(entry.summary[:200])
        or is_incident(entry.summary)
        or advert_in(entry) != ""
        or _RELEASE_TITLE.fullmatch(entry.title) is not None
        or (name == "github.com" and _RELEASE_PAGE.search(entry.url or "") is not None)
        or len(set(informative(title))) < LEAST_WORDS
    )
