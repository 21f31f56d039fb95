"""What makes an entry the same one again, whatever its publisher does to its guid."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aidigest.core.feeds.feed import Feed
from aidigest.core.feeds.parsed import ParsedEntry
from aidigest.core.urls import canonical_url


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What is needed of a stored entry to know it again."""

    id: str
    url: str | None
    title: str
    published_at: datetime | None  #: None where it was a guess.
    text_hash: str | None


def by_id(feed: Feed, entries: Sequence[ParsedEntry]) -> dict[str, ParsedEntry]:
    """Name each entry; of entries with one identity the first stays."""
    found: dict[str, ParsedEntry] = {}
    for entry, identity in zip(entries, _identities(entries), strict=True):
        key = f"{feed.url}\n{identity}"
        found.setdefault(sha256(key.encode(errors="replace")).hexdigest()[:16], entry)
    return found


def _identities(entries: Sequence[ParsedEntry]) -> list[str]:
    """Return what makes each entry the same one again (design decision 3).

    Some feeds give the site's address as the guid of every item, or as its
    link, or as both: then the page tells the items apart, or else the title.
    """
    names = [_name(entry) for entry in entries]
    pages = [canonical_url(entry.url or "") for entry in entries]
    names = _told_apart(names, pages)
    return _told_apart(names, [entry.title.casefold() for entry in entries])


def _name(entry: ParsedEntry) -> str:
    if entry.guid:
        return f"guid {entry.guid}"
    if entry.url:
        return f"url {canonical_url(entry.url)}"
    day = f"{entry.published_at:%Y-%m-%d}" if entry.published_at else "undated"
    return f"title {entry.title.casefold()} {day}"


def _told_apart(names: Sequence[str], marks: Sequence[str]) -> list[str]:
    """Return the names, with the mark behind those that stand beside several marks."""
    beside: dict[str, set[str]] = {}
    for name, mark in zip(names, marks, strict=True):
        beside.setdefault(name, set()).add(mark)
    return [
        f"{name} {mark}" if mark and len(beside[name]) > 1 else name
        for name, mark in zip(names, marks, strict=True)
    ]


def known_again(found: Mapping[str, ParsedEntry], known: Sequence[KnownEntry]) -> dict[str, str]:
    """Return the known id for each id in a document that we have seen before.

    The id itself says so; or else the page together with the title or the
    date, or the title together with the day, if only one entry fits
    (lion-reader#1535: a guid may change under an entry).
    """
    by_id = {one.id: one for one in known}
    same = {i: i for i in found if i in by_id}
    strangers = {i: one for i, one in found.items() if i not in by_id}
    if not strangers:
        return same
    gone = [one for one in known if one.id not in found]
    taken: set[str] = set()
    for keys_of in (_page_keys, _title_keys):
        theirs = _only_ones((i, key) for i, one in strangers.items() for key in keys_of(one))
        ours = _only_ones((one.id, key) for one in gone for key in keys_of(one))
        for key, i in theirs.items():
            if key in ours and i not in same and ours[key] not in taken:
                same[i] = ours[key]
                taken.add(ours[key])
    return same


def _page_keys(entry: ParsedEntry | KnownEntry) -> Iterator[str]:
    if entry.url:
        page = canonical_url(entry.url)
        yield f"{page} {entry.title.casefold()}"
        if entry.published_at:
            yield f"{page} {entry.published_at.isoformat()}"


def _title_keys(entry: ParsedEntry | KnownEntry) -> Iterator[str]:
    if entry.published_at:
        yield f"{entry.title.casefold()} {entry.published_at:%Y-%m-%d}"


def _only_ones(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the id for each key that belongs to one id alone."""
    ids: dict[str, set[str]] = {}
    for i, key in pairs:
        ids.setdefault(key, set()).add(i)
    return {key: next(iter(who)) for key, who in ids.items() if len(who) == 1}
