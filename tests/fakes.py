"""Stand-ins for the outside, handed to the steps in place of the real things."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from aidigest.core.delivery.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.delivery.pace import Bucket
from aidigest.core.delivery.parcels import Event, Ready, Refused, Returned, Taken, Unreachable
from aidigest.core.feeds.entry import Entry, text_hash
from aidigest.core.feeds.feed import FeedState, FetchRequest, FetchResult, SiteState
from aidigest.core.feeds.identity import KnownEntry
from aidigest.core.messages.message import Message
from aidigest.core.polling.history import PollRecord
from aidigest.core.shards import ALL
from aidigest.errors import MailError, UnansweredError

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
TO_BE_SENT = {DeliveryState.PENDING, DeliveryState.DEFERRED}


class FakeLedger:
    """A Ledger of one edition, kept in a dictionary."""

    def __init__(self, *addresses: str, is_busy: bool = False) -> None:
        self.rows = {
            number: Delivery(
                id=number,
                edition_id=1,
                subscriber_id=number,
                address=address,
                state=DeliveryState.PENDING,
            )
            for number, address in enumerate(addresses, start=1)
        }
        self.updates: list[DeliveryUpdate] = []
        self.buckets: dict[str, Bucket] = {}
        self.held: set[int] = set()
        self.offered: set[int] = set()
        self.is_busy = is_busy

    @contextmanager
    def exclusive(self, edition_id: int, shards: Sequence[int] = ALL) -> Iterator[Self | None]:
        """Grant the hold, unless somebody else is said to have it."""
        yield None if self.is_busy else self

    def show_life(self) -> None:
        """Nobody takes this one for dead."""

    def recover(self, edition_id: int, *, now: datetime) -> None:
        """Put claimed rows back and call offered ones uncertain."""
        after_death = {
            DeliveryState.CLAIMED: DeliveryState.PENDING,
            DeliveryState.OFFERED: DeliveryState.UNCERTAIN,
        }
        for row in self.rows.values():
            self.change(row.id, state=after_death.get(row.state, row.state))

    @contextmanager
    def round(self, edition_id: int, *, now: datetime) -> Iterator["FakeRound"]:
        """Open a round; what it holds is kept only if the block ends well."""
        before, told = dict(self.rows), len(self.updates)
        try:
            yield FakeRound(self, now)
        except BaseException:
            self.rows = before
            del self.updates[told:]
            raise

    def resting(self, *, now: datetime) -> frozenset[str]:
        """Return the buckets that let nothing through."""
        return frozenset(
            name for name, one in self.buckets.items() if one.rests and one.full_at > now
        )

    def offered_count(self, edition_id: int) -> int:
        """Count the rows that were offered."""
        return len(self.offered)

    def never_offered(self, edition_id: int) -> list[list[str]]:
        """Return who is to be sent to and was never offered."""
        rows = self.rows.values()
        return [[r.address for r in rows if r.state in TO_BE_SENT and r.id not in self.offered]]

    def doubt(self, edition_id: int, addresses: Sequence[str], *, now: datetime) -> None:
        """Make them uncertain."""
        for row in list(self.rows.values()):
            if row.address in addresses:
                self.change(row.id, state=DeliveryState.UNCERTAIN)

    def expire(self, edition_id: int, *, now: datetime) -> int:
        """Give up what is still to be sent."""
        left = [row.id for row in self.rows.values() if row.state in TO_BE_SENT]
        for number in left:
            self.change(number, state=DeliveryState.EXPIRED)
        return len(left)

    def next_due_at(self, edition_id: int, *, only_held: bool = False) -> datetime | None:
        """Return the earliest time among the rows still to be sent."""
        waiting = [
            row.due_at
            for row in self.rows.values()
            if row.state in TO_BE_SENT and (not only_held or row.id in self.held)
        ]
        return min((due_at or LONG_AGO for due_at in waiting), default=None)

    def counts(self, edition_id: int) -> dict[DeliveryState, int]:
        """Count the rows by state."""
        states = [row.state for row in self.rows.values()]
        return {state: states.count(state) for state in dict.fromkeys(states)}

    def state_of(self, address: str) -> DeliveryState:
        """Return where the delivery to that address stands."""
        return next(row.state for row in self.rows.values() if row.address == address)

    def change(self, number: int, **changes: Any) -> None:
        """Change a row."""
        self.rows[number] = replace(self.rows[number], **changes)


class FakeWitness:
    """A Witness in a list."""

    def __init__(self, *addresses: str) -> None:
        self.notes = list(addresses)

    def note(self, addresses: Iterable[str]) -> None:
        """Note them."""
        self.notes += addresses

    def count(self) -> int:
        """Count the notes."""
        return len(self.notes)

    def noted(self, addresses: Iterable[str]) -> list[str]:
        """Return those of the addresses that were offered."""
        return [one for one in addresses if one in self.notes]


class FakeRound:
    """A LedgerRound on a FakeLedger."""

    def __init__(self, ledger: FakeLedger, now: datetime) -> None:
        self.ledger = ledger
        self.now = now

    def record(self, updates: Sequence[DeliveryUpdate]) -> None:
        """Keep the updates and apply them."""
        self.ledger.updates += updates
        for one in updates:
            self.ledger.held.discard(one.delivery_id)
            self.ledger.change(
                one.delivery_id,
                state=one.state,
                due_at=one.due_at,
                code=one.code,
                reply=one.reply,
            )

    def offer(self, delivery_ids: Sequence[int]) -> None:
        """Note that the final dots come next."""
        self.ledger.offered |= set(delivery_ids)
        for number in delivery_ids:
            self.ledger.change(number, state=DeliveryState.OFFERED)

    def give_back(self, delivery_ids: Sequence[int]) -> None:
        """Undo claims."""
        for number in delivery_ids:
            row = self.ledger.rows[number]
            self.ledger.change(number, state=DeliveryState.PENDING, attempts=row.attempts - 1)

    def claim(self, at_most: int) -> list[Delivery]:
        """Claim the first rows that are due."""
        due = [
            row
            for row in self.ledger.rows.values()
            if row.state in TO_BE_SENT and (row.due_at is None or row.due_at <= self.now)
        ][:at_most]
        for row in due:
            self.ledger.change(row.id, state=DeliveryState.CLAIMED, attempts=row.attempts + 1)
        return [self.ledger.rows[row.id] for row in due]

    def hold(self, delivery_id: int, *, until: datetime, reason: str, has_slot: bool) -> None:
        """Put a row off for pace."""
        row = self.ledger.rows[delivery_id]
        self.ledger.held.add(delivery_id)
        self.ledger.change(
            delivery_id,
            state=DeliveryState.DEFERRED,
            attempts=row.attempts - 1,
            due_at=until,
            reason=reason,
            has_slot=has_slot,
        )

    def bucket(self, name: str) -> Bucket:
        """Return a bucket."""
        return self.ledger.buckets.get(name, Bucket(name=name))

    def keep_bucket(self, bucket: Bucket) -> None:
        """Keep a bucket."""
        self.ledger.buckets[bucket.name] = bucket


class FakeLines:
    """Lines to one relay that answers as it is told, and takes everything else.

    Args:
        answers: For an address, what comes of its first tries, in order: an
            error, or None to take the message.
        connections: What comes of opening connections, in the same way.
        width: How many connections there may be.
        was_good: Whether connections that are lost had taken mail before.
    """

    NAME = "relay.example:25"

    def __init__(
        self,
        answers: Mapping[str, Sequence[MailError | None]] | None = None,
        *,
        connections: Sequence[MailError | None] = (),
        width: int = 1,
        was_good: bool = False,
    ) -> None:
        self.was_good = was_good
        self.answers = {address: list(script) for address, script in (answers or {}).items()}
        self.connections = list(connections)
        self.width = width
        self.taken: list[str] = []
        self.written: list[Message] = []
        self.opened = 0
        self.is_open = 0
        self.has_failed = False
        self.events: list[Event | Unreachable] = []
        #: Messages that wait for their dot, with what is to come of them.
        self.ready: dict[int, tuple[str, MailError | None]] = {}

    def relays(self) -> Sequence[str]:
        """Return its name, unless it cannot be reached."""
        return [] if self.has_failed else [self.NAME]

    def room(self, relay: str) -> int:
        """Return how many connections are idle."""
        return max(self.is_open - len(self.ready), 0)

    def widen(self, relay: str) -> None:
        """Open one more connection, unless the script has an error for it."""
        if self.is_open == self.width:
            return
        trouble = self.connections.pop(0) if self.connections else None
        if trouble is not None:
            self.has_failed = True
            self.events.append(Unreachable(relay, trouble))
            return
        self.opened += 1
        self.is_open += 1

    def give(self, relay: str, delivery: Delivery, message: Message) -> None:
        """Take all of it but the dot, or refuse it."""
        assert self.room(relay), "no room was left"
        self.written.append(message)
        script = self.answers.get(delivery.address)
        trouble = script.pop(0) if script else None
        if trouble is None or isinstance(trouble, UnansweredError):
            self.ready[delivery.id] = (delivery.address, trouble)
            self.events.append(Ready(delivery.id))
        else:
            self._refuse(delivery.id, trouble)

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Take messages; one that goes unanswered is taken all the same, the worse case."""
        for number in delivery_ids:
            if number not in self.ready:
                continue
            address, trouble = self.ready.pop(number)
            self.taken.append(address)
            if trouble is None:
                self.events.append(Taken(number, 250, "2.0.0 queued"))
            else:
                self._refuse(number, trouble)

    def wait(self, seconds: float) -> list[Event | Unreachable]:
        """Return what has happened; nothing of it takes time."""
        events, self.events = self.events, []
        return events

    def break_off(self) -> None:
        """Hang up on what has no dot yet."""
        self.events = [one for one in self.events if not isinstance(one, Ready)]
        self.events += [Returned(number) for number in self.ready]
        self.ready.clear()

    def _refuse(self, number: int, trouble: MailError) -> None:
        is_lost = isinstance(trouble, UnansweredError) or trouble.code in {None, 421}
        self.is_open -= is_lost
        self.events.append(Refused(number, trouble, was_good=is_lost and self.was_good))


