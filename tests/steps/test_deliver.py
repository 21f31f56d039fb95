"""A run sends what is due, once, and knows the relay's trouble from a reader's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.delivery.deliveries import FIRST_RETRY, Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.delivery.pace import Limits, parse_rate
from aidigest.core.delivery.parcels import Refused
from aidigest.core.delivery.trust import PATIENCE
from aidigest.core.messages.message import Message
from aidigest.errors import MailError, RecipientError, RelayError, Stage, UnansweredError
from aidigest.steps.deliver import Conditions, DeliverReport, Ending, deliver
from fakes import FakeLedger, FakeLines, FakeWitness

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
SENDER = "digest@example.org"
ADA, BOB, CEM = "ada@example.org", "bob@example.org", "cem@example.org"
MANY = tuple(f"reader{n}@example.org" for n in range(3 * PATIENCE))

LOST = RelayError("the connection was lost", stage=Stage.RCPT)
SILENCE = UnansweredError("no reply came", stage=Stage.DATA)


def run(
    ledger: FakeLedger,
    lines: FakeLines,
    *,
    now: datetime = NOW,
    limits: Limits | None = None,
    witness: FakeWitness | None = None,
    stop: Callable[[], bool] = lambda: False,
    on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
    write: Callable[[Delivery], Message] = lambda delivery: Message(
        sender=SENDER, content=delivery.address.encode()
    ),
) -> DeliverReport:
    """Run the step at *now*."""
    return deliver(
        1,
        ledger=ledger,
        lines=lines,
        witness=witness or FakeWitness(),
        write=write,
        conditions=Conditions(
            not_after=NOW + timedelta(hours=19),
            limits=limits or Limits(),
            clock=lambda: now,
            pace_clock=lambda: now,
            stop=stop,
        ),
        on_update=on_update,
    )


def test_everybody_gets_one_copy_over_one_connection() -> None:
    """The plain case; a second run finds nothing left and opens no connection."""
    ledger, lines = FakeLedger(ADA, BOB, CEM), FakeLines()

    first, second = run(ledger, lines), run(ledger, lines)

    assert lines.taken == [ADA, BOB, CEM]
    assert lines.opened == 1
    assert (first.ended, first.tried, first.counts) == (Ending.DONE, 3, {DeliveryState.SENT: 3})
    assert (second.ended, second.tried, second.next_due_at) == (Ending.DONE, 0, None)


def test_refused_address_does_not_stop_the_others() -> None:
    """Bob's server says no; the rest still get the edition, and the reply is kept."""
    ledger = FakeLedger(ADA, BOB, CEM)
    lines = FakeLines({BOB: [RecipientError(BOB, code=550, reply="5.1.1 unknown")]})

    report = run(ledger, lines)

    assert lines.taken == [ADA, CEM]
    assert report.counts == {DeliveryState.SENT: 2, DeliveryState.REJECTED: 1}
    assert ledger.rows[2].reply == "5.1.1 unknown"


def test_a_reader_whose_message_cannot_be_written_does_not_stop_the_others() -> None:
    """An address with a letter beyond ASCII once kept an edition from everybody, for good."""
    ledger, lines = FakeLedger(ADA, BOB, CEM), FakeLines()

    def write(delivery: Delivery) -> Message:
        if delivery.address == BOB:
            raise RecipientError(BOB, code=553, reply="5.1.3 this is no address")
        return Message(sender=SENDER, content=delivery.address.encode())

    report = run(ledger, lines, write=write)

    assert lines.taken == [ADA, CEM]
    assert report.counts == {DeliveryState.SENT: 2, DeliveryState.REJECTED: 1}
    assert ledger.rows[2].reply == "5.1.3 this is no address"


