"""A feed as the maintainer lists it, what we remember of it, and what a poll of it brings."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class About(StrEnum):
    """What a feed writes about."""

    AI = "ai"  #: Every entry is about AI.
    MIXED = "mixed"  #: Each entry is judged.


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source, as `config/feeds.toml` lists it."""

    url: str
    title: str = ""  #: How editions name it; settings put the host where there is none.
    language: str = "en"
    about: About = About.MIXED
    topic: str | None = None  #: The topic every entry of this feed goes under.
    weight: float = 1.0  #: How much this source counts in ranking; 1.0 is usual.


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "has it changed?", byte for byte (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we remember of a feed between two polls."""

    url: str
    validators: Validators = Validators()
    body_hash: str | None = None  #: SHA-256 of the last body that parsed.
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_status: str = "never polled"  #: For people: what the last poll came to.
    failures: int = 0  #: Polls in a row that brought no usable answer.
    next_poll_at: datetime | None = None  #: None means at once.
    next_poll_reason: str = "not polled yet"
    gone: bool = False  #: The server said 410; only a person may revive it.


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One GET to be made."""

    url: str
    validators: Validators = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304: nothing new since the validators were given."""

    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """200 with a body; the validators count only once the body has parsed."""

    body: bytes
    url: str  #: The address that answered, after redirects.
    validators: Validators = Validators()
    headers: dict[str, str] = field(default_factory=dict)  #: Names in lower case.


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """410: the feed is no more."""

    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """429 or 503: come back later."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A wall for robots, or an address we refuse to visit."""

    reason: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Anything else that is no feed: error status, broken connection, deadline, too large."""

    reason: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


FetchResult = NotModified | Fresh | Gone | Throttled | Blocked | Failed
