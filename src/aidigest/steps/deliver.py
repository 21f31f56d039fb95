"""Deliver: each row of the ledger that is due becomes a message handed over, once."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Self

from aidigest.core.deliveries import (
    FIRST_RETRY,
    Consequence,
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    after_error,
    after_reply,
)
from aidigest.errors import MailError
from aidigest.steps.ports import Clock, Ledger, Mailer, MailSession

#: So many outcomes in a row that may be the relay's doing end the run.
PATIENCE = 5


class Ending(StrEnum):
    """Why a run ended."""

    DONE = "done"  #: Nothing more is due.
    STOPPED = "stopped"  #: It was asked to stop.
    BROKEN = "broken"  #: The relay cannot be used, or refuses us; the list is unharmed.
    TOO_LATE = "too late"  #: The edition is too old to be sent.
    BUSY = "busy"  #: Another process is sending this edition.


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverReport:
    """What a run did, and where the edition stands after it."""

    edition_id: int
    ended: Ending
    reason: str  #: The ending in a sentence, with the relay's words where it was its doing.
    tried: int  #: Deliveries that this run took up.
    counts: Mapping[DeliveryState, int]  #: All deliveries of the edition.
    next_due_at: datetime | None  #: When to run again; None where nothing is left to send.


def deliver(
    edition_id: int,
    *,
    ledger: Ledger,
    mailer: Mailer,
    write: Callable[[Delivery], bytes],
    sender: str,
    not_after: datetime,
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
) -> DeliverReport:
    """Send what is due of an edition whose audience is frozen.

    It may be killed at any moment and run again: a row is committed as claimed
    before the relay hears of it and as offered before the final dot, so
    nobody gets a second copy and nobody is forgotten (design decision 8).

    Args:
        edition_id: The edition's row id.
        ledger: The only queue.
        mailer: Opens the connection; it is reused until it breaks.
        write: Makes the message for one delivery.
        sender: The envelope's sender.
        not_after: Later than this, what is left is given up.
        clock: Aware UTC.
        stop: Asked before each message; True ends the run after the one in hand.
        on_update: Told of each outcome, once it is stored.
    """
    run = _Run(
        edition_id=edition_id,
        ledger=ledger,
        line=_Line(mailer),
        write=write,
        sender=sender,
        not_after=not_after,
        clock=clock,
        stop=stop,
        on_update=on_update,
    )
    with ledger.exclusive(edition_id) as is_ours:
        if is_ours:
            ended, reason = run.work_through()
        else:
            ended, reason = Ending.BUSY, "another process is sending this edition"
    return DeliverReport(
        edition_id=edition_id,
        ended=ended,
        reason=reason,
        tried=run.tried,
        counts=ledger.counts(edition_id),
        next_due_at=_next_run(ledger.next_due_at(edition_id), ended, now=clock()),
    )


def _next_run(due_at: datetime | None, ended: Ending, *, now: datetime) -> datetime | None:
    """Leave a relay that is in trouble alone for a while, whatever is due."""
    if due_at is None or ended is not Ending.BROKEN:
        return due_at
    return max(due_at, now + FIRST_RETRY)


class _Line:
    """The connection to the relay: opened when first needed, again when it broke."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._stack = ExitStack()
        self._session: MailSession | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def session(self) -> MailSession:
        if self._session is None:
            self._session = self._stack.enter_context(self._mailer.session())
        return self._session

    def drop(self) -> None:
        self._session = None
        self._stack.close()


@dataclass(slots=True, kw_only=True)
class _Run:
    """One pass over what is due."""

    edition_id: int
    ledger: Ledger
    line: _Line
    write: Callable[[Delivery], bytes]
    sender: str
    not_after: datetime
    clock: Clock
    stop: Callable[[], bool]
    on_update: Callable[[Delivery, DeliveryUpdate], None]
    tried: int = 0
    strikes: int = 0  #: Outcomes in a row that may be the relay's doing.

    def work_through(self) -> tuple[Ending, str]:
        self.ledger.recover(self.edition_id, now=self.clock())
        with self.line:
            while not self.stop():
                if self.clock() > self.not_after:
                    return self._give_up()
                delivery = self.ledger.claim_next(self.edition_id, now=self.clock())
                if delivery is None:
                    return Ending.DONE, "nothing more is due"
                update = self._attempt(delivery)
                self.ledger.record(update, now=self.clock())
                self.on_update(delivery, update)
                if self._is_last_straw(update):
                    return Ending.BROKEN, _in_words(update, self.strikes)
        return Ending.STOPPED, "asked to stop"

    def _attempt(self, delivery: Delivery) -> DeliveryUpdate:
        self.tried += 1
        message = self.write(delivery)
        try:
            code, reply = self.line.session().send(
                sender=self.sender,
                recipient=delivery.address,
                message=message,
                on_offer=lambda: self.ledger.mark_offered(delivery.id, now=self.clock()),
            )
        except MailError as error:
            return after_error(delivery, error, now=self.clock(), not_after=self.not_after)
        return after_reply(
            delivery, code=code, reply=reply, now=self.clock(), not_after=self.not_after
        )

    def _is_last_straw(self, update: DeliveryUpdate) -> bool:
        """Count what may be the relay's doing, and say when it is enough."""
        if update.consequence is Consequence.RECONNECT:
            self.line.drop()
        is_harmless = update.consequence is Consequence.GO_ON
        self.strikes = 0 if is_harmless else self.strikes + 1
        return update.consequence is Consequence.STOP or self.strikes >= PATIENCE

    def _give_up(self) -> tuple[Ending, str]:
        left = self.ledger.expire(self.edition_id, now=self.clock())
        if not left:
            return Ending.DONE, "nothing is left to send"
        too_old = f"not sent after {self.not_after:%Y-%m-%d %H:%M} UTC"
        return Ending.TOO_LATE, f"{too_old}: {left} given up"


def _in_words(update: DeliveryUpdate, strikes: int) -> str:
    reply = f"{update.code or ''} {update.reply}".strip()
    words = update.reason if reply in update.reason else f"{update.reason}: {reply}"
    return words if update.consequence is Consequence.STOP else f"{words} ({strikes} in a row)"
