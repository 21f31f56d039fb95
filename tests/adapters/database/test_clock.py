"""The database's clock, by which all workers go."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from aidigest.adapters.database import DatabaseClock, migrate, open_engine
from aidigest.errors import StoreError


class Stopwatch:
    """Tells the seconds that it was told."""

    seconds = 1000.0

    def __call__(self) -> float:
        """Return them."""
        return self.seconds


@pytest.fixture
def asked(blank_postgresql: str) -> Iterator[tuple[Engine, list[str]]]:
    """A PostgreSQL, and what it was asked."""
    engine = open_engine(blank_postgresql)
    migrate(engine)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *about: statements.append(about[2]))
    yield engine, statements
    engine.dispose()


def test_the_database_is_asked_once_a_minute(asked: tuple[Engine, list[str]]) -> None:
    """A worker asks for the time with each message, and each question is a round trip."""
    engine, statements = asked
    timer = Stopwatch()
    clock = DatabaseClock(engine, timer=timer)

    first = clock()
    timer.seconds += 59
    second = clock()
    asked_within_a_minute = len(statements)
    timer.seconds += 2
    clock()

    assert second - first == timedelta(seconds=59)
    assert asked_within_a_minute == 1
    assert len(statements) == 2


def test_it_tells_the_databases_time_in_utc(asked: tuple[Engine, list[str]]) -> None:
    """This machine's clock is the database's here, so that both can be compared."""
    before = datetime.now(UTC)

    told = DatabaseClock(asked[0])()

    assert before - timedelta(seconds=1) < told < datetime.now(UTC) + timedelta(seconds=1)
    assert told.tzinfo is UTC


def test_a_database_that_is_away_has_told_the_time_before(blank_postgresql: str) -> None:
    """What it said last, and the seconds since, are better than a clock that nobody knows."""
    engine = open_engine(blank_postgresql)
    timer = Stopwatch()
    clock = DatabaseClock(engine, timer=timer)

    first = clock()
    engine.dispose()
    event.listen(engine, "do_connect", _refuse)
    timer.seconds += 90
    later = clock()

    assert later - first == timedelta(seconds=90)
    with pytest.raises(StoreError):
        DatabaseClock(engine, timer=timer)()


def _refuse(*_about: object) -> None:
    import psycopg  # noqa: PLC0415 - Not everybody has it.

    raise psycopg.OperationalError("connection failed: it is away")
