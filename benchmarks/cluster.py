"""How does sending grow with workers? `python benchmarks/cluster.py [--freeze 1000000]`.

1, 2 and 4 real `aidigest worker` processes, each on a host of its own (a network
namespace, where root allows), share one edition on one PostgreSQL. The relay
answers each final dot after 50 ms, and a worker has few connections: what is
measured is what workers cost each other, not what two cores can do. With
`--freeze`, how long it takes to freeze an audience on both databases, in how much memory,
and how much each of four workers takes that send a part of it.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from sqlalchemy import Engine, String, cast, insert, literal, select, text
from sqlalchemy.engine import make_url

from aidigest.adapters.database import Deliveries, Editions, migrate, open_engine
from aidigest.adapters.database.tables import subscribers, subscriptions
from aidigest.adapters.database.types import UtcDateTime
from aidigest.core.jobs import Queue
from kill.editions import an_edition
from ports import free_port
from postgresqlserver import PostgresqlServer, binaries, new_database
from send import slow_sink
from workers import networks
from workers.chaos import make_a_home

_QUEUES = len(Queue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a number of workers did."""

    workers: int
    messages: int
    seconds: float  #: From the first claim to the last reply.
    steady: float  #: Messages per second, without the first tenth and the last.
    statements: float  #: For each message, as are the others.
    worker_cpu_ms: float
    server_cpu_ms: float
    wal_bytes: float
    row_bytes: float  #: Of the table and its indexes, once all is sent.
    sessions: float  #: Of one worker in the database.
    recovered_s: float | None = None  #: From the kill of one until its rows went on.

    def __str__(self) -> str:
        recovered = f"{self.recovered_s:.1f}" if self.recovered_s is not None else "-"
        rate = self.messages / self.seconds
        done = f"{self.workers:7} {self.messages:9} {rate:7.1f} {self.steady:7.1f}"
        costs = f"{self.statements:11.2f} {self.worker_cpu_ms:9.2f} {self.server_cpu_ms:9.2f}"
        sizes = f"{self.wal_bytes:9.0f} {self.row_bytes:9.0f} {self.sessions:8.1f}"
        return f"{done} {costs} {sizes} {recovered:>10}"


_HEAD = (
    f"{'workers':>7} {'messages':>9} {'per s':>7} {'steady':>7} {'statements':>11} {'CPU ms':>9}"
    f" {'server ms':>9} {'WAL bytes':>9} {'row bytes':>9} {'sessions':>8} {'recovered':>10}"
)


def fill(engine: Engine, count: int) -> int:
    """Make an edition and that many subscribers; return the edition's row id."""
    now = literal(datetime.now(UTC), UtcDateTime)
    first = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = first.union_all(select(first.c.n + 1).where(first.c.n < count))
    address = literal("reader").concat(cast(numbers.c.n, String)).concat("@example.org")
    people = select(numbers.c.n, address, address, literal(""), now)
    wanted = select(numbers.c.n, literal("daily"), now)
    names = ["id", "address", "address_key", "name", "created_at"]
    with engine.begin() as connection:
        connection.execute(insert(subscribers).from_select(names, people))
        names = ["subscriber_id", "digest_id", "since"]
        connection.execute(insert(subscriptions).from_select(names, wanted))
    return Editions(engine).add_edition(an_edition(datetime.now(UTC)))[0]


