"""How fast is sending? `python benchmarks/send.py [--messages 5000]`.

A sink in a process of its own takes 40 KB messages over one connection on
loopback. Two ways are measured, each in a fresh process: the SMTP session
alone, and the deliver step with its full ledger on SQLite, where every message
costs three commits that reach the disk.
"""

import argparse
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aidigest.adapters.database import Deliveries, Editions, Subscribers, migrate, open_engine
from aidigest.adapters.smtp import SmtpMailer
from aidigest.core.editions import Edition, RenderedEdition
from aidigest.core.subscribers import Signup
from aidigest.steps.deliver import deliver

SENDER = "digest@example.org"
BODY = (
    b"Subject: Today\r\n\r\n"
    + b"A line that every reader gets, seventy bytes long, more or less.\r\n" * 600
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of the table."""

    way: str
    messages: int
    seconds: float
    cpu_s: float
    peak_mb: float

    def __str__(self) -> str:
        rate = self.messages / self.seconds
        cpu_ms = 1000 * self.cpu_s / self.messages
        numbers = f"{self.messages:9,} {self.seconds:9.2f} {rate:9.0f} {cpu_ms:9.2f}"
        return f"{self.way:<28}{numbers} {self.peak_mb:9.1f}"


def message(address: str) -> bytes:
    """Return a message of some 40 KB; making it costs next to nothing."""
    return b"To: " + address.encode() + b"\r\n" + BODY


def session_alone(smtp_url: str, _database_url: str, count: int) -> None:
    """Send over one session, remembering nothing."""
    with SmtpMailer(smtp_url).session() as session:
        for number in range(count):
            to = f"reader{number}@example.org"
            session.send(sender=SENDER, recipient=to, message=message(to), on_offer=lambda: None)


def full_ledger(smtp_url: str, database_url: str, count: int) -> None:
    """Send an edition as `aidigest send` does."""
    report = deliver(
        1,
        ledger=Deliveries(open_engine(database_url)),
        mailer=SmtpMailer(smtp_url),
        write=lambda delivery: message(delivery.address),
        sender=SENDER,
        not_after=datetime.now(UTC) + timedelta(hours=24),
        clock=lambda: datetime.now(UTC),
    )
    assert report.tried == count, report


def prepare(_smtp_url: str, database_url: str, count: int) -> None:
    """Fill a database with subscribers and an edition for them."""
    now = datetime.now(UTC)
    engine = open_engine(database_url)
    migrate(engine)
    signups = (
        Signup(address=f"reader{number}@example.org", digests=("daily",)) for number in range(count)
    )
    Subscribers(engine).add(signups, now=now)
    edition_id, _ = Editions(engine).add_edition(an_edition(now))
    Deliveries(engine).freeze_audience(edition_id, "daily", now=now)


def an_edition(now: datetime) -> RenderedEdition:
    """Return an edition that is stored and never read."""
    edition = Edition(
        digest_id="daily",
        digest_title="Daily",
        number=1,
        date=date(2026, 9, 14),
        timezone="UTC",
        language="en",
        sections=(),
        created_at=now,
        not_after=now + timedelta(days=1),
    )
    return RenderedEdition(edition=edition, subject="Today", html="", text="", markdown="")


def measured(
    way: Callable[[str, str, int], None], smtp_url: str, database_url: str, count: int
) -> Measured:
    """Run it and say what it cost; meant for a process that does nothing else."""
    cpu, clock = time.process_time(), time.perf_counter()
    way(smtp_url, database_url, count)
    return Measured(
        way=way.__name__.replace("_", " "),
        messages=count,
        seconds=time.perf_counter() - clock,
        cpu_s=time.process_time() - cpu,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


@contextmanager
def sink() -> Iterator[str]:
    """Run the sink and return its `SMTP_URL`; say at the end what it took."""
    command = [sys.executable, str(Path(__file__).with_name("sink.py"))]
    with subprocess.Popen(  # noqa: S603 (our own program)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"smtp://127.0.0.1:{process.stdout.readline().strip()}"
        taken, _ = process.communicate()
    print(f"the sink took {int(taken):,} messages of {len(message('')) / 1000:.0f} KB")


def main() -> None:
    """Measure both ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=5000)
    count = parser.parse_args().messages
    print(f"{'way':<28}{'messages':>9} {'seconds':>9} {'per s':>9} {'CPU ms':>9} {'peak MB':>9}")
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, sink() as smtp_url:
        place = (smtp_url, f"sqlite:///{folder}/aidigest.db", count)
        for way in (prepare, session_alone, full_ledger):
            with spawn.Pool(1) as fresh:
                row = fresh.apply(measured, (way, *place))
            if way is not prepare:
                print(row)


if __name__ == "__main__":
    main()
