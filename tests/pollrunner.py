"""The real poll on a database of its own; run as a program it kills itself at a given point.

    python pollrunner.py DATABASE_URL NOW KILL_AT FEED_URL...

Points are what happens on the way, in their order: each answer asked for and each that came,
each document parsed, each statement, each commit and each that is through. With KILL_AT 0 it
comes to its end, and prints how many there were.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, event

from aidigest.adapters.database import Feeds, open_engine
from aidigest.adapters.fetch import HttpFetcher
from aidigest.adapters.parser_pool import ParserPool
from aidigest.core.feeds.feed import Feed, FetchRequest, FetchResult
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.settings import FetchSettings
from aidigest.steps.outcomes import PollReport
from aidigest.steps.poll import Plan, poll

Point = Callable[[], None]


class _Fetcher(HttpFetcher):
    """Passes a point before and after each answer."""

    point: Point = staticmethod(lambda: None)

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Fetch."""
        self.point()
        answer = super().fetch(request)
        self.point()
        return answer


class _Parser(ParserPool):
    """Passes a point after each document."""

    point: Point = staticmethod(lambda: None)

    def parse(self, body: bytes, *, feed: Feed, headers: Mapping[str, str], url: str) -> ParsedFeed:
        """Parse."""
        parsed = super().parse(body, feed=feed, headers=headers, url=url)
        self.point()
        return parsed


def run(
    engine: Engine, urls: Sequence[str], *, now: datetime, point: Point = lambda: None
) -> PollReport:
    """Poll those feeds."""
    settings = FetchSettings(timeout_s=20, allow_private=True)
    with _Fetcher(settings, user_agent="aidigest/0") as fetcher, _Parser(workers=1) as parser:
        fetcher.point, parser.point = point, point
        return poll(
            [Feed(url=url, title=url) for url in urls],
            store=Feeds(engine),
            fetcher=fetcher,
            parser=parser,
            clock=lambda: now,
            plan=Plan(workers=4),
        )


def _main(database_url: str, now: str, kill_at: str, *urls: str) -> None:
    passed, lock = 0, threading.Lock()

    def point(*_of_the_event: object) -> None:
        nonlocal passed
        with lock:
            passed += 1
            if passed == int(kill_at):
                os.kill(os.getpid(), signal.SIGKILL)

    engine = open_engine(database_url)
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, name, point)
    event.listen(engine.pool, "reset", point)  # Comes after the commit itself.
    run(engine, urls, now=datetime.fromisoformat(now), point=point)
    print(passed)


if __name__ == "__main__":
    _main(*sys.argv[1:])
