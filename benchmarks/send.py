"""How fast is sending? `python benchmarks/send.py [--messages 5000] [--sizes 1000 100000]`.

One Postfix `smtp-sink` on loopback takes 40 KB personalised multipart messages
over eight connections. In one run, each in a fresh process: Postfix's own
`smtp-source`, an EmailMessage per subscriber through smtplib, aiosmtplib with
spliced bytes, our own connections without a ledger, and `aidigest` with the
whole ledger on SQLite and on PostgreSQL. With `--delay`, a sink that answers
each final dot after 100 ms takes them over two hundred connections.

The sink is one process, and how much of a core each message takes it is measured
beside: nobody can hand over more than that lets through.
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from sqlalchemy import insert, text

from aidigest.adapters.database import Deliveries, Editions, migrate, open_engine
from aidigest.adapters.database.tables import subscribers, subscriptions
from aidigest.adapters.smtp import SmtpMailer
from aidigest.adapters.smtp_lines import SmtpLines
from aidigest.adapters.witness import Witness
from aidigest.core.delivery.deliveries import Delivery, DeliveryState
from aidigest.core.delivery.parcels import Ready, Returned, Unreachable
from aidigest.core.editions.edition import UNSUBSCRIBE_MARK, Edition, RenderedEdition
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.steps.deliver import Conditions, deliver

CONNECTIONS = 8
SENDER = "digest@example.org"
PUBLISHER = Publisher(base_url="https://digest.example.org", sender=f"The Daily <{SENDER}>")
_LINE = "A line that every reader gets, some seventy letters long, more or less.\n"
_BATCH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of the table."""

    way: str
    messages: int
    seconds: float
    cpu_s: float
    peak_mb: float
    sink_s: float = 0.0  #: CPU seconds of the sink; 0 where it was not watched.

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    def __str__(self) -> str:
        cpu_ms, sink_ms = (1000 * one / self.messages for one in (self.cpu_s, self.sink_s))
        numbers = f"{self.messages:9,} {self.seconds:9.2f} {self.rate:9.0f} {cpu_ms:9.2f}"
        return f"{self.way:<34}{numbers} {self.peak_mb:9.1f} {sink_ms:9.2f}"


@dataclass(frozen=True, slots=True)
class Sink:
    """A running `smtp-sink`."""

    port: int
    pid: int

    def watched(self, send: Callable[[], Measured]) -> Measured:
        """Send, and measure what that takes the sink."""
        before = self._cpu_s()
        measured = send()
        return replace(measured, sink_s=self._cpu_s() - before)

    def _cpu_s(self) -> float:
        figures = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a way of sending is told."""

    port: int
    count: int
    connections: int
    database_url: str = ""
    folder: str = ""  #: Where the witness may write.
    paragraphs: int = 350  #: Of the message; so many make some 40 KB.

    @property
    def smtp_url(self) -> str:
        """The sink as `SMTP_URL` has it."""
        return f"smtp://127.0.0.1:{self.port}"


def an_edition(now: datetime, paragraphs: int = 350) -> RenderedEdition:
    """Return an edition whose messages have some 40 KB, or less."""
    edition = Edition(
        digest_id="daily",
        digest_title="The Daily",
        number=1,
        date=date(2026, 9, 14),
        timezone="UTC",
        language="en",
        sections=(),
        created_at=now,
        not_after=now + timedelta(days=1),
    )
    words, markup = _LINE * (paragraphs // 3), "<p>" + "</p><p>".join([_LINE] * paragraphs) + "</p>"
    return RenderedEdition(
        edition=edition,
        subject="The Daily: today",
        html=f'<html><body>{markup}<a href="{UNSUBSCRIBE_MARK}">Leave</a></body></html>',
        text=f"{words}\nLeave: {UNSUBSCRIBE_MARK}\n",
        markdown="",
    )


def reader(number: int) -> str:
    """Return an address."""
    return f"reader{number}@example.org"


def a_delivery(number: int) -> Delivery:
    """Return a delivery that no ledger knows."""
    return Delivery(
        id=number,
        edition_id=1,
        subscriber_id=number,
        address=reader(number),
        state=DeliveryState.CLAIMED,
    )


def a_writer(paragraphs: int = 350) -> MessageWriter:
    """Return what writes the edition's messages."""
    edition = an_edition(datetime.now(UTC), paragraphs)
    return MessageWriter(edition, publisher=PUBLISHER, key="benchmark")


