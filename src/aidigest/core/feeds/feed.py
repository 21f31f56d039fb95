"""A feed as the maintainer lists it, what we remember of it, and what a poll of it brings."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from aidigest.core.feeds.parsed import Hints


class About(StrEnum):
    """What a feed writes about."""

    AI = "ai"  #: Every entry is about AI.
    MIXED = "mixed"  #: Each entry is judged.


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source, as `config/feeds.toml` lists it."""

    url: str  #: Where the feed is.
    title: str = ""  #: How editions name it; settings put the host where there is none.
    language: str = "en"  #: What it is written in; entries that say otherwise are believed.
    about: About = About.MIXED  #: Whether all of it is about AI, or each entry is judged.
    topic: str | None = None  #: The topic every entry of this feed goes under.
    weight: float = 1.0  #: How much this source counts in ranking; 1.0 is usual.


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "has it changed?", byte for byte (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


class Trouble(StrEnum):
    """What kind of trouble the last poll of a feed met."""

    UNREACHED = "unreached"  #: No server answered: name, connection, TLS, deadline.
    OUTAGE = "outage"  #: Nobody at all could be reached: our own network was out.
    REFUSED = "refused"  #: An answer that is none: 4xx, 5xx, too large, broken off.
    UNREADABLE = "unreadable"  #: An answer that is no feed.
    CUT = "cut"  #: A feed that ends too early; its entries were kept.
    THROTTLED = "throttled"  #: The server asked us to come back later.
    BLOCKED = "blocked"  #: A wall against robots, or an address we do not visit.
    GONE = "gone"  #: 410: the feed is no more.


class AlarmKind(StrEnum):
    """What an operator should know about a feed."""

    DEAD = "dead"  #: Nothing usable came for two days, or the server said that it is gone.
    MOVED = "moved"  #: It lives elsewhere now; the list should say so.
    QUARANTINED = "quarantined"  #: It came back as if all were new; held, not mailed.
    OVERFLOWED = "overflowed"  #: More appeared between two polls than it holds: some is lost.
    STALE = "stale"  #: It claims to be built anew, and brings only what we know.
    ALL_KNOWN = "all known"  #: It changed on a working day, and brings only what we know.
    SILENT = "silent"  #: Nothing new for five times as long as usual.


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something wrong with a feed, and since when."""

    kind: AlarmKind
    since: datetime
    detail: str
    proposal: str | None = None  #: What a dead feed's own site names instead.
    told_at: datetime | None = None  #: When the maintainer was written to about it.

    @property
    def words(self) -> str:
        """What to say about it."""
        return (
            f"{self.detail}; its site names {self.proposal} now" if self.proposal else self.detail
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A permanent redirect (301, 308) that led to a feed, not believed yet."""

    url: str
    since: datetime
    times: int = 1  #: Polls in a row that were sent there.


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How much a feed holds, and how often something new appears in it."""

    window: int = 0  #: Entries in the last whole document.
    reach: timedelta | None = None  #: How far back they go; shorter gaps lose nothing.
    arrivals: tuple[datetime, ...] = ()  #: When something new came, the latest last.
    usual_gap: timedelta | None = None  #: Median time between two entries, or two arrivals.


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we remember of a feed between two polls."""

    url: str
    validators: Validators = Validators()
    body_hash: str | None = None  #: SHA-256 of the last body that parsed.
    body_size: int = 0  #: Of that body, in bytes, unpacked.
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_read_at: datetime | None = None  #: When a whole document was last parsed.
    last_status: str = "never polled"  #: For people: what the last poll came to.
    trouble: Trouble | None = None  #: Of the last poll.
    failures: int = 0  #: Polls in a row that brought no usable answer.
    failing_since: datetime | None = None
    next_poll_at: datetime | None = None  #: None means at once.
    next_poll_reason: str = "not polled yet"
    not_before: datetime | None = None  #: The server's word; it binds people as well.
    asked_by_hand_at: datetime | None = None  #: The last poll that was not due.
    gone: bool = False  #: The server said 410; only a person may revive it.
    polls: int = 0  #: Requests made, ever.
    unchanged: int = 0  #: Of those, how many were answered 304.
    bytes_saved: int = 0  #: What those 304s did not have to send.
    hints: Hints = field(default_factory=Hints)
    rhythm: Rhythm = field(default_factory=Rhythm)
    move: Move | None = None
    moved_to: str | None = None  #: Asked there, and no more at the listed address.
    site_url: str | None = None  #: The page that the feed belongs to.
    built: str | None = None  #: Its own date of the last document read.
    alarms: tuple[Alarm, ...] = ()

    @property
    def address(self) -> str:
        """Where the feed is asked for."""
        return self.moved_to or self.url

    def alarm(self, kind: AlarmKind) -> Alarm | None:
        """Return the alarm of that kind, if it is on."""
        return next((alarm for alarm in self.alarms if alarm.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """What we remember of a site, which may serve many feeds."""

    site: str  #: As core.polling.sites names it.
    last_asked_at: datetime | None = None
    quiet_until: datetime | None = None  #: It answered 429; none of its feeds is asked before.
    quiet_because_of: str | None = None  #: The feed it answered so.


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One GET to be made, and what only the server that gave it may be told."""

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
    status: int | None = None  #: None where no server answered.
    headers: dict[str, str] = field(default_factory=dict)


Answer = NotModified | Fresh | Gone | Throttled | Blocked | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A permanent redirect led to another address, which gave the answer."""

    url: str  #: The last address that was reached by permanent redirects alone.
    answer: Answer


FetchResult = Answer | Moved


def answer_in(result: FetchResult) -> Answer:
    """Return what was answered, at whichever address."""
    return result.answer if isinstance(result, Moved) else result
