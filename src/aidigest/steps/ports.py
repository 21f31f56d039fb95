"""What the steps need from the outside, as Protocols; `adapters` has the real things."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from aidigest.core.delivery.bounces import Bounce
from aidigest.core.delivery.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.delivery.pace import Bucket
from aidigest.core.delivery.parcels import Event, Unreachable
from aidigest.core.editions.edition import Carried, Edition, RenderedEdition
from aidigest.core.editions.edits import Edit
from aidigest.core.editions.window import Weighed
from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed, FeedState, FetchRequest, FetchResult, SiteState
from aidigest.core.feeds.identity import KnownEntry
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.jobs import Job
from aidigest.core.messages.message import Message
from aidigest.core.polling.history import PollRecord

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

    def feed_states(self, urls: Collection[str] | None = None) -> dict[str, FeedState]:
        """Return what is remembered, by address; of those feeds, or of all."""
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

    def items_carried(self, digest_id: str, since: datetime) -> frozenset[tuple[str, str]]:
        """Return address and title of the entries in the digest's editions made since then."""
        ...

    def last_weighed(self, digest_id: str) -> Weighed | None:
        """Return what the digest's latest edition was chosen from, if it has one."""
        ...

    def add_edition(
        self, rendered: RenderedEdition, *, weighed: Collection[str]
    ) -> tuple[int, RenderedEdition]:
        """Store it, or return the one that another process stored first for that day.

        Args:
            rendered: The edition.
            weighed: What `last_weighed` is to tell of it.
        """
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

    def exclusive(
        self, edition_id: int, shards: Sequence[int]
    ) -> AbstractContextManager["Ledger | None"]:
        """Hold those parts of the audience that no other sender holds; yield the ledger of them.

        None where others have them all. The hold ends with the block or with the
        process, however it dies; and what a sender writes fails once it is lost.
        """
        ...

    def show_life(self) -> None:
        """Say that the sender is well, where nothing else has been said for long."""
        ...

    def recover(self, edition_id: int, *, now: datetime) -> None:
        """After a death, under `exclusive`: claimed rows become pending, offered ones uncertain."""
        ...

    def round(self, edition_id: int, *, now: datetime) -> AbstractContextManager["LedgerRound"]:
        """Open a transaction; it is committed when the block ends, all of it or nothing."""
        ...

    def offered_count(self, edition_id: int) -> int:
        """Return how many rows were ever offered."""
        ...

    def never_offered(self, edition_id: int) -> Iterable[Sequence[str]]:
        """Return the addresses to be sent to that were never offered, in portions."""
        ...

    def doubt(self, edition_id: int, addresses: Sequence[str], *, now: datetime) -> None:
        """Make rows uncertain that the ledger takes for unsent and somebody else does not."""
        ...

    def expire(self, edition_id: int, *, now: datetime) -> int:
        """Give up what is still to be sent, the edition being too old; return how many."""
        ...

    def next_due_at(self, edition_id: int, *, only_held: bool = False) -> datetime | None:
        """Return when the next row is due, if any is unfinished; or of those held back for pace."""
        ...

    def counts(self, edition_id: int) -> dict[DeliveryState, int]:
        """Return how many deliveries stand where."""
        ...

    def resting(self, *, now: datetime) -> frozenset[str]:
        """Return the names of the buckets that let nothing through now."""
        ...


class Witness(Protocol):
    """A memory of what was offered that does not go back with a restored database."""

    def note(self, addresses: Iterable[str]) -> None:
        """Note that these are offered now."""
        ...

    def count(self) -> int:
        """Return how many notes there are; an address may have several."""
        ...

    def noted(self, addresses: Iterable[str]) -> list[str]:
        """Return those of the addresses that were offered."""
        ...


