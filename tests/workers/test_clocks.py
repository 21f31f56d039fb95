"""Workers whose clocks are minutes apart: all of them go by the database's."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from aidigest.adapters.database import Editions, migrate, open_engine
from aidigest.adapters.database.tables import deliveries
from aidigest.core.delivery.deliveries import FIRST_RETRY, DeliveryState
from kill.relay import RecordingRelay, running
from workers.chaos import READERS, children, freeze, make_a_home, new_worker

#: Changes what the clock says to a program that loads it.
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)

#: What each worker's machine makes of the time.
CLOCKS = ("+5m", "-5m", "+0")

#: This reader's server wants to be asked again later.
BUSY = READERS[40]

_SOON = """
[[digests]]
id = "soon"
title = "Soon"
schedule = "{0.minute} {0.hour} * * *"
timezone = "UTC"
"""


@pytest.fixture
def engine(blank_postgresql: str) -> Iterator[Engine]:
    """A PostgreSQL with an edition to be sent."""
    pytest.importorskip("procrastinate", reason="install 'aidigest[postgresql]'")
    opened = open_engine(blank_postgresql)
    migrate(opened)
    yield opened
    opened.dispose()


def busy_once(recipient: str) -> str | None:
    """Put one reader off."""
    return "451 4.3.0 later, please" if recipient == BUSY else None


def time_of(engine: Engine) -> datetime:
    """Return the time as the database tells it."""
    with engine.connect() as connection:
        told: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return told.astimezone(UTC)


@pytest.mark.timeout(120)
@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not here (Debian: faketime)")
def test_workers_whose_clocks_are_minutes_apart(
    engine: Engine, blank_postgresql: str, tmp_path: Path
) -> None:
    """One copy each, no living worker taken for dead, nothing early and no retry before its time.

    The clocks are much further apart than the time after which a worker counts as dead, and than
    the time until the next edition.
    """
    home = make_a_home(tmp_path / "home")
    begun = time_of(engine)
    due_at = begun + timedelta(minutes=3)
    with (home / "config" / "aidigest.toml").open("a", encoding="utf-8") as config:
        config.write(_SOON.format(due_at))
    freeze(engine)

    with running(RecordingRelay(at_rcpt=busy_once)) as relay, ExitStack() as stack:
        environ = {"DATABASE_URL": blank_postgresql, "SMTP_URL": f"{relay.url}?starttls=optional"}
        workers = []
        for clock in CLOCKS:
            skew = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": clock}
            parent = stack.enter_context(children(skew))
            workers.append(new_worker(parent, home, environ))
            stack.callback(os.kill, workers[-1], signal.SIGKILL)
        assert relay.until(lambda: len(relay.copies) == len(READERS) - 1, timeout=60)
        assert relay.until(lambda: not relay.open_talks, timeout=40)
        ended = time_of(engine)

    with engine.connect() as connection:
        rows = connection.execute(select(deliveries)).all()
    busy = next(row for row in rows if row.address == BUSY)
    assert {row.state for row in rows if row is not busy} == {DeliveryState.SENT}
    assert {row.attempts for row in rows} == {1}
    assert set(relay.copies.values()) == {1}
    assert all(begun <= row.claimed_at <= row.settled_at <= ended for row in rows)
    assert busy.state == DeliveryState.DEFERRED
    # The waits vary by a few seconds.
    assert abs(busy.due_at - busy.settled_at - FIRST_RETRY) < timedelta(minutes=1)
    assert not Editions(engine).is_quiet_day("soon", due_at.date())
