"""Stand-ins for the outside, handed to the steps in place of the real things."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from aidigest.core.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.entries import Entry, text_hash
from aidigest.core.feeds import FeedState, FetchRequest, FetchResult, SiteState
from aidigest.core.identity import KnownEntry
from aidigest.core.polling import PollRecord
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
        self.is_busy = is_busy

    def freeze_audience(self, edition_id: int, digest_id: str, *, now: datetime) -> int:
        """Count the rows, which are there from the start."""
        return len(self.rows)

    @contextmanager
    def exclusive(self, edition_id: int) -> Iterator[bool]:
        """Grant the hold, unless somebody else is said to have it."""
        yield not self.is_busy

    def recover(self, edition_id: int, *, now: datetime) -> None:
        """Put claimed rows back and call offered ones uncertain."""
        after_death = {
            DeliveryState.CLAIMED: DeliveryState.PENDING,
            DeliveryState.OFFERED: DeliveryState.UNCERTAIN,
        }
        for row in self.rows.values():
            self._set(row.id, state=after_death.get(row.state, row.state))

    def claim_next(self, edition_id: int, *, now: datetime) -> Delivery | None:
        """Claim the first row that is due."""
        for row in self.rows.values():
            is_due = row.due_at is None or row.due_at <= now
            if row.state in TO_BE_SENT and is_due:
                self._set(row.id, state=DeliveryState.CLAIMED, attempts=row.attempts + 1)
                return self.rows[row.id]
        return None

    def mark_offered(self, delivery_id: int, *, now: datetime) -> None:
        """Note that the final dot comes next."""
        self._set(delivery_id, state=DeliveryState.OFFERED)

    def record(self, update: DeliveryUpdate, *, now: datetime) -> None:
        """Keep the update and apply it."""
        self.updates.append(update)
        self._set(
            update.delivery_id,
            state=update.state,
            due_at=update.due_at,
            code=update.code,
            reply=update.reply,
        )

    def expire(self, edition_id: int, *, now: datetime) -> int:
        """Give up what is still to be sent."""
        left = [row.id for row in self.rows.values() if row.state in TO_BE_SENT]
        for number in left:
            self._set(number, state=DeliveryState.EXPIRED)
        return len(left)

    def next_due_at(self, edition_id: int) -> datetime | None:
        """Return the earliest time among the rows still to be sent."""
        waiting = [row.due_at for row in self.rows.values() if row.state in TO_BE_SENT]
        return min((due_at or LONG_AGO for due_at in waiting), default=None)

    def counts(self, edition_id: int) -> dict[DeliveryState, int]:
        """Count the rows by state."""
        states = [row.state for row in self.rows.values()]
        return {state: states.count(state) for state in dict.fromkeys(states)}

    def state_of(self, address: str) -> DeliveryState:
        """Return where the delivery to that address stands."""
        return next(row.state for row in self.rows.values() if row.address == address)

    def _set(self, number: int, **changes: Any) -> None:
        self.rows[number] = replace(self.rows[number], **changes)


class FakeMailer:
    """A Mailer whose relay answers as it is told, and takes everything else.

    Args:
        answers: For an address, what comes of its first tries, in order: an
            error to raise, or None to take the message.
        connections: What comes of opening sessions, in the same way.
    """

    def __init__(
        self,
        answers: Mapping[str, Sequence[MailError | None]] | None = None,
        *,
        connections: Sequence[MailError | None] = (),
    ) -> None:
        self.answers = {address: list(script) for address, script in (answers or {}).items()}
        self.connections = list(connections)
        self.taken: list[str] = []
        self.opened = 0

    @contextmanager
    def session(self) -> Iterator["FakeSession"]:
        """Open a session, unless the script has an error for it."""
        trouble = self.connections.pop(0) if self.connections else None
        if trouble is not None:
            raise trouble
        self.opened += 1
        yield FakeSession(self)

    def send(self, recipient: str, on_offer: Callable[[], None]) -> tuple[int, str]:
        """Take the message, or raise what the script has for this try.

        One that goes unanswered is taken all the same: the worse case of the two.
        """
        script = self.answers.get(recipient)
        trouble = script.pop(0) if script else None
        if trouble is not None and not isinstance(trouble, UnansweredError):
            raise trouble
        on_offer()
        self.taken.append(recipient)
        if trouble is not None:
            raise trouble
        return 250, "2.0.0 queued"


class FakeSession:
    """A MailSession with the mailer's relay."""

    def __init__(self, mailer: FakeMailer) -> None:
        self.mailer = mailer

    def send(
        self, *, sender: str, recipient: str, message: bytes, on_offer: Callable[[], None]
    ) -> tuple[int, str]:
        """Hand the message to the relay."""
        return self.mailer.send(recipient, on_offer)


class FakeFeedStore:
    """A FeedStore in memory."""

    def __init__(self, *states: FeedState, sites: Iterable[SiteState] = ()) -> None:
        self.states = {state.url: state for state in states}
        self.sites = {site.site: site for site in sites}
        self.entries: dict[str, Entry] = {}

    def feed_states(self) -> dict[str, FeedState]:
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
