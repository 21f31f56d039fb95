"""Polls thousands of local feeds twice, all fresh and then all unchanged (304): aidigest, reader.

Both in the same run, one after the other, each in a process of its own, on the
same server in a third. Memory is the greatest proportional set size (PSS) of
all of a contender's processes together, and of its main process alone.
"""

import argparse
import json
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

CONTENDERS = ("aidigest", "reader")
PASSES = ("cold", "warm")

#: A deploy does this once; what it takes is no part of a poll.
_MIGRATE = "import sys; from aidigest.adapters.database import *; migrate(open_engine(sys.argv[1]))"


def polled_by_aidigest(urls: list[str], folder: Path, workers: int) -> Callable[[], int]:
    """Return what polls all feeds once with aidigest."""
    # Each contender imports its own only, so that nobody's memory counts the other's.
    from aidigest.adapters.database import Feeds, open_engine
    from aidigest.adapters.fetch import HttpFetcher
    from aidigest.adapters.parser_pool import ParserPool
    from aidigest.core.feeds.feed import Feed
    from aidigest.settings import FetchSettings
    from aidigest.steps.poll import Plan, poll

    url = f"sqlite:///{folder / 'aidigest.db'}"
    subprocess.run([sys.executable, "-c", _MIGRATE, url], check=True)  # noqa: S603 - As it says.
    engine = open_engine(url)
    feeds = [Feed(url=url, title=url) for url in urls]

    def once() -> int:
        settings = FetchSettings(allow_private=True)
        with HttpFetcher(settings, user_agent="benchmark") as fetcher, ParserPool() as parser:
            report = poll(
                feeds,
                store=Feeds(engine),
                fetcher=fetcher,
                parser=parser,
                clock=lambda: datetime.now(UTC),
                plan=Plan(everything=True, workers=workers),
            )
        return sum(outcome.status.is_well for outcome in report.outcomes)

    return once


def polled_by_reader(urls: list[str], folder: Path, workers: int) -> Callable[[], int]:
    """Return what polls all feeds once with reader."""
    from reader import make_reader

    reader = make_reader(str(folder / "reader.db"))
    for url in urls:
        reader.add_feed(url)

    def once() -> int:
        results = reader.update_feeds_iter(workers=workers, scheduled=False)
        return sum(not isinstance(one.value, Exception) for one in results)

    return once


@dataclass
class Memory:
    """Watches how much memory the processes of a tree take together."""

    root: int
    whole: int = 0  #: Bytes, at the most.
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look again and again until stopped."""
        while not self._stop.wait(0.1):
            self.whole = max(self.whole, sum(map(_pss, _tree(self.root))))

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()


def _tree(root: int) -> Iterable[int]:
    yield root
    with suppress(OSError):
        children = Path(f"/proc/{root}/task/{root}/children").read_text(encoding="ascii")
        for child in children.split():
            yield from _tree(int(child))


def _pss(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        return int(text.partition("\nPss:")[2].split()[0]) * 1024
    return 0


def contend(name: str, urls: list[str], workers: int) -> None:
    """Poll twice and print what it took, as JSON."""
    prepare = {"aidigest": polled_by_aidigest, "reader": polled_by_reader}[name]
    with TemporaryDirectory() as folder:
        once = prepare(urls, Path(folder), workers)
        found: dict[str, Any] = {}
        for one in PASSES:
            started, cpu = perf_counter(), _processor_s()
            well = once()
            took = {"s": perf_counter() - started, "cpu_s": _processor_s() - cpu, "well": well}
            found[one] = took
        found["main_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))


def _processor_s() -> float:
    """Return the processor time of this process and of its children that have ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def measure(name: str, urls: list[str], workers: int) -> dict[str, Any]:
    """Run a contender in a process of its own, and watch its memory."""
    command = [sys.executable, __file__, "--as", name, "--workers", str(workers)]
    with subprocess.Popen(  # noqa: S603 - This very script.
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        memory = Memory(process.pid)
        threading.Thread(target=memory.watch, daemon=True).start()
        answer, _ = process.communicate("\n".join(urls))
        memory.stop()
    found: dict[str, Any] = json.loads(answer)
    return {**found, "tree_mb": memory.whole / 1024**2}


def main() -> None:
    """Compete, or be the contender that is named."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--feeds", type=int, default=5000)
    arguments.add_argument("--workers", type=int, default=8)
    arguments.add_argument("--as", dest="contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.contender:
        contend(given.contender, sys.stdin.read().split(), given.workers)
        return
    compete(given.feeds, given.workers)


def compete(feeds: int, workers: int) -> None:
    """Let all of them poll the same feeds, and print what it took."""
    # A contender is this script as well, and its memory is to be its own.
    from rich.console import Console
    from rich.progress import track

    from feedserver import serving

    with serving(feeds) as urls:
        console = Console(stderr=True)
        names = track(CONTENDERS, description=f"{feeds} feeds, twice", console=console)
        found = {name: measure(name, urls, workers) for name in names}
    for name, one in found.items():
        for part in PASSES:
            took, cpu, well = (one[part][key] for key in ("s", "cpu_s", "well"))
            pace = f"{well} feeds in {took:.1f} s, {feeds / took:.0f}/s"
            print(f"{name:9} {part}: {pace}, {cpu:.1f} s of CPU in all of its processes")
        print(
            f"{name:9} peak: {one['main_mb']:.0f} MB in its main process,"
            f" {one['tree_mb']:.0f} MB in all of them"
        )
    for part in PASSES:
        ratio = found["reader"][part]["s"] / found["aidigest"][part]["s"]
        print(f"aidigest {part}: {ratio:.1f} times as fast as reader")


if __name__ == "__main__":
    main()
