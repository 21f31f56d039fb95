"""Which entries tell the same story.

First what is the same item for certain: one page, one quoted original, one
headline. Then entries whose words are alike, by average-link clustering.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aidigest.core.adverts import advert_in
from aidigest.core.boilerplate import clean_headline, clean_text
from aidigest.core.entries import Entry
from aidigest.core.linking import Link, average_link
from aidigest.core.similarity import Text, Vector, shared_words, similar_pairs, vectors
from aidigest.core.urls import canonical_url, host
from aidigest.core.words import informative

#: How alike the entries of a story are on average. One value for all languages and
#: kinds of news; `benchmarks/evaluate.py` shows what others would do.
THRESHOLD = 0.16

#: Entries as alike as this are copies of one text.
NEAR_COPY = 0.57

#: Entries further apart are not compared, ...
WINDOW = timedelta(hours=72)
#: ... and one headline that returns later than this is a new item, as of a weekly column.
SAME_TITLE_WITHIN = timedelta(days=7)

#: A headline with fewer informative words is a template ("Weekly thread", "RSS").
LEAST_WORDS = 3

#: A page that more entries point to is a footer's or a home page.
MOST_QUOTES = 12

_PAPER_HOSTS = ("arxiv.org", "biorxiv.org", "medrxiv.org", "openreview.net")
_RELEASE_PAGE = re.compile(r"/releases?/(?:tag/)?|/tags?/", re.IGNORECASE)
_RELEASE_TITLE = re.compile(r"(?:[\w@/.-]+ )?v?\d+(?:\.\d+)+[\w.-]*\Z|release v?\d", re.IGNORECASE)
_PAPER_TEXT = re.compile(r"\[(?:cs|stat|math|eess|q-bio)\.\w\w|arXiv:\d{4}\.\d{4,5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Why an entry joined its story."""

    entry_id: str
    with_entry_id: str
    similarity: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries that tell one story, and why they are together."""

    entries: tuple[Entry, ...]  #: Oldest first.
    merges: tuple[Merge, ...] = ()  #: One fewer than entries.


def group_entries(entries: Iterable[Entry], *, threshold: float = THRESHOLD) -> tuple[Group, ...]:
    """Group entries into stories, oldest story first, whatever order they come in.

    Args:
        entries: Of one window, in any order; of entries with one id the first counts.
        threshold: How alike the entries of a story are on average, 0 to 1.
    """
    items = tuple(sorted({entry.id: entry for entry in entries}.values(), key=_age))
    clusters, merges = _identical(items)
    texts = [Text(clean_headline(item.title), clean_text(item.summary)) for item in items]
    all_vectors = [
        {} if _only_itself(item) else vector
        for item, vector in zip(items, vectors(texts), strict=True)
    ]
    times = [_when(item).timestamp() for item in items]
    pairs = similar_pairs(all_vectors, times, WINDOW.total_seconds())
    groups, links = average_link(clusters, pairs, threshold)
    merges += [_explain(link, items, all_vectors, pairs) for link in links]
    merges_of: dict[str, list[Merge]] = defaultdict(list)
    for merge in merges:
        merges_of[merge.entry_id].append(merge)
    return tuple(_group([items[member] for member in group], merges_of) for group in groups)


def _age(entry: Entry) -> tuple[datetime, datetime, str]:
    return (entry.first_seen_at, entry.published_at, entry.id)


def _when(entry: Entry) -> datetime:
    return entry.first_seen_at if entry.published_is_guess else entry.published_at


def _group(entries: Sequence[Entry], merges_of: Mapping[str, Sequence[Merge]]) -> Group:
    merges = (merge for entry in entries for merge in merges_of.get(entry.id, ()))
    return Group(entries=tuple(entries), merges=tuple(merges))


def _only_itself(entry: Entry) -> bool:
    """Say whether likeness is no evidence: papers, releases, adverts are alike by their form."""
    name = host(entry.url or "")
    return (
        name.removeprefix("www.").removeprefix("export.") in _PAPER_HOSTS
        or _PAPER_TEXT.search(entry.summary[:200]) is not None
        or advert_in(entry) != ""
        or _RELEASE_TITLE.fullmatch(entry.title) is not None
        or (name == "github.com" and _RELEASE_PAGE.search(entry.url or "") is not None)
        or len(set(informative(clean_headline(entry.title)))) < LEAST_WORDS
    )


def _identical(items: Sequence[Entry]) -> tuple[list[tuple[int, ...]], list[Merge]]:
    """Join what is one item for certain; return the clusters and why."""
    parent = list(range(len(items)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    merges = []
    for early, late, reason in _same_items(items):
        first, second = sorted((root(early), root(late)))
        if first != second:
            parent[second] = first
            merges.append(_merge(items[late], items[early], 1.0, reason))
    clusters: dict[int, list[int]] = defaultdict(list)
    for place in range(len(items)):
        clusters[root(place)].append(place)
    return [tuple(members) for members in clusters.values()], merges


def _same_items(items: Sequence[Entry]) -> Iterator[tuple[int, int, str]]:
    """Yield pairs that are one item, the earlier first, with the reason."""
    titles = [" ".join(informative(clean_headline(item.title))) for item in items]
    yield from _same_pages(items, titles)
    yield from _same_titles(items, titles)


def _same_pages(items: Sequence[Entry], titles: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    pages: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        for page in _pages(item):
            pages[page].append(place)
    for page, (first, *others) in sorted(pages.items()):
        if len(others) >= MOST_QUOTES:
            continue
        for other in others:
            # A changelog's entries all point to one page of one feed.
            same_feed = items[first].feed_url == items[other].feed_url
            if titles[first] == titles[other] or (
                not same_feed and _may_be_one(items[first], items[other], page)
            ):
                yield first, other, f"both lead to {page}"


def _may_be_one(one: Entry, other: Entry, page: str) -> bool:
    """Whether two entries that lead to one page can be one story.

    They must be near in time; and where both only quote the page, share a
    telling word, for a report that everybody quotes is in many stories.
    """
    is_theirs = page in {canonical_url(entry.url) for entry in (one, other) if entry.url}
    near = abs(_when(one) - _when(other)) <= SAME_TITLE_WITHIN
    return near and (is_theirs or bool(_words(one) & _words(other)))


def _words(entry: Entry) -> set[str]:
    return set(informative(f"{entry.title} {entry.summary}"))


def _pages(entry: Entry) -> frozenset[str]:
    """Return the pages an entry is about: its own, and the one original that it quotes."""
    own = host(entry.url or "")
    quoted = {canonical_url(link) for link in entry.links if host(link) != own}
    pages = {canonical_url(entry.url)} if entry.url else set()
    if len(quoted) == 1:
        pages |= quoted
    # A home page is the page of no story.
    return frozenset(page for page in pages if page.count("/") > 2)  # noqa: PLR2004 - Of https://.


def _same_titles(items: Sequence[Entry], titles: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    latest: dict[str, int] = {}
    for place in sorted(range(len(items)), key=lambda place: (_when(items[place]), place)):
        title = titles[place]
        if len(set(title.split())) < LEAST_WORDS:
            continue
        before = latest.get(title)
        latest[title] = place
        if before is not None and _when(items[place]) - _when(items[before]) <= SAME_TITLE_WITHIN:
            yield min(before, place), max(before, place), "the same headline"


def _explain(
    link: Link,
    items: Sequence[Entry],
    all_vectors: Sequence[Vector],
    pairs: dict[tuple[int, int], float],
) -> Merge:
    """Name the most alike pair of a link, and the words that made it so."""
    between = ((min(a, b), max(a, b)) for a in link.first for b in link.second)
    early, late = max(between, key=lambda pair: (pairs.get(pair, 0.0), -pair[0], -pair[1]))
    words = ", ".join(shared_words(all_vectors[early], all_vectors[late]))
    kind = "near copies" if link.similarity >= NEAR_COPY else "alike"
    return _merge(items[late], items[early], link.similarity, f"{kind}: {words}")


def _merge(entry: Entry, other: Entry, similarity: float, reason: str) -> Merge:
    return Merge(
        entry_id=entry.id, with_entry_id=other.id, similarity=round(similarity, 3), reason=reason
    )
