"""A SQLite database becomes a PostgreSQL one, with real databases of both kinds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select

from aidigest.adapters.database import (
    Deliveries,
    Editions,
    Feeds,
    Subscribers,
    check,
    migrate,
    open_engine,
)
from aidigest.adapters.database.moving import move
from aidigest.adapters.database.tables import entries, metadata, subscribers
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.editions.window import Weighed
from aidigest.core.feeds.feed import FeedState, Validators
from aidigest.core.readers.subscriber import Signup
from aidigest.errors import BusyError, StoreError
from kill.editions import an_edition

NOW = datetime(2026, 9, 14, 6, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database with something in it."""
    engine = open_engine(f"sqlite:///{tmp_path / 'aidigest.db'}")
    migrate(engine)
    names = ("ada", "bob", "cam", "đào")
    readers = [Signup(address=f"{name}@example.org", digests=("daily",)) for name in names]
    Subscribers(engine).add(readers, now=NOW)
    edition_id, _ = Editions(engine).add_edition(an_edition(NOW), weighed={"e1"})
    Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)
    Editions(engine).note_quiet_day("weekly", date(2026, 9, 13), "nothing new")
    state = FeedState(url="https://a.example/rss", validators=Validators(etag='"ß"'))
    Feeds(engine).set_states([state])
    row = {
        "id": "e1",
        "feed_url": "https://a.example/rss",
        "feed_title": "A",
        "title": "Một con chip mới",
        "summary": "s",
        "language": "vi",
        "published_at": NOW,
        "published_is_guess": True,
        "first_seen_at": NOW,
        "links": [{"url": "https://a.example/1", "kind": "text"}],
    }
    with engine.begin() as connection:
        connection.execute(insert(entries).values(row))
    yield engine
    engine.dispose()


@pytest.fixture
def target(blank_postgresql: str) -> Iterator[Engine]:
    """A PostgreSQL without tables."""
    engine = open_engine(blank_postgresql)
    yield engine
    engine.dispose()


def count_rows(engine: Engine) -> dict[str, int]:
    """Count the rows of each table."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_everything_is_on_the_other_side(source: Engine, target: Engine) -> None:
    """The same rows, instants to the microsecond, and words in any language."""
    before = count_rows(source)

    moved = move(source, target)

    assert count_rows(target) == before
    assert {one.table: one.rows for one in moved}.items() <= before.items()
    assert Feeds(target).all_entries() == Feeds(source).all_entries()
    assert Feeds(target).feed_states() == Feeds(source).feed_states()
    assert Editions(target).last_weighed("daily") == Weighed(
        made_at=NOW, entry_ids=frozenset({"e1"})
    )
    assert Deliveries(target).counts(1) == {DeliveryState.PENDING: 4}


def test_new_rows_get_new_numbers(source: Engine, target: Engine) -> None:
    """A sequence that begins at one again would take the numbers of those who were copied."""
    move(source, target)

    late = Signup(address="eve@example.org", digests=("daily",))
    Subscribers(target).add([late], now=NOW)

    with target.connect() as connection:
        numbers = connection.execute(select(subscribers.c.id)).scalars().all()
    assert sorted(numbers) == [1, 2, 3, 4, 5]


def test_the_old_database_can_only_be_read_afterwards(source: Engine, target: Engine) -> None:
    """A worker that was forgotten must not send from it what the new one sends as well."""
    move(source, target)

    assert Deliveries(source).counts(1) == {DeliveryState.PENDING: 4}
    with pytest.raises(StoreError, match="moved to PostgreSQL"):
        check(source)
    with (
        pytest.raises(StoreError, match="moved to PostgreSQL"),
        Deliveries(source).round(1, now=NOW) as round_,
    ):
        round_.claim(1)


def test_nothing_moves_while_somebody_sends(source: Engine, target: Engine) -> None:
    """What is on its way now would be sent again from the new database."""
    with Deliveries(source).exclusive(1), pytest.raises(BusyError, match="sending"):
        move(source, target)

    assert count_rows(target)["subscribers"] == 0
    check(source)


def test_nothing_moves_while_somebody_polls(source: Engine, target: Engine) -> None:
    """What a poll brings would be lost."""
    with Feeds(source).polling(), pytest.raises(BusyError, match="polling"):
        move(source, target)


def test_a_database_with_rows_is_not_filled(source: Engine, target: Engine) -> None:
    """Two audiences in one database could not be told apart again."""
    migrate(target)
    Subscribers(target).add([Signup(address="zoe@example.org", digests=("daily",))], now=NOW)

    with pytest.raises(StoreError, match="not empty"):
        move(source, target)

    check(source)


def test_what_fails_leaves_both_as_they_were(source: Engine, target: Engine) -> None:
    """A full disk or a lost connection in the middle: run it again."""

    def fail(_moved: object) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="disk is full"):
        move(source, target, on_table=fail)
    left = count_rows(target)
    again = move(source, target)

    assert set(left.values()) <= {0, 1}  # The note on the schema is there.
    assert left["subscribers"] == 0
    assert sum(one.rows for one in again) > 0


def test_a_move_that_died_at_its_last_step_is_run_again(source: Engine, target: Engine) -> None:
    """The old database is closed before the new one counts; in between, neither is used."""
    move(source, target)
    with target.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name != "schema_needs":
                connection.execute(table.delete())

    again = move(source, target)

    assert {one.table: one.rows for one in again}["subscribers"] == 4
