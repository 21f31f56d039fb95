"""A feed is fetched politely, and no server can hang, flood or fool the fetcher."""

import gzip
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from aidigest.adapters.fetch import HttpFetcher
from aidigest.core.feeds.feed import (
    Blocked,
    Failed,
    FetchRequest,
    Fresh,
    Gone,
    Moved,
    NotModified,
    Throttled,
    Validators,
)
from aidigest.settings import FetchSettings
from httpserver import Answer, HttpServer, running, send

AGENT = "aidigest/0 (+https://news.example/about)"
ODD = Validators(etag='W/"a-gzip"', last_modified="Mon, 01 Jan 2025 00:00:00 GMT")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """Run a scripted server."""
    with running() as one:
        yield one


@pytest.fixture
def other() -> Iterator[HttpServer]:
    """Run a second one, which counts as another host."""
    with running() as one:
        yield one


@pytest.fixture
def fetcher() -> Iterator[HttpFetcher]:
    """Make a fetcher that may visit the loopback."""
    with make() as one:
        yield one


def make(
    *, timeout_s: float = 10, max_bytes: int = 100_000, allow_private: bool = True
) -> HttpFetcher:
    """Build a fetcher."""
    settings = FetchSettings(timeout_s=timeout_s, max_bytes=max_bytes, allow_private=allow_private)
    return HttpFetcher(settings, user_agent=AGENT)


def redirect(to: str, status: int = 302) -> Answer:
    """Answer with a redirect that wants to be remembered by a cookie."""
    return Answer(status=status, headers={"Location": to, "Set-Cookie": "id=1"})


def test_a_fresh_body_comes_with_its_validators_and_headers(
    server: HttpServer, fetcher: HttpFetcher
) -> None:
    """Validators are kept byte for byte: some servers compare strings, wrong weekday and all."""
    headers = {"ETag": 'W/"a-gzip"', "Last-Modified": "Mon, 01 Jan 2025 00:00:00 GMT"}
    url = server.script("/feed", Answer(body=b"<rss/>", headers=headers))

    result = fetcher.fetch(FetchRequest(url=url))

    assert isinstance(result, Fresh)
    assert (result.body, result.url, result.validators) == (b"<rss/>", url, ODD)
    assert result.headers["content-length"] == "6"


def test_validators_are_sent_as_they_came(server: HttpServer, fetcher: HttpFetcher) -> None:
    """A date put right, or quotes added, make the server send everything again."""
    url = server.script("/feed", Answer(status=304, headers={"ETag": '"b"'}))

    result = fetcher.fetch(FetchRequest(url=url, validators=ODD))

    assert isinstance(result, NotModified)
    assert result.headers["etag"] == '"b"'
    sent = server.requests["/feed"][0]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == (ODD.etag, ODD.last_modified)


def test_a_request_says_who_asks_and_nothing_else(server: HttpServer, fetcher: HttpFetcher) -> None:
    """No cookies, no Referer, no pretending to be a browser; also after a redirect."""
    server.script("/feed", Answer(body=b"<rss/>"))
    server.script("/old", redirect("/feed"))

    fetcher.fetch(FetchRequest(url=server.url("/old")))

    sent = server.requests["/feed"][0]
    assert sorted(sent.keys()) == ["Accept", "Accept-Encoding", "Host", "User-Agent"]
    assert (sent["User-Agent"], sent["Accept-Encoding"]) == (AGENT, "gzip")
    assert sent["Accept"].startswith("application/atom+xml")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (410, Gone(headers={"content-length": "0"})),
        (429, Throttled(status=429, headers={"content-length": "0"})),
        (503, Throttled(status=503, headers={"content-length": "0"})),
        (404, Failed(reason="status 404", status=404, headers={"content-length": "0"})),
        (304, Failed(reason="status 304", status=304, headers={})),
    ],
)
def test_each_status_is_a_value(
    server: HttpServer, fetcher: HttpFetcher, status: int, expected: object
) -> None:
    """A server's refusal is an answer, not an exception; a 304 nobody asked for is an error."""
    no_date = {"server", "date", *(["content-length"] if status == 304 else [])}
    url = server.script("/feed", Answer(status=status))

    result = fetcher.fetch(FetchRequest(url=url))

    assert not isinstance(result, Fresh | Moved)
    for name in no_date:
        result.headers.pop(name, None)
    assert result == expected


def test_a_wall_against_robots_is_told_from_a_refusal(
    server: HttpServer, fetcher: HttpFetcher
) -> None:
    """A challenge page will not go away by asking again soon."""
    url = server.script("/feed", Answer(status=403, headers={"cf-mitigated": "challenge"}))

    result = fetcher.fetch(FetchRequest(url=url))

    assert isinstance(result, Blocked)


def test_redirects_end_after_five_hops(server: HttpServer, fetcher: HttpFetcher) -> None:
    """A loop costs six requests and one line in the report."""
    url = server.script("/loop", redirect("/loop"))

    result = fetcher.fetch(FetchRequest(url=url))

    assert result == Failed(reason="more than 5 redirects", status=302)
    assert len(server.requests["/loop"]) == 6


def test_nothing_said_in_confidence_crosses_hosts(
    server: HttpServer, other: HttpServer, fetcher: HttpFetcher
) -> None:
    """The other host gets no password and no validators."""
    other.script("/feed", Answer(body=b"<rss/>", headers={"ETag": '"theirs"'}))
    server.script("/feed", redirect(other.url("/feed"), 301))
    url = f"http://ada:p%40ss@127.0.0.1:{server.port}/feed"

    result = fetcher.fetch(FetchRequest(url=url, validators=ODD))

    assert isinstance(result, Moved)
    ours, theirs = server.requests["/feed"][0], other.requests["/feed"][0]
    assert ours["Authorization"] == "Basic YWRhOnBAc3M="
    assert theirs["Authorization"] is None
    assert theirs["If-None-Match"] is None


