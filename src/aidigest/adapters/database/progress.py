"""How an edition's sending gets on, as an operator asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, or_, select, update

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.tables import (
    deliveries,
    editions,
    exclusions,
    subscribers,
    subscriptions,
    suppressions,
)
from aidigest.core.delivery.deliveries import DeliveryState

#: The rate is taken from so much of the past.
_LATELY = timedelta(minutes=1)

_FAILED = (DeliveryState.REJECTED, DeliveryState.EXPIRED)

_PUT_OFF_BY_A_REPLY = (
    (deliveries.c.state == DeliveryState.DEFERRED)
    & (deliveries.c.attempts > 0)
    & deliveries.c.is_held.is_(False)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """What happened in the last minute of a sending."""

    settled: int  #: Deliveries that came to an end.
    over: timedelta  #: The time from the first of them until now.
    last_at: datetime | None  #: The last ever.

    @property
    def per_second(self) -> float:
        """The rate; 0 where nothing happened."""
        return self.settled / max(self.over.total_seconds(), 1.0) if self.settled else 0.0


class Progress:
    """Answers of how far sending is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lately(self, edition_id: int, *, now: datetime) -> Lately:
        """Return what happened in the last minute."""
        mine = deliveries.c.edition_id == edition_id
        done = mine & (deliveries.c.settled_at > now - _LATELY)
        counting = select(func.count(), func.min(deliveries.c.settled_at)).where(done)
        with reading(self._engine) as connection:
            settled, first_at = connection.execute(counting).one()
            last_at = connection.execute(
                select(func.max(deliveries.c.settled_at)).where(mine)
            ).scalar()
        return Lately(settled=settled, over=now - (first_at or now), last_at=last_at)

    def sent_by(self, edition_id: int, *, points: int = 100) -> list[tuple[datetime, int]]:
        """Return how many were sent by when, at so many moments from the first to the last."""
        mine = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.SENT)
        query = select(deliveries.c.settled_at).where(mine).order_by(deliveries.c.settled_at)
        count = select(func.count()).select_from(deliveries).where(mine)
        with reading(self._engine) as connection:
            total = connection.execute(count).scalar_one()
            wanted = {round(total * step / points) for step in range(1, points + 1)} | {1}
            rows = connection.execution_options(yield_per=1000).execute(query)
            return [(row[0], done) for done, row in enumerate(rows, start=1) if done in wanted]

    def last_rate(self, digest_id: str) -> float | None:
        """Return at how many a second the digest's last edition went out, if there is one.

        Only what was due from the beginning counts: between a first try and a second, or until
        a reader's own hour, nobody sends.
        """
        last = (
            select(editions.c.id)
            .join(deliveries, deliveries.c.edition_id == editions.c.id)
            .where(editions.c.digest_id == digest_id, deliveries.c.state == DeliveryState.SENT)
            .order_by(editions.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(
                func.count(), func.min(deliveries.c.claimed_at), func.max(deliveries.c.settled_at)
            )
            .join(editions, editions.c.id == deliveries.c.edition_id)
            .where(
                deliveries.c.edition_id == last,
                deliveries.c.state == DeliveryState.SENT,
                deliveries.c.due_at <= editions.c.audience_frozen_at,
            )
        )
        with reading(self._engine) as connection:
            count, first, until = connection.execute(query).one()
        if not count or first is None or until is None or until <= first:
            return None
        return float(count / (until - first).total_seconds())

    def audience(self, digest_id: str, domains: Iterable[str]) -> tuple[int, dict[str, int]]:
        """Return how many would get the digest now, and how many of them at each domain."""
        readers = _readers_of(digest_id, func.count())
        with reading(self._engine) as connection:
            total: int = connection.execute(readers).scalar_one()
            at_domain: dict[str, int] = {}
            for domain in domains:
                there = readers.where(
                    subscribers.c.address_key.endswith(f"@{domain}", autoescape=True)
                )
                at_domain[domain] = connection.execute(there).scalar_one()
        return total, at_domain

    def own_hours(self, digest_id: str) -> dict[tuple[int, str], int]:
        """Return the hours and zones that readers of the digest chose, and how many did."""
        chosen = (subscribers.c.hour, subscribers.c.zone)
        query = (
            _readers_of(digest_id, *chosen, func.count())
            .where(subscribers.c.hour.is_not(None), subscribers.c.zone.is_not(None))
            .group_by(*chosen)
        )
        with reading(self._engine) as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def uncertain(self, digest_id: str, *, since: datetime) -> list[tuple[int, str]]:
        """Return who may have got an edition made since then or not: its number, the address."""
        query = (
            select(editions.c.number, deliveries.c.address)
            .join(editions, editions.c.id == deliveries.c.edition_id)
            .where(
                editions.c.digest_id == digest_id,
                editions.c.created_at >= since,
                deliveries.c.state == DeliveryState.UNCERTAIN,
            )
            .order_by(editions.c.id, deliveries.c.id)
        )
        with reading(self._engine) as connection:
            return [(row.number, row.address) for row in connection.execute(query)]

    def left_out_of(self, subscriber_id: int) -> list[tuple[int, str]]:
        """Return the editions that somebody was left out of, and why."""
        query = (
            select(exclusions.c.edition_id, exclusions.c.reason)
            .where(exclusions.c.subscriber_id == subscriber_id)
            .order_by(exclusions.c.edition_id)
        )
        with reading(self._engine) as connection:
            return [(row[0], row[1]) for row in connection.execute(query)]

    def retry_failed(self, edition_id: int, *, now: datetime) -> int:
        """Have what was refused, expired or put off tried once more; return how many.

        What is uncertain stays so; who is suppressed or has left is refused again. Nothing
        has failed for who waits for an hour of their own, or for a turn at their domain.
        """
        retrying = (
            update(deliveries)
            .where(
                deliveries.c.edition_id == edition_id,
                or_(deliveries.c.state.in_(_FAILED), _PUT_OFF_BY_A_REPLY),
            )
            .values(
                state=DeliveryState.PENDING,
                reason="to be tried again on request",
                due_at=now,
            )
        )
        with writing(self._engine) as connection:
            return connection.execute(retrying).rowcount


def _readers_of(digest_id: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return the query for columns of those who would get the digest now."""
    return (
        select(*columns)
        .select_from(subscribers)
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .outerjoin(suppressions, suppressions.c.address_key == subscribers.c.address_key)
        .where(
            subscriptions.c.digest_id == digest_id,
            subscriptions.c.until.is_(None),
            suppressions.c.address_key.is_(None),
        )
    )
