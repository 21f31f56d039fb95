"""Askings for digests by the web, from the form to the confirmation."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.subscribers import add_signup
from aidigest.adapters.database.tables import askings, consents, signups, subscribers
from aidigest.core.readers.joining import (
    CONFIRM_WITHIN,
    Answer,
    Askers,
    Asking,
    Limit,
    Limits,
    Waiting,
    answer,
)
from aidigest.core.readers.subscriber import Signup, normal_address

_LIMITS = Limits()

#: Askings are counted for a day at most.
_COUNTED = timedelta(days=1)

#: A confirmation may be clicked twice; then its row is of no more use.
_KEPT = 2 * CONFIRM_WITHIN

#: Somebody has taken a mail in hand and has this long to send it.
_IN_HAND = timedelta(minutes=5)


class Signups:
    """Keeps who has asked for digests and has not confirmed it yet; SignupStore of the steps."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(
        self, asking: Asking, askers: Askers, limits: Limits = _LIMITS, *, now: datetime
    ) -> Answer:
        """Store an asking and have its mail sent, if the limits allow it.

        Whether the address is subscribed is not looked at, so that neither the
        answer nor its time can depend on it.
        """
        with writing(self._engine) as connection:
            decided = answer(
                address=_count(connection, askers.address, limits.address, now),
                network=_count(connection, askers.network, limits.network, now),
                everybody=_count(connection, askers.everybody, limits.everybody, now),
                limits=limits,
            )
            if decided is Answer.TOO_MANY:
                return decided
            names = (askers.address, askers.network, askers.everybody)
            connection.execute(insert(askings), [{"who": name, "at": now} for name in names])
            connection.execute(insert(signups).values(_row(asking, decided, now)))
            return decided

    def take_due(self, *, now: datetime) -> Waiting | None:
        """Return the next whose mail is due, and keep others off it for some minutes."""
        query = (
            select(signups)
            .where(signups.c.mail_due_at <= now)
            .order_by(signups.c.mail_due_at, signups.c.id)
            .limit(1)
        )
        with writing(self._engine) as connection:
            row = connection.execute(query.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            taking = update(signups).where(signups.c.id == row.id)
            connection.execute(taking.values(mail_due_at=now + _IN_HAND, attempts=row.attempts + 1))
            return _waiting(row)

    def mailed(self, waiting_id: int, *, again_at: datetime | None = None) -> None:
        """Note that the mail is sent, or when it is tried again."""
        noting = update(signups).where(signups.c.id == waiting_id)
        with writing(self._engine) as connection:
            connection.execute(noting.values(mail_due_at=again_at))

    def waiting(self, waiting_id: int, *, now: datetime) -> Waiting | None:
        """Return an asking that may be confirmed still."""
        with reading(self._engine) as connection:
            row = connection.execute(_still(waiting_id, now)).first()
        return _waiting(row) if row is not None else None

    def confirm(self, waiting_id: int, *, now: datetime) -> int | None:
        """Subscribe whoever asked, with the record of it, once; return the subscriber's id."""
        with writing(self._engine) as connection:
            # Of two clicks at once, the second waits and finds it confirmed.
            row = connection.execute(_still(waiting_id, now).with_for_update()).first()
            if row is None:
                return None
            key = normal_address(row.address)
            if row.confirmed_at is None:
                _subscribe(connection, row, now)
            query = select(subscribers.c.id).where(subscribers.c.address_key == key)
            return connection.execute(query).scalar()

    def forget_old(self, *, now: datetime) -> None:
        """Delete what is of no more use."""
        with writing(self._engine) as connection:
            connection.execute(delete(askings).where(askings.c.at < now - _COUNTED))
            connection.execute(delete(signups).where(signups.c.asked_at < now - _KEPT))


def _count(connection: Connection, who: str, limit: Limit, now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(askings)
        .where(askings.c.who == who, askings.c.at > now - limit.within)
    )
    return connection.execute(query).scalar_one()


def _row(asking: Asking, decided: Answer, now: datetime) -> dict[str, Any]:
    return {
        "address": asking.address,
        "address_key": normal_address(asking.address),
        "language": asking.language,
        "digests": list(asking.digests),
        "text": asking.text,
        "asked_at": now,
        "mail_due_at": now if decided is Answer.TAKEN else None,
        "attempts": 0,
    }


def _still(waiting_id: int, now: datetime) -> Any:
    return select(signups).where(
        signups.c.id == waiting_id, signups.c.asked_at > now - CONFIRM_WITHIN
    )


def _subscribe(connection: Connection, row: Row[Any], now: datetime) -> None:
    wanted = Signup(address=row.address, language=row.language, digests=tuple(row.digests))
    subscriber_id = add_signup(connection, wanted, now)
    consent = {
        "subscriber_id": subscriber_id,
        "at": now,
        "how": f"asked for on the web at {row.asked_at.isoformat()}, confirmed by the link mailed",
        "text": row.text,
        "digests": row.digests,
    }
    connection.execute(insert(consents).values(consent))
    connection.execute(update(signups).where(signups.c.id == row.id).values(confirmed_at=now))


def _waiting(row: Row[Any]) -> Waiting:
    asking = Asking(
        address=row.address, language=row.language, digests=tuple(row.digests), text=row.text
    )
    return Waiting(
        id=row.id,
        asking=asking,
        asked_at=row.asked_at,
        attempts=row.attempts,
        confirmed_at=row.confirmed_at,
    )