def test_greylisted_address_is_sent_to_when_due() -> None:
    """The report says when; a run before that leaves it alone."""
    ledger = FakeLedger(ADA, BOB)
    lines = FakeLines({BOB: [RecipientError(BOB, code=450, reply="4.2.0 greylisted")]})

    first = run(ledger, lines)
    assert first.next_due_at is not None
    early = run(ledger, lines, now=NOW + timedelta(minutes=1))
    late = run(ledger, lines, now=first.next_due_at)

    assert (early.tried, late.tried) == (0, 1)
    assert lines.taken == [ADA, BOB]


@pytest.mark.parametrize(
    "trouble", [LOST, RelayError("closing", code=421, reply="4.3.2 bye", stage=Stage.MAIL)]
)
def test_lost_connection_is_opened_again_and_nobody_is_skipped(trouble: MailError) -> None:
    """Connection trouble is not recipient trouble."""
    ledger, lines = FakeLedger(ADA, BOB, CEM), FakeLines({BOB: [trouble]})

    report = run(ledger, lines)

    assert sorted(lines.taken) == [ADA, BOB, CEM]
    assert lines.opened == 2
    assert report.counts == {DeliveryState.SENT: 3}


def test_reader_who_trips_the_relay_does_not_hold_up_the_rest() -> None:
    """Bob's message kills the connection each time; the third gets hers all the same."""
    ledger, lines = FakeLedger(ADA, BOB, CEM), FakeLines({BOB: [LOST] * 9})

    report = run(ledger, lines)

    assert lines.taken == [ADA, CEM]
    assert ledger.state_of(BOB) is DeliveryState.DEFERRED
    assert report.ended is Ending.DONE


def test_unanswered_message_is_uncertain_and_not_sent_again() -> None:
    """Design decision 8: only a person may ask for a second copy."""
    ledger, lines = FakeLedger(ADA, BOB), FakeLines({ADA: [SILENCE]})

    report = run(ledger, lines)
    run(ledger, lines)

    assert lines.taken == [ADA, BOB]
    assert report.counts == {DeliveryState.UNCERTAIN: 1, DeliveryState.SENT: 1}


def test_death_is_made_good_by_the_next_run() -> None:
    """What was claimed is sent; what was offered is uncertain."""
    ledger, lines = FakeLedger(ADA, BOB, CEM), FakeLines()
    with ledger.round(1, now=NOW) as round_:
        _, offered = round_.claim(2)
        round_.offer([offered.id])

    run(ledger, lines)

    assert lines.taken == [ADA, CEM]
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
    ledger, lines = FakeLedger(ADA, BOB), FakeLines({ADA: [refusal]})

    report = run(ledger, lines)

    assert report.ended is Ending.BROKEN
    assert refusal.reply in report.reason
    assert lines.taken == []
    assert ledger.state_of(ADA) is DeliveryState.DEFERRED
    assert ledger.state_of(BOB) is DeliveryState.PENDING


def test_relay_out_of_reach_harms_no_row() -> None:
    """One failed connection is enough to know; all stay pending, for a later run."""
    ledger = FakeLedger(ADA, BOB)
    lines = FakeLines(connections=[RelayError("mail.example:25 cannot be used: refused")])

    report = run(ledger, lines)

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
    lines = FakeLines({address: [trouble] * 9 for address in MANY})

    report = run(ledger, lines)

    assert report.ended is Ending.BROKEN
    assert report.tried == PATIENCE
    assert f"{PATIENCE} in a row" in report.reason
    assert report.counts[DeliveryState.PENDING] >= len(MANY) - PATIENCE


def test_relay_that_forgets_us_for_an_hour_costs_nobody_the_edition() -> None:
    """An operator sets it right, and whoever was refused meanwhile is sent to as well."""
    denied = [RecipientError(one, code=554, reply="Relay access denied") for one in MANY]
    ledger, lines = FakeLedger(*MANY), FakeLines({one.recipient: [one] for one in denied})

    first = run(ledger, lines)
    runs = [run(ledger, lines, now=NOW + timedelta(minutes=10 * n)) for n in range(1, 9)]

    assert first.ended is Ending.BROKEN
    assert runs[-1].counts == {DeliveryState.SENT: len(MANY)}


