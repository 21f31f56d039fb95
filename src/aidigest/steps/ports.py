"""What the steps need from the outside, as Protocols; `adapters` has the real things."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from aidigest.core.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.editions import Carried, Edition, RenderedEdition
from aidigest.core.edits import Edit
from aidigest.core.entries import Entry
from aidigest.core.feeds import Feed, FeedState, FetchRequest, FetchResult, SiteState
from aidigest.core.identity import KnownEntry
from aidigest.core.parsed import ParsedFeed
from aidigest.core.polling import PollRecord

Clock = Callable[[], datetime]


class Fetcher(Protocol):
    """Makes one GET; never raises for what a server does."""

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Answer with what came back."""
        ...


class Parser(Protocol):
    """Parses bodies where a hostile one costs nothing but itself."""

    def parse(self, body: bytes, *, feed: Feed, headers: Mapping[str, str], url: str) -> ParsedFeed:
        """Return the entries found; raise ParseError where the body is no feed."""
        ...


class FeedStore(Protocol):
    """What polling reads and writes."""

    def feed_states(self) -> dict[str, FeedState]:
        """Return what is remembered, by address."""
        ...

    def site_states(self) -> dict[str, SiteState]:
        """Return what is remembered of sites, by name."""
        ...

    def known_entries(self, feed_urls: Sequence[str]) -> dict[str, tuple[KnownEntry, ...]]:
        """Return what is needed to know entries again, by their feed's address."""
        ...

    def record_polls(self, records: Iterable[PollRecord]) -> None:
        """Store what polls brought, all of it in one transaction or nothing."""
        ...

    def record_sites(self, states: Iterable[SiteState]) -> None:
        """Store what is remembered of sites."""
        ...

    def set_states(self, states: Iterable[FeedState]) -> None:
        """Store what was changed about feeds without a poll."""
        ...

    def settle_held(self, feed_url: str, *, as_news_at: datetime | None) -> int:
        """Let go of the entries held for a feed, as news of that time or as none; count them."""
        ...


class EntryStore(Protocol):
    """The entries that polling has brought."""

    def entries_since(self, since: datetime) -> tuple[Entry, ...]:
        """Return the entries first seen at or after *since*, in a fixed order."""
        ...

    def all_entries(self) -> tuple[Entry, ...]:
        """Return every entry kept, in a fixed order."""
        ...


class EditionStore(Protocol):
    """Editions and what they have carried."""

    def edition_on(self, digest_id: str, day: date) -> tuple[int, RenderedEdition] | None:
        """Return the edition of that day with its row id, if there is one."""
        ...

    def latest(self, digest_id: str) -> Edition | None:
        """Return the digest's latest edition, if it has one."""
        ...

    def carried(self, digest_id: str, since: datetime) -> dict[str, Carried]:
        """Return, by id, the entries in editions made since then, and the latest that had each."""
        ...

    def add_edition(self, rendered: RenderedEdition) -> tuple[int, RenderedEdition]:
        """Store it, or return the one that another process stored first for that day."""
        ...


class EditStore(Protocol):
    """What maintainers change about editions."""

    def edits_of(self, digest_id: str, day: date) -> tuple[Edit, ...]:
        """Return the changes for a day's edition, in the order they were made."""
        ...


class SummaryWriter(Protocol):
    """Words a story's summary; safe to share between threads."""

    def write(self, sources: Sequence[str], *, language: str) -> str:
        """Return plain text in that language; raise WriterError."""
        ...


class ArticleReader(Protocol):
    """Reads the pages that entries point to; safe to share between threads."""

    def read(self, url: str) -> str:
        """Return the article as plain text on one line, or nothing."""
        ...


class SpendingStore(Protocol):
    """Counts what a day has cost."""

    def take(self, day: date, wanted: int, *, most: int) -> int:
        """Note up to *wanted* requests for the day, never more than *most*; return how many."""
        ...


class Ledger(Protocol):
    """The deliveries: one row for each (edition, subscriber), and the only queue."""

    def freeze_audience(self, edition_id: int, digest_id: str, *, now: datetime) -> int:
        """Write one pending row per subscriber, once; return the verified count."""
        ...

    def exclusive(self, edition_id: int) -> AbstractContextManager[bool]:
        """Keep other senders off the edition; yield False where one is at it already.

        The hold ends with the block or with the process, however it dies.
        """
        ...

    def recover(self, edition_id: int, *, now: datetime) -> None:
        """After a death, under `exclusive`: claimed rows become pending, offered ones uncertain."""
        ...

    def claim_next(self, edition_id: int, *, now: datetime) -> Delivery | None:
        """Commit the next due row as claimed, its attempts counted up, and return it.

        Rows of people who left or were suppressed since the freeze are
        rejected on the way, with that reason.
        """
        ...

    def mark_offered(self, delivery_id: int, *, now: datetime) -> None:
        """Commit that the final dot comes next."""
        ...

    def record(self, update: DeliveryUpdate, *, now: datetime) -> None:
        """Commit what became of a delivery, and the suppression if there is one."""
        ...

    def expire(self, edition_id: int, *, now: datetime) -> int:
        """Give up what is still to be sent, the edition being too old; return how many."""
        ...

    def next_due_at(self, edition_id: int) -> datetime | None:
        """Return when the next row is due, if any is unfinished."""
        ...

    def counts(self, edition_id: int) -> dict[DeliveryState, int]:
        """Return how many deliveries stand where."""
        ...


class Renderer(Protocol):
    """Turns an edition into its words."""

    def render(self, edition: Edition) -> RenderedEdition:
        """Render and inline it once; raise RenderError."""
        ...


class MailSession(Protocol):
    """An open connection to the relay, reused for many messages."""

    def send(
        self, *, sender: str, recipient: str, message: bytes, on_offer: Callable[[], None]
    ) -> tuple[int, str]:
        """Hand over one message; call *on_offer* just before the final dot.

        Returns the relay's 2yz reply to the message, code and text. Raises RecipientError or
        RelayError before the dot, and UnansweredError after it.
        """
        ...


class Mailer(Protocol):
    """Opens sessions with the relay."""

    def session(self) -> AbstractContextManager[MailSession]:
        """Connect and log in; raise RelayError."""
        ...


class Archive(Protocol):
    """Keeps Markdown editions on disk."""

    def keep(self, rendered: RenderedEdition) -> None:
        """Write the edition, replacing what is there for the same day."""
        ...
