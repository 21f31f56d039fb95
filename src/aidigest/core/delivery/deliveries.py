"""A delivery: what becomes of one message, and what each reply of the relay means for it.

    pending -> claimed -> offered -> sent | deferred | rejected | uncertain

`claimed` is committed before MAIL FROM and `offered` just before the final
dot, so that after a sudden death only the messages between dot and reply are
uncertain. They are never sent again unless somebody asks (design decision 8).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from aidigest.core.delivery.replies import Meaning, meaning
from aidigest.errors import MailError, Stage, UnansweredError

#: The wait before the second try; each further one is twice as long.
FIRST_RETRY = timedelta(minutes=5)

#: No wait is longer, but for the jitter.
LONGEST_RETRY = timedelta(hours=2)

#: A wait may be this much longer or shorter, lest all come back at once.
JITTER = 0.2


class DeliveryState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"  #: To be sent.
    CLAIMED = "claimed"  #: A sender has taken it; nothing has been offered yet.
    OFFERED = "offered"  #: The relay has all but the final dot; only the reply is missing.
    SENT = "sent"  #: The relay took responsibility for it.
    DEFERRED = "deferred"  #: To be tried at `due_at`: again, or at a reader's own hour.
    REJECTED = "rejected"  #: Refused for good.
    UNCERTAIN = "uncertain"  #: Offered, and no reply came; a person decides.
    EXPIRED = "expired"  #: Not sent before the edition's `not_after`.


#: There is something left to do, or to be heard, about these.
UNFINISHED = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.OFFERED,
    DeliveryState.DEFERRED,
)


class Consequence(StrEnum):
    """What one delivery's outcome means for the rest of the run."""

    GO_ON = "go on"  #: Nothing; the next one, please.
    BE_WARY = "be wary"  #: It may be the relay and not the reader: several in a row end the run.
    RECONNECT = "reconnect"  #: The connection is no use any more; wary as well.
    STOP = "stop"  #: The relay refuses us: to go on would only hurt the list.


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The journey of one edition to one subscriber; unique for the two."""

    id: int
    edition_id: int
    subscriber_id: int
    address: str
    state: DeliveryState
    attempts: int = 0  #: How often it was claimed, this time included.
    due_at: datetime | None = None
    code: int | None = None  #: The last SMTP reply code.
    reply: str = ""  #: The last reply, verbatim.
    reason: str = ""  #: In our words, why it stands where it does.
    has_slot: bool = False  #: It waited for its turn at a domain, and this is it.


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUpdate:
    """What a reply, or its absence, makes of a delivery."""

    delivery_id: int
    state: DeliveryState
    reason: str
    due_at: datetime | None = None
    code: int | None = None
    reply: str = ""
    suppress: bool = False  #: The address does not exist; write to it no more.
    wants_rest: bool = False  #: The address's domain wants fewer messages, or none for a while.
    consequence: Consequence = Consequence.GO_ON

    def forgiven(self) -> "DeliveryUpdate":
        """Return what is meant where the connection that is lost had taken mail before.

        A relay that restarts drops all connections at once. Whether it can still be used
        the next ones tell, which have taken nothing yet.
        """
        is_loss = self.consequence is Consequence.RECONNECT
        return replace(self, consequence=Consequence.GO_ON) if is_loss else self


#: What a reply makes of a delivery, why, and what follows for the run.
_OUTCOMES = {
    Meaning.TAKEN: (DeliveryState.SENT, "the relay took it", Consequence.GO_ON),
    Meaning.NO_SUCH_ADDRESS: (
        DeliveryState.REJECTED,
        "there is no such address",
        Consequence.GO_ON,
    ),
    # The words say neither that the address is dead nor that we are unwelcome.
    Meaning.REFUSED: (
        DeliveryState.REJECTED,
        "the relay refused it for good",
        Consequence.BE_WARY,
    ),
    Meaning.NOT_NOW: (
        DeliveryState.DEFERRED,
        "the relay asks us to come back later",
        Consequence.GO_ON,
    ),
    Meaning.TOO_FAST: (
        DeliveryState.DEFERRED,
        "its domain wants fewer messages at a time",
        Consequence.GO_ON,
    ),
    Meaning.RELAYS: (
        DeliveryState.DEFERRED,
        "the relay is in trouble",
        Consequence.BE_WARY,
    ),
    Meaning.CLOSING: (
        DeliveryState.DEFERRED,
        "the relay closed the connection",
        Consequence.RECONNECT,
    ),
    Meaning.OURS: (
        DeliveryState.DEFERRED,
        "the relay refuses our mail, whoever it is for",
        Consequence.STOP,
    ),
    Meaning.UNCLEAR: (
        DeliveryState.UNCERTAIN,
        "the relay's reply makes no sense",
        Consequence.RECONNECT,
    ),
}


def after_reply(
    delivery: Delivery,
    *,
    code: int,
    reply: str,
    stage: Stage = Stage.DATA,
    now: datetime,
    not_after: datetime,
) -> DeliveryUpdate:
    """Decide what becomes of a delivery after the relay's reply.

    Args:
        delivery: As it was claimed.
        code: The SMTP reply code.
        reply: The text after it, verbatim.
        stage: What the reply answers.
        now: When it came.
        not_after: The edition is not sent later than this.

    Returns:
        Sent for 2yz; put off with growing waits for 4yz, and expired once a
        wait would end after `not_after`; rejected for 5yz about the address.
        A refusal that is about us (5.7.X, a login, a sender) puts it off and
        ends the run: the reader is not blamed for it. Design decision 9.
    """
    about = meaning(code, reply, stage=stage)
    state, reason, consequence = _OUTCOMES[about]
    update = DeliveryUpdate(
        delivery_id=delivery.id,
        state=state,
        reason=reason,
        code=code,
        reply=reply,
        suppress=about is Meaning.NO_SUCH_ADDRESS,
        wants_rest=about is Meaning.TOO_FAST,
        consequence=consequence,
    )
    if state is not DeliveryState.DEFERRED:
        return update
    return _put_off(update, delivery, now=now, not_after=not_after)


def after_error(
    delivery: Delivery, error: MailError, *, now: datetime, not_after: datetime
) -> DeliveryUpdate:
    """Decide what becomes of a delivery that could not be handed over.

    Returns:
        Uncertain where it was offered and no reply came; pending, at the end
        of the run, where the relay could not even be reached; put off where
        the connection was lost; else as `after_reply` has it.
    """
    if error.code is not None and error.stage is not Stage.CONNECT:
        return after_reply(
            delivery,
            code=error.code,
            reply=error.reply,
            stage=error.stage,
            now=now,
            not_after=not_after,
        )
    update = DeliveryUpdate(
        delivery_id=delivery.id,
        state=DeliveryState.UNCERTAIN,
        reason=error.reason,
        code=error.code,
        reply=error.reply,
        consequence=Consequence.RECONNECT,
    )
    if isinstance(error, UnansweredError):
        return update
    if error.stage is Stage.CONNECT:
        return replace(update, state=DeliveryState.PENDING, consequence=Consequence.STOP)
    return _put_off(update, delivery, now=now, not_after=not_after)


def retry_at(delivery: Delivery, *, now: datetime) -> datetime:
    """Return when to try again: 5 minutes from now, then 10, 20, … up to 2 hours.

    Each wait is up to a fifth longer or shorter, always the same for the same
    try of the same delivery.
    """
    doublings = min(max(delivery.attempts, 1) - 1, 16)
    wait = min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
    draw = sha256(f"{delivery.id}:{delivery.attempts}".encode()).digest()
    share = int.from_bytes(draw[:4]) / 2**32
    return now + wait * (1 + JITTER * (2 * share - 1))


def _put_off(
    update: DeliveryUpdate, delivery: Delivery, *, now: datetime, not_after: datetime
) -> DeliveryUpdate:
    if update.consequence is Consequence.RECONNECT and delivery.attempts <= 1:
        # A lost connection is tried anew at once, but not for the same reader
        # again and again: one message that trips the relay must not hold up the rest.
        return replace(update, state=DeliveryState.PENDING)
    due_at = retry_at(delivery, now=now)
    if due_at > not_after:
        reason = f"{update.reason}; the next try would come too late"
        return replace(update, state=DeliveryState.EXPIRED, reason=reason)
    return replace(update, state=DeliveryState.DEFERRED, due_at=due_at)