class LedgerRound(Protocol):
    """What one transaction on the ledger may hold."""

    def record(self, updates: Sequence[DeliveryUpdate]) -> None:
        """Store what became of deliveries, and the suppressions among it."""
        ...

    def offer(self, delivery_ids: Sequence[int]) -> None:
        """Store that the final dots come next."""
        ...

    def give_back(self, delivery_ids: Sequence[int]) -> None:
        """Undo claims; the relay has heard nothing of them that counts."""
        ...

    def claim(self, at_most: int) -> list[Delivery]:
        """Claim rows that are due, their attempts counted up.

        Rows of people who left or were suppressed since the freeze are
        rejected on the way, with that reason.
        """
        ...

    def hold(self, delivery_id: int, *, until: datetime, reason: str, has_slot: bool) -> None:
        """Undo a claim and put the row off; it is not the reader's or the relay's doing."""
        ...

    def bucket(self, name: str) -> Bucket:
        """Return a bucket; nobody else may change it before the round ends."""
        ...

    def keep_bucket(self, bucket: Bucket) -> None:
        """Store a bucket."""
        ...


class Renderer(Protocol):
    """Turns an edition into its words."""

    def render(self, edition: Edition) -> RenderedEdition:
        """Render and inline it once; raise RenderError."""
        ...


class MailSession(Protocol):
    """An open connection to the relay, for single messages."""

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


class Lines(Protocol):
    """The connections to the relays, all waited for at once."""

    def relays(self) -> Sequence[str]:
        """Return the names of the relays that can be used, or may be."""
        ...

    def room(self, relay: str) -> int:
        """Return how many more messages its open connections take now."""
        ...

    def widen(self, relay: str) -> None:
        """Begin to open more connections, if there may be more; `wait` tells if one fails."""
        ...

    def give(self, relay: str, delivery: Delivery, message: Message) -> None:
        """Begin to hand over a message; there must be room."""
        ...

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Send the final dots of messages that were reported as ready."""
        ...

    def wait(self, seconds: float) -> list[Event | Unreachable]:
        """Return what has happened, as soon as anything has, or nothing after so long."""
        ...

    def break_off(self) -> None:
        """Hang up wherever no reply to a final dot is outstanding, now and from now on."""
        ...


class Mailbox(Protocol):
    """A mailbox, open."""

    @property
    def name(self) -> str:
        """What its mails' marks are kept under."""
        ...

    def new(self, seen: Collection[str]) -> Iterable[str]:
        """Return the marks of the mails that are not among those."""
        ...

    def fetch(self, uid: str) -> bytes:
        """Return a mail, or as much of its beginning as matters; it stays unread.

        Raises:
            KeptMailError: The server does not give it out.
        """
        ...

    def remove(self, uid: str) -> None:
        """Take a mail out.

        Raises:
            KeptMailError: The server does not let go of it.
        """
        ...


class BounceStore(Protocol):
    """What came back, and whose it was."""

    def seen_mail(self, mailbox: str) -> Collection[str]:
        """Return the marks of mails that were none of our business."""
        ...

    def note_seen(self, mailbox: str, uid: str) -> None:
        """Look at that mail no more."""
        ...

    def edition_of(self, message_id: str) -> int | None:
        """Return the row id of the edition that a Message-ID names."""
        ...

    def subscriber_of(self, address: str) -> int | None:
        """Return whose address it is."""
        ...

    def address_of(self, subscriber_id: int) -> str | None:
        """Return a subscriber's address."""
        ...

    def bounces_of(self, subscriber_id: int, *, but: str) -> Sequence[Bounce]:
        """Return all that came back from somebody, but for one mail."""
        ...

    def keep_bounce(self, bounce: Bounce, *, mail_key: str, suppress: str | None) -> int:
        """Store it once, with the suppression; return how many are suppressed for it."""
        ...

    def leave(self, subscriber_id: int, digest_id: str | None, *, now: datetime) -> None:
        """End a subscription, or all of somebody's."""
        ...


class Archive(Protocol):
    """Keeps Markdown editions on disk."""

    def keep(self, rendered: RenderedEdition) -> None:
        """Write the edition, replacing what is there for the same day."""
        ...


class JobEngine(Protocol):
    """Gets jobs done soon, by this process or by another that works for the same database."""

    #: Whether other processes may take a part of the work.
    is_shared: bool

    def nudge(self, job: Job) -> None:
        """Have it done soon; where one of its name waits already, that one will do.

        It never fails: a job that is lost comes again with the next look at the rows.
        """
        ...

    def running(self, do: Callable[[Job], None]) -> AbstractContextManager[None]:
        """Do jobs until the block ends; then let those under way finish.

        Args:
            do: Does one; called in threads, never twice at once for one name in this process.
        """
        ...
