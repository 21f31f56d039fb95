"""A run may die between any two statements; the next one puts everything right."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from aidigest.core.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.errors import MailError, RecipientError, RelayError, Stage, UnansweredError
from aidigest.steps.deliver import deliver
from fakes import FakeLedger, FakeMailer

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
ADA, BOB, CEM = READERS = ("ada@example.org", "bob@example.org", "cem@example.org")


class Death(BaseException):
    """Like SIGKILL, it passes every `except` that is there for errors."""


class Fate:
    """Lets the run live for so many statements."""

    def __init__(self, moment: int | None) -> None:
        self.moment = moment
        self.passed = 0

    def tick(self) -> None:
        """Die, or let a moment pass."""
        self.passed += 1
        if self.passed == self.moment:
            raise Death


class MortalLedger(FakeLedger):
    """A ledger before and after whose commits the process may die."""

    fate = Fate(None)

    def claim_next(self, edition_id: int, *, now: datetime) -> Delivery | None:
        """Claim between two moments."""
        self.fate.tick()
        claimed = super().claim_next(edition_id, now=now)
        self.fate.tick()
        return claimed

    def mark_offered(self, delivery_id: int, *, now: datetime) -> None:
        """Mark between two moments."""
        self.fate.tick()
        super().mark_offered(delivery_id, now=now)
        self.fate.tick()

    def record(self, update: DeliveryUpdate, *, now: datetime) -> None:
        """Record between two moments."""
        self.fate.tick()
        super().record(update, now=now)
        self.fate.tick()


class MortalMailer(FakeMailer):
    """A relay that has the message a moment before we hear of it."""

    fate = Fate(None)

    def send(self, recipient: str, on_offer: Callable[[], None]) -> tuple[int, str]:
        """Take the message, with a moment between each two steps."""
        self.fate.tick()
        answer = super().send(recipient, on_offer)
        self.fate.tick()
        return answer


def run(ledger: FakeLedger, mailer: FakeMailer) -> None:
    """Run the step until nothing is left, however long that takes on the clock."""
    now: datetime | None = NOW
    while now is not None:
        report = deliver(
            1,
            ledger=ledger,
            mailer=mailer,
            write=lambda delivery: delivery.address.encode(),
            sender="digest@example.org",
            not_after=NOW + timedelta(hours=19),
            clock=lambda now=now: now,  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        )
        now = report.next_due_at


def with_a_death(moment: int, troubles: dict[str, list[MailError]]) -> tuple[FakeLedger, list[str]]:
    """Run, die at that moment, run again; return the ledger and whom the relay took."""
    ledger, mailer = MortalLedger(*READERS), MortalMailer(troubles)
    ledger.fate = mailer.fate = Fate(moment)
    with suppress(Death):
        run(ledger, mailer)
    has_died = ledger.fate.passed == moment
    ledger.fate = mailer.fate = Fate(None)
    run(ledger, mailer)
    return ledger, mailer.taken if has_died else []


@pytest.mark.parametrize(
    "troubles",
    [
        {},
        {BOB: [RecipientError(BOB, code=450, reply="4.2.0 greylisted")]},
        {BOB: [RelayError("closing", code=421, reply="4.3.2 bye", stage=Stage.MAIL)]},
        {BOB: [RelayError("the connection was lost", stage=Stage.DATA)]},
        {BOB: [UnansweredError("no reply came", stage=Stage.DATA)]},
        {ADA: [RecipientError(ADA, code=550, reply="5.7.1 blocked")]},
    ],
    ids=["no trouble", "450", "421", "lost", "unanswered", "blocked"],
)
def test_nobody_twice_and_nobody_unnamed_whatever_the_moment(
    troubles: dict[str, list[MailError]],
) -> None:
    """Every statement boundary of the run is tried, with every kind of trouble about."""
    for moment in count(1):
        script = {address: list(errors) for address, errors in troubles.items()}
        ledger, taken = with_a_death(moment, script)
        if not taken:
            break
        copies = Counter(taken)
        uncertain = {a for a in READERS if ledger.state_of(a) is DeliveryState.UNCERTAIN}
        sent = {a for a in READERS if ledger.state_of(a) is DeliveryState.SENT}

        assert max(copies.values()) == 1, f"moment {moment}"
        assert sent | uncertain == set(READERS), f"moment {moment}"
        assert sent <= copies.keys(), f"moment {moment}"

    assert moment > 8 * len(READERS)
