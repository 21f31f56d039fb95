"""The same promise under circumstances that no relay makes: disks, clocks, backups, workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aidigest.core.delivery.deliveries import DeliveryState
from kill.editions import NOW
from kill.homes import READERS, FrozenHome, Victims, check_promise, finish, freeze
from kill.relay import RecordingRelay, running


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    """Keep one parent for all children."""
    parent = Victims()
    yield parent
    parent.close()


@pytest.fixture
def relay() -> Iterator[RecordingRelay]:
    """A good relay."""
    with running(RecordingRelay()) as good:
        yield good


def sending(home: FrozenHome) -> list[str]:
    """Return the command that sends; the made-up edition is no mail that the linter lets pass."""
    folder = str(home.folder)
    aidigest = [sys.executable, "-m", "aidigest", "--home", folder]
    return [*aidigest, "send", "--json", "--despite-findings"]


def at(instant: datetime) -> dict[str, dict[str, str]]:
    """Return the environment of a send at that time."""
    return {"environ": {"AIDIGEST_NOW": instant.isoformat()}}


def test_two_workers_at_once_send_one_copy_each(tmp_path: Path, relay: RecordingRelay) -> None:
    """The rows and the lock decide, whoever comes first."""
    home = freeze(tmp_path / "home", readers=200)
    command = sending(home)
    environ = os.environ | {"SMTP_URL": relay.url}

    both = [
        subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)  # noqa: S603
        for _ in range(2)
    ]
    for one in both:
        one.wait(timeout=60)

    assert max(relay.copies.values()) == 1
    assert len(relay.copies) == 200
    assert home.named(DeliveryState.SENT) == relay.copies.keys()


def test_worker_killed_beside_another_loses_nobody(tmp_path: Path, relay: RecordingRelay) -> None:
    """The second finds the first one's rows at once, and names what was offered."""
    home = freeze(tmp_path / "home", readers=300)
    command = sending(home)
    environ = os.environ | {"SMTP_URL": relay.url}

    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as first:  # noqa: S603
        while len(relay.copies) < 50:
            assert first.poll() is None
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as second:  # noqa: S603
            first.kill()
            second.wait(timeout=60)
    subprocess.run(command, env=environ, check=True, stdout=subprocess.DEVNULL, timeout=60)  # noqa: S603

    uncertain = home.named(DeliveryState.UNCERTAIN)
    assert max(relay.copies.values()) == 1
    assert relay.copies.keys() | uncertain == home.standing().keys()


@pytest.mark.parametrize("room", [0, 4, 16, 40, 120])
def test_full_disk_stops_the_dots_and_not_the_promise(
    room: int, tmp_path: Path, relay: RecordingRelay, victims: Victims
) -> None:
    """What cannot be stored is not sent; when there is room again, the rest goes out."""
    home = freeze(tmp_path / "home", readers=60)
    largest = max(path.stat().st_size for path in home.database.parent.iterdir())

    ended = victims.send(home, relay, largest_file=largest // 4 + room * 1024)
    finish(victims, home, relay)

    assert ended["signal"] is None
    check_promise(home, relay, f"{room} KB of room: {ended}")


@pytest.mark.parametrize("hours", [-26, -1, 1, 12])
def test_clock_that_jumps_changes_nothing(
    hours: int, tmp_path: Path, relay: RecordingRelay, victims: Victims
) -> None:
    """Killed at eight by one clock, gone on with at another time by the next."""
    home = freeze(tmp_path / "home", readers=20)

    ended = victims.send(home, relay, cut=60)
    victims.send(home, relay, **at(NOW + timedelta(hours=hours)))
    finish(victims, home, relay)

    assert ended["signal"] is not None
    check_promise(home, relay, f"{hours} hours")


def test_clock_that_jumps_past_the_end_names_whom_it_left_out(
    tmp_path: Path, relay: RecordingRelay, victims: Victims
) -> None:
    """Yesterday's edition is not sent late; who did not get it is named as expired."""
    home = freeze(tmp_path / "home", readers=20)
    victims.send(home, relay, cut=60)

    victims.send(home, relay, **at(NOW + timedelta(days=2)))
    finish(victims, home, relay)

    named = home.named(DeliveryState.UNCERTAIN, DeliveryState.EXPIRED)
    assert max(relay.copies.values(), default=0) <= 1
    assert relay.copies.keys() | named == home.standing().keys()
    assert home.named(DeliveryState.EXPIRED).isdisjoint(relay.copies)


@pytest.mark.parametrize("cut", [None, 45, 75])
def test_restored_backup_sends_nobody_a_second_copy(
    cut: int | None, tmp_path: Path, relay: RecordingRelay, victims: Victims
) -> None:
    """The database is put back to the morning, when everybody was pending."""
    home = freeze(tmp_path / "home", readers=20)
    backup = tmp_path / "backup.db"
    shutil.copy(home.database, backup)

    victims.send(home, relay, cut=cut)
    for leftover in home.database.parent.glob("aidigest.db-*"):
        leftover.unlink()
    shutil.copy(backup, home.database)
    finish(victims, home, relay)

    check_promise(home, relay, f"cut {cut}")


def test_backup_restored_the_next_day_sends_no_old_news(
    tmp_path: Path, relay: RecordingRelay, victims: Victims
) -> None:
    """Even a machine that has forgotten everything knows that yesterday's edition is old."""
    home = freeze(tmp_path / "home", readers=5)

    victims.send(home, relay, **at(NOW + timedelta(days=1)))

    assert not relay.copies
    assert home.named(DeliveryState.EXPIRED) == home.standing().keys()


@pytest.mark.parametrize(
    ("morning", "zone"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "Europe/Berlin"),
    ],
    ids=["the day with a missing hour", "the day with a doubled hour"],
)
def test_days_on_which_clocks_change_send_once(
    morning: datetime, zone: str, tmp_path: Path, relay: RecordingRelay, victims: Victims
) -> None:
    """Killed before the change, gone on with in the hour that is missing, or is there twice."""
    home = freeze(tmp_path / "home", readers=20, now=morning, timezone=zone)

    ended = victims.send(home, relay, cut=60, **at(morning))
    for minutes in (2, 32, 62, 122):
        victims.send(home, relay, **at(morning + timedelta(minutes=minutes)))

    assert ended["signal"] is not None
    check_promise(home, relay, zone)
    assert len(READERS) >= len(home.standing())


#: So many readers have their copy when the sender is told to end.
SOME = 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_polite_end_leaves_nobody_in_doubt(number: signal.Signals, tmp_path: Path) -> None:
    """SIGTERM or Ctrl-C: what has its dot is waited for, the rest is for the next run."""
    home = freeze(tmp_path / "home", readers=300)

    is_told = threading.Event()

    def wait_then(_recipient: str) -> None:
        if len(watched.copies) >= SOME:
            is_told.wait(timeout=30)

    watched = RecordingRelay(at_dot=wait_then)
    with running(watched) as relay:
        command = sending(home)
        environ = os.environ | {"SMTP_URL": relay.url}
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as sender:  # noqa: S603
            assert relay.until(lambda: len(relay.copies) >= SOME, timeout=30)
            sender.send_signal(number)
            is_told.set()
            told, _ = sender.communicate(timeout=10)

    assert sender.returncode == 1
    assert json.loads(told)["ended"] == "stopped"
    assert home.named(DeliveryState.SENT) == relay.copies.keys()
    assert not home.named(DeliveryState.UNCERTAIN, DeliveryState.CLAIMED, DeliveryState.OFFERED)
