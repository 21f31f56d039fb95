"""What there is to be sent, as a worker looks for it, and who is at it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Engine, exists, or_, select, text

from aidigest.adapters.database.engine import reading
from aidigest.adapters.database.locks import STALLED_AFTER_S, held_by_somebody
from aidigest.adapters.database.rounds import IN_HAND, as_is
from aidigest.adapters.database.tables import deliveries, editions
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.shards import ALL, SHARDS

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Workload:
    """Finds editions, and parts of their audiences, that want a sender.

    Args:
        engine: The database.
        stalled_after_s: After how long a silence a sender counts as frozen.
    """

    def __init__(self, engine: Engine, *, stalled_after_s: float = STALLED_AFTER_S) -> None:
        self._engine = engine
        self._stalled_after_s = stalled_after_s

    def unfinished(self, *, since: datetime, now: datetime) -> dict[int, int]:
        """Return the audiences' sizes of editions made since then that have something due now."""
        query = select(editions.c.id, editions.c.audience_size).where(
            editions.c.created_at >= since, editions.c.audience_frozen_at.is_not(None), _is_due(now)
        )
        with reading(self._engine) as connection:
            return {row.id: row.audience_size for row in connection.execute(query)}

    def is_being_sent(self, edition_id: int) -> bool:
        """Whether a sender holds the edition, or a part of it."""
        return len(self._free(edition_id)) < SHARDS

    def shards_due(self, edition_id: int, *, now: datetime) -> tuple[int, ...]:
        """Return the parts that have something to be sent now, and that no sender is at."""
        free = self._free(edition_id)
        if self._engine.name == "sqlite":
            is_due = edition_id in self.unfinished(since=_EVER, now=now)
            return free if is_due else ()
        values = {"edition": edition_id, "now": now, "shards": [*free]}
        with reading(self._engine) as connection:
            return tuple(connection.execute(_SHARDS_DUE, values).scalars())

    def shards_left_behind(self, edition_id: int) -> frozenset[int]:
        """Return the parts that somebody had begun who is not at them any more."""
        free = self._free(edition_id)
        shard = (deliveries.c.subscriber_id % SHARDS).label("shard")
        query = select(shard).where(
            deliveries.c.edition_id == edition_id, deliveries.c.state.in_(IN_HAND)
        )
        with reading(self._engine) as connection:
            begun = frozenset(connection.execute(query.distinct()).scalars())
        return begun & frozenset(free)

    def _free(self, edition_id: int) -> tuple[int, ...]:
        names = lock_names(self._engine, edition_id, ALL)
        busy = held_by_somebody(self._engine, [*names], stalled_after_s=self._stalled_after_s)
        return tuple(shard for name in names if name not in busy for shard in names[name])


def lock_names(engine: Engine, edition_id: int, shards: Sequence[int]) -> dict[str, Sequence[int]]:
    """Return what to hold for which parts of an audience; on one machine, it is all or nothing."""
    if engine.name == "sqlite":
        return {f"send-{edition_id}": ALL}
    return {f"send-{edition_id}-{shard}": (shard,) for shard in shards}


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Return the condition for an edition that has something to be sent, or left behind."""
    mine = deliveries.c.edition_id == editions.c.id
    waiting = deliveries.c.state == as_is(DeliveryState.DEFERRED)
    return or_(
        exists().where(mine, deliveries.c.state == as_is(DeliveryState.PENDING)),
        exists().where(mine, waiting, deliveries.c.due_at <= now),
        exists().where(mine, deliveries.c.state.in_(IN_HAND)),
    )


#: The same for each part; the index of them has the words as they stand here.
_SHARDS_DUE = text(f"""
    SELECT shard FROM unnest(CAST(:shards AS integer[])) AS shard
     WHERE EXISTS (SELECT FROM deliveries
                    WHERE edition_id = :edition AND (subscriber_id % {SHARDS}) = shard
                      AND state = 'pending')
        OR EXISTS (SELECT FROM deliveries
                    WHERE edition_id = :edition AND (subscriber_id % {SHARDS}) = shard
                      AND state = 'deferred' AND due_at <= :now)
        OR EXISTS (SELECT FROM deliveries
                    WHERE edition_id = :edition AND (subscriber_id % {SHARDS}) = shard
                      AND state IN ('claimed', 'offered'))
     ORDER BY shard
""")  # noqa: S608 - Our own words and number.
