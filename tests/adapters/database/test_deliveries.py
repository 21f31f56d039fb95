"""The ledger as the database keeps it (design decision 8)."""

import gc
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from aidigest.adapters.database import Deliveries, Editions, Rights, Subscribers
from aidigest.core.delivery.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.delivery.pace import Bucket
from aidigest.core.editions.edition import Edition, RenderedEdition
from aidigest.core.readers.subscriber import Signup
from aidigest.errors import BusyError, StoreError

NOW = datetime(2026, 9, 14, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def edition_id(engine: Engine) -> int:
    """An edition for three readers, stored."""
    edition = Edition(
        digest_id="daily",
        digest_title="Daily",
        number=1,
        date=date(2026, 9, 14),
        timezone="UTC",
        language="en",
        sections=(),
        created_at=NOW,
        not_after=NOW + timedelta(hours=20),
    )
    rendered = RenderedEdition(edition=edition, subject="", html="", text="", markdown="")
    names = ("ada", "bob", "cam")
    readers = [Signup(address=f"{name}@example.org", digests=("daily",)) for name in names]
    Subscribers(engine).add(readers, now=NOW)
    return Editions(engine).add_edition(rendered)[0]


def claim(ledger: Deliveries, edition_id: int, *, now: datetime = NOW) -> Delivery:
    """Claim the next delivery; there must be one."""
    with ledger.round(edition_id, now=now) as round_:
        (delivery,) = round_.claim(1)
    return delivery


def record(ledger: Deliveries, *updates: DeliveryUpdate) -> None:
    """Store what became of deliveries."""
    with ledger.round(1, now=NOW) as round_:
        round_.record(updates)


def offer(ledger: Deliveries, delivery: Delivery) -> None:
    """Store that its dot comes next."""
    with ledger.round(delivery.edition_id, now=NOW) as round_:
        round_.offer([delivery.id])


def record_and_offer(ledger: Deliveries, ended: DeliveryUpdate, next_one: Delivery) -> None:
    """Do both in one round, as a send does."""
    with ledger.round(next_one.edition_id, now=NOW) as round_:
        round_.record([ended])
        round_.offer([next_one.id])


def left_to_claim(ledger: Deliveries, edition_id: int, *, now: datetime = NOW) -> int:
    """Claim all there is; return how many that were."""
    with ledger.round(edition_id, now=now) as round_:
        return len(round_.claim(100))


def update(delivery: Delivery, state: DeliveryState, **more: object) -> DeliveryUpdate:
    """Return an update of that delivery."""
    return DeliveryUpdate(delivery_id=delivery.id, state=state, reason="why", **more)  # type: ignore[arg-type]  # Each test passes what it needs.


def test_the_audience_is_frozen_once(engine: Engine, edition_id: int) -> None:
    """Who joins after the edition went out waits for the next one."""
    ledger = Deliveries(engine)

    first = ledger.freeze_audience(edition_id, "daily", now=NOW)
    late = Signup(address="dan@example.org", digests=("daily",))
    Subscribers(engine).add([late], now=LATER)
    second = ledger.freeze_audience(edition_id, "daily", now=LATER)

    assert (first, second) == (3, 3)
    assert ledger.counts(edition_id) == {DeliveryState.PENDING: 3}


def test_suppressed_readers_are_left_out_by_name(engine: Engine, edition_id: int) -> None:
    """Never skipped without being named."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    gone = update(claim(ledger, edition_id), DeliveryState.REJECTED, suppress=True, code=550)
    record(ledger, gone)
    edition = Editions(engine).latest("daily")
    assert edition is not None
    next_day = replace(edition, number=2, date=date(2026, 9, 15))
    rendered = RenderedEdition(edition=next_day, subject="", html="", text="", markdown="")
    second_id, _ = Editions(engine).add_edition(rendered)

    size = ledger.freeze_audience(second_id, "daily", now=LATER)

    assert size == 2
    assert ledger.excluded(second_id) == {"ada@example.org": "suppressed: why: 550 "}


def test_each_delivery_is_claimed_once(engine: Engine, edition_id: int) -> None:
    """A claimed row is out of the queue, and counts as an attempt."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)

    claims = [claim(ledger, edition_id) for _ in range(3)]

    assert [one.address for one in claims] == [
        "ada@example.org",
        "bob@example.org",
        "cam@example.org",
    ]
    assert {one.attempts for one in claims} == {1}
    assert {one.state for one in claims} == {DeliveryState.CLAIMED}
    assert left_to_claim(ledger, edition_id) == 0


def test_a_clock_set_back_does_not_hide_the_queue(engine: Engine, edition_id: int) -> None:
    """What is pending is due whatever the clock says."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)

    claimed = left_to_claim(ledger, edition_id, now=NOW - timedelta(days=1))

    assert claimed == 3


def test_a_deferred_delivery_waits_for_its_time(engine: Engine, edition_id: int) -> None:
    """Back-off means back off."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    for _ in range(3):
        deferred = update(claim(ledger, edition_id), DeliveryState.DEFERRED, due_at=LATER)
        record(ledger, deferred)

    early = left_to_claim(ledger, edition_id, now=LATER - timedelta(seconds=1))
    in_time = claim(ledger, edition_id, now=LATER)

    assert early == 0
    assert in_time.attempts == 2
    assert ledger.next_due_at(edition_id) == LATER


def test_who_left_after_the_freeze_gets_nothing_and_is_named(
    engine: Engine, edition_id: int
) -> None:
    """An unsubscription counts at once, and does not vanish without a trace."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    Subscribers(engine).remove("ada@example.org", now=NOW)

    delivery = claim(ledger, edition_id)

    assert delivery.address == "bob@example.org"
    (left,) = ledger.in_state(edition_id, DeliveryState.REJECTED)
    assert (left.address, left.reason) == (
        "ada@example.org",
        "unsubscribed after the audience was frozen",
    )


def test_after_a_death_only_what_was_offered_is_uncertain(engine: Engine, edition_id: int) -> None:
    """Claimed is provably unsent; offered may have arrived."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    offered = claim(ledger, edition_id)
    offer(ledger, offered)
    claim(ledger, edition_id)

    ledger.recover(edition_id, now=LATER)

    assert ledger.counts(edition_id) == {DeliveryState.PENDING: 2, DeliveryState.UNCERTAIN: 1}
    (uncertain,) = ledger.in_state(edition_id, DeliveryState.UNCERTAIN)
    assert uncertain.address == offered.address


@pytest.mark.parametrize(
    ("resend", "expected"), [(True, DeliveryState.PENDING), (False, DeliveryState.SENT)]
)
def test_a_person_settles_what_is_uncertain(
    engine: Engine, edition_id: int, *, resend: bool, expected: DeliveryState
) -> None:
    """Nothing else ever does."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    delivery = claim(ledger, edition_id)
    offer(ledger, delivery)
    ledger.recover(edition_id, now=NOW)

    settled = ledger.settle(edition_id, resend=resend, now=LATER)

    assert settled == 1
    assert ledger.history(delivery.subscriber_id)[0].state is expected


def test_an_edition_too_old_is_given_up(engine: Engine, edition_id: int) -> None:
    """Yesterday's news is not sent late."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    record(ledger, update(claim(ledger, edition_id), DeliveryState.SENT, code=250))

    expired = ledger.expire(edition_id, now=LATER)

    assert expired == 2
    assert ledger.counts(edition_id) == {DeliveryState.SENT: 1, DeliveryState.EXPIRED: 2}
    assert ledger.next_due_at(edition_id) is None


def test_a_second_sender_is_kept_off(engine: Engine, edition_id: int) -> None:
    """Two at once would each take the other's claims for a dead sender's."""
    ledger = Deliveries(engine)

    with ledger.exclusive(edition_id) as first, ledger.exclusive(edition_id) as second:
        held = (first, second)
    with ledger.exclusive(edition_id) as afterwards:
        pass

    assert held[0] is not None
    assert held[1] is None
    assert afterwards is not None


def test_a_killed_sender_holds_nothing_back(
    engine: Engine, edition_id: int, tmp_path: Path
) -> None:
    """The next run must be able to go on at once, not after some lease has run out."""
    script = (
        "import sys, time\n"
        "from aidigest.adapters.database import Deliveries, open_engine\n"
        "with Deliveries(open_engine(sys.argv[1])).exclusive(int(sys.argv[2])) as held:\n"
        "    print(held is not None, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", script, url, str(edition_id)]
    with subprocess.Popen(  # noqa: S603 - Our own interpreter and script.
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child_held = child.stdout.readline()
        with Deliveries(engine).exclusive(edition_id) as while_alive:
            pass
        child.kill()
        child.wait()
    deadline = 50
    after_death = None
    while after_death is None and deadline:
        # PostgreSQL notices a closed connection a moment later.
        with Deliveries(engine).exclusive(edition_id) as after_death:
            deadline -= 1

    assert (child_held.strip(), while_alive) == (b"True", None)
    assert after_death is not None


def test_a_round_is_stored_whole_or_not_at_all(engine: Engine, edition_id: int) -> None:
    """A dot leaves only when its round is stored; half a round would be neither."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)

    with suppress(RuntimeError), ledger.round(edition_id, now=NOW) as round_:
        (delivery, *_) = round_.claim(2)
        round_.offer([delivery.id])
        raise RuntimeError

    assert ledger.counts(edition_id) == {DeliveryState.PENDING: 3}


def test_no_dot_may_follow_where_another_sender_took_the_rows(
    engine: Engine, edition_id: int
) -> None:
    """The rows decide, not the lock: a database that was restarted may have lost that."""
    first, second = Deliveries(engine), Deliveries(engine)
    first.freeze_audience(edition_id, "daily", now=NOW)
    delivery, other = claim(first, edition_id), claim(first, edition_id)
    second.recover(edition_id, now=NOW)
    same = claim(second, edition_id)
    offer(second, same)

    with pytest.raises(StoreError, match="somebody else sends some of these 2"):
        record_and_offer(first, update(other, DeliveryState.SENT), delivery)

    assert same.id == delivery.id
    assert first.counts(edition_id) == {DeliveryState.PENDING: 2, DeliveryState.OFFERED: 1}


def test_rounds_of_one_send_follow_each_other_on_one_connection(
    engine: Engine, edition_id: int
) -> None:
    """A round that fails leaves the next one nothing behind."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)

    with ledger.exclusive(edition_id):
        delivery = claim(ledger, edition_id)
        with suppress(RuntimeError), ledger.round(edition_id, now=NOW) as round_:
            round_.give_back([delivery.id])
            raise RuntimeError
        offer(ledger, delivery)
        refused = update(
            delivery, DeliveryState.DEFERRED, due_at=LATER, code=450, reply="4.7.1 later \u2603"
        )
        record(ledger, refused)

    (row,) = ledger.in_state(edition_id, DeliveryState.DEFERRED)
    assert (row.attempts, row.due_at, row.code) == (1, LATER, 450)
    assert (row.reply, row.reason) == ("4.7.1 later \u2603", "why")


def test_a_claim_given_back_is_as_if_it_had_never_been(engine: Engine, edition_id: int) -> None:
    """The relay heard nothing of it, so it is no try."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    delivery = claim(ledger, edition_id)

    with ledger.round(edition_id, now=NOW) as round_:
        round_.give_back([delivery.id])

    (row,) = ledger.history(delivery.subscriber_id)
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 0)


def test_a_row_that_waits_for_its_turn_comes_with_its_slot(engine: Engine, edition_id: int) -> None:
    """It must not queue up at its domain again when its turn has come."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    delivery = claim(ledger, edition_id)
    with ledger.round(edition_id, now=NOW) as round_:
        round_.hold(delivery.id, until=LATER, reason="waits", has_slot=True)

    early = left_to_claim(ledger, edition_id)
    held_until = ledger.next_due_at(edition_id, only_held=True)
    in_time = claim(ledger, edition_id, now=LATER)

    assert early == 2
    assert held_until == LATER
    assert (in_time.id, in_time.has_slot, in_time.attempts) == (delivery.id, True, 1)


def test_buckets_outlive_the_process(engine: Engine, edition_id: int) -> None:
    """A limit that a restart forgets is none."""
    ledger = Deliveries(engine)
    kept = Bucket(name="domain:example.org", full_at=LATER, rests=2)
    with ledger.round(edition_id, now=NOW) as round_:
        unknown = round_.bucket(kept.name)
        round_.keep_bucket(unknown)
        round_.keep_bucket(kept)

    with Deliveries(engine).round(edition_id, now=NOW) as round_:
        found = round_.bucket(kept.name)

    assert found == kept
    assert ledger.resting(now=NOW) == {kept.name}
    assert ledger.resting(now=LATER) == set()


def test_a_send_takes_no_more_memory_the_longer_it_lasts(engine: Engine, edition_id: int) -> None:
    """A million readers take more than a hundred thousand rounds in one session."""
    Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)
    with Deliveries(engine).exclusive(edition_id) as ledger:
        assert ledger is not None
        delivery = claim(ledger, edition_id)

        taken = [bytes_taken_by_rounds(ledger, delivery, rounds=200) for _ in range(3)]

    assert min(taken) < 200 * 100


def bytes_taken_by_rounds(ledger: Deliveries, delivery: Delivery, *, rounds: int) -> int:
    """Return how much more memory is in use after so many rounds than before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(rounds):
            offer(ledger, delivery)
            with ledger.round(delivery.edition_id, now=NOW) as round_:
                round_.give_back([delivery.id])
            delivery = claim(ledger, delivery.edition_id)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


@pytest.mark.parametrize("step", ["due", "claimed", "offered"])
def test_nobody_is_erased_while_a_sender_is_at_them(
    engine: Engine, edition_id: int, step: str
) -> None:
    """The sender would find a row gone, leave off, and leave other readers' mails in doubt."""
    Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)
    rights = Rights(engine)
    with Deliveries(engine).exclusive(edition_id) as ledger:
        assert ledger is not None
        ada = claim(ledger, edition_id) if step != "due" else None
        if ada is not None and step == "offered":
            offer(ledger, ada)

        with pytest.raises(BusyError, match="sending an edition to them"):
            rights.erase("ada@example.org", now=NOW)

        ada = ada or claim(ledger, edition_id)
        if step != "offered":
            offer(ledger, ada)
        record(ledger, update(ada, DeliveryState.SENT))

    assert ledger.counts(edition_id) == {DeliveryState.SENT: 1, DeliveryState.PENDING: 2}
    assert rights.erase("ada@example.org", now=NOW) == 3