class FakeFeedStore:
    """A FeedStore in memory."""

    def __init__(self, *states: FeedState, sites: Iterable[SiteState] = ()) -> None:
        self.states = {state.url: state for state in states}
        self.sites = {site.site: site for site in sites}
        self.entries: dict[str, Entry] = {}

    def feed_states(self, urls: Collection[str] | None = None) -> dict[str, FeedState]:
        """Return what is remembered."""
        return dict(self.states)

    def site_states(self) -> dict[str, SiteState]:
        """Return what is remembered of sites."""
        return dict(self.sites)

    def known_entries(self, feed_urls: Sequence[str]) -> dict[str, tuple[KnownEntry, ...]]:
        """Return the entries of each feed."""
        return {
            url: tuple(_known(one) for one in self.entries.values() if one.feed_url == url)
            for url in feed_urls
        }

    def record_polls(self, records: Iterable[PollRecord]) -> None:
        """Keep the states and what is new."""
        for record in records:
            self.states[record.state.url] = record.state
            for entry in record.arrivals.new:
                self.entries.setdefault(entry.id, entry)
            for entry in record.arrivals.edited:
                self.entries[entry.id] = replace(
                    self.entries[entry.id], title=entry.title, summary=entry.summary
                )

    def record_sites(self, states: Iterable[SiteState]) -> None:
        """Keep what is remembered of sites."""
        self.sites |= {state.site: state for state in states}

    def set_states(self, states: Iterable[FeedState]) -> None:
        """Keep what was changed."""
        self.states |= {state.url: state for state in states}

    def settle_held(self, feed_url: str, *, as_news_at: datetime | None) -> int:
        """Let go of what is held."""
        held = [one for one in self.entries.values() if one.feed_url == feed_url and one.held_at]
        for one in held:
            seen = as_news_at or one.first_seen_at
            self.entries[one.id] = replace(one, held_at=None, first_seen_at=seen)
        return len(held)

    @property
    def titles(self) -> list[str]:
        """The titles of all entries, in the order they came."""
        return [entry.title for entry in self.entries.values()]

    def entries_since(self, since: datetime) -> tuple[Entry, ...]:
        """Return what was first seen since then."""
        return tuple(one for one in self.entries.values() if one.first_seen_at >= since)