def in_threads(task: Task, send: Callable[[smtplib.SMTP, int], None]) -> None:
    """Share the readers among as many threads as there are connections, with smtplib."""
    numbers = deque(range(task.count))

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", task.port) as client:
            while True:
                try:
                    number = numbers.popleft()
                except IndexError:
                    return
                send(client, number)

    threads = [threading.Thread(target=work) for _ in range(task.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def emailmessage_each(task: Task) -> None:
    """Build an EmailMessage per subscriber and send it with smtplib, as most programs do."""
    edition = an_edition(datetime.now(UTC))
    writer = a_writer()

    def send(client: smtplib.SMTP, number: int) -> None:
        url, _token = writer.unsubscribe_url(number)
        message = EmailMessage()
        message["From"], message["To"] = PUBLISHER.sender, reader(number)
        message["Subject"] = edition.subject
        message["Message-ID"] = writer.message_id(reader(number))
        message["List-Unsubscribe"] = f"<{url}>"
        message.set_content(edition.text.replace(UNSUBSCRIBE_MARK, url))
        message.add_alternative(edition.html.replace(UNSUBSCRIBE_MARK, url), subtype="html")
        client.send_message(message)

    in_threads(task, send)


def smtplib_spliced(task: Task) -> None:
    """Send spliced bytes with smtplib."""
    writer = a_writer()

    def send(client: smtplib.SMTP, number: int) -> None:
        message = writer.write(reader(number), subscriber_id=number, now=datetime.now(UTC))
        client.sendmail(SENDER, [reader(number)], message)

    in_threads(task, send)


def aiosmtplib_spliced(task: Task) -> None:
    """Send spliced bytes with aiosmtplib."""
    import aiosmtplib

    writer = a_writer()
    numbers = iter(range(task.count))

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=task.port) as client:
            for number in numbers:
                message = writer.write(reader(number), subscriber_id=number, now=datetime.now(UTC))
                await client.sendmail(SENDER, [reader(number)], message)

    async def work_all() -> None:
        await asyncio.gather(*(work() for _ in range(task.connections)))

    asyncio.run(work_all())


def our_lines_alone(task: Task) -> None:
    """Send spliced bytes over our own connections, remembering nothing."""
    writer = a_writer()
    with SmtpLines([(SmtpMailer(task.smtp_url), task.connections)]) as lines:
        (relay,) = lines.relays()
        given = done = 0
        while done < task.count:
            lines.widen(relay)
            for _ in range(min(lines.room(relay), task.count - given)):
                delivery = a_delivery(given)
                lines.give(relay, delivery, writer.message(delivery, now=datetime.now(UTC)))
                given += 1
            for event in lines.wait(1):
                assert not isinstance(event, Returned | Unreachable), event
                if isinstance(event, Ready):
                    lines.release([event.id])
                else:
                    done += 1


def full_ledger(task: Task) -> None:
    """Send an edition as `aidigest send` does."""
    writer = a_writer(task.paragraphs)
    engine = open_engine(task.database_url)
    with SmtpLines([(SmtpMailer(task.smtp_url), task.connections)]) as lines:
        report = deliver(
            1,
            ledger=Deliveries(engine),
            lines=lines,
            witness=Witness(Path(task.folder), "daily", date(2026, 9, 14)),
            write=lambda delivery: writer.message(delivery, now=datetime.now(UTC)),
            conditions=Conditions(
                not_after=datetime.now(UTC) + timedelta(hours=24),
                clock=lambda: datetime.now(UTC),
                pace_clock=lambda: datetime.now(UTC),
            ),
        )
    engine.dispose()
    assert report.counts == {DeliveryState.SENT: task.count}, report


WAYS = {
    "emailmessage": emailmessage_each,
    "smtplib": smtplib_spliced,
    "aiosmtplib": aiosmtplib_spliced,
    "lines": our_lines_alone,
    "ledger": full_ledger,
}


def prepare(database_url: str, count: int) -> None:
    """Fill a database with subscribers and an edition for them, frozen."""
    now = datetime.now(UTC)
    engine = open_engine(database_url)
    migrate(engine)
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        people = [
            {
                "id": number + 1,
                "address": reader(number),
                "address_key": reader(number),
                "name": "",
                "created_at": now,
            }
            for number in numbers
        ]
        subscribed = [
            {"subscriber_id": number + 1, "digest_id": "daily", "since": now} for number in numbers
        ]
        with engine.begin() as connection:
            connection.execute(insert(subscribers), people)
            connection.execute(insert(subscriptions), subscribed)
    edition_id, _ = Editions(engine).add_edition(an_edition(now))
    assert Deliveries(engine).freeze_audience(edition_id, "daily", now=now) == count
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def in_fresh_process(name: str, way: str, task: Task) -> Measured:
    """Measure a way of sending in a process that does nothing else."""
    command = [sys.executable, __file__, "--way", way, "--task", json.dumps(asdict(task))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - Ourselves.
    return Measured(way=name, **json.loads(done.stdout))


def run_way(way: str, task: Task) -> None:
    """Run it and print what it cost."""
    cpu, clock = time.process_time(), time.perf_counter()
    WAYS[way](task)
    measured = {
        "messages": task.count,
        "seconds": time.perf_counter() - clock,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(measured))


def peak_mb() -> float:
    """Return the most memory that this process ever had.

    What getrusage says is handed down by the process that started us.
    """
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def smtp_source(task: Task, *, reuses: bool) -> Measured:
    """Let Postfix's own generator send one message again and again, to one address."""
    command = [_postfix_tool("smtp-source"), "-s", str(task.connections), "-m", str(task.count)]
    command += ["-l", "40000", "-f", SENDER, "-t", reader(0)] + (["-d"] if reuses else [])
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*command, f"127.0.0.1:{task.port}"], check=True)  # noqa: S603 - A fixed command.
    seconds = time.perf_counter() - clock
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    name = "smtp-source" + (" -d (one connection for all)" if reuses else "")
    return Measured(way=name, messages=task.count, seconds=seconds, cpu_s=cpu_s, peak_mb=0)


