"""Deliver: each row of the ledger that is due becomes a message handed over, once.

The work goes in rounds. What happened on all connections since the last round
is stored in one transaction, and so is what happens next: rows are claimed
before their MAIL FROM and offered before their final dot, many at a time, and
no dot leaves before its round is committed (design decision 8).
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic

from aidigest.core.delivery.deliveries import (
    FIRST_RETRY,
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    after_error,
    after_reply,
)
from aidigest.core.delivery.pace import Limits
from aidigest.core.delivery.parcels import Event, Ready, Refused, Returned, Taken, Unreachable
from aidigest.core.delivery.trust import Trust
from aidigest.core.messages.message import Message
from aidigest.core.shards import ALL
from aidigest.errors import RecipientError
from aidigest.steps.ports import Clock, Ledger, LedgerRound, Lines, Witness
from aidigest.steps.throttle import Throttle

#: Rows are claimed some ahead of need, so that a query serves many messages.
AHEAD = 64

#: Seconds after which a run looks up from an idle relay, to see whether it is to stop.
_GLANCE_S = 0.2

#: Who says nothing to the ledger for much longer is taken for dead there.
_SILENCE_S = 5.0


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
    tried: int  #: Deliveries that came to an end, good or bad, in this run.
    counts: Mapping[DeliveryState, int]  #: All deliveries of the edition.
    next_due_at: datetime | None  #: When to run again; None where nothing is left to send.


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a run must keep to."""

    not_after: datetime  #: Later than this, what is left is given up.
    limits: Limits = field(default_factory=Limits)
    patience: timedelta = timedelta(0)  #: So long it waits for rows held back for pace.
    clock: Clock
    #: For the pace, which must go on when the other one is frozen.
    pace_clock: Clock
    stop: Callable[[], bool] = lambda: False


def deliver(
    edition_id: int,
    *,
    ledger: Ledger,
    lines: Lines,
    witness: Witness,
    write: Callable[[Delivery], Message],
    conditions: Conditions,
    shards: Sequence[int] = ALL,
    on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
) -> DeliverReport:
    """Send what is due of an edition whose audience is frozen.

    It may be killed at any moment and run again: nobody gets a second copy and
    nobody is forgotten.

    Args:
        edition_id: The edition's row id.
        ledger: The only queue.
        lines: The connections.
        witness: Knows what was offered even if the ledger is a restored one.
        write: Makes the message for one delivery, or raises a RecipientError.
        conditions: When to stop and how fast to go.
        shards: The parts of the audience to send to; those that others are at are left to them.
        on_update: Told of each outcome, once it is stored.
    """
    tried, ended, reason = 0, Ending.BUSY, "another process is sending this edition"
    with ledger.exclusive(edition_id, shards) as ours:
        if ours is not None:
            run = _Run(
                edition_id=edition_id,
                ledger=ours,
                lines=lines,
                witness=witness,
                write=write,
                conditions=conditions,
                on_update=on_update,
            )
            ended, reason = run.work_through()
            tried = run.tried
    return DeliverReport(
        edition_id=edition_id,
        ended=ended,
        reason=reason,
        tried=tried,
        counts=ledger.counts(edition_id),
        next_due_at=_next_run(ledger.next_due_at(edition_id), ended, now=conditions.clock()),
    )


def _next_run(due_at: datetime | None, ended: Ending, *, now: datetime) -> datetime | None:
    """Leave a relay that is in trouble alone for a while, whatever is due."""
    if due_at is None or ended is not Ending.BROKEN:
        return due_at
    return max(due_at, now + FIRST_RETRY)