def test_connections_that_are_lost_at_once_do_not_stop_the_run() -> None:
    """A relay restarts, or one of several dies; what they had taken shows that it was fit."""
    closing = RelayError("closing", code=421, reply="4.3.2 bye", stage=Stage.MAIL)
    answers = {address: [LOST if n % 2 else closing] for n, address in enumerate(MANY)}
    ledger, lines = FakeLedger(*MANY), FakeLines(answers, width=8, was_good=True)

    report = run(ledger, lines)

    assert (report.ended, report.counts) == (Ending.DONE, {DeliveryState.SENT: len(MANY)})


def test_relay_trouble_now_and_then_does_not_stop_the_run() -> None:
    """Only what comes in a row points to the relay."""
    ledger = FakeLedger(*MANY)
    refused = {a: [RecipientError(a, code=550, reply="no")] for a in MANY[::2]}

    report = run(ledger, FakeLines(refused))

    assert report.ended is Ending.DONE
    assert report.counts[DeliveryState.SENT] == len(MANY) - len(refused)


def test_stop_is_heeded_between_messages() -> None:
    """SIGTERM: the message in hand is finished, the rest waits."""
    ledger, lines = FakeLedger(ADA, BOB, CEM), FakeLines()

    report = run(ledger, lines, stop=lambda: len(lines.taken) == 1)

    assert report.ended is Ending.STOPPED
    assert report.counts == {DeliveryState.SENT: 1, DeliveryState.PENDING: 2}


def test_old_edition_is_given_up() -> None:
    """A machine that was down for a day, or a restored backup, mails no old news."""
    ledger, lines = FakeLedger(ADA, BOB), FakeLines()

    report = run(ledger, lines, now=NOW + timedelta(hours=20))

    assert report.ended is Ending.TOO_LATE
    assert report.counts == {DeliveryState.EXPIRED: 2}
    assert lines.taken == []


def test_old_edition_that_was_sent_is_simply_done() -> None:
    """Nothing was left to give up."""
    ledger, lines = FakeLedger(ADA), FakeLines()
    run(ledger, lines)

    report = run(ledger, lines, now=NOW + timedelta(hours=20))

    assert report.ended is Ending.DONE


def test_second_sender_keeps_off() -> None:
    """Two workers on one database: one sends, the other says so and leaves."""
    ledger, lines = FakeLedger(ADA, is_busy=True), FakeLines()

    report = run(ledger, lines)

    assert report.ended is Ending.BUSY
    assert lines.taken == []
    assert report.counts == {DeliveryState.PENDING: 1}


def test_outcomes_are_told_as_they_come() -> None:
    """The command line shows progress; the row is stored by then."""
    ledger = FakeLedger(ADA, BOB)
    told: list[tuple[str, DeliveryState]] = []

    run(
        ledger,
        FakeLines(),
        on_update=lambda d, _u: told.append((d.address, ledger.state_of(d.address))),
    )

    assert told == [(ADA, DeliveryState.SENT), (BOB, DeliveryState.SENT)]


def test_several_connections_share_the_work() -> None:
    """Each message is on one of them, and each reader gets one."""
    ledger, lines = FakeLedger(*MANY), FakeLines(width=4)

    report = run(ledger, lines)

    assert lines.opened == 4
    assert sorted(lines.taken) == sorted(MANY)
    assert report.counts == {DeliveryState.SENT: len(MANY)}


def test_stop_with_messages_in_hand_gives_back_what_was_not_offered() -> None:
    """Ten seconds after SIGTERM a platform kills; what has no dot yet is simply not sent."""
    ledger, lines = FakeLedger(*MANY), FakeLines(width=4)

    report = run(ledger, lines, stop=lambda: len(lines.taken) >= 2)
    again = run(ledger, FakeLines())

    assert report.counts[DeliveryState.SENT] == len(lines.taken)
    assert set(report.counts) == {DeliveryState.SENT, DeliveryState.PENDING}
    assert {row.attempts for row in ledger.rows.values()} == {1}
    assert again.counts == {DeliveryState.SENT: len(MANY)}


