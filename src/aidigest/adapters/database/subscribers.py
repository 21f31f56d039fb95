"""Who reads which digest, and whom we no longer write to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.tables import subscribers, subscriptions, suppressions
from aidigest.core.readers.rights import hashed_address
from aidigest.core.readers.subscriber import Signup, Subscriber, Suppression, normal_address


class Subscribers:
    """Keeps subscribers, their subscriptions, and suppressed addresses."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, signups: Iterable[Signup], *, now: datetime) -> int:
        """Subscribe them all or none; return how many are new to a digest."""
        with writing(self._engine) as connection:
            return sum(_add(connection, signup, now) for signup in signups)

    def left(self, signups: Iterable[Signup]) -> dict[str, tuple[str, ...]]:
        """Return which of their digests somebody was subscribed to, and is no more."""
        ended: dict[str, set[str]] = defaultdict(set)
        with reading(self._engine) as connection:
            for row in connection.execute(_ENDED):
                ended[row.address_key].add(row.digest_id)
        return {
            signup.address: tuple(sorted(left))
            for signup in signups
            if (left := ended.get(normal_address(signup.address), set()) & set(signup.digests))
        }

    def suppress(self, found: Iterable[Suppression]) -> int:
        """Write to these addresses no more; return how many are new."""
        with writing(self._engine) as connection:
            return sum(suppress(connection, one) for one in found)

    def remove(self, address: str, *, now: datetime, digest_id: str | None = None) -> bool:
        """End the subscription to one digest, or to all; return whether there was one."""
        owner = select(subscribers.c.id).where(_is(address)).scalar_subquery()
        ending = update(subscriptions).where(
            subscriptions.c.subscriber_id == owner, subscriptions.c.until.is_(None)
        )
        if digest_id is not None:
            ending = ending.where(subscriptions.c.digest_id == digest_id)
        with writing(self._engine) as connection:
            return connection.execute(ending.values(until=now)).rowcount > 0

    def find(self, address: str) -> Subscriber | None:
        """Return whoever has that address, subscribed still or not."""
        with reading(self._engine) as connection:
            row = connection.execute(select(subscribers).where(_is(address))).first()
            if row is None:
                return None
            return _subscriber(row, _digests(connection, [row.id]).get(row.id, ()))

    def active(self, digest_id: str | None = None) -> tuple[Subscriber, ...]:
        """Return who gets that digest, or any, in the order they came."""
        with reading(self._engine) as connection:
            digests = _digests(connection)
            rows = connection.execute(select(subscribers).order_by(subscribers.c.id)).all()
        everybody = (_subscriber(row, digests.get(row.id, ())) for row in rows)
        return tuple(
            one
            for one in everybody
            if one.digests and (digest_id is None or digest_id in one.digests)
        )

    def count(self, digest_id: str) -> int:
        """Return how many get the digest."""
        query = (
            select(func.count())
            .select_from(subscriptions)
            .where(subscriptions.c.digest_id == digest_id, subscriptions.c.until.is_(None))
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def suppressed(self) -> tuple[Suppression, ...]:
        """Return the addresses we do not write to, oldest first."""
        query = select(suppressions).order_by(suppressions.c.since, suppressions.c.address_key)
        with reading(self._engine) as connection:
            return tuple(
                Suppression(address=row.address, reason=row.reason, since=row.since)
                for row in connection.execute(query)
            )

    def suppression(self, address: str) -> Suppression | None:
        """Return why we do not write to that address, if so."""
        query = select(suppressions).where(_is_suppressed(address))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Suppression(address=row.address, reason=row.reason, since=row.since)

    def unsuppress(self, address: str) -> bool:
        """Write to the address again; return whether it was suppressed."""
        lifting = delete(suppressions).where(_is_suppressed(address))
        with writing(self._engine) as connection:
            return connection.execute(lifting).rowcount > 0


def suppress(connection: Connection, suppression: Suppression) -> bool:
    """Write to the address no more; an earlier reason stays. Return whether it is new."""
    key = normal_address(suppression.address)
    known = select(suppressions.c.address_key).where(suppressions.c.address_key == key)
    if connection.execute(known).first() is not None:
        return False
    row = {"address_key": key, **asdict(suppression)}
    connection.execute(insert(suppressions).values(row))
    return True


def end_subscriptions(
    connection: Connection, subscriber_id: int, digest_id: str | None, now: datetime
) -> bool:
    """End a subscription, or all of somebody's; return whether there was one."""
    ending = update(subscriptions).where(
        subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.until.is_(None)
    )
    if digest_id is not None:
        ending = ending.where(subscriptions.c.digest_id == digest_id)
    return connection.execute(ending.values(until=now)).rowcount > 0


def add_signup(connection: Connection, signup: Signup, now: datetime) -> int:
    """Subscribe somebody; return their id."""
    _add(connection, signup, now)
    query = select(subscribers.c.id).where(_is(signup.address))
    subscriber_id: int = connection.execute(query).scalar_one()
    return subscriber_id


def _is_suppressed(address: str) -> Any:
    keys = (normal_address(address), hashed_address(address))
    return suppressions.c.address_key.in_(keys)


def _is(address: str) -> Any:
    return subscribers.c.address_key == normal_address(address)


def _add(connection: Connection, signup: Signup, now: datetime) -> bool:
    row = connection.execute(select(subscribers.c.id).where(_is(signup.address))).first()
    if row is None:
        _recognise_erased(connection, signup.address)
    subscriber_id = row.id if row else _add_subscriber(connection, signup, now)
    added = [_subscribe(connection, subscriber_id, digest, now) for digest in signup.digests]
    return any(added)


def _recognise_erased(connection: Connection, address: str) -> None:
    """Let a hash that was kept of somebody erased keep mail from them by name again."""
    naming = update(suppressions).where(suppressions.c.address_key == hashed_address(address))
    connection.execute(naming.values(address=address, address_key=normal_address(address)))


def _add_subscriber(connection: Connection, signup: Signup, now: datetime) -> int:
    row = {
        "address": signup.address,
        "address_key": normal_address(signup.address),
        "name": signup.name,
        "language": signup.language,
        "created_at": now,
    }
    inserted: int = connection.execute(
        insert(subscribers).values(row).returning(subscribers.c.id)
    ).scalar_one()
    return inserted


def _subscribe(connection: Connection, subscriber_id: int, digest_id: str, now: datetime) -> bool:
    mine = (subscriptions.c.subscriber_id == subscriber_id) & (
        subscriptions.c.digest_id == digest_id
    )
    known = connection.execute(select(subscriptions.c.until).where(mine)).first()
    if known is None:
        row = {"subscriber_id": subscriber_id, "digest_id": digest_id, "since": now}
        connection.execute(insert(subscriptions).values(row))
        return True
    if known.until is None:
        return False
    connection.execute(update(subscriptions).where(mine).values(since=now, until=None))
    return True


_ENDED = (
    select(subscribers.c.address_key, subscriptions.c.digest_id)
    .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
    .where(subscriptions.c.until.is_not(None))
)


def _digests(connection: Connection, ids: list[int] | None = None) -> dict[int, tuple[str, ...]]:
    query = (
        select(subscriptions.c.subscriber_id, subscriptions.c.digest_id)
        .where(subscriptions.c.until.is_(None))
        .order_by(subscriptions.c.digest_id)
    )
    if ids is not None:
        query = query.where(subscriptions.c.subscriber_id.in_(ids))
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(query):
        found[row.subscriber_id] = (*found.get(row.subscriber_id, ()), row.digest_id)
    return found


def _subscriber(row: Row[Any], digests: tuple[str, ...]) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        name=row.name,
        language=row.language,
        digests=digests,
        created_at=row.created_at,
    )
