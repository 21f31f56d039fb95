"""Polls 500 local feeds twice: all fresh, then all unchanged (304)."""

import argparse
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from aidigest.adapters.database import Feeds, migrate, open_engine
from aidigest.adapters.fetch import HttpFetcher
from aidigest.adapters.parser_pool import ParserPool
from aidigest.core.feeds import Feed
from aidigest.demo.documents import CONTENT_TYPES, document
from aidigest.demo.feeds_server import Page, serve_feeds
from aidigest.demo.outlets import Outlet, outlets
from aidigest.settings import FetchSettings
from aidigest.steps.poll import poll

#: Feeds of one host are asked one after another, so they stand on many, as outside.
HOSTS = 25


def many_outlets(count: int) -> list[Outlet]:
    """Return the demo's outlets again and again, under new names."""
    shipped = outlets()
    return [
        replace(outlet, slug=f"{outlet.slug}-{number}", title=f"{outlet.title} {number}")
        for number in range(count)
        for outlet in (shipped[number % len(shipped)],)
    ]


def serve(stack: ExitStack, all_outlets: list[Outlet]) -> list[Feed]:
    """Serve each outlet on one of the hosts until the stack is closed."""
    now = datetime.now(UTC)
    feeds: list[Feed] = []
    for host_number in range(HOSTS):
        mine = all_outlets[host_number::HOSTS]
        pages = {
            f"/{outlet.slug}": Page(
                body=document(outlet, now=now), content_type=CONTENT_TYPES[outlet.format]
            )
            for outlet in mine
        }
        base = stack.enter_context(serve_feeds(pages, host=f"127.0.0.{host_number + 1}"))
        feeds += [Feed(url=f"{base}/{o.slug}", title=o.title, language=o.language) for o in mine]
    return feeds


def main() -> None:
    """Print a line for each of the two polls."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--feeds", type=int, default=500)
    arguments.add_argument("--workers", type=int, default=8)
    given = arguments.parse_args()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        engine = open_engine(f"sqlite:///{Path(folder) / 'aidigest.db'}")
        stack.callback(engine.dispose)
        migrate(engine)
        feeds = serve(stack, many_outlets(given.feeds))
        fetcher = HttpFetcher(FetchSettings(allow_private=True), user_agent="aidigest-benchmark")
        parser = ParserPool()
        stack.enter_context(fetcher)
        stack.enter_context(parser)
        for name in ("fresh", "unchanged"):
            started, cpu = perf_counter(), process_time()
            report = poll(
                feeds,
                store=Feeds(engine),
                fetcher=fetcher,
                parser=parser,
                clock=lambda: datetime.now(UTC),
                everything=True,
                workers=given.workers,
            )
            took, cpu = perf_counter() - started, process_time() - cpu
            counts = ", ".join(f"{count} {status}" for status, count in report.counts.items())
            print(
                f"{name}: {counts}; {report.new} new entries in {took:.1f} s, "
                f"{len(feeds) / took:.0f} feeds/s, {cpu:.1f} s of CPU outside the parsers"
            )


if __name__ == "__main__":
    main()
