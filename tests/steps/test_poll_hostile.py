"""The real fetcher and the real parser against everything bad at once."""

import gzip
import re
import socket
import struct
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

from aidigest.adapters.fetch import HttpFetcher
from aidigest.adapters.parser_pool import ParserPool
from aidigest.core.feeds.feed import Feed, FeedState
from aidigest.settings import FetchSettings
from aidigest.steps.outcomes import PollOutcome, PollReport, PollStatus
from aidigest.steps.poll import Plan, poll
from fakes import FakeFeedStore
from httpserver import Answer, Script, running

NOW = datetime(2026, 9, 14, tzinfo=UTC)
#: By address, when a poll's outcome was stored, in seconds after its beginning.
#: The addresses of feeds, in the order in which they were stored.
Stored = list[str]
GOOD = b"<rss><channel><item><guid>1</guid><title>Kestrel flies</title></item></channel></rss>"
SLOW_TO_PARSE = (
    b"<rss><channel><item><title>x</title><author>%s</author></item></channel></rss>"
    % (b"<x/>".join([b"a" * 900] * 400))
)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then until the client hangs up."""
    _feed_slowly(handler, b"HTTP/1.1 200 OK\r\n\r\n", b" ")


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    """Send a header now and then, and never the last one."""
    _feed_slowly(handler, b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n")


def drip_interim(handler: BaseHTTPRequestHandler) -> None:
    """Promise an answer for ever."""
    _feed_slowly(handler, b"", b"HTTP/1.1 100 Continue\r\n\r\n")


def _feed_slowly(handler: BaseHTTPRequestHandler, first: bytes, then: bytes) -> None:
    handler.wfile.write(first)
    handler.connection.settimeout(0.05)
    while True:
        handler.wfile.write(then)
        try:
            if not handler.connection.recv(1):
                raise ConnectionAbortedError
        except TimeoutError:
            continue


def endless_headers(handler: BaseHTTPRequestHandler) -> None:
    """Send headers as fast as they are taken."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X-More: 1\r\n" * 1_000)


