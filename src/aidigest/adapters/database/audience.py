"""Freezing an audience: who is to get an edition, and who is left out and why."""

from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, Subquery, Table, func, insert, literal, select, text

from aidigest.adapters.database.choices import heed_choices
from aidigest.adapters.database.locks import hold_until_commit
from aidigest.adapters.database.tables import (
    deliveries,
    editions,
    exclusions,
    subscribers,
    subscriptions,
    suppressions,
)
from aidigest.adapters.database.types import UtcDateTime
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.editions.edition import Edition
from aidigest.errors import StoreError

_CONTENT = TypeAdapter(Edition)


def write_audience(connection: Connection, edition_id: int, digest_id: str, now: datetime) -> int:
    """Write a pending row, or an exclusion, for every subscriber; return how many rows.

    Who chose an hour of their own has it in the row; who paused, or chose topics
    that the edition has nothing of, is left out.

    Raises:
        StoreError: Rows and exclusions do not add up to the subscribers.
    """
    hold_audience(connection)
    candidates = (
        select(subscribers.c.id, subscribers.c.address, suppressions.c.reason)
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .outerjoin(suppressions, suppressions.c.address_key == subscribers.c.address_key)
        .where(subscriptions.c.digest_id == digest_id, subscriptions.c.until.is_(None))
        .subquery()
    )
    expected = connection.execute(select(func.count()).select_from(candidates)).scalar_one()
    _copy_readers(connection, candidates, edition_id, now)
    _copy_suppressed(connection, candidates, edition_id)
    heed_choices(connection, edition_id, _edition(connection, edition_id), now)
    rows, left_out = (_count(connection, table, edition_id) for table in (deliveries, exclusions))
    if rows + left_out != expected:
        raise StoreError(
            f"the audience does not add up: {expected} subscribers, but {rows} deliveries"
            f" and {left_out} left out; nothing was stored"
        )
    return rows


def hold_audience(connection: Connection) -> None:
    """Let no subscriber be erased while an audience is frozen, nor the other way round."""
    hold_until_commit(connection, "audience")


def _edition(connection: Connection, edition_id: int) -> Edition:
    query = select(editions.c.content).where(editions.c.id == edition_id)
    return _CONTENT.validate_python(connection.execute(query).scalar_one())


def _copy_readers(
    connection: Connection, candidates: Subquery, edition_id: int, now: datetime
) -> None:
    if connection.dialect.name == "postgresql":
        # A million are sorted in memory then; the usual 4 MB would go through files.
        connection.execute(text("SET LOCAL work_mem = '128MB'"))
    columns = ["edition_id", "subscriber_id", "address", "state", "attempts", "due_at"]
    columns += ["reply", "reason"]
    values = select(
        literal(edition_id),
        candidates.c.id,
        candidates.c.address,
        literal(DeliveryState.PENDING.value),
        literal(0),
        literal(now, UtcDateTime),
        literal(""),
        literal(""),
    ).where(candidates.c.reason.is_(None))
    copying = insert(deliveries).from_select(columns, values.order_by(candidates.c.id))
    connection.execute(copying)


def _copy_suppressed(connection: Connection, candidates: Subquery, edition_id: int) -> None:
    values = select(
        literal(edition_id), candidates.c.id, literal("suppressed: ").concat(candidates.c.reason)
    ).where(candidates.c.reason.is_not(None))
    copying = insert(exclusions).from_select(["edition_id", "subscriber_id", "reason"], values)
    connection.execute(copying)


def _count(connection: Connection, table: Table, edition_id: int) -> int:
    counting = select(func.count()).select_from(table).where(table.c.edition_id == edition_id)
    return connection.execute(counting).scalar_one()