@dataclass(slots=True, kw_only=True)
class _Happened:
    """What happened on the connections, by what it calls for."""

    ready: list[int] = field(default_factory=list)
    updates: list[DeliveryUpdate] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ready or self.updates or self.returned)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One pass over what is due."""

    edition_id: int
    ledger: Ledger
    lines: Lines
    witness: Witness
    write: Callable[[Delivery], Message]
    conditions: Conditions
    on_update: Callable[[Delivery, DeliveryUpdate], None]
    tried: int = 0
    trust: Trust = field(default_factory=Trust)  #: Whether the relay is fit for use.
    stock: deque[Delivery] = field(default_factory=deque)  #: Claimed, on no connection yet.
    in_hand: dict[int, Delivery] = field(default_factory=dict)  #: On a connection.
    is_dry: bool = False  #: The last claim found nothing more.
    spoke_at: float = 0.0  #: When the ledger last heard of us.
    throttle: Throttle = field(init=False)

    def __post_init__(self) -> None:
        self.throttle = Throttle(self.conditions.limits, self.conditions.pace_clock)

    def work_through(self) -> tuple[Ending, str]:
        self.ledger.recover(self.edition_id, now=self.conditions.clock())
        self._hear_witness()
        self.throttle.watch(self.ledger.resting(now=self.conditions.pace_clock()))
        while (ending := self._reason_to_end()) is None:
            self._turn()
        self._wind_up()
        return ending if ending[0] is not Ending.TOO_LATE else self._give_up()

    def _hear_witness(self) -> None:
        """Doubt what the ledger takes for unsent, if more was offered than it knows of."""
        if self.witness.count() <= self.ledger.offered_count(self.edition_id):
            return
        for portion in self.ledger.never_offered(self.edition_id):
            offered = self.witness.noted(portion)
            self.ledger.doubt(self.edition_id, offered, now=self.conditions.clock())

    def _reason_to_end(self) -> tuple[Ending, str] | None:
        if self.trust.broken:
            return Ending.BROKEN, self.trust.broken
        if self.conditions.stop():
            return Ending.STOPPED, "asked to stop"
        if self.conditions.clock() > self.conditions.not_after:
            return Ending.TOO_LATE, ""
        if self.is_dry and not self.in_hand and not self.stock and not self._waits_for_held():
            return Ending.DONE, "nothing more is due"
        return None

    def _turn(self) -> None:
        """Hand out what is claimed, wait, and store what came of it."""
        refused = self._fill()
        self._store(self._sorted([*refused, *self.lines.wait(self._how_long())]))

    def _fill(self) -> list[Refused]:
        """Give the connections what they take; where that is not enough, open more.

        Returns:
            Messages that could not be written: one reader's trouble is not everybody's.
        """
        refused: list[Refused] = []
        for relay in self.lines.relays():
            budget = self.throttle.budget(relay)
            for _ in range(min(len(self.stock), self.lines.room(relay), budget)):
                refused += self._hand_over(relay)
            if self.stock and budget and not self.lines.room(relay):
                self.lines.widen(relay)
        return refused

    def _hand_over(self, relay: str) -> list[Refused]:
        """Give the next message to a connection, or return it if it cannot be written."""
        delivery = self.stock.popleft()
        self.in_hand[delivery.id] = delivery
        try:
            message = self.write(delivery)
        except RecipientError as error:
            return [Refused(delivery.id, error)]
        self.throttle.spend(relay)
        self.lines.give(relay, delivery, message)
        return []

    def _how_long(self) -> float:
        """Return how many seconds to wait for the relay: none where there is something to do."""
        if not self.stock:
            return _GLANCE_S if self.is_dry or self.in_hand else 0.0
        has_room = [relay for relay in self.lines.relays() if self.lines.room(relay)]
        return min(self.throttle.wait_s(has_room), _GLANCE_S) if has_room else _GLANCE_S

    def _sorted(self, events: Iterable[Event | Unreachable]) -> _Happened:
        found = _Happened()
        for event in events:
            match event:
                case Ready(id=number):
                    found.ready.append(number)
                case Returned(id=number):
                    found.returned.append(number)
                case Taken() | Refused():
                    found.updates.append(self._outcome(event))
                case Unreachable(error=error):
                    # As long as there is another relay, or a connection, the run goes on.
                    if not self.lines.relays():
                        self.trust = self.trust.lost(error.reason)
        # What ended before we could let its dot go is not offered any more.
        ended = {*found.returned, *(one.delivery_id for one in found.updates)}
        found.ready = [number for number in found.ready if number not in ended]
        return found

    def _outcome(self, event: Taken | Refused) -> DeliveryUpdate:
        delivery = self.in_hand[event.id]
        now, not_after = self.conditions.clock(), self.conditions.not_after
        if isinstance(event, Refused):
            update = after_error(delivery, event.error, now=now, not_after=not_after)
            return update.forgiven() if event.was_good else update
        return after_reply(
            delivery, code=event.code, reply=event.reply, now=now, not_after=not_after
        )

    def _store(self, happened: _Happened) -> None:
        """Commit what happened and what comes next; only then let the dots go."""
        wanted = self._wanted()
        if happened or wanted or (self.stock and self.throttle.is_due(self.lines.relays())):
            with self.ledger.round(self.edition_id, now=self.conditions.clock()) as round_:
                self._write_down(round_, happened)
                self.throttle.settle(round_, self.lines.relays())
                claimed = self._claim(round_, wanted) if wanted else []
            self.stock.extend(claimed)
            self.spoke_at = monotonic()
        elif monotonic() - self.spoke_at > _SILENCE_S:
            self.ledger.show_life()
            self.spoke_at = monotonic()
        self.witness.note(self.in_hand[number].address for number in happened.ready)
        self.lines.release(happened.ready)
        for number in happened.returned:
            self.in_hand.pop(number)
        for update in happened.updates:
            self._settle(update)

    def _wanted(self) -> int:
        """Return how many rows to claim in this round."""
        is_enough = len(self.stock) > AHEAD // 2
        is_over = self.trust.broken or self.conditions.stop()
        return 0 if is_enough or is_over or self.is_dry else AHEAD - len(self.stock)

    def _write_down(self, round_: LedgerRound, happened: _Happened) -> None:
        round_.record(happened.updates)
        round_.offer(happened.ready)
        round_.give_back(happened.returned)
        for update in happened.updates:
            if update.wants_rest:
                self.throttle.let_rest(round_, self.in_hand[update.delivery_id].address)
        is_due_again = any(one.state is DeliveryState.PENDING for one in happened.updates)
        self.is_dry = self.is_dry and not (happened.returned or is_due_again)

    def _claim(self, round_: LedgerRound, wanted: int) -> list[Delivery]:
        rows = round_.claim(wanted)
        self.is_dry = len(rows) < wanted
        return self.throttle.admit(round_, rows, now=self.conditions.clock())

    def _settle(self, update: DeliveryUpdate) -> None:
        """Tell of an outcome, and think of the relay accordingly."""
        delivery = self.in_hand.pop(update.delivery_id)
        self.tried += 1
        self.on_update(delivery, update)
        self.trust = self.trust.after(update)

    def _wind_up(self) -> None:
        """Wait for the replies that are outstanding, and give the rest back."""
        self.is_dry = True
        self.lines.break_off()
        if self.stock:
            with self.ledger.round(self.edition_id, now=self.conditions.clock()) as round_:
                round_.give_back([row.id for row in self.stock])
            self.stock.clear()
        while self.in_hand:
            self._store(self._sorted(self.lines.wait(_GLANCE_S)))
            self.is_dry = True

    def _waits_for_held(self) -> bool:
        """Wait a little for rows that are held back for their pace, if they come due soon."""
        due_at = self.ledger.next_due_at(self.edition_id, only_held=True)
        wait = due_at - self.conditions.clock() if due_at else None
        if wait is None or wait > self.conditions.patience:
            return False
        self.lines.wait(min(max(wait.total_seconds(), 0), _GLANCE_S))
        self.is_dry = False
        return True

    def _give_up(self) -> tuple[Ending, str]:
        left = self.ledger.expire(self.edition_id, now=self.conditions.clock())
        if not left:
            return Ending.DONE, "nothing is left to send"
        too_old = f"not sent after {self.conditions.not_after:%Y-%m-%d %H:%M} UTC"
        return Ending.TOO_LATE, f"{too_old}: {left} given up"