def freeze(url: str, count: int) -> None:
    """Freeze an audience in this process; print the time and the memory that it took."""
    engine = open_engine(url)
    migrate(engine)
    edition_id = fill(engine, count)
    if engine.name == "postgresql":
        _in_autocommit(engine, "CHECKPOINT", "ANALYZE")
    before, begun = _peak_mb("self"), time.monotonic()
    Deliveries(engine).freeze_audience(edition_id, "daily", now=datetime.now(UTC))
    took, grown = time.monotonic() - begun, _peak_mb("self") - before
    print(f"{engine.name}: {count:,} frozen in {took:.1f} s, {grown:.1f} MB more at the peak")
    engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where workers are measured."""

    server: PostgresqlServer
    home: Path
    smtp_url: str
    hosts: Sequence[networks.Host | None]

    def run(self, workers: int, messages: int, *, kills: bool = False) -> Ran:
        """Let them send one edition; they are up before it is there, as on any day."""
        # The last run's notes would have this one doubt whom it has not written to yet.
        shutil.rmtree(self.home / "var" / "offered", ignore_errors=True)
        with new_database(self.server.url) as url, ExitStack() as stack:
            engine = open_engine(url)
            stack.callback(engine.dispose)
            migrate(engine)
            _sql(engine, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            children = [
                stack.enter_context(self._worker(url, self.hosts[n])) for n in range(workers)
            ]
            while _sql(engine, "SELECT count(*) FROM procrastinate_workers") < _QUEUES * workers:
                time.sleep(0.05)
            edition_id = fill(engine, messages)
            # As after a night: no checkpoint is due, and the planner knows what there is.
            _in_autocommit(engine, "CHECKPOINT", "ANALYZE")
            _sql(engine, "SELECT pg_stat_statements_reset()")
            wal, server = _sql(engine, _WAL), _cpu_with_children_s(self.server.process)
            cpu = sum(_cpu_s(child.pid) for child in children)
            # The first edition waits for its hour; one whose audience is frozen goes out at once.
            Deliveries(engine).freeze_audience(edition_id, "daily", now=datetime.now(UTC))
            _wait_for_a_quarter(engine, messages)
            sessions = _sql(engine, _SESSIONS) / workers
            recovered = _kill(engine, children[0]) if kills else None
            _wait_until(engine, "NOT IN ('sent', 'uncertain')", none_left=True)
            if not kills and (sent := _sql(engine, _SENT)) != messages:
                sys.exit(f"only {sent:.0f} of {messages} were sent, so the figures mean nothing")
            alive = [child for child in children if child.poll() is None]
            seconds = "extract(epoch FROM max(settled_at) - min(claimed_at))"
            return Ran(
                workers=workers,
                messages=messages,
                seconds=_sql(engine, f"SELECT {seconds} FROM deliveries"),  # noqa: S608 - Our own words.
                steady=0.8 * messages / _sql(engine, _STEADY),
                statements=_sql(engine, _STATEMENTS) / messages,
                worker_cpu_ms=1000 * (sum(_cpu_s(one.pid) for one in alive) - cpu) / messages,
                server_cpu_ms=1000
                * (_cpu_with_children_s(self.server.process) - server)
                / messages,
                wal_bytes=(_sql(engine, _WAL) - wal) / messages,
                row_bytes=_sql(engine, "SELECT pg_total_relation_size('deliveries')") / messages,
                sessions=sessions,
                recovered_s=recovered,
            )

    def remember(self, url: str, workers: int, messages: int) -> None:
        """Let workers send that many of what is frozen; print how much memory each one took."""
        shutil.rmtree(self.home / "var" / "offered", ignore_errors=True)
        engine = open_engine(url)
        with ExitStack() as stack:
            stack.callback(engine.dispose)
            children = [
                stack.enter_context(self._worker(url, self.hosts[n])) for n in range(workers)
            ]
            while _sql(engine, _SENT) < messages:
                time.sleep(0.5)
            peaks = ", ".join(f"{_peak_mb(child.pid):.0f}" for child in children)
        print(f"{workers} workers, after {messages:,} messages: peaks of {peaks} MB")

    @contextmanager
    def _worker(self, url: str, host: networks.Host | None) -> "Iterator[subprocess.Popen[bytes]]":
        command = [sys.executable, "-m", "aidigest", "--home", str(self.home), "worker"]
        if host is not None:
            command = ["ip", "netns", "exec", host.name, *command]
            there = make_url(url)
            port = int(str(there.query["port"]))
            url = there.set(host=networks.DATABASE, port=port, query={}).render_as_string(
                hide_password=False
            )
        environ = os.environ | {"DATABASE_URL": url, "SMTP_URL": self.smtp_url}
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - Our own.
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)


def _wait_for_a_quarter(engine: Engine, messages: int) -> None:
    while _sql(engine, _SENT) < messages // 4:
        time.sleep(0.05)


def _kill(engine: Engine, victim: "subprocess.Popen[bytes]") -> float:
    """Kill a worker in the middle; return how long its claims stood as it had left them."""
    victim.kill()
    at, begun = datetime.now(UTC), time.monotonic()
    _wait_until(
        engine, f"IN ('claimed', 'offered') AND claimed_at < '{at.isoformat()}'", none_left=True
    )
    return time.monotonic() - begun


def _wait_until(engine: Engine, which: str, *, none_left: bool) -> None:
    query = f"SELECT count(*) /* benchmark */ FROM deliveries WHERE state {which}"  # noqa: S608 - Our own words.
    while bool(_sql(engine, query)) is none_left:
        time.sleep(0.2)


_SENT = "SELECT count(*) /* benchmark */ FROM deliveries WHERE state = 'sent'"

_SESSIONS = """
    SELECT count(*) /* benchmark */ FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_WAL = "SELECT pg_current_wal_lsn() - '0/0'"

