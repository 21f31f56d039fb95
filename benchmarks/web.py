"""How fast are the pages, beside a running send? `python benchmarks/web.py [--seconds 20]`.

`aidigest web` serves a home of a year of editions in a process of its own. Another asks for
pages of the archive at a fixed rate (open loop: a late answer does not slow the next
question down, so a stall is seen in the times). First slowly, while every page has to be
made; then when pages are made already, as they are once a visitor has seen them; then the
same while `aidigest send` walks through an audience in a third process.
"""

import argparse
import http
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aidigest.app import App
from aidigest.core.readers.subscriber import Signup
from homes import make_home
from samples import large
from smtpserver import serving_smtp

EDITIONS = 365
NEVER = "2026-09-14T00:30:00+00:00"
PATHS = ("/archive", "/archive?page=3", "/archive?q=kestrel", "/", "/feeds/daily.atom")


class Sink:
    """Takes every message."""

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name.
        """Keep nothing."""
        return "250 2.0.0 taken"


def fill(home: Path, readers: int) -> None:
    """Store a year of editions of thirty stories, and an audience for the last one."""
    with App.open(home, {}) as app:
        rendered = app.renderer.render(large(30))
        for number in range(EDITIONS):
            day = rendered.edition.date - timedelta(days=EDITIONS - 1 - number)
            sections = tuple(
                replace(
                    section,
                    stories=tuple(replace(one, id=f"{one.id}-{number}") for one in section.stories),
                )
                for section in rendered.edition.sections
            )
            made = replace(rendered.edition, number=number + 1, date=day, sections=sections)
            app.editions.add_edition(replace(rendered, edition=made))
        signups = [
            Signup(address=f"r{number}@example.org", digests=("daily",))
            for number in range(readers)
        ]
        app.subscribers.add(signups, now=app.clock())


@contextmanager
def command(home: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `aidigest` in a process of its own while the block runs."""
    with subprocess.Popen(  # noqa: S603 - Our own program.
        [sys.executable, "-m", "aidigest", "--home", str(home), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"AIDIGEST_NOW": NEVER},
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Return when somebody listens there."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("aidigest web does not start")


def ask(port: int, path: str, due: float, local: threading.local) -> float:
    """Ask once and return the seconds since it was due; a refusal is an error."""
    connection = getattr(local, "connection", None)
    if connection is None:
        connection = local.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == http.HTTPStatus.OK, (path, answer.status)
    return time.perf_counter() - due


def measure(port: int, *, rate: int, seconds: float) -> list[float]:
    """Return the seconds that each answer took."""
    days = [f"/archive/daily/2026-0{month}-{day:02}" for month in (7, 8) for day in range(1, 29)]
    paths = [*PATHS, *days, *(f"/stories/s1-{number}" for number in range(300, 364))]
    local = threading.local()
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=16) as pool:
        asked = []
        for number in range(int(rate * seconds)):
            due = started + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            asked.append(pool.submit(ask, port, paths[number % len(paths)], due, local))
        return [one.result() for one in asked]


def report(name: str, taken: list[float], seconds: float) -> None:
    """Print a row."""
    cuts = statistics.quantiles(taken, n=100)
    numbers = [len(taken) / seconds, *(1000 * cuts[cut - 1] for cut in (50, 95, 99))]
    print(f"{name:<26}" + "".join(f"{number:10.1f}" for number in (*numbers, 1000 * max(taken))))


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--readers", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving_smtp(Sink()) as relay:
        home = make_home(Path(folder) / "home", smtp_url=f"smtp://127.0.0.1:{relay}")
        fill(home, asked.readers)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with command(home, "web", "--port", str(port)):
            wait_for(port)
            titles = ("per second", "p50 ms", "p95 ms", "p99 ms", "worst ms")
            print(" " * 26 + "".join(f"{title:>10}" for title in titles))
            cold = measure(port, rate=20, seconds=6)
            report("alone, nothing made yet", cold, 6)
            report("alone", measure(port, rate=asked.rate, seconds=asked.seconds), asked.seconds)
            with command(home, "send", "daily") as sending:
                time.sleep(2)
                taken = measure(port, rate=asked.rate, seconds=asked.seconds)
                is_running = sending.poll() is None
            report("beside a running send", taken, asked.seconds)
            if not is_running:
                print("the send ended before the questions did; take more --readers")
        with App.open(home, {}) as app:
            states = {one.value: count for one, count in app.deliveries.counts(EDITIONS).items()}
            print(f"meanwhile: {states}")


if __name__ == "__main__":
    main()
