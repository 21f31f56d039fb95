"""Stand-ins for the outside, handed to the steps in place of the real things."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aidigest.core.deliveries import Delivery, DeliveryState, DeliveryUpdate
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
