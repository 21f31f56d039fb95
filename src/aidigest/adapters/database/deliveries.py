"""The ledger: what became of each edition for each subscriber (design decision 8)."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    bindparam,
    func,
    select,
    update,
)

from aidigest.adapters.database.audience import write_audience
from aidigest.adapters.database.engine import connected, in_session, reading, writing
from aidigest.adapters.database.locks import PATIENCE_S, STALLED_AFTER_S, Hold, hold
from aidigest.adapters.database.rounds import (
    IN_HAND,
    TO_BE_SENT,
    Round,
    in_shards,
    open_round,
    read_delivery,
)
from aidigest.adapters.database.tables import buckets, deliveries, editions, exclusions, subscribers
from aidigest.adapters.database.workload import lock_names
from aidigest.core.delivery.deliveries import Delivery, DeliveryState
from aidigest.core.shards import ALL

#: Rows looked at in one go.
_PORTION = 5000


class Deliveries:
    """Keeps the ledger; Ledger of steps/ports.py.

    Args:
        engine: The database.
        stalled_after_s: After how long a silence a sender counts as frozen.
        held: What a sender holds; sending goes by it alone.
        connection: Where a sender's rounds are.
        shards: The parts of the audience that it is about.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        stalled_after_s: float = STALLED_AFTER_S,
        held: Hold | None = None,
        connection: Connection | None = None,
        shards: Sequence[int] = ALL,
    ) -> None:
        self._engine = engine
        self._stalled_after_s = stalled_after_s
        self._held = held or Hold()
        self._shards = shards
        #: Where transactions run. A sender's must be the session that has its locks.
        self._at: Engine | Connection = self._held.session or engine
        #: A sender's, also where it has no session: to get one for each round, and have it
        #: tried, takes longer than the round.
        self._kept = connection

    def _mine(self, edition_id: int) -> ColumnElement[bool]:
        return (deliveries.c.edition_id == edition_id) & in_shards(self._shards)

    def freeze_audience(self, edition_id: int, digest_id: str, *, now: datetime) -> int:
        """Write one pending row per subscriber, once; return the verified count.

        Raises:
            StoreError: Rows and exclusions do not add up to the subscribers.
        """
        with writing(self._engine) as connection:
            frozen = connection.execute(
                # Of two workers at once, the second waits and finds it done.
                select(editions.c.audience_size)
                .where(editions.c.id == edition_id)
                .with_for_update()
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

    @contextmanager
    def exclusive(
        self, edition_id: int, shards: Sequence[int] = ALL, *, patience_s: float = PATIENCE_S
    ) -> Iterator[Self | None]:
        """Hold those parts of the audience that no other sender holds; yield the ledger of them.

        None where others have them all.
        """
        names = lock_names(self._engine, edition_id, shards)
        with ExitStack() as stack:
            stalled = self._stalled_after_s
            held = stack.enter_context(
                hold(self._engine, [*names], patience_s=patience_s, stalled_after_s=stalled)
            )
            if not held:
                yield None
                return
            connection = held.session or stack.enter_context(connected(self._engine))
            ours = [shard for name in held.names for shard in names[name]]
            yield type(self)(self._engine, held=held, connection=connection, shards=ours)

    def show_life(self) -> None:
        """Say that the sender is well, where nothing else has been said for long."""
        self._held.show_life()

    def recover(self, edition_id: int, *, now: datetime) -> None:
        """After a death, under `exclusive`: claimed rows become pending, offered ones uncertain."""
        mine = update(deliveries).where(self._mine(edition_id))
        with writing(self._at) as connection:
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

    @contextmanager
    def round(self, edition_id: int, *, now: datetime) -> Iterator[Round]:
        """Open a transaction; it is committed when the block ends, all of it or nothing."""
        with ExitStack() as stack:
            connection = self._kept or stack.enter_context(connected(self._engine))
            stack.enter_context(in_session(connection))
            yield stack.enter_context(open_round(connection, edition_id, now, self._shards))

    def resting(self, *, now: datetime) -> frozenset[str]:
        """Return the names of the buckets that let nothing through now."""
        query = select(buckets.c.name).where(buckets.c.full_at > now, buckets.c.rests > 0)
        with reading(self._at) as connection:
            return frozenset(connection.execute(query).scalars())

    def offered_count(self, edition_id: int) -> int:
        """Return how many rows were ever offered."""
        query = (
            select(func.count())
            .select_from(deliveries)
            .where(deliveries.c.edition_id == edition_id, deliveries.c.offered_at.is_not(None))
        )
        with reading(self._at) as connection:
            return connection.execute(query).scalar_one()

    def never_offered(self, edition_id: int) -> Iterator[Sequence[str]]:
        """Return the addresses to be sent to that were never offered, in portions."""
        query = (
            select(deliveries.c.id, deliveries.c.address)
            .where(
                self._mine(edition_id),
                deliveries.c.state.in_(TO_BE_SENT),
                deliveries.c.offered_at.is_(None),
                deliveries.c.id > bindparam("last"),
            )
            .order_by(deliveries.c.id)
            .limit(_PORTION)
        )
        last = 0
        while True:
            with reading(self._at) as connection:
                rows = connection.execute(query, {"last": last}).all()
            if not rows:
                return
            last = rows[-1].id
            yield [row.address for row in rows]

    def doubt(self, edition_id: int, addresses: Sequence[str], *, now: datetime) -> None:
        """Make rows uncertain that the ledger takes for unsent and somebody else does not.

        From then on they count as offered, lest what is sent again on request be doubted again.
        """
        doubting = (
            update(deliveries)
            .where(self._mine(edition_id), deliveries.c.address == bindparam("to"))
            .values(
                state=DeliveryState.UNCERTAIN,
                offered_at=now,
                settled_at=now,
                reason="it was offered before the database was put back to an earlier state",
            )
        )
        if addresses:
            with writing(self._at) as connection:
                connection.execute(doubting, [{"to": address} for address in addresses])

    def expire(self, edition_id: int, *, now: datetime) -> int:
        """Give up what is still to be sent, the edition being too old; return how many."""
        giving_up = (
            update(deliveries)
            .where(self._mine(edition_id), deliveries.c.state.in_(TO_BE_SENT))
            .values(
                state=DeliveryState.EXPIRED, settled_at=now, reason="the edition is too old to send"
            )
        )
        with writing(self._at) as connection:
            return connection.execute(giving_up).rowcount

    def next_due_at(self, edition_id: int, *, only_held: bool = False) -> datetime | None:
        """Return when the next row is due, if any is unfinished; or of those held for pace."""
        held = (deliveries.c.state == DeliveryState.DEFERRED) & deliveries.c.is_held
        unfinished = held if only_held else deliveries.c.state.in_(TO_BE_SENT + IN_HAND)
        query = (
            select(deliveries.c.due_at)
            .where(self._mine(edition_id), unfinished)
            .order_by(deliveries.c.due_at)
            .limit(1)
        )
        with reading(self._at) as connection:
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
                read_delivery(row) for row in connection.execute(query.order_by(deliveries.c.id))
            )