def test_who_was_sent_to_is_erased_while_others_are_sent_to(
    engine: Engine, edition_id: int
) -> None:
    """A long send keeps nobody waiting whom it has done with."""
    Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)
    with Deliveries(engine).exclusive(edition_id) as ledger:
        assert ledger is not None
        ada, bob = claim(ledger, edition_id), claim(ledger, edition_id)
        offer(ledger, ada)
        record_and_offer(ledger, update(ada, DeliveryState.SENT), bob)

        deleted = Rights(engine).erase("ada@example.org", now=NOW)

        record(ledger, update(bob, DeliveryState.SENT))
        left = left_to_claim(ledger, edition_id)
    assert (deleted, left) == (3, 1)


def test_who_a_dead_sender_had_in_hand_can_be_erased(engine: Engine, edition_id: int) -> None:
    """Nobody is at the row any more; the next sender finds the others as they were."""
    Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)
    with Deliveries(engine).exclusive(edition_id) as ledger:
        assert ledger is not None
        ada, bob = claim(ledger, edition_id), claim(ledger, edition_id)
        offer(ledger, ada)
        offer(ledger, bob)

    Rights(engine).erase("ada@example.org", now=NOW)

    with Deliveries(engine).exclusive(edition_id) as ledger:
        assert ledger is not None
        ledger.recover(edition_id, now=NOW)
    uncertain = ledger.in_state(edition_id, DeliveryState.UNCERTAIN)
    assert [one.address for one in uncertain] == ["bob@example.org"]