def drip(part: bytes, before: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send *before*, then *part* again and again, slowly, until the client hangs up."""

    def script(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(before)
        while True:
            handler.wfile.write(part)
            handler.wfile.flush()
            # The client hangs up: its half of the connection becomes readable.
            handler.connection.settimeout(0.05)
            try:
                if not handler.connection.recv(1):
                    raise ConnectionAbortedError
            except TimeoutError:
                continue

    return script


@pytest.mark.parametrize(
    ("before", "part"),
    [
        (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n<rss>", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["one header", "headers", "body", "chunks"],
)
def test_a_dripping_server_is_cut_off_at_the_deadline(
    server: HttpServer, before: bytes, part: bytes
) -> None:
    """Timeouts for each read never fire when a byte comes now and then."""
    url = server.script("/feed", drip(part, before))

    with make(timeout_s=0.3) as fetcher:
        result = fetcher.fetch(FetchRequest(url=url))

    assert isinstance(result, Failed)
    assert result.reason == "no whole answer within 0.3 s"


def test_a_silent_server_is_cut_off_at_the_deadline() -> None:
    """It accepts the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent, make(timeout_s=0.2) as fetcher:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/feed"

        result = fetcher.fetch(FetchRequest(url=url))

    assert result == Failed(reason="no whole answer within 0.2 s")


def test_a_gzip_bomb_is_stopped_at_the_limit(server: HttpServer, fetcher: HttpFetcher) -> None:
    """The limit counts what the body unpacks to, not what travels."""
    bomb = gzip.compress(bytes(20_000_000))
    url = server.script("/feed", Answer(body=bomb, headers={"Content-Encoding": "gzip"}))

    result = fetcher.fetch(FetchRequest(url=url))

    assert result == Failed(reason="larger than 100000 bytes", status=200)


def test_a_zipped_body_is_unpacked(server: HttpServer, fetcher: HttpFetcher) -> None:
    """Feeds are text: gzip saves nine bytes of ten."""
    url = server.script(
        "/feed", Answer(body=gzip.compress(b"<rss/>"), headers={"Content-Encoding": "gzip"})
    )

    result = fetcher.fetch(FetchRequest(url=url))

    assert isinstance(result, Fresh)
    assert result.body == b"<rss/>"


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Hang up in the middle of a line."""
    handler.wfile.write(b"HTTP/1.1 20")
    handler.close_connection = True


@pytest.mark.parametrize(
    "script",
    [
        Answer(body=b"<rss>", headers={"Content-Length": "5000"}),
        Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
        Answer(body=b"5\r\n<rs", headers={"Transfer-Encoding": "chunked"}, sized=False),
        lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n"),
        lambda handler: send(handler, redirect("ftp://127.0.0.1/feed")),
        lambda handler: send(handler, redirect("http://[::1/feed")),
        lambda handler: send(handler, Answer(status=302)),
        reset,
    ],
    ids=["short", "no gzip", "cut chunk", "not http", "ftp", "bad url", "nowhere", "reset"],
)
def test_a_lying_server_is_a_failed_fetch(
    server: HttpServer,
    fetcher: HttpFetcher,
    script: Answer | Callable[[BaseHTTPRequestHandler], None],
) -> None:
    """Whatever a server does, the answer is a value with a reason."""
    url = server.script("/feed", script)

    result = fetcher.fetch(FetchRequest(url=url))

    assert isinstance(result, Failed | Blocked)
    assert result.reason


@pytest.mark.parametrize(
    "url",
    ["file:///etc/hosts", "gopher://a.example/", "http://", "http://[::1", "feed", "http://a..b/"],
)
def test_what_is_no_web_address_is_refused(fetcher: HttpFetcher, url: str) -> None:
    """Only http and https are ever opened."""
    result = fetcher.fetch(FetchRequest(url=url))

    assert isinstance(result, Failed | Blocked)


def test_private_addresses_are_refused_before_a_byte_is_sent(server: HttpServer) -> None:
    """A feed list from a stranger must not reach into the network it is polled from."""
    url = server.script("/feed", Answer(body=b"<rss/>"))

    with make(allow_private=False) as fetcher:
        result = fetcher.fetch(FetchRequest(url=url.replace("127.0.0.1", "localhost")))

    assert isinstance(result, Blocked)
    assert "private address" in result.reason
    assert not server.requests


def test_nobody_listening_is_a_failed_fetch(fetcher: HttpFetcher) -> None:
    """The reason is one that people understand."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    result = fetcher.fetch(FetchRequest(url=f"http://127.0.0.1:{port}/"))

    assert result == Failed(reason="connection refused")


def test_closing_breaks_off_what_is_under_way(server: HttpServer) -> None:
    """A worker that is told to stop does not wait for the slowest feed."""
    fetcher = make(timeout_s=60)

    def close_then_drip(handler: BaseHTTPRequestHandler) -> None:
        fetcher.close()
        drip(b" ", b"HTTP/1.1 200 OK\r\n\r\n")(handler)

    url = server.script("/feed", close_then_drip)

    result = fetcher.fetch(FetchRequest(url=url))

    assert isinstance(result, Failed)
    assert result.reason == "the answer broke off"
