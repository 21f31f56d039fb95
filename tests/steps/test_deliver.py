"""A run sends what is due, once, and knows the relay's trouble from a reader's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.deliveries import FIRST_RETRY, Delivery, DeliveryState, DeliveryUpdate
from aidigest.errors import MailError, RecipientError, RelayError, Stage, UnansweredError
from aidigest.steps.deliver import PATIENCE, DeliverReport, Ending, deliver
from fakes import FakeLedger, FakeMailer

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
ADA, BOB, CEM = "ada@example.org", "bob@example.org", "cem@example.org"
MANY = tuple(f"reader{n}@example.org" for n in range(3 * PATIENCE))

LOST = RelayError("the connection was lost", stage=Stage.RCPT)
SILENCE = UnansweredError("no reply came", stage=Stage.DATA)


def run(
    ledger: FakeLedger,
    mailer: FakeMailer,
    *,
    now: datetime = NOW,
    stop: Callable[[], bool] = lambda: False,
    on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
) -> DeliverReport:
    """Run the step at *now*."""
    return deliver(
        1,
        ledger=ledger,
        mailer=mailer,
        write=lambda delivery: f"To: {delivery.address}\r\n\r\nHello".encode(),
        sender="digest@example.org",
        not_after=NOW + timedelta(hours=19),
        clock=lambda: now,
        stop=stop,
        on_update=on_update,
    )


def test_everybody_gets_one_copy_over_one_connection() -> None:
    """The plain case; a second run finds nothing left and opens no connection."""
    ledger, mailer = FakeLedger(ADA, BOB, CEM), FakeMailer()

    first, second = run(ledger, mailer), run(ledger, mailer)

    assert mailer.taken == [ADA, BOB, CEM]
    assert mailer.opened == 1
    assert (first.ended, first.tried, first.counts) == (Ending.DONE, 3, {DeliveryState.SENT: 3})
    assert (second.ended, second.tried, second.next_due_at) == (Ending.DONE, 0, None)


def test_refused_address_does_not_stop_the_others() -> None:
    """Bob's server says no; the rest still get the edition, and the reply is kept."""
    ledger = FakeLedger(ADA, BOB, CEM)
    mailer = FakeMailer({BOB: [RecipientError(BOB, code=550, reply="5.1.1 unknown")]})

    report = run(ledger, mailer)

    assert mailer.taken == [ADA, CEM]
    assert report.counts == {DeliveryState.SENT: 2, DeliveryState.REJECTED: 1}
    assert ledger.rows[2].reply == "5.1.1 unknown"


def test_greylisted_address_is_sent_to_when_due() -> None:
    """The report says when; a run before that leaves it alone."""
    ledger = FakeLedger(ADA, BOB)
    mailer = FakeMailer({BOB: [RecipientError(BOB, code=450, reply="4.2.0 greylisted")]})

    first = run(ledger, mailer)
    assert first.next_due_at is not None
    early = run(ledger, mailer, now=NOW + timedelta(minutes=1))
    late = run(ledger, mailer, now=first.next_due_at)

    assert (early.tried, late.tried) == (0, 1)
    assert mailer.taken == [ADA, BOB]


@pytest.mark.parametrize(
    "trouble", [LOST, RelayError("closing", code=421, reply="4.3.2 bye", stage=Stage.MAIL)]
)
def test_lost_connection_is_opened_again_and_nobody_is_skipped(trouble: MailError) -> None:
    """Connection trouble is not recipient trouble."""
    ledger, mailer = FakeLedger(ADA, BOB, CEM), FakeMailer({BOB: [trouble]})

    report = run(ledger, mailer)

    assert sorted(mailer.taken) == [ADA, BOB, CEM]
    assert mailer.opened == 2
    assert report.counts == {DeliveryState.SENT: 3}


def test_reader_who_trips_the_relay_does_not_hold_up_the_rest() -> None:
    """Bob's message kills the connection each time; the third gets hers all the same."""
    ledger, mailer = FakeLedger(ADA, BOB, CEM), FakeMailer({BOB: [LOST] * 9})

    report = run(ledger, mailer)

    assert mailer.taken == [ADA, CEM]
    assert ledger.state_of(BOB) is DeliveryState.DEFERRED
    assert report.ended is Ending.DONE


def test_unanswered_message_is_uncertain_and_not_sent_again() -> None:
    """Design decision 8: only a person may ask for a second copy."""
    ledger, mailer = FakeLedger(ADA, BOB), FakeMailer({ADA: [SILENCE]})

    report = run(ledger, mailer)
    run(ledger, mailer)

    assert mailer.taken == [ADA, BOB]
    assert report.counts == {DeliveryState.UNCERTAIN: 1, DeliveryState.SENT: 1}


