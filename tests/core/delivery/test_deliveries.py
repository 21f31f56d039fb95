"""What each reply makes of a delivery, and what it means for the rest of the run."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.delivery.deliveries import (
    FIRST_RETRY,
    LONGEST_RETRY,
    Consequence,
    Delivery,
    DeliveryState,
    after_error,
    after_reply,
    retry_at,
)
from aidigest.errors import MailError, RecipientError, RelayError, Stage, UnansweredError

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
NOT_AFTER = NOW + timedelta(hours=19)


def claimed(*, number: int = 7, attempts: int = 1) -> Delivery:
    """Return a delivery at its nth try."""
    return Delivery(
        id=number,
        edition_id=1,
        subscriber_id=number,
        address="ada@example.org",
        state=DeliveryState.CLAIMED,
        attempts=attempts,
    )


@pytest.mark.parametrize(
    ("code", "reply", "state", "suppress", "consequence"),
    [
        (250, "2.0.0 queued", DeliveryState.SENT, False, Consequence.GO_ON),
        (450, "4.2.0 greylisted", DeliveryState.DEFERRED, False, Consequence.GO_ON),
        (452, "4.3.1 disk full", DeliveryState.DEFERRED, False, Consequence.BE_WARY),
        (550, "5.1.1 no such user", DeliveryState.REJECTED, True, Consequence.GO_ON),
        (550, "no such user", DeliveryState.REJECTED, True, Consequence.GO_ON),
        (550, "rejected", DeliveryState.REJECTED, False, Consequence.BE_WARY),
        (552, "5.2.2 mailbox full", DeliveryState.REJECTED, False, Consequence.BE_WARY),
        (550, "5.7.1 blocked", DeliveryState.DEFERRED, False, Consequence.STOP),
        (535, "5.7.8 bad credentials", DeliveryState.DEFERRED, False, Consequence.STOP),
        (530, "log in first", DeliveryState.DEFERRED, False, Consequence.STOP),
    ],
)
def test_reply_decides(
    *, code: int, reply: str, state: DeliveryState, suppress: bool, consequence: Consequence
) -> None:
    """Design decision 9: only a dead address costs the reader the list."""
    update = after_reply(
        claimed(), code=code, reply=reply, stage=Stage.RCPT, now=NOW, not_after=NOT_AFTER
    )

    assert (update.state, update.suppress, update.consequence) == (state, suppress, consequence)
    assert (update.delivery_id, update.code, update.reply) == (7, code, reply)
    assert update.reason


def test_waits_double_up_to_two_hours() -> None:
    """Greylisting wants minutes, an outage hours; nobody wants a retry a second."""
    waits = [retry_at(claimed(attempts=n), now=NOW) - NOW for n in range(1, 9)]

    for wait, doublings in zip(waits, range(8), strict=True):
        expected = min(FIRST_RETRY * 2**doublings, LONGEST_RETRY)
        assert expected * 0.8 <= wait <= expected * 1.2


@given(number=st.integers(min_value=1), attempts=st.integers(min_value=0, max_value=10_000))
def test_jitter_is_stable_and_bounded(number: int, attempts: int) -> None:
    """The same try waits the same time, so that a replay decides alike."""
    delivery = claimed(number=number, attempts=attempts)

    due_at = retry_at(delivery, now=NOW)

    assert due_at == retry_at(delivery, now=NOW)
    assert FIRST_RETRY * 0.8 <= due_at - NOW <= LONGEST_RETRY * 1.2


def test_jitter_spreads_the_list() -> None:
    """A greylisted list must not come back in one second."""
    waits = {retry_at(claimed(number=n), now=NOW) for n in range(100)}

    assert len(waits) == 100


def test_retry_too_late_is_no_retry() -> None:
    """Yesterday's news is not sent; the last reply stays on record."""
    update = after_reply(
        claimed(),
        code=450,
        reply="4.2.0 greylisted",
        now=NOW,
        not_after=NOW + timedelta(minutes=1),
    )

    assert update.state is DeliveryState.EXPIRED
    assert update.due_at is None
    assert update.reply == "4.2.0 greylisted"


def test_closing_relay_keeps_the_person() -> None:
    """421 is about the connection: the first time, the next one is tried at once."""
    error = RelayError("closing", code=421, reply="4.3.2 bye", stage=Stage.RCPT)

    update = after_error(claimed(), error, now=NOW, not_after=NOT_AFTER)

    assert update.state is DeliveryState.PENDING
    assert update.consequence is Consequence.RECONNECT


@pytest.mark.parametrize(
    "error",
    [
        RelayError("lost", stage=Stage.DATA),
        RelayError("closing", code=421, reply="bye", stage=Stage.DATA),
    ],
)
def test_message_that_trips_the_relay_twice_must_wait(error: MailError) -> None:
    """Else the one reader it is for would hold up everybody behind."""
    update = after_error(claimed(attempts=2), error, now=NOW, not_after=NOT_AFTER)

    assert update.state is DeliveryState.DEFERRED
    assert update.due_at is not None
    assert update.due_at > NOW


def test_silence_after_the_dot_is_uncertain() -> None:
    """The relay may have it or not: neither a retry nor "sent" would be honest."""
    error = UnansweredError("no reply came: timed out", stage=Stage.DATA)

    update = after_error(claimed(), error, now=NOW, not_after=NOT_AFTER)

    assert update.state is DeliveryState.UNCERTAIN
    assert update.consequence is Consequence.RECONNECT


@pytest.mark.parametrize("code", [None, 421, 454, 535, 554])
def test_relay_out_of_reach_ends_the_run_and_blames_nobody(code: int | None) -> None:
    """Nobody had been named yet."""
    error = RelayError("cannot be used", code=code, reply="no", stage=Stage.CONNECT)

    update = after_error(claimed(attempts=9), error, now=NOW, not_after=NOT_AFTER)

    assert update.state is DeliveryState.PENDING
    assert update.consequence is Consequence.STOP


def test_refused_sender_ends_the_run() -> None:
    """MAIL FROM is the same for everybody."""
    error = RelayError("refused", code=550, reply="5.1.1 who are you", stage=Stage.MAIL)

    update = after_error(claimed(), error, now=NOW, not_after=NOT_AFTER)

    assert update.state is DeliveryState.DEFERRED
    assert not update.suppress
    assert update.consequence is Consequence.STOP


def test_refused_recipient_is_decided_by_the_reply() -> None:
    """The error carries the code and the words; they count as the reply itself."""
    error = RecipientError("ada@example.org", code=550, reply="5.1.1 unknown")

    update = after_error(claimed(), error, now=NOW, not_after=NOT_AFTER)

    assert update.state is DeliveryState.REJECTED
    assert update.suppress


@given(
    code=st.integers(min_value=-1, max_value=999),
    reply=st.text(),
    stage=st.sampled_from(Stage),
    attempts=st.integers(min_value=1, max_value=50),
)
def test_any_reply_leads_to_a_resting_state(
    code: int, reply: str, stage: Stage, attempts: int
) -> None:
    """No reply may leave a row claimed or offered, nor put off with no date."""
    update = after_reply(
        claimed(attempts=attempts),
        code=code,
        reply=reply,
        stage=stage,
        now=NOW,
        not_after=NOT_AFTER,
    )

    assert update.state not in {DeliveryState.CLAIMED, DeliveryState.OFFERED}
    assert (update.state is DeliveryState.DEFERRED) == (update.due_at is not None)
    assert not update.suppress or update.state is DeliveryState.REJECTED