def say_nothing(handler: BaseHTTPRequestHandler) -> None:
    """Take the request, and never answer."""
    handler.connection.settimeout(30)
    handler.connection.recv(1)
    raise ConnectionAbortedError


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection off in the middle of a body."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<rss><channel>")
    linger = struct.pack("ii", 1, 0)  # Closing sends RST at once.
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    raise ConnectionAbortedError


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing at all."""
    handler.close_connection = True


def document(name: str, *, title: str = "Kestrel flies") -> bytes:
    """Return a good feed of one entry."""
    item = f"<item><guid>{name}</guid><title>{title}</title></item>"
    return f"<rss><channel>{item}</channel></rss>".encode()


VIETNAMESE = "Tiếng Việt rõ ràng"
BOMB = gzip.compress(bytes(50_000_000))
#: Each with what its poll comes to, and words of the reason.
HOSTILE: dict[str, tuple[Answer | Script, PollStatus, str]] = {
    "drip": (drip, PollStatus.FAILED, "no whole answer within 2 s"),
    "drip of headers": (drip_headers, PollStatus.FAILED, "no whole answer within 2 s"),
    "drip of promises": (drip_interim, PollStatus.FAILED, "no whole answer within 2 s"),
    "silence": (say_nothing, PollStatus.FAILED, "no whole answer within 2 s"),
    "endless headers": (endless_headers, PollStatus.FAILED, "the answer broke off"),
    "bomb": (
        Answer(body=BOMB, headers={"Content-Encoding": "gzip"}),
        PollStatus.FAILED,
        "larger than 1000000 bytes",
    ),
    "bomb that does not say so": (Answer(body=BOMB), PollStatus.UNREADABLE, "when unzipped"),
    "loop": (
        Answer(status=301, headers={"Location": "?"}),
        PollStatus.FAILED,
        "more than 5 redirects",
    ),
    "nobody": (hang_up, PollStatus.FAILED, "the answer broke off|connection reset"),
    "reset": (reset, PollStatus.FAILED, "the answer broke off|connection reset"),
    "less than it says": (
        Answer(body=GOOD, headers={"Content-Length": "99999"}),
        PollStatus.FAILED,
        "no whole answer|the answer broke off",
    ),
    "more than it says": (
        Answer(body=GOOD, headers={"Content-Length": "40"}),
        PollStatus.CUT,
        "cut short",
    ),
    "page": (Answer(body=b"<html><title>Hello</title></html>"), PollStatus.UNREADABLE, "HTML page"),
    "wall": (
        Answer(body=b"<html><title>Just a moment...</title></html>"),
        PollStatus.BLOCKED,
        "a wall against robots",
    ),
    "trap": (Answer(body=SLOW_TO_PARSE), PollStatus.READ, "read"),
}


def run(urls: Iterable[str], store: FakeFeedStore, *, stored: Stored | None = None) -> PollReport:
    """Poll those addresses, with limits that fit a test; note what is stored in which order."""
    settings = FetchSettings(timeout_s=2.0, max_bytes=1_000_000, allow_private=True)

    def note(outcome: PollOutcome) -> None:
        if stored is not None:
            stored.append(outcome.feed.url)

    with (
        HttpFetcher(settings, user_agent="aidigest/0") as fetcher,
        # Starting a worker takes seconds where the machine is busy.
        ParserPool(workers=2, timeout_s=30.0) as parser,
    ):
        return poll(
            [Feed(url=url, title=url) for url in urls],
            store=store,
            fetcher=fetcher,
            parser=parser,
            clock=lambda: NOW,
            plan=Plan(workers=32, patience=timedelta(minutes=5)),
            on_result=note,
        )


def check_hostile(outcomes: Iterable[PollOutcome]) -> None:
    """Check what each of the hostile came to, in their order."""
    for outcome, (name, (_, status, words)) in zip(outcomes, HOSTILE.items(), strict=True):
        assert (name, outcome.status) == (name, status), outcome.detail
        assert re.search(words, outcome.detail), name


def test_hostile_servers_cost_only_themselves() -> None:
    """All of them together; every good feed is stored before the slowest of them is given up."""
    store, stored = FakeFeedStore(), Stored()
    good = [Answer(body=document(f"good {n}", title=f"Good {n}")) for n in range(12)]
    latin = f"<rss><channel><item><title>{VIETNAMESE}</title></item></channel></rss>"
    changing = (
        Answer(body=latin.encode(), headers={"Content-Type": "text/xml; charset=iso-8859-1"}),
        Answer(body=latin.encode("utf-16"), headers={"Content-Type": "text/xml; charset=utf-16"}),
    )
    with ExitStack() as servers:

        def served(*answers: Answer | Script) -> str:
            return servers.enter_context(running()).script("/feed", *answers)

        bad = [served(script) for script, _, _ in HOSTILE.values()]
        well = [served(answer) for answer in good]
        odd = served(*changing)

        report = run([*bad, odd, *well], store, stored=stored)
        again = _again(store, odd)

    check_hostile(report.outcomes[: len(HOSTILE)])
    assert [one.status for one in report.outcomes[len(HOSTILE) :]] == [PollStatus.READ] * 13
    assert {f"Good {n}" for n in range(12)} <= set(store.titles)
    assert set(stored) == {*bad, *well, odd}
    assert stored[-1] in bad
    assert (again.outcomes[0].status, again.new) == (PollStatus.READ, 0)
    assert store.titles.count(VIETNAMESE) == 1


def test_hostile_feeds_on_one_server_delay_and_lose_no_other() -> None:
    """A site is asked one request at a time: the good ones wait for their turn, and get it."""
    store = FakeFeedStore()
    with running() as server:
        bad = [
            server.script(f"/{name.replace(' ', '-')}", script)
            for name, (script, _, _) in HOSTILE.items()
        ]
        well = [
            server.script(f"/good/{n}", Answer(body=document(f"{n}", title=f"Good {n}")))
            for n in range(12)
        ]

        report = run([*bad, *well], store)

    check_hostile(report.outcomes[: len(HOSTILE)])
    assert [one.status for one in report.outcomes[len(HOSTILE) :]] == [PollStatus.READ] * 12
    assert {f"Good {n}" for n in range(12)} <= set(store.titles)


def _again(store: FakeFeedStore, url: str) -> PollReport:
    """Poll a feed again at once, as if it were due."""
    store.states[url] = replace(store.states[url], next_poll_at=None)
    return run([url], store)


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
