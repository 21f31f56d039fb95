"""What a feed's body says, before we know what of it is new."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aidigest.core.feeds.imagelinks import ImageLink
from aidigest.core.feeds.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a feed asks of those who poll it.

    RSS 2.0 has `ttl`, `skipHours` and `skipDays`, the syndication module has
    `updatePeriod` and `updateFrequency`; all are read from the raw XML, since
    feedparser keeps only the last hour of several.
    """

    ttl: timedelta | None = None  #: How long the feed may be kept.
    update_every: timedelta | None = None  #: How often it says it changes.
    skip_hours: frozenset[int] = frozenset()  #: Hours of the day, GMT, without news.
    skip_days: frozenset[int] = frozenset()  #: Days without news, Monday being 0.


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """One item of any feed format, its words, dates and addresses still as the feed wrote them."""

    guid: str | None
    url: str | None
    title: str
    texts: tuple[str, ...]  #: The description first, then the full text.
    dates: tuple[str, ...]  #: The date of publication first.
    images: tuple[ImageLink, ...] = ()  #: What is named as the item's own.


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One item as we read it, before we know whether it is new."""

    guid: str | None
    url: str | None
    title: str
    summary: str
    language: str
    published_at: datetime | None  #: None where the feed gave no date that can be read.
    links: tuple[str, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a body holds."""

    title: str
    entries: tuple[ParsedEntry, ...]
    complete: bool  #: False where the document was cut short: its validators are not kept.
    site_url: str | None = None  #: The page that the feed belongs to.
    built: str | None = None  #: `lastBuildDate` or `updated`, as it stands there.
    hints: Hints = field(default_factory=Hints)
