"""Which entries tell the same story.

First what is the same item for certain: one page, one quoted original, one
headline. Then entries whose words are alike, by average-link clustering.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.boilerplate import clean_headline
from aidigest.core.stories.comparing import (
    LEAST_WORDS,
    MOST_ALIKE,
    Compared,
    Meaning,
    compare,
    when,
)
from aidigest.core.stories.linking import Link, Threshold, average_link
from aidigest.core.stories.releases import release
from aidigest.core.stories.words import bare_words, informative
from aidigest.core.urls import canonical_url, host

#: How likely the entries of a story tell one story, on average over all pairs. The same for
#: all languages and kinds of news; `benchmarks/train_likeness.py` shows what others would do.
THRESHOLD = Threshold(single=0.2, groups=0.3)

#: Entries as surely one story as this are copies of one text.
NEAR_COPY = 0.95

#: One headline that returns later than this is a new item, as of a weekly column.
SAME_TITLE_WITHIN = timedelta(days=7)

#: A page that more entries point to is a footer's or a home page.
MOST_QUOTES = 12


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


def group_entries(
    entries: Iterable[Entry],
    *,
    threshold: Threshold = THRESHOLD,
    carried: Mapping[str, str] | None = None,
    meaning: Meaning | None = None,
) -> tuple[Group, ...]:
    """Group entries into stories, oldest story first, whatever order they come in.

    Args:
        entries: Of one window, in any order; of entries with one id the first counts.
        threshold: How likely the entries of a story tell one story on average.
        carried: Entry id -> a name of the story that an edition carried it in: what readers
            were told is one story stays one.
        meaning: Knows which texts mean the same, where the embeddings extra is switched on.
    """
    items = tuple(sorted({entry.id: entry for entry in entries}.values(), key=_age))
    clusters, merges = identical(items, carried or {})
    compared = compare(items, meaning, joined=clusters)
    groups, links = average_link(clusters, compared.pairs, threshold)
    merges += [_explain(link, items, compared) for link in links]
    merges_of: dict[str, list[Merge]] = defaultdict(list)
    for merge in merges:
        merges_of[merge.entry_id].append(merge)
    return tuple(_group([items[member] for member in group], merges_of) for group in groups)


def _age(entry: Entry) -> tuple[datetime, datetime, str]:
    return (entry.first_seen_at, entry.published_at, entry.id)


def _group(entries: Sequence[Entry], merges_of: Mapping[str, Sequence[Merge]]) -> Group:
    merges = (merge for entry in entries for merge in merges_of.get(entry.id, ()))
    return Group(entries=tuple(entries), merges=tuple(merges))


def identical(
    items: Sequence[Entry], carried: Mapping[str, str]
) -> tuple[list[tuple[int, ...]], list[Merge]]:
    """Join what is one item for certain; return the clusters and why."""
    parent = list(range(len(items)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    merges = []
    for early, late, reason in (*_carried_together(items, carried), *_same_items(items)):
        first, second = sorted((root(early), root(late)))
        if first != second:
            parent[second] = first
            merges.append(_merge(items[late], items[early], 1.0, reason))
    clusters: dict[int, list[int]] = defaultdict(list)
    for place in range(len(items)):
        clusters[root(place)].append(place)
    return [tuple(members) for members in clusters.values()], merges


def _carried_together(
    items: Sequence[Entry], carried: Mapping[str, str]
) -> Iterator[tuple[int, int, str]]:
    first: dict[str, int] = {}
    for place, item in enumerate(items):
        story = carried.get(item.id)
        if story is not None and first.setdefault(story, place) != place:
            yield first[story], place, "carried together in an edition"


def _same_items(items: Sequence[Entry]) -> Iterator[tuple[int, int, str]]:
    """Yield pairs that are one item, the earlier first, with the reason."""
    titles = [" ".join(map(str.lower, bare_words(clean_headline(item.title)))) for item in items]
    yield from _same_pages(items, titles)
    yield from _same_titles(items, titles)
    yield from _same_releases(items)


def _same_pages(items: Sequence[Entry], titles: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    pages: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        for page in _pages(item):
            pages[page].append(place)
    shared = ((page, places) for page, places in pages.items() if 1 < len(places) <= MOST_QUOTES)
    for page, places in sorted(shared):
        for number, other in enumerate(places):
            # The nearest first: an old mirror of the page may be too long ago.
            same = (
                before
                for before in reversed(places[:number])
                if titles[before] == titles[other] or _may_be_one(items[before], items[other], page)
            )
            nearest = next(same, None)
            if nearest is not None:
                yield nearest, other, f"both lead to {page}"


def _may_be_one(one: Entry, other: Entry, page: str) -> bool:
    """Whether two entries that lead to one page can be one story.

    They must be near in time and of two feeds, for a changelog's entries all point to one
    page; and where both only quote the page, share a telling word, for a report that
    everybody quotes is in many stories.
    """
    if one.feed_url == other.feed_url:
        return False
    is_theirs = page in {canonical_url(entry.url) for entry in (one, other) if entry.url}
    return _are_near(one, other) and (is_theirs or bool(_words(one) & _words(other)))


def _words(entry: Entry) -> set[str]:
    return set(informative(f"{entry.title} {entry.summary}"))


def _pages(entry: Entry) -> frozenset[str]:
    """Return the pages an entry is about: its own, and the one original that it quotes."""
    own = host(entry.url or "") if entry.links else ""
    quoted = {canonical_url(link) for link in entry.links if host(link) != own}
    pages = {canonical_url(entry.url)} if entry.url else set()
    if len(quoted) == 1:
        pages |= quoted
    # A home page is the page of no story.
    return frozenset(page for page in pages if page.count("/") > 2)  # noqa: PLR2004 - Of https://.


def _same_titles(items: Sequence[Entry], titles: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    often = {title for title, count in Counter(titles).items() if count > MOST_ALIKE}
    by_time = sorted(range(len(items)), key=lambda place: (when(items[place]), place))
    named = [
        (place, titles[place])
        for place in by_time
        if titles[place] not in often and len(set(informative(titles[place]))) >= LEAST_WORDS
    ]
    for early, late in _met_again(items, named):
        yield early, late, "the same headline"


def _same_releases(items: Sequence[Entry]) -> Iterator[tuple[int, int, str]]:
    found = ((place, release(item)) for place, item in enumerate(items))
    for early, late in _met_again(items, [one for one in found if one[1] is not None]):
        yield early, late, "the same release"


def _met_again(
    items: Sequence[Entry], named: Iterable[tuple[int, Hashable]]
) -> Iterator[tuple[int, int]]:
    """Yield the places of each item and the last before it of that name, if that is not long ago.

    Args:
        items: All of them.
        named: Places and names, in the order in which they are met.
    """
    latest: dict[Hashable, int] = {}
    for place, name in named:
        before = latest.get(name)
        latest[name] = place
        if before is not None and _are_near(items[before], items[place]):
            yield min(before, place), max(before, place)


def _are_near(one: Entry, other: Entry) -> bool:
    return abs(when(one) - when(other)) <= SAME_TITLE_WITHIN


def _explain(link: Link, items: Sequence[Entry], compared: Compared) -> Merge:
    """Name the most alike pair of a link, and the words that made it so."""
    between = ((min(a, b), max(a, b)) for a in link.first for b in link.second)
    early, late = max(between, key=lambda pair: (compared.pairs.get(pair, 0.0), -pair[0], -pair[1]))
    words = ", ".join(compared.shared(early, late))
    kind = "near copies" if link.similarity >= NEAR_COPY else "alike"
    reason = f"{kind}: {words}" if words else f"{kind} in what they mean"
    return _merge(items[late], items[early], link.similarity, reason)


def _merge(entry: Entry, other: Entry, similarity: float, reason: str) -> Merge:
    return Merge(
        entry_id=entry.id, with_entry_id=other.id, similarity=round(similarity, 3), reason=reason
    )
