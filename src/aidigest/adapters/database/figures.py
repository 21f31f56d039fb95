"""Figures for charts and alarms: counts and times, nobody's address."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, select

from aidigest.adapters.database.engine import reading
from aidigest.adapters.database.tables import (
    deliveries,
    editions,
    entries,
    feeds,
    signups,
    subscriptions,
    suppressions,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure, or one for each of some labels."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[tuple[str, ...], float], ...]
    is_time: bool = False  #: Its values are moments, in seconds since 1970 (UTC).


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDeliveries:
    """How the deliveries of an edition stand."""

    digest_id: str
    number: int
    date: date
    audience: int
    counts: Mapping[str, int]  #: By state.


#: Of editions, which are large, only the few small columns that are wanted.
_AUDIENCES = select(
    editions.c.id,
    editions.c.digest_id,
    editions.c.number,
    editions.c.date,
    editions.c.audience_size,
)


class Figures:
    """Counts things."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, *, now: datetime) -> tuple[Figure, ...]:
        """Return every figure that there is."""
        latest = self.deliveries_by_edition(limit=1, of_each=True)
        with reading(self._engine) as connection:
            return (
                *_feed_figures(connection, now),
                *_edition_figures(connection),
                *_reader_figures(connection),
                Figure(
                    name="deliveries",
                    meaning="Deliveries of each digest's latest edition, by state.",
                    labels=("digest", "state"),
                    values=tuple(
                        ((one.digest_id, state), count)
                        for one in latest
                        for state, count in one.counts.items()
                    ),
                ),
            )

    def deliveries_by_edition(
        self, *, limit: int, of_each: bool = False
    ) -> tuple[EditionDeliveries, ...]:
        """Return the latest editions with their deliveries, the latest first."""
        query = _AUDIENCES.order_by(editions.c.id.desc()).limit(limit)
        if of_each:
            newest = select(func.max(editions.c.id)).group_by(editions.c.digest_id)
            query = _AUDIENCES.where(editions.c.id.in_(newest))
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            counts = _states(connection, [row.id for row in rows])
        return tuple(
            EditionDeliveries(
                digest_id=row.digest_id,
                number=row.number,
                date=row.date,
                audience=row.audience_size or 0,
                counts=counts.get(row.id, {}),
            )
            for row in rows
        )

    def entries_by_day(self, *, now: datetime, days: int) -> tuple[tuple[date, int], ...]:
        """Return how many entries came in on each of the last days, in UTC, the oldest first."""
        first = (now - timedelta(days=days - 1)).astimezone(UTC).date()
        since = datetime.combine(first, datetime.min.time(), UTC)
        query = select(entries.c.first_seen_at).where(entries.c.first_seen_at >= since)
        with reading(self._engine) as connection:
            seen = Counter(at.date() for at in connection.execute(query).scalars())
        every = (first + timedelta(days=index) for index in range(days))
        return tuple((day, seen[day]) for day in every)


def _states(connection: Connection, edition_ids: list[int]) -> dict[int, dict[str, int]]:
    query = (
        select(deliveries.c.edition_id, deliveries.c.state, func.count().label("count"))
        .where(deliveries.c.edition_id.in_(edition_ids))
        .group_by(deliveries.c.edition_id, deliveries.c.state)
        .order_by(deliveries.c.state)
    )
    found: dict[int, dict[str, int]] = {}
    for edition_id, state, count in connection.execute(query):
        found.setdefault(edition_id, {})[state] = count
    return found


def _feed_figures(connection: Connection, now: datetime) -> Iterator[Figure]:
    count = select(func.count()).select_from(feeds)
    failing = connection.execute(count.where(feeds.c.failures > 0)).scalar_one()
    known = connection.execute(count).scalar_one()
    yield _one("feeds", "Feeds that were ever polled.", known)
    yield _one("feeds_failing", "Feeds whose last poll failed.", failing)
    last = connection.execute(select(func.max(feeds.c.last_polled_at))).scalar()
    if last is not None:
        age = (now - last).total_seconds()
        yield _one("poll_age_seconds", "Seconds since a feed was last polled.", age)
    newest = connection.execute(select(func.max(entries.c.first_seen_at))).scalar()
    if newest is not None:
        age = (now - newest).total_seconds()
        yield _one("entry_age_seconds", "Seconds since an entry came in.", age)


def _edition_figures(connection: Connection) -> Iterator[Figure]:
    query = select(editions.c.digest_id, func.count(), func.max(editions.c.created_at)).group_by(
        editions.c.digest_id
    )
    rows = connection.execute(query).all()
    yield Figure(
        name="editions",
        meaning="Editions made.",
        labels=("digest",),
        values=tuple(((digest,), count) for digest, count, _ in rows),
    )
    yield Figure(
        name="edition_timestamp_seconds",
        meaning="When the latest edition was made.",
        labels=("digest",),
        is_time=True,
        values=tuple(((digest,), at.timestamp()) for digest, _, at in rows),
    )


def _reader_figures(connection: Connection) -> Iterator[Figure]:
    query = (
        select(subscriptions.c.digest_id, func.count())
        .where(subscriptions.c.until.is_(None))
        .group_by(subscriptions.c.digest_id)
    )
    yield Figure(
        name="subscribers",
        meaning="Subscribers of each digest.",
        labels=("digest",),
        values=tuple(((digest,), count) for digest, count in connection.execute(query)),
    )
    waiting = select(func.count()).where(signups.c.mail_due_at.is_not(None))
    yield _one(
        "confirmations_due",
        "Confirmation mails that wait to be sent.",
        connection.execute(waiting).scalar_one(),
    )
    count = select(func.count()).select_from(suppressions)
    yield _one(
        "suppressions", "Addresses no longer written to.", connection.execute(count).scalar_one()
    )


def _one(name: str, meaning: str, value: float) -> Figure:
    return Figure(name=name, meaning=meaning, values=(((), value),))