def test_death_is_made_good_by_the_next_run() -> None:
    """What was claimed is sent; what was offered is uncertain."""
    ledger, mailer = FakeLedger(ADA, BOB, CEM), FakeMailer()
    ledger.claim_next(1, now=NOW)
    claimed = ledger.claim_next(1, now=NOW)
    assert claimed is not None
    ledger.mark_offered(claimed.id, now=NOW)

    run(ledger, mailer)

    assert mailer.taken == [ADA, CEM]
    assert ledger.state_of(BOB) is DeliveryState.UNCERTAIN


@pytest.mark.parametrize(
    "refusal",
    [
        RecipientError(ADA, code=550, reply="5.7.1 blocked"),
        RelayError("refused", code=535, reply="5.7.8 bad credentials", stage=Stage.MAIL),
    ],
)
def test_policy_refusal_stops_the_run_and_blames_nobody(refusal: MailError) -> None:
    """The first reader is put off, the others are not even tried; the reason is told."""
    ledger, mailer = FakeLedger(ADA, BOB), FakeMailer({ADA: [refusal]})

    report = run(ledger, mailer)

    assert report.ended is Ending.BROKEN
    assert refusal.reply in report.reason
    assert mailer.taken == []
    assert ledger.state_of(ADA) is DeliveryState.DEFERRED
    assert ledger.state_of(BOB) is DeliveryState.PENDING


def test_relay_out_of_reach_harms_no_row() -> None:
    """One failed connection is enough to know; all stay pending, for a later run."""
    ledger = FakeLedger(ADA, BOB)
    mailer = FakeMailer(connections=[RelayError("mail.example:25 cannot be used: refused")])

    report = run(ledger, mailer)

    assert report.ended is Ending.BROKEN
    assert report.reason == "mail.example:25 cannot be used: refused"
    assert report.counts == {DeliveryState.PENDING: 2}
    assert report.next_due_at == NOW + FIRST_RETRY


@pytest.mark.parametrize(
    "trouble",
    [
        RecipientError(ADA, code=554, reply="no", stage=Stage.DATA),
        RecipientError(ADA, code=452, reply="4.3.1 disk full"),
        SILENCE,
        LOST,
    ],
)
def test_relay_trouble_in_a_row_stops_the_run_and_not_the_list(trouble: MailError) -> None:
    """A broken relay may touch a handful of readers; the others are left for later."""
    ledger = FakeLedger(*MANY)
    mailer = FakeMailer({address: [trouble] * 9 for address in MANY})

    report = run(ledger, mailer)

    assert report.ended is Ending.BROKEN
    assert report.tried == PATIENCE
    assert f"{PATIENCE} in a row" in report.reason
    assert report.counts[DeliveryState.PENDING] >= len(MANY) - PATIENCE


def test_relay_trouble_now_and_then_does_not_stop_the_run() -> None:
    """Only what comes in a row points to the relay."""
    ledger = FakeLedger(*MANY)
    refused = {a: [RecipientError(a, code=550, reply="no")] for a in MANY[::2]}

    report = run(ledger, FakeMailer(refused))

    assert report.ended is Ending.DONE
    assert report.counts[DeliveryState.SENT] == len(MANY) - len(refused)


def test_stop_is_heeded_between_messages() -> None:
    """SIGTERM: the message in hand is finished, the rest waits."""
    ledger, mailer = FakeLedger(ADA, BOB, CEM), FakeMailer()

    report = run(ledger, mailer, stop=lambda: len(mailer.taken) == 1)

    assert report.ended is Ending.STOPPED
    assert report.counts == {DeliveryState.SENT: 1, DeliveryState.PENDING: 2}


def test_old_edition_is_given_up() -> None:
    """A machine that was down for a day, or a restored backup, mails no old news."""
    ledger, mailer = FakeLedger(ADA, BOB), FakeMailer()

    report = run(ledger, mailer, now=NOW + timedelta(hours=20))

    assert report.ended is Ending.TOO_LATE
    assert report.counts == {DeliveryState.EXPIRED: 2}
    assert mailer.taken == []


def test_old_edition_that_was_sent_is_simply_done() -> None:
    """Nothing was left to give up."""
    ledger, mailer = FakeLedger(ADA), FakeMailer()
    run(ledger, mailer)

    report = run(ledger, mailer, now=NOW + timedelta(hours=20))

    assert report.ended is Ending.DONE


def test_second_sender_keeps_off() -> None:
    """Two workers on one database: one sends, the other says so and leaves."""
    ledger, mailer = FakeLedger(ADA, is_busy=True), FakeMailer()

    report = run(ledger, mailer)

    assert report.ended is Ending.BUSY
    assert mailer.taken == []
    assert report.counts == {DeliveryState.PENDING: 1}


def test_outcomes_are_told_as_they_come() -> None:
    """The command line shows progress; the row is stored by then."""
    ledger = FakeLedger(ADA, BOB)
    told: list[tuple[str, DeliveryState]] = []

    run(
        ledger,
        FakeMailer(),
        on_update=lambda d, _u: told.append((d.address, ledger.state_of(d.address))),
    )

    assert told == [(ADA, DeliveryState.SENT), (BOB, DeliveryState.SENT)]