def test_an_audience_frozen_meanwhile_keeps_its_reader(engine: Engine, edition_id: int) -> None:
    """The locks were chosen before there was a row that a sender may have by now."""
    rights = Rights(engine)
    ledger = Deliveries(engine)
    frozen: list[int] = []

    def freeze(*_arguments: object) -> None:
        # The first transaction only looks; the one that erases comes after it.
        if not frozen:
            frozen.append(0)
            ledger.freeze_audience(edition_id, "daily", now=NOW)

    event.listen(engine, "rollback", freeze)
    event.listen(engine, "commit", freeze)

    with pytest.raises(BusyError):
        rights.erase("ada@example.org", now=NOW)

    assert ledger.counts(edition_id) == {DeliveryState.PENDING: 3}


def test_what_was_doubted_and_is_sent_again_on_request_is_doubted_no_more(
    engine: Engine, edition_id: int
) -> None:
    """The witness remembers it still; a person, who was asked, knows better."""
    ledger = Deliveries(engine)
    ledger.freeze_audience(edition_id, "daily", now=NOW)
    ledger.doubt(edition_id, ["ada@example.org"], now=NOW)

    ledger.settle(edition_id, resend=True, now=NOW)

    assert ledger.offered_count(edition_id) == 1
    doubtful = [one for portion in ledger.never_offered(edition_id) for one in portion]
    assert doubtful == ["bob@example.org", "cam@example.org"]