_STATEMENTS = """
    SELECT sum(calls) FROM pg_stat_statements
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND query NOT LIKE '%benchmark%'
"""

#: Seconds from a tenth of the messages to nine tenths.
_STEADY = """
    SELECT extract(epoch FROM percentile_disc(0.9) WITHIN GROUP (ORDER BY settled_at)
                            - percentile_disc(0.1) WITHIN GROUP (ORDER BY settled_at))
      FROM deliveries
"""


def _sql(engine: Engine, statement: str) -> float:
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        found = result.scalar() if result.returns_rows else None
    return float(found) if isinstance(found, int | float | Decimal) else 0.0


def _in_autocommit(engine: Engine, *statements: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


def _cpu_s(process: int, *, with_dead: bool = False) -> float:
    """Return the processor time of a process so far, and of its children that have ended."""
    words = _about(process)
    return sum(map(int, words[11 : 15 if with_dead else 13])) / os.sysconf("SC_CLK_TCK")


def _cpu_with_children_s(parent: int) -> float:
    """Return the processor time of a process and all children that it ever had."""
    total = _cpu_s(parent, with_dead=True)
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):  # It has just ended.
            if int(_about(int(folder.name))[1]) == parent:
                total += _cpu_s(int(folder.name))
    return total


def _peak_mb(process: int | str) -> float:
    """Return the most memory that a process has had (VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _about(process: int) -> list[str]:
    """Return what proc(5) calls the third field and those after it."""
    return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()


@contextmanager
def ground(delay_s: float, connections: int, where: str | None) -> Iterator[Ground]:
    """Set it all up, the database in a folder in that one."""
    programs = binaries()
    if programs is None:
        sys.exit("PostgreSQL is not here (Debian: apt-get install postgresql)")
    has_hosts = networks.are_possible()
    with ExitStack() as stack:
        hosts = stack.enter_context(networks.hosts(4)) if has_hosts else [None] * 4
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="aidigest-pg-", dir=where))
        )
        server = PostgresqlServer(
            folder,
            programs,
            address=networks.DATABASE if has_hosts else "",
            port=free_port(networks.DATABASE if has_hosts else "127.0.0.1"),
            is_durable=True,
            preload="pg_stat_statements",
        )
        server.start()
        stack.callback(server.stop)
        address = networks.RELAY if has_hosts else "127.0.0.1"
        port = stack.enter_context(slow_sink(delay_s, address))
        home = make_a_home(
            Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home",
            connections=connections,
        )
        smtp_url = f"smtp://{address}:{port}?starttls=optional"
        yield Ground(server=server, home=home, smtp_url=smtp_url, hosts=hosts)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000, help="of the edition")
    parser.add_argument("--connections", type=int, default=2, help="of each worker")
    parser.add_argument("--delay", type=float, default=0.05, help="of the relay, in seconds")
    parser.add_argument("--disk", help="a folder for the database, as /dev/shm is")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4], help="how many")
    parser.add_argument("--kills", type=int, nargs="*", default=[2], help="likewise, one killed")
    parser.add_argument("--freeze", type=int, default=0, help="only freeze so many")
    args = parser.parse_args()
    with ground(args.delay, args.connections, args.disk) as place:
        if args.freeze:
            with tempfile.TemporaryDirectory(dir=args.disk) as folder:
                freeze(f"sqlite:///{folder}/aidigest.db", args.freeze)
            with new_database(place.server.url) as url:
                freeze(url, args.freeze)
                place.remember(url, 4, args.messages)
            return
        print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", _HEAD, sep="\n", flush=True)
        runs = [*((one, False) for one in args.workers), *((one, True) for one in args.kills)]
        for count, kills in runs:
            print(place.run(count, args.messages, kills=kills), flush=True)


if __name__ == "__main__":
    main()
