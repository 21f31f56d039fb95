"""Homes that are about to send, children that die at it, and what must hold afterwards."""

import json
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aidigest.adapters.database import Deliveries, Editions, Subscribers, migrate, open_engine
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.readers.subscriber import Signup
from homes import make_home
from kill.editions import NOW, an_edition
from kill.relay import RecordingRelay

READERS = tuple(f"reader{number}@example.org" for number in range(300))

#: When an edition is sent again, until nothing is left: later than any retry is put off.
_HOURS = (0, 3, 6, 9, 12)

UNFINISHED = (
    DeliveryState.PENDING,
    DeliveryState.CLAIMED,
    DeliveryState.OFFERED,
    DeliveryState.DEFERRED,
)


@dataclass(frozen=True)
class FrozenHome:
    """A home with an edition, its audience frozen."""

    folder: Path
    edition_id: int

    @property
    def database(self) -> Path:
        """Where its database is."""
        return self.folder / "var" / "aidigest.db"

    def copy(self, to: Path) -> "FrozenHome":
        """Return a copy of it, in place of what is there."""
        shutil.rmtree(to, ignore_errors=True)
        return FrozenHome(Path(shutil.copytree(self.folder, to)), self.edition_id)

    def standing(self) -> dict[str, DeliveryState]:
        """Return where each delivery stands."""
        connection = sqlite3.connect(self.database)
        rows = connection.execute("SELECT address, state FROM deliveries").fetchall()
        connection.close()
        return {address: DeliveryState(state) for address, state in rows}

    def named(self, *states: DeliveryState) -> set[str]:
        """Return whom the ledger names as standing there."""
        return {address for address, state in self.standing().items() if state in states}


def freeze(folder: Path, *, readers: int, now: datetime = NOW, timezone: str = "UTC") -> FrozenHome:
    """Make a home with an edition of that moment and a pending delivery for each reader."""
    home = make_home(folder)
    config = home / "config" / "aidigest.toml"
    words = config.read_text("utf-8").replace("Asia/Ho_Chi_Minh", timezone)
    config.write_text(f"{words}\n[sending]\nconnections = 3\n", "utf-8")
    engine = open_engine(f"sqlite:///{home / 'var' / 'aidigest.db'}")
    migrate(engine)
    signups = [Signup(address=address, digests=("daily",)) for address in READERS[:readers]]
    Subscribers(engine).add(signups, now=now)
    edition_id, _ = Editions(engine).add_edition(an_edition(now))
    assert Deliveries(engine).freeze_audience(edition_id, "daily", now=now) == readers
    engine.dispose()
    return FrozenHome(home, edition_id)


class Victims:
    """Children to be killed, all of one parent that has the program loaded."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("victim.py"))]
        self._process = subprocess.Popen(  # noqa: S603 - Our own script.
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def send(self, home: FrozenHome, relay: RecordingRelay, **more: Any) -> dict[str, Any]:
        """Send in a child; return how it ended."""
        task = {"home": str(home.folder), "edition_id": home.edition_id, "smtp_url": relay.url}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**task, "cut": None, **more}).encode() + b"\n")
        self._process.stdin.flush()
        ended: dict[str, Any] = json.loads(self._process.stdout.readline())
        return ended

    def close(self) -> None:
        """End the parent."""
        self._process.communicate(timeout=10)


def finish(victims: Victims, home: FrozenHome, relay: RecordingRelay) -> None:
    """Run to the end: now, and whenever what was put off is due."""
    for hours in _HOURS:
        now = (NOW + timedelta(hours=hours)).isoformat()
        ended = victims.send(home, relay, environ={"AIDIGEST_NOW": now})
        assert ended["signal"] is None, ended
        if not home.named(*UNFINISHED):
            break


def check_promise(home: FrozenHome, relay: RecordingRelay, about: str) -> None:
    """Nobody twice; nobody skipped without being named; one Message-ID for each."""
    named = home.named(DeliveryState.UNCERTAIN, DeliveryState.REJECTED)
    assert max(relay.copies.values(), default=0) <= 1, about
    assert relay.copies.keys() | named == home.standing().keys(), about
    assert home.named(DeliveryState.SENT) <= relay.copies.keys(), about
    assert all(len(ids) == 1 for ids in relay.ids.values()), about
