"""Four workers send one edition while they are killed, frozen and cut off; the books are kept."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, insert, text
from sqlalchemy.engine import make_url

from aidigest.adapters.database import Deliveries, Editions, migrate, open_engine
from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.tables import subscribers, subscriptions
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.errors import StoreError
from homes import make_home
from kill.editions import an_edition
from kill.relay import RecordingRelay
from postgresqlserver import PostgresqlServer
from workers import networks

#: Who is written to, by their numbers in the table: they are in eight of the 32 parts, so that a
#: worker has some messages of each in hand, and a scenario is over soon.
_NUMBERS = tuple(number for number in range(512) if number % 32 in range(8))
READERS = tuple(f"reader{number}@example.org" for number in _NUMBERS)
WORKERS = 4

#: Who says nothing for so long has lost what it holds; the program's own is 30 s.
STALLED_AFTER_S = 1.5
#: So long somebody is frozen or cut off.
_AWAY_FOR_S = STALLED_AFTER_S + 1.0
#: So long after a kill there is a new worker.
_REPLACED_AFTER_S = 0.5

#: A cut line is noticed after so long (libpq's, in ms); the program's own is 20 s.
_CUT_NOTICED_MS = 2000

#: How often the database is asked whether all is settled: it tells nobody by itself.
_ASK_EVERY_S = 0.2
#: A worker that is awake hangs up much sooner.
_HANGS_UP_WITHIN_S = 40.0

_UNFINISHED = ("pending", "claimed", "offered", "deferred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What befalls whom, and when."""

    kind: str  #: kill, freeze, cut or restart.
    at: int  #: Once the relay has taken so many messages.
    victim: int  #: Which worker.
    is_deaf_too: bool = False  #: Cut off from the relay as well.

    def __str__(self) -> str:
        whom = "" if self.kind == "restart" else f" worker {self.victim}"
        return f"{self.kind}{whom}{' from the relay too' if self.is_deaf_too else ''}"


def draw(seed: int, kinds: Sequence[str]) -> tuple[Fault, ...]:
    """Return the faults of a seed, up to three; the same ones each time."""
    dice = random.Random(seed)  # noqa: S311 - No secret.
    return tuple(a_fault(dice, dice.choice(kinds)) for _ in range(dice.randint(1, 3)))


def a_fault(dice: random.Random, kind: str) -> Fault:
    """Return one of that kind, at a moment and with a victim by chance."""
    return Fault(
        kind=kind,
        at=dice.randrange(1, len(READERS) - 20),
        victim=dice.randrange(WORKERS),
        is_deaf_too=kind == "cut" and dice.random() < 0.3,
    )


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
        return ["kill", "freeze", "restart", *(["cut"] if self.hosts else [])]


class Scenario:
    """One sending, with what befalls it.

    Args:
        field_: Where.
        faults: What befalls it.
    """

    def __init__(self, field_: Field, faults: Sequence[Fault]) -> None:
        self._field = field_
        self._workers: list[Worker] = []
        self._ahead = sorted(faults, key=lambda fault: fault.at)
        #: What is undone when, on the monotonic clock.
        self._undone: list[tuple[float, str, Callable[[], None]]] = []
        self._begun_at = 0.0
        self.befell: list[str] = []  #: Word for word, with the time and the messages taken.

    def run(self, *, limit_s: float = 120.0) -> dict[str, str]:
        """Send until nothing is unfinished; return how each delivery stands.

        Args:
            limit_s: After so long without an end it has failed.
        """
        name = f"chaos_{os.getpid()}_{next(self._field.numbers)}"
        with self._database(name), ExitStack() as ending:
            ending.callback(self._kill_all)
            for host in self._field.hosts or [None] * WORKERS:
                self._start(name, host)
            self._begun_at = time.monotonic()
            return self._watch(name, limit_s)

    def _watch(self, name: str, limit_s: float) -> dict[str, str]:
        """Let befall what is due until all is settled and everybody is awake again."""
        relay, ends_at = self._field.relay, time.monotonic() + limit_s
        engine = open_engine(self._url(name))
        try:
            while time.monotonic() < ends_at:
                self._let_befall(name)
                if not self._ahead and not self._undone and _is_settled(_standing(engine)):
                    # Who was asleep might send now what others have sent; who hung up cannot.
                    assert relay.until(lambda: not relay.open_talks, timeout=_HANGS_UP_WITHIN_S)
                    return _standing(engine)
                relay.until(self._is_fault_due, timeout=self._patience_s())
            raise AssertionError(f"never settled: {self.befell}, {_counts(_standing(engine))}")
        finally:
            engine.dispose()

    def _is_fault_due(self) -> bool:
        return bool(self._ahead) and len(self._field.relay.copies) >= self._ahead[0].at

    def _patience_s(self) -> float:
        """Return how long nothing happens by the clock."""
        soonest = min((at for at, _, _ in self._undone), default=time.monotonic() + _ASK_EVERY_S)
        return min(max(soonest - time.monotonic(), 0.0), _ASK_EVERY_S)

    def _let_befall(self, name: str) -> None:
        while self._is_fault_due():
            fault = self._ahead.pop(0)
            self._note(str(fault))
            self._befall(name, fault)
        now = time.monotonic()
        due = [one for one in self._undone if one[0] <= now]
        self._undone = [one for one in self._undone if one[0] > now]
        for _, words, undo in sorted(due, key=lambda one: one[0]):
            self._note(words)
            undo()

    def _befall(self, name: str, fault: Fault) -> None:
        victim = self._workers[fault.victim]
        match fault.kind:
            case "restart":
                self._field.server.stop()
                self._field.server.start()
                self._note("the database is back")
            case "kill":
                _signal(victim, signal.SIGKILL)
                replace = partial(self._replace, name, fault.victim)
                self._later(_REPLACED_AFTER_S, f"a new worker {fault.victim}", replace)
            case "freeze":
                _signal(victim, signal.SIGSTOP)
                wake = partial(_signal, victim, signal.SIGCONT)
                self._later(_AWAY_FOR_S, f"worker {fault.victim} wakes up", wake)
            case "cut" if victim.host is not None:
                victim.host.cut_off(relay=fault.is_deaf_too)
                self._later(_AWAY_FOR_S, f"worker {fault.victim} has its lines", victim.host.mend)

    def _note(self, words: str) -> None:
        seconds = time.monotonic() - self._begun_at
        self.befell.append(f"{words} ({seconds:.1f} s, message {len(self._field.relay.copies)})")

    def _later(self, seconds: float, words: str, undo: Callable[[], None]) -> None:
        self._undone.append((time.monotonic() + seconds, words, undo))

    def _start(self, name: str, host: networks.Host | None) -> None:
        self._workers.append(Worker(self._new(name, host), host))

    def _replace(self, name: str, number: int) -> None:
        host = self._workers[number].host
        _signal(self._workers[number], signal.SIGKILL)  # Who was killed twice has been replaced.
        self._workers[number] = Worker(self._new(name, host), host)

    def _new(self, name: str, host: networks.Host | None) -> int:
        environ = {
            "DATABASE_URL": self._url(name, from_host=host is not None),
            "SMTP_URL": f"{self._field.relay.url}?starttls=optional",
        }
        namespace = host.name if host else None
        return new_worker(self._field.parent, self._field.home, environ, namespace=namespace)

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


