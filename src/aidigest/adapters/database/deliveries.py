"""The ledger: what became of each edition for each subscriber (design decision 8)."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    Update,
    bindparam,
    case,
    func,
    literal,
    select,
    update,
)

from aidigest.adapters.database.audience import write_audience
from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.locks import exclusively
from aidigest.adapters.database.subscribers import suppress
from aidigest.adapters.database.tables import (
    UtcDateTime,
    deliveries,
    editions,
    exclusions,
    subscribers,
    subscriptions,
    suppressions,
)
from aidigest.core.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.subscribers import Suppression

_TO_BE_SENT = (DeliveryState.PENDING, DeliveryState.DEFERRED)

#: A sender is at work on it, or died at it.
_IN_HAND = (DeliveryState.CLAIMED, DeliveryState.OFFERED)


class Deliveries:
    """Keeps the ledger; Ledger of steps/ports.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def freeze_audience(self, edition_id: int, digest_id: str, *, now: datetime) -> int:
        """Write one pending row per subscriber, once; return the verified count.

        Raises:
            StoreError: Rows and exclusions do not add up to the subscribers.
        """
        with writing(self._engine) as connection:
            frozen = connection.execute(
                select(editions.c.audience_size).where(
                    editions.c.id == edition_id, editions.c.audience_frozen_at.is_not(None)
                )
            ).scalar()
            if frozen is not None:
                return int(frozen)
            size = write_audience(connection, edition_id, digest_id, now)
            connection.execute(
                update(editions)
                .where(editions.c.id == edition_id)
                .values(audience_frozen_at=now, audience_size=size)
            )
            return size

    def is_frozen(self, edition_id: int) -> bool:
        """Whether it is settled who gets the edition."""
        query = select(editions.c.audience_frozen_at).where(editions.c.id == edition_id)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() is not None

    def exclusive(self, edition_id: int) -> AbstractContextManager[bool]:
        """Keep other senders off the edition; yield False where one is at it already."""
        return exclusively(self._engine, edition_id)

    def recover(self, edition_id: int, *, now: datetime) -> None:
        """After a death, under `exclusive`: claimed rows become pending, offered ones uncertain."""
        mine = update(deliveries).where(deliveries.c.edition_id == edition_id)
        with writing(self._engine) as connection:
            connection.execute(
                mine.where(deliveries.c.state == DeliveryState.CLAIMED).values(
                    state=DeliveryState.PENDING
                )
            )
            connection.execute(
                mine.where(deliveries.c.state == DeliveryState.OFFERED).values(
                    state=DeliveryState.UNCERTAIN,
                    settled_at=now,
                    reason="the sender died between the message and the relay's reply",
                )
            )

    def claim_next(self, edition_id: int, *, now: datetime) -> Delivery | None:
        """Commit the next due row as claimed, its attempts counted up, and return it."""
        with writing(self._engine) as connection:
            while (row := _first_due(connection, edition_id, now)) is not None:
                if row.refusal is None:
                    connection.execute(_CLAIM, {"row": row.id, "now": now})
                    claimed = {"state": DeliveryState.CLAIMED, "attempts": row.attempts + 1}
                    return replace(_delivery(row), **claimed)
                connection.execute(_REFUSE, {"row": row.id, "now": now, "why": row.refusal})
        return None

    def mark_offered(self, delivery_id: int, *, now: datetime) -> None:
        """Commit that the final dot comes next."""
        with writing(self._engine) as connection:
            connection.execute(_OFFER, {"row": delivery_id, "now": now})

    def record(self, outcome: DeliveryUpdate, *, now: datetime) -> None:
        """Commit what became of a delivery, and the suppression if there is one."""
        recording = (
            update(deliveries)
            .where(deliveries.c.id == outcome.delivery_id)
            .values(
                state=outcome.state,
                reason=outcome.reason,
                due_at=outcome.due_at or now,
                settled_at=now,
                code=outcome.code,
                reply=outcome.reply,
            )
            .returning(deliveries.c.address)
        )
        with writing(self._engine) as connection:
            address = connection.execute(recording).scalar_one()
            if outcome.suppress:
                reason = f"{outcome.reason}: {outcome.code} {outcome.reply}"
                suppress(connection, Suppression(address=address, reason=reason, since=now))

    def expire(self, edition_id: int, *, now: datetime) -> int:
        """Give up what is still to be sent, the edition being too old; return how many."""
        giving_up = (
            update(deliveries)
            .where(deliveries.c.edition_id == edition_id, deliveries.c.state.in_(_TO_BE_SENT))
            .values(
                state=DeliveryState.EXPIRED, settled_at=now, reason="the edition is too old to send"
            )
        )
        with writing(self._engine) as connection:
            return connection.execute(giving_up).rowcount

    def next_due_at(self, edition_id: int) -> datetime | None:
        """Return when the next row is due, if any is unfinished."""
        unfinished = deliveries.c.state.in_(_TO_BE_SENT + _IN_HAND)
        query = (
            select(deliveries.c.due_at)
            .where(deliveries.c.edition_id == edition_id, unfinished)
            .order_by(deliveries.c.due_at)
            .limit(1)
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def counts(self, edition_id: int) -> dict[DeliveryState, int]:
        """Return how many deliveries stand where."""
        query = (
            select(deliveries.c.state, func.count())
            .where(deliveries.c.edition_id == edition_id)
            .group_by(deliveries.c.state)
        )
        with reading(self._engine) as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {state: found[state] for state in DeliveryState if state in found}

    def in_state(self, edition_id: int, state: DeliveryState) -> tuple[Delivery, ...]:
        """Return the edition's deliveries that stand there."""
        return self._deliveries(
            select(deliveries).where(
                deliveries.c.edition_id == edition_id, deliveries.c.state == state
            )
        )

    def history(self, subscriber_id: int) -> tuple[Delivery, ...]:
        """Return all that was ever to be sent to a subscriber, oldest first."""
        return self._deliveries(
            select(deliveries).where(deliveries.c.subscriber_id == subscriber_id)
        )

    def excluded(self, edition_id: int) -> dict[str, str]:
        """Return the addresses left out when the audience was frozen, and why."""
        query = (
            select(subscribers.c.address, exclusions.c.reason)
            .join(subscribers, subscribers.c.id == exclusions.c.subscriber_id)
            .where(exclusions.c.edition_id == edition_id)
            .order_by(subscribers.c.id)
        )
        with reading(self._engine) as connection:
            return {row.address: row.reason for row in connection.execute(query)}

    def settle(self, edition_id: int, *, resend: bool, now: datetime) -> int:
        """Make the uncertain ones pending again, or sent, as a person decided; return how many."""
        state = DeliveryState.PENDING if resend else DeliveryState.SENT
        reason = "to be sent again on request" if resend else "taken as sent on request"
        settling = (
            update(deliveries)
            .where(
                deliveries.c.edition_id == edition_id,
                deliveries.c.state == DeliveryState.UNCERTAIN,
            )
            .values(state=state, reason=reason, due_at=now, settled_at=now)
        )
        with writing(self._engine) as connection:
            return connection.execute(settling).rowcount

    def _deliveries(self, query: Select[Any]) -> tuple[Delivery, ...]:
        with reading(self._engine) as connection:
            return tuple(
                _delivery(row) for row in connection.execute(query.order_by(deliveries.c.id))
            )


def _due(state: DeliveryState) -> Select[Any]:
    """Return the query for the first due row in that state, and why it must not be sent."""
    refusal = case(
        (suppressions.c.reason.is_not(None), literal("suppressed: ").concat(suppressions.c.reason)),
        (subscriptions.c.since.is_(None), "unsubscribed after the audience was frozen"),
    )
    due = (
        select(deliveries, refusal.label("refusal"))
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
        .limit(1)
    )
    if state is DeliveryState.DEFERRED:
        due = due.where(deliveries.c.due_at <= bindparam("now", type_=UtcDateTime))
    return due


def _step(state: DeliveryState, **values: Any) -> Update:
    """Return the statement that moves one delivery on."""
    return (
        update(deliveries)
        .where(deliveries.c.id == bindparam("row"))
        .values(state=state.value, **values)
    )


# A send runs these for every message, so they are made once.
_NEXT = tuple(_due(state) for state in _TO_BE_SENT)
_NOW = bindparam("now", type_=UtcDateTime)
_CLAIM = _step(DeliveryState.CLAIMED, attempts=deliveries.c.attempts + 1, claimed_at=_NOW)
_OFFER = _step(DeliveryState.OFFERED, offered_at=_NOW)
_REFUSE = _step(DeliveryState.REJECTED, settled_at=_NOW, reason=bindparam("why"))


def _first_due(connection: Connection, edition_id: int, now: datetime) -> Row[Any] | None:
    for query in _NEXT:
        row = connection.execute(query, {"edition": edition_id, "now": now}).first()
        if row is not None:
            return row
    return None


def _delivery(row: Row[Any]) -> Delivery:
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
    )