@contextmanager
def postfix_sink() -> Iterator[Sink]:
    """Run Postfix's `smtp-sink`."""
    port = 2525 + os.getpid() % 1000
    command = [_postfix_tool("smtp-sink"), *(["-u", "nobody"] if os.getuid() == 0 else [])]
    with subprocess.Popen([*command, f"127.0.0.1:{port}", "1024"]) as child:  # noqa: S603
        time.sleep(0.5)
        try:
            yield Sink(port, child.pid)
        finally:
            child.kill()


@contextmanager
def slow_sink(delay_s: float, address: str = "127.0.0.1") -> Iterator[int]:
    """Run our own sink, which answers final dots late, and return its port."""
    command = [sys.executable, str(Path(__file__).with_name("sink.py")), str(delay_s), address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603
        assert child.stdout is not None
        try:
            yield int(child.stdout.readline())
        finally:
            child.communicate()


def _postfix_tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        sys.exit(f"{name} is not here; it comes with Postfix (Debian: apt-get install postfix)")
    return found


@contextmanager
def postgresql(folder: Path) -> Iterator[str | None]:
    """Run a PostgreSQL of our own, durable as it comes, and return its address."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        print("PostgreSQL is not here (Debian: apt-get install postgresql)")
        yield None
        return
    as_nobody = ["setpriv", "--reuid=65534", "--clear-groups"] if os.getuid() == 0 else []
    folder.mkdir(mode=0o777)
    if as_nobody:
        os.chown(folder, 65534, 65534)
    data = str(folder / "data")

    def run(*words: str) -> None:
        subprocess.run([*as_nobody, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    run(str(binaries[-1] / "initdb"), "-D", data, "-U", "aidigest", "-A", "trust")
    control = [str(binaries[-1] / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log")]
    run(*control, "-o", f"-c listen_addresses='' -c unix_socket_directories={folder}", "start")
    try:
        yield f"postgresql://aidigest@/postgres?host={folder}"
    finally:
        run(*control, "-m", "immediate", "stop")


def measure(args: argparse.Namespace, folder: Path, sink: Sink) -> list[Measured]:
    """Measure every way against one sink."""
    task = Task(port=sink.port, count=args.messages, connections=CONNECTIONS)
    few = replace(task, count=max(args.messages // 5, 1))
    ways: list[Callable[[], Measured]] = [
        partial(smtp_source, task, reuses=False),
        partial(smtp_source, task, reuses=True),
        partial(in_fresh_process, "EmailMessage each, smtplib", "emailmessage", few),
        partial(in_fresh_process, "spliced bytes, smtplib", "smtplib", few),
        partial(in_fresh_process, "spliced bytes, aiosmtplib", "aiosmtplib", few),
        partial(in_fresh_process, "our connections, no ledger", "lines", task),
    ]
    rows = [sink.watched(way) for way in ways]
    for count in args.sizes or [args.messages]:
        rows += with_ledger(folder, sink, count, args)
    return rows


def with_ledger(folder: Path, sink: Sink, count: int, args: argparse.Namespace) -> list[Measured]:
    """Measure the whole program at a number of subscribers, on both databases."""
    rows = []
    with ExitStack() as stack:
        urls = {"SQLite": f"sqlite:///{folder / f'{count}.db'}"}
        if not args.no_postgresql:
            server = stack.enter_context(postgresql(folder / f"pg-{count}"))
            urls |= {"PostgreSQL": server} if server else {}
        for name, url in urls.items():
            prepare(url, count)
            task = Task(
                port=sink.port,
                count=count,
                connections=CONNECTIONS,
                database_url=url,
                folder=str(folder / f"witness-{name}-{count}"),
                paragraphs=args.paragraphs,
            )
            way = partial(in_fresh_process, f"aidigest, ledger on {name}", "ledger", task)
            rows.append(sink.watched(way))
            print(rows[-1], flush=True)
    return rows


def with_delay(args: argparse.Namespace, folder: Path) -> list[Measured]:
    """Measure two hundred connections to a sink that answers each dot after 100 ms."""
    url = f"sqlite:///{folder / 'slow.db'}"
    prepare(url, args.messages)
    with slow_sink(0.1) as port:
        task = Task(
            port=port,
            count=args.messages,
            connections=200,
            database_url=url,
            folder=str(folder / "witness"),
        )
        return [in_fresh_process("200 connections, 100 ms a dot", "ledger", task)]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--sizes", type=int, nargs="*", help="numbers of subscribers")
    parser.add_argument("--delay", action="store_true", help="only the sink that answers late")
    parser.add_argument("--no-postgresql", action="store_true")
    parser.add_argument("--paragraphs", type=int, default=350, help="of a message")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        run_way(args.way, Task(**json.loads(args.task)))
        return
    with tempfile.TemporaryDirectory(prefix="aidigest-bench-") as name:
        # PostgreSQL's own user must get through.
        folder = Path(name)
        folder.chmod(0o711)
        if args.delay:
            rows = with_delay(args, folder)
        else:
            with postfix_sink() as sink:
                rows = measure(args, folder, sink)
    heads = ("messages", "seconds", "per s", "CPU ms", "peak MB", "sink ms")
    print(f"\n{'':<34}{' '.join(f'{head:>9}' for head in heads)}")
    print(*rows, sep="\n")


if __name__ == "__main__":
    main()