def _standing(engine: Engine) -> dict[str, str]:
    try:
        with reading(engine) as connection:
            rows = connection.execute(text("SELECT address, state FROM deliveries")).all()
    except StoreError:  # The server is being restarted.
        return {}
    return {row.address: row.state for row in rows}


def _is_settled(standing: dict[str, str]) -> bool:
    return bool(standing) and not any(state in _UNFINISHED for state in standing.values())


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
    """Make the database that scenarios copy."""
    _on_server(field_, f"CREATE DATABASE {field_.template}")
    url = make_url(field_.server.url).set(database=field_.template)
    engine = open_engine(url.render_as_string(hide_password=False))
    migrate(engine)
    freeze(engine)
    engine.dispose()


def freeze(engine: Engine) -> int:
    """Make an edition for all READERS, of which nothing is sent; return its row id."""
    now = datetime.now(UTC)
    _add_readers(engine, now)
    edition_id, _ = Editions(engine).add_edition(an_edition(now))
    assert Deliveries(engine).freeze_audience(edition_id, "daily", now=now) == len(READERS)
    return edition_id


def _add_readers(engine: Engine, now: datetime) -> None:
    """Add them in the parts that they are to be in."""
    people = [
        {"id": 512 + number, "address": address, "address_key": address, "name": ""}
        for number, address in zip(_NUMBERS, READERS, strict=True)
    ]
    wanted = [{"subscriber_id": person["id"], "digest_id": "daily"} for person in people]
    with writing(engine) as connection:
        connection.execute(insert(subscribers).values(created_at=now), people)
        connection.execute(insert(subscriptions).values(since=now), wanted)


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
def children(
    environ: Mapping[str, str] | None = None, *, log: IO[bytes] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the parent of workers.

    Args:
        environ: Beside our own.
        log: Where the workers' words go; nowhere if not given, unless AIDIGEST_CHAOS_LOG is set.
    """
    command = [sys.executable, str(Path(__file__).with_name("children.py"))]
    nowhere = None if os.environ.get("AIDIGEST_CHAOS_LOG") else subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - Our own script.
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log or nowhere,
        env={**os.environ, **(environ or {})},
    ) as parent:
        try:
            yield parent
        finally:
            assert parent.stdin is not None
            parent.stdin.close()


def new_worker(
    parent: "subprocess.Popen[bytes]",
    home: Path,
    environ: Mapping[str, str],
    *,
    namespace: str | None = None,
) -> int:
    """Start a worker; return its process id."""
    task = {
        "home": str(home),
        "namespace": namespace,
        "stalled_after_s": STALLED_AFTER_S,
        "environ": environ,
    }
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(json.dumps(task).encode() + b"\n")
    parent.stdin.flush()
    return int(parent.stdout.readline())


def _on_server(field_: Field, statement: str) -> None:
    engine = open_engine(field_.server.url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()