def test_a_domains_rate_is_kept_and_each_message_has_its_turn() -> None:
    """Two go to example.org at once; the others wait, each for a slot of its own."""
    ledger, lines = FakeLedger(ADA, BOB, CEM, "dan@example.net"), FakeLines()
    limits = Limits(domains={"example.org": parse_rate("60/hour")})

    first = run(ledger, lines, limits=limits)
    in_time = run(ledger, lines, limits=limits, now=NOW + timedelta(minutes=1))

    assert first.counts == {DeliveryState.SENT: 2, DeliveryState.DEFERRED: 2}
    assert first.next_due_at == NOW + timedelta(minutes=1)
    assert lines.taken == [ADA, "dan@example.net", BOB]
    assert in_time.next_due_at == NOW + timedelta(minutes=2)
    assert ledger.rows[2].attempts == 1


def test_a_relays_rate_is_remembered_by_the_ledger() -> None:
    """A restart must not begin with a full bucket again."""
    ledger, lines = FakeLedger(ADA, BOB), FakeLines()
    limits = Limits(relays={FakeLines.NAME: parse_rate("1/hour")})

    run(ledger, lines, limits=limits, stop=lambda: len(lines.taken) == 1)

    kept = ledger.buckets[f"relay:{FakeLines.NAME}"]
    assert kept.full_at == NOW + timedelta(hours=1)


def test_a_domain_that_is_served_too_fast_gets_a_rest() -> None:
    """Only that domain waits: the others do not pay for it."""
    org, net = ["ada@example.org", "bob@example.org"], "eve@example.net"
    ledger = FakeLedger(*org, net)
    too_fast = RecipientError(ADA, code=451, reply="4.7.1 too many messages, slow down")
    lines = FakeLines({ADA: [too_fast]})

    first = run(ledger, lines)
    resting = run(ledger, lines, now=NOW + timedelta(seconds=10))
    later = run(ledger, lines, now=NOW + timedelta(hours=1))

    assert ledger.buckets["domain:example.org"].rests == 1
    assert net in lines.taken
    assert first.counts[DeliveryState.DEFERRED] >= 1
    assert resting.tried == 0
    assert later.counts == {DeliveryState.SENT: 3}


def test_what_a_restored_ledger_has_forgotten_is_not_sent_again() -> None:
    """The database of an hour ago has everybody pending; the witness knows better."""
    ledger, lines = FakeLedger(ADA, BOB, CEM), FakeLines()

    report = run(ledger, lines, witness=FakeWitness(ADA, CEM))

    assert lines.taken == [BOB]
    assert report.counts == {DeliveryState.UNCERTAIN: 2, DeliveryState.SENT: 1}


def test_what_is_offered_is_noted_first() -> None:
    """The witness must know of every dot that left."""
    ledger, witness = FakeLedger(ADA, BOB), FakeWitness()

    run(ledger, FakeLines(), witness=witness)

    assert witness.notes == [ADA, BOB]


def test_connection_lost_while_a_message_waits_for_its_dot_leaves_nothing_offered() -> None:
    """Ready and lost in one breath: the relay has no dot, so nothing is uncertain."""
    ledger, lines = FakeLedger(ADA), FakeLines()
    give = lines.give

    def give_and_lose(relay: str, delivery: Delivery, message: Message) -> None:
        give(relay, delivery, message)
        if lines.opened == 1:
            del lines.ready[delivery.id]
            lines.is_open = 0
            lines.events.append(Refused(delivery.id, LOST))

    lines.give = give_and_lose  # type: ignore[method-assign]  # The fake's own, on this instance.
    report = run(ledger, lines)

    assert lines.taken == [ADA]
    assert report.counts == {DeliveryState.SENT: 1}
