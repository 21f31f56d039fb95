"""The database's clock: where workers' own clocks are minutes apart, all go by this one."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from aidigest.adapters.database.engine import reading
from aidigest.errors import StoreError

#: After so many seconds the database is asked again.
_GOOD_FOR_S = 60.0


def _seconds() -> float:
    # This one goes on while a machine sleeps.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class DatabaseClock:
    """Tells the time as the database does, without asking it every time.

    Args:
        engine: A PostgreSQL.
        timer: Tells seconds that only grow.
    """

    def __init__(self, engine: Engine, *, timer: Callable[[], float] = _seconds) -> None:
        self._engine = engine
        self._timer = timer
        self._asked: tuple[float, datetime] | None = None  #: On the timer, and what it said.

    def __call__(self) -> datetime:
        """Return the time, aware UTC; raise StoreError where it was never to be had."""
        asked = self._asked
        if asked is None or self._timer() - asked[0] > _GOOD_FOR_S:
            asked = self._ask(asked)
        return asked[1] + timedelta(seconds=self._timer() - asked[0])

    def _ask(self, last: tuple[float, datetime] | None) -> tuple[float, datetime]:
        before = self._timer()
        try:
            with reading(self._engine) as connection:
                said: datetime = connection.execute(_NOW).scalar_one()
        except StoreError:
            # What it said last is better than a clock that nobody knows.
            if last is None:
                raise
            return last
        self._asked = ((before + self._timer()) / 2, said.astimezone(UTC))
        return self._asked


_NOW = text("SELECT clock_timestamp()")
