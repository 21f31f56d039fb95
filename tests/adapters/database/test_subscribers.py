"""Subscribers as the database keeps them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from aidigest.adapters.database import Subscribers
from aidigest.core.readers.subscriber import Signup
from aidigest.errors import StoreError

NOW = datetime(2026, 9, 14, tzinfo=UTC)
ADA = Signup(address="Ada@example.org", name="Ada", language="en", digests=("daily", "weekly"))
BOB = Signup(address="bob@example.org", digests=("daily",))


def test_readers_come_back_in_the_order_they_came(engine: Engine) -> None:
    """Lists must not jump about between two looks."""
    store = Subscribers(engine)

    added = store.add([ADA, BOB], now=NOW)

    assert added == 2
    assert [(one.address, one.name, one.digests) for one in store.active()] == [
        ("Ada@example.org", "Ada", ("daily", "weekly")),
        ("bob@example.org", "", ("daily",)),
    ]
    assert [one.address for one in store.active("weekly")] == ["Ada@example.org"]
    assert store.count("daily") == 2


def test_one_address_in_another_case_is_one_reader(engine: Engine) -> None:
    """Nobody is to get two copies for having written their address in two ways."""
    store = Subscribers(engine)
    store.add([ADA], now=NOW)

    added = store.add([Signup(address="ADA@EXAMPLE.ORG", digests=("daily",))], now=NOW)

    assert added == 0
    assert len(store.active()) == 1


def test_who_left_can_come_back(engine: Engine) -> None:
    """Leaving ends a subscription; it does not forget the reader."""
    store = Subscribers(engine)
    store.add([BOB], now=NOW)

    left = store.remove("BOB@example.org", now=NOW + timedelta(days=1))
    while_gone = store.active()
    back = store.add([BOB], now=NOW + timedelta(days=2))

    assert left
    assert while_gone == ()
    assert back == 1
    assert [one.created_at for one in store.active()] == [NOW]


def test_leaving_one_digest_keeps_the_others(engine: Engine) -> None:
    """Each subscription is its own."""
    store = Subscribers(engine)
    store.add([ADA], now=NOW)

    store.remove(ADA.address, now=NOW, digest_id="daily")

    found = store.find(ADA.address)
    assert found is not None
    assert found.digests == ("weekly",)


def test_leaving_twice_is_said(engine: Engine) -> None:
    """The command line tells who was not subscribed."""
    store = Subscribers(engine)

    assert store.remove("nobody@example.org", now=NOW) is False
    assert store.find("nobody@example.org") is None


def test_a_failed_import_leaves_nothing_half_done(engine: Engine) -> None:
    """A crash in the middle of a list must not leave its first half."""
    store = Subscribers(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE subscriptions"))

    with pytest.raises(StoreError):
        store.add([ADA, BOB], now=NOW)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM subscribers")).scalar() == 0
