"""The real fetcher and the real parser against everything bad at once."""

import gzip
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from time import monotonic

from aidigest.adapters.fetch import HttpFetcher
from aidigest.adapters.parser_pool import ParserPool
from aidigest.core.feeds import Feed, FeedState
from aidigest.settings import FetchSettings
from aidigest.steps.outcomes import PollReport, PollStatus
from aidigest.steps.poll import Plan, poll
from fakes import FakeFeedStore
from httpserver import Answer, running

NOW = datetime(2026, 9, 14, tzinfo=UTC)
GOOD = b"<rss><channel><item><guid>1</guid><title>Kestrel flies</title></item></channel></rss>"
SLOW_TO_PARSE = (
    b"<rss><channel><item><title>x</title><author>%s</author></item></channel></rss>"
    % (b"<x/>".join([b"a" * 900] * 400))
)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then until the client hangs up."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    handler.connection.settimeout(0.05)
    while True:
        handler.wfile.write(b" ")
        try:
            if not handler.connection.recv(1):
                raise ConnectionAbortedError
        except TimeoutError:
            continue


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing at all."""
    handler.close_connection = True


def run(urls: Iterable[str], store: FakeFeedStore) -> PollReport:
    """Poll those addresses, with limits that fit a test."""
    settings = FetchSettings(timeout_s=1.0, max_bytes=1_000_000, allow_private=True)
    with (
        HttpFetcher(settings, user_agent="aidigest/0") as fetcher,
        ParserPool(workers=2, timeout_s=2.0) as parser,
    ):
        return poll(
            [Feed(url=url, title=url) for url in urls],
            store=store,
            fetcher=fetcher,
            parser=parser,
            clock=lambda: NOW,
            plan=Plan(workers=16),
        )


def test_hostile_feeds_cost_only_themselves() -> None:
    """Drips, bombs, loops, lies and traps for the parser leave every other feed on time."""
    store = FakeFeedStore()
    bomb = gzip.compress(bytes(50_000_000))
    scripts = (
        drip,
        Answer(body=bomb, headers={"Content-Encoding": "gzip"}),
        Answer(status=301, headers={"Location": "/feed"}),
        hang_up,
        Answer(body=GOOD, headers={"Content-Length": "99999"}),
        Answer(body=b"<html><title>Hello</title></html>"),
        Answer(body=SLOW_TO_PARSE),
        Answer(body=GOOD),
    )
    with ExitStack() as servers:
        urls = [servers.enter_context(running()).script("/feed", one) for one in scripts]
        started = monotonic()

        report = run(urls, store)

    failed, unreadable = PollStatus.FAILED, PollStatus.UNREADABLE
    assert [outcome.status for outcome in report.outcomes] == [
        *([failed] * 5),
        *([unreadable] * 2),
        PollStatus.READ,
    ]
    assert [outcome.detail for outcome in report.outcomes[:3]] == [
        "no whole answer within 1 s",
        "larger than 1000000 bytes",
        "more than 5 redirects",
    ]
    assert store.titles == ["Kestrel flies"]
    assert monotonic() - started < 20


def test_the_second_poll_costs_next_to_nothing() -> None:
    """Validators are sent back as they came, and nothing is parsed or stored."""
    store = FakeFeedStore()
    with running() as server:
        given = Answer(body=GOOD, headers={"ETag": 'W/"1"'})
        url = server.script("/feed", given, Answer(status=304))
        run([url], store)
        store.states = {
            url: FeedState(url=url, validators=state.validators)
            for url, state in store.states.items()
        }

        report = run([url], store)

        assert server.requests["/feed"][1]["If-None-Match"] == 'W/"1"'
    assert [outcome.detail for outcome in report.outcomes] == ["not modified (304)"]
    assert store.titles == ["Kestrel flies"]
