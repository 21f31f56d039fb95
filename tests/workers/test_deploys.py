"""Workers of two versions at once, while the schema changes under them."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from aidigest.adapters.database import check, migrate, open_engine
from aidigest.adapters.database.tables import deliveries
from aidigest.app import App
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.settings import load_settings
from aidigest.steps.compose import Composed
from aidigest.steps.deliver import Ending
from homes import run
from kill.relay import RecordingRelay, running
from schemas import add_what_the_next_version_may, migrate_to, revisions
from workers.chaos import READERS, children, freeze, make_a_home, new_worker

#: Whether somebody waits for the table.
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'deliveries'::regclass"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose clock goes."""
    return make_a_home(tmp_path / "home")


@pytest.fixture
def blank(blank_url: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = open_engine(blank_url)
    yield engine
    engine.dispose()


@pytest.mark.timeout(120)
def test_old_workers_and_new_ones_send_while_the_schema_grows(
    blank_postgresql: str, home: Path, tmp_path: Path
) -> None:
    """Each step of a deploy in the middle of a send: migrate, a new worker, the old one told to go.

    The program of today is the old one here; what comes next may only add.
    """
    pytest.importorskip("procrastinate", reason="install 'aidigest[postgresql]'")
    engine = open_engine(blank_postgresql)
    migrate(engine)
    freeze(engine)
    log = tmp_path / "log"

    with running(RecordingRelay()) as relay, ExitStack() as stack:
        environ = {"DATABASE_URL": blank_postgresql, "SMTP_URL": f"{relay.url}?starttls=optional"}
        parent = stack.enter_context(children(log=stack.enter_context(log.open("wb"))))
        workers = [new_worker(parent, home, environ) for _ in range(2)]
        assert relay.until(lambda: len(relay.copies) >= 20, timeout=60)
        add_what_the_next_version_may(engine)
        workers.append(new_worker(parent, home, environ))
        os.kill(workers[0], signal.SIGTERM)
        stack.callback(lambda: [*map(_kill, workers[1:])])
        is_done = relay.until(lambda: len(relay.copies) == len(READERS), timeout=60)
        assert relay.until(lambda: not relay.open_talks, timeout=40)

    with engine.connect() as connection:
        states = set(connection.execute(select(deliveries.c.state)).scalars())
    engine.dispose()
    told = log.read_text("utf-8")
    assert is_done
    assert set(relay.copies.values()) == {1}
    assert states == {DeliveryState.SENT}
    assert told.count("worker.started") == 3
    assert "worker.failed" not in told


def test_a_migration_lets_others_pass_until_there_is_a_lull(blank_postgresql: str) -> None:
    """Were it to wait for one reader, all others would wait behind it, or die in a deadlock."""
    engine = open_engine(blank_postgresql)
    migrate(engine)
    query = select(deliveries.c.state)
    changing = threading.Thread(target=add_what_the_next_version_may, args=[engine])

    with engine.connect() as reader:
        reader.execute(query)
        changing.start()
        with engine.connect() as late_comer:
            late_comer.execute(text("SET lock_timeout = '20s'"))
            was_waiting = any(late_comer.execute(_WAITING).scalar() for _ in range(100_000))
            answer = late_comer.execute(query).all()
    changing.join(timeout=60)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT colour FROM editions")).all() == []
    engine.dispose()
    assert was_waiting
    assert answer == []


def test_a_send_goes_on_while_the_newest_migration_is_made(blank: Engine, home: Path) -> None:
    """It began on the schema before, and each of its statements must mean the same on the new."""
    migrate_to(blank, revisions()[-2])
    edition_id = freeze(blank)
    migrated_at: list[str] = []

    def migrating(recipient: str) -> None:
        if len(relay.copies) == 20 and not migrated_at:
            migrated_at.append(recipient)
            migrate(blank)

    with running(RecordingRelay(at_dot=migrating)) as relay:
        environ = {
            "DATABASE_URL": blank.url.render_as_string(hide_password=False),
            "SMTP_URL": f"{relay.url}?starttls=optional",
        }
        # `App.open` would refuse the older schema, as a program of today should.
        with App(load_settings(home, environ)) as app:
            stored = app.editions.by_id(edition_id)
            assert stored is not None
            composed = Composed(edition_id=edition_id, rendered=stored[1], created=False)
            report = app.sending.resume(composed).report

    check(blank)
    assert migrated_at
    assert report.ended is Ending.DONE
    assert report.counts == {DeliveryState.SENT: len(READERS)}
    assert set(relay.copies.values()) == {1}


@pytest.mark.parametrize("command", ["worker", "send"])
def test_a_new_program_before_its_migration_says_so_and_ends(
    command: str, blank: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who restarts workers before `aidigest migrate` must read why nothing is sent."""
    migrate_to(blank, revisions()[-2])
    monkeypatch.setenv("DATABASE_URL", blank.url.render_as_string(hide_password=False))

    refused = run(home, command, *(["daily"] if command == "send" else []))
    run(home, "migrate")
    check(blank)

    assert refused.exit_code == 1
    assert f"older aidigest ({revisions()[-2]}): run `aidigest migrate`" in refused.stderr


def _kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
