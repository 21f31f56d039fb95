"""The conformance suite's tools: a poller on a scripted server, and the rules it keeps."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from aidigest.adapters.database import Feeds, migrate, open_engine
from aidigest.adapters.fetch import HttpFetcher
from aidigest.core.feeds.feed import Feed, FeedState
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.feeds.parsing import parse_feed
from aidigest.settings import FetchSettings
from aidigest.steps.outcomes import PollReport
from aidigest.steps.poll import Plan, poll
from httpserver import Answer, HttpServer, Script

NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the suite, and the test that shows that we keep it."""

    number: int
    text: str
    source: str
    is_choice: bool = False  #: The value is our own; the source only says "slow down".
    test: Callable[..., Any]


RULES: dict[int, Rule] = {}

Test = TypeVar("Test", bound=Callable[..., Any])


def rule(number: int, text: str, source: str, *, is_choice: bool = False) -> Callable[[Test], Test]:
    """Mark a test as the one of a rule; docs/reference/feed-citizen.md lists them all."""

    def mark(test: Test) -> Test:
        RULES[number] = Rule(
            number=number, text=text, source=source, is_choice=is_choice, test=test
        )
        return test

    return mark


def rss(*titles: str, channel: str = "", dated: datetime = NOON - HOUR) -> bytes:
    """Return a feed of those items."""
    items = "".join(
        f"<item><guid>{title}</guid><title>{title}</title>"
        f"<pubDate>{dated - number * HOUR:%a, %d %b %Y %H:%M:%S GMT}</pubDate></item>"
        for number, title in enumerate(titles)
    )
    return (
        f"<rss version='2.0'><channel><title>Wire</title>{channel}{items}</channel></rss>".encode()
    )


#: A feed that fills up within two hours, so that only rules hold us back.
BUSY = rss("Kestrel flies", "Heron lands")


def ok(body: bytes = BUSY, **headers: str) -> Answer:
    """Return 200 with a feed; `ETag` and its kin as keywords."""
    return Answer(body=body, headers=_named(headers))


def status(number: int, **headers: str) -> Answer:
    """Return an answer without a body."""
    return Answer(status=number, headers=_named(headers))


def to(address: str, number: int = 301) -> Answer:
    """Return a redirect."""
    return Answer(status=number, headers={"Location": address})


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class InlineParser:
    """Parses where it stands: the suite's bodies are harmless."""

    def parse(self, body: bytes, *, feed: Feed, headers: Mapping[str, str], url: str) -> ParsedFeed:
        """Read the feed."""
        return parse_feed(body, headers=headers, url=url, language=feed.language)


def everywhere_here(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Resolve every name to the loopback."""
    return [(socket.AF_INET, ("127.0.0.1", port))]


@dataclass
class Citizen:
    """The real poller with a real database, asked at moments that the test names."""

    server: HttpServer
    store: Feeds
    fetcher: HttpFetcher
    timer: Callable[[], float] = monotonic
    feeds: list[str] = field(default_factory=list)

    def script(self, *answers: Answer | Script, path: str = "/feed", host: str = "") -> str:
        """List a feed, its server's answers scripted; return its address."""
        url = self.server.script(path, *answers)
        if host:
            url = url.replace("127.0.0.1", host)
        self.feeds.append(url)
        return url

    def poll(self, at: datetime = NOON, **plan: Any) -> PollReport:
        """Poll what is due at that moment."""
        return poll(
            [Feed(url=url, title=url) for url in self.feeds],
            store=self.store,
            fetcher=self.fetcher,
            parser=InlineParser(),
            clock=lambda: at,
            plan=Plan(**plan),
            timer=self.timer,
        )

    def requests(self, at: datetime, path: str = "/feed", **plan: Any) -> list[Message]:
        """Poll at that moment, and return the requests that this made for a path."""
        before = len(self.server.requests[path])
        self.poll(at, **plan)
        return self.server.requests[path][before:]

    def asks(self, at: datetime, path: str = "/feed", **plan: Any) -> bool:
        """Poll at that moment, and say whether the path was asked for."""
        return bool(self.requests(at, path, **plan))

    def request(self, at: datetime, path: str = "/feed") -> Message:
        """Poll at that moment, and return the one request that this made."""
        (made,) = self.requests(at, path)
        return made

    def state(self, url: str) -> FeedState:
        """Return what is remembered of a feed."""
        return self.store.feed_states()[url]


@contextmanager
def citizen(server: HttpServer, folder: Path, **options: Any) -> Iterator[Citizen]:
    """Run a poller on a database in that folder; a second one finds what the first left."""
    settings = FetchSettings(
        timeout_s=options.pop("timeout_s", 5.0),
        max_bytes=options.pop("max_bytes", 10 * 1024 * 1024),
        allow_private=options.pop("allow_private", True),
    )
    timer = options.pop("timer", monotonic)
    with ExitStack() as stack:
        engine = open_engine(f"sqlite:///{folder / 'var' / 'aidigest.db'}")
        stack.callback(engine.dispose)
        migrate(engine)
        agent = options.pop("user_agent", "aidigest/1.0 (+https://digest.example.org)")
        resolve = options.pop("resolve", everywhere_here)
        fetcher = HttpFetcher(settings, user_agent=agent, resolve=resolve, **options)
        stack.enter_context(fetcher)
        yield Citizen(server=server, store=Feeds(engine), fetcher=fetcher, timer=timer)
