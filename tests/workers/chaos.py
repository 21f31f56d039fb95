"""Four workers send one edition while they are killed, frozen and cut off; the books are kept."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url

from aidigest.adapters.database import Deliveries, Editions, Subscribers, migrate, open_engine
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.readers.subscriber import Signup
from homes import make_home
from kill.editions import an_edition
from kill.relay import RecordingRelay
from postgresqlserver import PostgresqlServer
from workers import networks

READERS = tuple(f"reader{number}@example.org" for number in range(192))
WORKERS = 4

#: Who says nothing for so long has lost what it holds; the program's own is 30 s.
STALLED_AFTER_S = 2.0
_FROZEN_FOR_S = 3.5

#: A cut line is noticed after so long (libpq's, in ms); the program's own is 20 s.
_CUT_NOTICED_MS = 2000

_UNFINISHED = ("pending", "claimed", "offered", "deferred")


@dataclass
class Worker:
    """A worker, wherever it is."""

    process: int
    host: networks.Host | None


@dataclass
class Field:
    """Where scenarios take place: a server with a frozen edition to copy, a relay, hosts."""

    server: PostgresqlServer
    template: str
    home: Path
    relay: RecordingRelay
    hosts: Sequence[networks.Host | None]
    parent: "subprocess.Popen[bytes]"
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    @property
    def kinds(self) -> list[str]:
        """What can be done to workers here."""
        return [
            "kill",
            "freeze",
            "restart",
            *(["cut", "cut"] if self.hosts else []),
            "kill",
            "freeze",
        ]


class Scenario:
    """One sending, with what befalls it.

    Args:
        field_: Where.
        seed: Of what befalls it.
    """

    def __init__(self, field_: Field, seed: int) -> None:
        self._field = field_
        self._dice = random.Random(seed)  # noqa: S311 - No secret.
        self._workers: list[Worker] = []
        self.befell: list[str] = []
        #: By how many mails were taken before, and how much later.
        self._coming: list[tuple[int, float, Callable[[], None]]] = []
        self._due: list[tuple[float, Callable[[], None]]] = []  #: By the time.

    def run(self, *, faults: list[str] | None = None, limit_s: float = 150.0) -> dict[str, str]:
        """Send until nothing is unfinished; return how each delivery stands.

        Args:
            faults: What happens; by the seed if not given.
            limit_s: After so long without an end it has failed.
        """
        name = f"chaos_{os.getpid()}_{next(self._field.numbers)}"
        with self._database(name), ExitStack() as ending:
            ending.callback(self._kill_all)
            for host in self._field.hosts or [None] * WORKERS:
                self._start(name, host)
            self._plan(name, faults)
            return self._watch(name, limit_s)

    def _plan(self, name: str, faults: list[str] | None) -> None:
        dice = self._dice
        if faults is None:
            faults = [dice.choice(self._field.kinds) for _ in range(dice.randint(1, 3))]
        for kind in faults:
            moment, victim = dice.randrange(5, len(READERS) - 40), dice.randrange(WORKERS)
            fault = partial(self._befall, name, kind, victim)
            self._coming.append((moment, dice.uniform(0, 0.05), fault))

    def _befall(self, name: str, kind: str, number: int) -> None:
        victim = self._workers[number]
        self.befell.append(f"{kind} {number} after {len(self._field.relay.copies)}")
        if kind == "restart":
            self._field.server.stop()
            self._field.server.start()
        elif kind == "kill":
            _signal(victim, signal.SIGKILL)
            self._later(0.5, lambda: self._replace(name, number))
        elif kind == "freeze":
            _signal(victim, signal.SIGSTOP)
            self._later(_FROZEN_FOR_S, lambda: _signal(victim, signal.SIGCONT))
        elif victim.host is not None:
            victim.host.cut_off(relay=self._dice.random() < 0.3)
            self._later(_FROZEN_FOR_S, victim.host.mend)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self._due.append((time.monotonic() + seconds, what))

    def _watch(self, name: str, limit_s: float) -> dict[str, str]:
        """Let befall what is due until all is settled and everybody is awake again."""
        ends_at = time.monotonic() + limit_s
        engine = open_engine(self._url(name))
        try:
            while time.monotonic() < ends_at:
                self._let_befall()
                standing = _standing(engine)
                is_settled = standing and not any(one in _UNFINISHED for one in standing.values())
                if is_settled and not self._due and not self._coming:
                    time.sleep(0.7)  # Whoever was asleep might send now what others have sent.
                    return _standing(engine)
                time.sleep(0.05)  # The workers are other processes, and tell nobody.
            raise AssertionError(f"never settled: {self.befell}, {_counts(_standing(engine))}")
        finally:
            engine.dispose()

    def _let_befall(self) -> None:
        now, taken = time.monotonic(), len(self._field.relay.copies)
        for one in [one for one in self._coming if one[0] <= taken]:
            self._coming.remove(one)
            self._later(*one[1:])
        due, self._due = (
            [one for one in self._due if one[0] <= now],
            [one for one in self._due if one[0] > now],
        )
        for _, what in sorted(due, key=lambda one: one[0]):
            what()

    def _start(self, name: str, host: networks.Host | None) -> None:
        self._workers.append(Worker(self._new(name, host), host))

    def _replace(self, name: str, number: int) -> None:
        host = self._workers[number].host
        self._workers[number] = Worker(self._new(name, host), host)

    def _new(self, name: str, host: networks.Host | None) -> int:
        task: dict[str, Any] = {
            "home": str(self._field.home),
            "namespace": host.name if host else None,
            "stalled_after_s": STALLED_AFTER_S,
            "environ": {
                "DATABASE_URL": self._url(name, from_host=host is not None),
                "SMTP_URL": f"{self._field.relay.url}?starttls=optional",
            },
        }
        parent = self._field.parent
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(json.dumps(task).encode() + b"\n")
        parent.stdin.flush()
        return int(parent.stdout.readline())

    def _url(self, name: str, *, from_host: bool = False) -> str:
        url = make_url(self._field.server.url).set(database=name)
        if from_host:
            query = {"tcp_user_timeout": str(_CUT_NOTICED_MS), "connect_timeout": "2"}
            port = int(str(url.query["port"]))
            url = url.set(host=networks.DATABASE, port=port, query=query)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def _database(self, name: str) -> Iterator[None]:
        _on_server(self._field, f"CREATE DATABASE {name} TEMPLATE {self._field.template}")
        try:
            yield
        finally:
            _on_server(self._field, f"DROP DATABASE {name} WITH (FORCE)")

    def _kill_all(self) -> None:
        for worker in self._workers:
            _signal(worker, signal.SIGKILL)
            if worker.host is not None:
                worker.host.mend()


def _signal(worker: Worker, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(worker.process, number)


def _standing(engine: Any) -> dict[str, str]:
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT address, state FROM deliveries")).all()
    except Exception:  # noqa: BLE001 - The server is being restarted.
        return {}
    return {row.address: row.state for row in rows}


def _counts(standing: dict[str, str]) -> dict[str, int]:
    return {state: [*standing.values()].count(state) for state in sorted(set(standing.values()))}


def check_promise(relay: RecordingRelay, standing: dict[str, str], about: object) -> None:
    """Nobody twice; nobody left out without being named."""
    uncertain = {address for address, state in standing.items() if state == DeliveryState.UNCERTAIN}
    sent = {address for address, state in standing.items() if state == DeliveryState.SENT}
    assert standing.keys() == set(READERS), about
    assert max(relay.copies.values(), default=0) <= 1, about
    assert relay.copies.keys() | uncertain == standing.keys(), (about, _counts(standing))
    assert sent <= relay.copies.keys(), about
    assert sent | uncertain == standing.keys(), about


def prepare(field_: Field) -> None:
    """Make the database that scenarios copy: an edition, frozen, and nothing sent."""
    _on_server(field_, f"CREATE DATABASE {field_.template}")
    url = make_url(field_.server.url).set(database=field_.template)
    engine = open_engine(url.render_as_string(hide_password=False))
    now = datetime.now(UTC)
    migrate(engine)
    signups = [Signup(address=address, digests=("daily",)) for address in READERS]
    Subscribers(engine).add(signups, now=now)
    edition_id, _ = Editions(engine).add_edition(an_edition(now))
    assert Deliveries(engine).freeze_audience(edition_id, "daily", now=now) == len(READERS)
    engine.dispose()


def make_a_home(folder: Path, *, connections: int = 2) -> Path:
    """Make a home whose clock goes, with few connections for each worker."""
    home = make_home(folder)
    words = (home / ".env").read_text("utf-8").splitlines()
    kept = [line for line in words if not line.startswith("AIDIGEST_NOW")]
    (home / ".env").write_text("\n".join(kept), "utf-8")
    with (home / "config" / "aidigest.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n[sending]\nconnections = {connections}\n")
    return home


@contextmanager
def children() -> Iterator["subprocess.Popen[bytes]"]:
    """Run the parent of workers."""
    command = [sys.executable, str(Path(__file__).with_name("children.py"))]
    log = None if os.environ.get("AIDIGEST_CHAOS_LOG") else subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - Our own script.
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
    ) as parent:
        try:
            yield parent
        finally:
            assert parent.stdin is not None
            parent.stdin.close()


def _on_server(field_: Field, statement: str) -> None:
    engine = open_engine(field_.server.url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()
