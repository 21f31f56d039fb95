"""An entry: one item of a feed, made plain, and what makes it the same item again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from aidigest.core.dates import shown_date
from aidigest.core.feeds import Feed, FeedState
from aidigest.core.parsing import ParsedEntry, ParsedFeed
from aidigest.core.urls import canonical_url

#: What a new feed may contribute as news: so many entries of the last days.
FIRST_POLL_AGE = timedelta(days=7)
FIRST_POLL_ENTRIES = 25
FIRST_POLL_UNDATED = 10

#: What was published so long before we saw it is no news: feeds move, and
#: archives come back. It is also how old such an entry is made to look.
BACKLOG_AGE = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed, as plain text.

    `first_seen_at` decides what is new; `published_at` is only for showing
    (design decision 2).
    """

    id: str  #: Stable: made of the feed's address and the entry's identity.
    feed_url: str
    feed_title: str
    guid: str | None
    url: str | None  #: http or https, or nothing.
    title: str  #: Plain text, NFC, never empty.
    summary: str  #: Plain text, NFC, may be empty.
    language: str
    published_at: datetime
    published_is_guess: bool  #: True where the feed gave no usable date.
    first_seen_at: datetime
    links: tuple[str, ...] = ()  #: Addresses the entry's own text points to.


def new_entries(
    feed: Feed, parsed: ParsedFeed, *, state: FeedState, now: datetime
) -> tuple[Entry, ...]:
    """Make entries of all that a poll brought; the store keeps those it does not know.

    What is no news, such as the archive that a new feed comes with, is kept
    as well, or it would look new at the next poll; its `first_seen_at` lies
    `BACKLOG_AGE` or more in the past, where no edition looks.

    Args:
        feed: Whose answer was parsed.
        parsed: What came, in the feed's order.
        state: As it was before this poll.
        now: When it came.

    Returns:
        One entry for each identity, in the feed's order.
    """
    found = _by_id(feed, parsed.entries)
    news = _first_news(found, now) if state.first_polled_at is None else _later_news(found, now)
    return tuple(
        _entry(feed, one, entry_id=entry_id, is_news=entry_id in news, now=now)
        for entry_id, one in found.items()
    )


def is_news(entry: Entry, *, now: datetime) -> bool:
    """Say whether an entry made at *now* counts as new, and not as backlog."""
    return entry.first_seen_at == now


def _by_id(feed: Feed, entries: Sequence[ParsedEntry]) -> dict[str, ParsedEntry]:
    """Name each entry; of entries with one identity the first stays."""
    pages: dict[str, set[str]] = {}
    for entry in entries:
        if entry.guid:
            pages.setdefault(entry.guid, set()).add(canonical_url(entry.url or ""))
    shared = frozenset(guid for guid, urls in pages.items() if len(urls) > 1)
    found: dict[str, ParsedEntry] = {}
    for entry in entries:
        key = f"{feed.url}\n{_identity(entry, shared)}"
        found.setdefault(sha256(key.encode(errors="replace")).hexdigest()[:16], entry)
    return found


def _identity(entry: ParsedEntry, shared: frozenset[str]) -> str:
    """Return what makes the entry the same one again (design decision 3)."""
    if entry.guid and entry.guid not in shared:
        return f"guid {entry.guid}"
    if entry.guid and entry.url:
        return f"guid {entry.guid} {canonical_url(entry.url)}"
    if entry.url:
        return f"url {canonical_url(entry.url)}"
    day = f"{entry.published_at:%Y-%m-%d}" if entry.published_at else "undated"
    return f"title {entry.title.casefold()} {day}"


def _first_news(found: dict[str, ParsedEntry], now: datetime) -> frozenset[str]:
    """Choose the newest few of the last days, and the first few of those without a date."""
    dated = {i: _published(one, now) for i, one in found.items()}
    recent = sorted(
        ((at, i) for i, at in dated.items() if at is not None and at >= now - FIRST_POLL_AGE),
        reverse=True,
    )
    undated = [i for i, at in dated.items() if at is None][:FIRST_POLL_UNDATED]
    return frozenset([*(i for _, i in recent), *undated][:FIRST_POLL_ENTRIES])


def _later_news(found: dict[str, ParsedEntry], now: datetime) -> frozenset[str]:
    return frozenset(
        i for i, one in found.items() if (_published(one, now) or now) >= now - BACKLOG_AGE
    )


def _published(entry: ParsedEntry, now: datetime) -> datetime | None:
    """Return the feed's date if it can be believed."""
    date, is_guess = shown_date(entry.published_at, now)
    return None if is_guess else date


def _entry(
    feed: Feed, parsed: ParsedEntry, *, entry_id: str, is_news: bool, now: datetime
) -> Entry:
    published = _published(parsed, now)
    seen = now if is_news else min(published or now, now - BACKLOG_AGE)
    return Entry(
        id=entry_id,
        feed_url=feed.url,
        feed_title=feed.title,
        guid=parsed.guid,
        url=parsed.url,
        title=parsed.title,
        summary=parsed.summary,
        language=parsed.language,
        published_at=published or seen,
        published_is_guess=published is None,
        first_seen_at=seen,
        links=parsed.links,
    )
