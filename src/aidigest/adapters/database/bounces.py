"""What came back, and mails that were none of our business."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.subscribers import end_subscriptions
from aidigest.adapters.database.subscribers import suppress as store_suppression
from aidigest.adapters.database.tables import (
    bounces,
    editions,
    seen_mail,
    subscribers,
    suppressions,
)
from aidigest.core.delivery.bounces import Bounce, BounceKind
from aidigest.core.readers.subscriber import Suppression, normal_address

_MESSAGE_ID = re.compile(r"<([a-z][a-z0-9-]*)\.(\d{1,9})\.[0-9a-f]{32}@[^>]+>")


class Bounces:
    """Keeps bounces; BounceStore of steps/ports.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen_mail(self, mailbox: str) -> frozenset[str]:
        """Return the marks of mails that were none of our business."""
        query = select(seen_mail.c.uid).where(seen_mail.c.mailbox == mailbox)
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def note_seen(self, mailbox: str, uid: str) -> None:
        """Look at that mail no more."""
        mine = (seen_mail.c.mailbox == mailbox) & (seen_mail.c.uid == uid)
        with writing(self._engine) as connection:
            if connection.execute(select(seen_mail.c.uid).where(mine)).first() is None:
                connection.execute(insert(seen_mail).values(mailbox=mailbox, uid=uid))

    def edition_of(self, message_id: str) -> int | None:
        """Return the row id of the edition that a Message-ID names."""
        found = _MESSAGE_ID.fullmatch(message_id)
        if found is None:
            return None
        query = select(editions.c.id).where(
            editions.c.digest_id == found[1], editions.c.number == int(found[2])
        )
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def subscriber_of(self, address: str) -> int | None:
        """Return whose address it is."""
        query = select(subscribers.c.id).where(subscribers.c.address_key == normal_address(address))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def address_of(self, subscriber_id: int) -> str | None:
        """Return a subscriber's address."""
        query = select(subscribers.c.address).where(subscribers.c.id == subscriber_id)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar()

    def bounces_of(self, subscriber_id: int, *, but: str = "") -> Sequence[Bounce]:
        """Return all that came back from somebody, but for one mail; oldest first."""
        query = (
            select(bounces)
            .where(bounces.c.subscriber_id == subscriber_id, bounces.c.mail_key != but)
            .order_by(bounces.c.at, bounces.c.id)
        )
        with reading(self._engine) as connection:
            return [
                Bounce(
                    subscriber_id=row.subscriber_id,
                    edition_id=row.edition_id,
                    kind=BounceKind(row.kind),
                    status=row.status,
                    diagnostic=row.diagnostic,
                    at=row.at,
                )
                for row in connection.execute(query)
            ]

    def keep_bounce(self, bounce: Bounce, *, mail_key: str, suppress: str | None) -> int:
        """Store it once, with the suppression; return how many are suppressed for it."""
        mine = (bounces.c.mail_key == mail_key) & (bounces.c.subscriber_id == bounce.subscriber_id)
        with writing(self._engine) as connection:
            if connection.execute(select(bounces.c.id).where(mine)).first() is None:
                row = {**asdict(bounce), "edition_id": _known_edition(connection, bounce)}
                connection.execute(insert(bounces).values(mail_key=mail_key, **row))
            return _suppress(connection, bounce, suppress) if suppress else 0

    def leave(self, subscriber_id: int, digest_id: str | None, *, now: datetime) -> None:
        """End a subscription, or all of somebody's."""
        with writing(self._engine) as connection:
            end_subscriptions(connection, subscriber_id, digest_id, now)


def _known_edition(connection: Connection, bounce: Bounce) -> int | None:
    query = select(editions.c.id).where(editions.c.id == bounce.edition_id)
    return connection.execute(query).scalar()


def _suppress(connection: Connection, bounce: Bounce, reason: str) -> int:
    query = select(subscribers.c.address).where(subscribers.c.id == bounce.subscriber_id)
    address = connection.execute(query).scalar_one()
    known = select(suppressions.c.address_key).where(
        suppressions.c.address_key == normal_address(address)
    )
    is_known = connection.execute(known).first() is not None
    store_suppression(connection, Suppression(address=address, reason=reason, since=bounce.at))
    return 0 if is_known else 1
