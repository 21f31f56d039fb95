"""An entry: one item of a feed, made plain, and what makes it the same item again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from aidigest.core.feeds.dates import shown_date
from aidigest.core.feeds.feed import Feed, FeedState
from aidigest.core.feeds.identity import KnownEntry, by_id, known_again
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed
from aidigest.core.feeds.pictures import Picture

#: What a new feed may contribute as news: so many entries of the last days.
FIRST_POLL_AGE = timedelta(days=7)
FIRST_POLL_ENTRIES = 25
FIRST_POLL_UNDATED = 10

#: What was published so long before we saw it is no news: feeds move, and
#: archives come back. It is also how old such an entry is made to look.
BACKLOG_AGE = timedelta(days=14)

#: So many entries that an old feed should have shown before are held, if they
#: are most of what it holds; a day's difference is the habit of many.
REISSUED_AT_LEAST = 5
REISSUED_MARGIN = timedelta(days=1)


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
    held_at: datetime | None = None  #: Set while a person has to say whether it is news.
    picture: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What a document brought, sorted by whether we know it."""

    new: tuple[Entry, ...] = ()  #: To be stored, archives and held ones too.
    edited: tuple[Entry, ...] = ()  #: Known, but in other words now.
    news: int = 0  #: How many of the new count as news.
    held: int = 0  #: How many look as if the feed had issued them again.
    dates: tuple[datetime | None, ...] = ()  #: Of the whole document, where believable.


def sort_out(
    feed: Feed,
    parsed: ParsedFeed,
    *,
    known: Sequence[KnownEntry],
    state: FeedState,
    now: datetime,
) -> Arrivals:
    """Tell what is new in a document, and what of that is news.

    What is no news, such as the archive that a new feed comes with, is kept
    as well, or it would look new at the next poll; its `first_seen_at` lies
    `BACKLOG_AGE` or more in the past, where no edition looks. So do entries
    that an old feed issues again under other names, until a person decides.

    Args:
        feed: Whose answer was parsed.
        parsed: What came, in the feed's order.
        known: The entries of this feed that are stored.
        state: As it was before this poll.
        now: When it came.
    """
    found = by_id(feed, parsed.entries)
    same = known_again(found, known)
    fresh = {i: one for i, one in found.items() if i not in same}
    is_first = state.first_polled_at is None
    news = _first_news(fresh, now) if is_first else _later_news(fresh, now)
    held = frozenset() if is_first else _issued_again(fresh, known, same, state, now) & news
    hashes = {one.id: one.text_hash for one in known}
    return Arrivals(
        new=tuple(
            _entry(feed, one, entry_id=i, is_news=i in news - held, is_held=i in held, now=now)
            for i, one in fresh.items()
        ),
        edited=tuple(
            _entry(feed, found[i], entry_id=old, is_news=False, is_held=False, now=now)
            for i, old in same.items()
            if hashes[old] not in {None, text_hash(found[i].title, found[i].summary)}
        ),
        news=len(news - held),
        held=len(held),
        dates=tuple(_published(one, now) for one in found.values()),
    )


def text_hash(title: str, summary: str) -> str:
    """Return what an entry's words are recognised by."""
    return sha256(f"{title}\n{summary}".encode(errors="replace")).hexdigest()[:16]


def _issued_again(
    fresh: Mapping[str, ParsedEntry],
    known: Sequence[KnownEntry],
    same: Mapping[str, str],
    state: FeedState,
    now: datetime,
) -> frozenset[str]:
    """Return the entries that we should have seen before, if they are most of the document."""
    if state.last_success_at is None or len(known) < REISSUED_AT_LEAST:
        return frozenset()
    last = state.last_success_at
    titles = {one.title.casefold() for one in known}
    reach = state.rhythm.reach
    too_soon = not same and (reach is None or now - last < reach)
    late = frozenset(
        i
        for i, one in fresh.items()
        if one.title.casefold() in titles
        or (too_soon if (at := _published(one, now)) is None else at < last - REISSUED_MARGIN)
    )
    many = len(late) >= REISSUED_AT_LEAST and len(late) > (len(fresh) + len(same)) / 2
    return late if many else frozenset()


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
    feed: Feed,
    parsed: ParsedEntry,
    *,
    entry_id: str,
    is_news: bool,
    is_held: bool,
    now: datetime,
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
        picture=parsed.picture,
        held_at=now if is_held else None,
    )
