"""A round on the ledger: one transaction for all that happened, and all that comes next."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    bindparam,
    case,
    insert,
    literal,
    literal_column,
    select,
    true,
    update,
)

from aidigest.adapters.database.locks import hold_until_commit
from aidigest.adapters.database.moves import Move, make_moves
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
from aidigest.core.delivery.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.delivery.pace import Bucket
from aidigest.core.readers.subscriber import Suppression
from aidigest.core.shards import ALL, SHARDS

TO_BE_SENT = (DeliveryState.PENDING, DeliveryState.DEFERRED)

#: A sender is at work on it, or died at it.
IN_HAND = (DeliveryState.CLAIMED, DeliveryState.OFFERED)


class Round:
    """One transaction on an edition's deliveries; LedgerRound of steps/ports.py.

    What is to change is gathered, and written in one statement at the end.
    """

    def __init__(
        self, connection: Connection, edition_id: int, now: datetime, shards: Sequence[int]
    ) -> None:
        self._connection = connection
        self._edition_id = edition_id
        self._now = now
        self._shards = shards
        self._has_buckets = False
        self._moves: list[Move] = []

    def record(self, updates: Sequence[DeliveryUpdate]) -> None:
        """Store what became of deliveries, and the suppressions among it."""
        for one in updates:
            settled: Move = {
                "id": one.delivery_id,
                "state": one.state.value,
                "settled_at": self._now,
                "code": one.code,
                "reply": one.reply,
                "reason": one.reason,
            }
            if one.state is not DeliveryState.SENT:
                settled["due_at"] = one.due_at or self._now
                settled["is_held"] = False
            self._moves.append(settled)
            if one.suppress:
                self._suppress(one)

    def offer(self, delivery_ids: Sequence[int]) -> None:
        """Store that the final dots come next.

        The round fails with a StoreError if one of them is not ours any more: then
        another sender took us for dead, and no dot must leave.
        """
        offered: Move = {
            "id": 0,
            "was": DeliveryState.CLAIMED.value,
            "state": DeliveryState.OFFERED.value,
            "offered_at": self._now,
        }
        self._moves += [{**offered, "id": number} for number in delivery_ids]

    def give_back(self, delivery_ids: Sequence[int]) -> None:
        """Undo claims; the relay has heard nothing of them that counts."""
        pending = DeliveryState.PENDING.value
        self._moves += [{"id": one, "state": pending, "attempts": -1} for one in delivery_ids]

    def claim(self, at_most: int) -> list[Delivery]:
        """Claim rows that are due, their attempts counted up.

        Rows of people who left or were suppressed since the freeze are
        rejected on the way, with that reason.
        """
        claimed: list[Delivery] = []
        for state in TO_BE_SENT:
            while len(claimed) < at_most:
                rows = self._due(state, at_most - len(claimed))
                self._moves += [self._taken(row, state) for row in rows]
                claimed += [_claimed(row) for row in rows if row.refusal is None]
                # What is claimed must be seen to be so before more is looked for.
                self.write_down()
                if not rows:
                    break
        return claimed

    def hold(self, delivery_id: int, *, until: datetime, reason: str, has_slot: bool) -> None:
        """Undo a claim and put the row off; it is not the reader's or the relay's doing."""
        self._moves.append(
            {
                "id": delivery_id,
                "state": DeliveryState.DEFERRED.value,
                "attempts": -1,
                "due_at": until,
                "reason": reason,
                "is_held": True,
                "has_slot": has_slot,
            }
        )

    def write_down(self) -> None:
        """Write what was gathered."""
        if self._moves:
            make_moves(self._connection, self._moves)
            self._moves = []

    def bucket(self, name: str) -> Bucket:
        """Return a bucket; nobody else may change it before the round ends."""
        self._hold_buckets()
        query = select(buckets).where(buckets.c.name == name)
        row = self._connection.execute(query).first()
        return Bucket(name=name, full_at=row.full_at, rests=row.rests) if row else Bucket(name=name)

    def _hold_buckets(self) -> None:
        """Keep other workers' rounds off all buckets: held one by one, two could wait in a ring."""
        if not self._has_buckets:
            hold_until_commit(self._connection, "buckets")
        self._has_buckets = True

    def keep_bucket(self, bucket: Bucket) -> None:
        """Store a bucket."""
        values = {"full_at": bucket.full_at, "rests": bucket.rests}
        known = update(buckets).where(buckets.c.name == bucket.name).values(values)
        if not self._connection.execute(known).rowcount:
            self._connection.execute(insert(buckets).values(name=bucket.name, **values))

    def _due(self, state: DeliveryState, at_most: int) -> Sequence[Row[Any]]:
        values = {"edition": self._edition_id, "now": self._now, "at_most": at_most}
        query = _DUE[state]
        if len(self._shards) < SHARDS:
            query = query.where(in_shards(self._shards))
        return self._connection.execute(query, values).all()

    def _taken(self, row: Row[Any], state: DeliveryState) -> Move:
        if row.refusal is not None:
            return {
                "id": row.id,
                "state": DeliveryState.REJECTED.value,
                "settled_at": self._now,
                "reason": row.refusal,
            }
        return {
            "id": row.id,
            "was": state.value,
            "state": DeliveryState.CLAIMED.value,
            "attempts": 1,
            "claimed_at": self._now,
            "has_slot": False,
        }

    def _suppress(self, one: DeliveryUpdate) -> None:
        query = select(deliveries.c.address).where(deliveries.c.id == one.delivery_id)
        address = self._connection.execute(query).scalar_one()
        reason = f"{one.reason}: {one.code} {one.reply}"
        suppress(self._connection, Suppression(address=address, reason=reason, since=self._now))


