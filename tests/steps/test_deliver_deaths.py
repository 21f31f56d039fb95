"""A run may die between any two statements; the next one puts everything right."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from aidigest.core.delivery.deliveries import Delivery, DeliveryState
from aidigest.core.messages.message import Message
from aidigest.errors import MailError, RecipientError, RelayError, Stage, UnansweredError
from aidigest.steps.deliver import Conditions, deliver
from fakes import FakeLedger, FakeLines, FakeRound, FakeWitness

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

    @contextmanager
    def round(self, edition_id: int, *, now: datetime) -> Iterator[FakeRound]:
        """Commit between two moments, and die before the commit as well."""
        self.fate.tick()
        with super().round(edition_id, now=now) as round_:
            yield round_
            self.fate.tick()
        self.fate.tick()


class MortalLines(FakeLines):
    """A relay that has the message a moment before we hear of it."""

    fate = Fate(None)

    def give(self, relay: str, delivery: Delivery, message: Message) -> None:
        """Begin between two moments."""
        self.fate.tick()
        super().give(relay, delivery, message)
        self.fate.tick()

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Send the dots one by one, with a moment between each two."""
        for number in delivery_ids:
            self.fate.tick()
            super().release([number])
        self.fate.tick()


def run(ledger: FakeLedger, lines: FakeLines) -> None:
    """Run the step until nothing is left, however long that takes on the clock."""
    due_at: datetime | None = NOW
    while due_at is not None:
        due_at = run_at(due_at, ledger, lines)


def run_at(now: datetime, ledger: FakeLedger, lines: FakeLines) -> datetime | None:
    """Run the step once; return when it is due again."""
    conditions = Conditions(
        not_after=NOW + timedelta(hours=19), clock=lambda: now, pace_clock=lambda: now
    )
    report = deliver(
        1,
        ledger=ledger,
        lines=lines,
        witness=FakeWitness(),
        write=lambda _delivery: Message(sender="", content=b""),
        conditions=conditions,
    )
    return report.next_due_at


def with_a_death(moment: int, troubles: dict[str, list[MailError]]) -> tuple[FakeLedger, list[str]]:
    """Run, die at that moment, run again; return the ledger and whom the relay took."""
    ledger, first = MortalLedger(*READERS), MortalLines(troubles, width=2)
    ledger.fate = first.fate = Fate(moment)
    with suppress(Death):
        run(ledger, first)
    has_died = ledger.fate.passed == moment
    ledger.fate = Fate(None)
    second = FakeLines(first.answers, width=2)
    run(ledger, second)
    return ledger, first.taken + second.taken if has_died else []


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
