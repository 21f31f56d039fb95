"""What readers chose, and leaving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, or_, select, update

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.moves import Move, make_moves
from aidigest.adapters.database.subscribers import end_subscriptions
from aidigest.adapters.database.tables import (
    consents,
    deliveries,
    exclusions,
    subscribers,
    subscriptions,
)
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.editions.edition import Edition
from aidigest.core.messages.variants import ChosenVariants
from aidigest.core.readers.preferences import Preferences, Variant, personal_due

#: Rows looked at in one go: there may be a million.
_PORTION = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A subscriber as the pages know them."""

    id: int
    address: str
    preferences: Preferences


class Choices:
    """Keeps what readers chose."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reader(self, subscriber_id: int) -> Reader | None:
        """Return a subscriber with what they chose, subscribed still or not."""
        with reading(self._engine) as connection:
            query = select(subscribers).where(subscribers.c.id == subscriber_id)
            row = connection.execute(query).first()
            if row is None:
                return None
            chosen = Preferences(
                digests=_digests(connection, subscriber_id),
                topics=tuple(row.topics or ()),
                language=row.language,
                hour=row.hour,
                zone=row.zone,
                paused_until=row.paused_until,
            )
        return Reader(id=row.id, address=row.address, preferences=chosen)

    def choose(self, subscriber_id: int, chosen: Preferences, *, text: str, now: datetime) -> None:
        """Store what somebody chose; digests they no longer want end, others begin.

        Args:
            subscriber_id: Who.
            chosen: What.
            text: The words that stand where they chose: what they agree to with a new digest.
            now: When.
        """
        values = {
            "topics": list(chosen.topics) or None,
            "language": chosen.language,
            "hour": chosen.hour,
            "zone": chosen.zone,
            "paused_until": chosen.paused_until,
        }
        with writing(self._engine) as connection:
            mine = update(subscribers).where(subscribers.c.id == subscriber_id)
            connection.execute(mine.values(values))
            had = _digests(connection, subscriber_id)
            for digest_id in set(had) - set(chosen.digests):
                end_subscriptions(connection, subscriber_id, digest_id, now)
            begun = sorted(set(chosen.digests) - set(had))
            for digest_id in begun:
                _begin(connection, subscriber_id, digest_id, now)
            if begun:
                consent = {"subscriber_id": subscriber_id, "at": now, "text": text}
                how = "chosen on the page of preferences, opened by a link mailed"
                connection.execute(insert(consents).values(**consent, how=how, digests=begun))

    def leave(self, subscriber_id: int, digest_id: str | None, *, now: datetime) -> bool:
        """End a subscription, or all of somebody's; return whether there was one."""
        with writing(self._engine) as connection:
            return end_subscriptions(connection, subscriber_id, digest_id, now)

    def variants(self) -> Mapping[int, Variant]:
        """Return the variant of each subscriber who chose one; nobody else is in it."""
        query = select(subscribers.c.id, subscribers.c.topics, subscribers.c.language).where(
            or_(subscribers.c.topics.is_not(None), subscribers.c.language.is_not(None))
        )
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=_PORTION).execute(
                query.order_by(subscribers.c.id)
            )
            return ChosenVariants(
                (row.id, Variant(topics=tuple(sorted(row.topics or ())), language=row.language))
                for row in rows
            )


def heed_choices(connection: Connection, edition_id: int, edition: Edition, now: datetime) -> None:
    """Leave out of a fresh audience who does not want this edition; give hours to those who do."""
    # First who chose, then their rows: a database that has no figures yet of an audience just
    # written would go through all of it.
    query = (
        select(subscribers)
        .where(
            or_(
                subscribers.c.topics.is_not(None),
                subscribers.c.hour.is_not(None),
                subscribers.c.paused_until > now,
            ),
            subscribers.c.id > bindparam("last"),
        )
        .order_by(subscribers.c.id)
        .limit(_PORTION)
    )
    last = 0
    while choosers := connection.execute(query, {"last": last}).all():
        last = choosers[-1].id
        pending = _pending(connection, edition_id, [one.id for one in choosers])
        theirs = [(pending[one.id], one) for one in choosers if one.id in pending]
        _heed(connection, edition_id, theirs, edition=edition, now=now)


def _pending(connection: Connection, edition_id: int, ids: Sequence[int]) -> Mapping[int, int]:
    """Return the rows of those subscribers that are to be sent, by subscriber."""
    query = select(deliveries.c.subscriber_id, deliveries.c.id).where(
        deliveries.c.edition_id == edition_id,
        deliveries.c.subscriber_id.in_(ids),
        deliveries.c.state == DeliveryState.PENDING.value,
    )
    return {row.subscriber_id: row.id for row in connection.execute(query)}


def _heed(
    connection: Connection,
    edition_id: int,
    theirs: Sequence[tuple[int, Row[Any]]],
    *,
    edition: Edition,
    now: datetime,
) -> None:
    told = {section.id for section in edition.sections}
    waiting: list[Move] = []
    excluded: list[dict[str, Any]] = []
    for delivery_id, row in theirs:
        reason = _unwanted(row, told, now)
        if reason is not None:
            left_out = {"edition_id": edition_id, "subscriber_id": row.id, "reason": reason}
            excluded.append(left_out)
        elif row.hour is not None and row.zone is not None:
            due_at = personal_due(
                row.hour, row.zone, made_at=edition.created_at, not_after=edition.not_after
            )
            if due_at > now:
                waiting.append(_put_off(delivery_id, row, due_at))
    if waiting:
        make_moves(connection, waiting)
    if excluded:
        _exclude(connection, excluded)


def _unwanted(row: Any, told: set[str], now: datetime) -> str | None:
    if row.paused_until is not None and row.paused_until > now:
        return f"paused until {row.paused_until:%Y-%m-%d}"
    if row.topics and not told & set(row.topics):
        return "nothing under the topics they chose"
    return None


def _put_off(delivery_id: int, row: Row[Any], due_at: datetime) -> Move:
    return {
        "id": delivery_id,
        "state": DeliveryState.DEFERRED.value,
        "due_at": due_at,
        "reason": f"waits for their own hour, {row.hour:02}:00 in {row.zone}",
    }


def _exclude(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    left_out = (deliveries.c.edition_id == bindparam("edition")) & (
        deliveries.c.subscriber_id == bindparam("subscriber")
    )
    keys = [{"edition": row["edition_id"], "subscriber": row["subscriber_id"]} for row in rows]
    connection.execute(deliveries.delete().where(left_out), keys)
    connection.execute(insert(exclusions), rows)


def _digests(connection: Connection, subscriber_id: int) -> tuple[str, ...]:
    query = (
        select(subscriptions.c.digest_id)
        .where(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.until.is_(None))
        .order_by(subscriptions.c.digest_id)
    )
    found: Sequence[str] = connection.execute(query).scalars().all()
    return tuple(found)


def _begin(connection: Connection, subscriber_id: int, digest_id: str, now: datetime) -> None:
    mine = (subscriptions.c.subscriber_id == subscriber_id) & (
        subscriptions.c.digest_id == digest_id
    )
    again = update(subscriptions).where(mine).values(since=now, until=None)
    if connection.execute(again).rowcount == 0:
        row = {"subscriber_id": subscriber_id, "digest_id": digest_id, "since": now}
        connection.execute(insert(subscriptions).values(row))
