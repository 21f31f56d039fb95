"""A round on the ledger: one transaction for all that happened, and all that comes next."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Engine,
    Row,
    Select,
    Update,
    bindparam,
    case,
    insert,
    literal,
    select,
    update,
)

from aidigest.adapters.database.engine import writing
from aidigest.adapters.database.subscribers import suppress
from aidigest.adapters.database.tables import (
    buckets,
    deliveries,
    editions,
    subscribers,
    subscriptions,
    suppressions,
)
from aidigest.adapters.database.types import UtcDateTime
from aidigest.core.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.pace import Bucket
from aidigest.core.subscribers import Suppression

TO_BE_SENT = (DeliveryState.PENDING, DeliveryState.DEFERRED)


class Round:
    """One transaction on an edition's deliveries; LedgerRound of steps/ports.py."""

    def __init__(self, connection: Connection, edition_id: int, now: datetime) -> None:
        self._connection = connection
        self._edition_id = edition_id
        self._now = now

    def record(self, updates: Sequence[DeliveryUpdate]) -> None:
        """Store what became of deliveries, and the suppressions among it."""
        # Nearly all are sent, and need less said about them.
        sent = [one for one in updates if one.state is DeliveryState.SENT]
        rest = [one for one in updates if one.state is not DeliveryState.SENT]
        self._run(_SENT, [self._sent(one) for one in sent])
        self._run(_RECORD, [self._recorded(one) for one in rest])
        for one in updates:
            if one.suppress:
                self._suppress(one)

    def offer(self, delivery_ids: Sequence[int]) -> None:
        """Store that the final dots come next."""
        self._run(_OFFER, [{"row": number, "now": self._now} for number in delivery_ids])

    def give_back(self, delivery_ids: Sequence[int]) -> None:
        """Undo claims; the relay has heard nothing of them that counts."""
        self._run(_GIVE_BACK, [{"row": number} for number in delivery_ids])

    def claim(self, at_most: int) -> list[Delivery]:
        """Claim rows that are due, their attempts counted up.

        Rows of people who left or were suppressed since the freeze are
        rejected on the way, with that reason.
        """
        claimed: list[Delivery] = []
        for query in _DUE:
            while len(claimed) < at_most and (rows := self._due(query, at_most - len(claimed))):
                refused = [row for row in rows if row.refusal is not None]
                good = [row for row in rows if row.refusal is None]
                self._run(
                    _REFUSE,
                    [{"row": row.id, "now": self._now, "why": row.refusal} for row in refused],
                )
                self._run(_CLAIM, [{"row": row.id, "now": self._now} for row in good])
                claimed += [_claimed(row) for row in good]
        return claimed

    def hold(self, delivery_id: int, *, until: datetime, reason: str, has_slot: bool) -> None:
        """Undo a claim and put the row off; it is not the reader's or the relay's doing."""
        held = {"row": delivery_id, "until": until, "why": reason, "slot": has_slot}
        self._run(_HOLD, [held])

    def bucket(self, name: str) -> Bucket:
        """Return a bucket; nobody else may change it before the round ends."""
        query = select(buckets).where(buckets.c.name == name).with_for_update()
        row = self._connection.execute(query).first()
        return Bucket(name=name, full_at=row.full_at, rests=row.rests) if row else Bucket(name=name)

    def keep_bucket(self, bucket: Bucket) -> None:
        """Store a bucket."""
        values = {"full_at": bucket.full_at, "rests": bucket.rests}
        known = update(buckets).where(buckets.c.name == bucket.name).values(values)
        if not self._connection.execute(known).rowcount:
            self._connection.execute(insert(buckets).values(name=bucket.name, **values))

    def _run(self, statement: Update, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(statement, rows)

    def _due(self, query: Select[Any], at_most: int) -> Sequence[Row[Any]]:
        values = {"edition": self._edition_id, "now": self._now, "at_most": at_most}
        return self._connection.execute(query, values).all()

    def _sent(self, one: DeliveryUpdate) -> dict[str, Any]:
        return {
            "row": one.delivery_id,
            "why": one.reason,
            "now": self._now,
            "code_": one.code,
            "words": one.reply,
        }

    def _recorded(self, one: DeliveryUpdate) -> dict[str, Any]:
        return {
            "row": one.delivery_id,
            "new_state": one.state.value,
            "why": one.reason,
            "due": one.due_at or self._now,
            "now": self._now,
            "code_": one.code,
            "words": one.reply,
        }

    def _suppress(self, one: DeliveryUpdate) -> None:
        query = select(deliveries.c.address).where(deliveries.c.id == one.delivery_id)
        address = self._connection.execute(query).scalar_one()
        reason = f"{one.reason}: {one.code} {one.reply}"
        suppress(self._connection, Suppression(address=address, reason=reason, since=self._now))


@contextmanager
def open_round(engine: Engine, edition_id: int, now: datetime) -> Iterator[Round]:
    """Open a transaction; it is committed when the block ends, all of it or nothing."""
    with writing(engine) as connection:
        yield Round(connection, edition_id, now)


def read_delivery(row: Row[Any]) -> Delivery:
    """Make a value of a row."""
    return Delivery(
        id=row.id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        address=row.address,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        code=row.code,
        reply=row.reply,
        reason=row.reason,
        has_slot=row.has_slot,
    )


def _claimed(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        address=row.address,
        state=DeliveryState.CLAIMED,
        attempts=row.attempts + 1,
        has_slot=row.has_slot,
    )


_CLAIMED_COLUMNS = (
    deliveries.c.id,
    deliveries.c.edition_id,
    deliveries.c.subscriber_id,
    deliveries.c.address,
    deliveries.c.attempts,
    deliveries.c.has_slot,
)


def _due(state: DeliveryState) -> Select[Any]:
    """Return the query for due rows in that state, and why one must not be sent."""
    refusal = case(
        (suppressions.c.reason.is_not(None), literal("suppressed: ").concat(suppressions.c.reason)),
        (subscriptions.c.since.is_(None), "unsubscribed after the audience was frozen"),
    )
    due = (
        select(*_CLAIMED_COLUMNS, refusal.label("refusal"))
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .outerjoin(
            subscriptions,
            (subscriptions.c.subscriber_id == deliveries.c.subscriber_id)
            & (subscriptions.c.digest_id == editions.c.digest_id)
            & subscriptions.c.until.is_(None),
        )
        .outerjoin(suppressions, suppressions.c.address_key == subscribers.c.address_key)
        .where(deliveries.c.edition_id == bindparam("edition"), deliveries.c.state == state.value)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(bindparam("at_most"))
    )
    if state is DeliveryState.DEFERRED:
        due = due.where(deliveries.c.due_at <= _NOW)
    return due


def _step(state: Any, **values: Any) -> Update:
    """Return the statement that moves one delivery on."""
    return (
        update(deliveries).where(deliveries.c.id == bindparam("row")).values(state=state, **values)
    )


# A send runs these for every message, so they are made once.
_NOW = bindparam("now", type_=UtcDateTime)
_DUE = tuple(_due(state) for state in TO_BE_SENT)
_CLAIM = _step(
    DeliveryState.CLAIMED.value, attempts=deliveries.c.attempts + 1, claimed_at=_NOW, has_slot=False
)
_GIVE_BACK = _step(DeliveryState.PENDING.value, attempts=deliveries.c.attempts - 1)
_OFFER = _step(DeliveryState.OFFERED.value, offered_at=_NOW)
_REFUSE = _step(DeliveryState.REJECTED.value, settled_at=_NOW, reason=bindparam("why"))
_HOLD = _step(
    DeliveryState.DEFERRED.value,
    attempts=deliveries.c.attempts - 1,
    due_at=bindparam("until", type_=UtcDateTime),
    reason=bindparam("why"),
    has_slot=bindparam("slot", type_=Boolean),
    is_held=True,
)
_SENT = _step(
    DeliveryState.SENT.value,
    reason=bindparam("why"),
    settled_at=_NOW,
    code=bindparam("code_"),
    reply=bindparam("words"),
)
_RECORD = _step(
    bindparam("new_state"),
    reason=bindparam("why"),
    due_at=bindparam("due", type_=UtcDateTime),
    settled_at=_NOW,
    code=bindparam("code_"),
    reply=bindparam("words"),
    is_held=False,
)