def _known(entry: Entry) -> KnownEntry:
    return KnownEntry(
        id=entry.id,
        url=entry.url,
        title=entry.title,
        published_at=None if entry.published_is_guess else entry.published_at,
        text_hash=text_hash(entry.title, entry.summary),
    )


class FakeMailer:
    """A Mailer for single mails, whose relay takes everything.

    Args:
        connections: What comes of opening sessions, in order: an error to raise, or None.
    """

    def __init__(self, *, connections: Sequence[MailError | None] = ()) -> None:
        self.connections = list(connections)
        self.taken: list[str] = []
        self.messages: list[tuple[str, bytes]] = []  #: With the envelope's sender.

    @contextmanager
    def session(self) -> Iterator["FakeSession"]:
        """Open a session, unless the script has an error for it."""
        trouble = self.connections.pop(0) if self.connections else None
        if trouble is not None:
            raise trouble
        yield FakeSession(self)

    def send(self, recipient: str, on_offer: Callable[[], None]) -> tuple[int, str]:
        """Take the message."""
        on_offer()
        self.taken.append(recipient)
        return 250, "2.0.0 queued"


class FakeSession:
    """A MailSession with the mailer's relay."""

    def __init__(self, mailer: FakeMailer) -> None:
        self.mailer = mailer

    def send(
        self, *, sender: str, recipient: str, message: bytes, on_offer: Callable[[], None]
    ) -> tuple[int, str]:
        """Hand the message to the relay."""
        self.mailer.messages.append((sender, message))
        return self.mailer.send(recipient, on_offer)


@dataclass
class FakeFetcher:
    """Answers by address, and remembers in which order it was asked."""

    answers: Mapping[str, FetchResult | Exception]
    asked: list[FetchRequest] = field(default_factory=list)

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Look the answer up."""
        self.asked.append(request)
        answer = self.answers[request.url]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def urls(self) -> list[str]:
        """The addresses, in order."""
        return [request.url for request in self.asked]