@contextmanager
def open_round(
    connection: Connection, edition_id: int, now: datetime, shards: Sequence[int] = ALL
) -> Iterator[Round]:
    """Open a transaction; it is committed when the block ends, all of it or nothing."""
    round_ = Round(connection, edition_id, now, shards)
    try:
        yield round_
        if connection.dialect.name == "postgresql" and not connection.in_transaction():
            with _autocommit(connection):
                round_.write_down()
        round_.write_down()
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def _autocommit(connection: Connection) -> Iterator[None]:
    """Let a single statement be its own transaction: BEGIN and COMMIT are round trips."""
    # `execution_options` would remember each change until the session ends.
    session: Any = connection.connection.dbapi_connection
    dialect = connection.dialect
    dialect.set_isolation_level(session, "AUTOCOMMIT")
    try:
        yield
    finally:
        connection.rollback()  # There is nothing to undo; it ends what SQLAlchemy calls one.
        if not connection.invalidated:
            dialect.reset_isolation_level(session)


def in_shards(shards: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition for deliveries to subscribers in those parts."""
    if len(shards) == SHARDS:
        return true()
    # Written as the index has it, numbers and all.
    part = deliveries.c.subscriber_id % literal_column(str(SHARDS))
    wanted: list[ColumnElement[int]] = [literal_column(str(shard)) for shard in shards]
    return part == wanted[0] if len(wanted) == 1 else part.in_(wanted)


def as_is(state: DeliveryState) -> ColumnElement[str]:
    """Return a state as a part of the statement: a partial index is used for no parameter."""
    return literal_column(f"'{state.value}'", String)


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
        .where(deliveries.c.edition_id == bindparam("edition"), deliveries.c.state == as_is(state))
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(bindparam("at_most"))
    )
    if state is DeliveryState.DEFERRED:
        due = due.where(deliveries.c.due_at <= _NOW)
    return due


_NOW = bindparam("now", type_=UtcDateTime)

# A send asks these over and over, so they are made once.
_DUE = {state: _due(state) for state in TO_BE_SENT}
