"""Where a feed is asked for when its server sends us elsewhere (T29-T34)."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from aidigest.core.feeds.feed import AlarmKind, Trouble
from citizens import DAY, HOUR, NOON, Citizen, citizen, everywhere_here, ok, rule, status, to
from httpserver import HttpServer


@rule(
    29,
    "301 and 308 are believed when they led to a feed 3 times over 7 days; to https at once",
    "FRB 130-132",
    is_choice=True,
)
@pytest.mark.parametrize("number", [301, 308])
def test_t29_a_move_is_believed_after_a_week(us: Citizen, number: int) -> None:
    """Then only the new address is asked, and the operator is told."""
    url = us.script(to("/new", number))
    us.server.script("/new", ok(ETag='"n"'))

    asked = [us.asks(NOON + days * DAY) for days in (0, 3, 7, 8, 9)]

    assert asked == [True, True, True, False, False]
    assert len(us.server.requests["/new"]) == 5
    moved = us.state(url).alarm(AlarmKind.MOVED)
    assert moved is not None
    assert "/new" in moved.detail


def test_t29_a_move_to_https_is_believed_at_once(server: HttpServer, tmp_path: Path) -> None:
    """It is the same page, only safer."""
    authority = trustme.CA()
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    with _https(authority) as (https, asked), citizen(server, tmp_path, tls=trusted) as us:
        url = us.script(to(f"https://feed.example:{https}/feed", 308), host="feed.example")

        first = us.asks(NOON)
        second = us.asks(NOON + DAY)

    assert (first, second, len(asked)) == (True, False, 2)
    assert us.feeds == [url]


class _https:  # noqa: N801 - It is used as a function.
    """A feed over TLS, on a port of its own, with the requests that it got."""

    def __init__(self, authority: trustme.CA) -> None:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(ok().body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("feed.example").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._asked = asked

    def __enter__(self) -> tuple[int, list[str]]:
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self._server.server_address[1], self._asked

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@rule(30, "A captive portal rewrites no address", "FRB 131")
def test_t30_a_login_page_is_no_new_address(us: Citizen) -> None:
    """A hotel sends every request to its own page, for good, as it says."""
    urls = [us.script(to("/login"), path=f"/{n}", host=f"h{n}.example") for n in range(3)]
    us.server.script("/login", ok(b"<html><title>Welcome to our hotel</title></html>"))

    for days in range(0, 60, 5):
        us.poll(NOON + days * DAY)

    assert [us.state(url).address for url in urls] == urls


@rule(31, "302, 303 and 307 are followed and not kept", "RFC 9110, 15.4")
@pytest.mark.parametrize("number", [302, 303, 307])
def test_t31_a_temporary_redirect_is_temporary(us: Citizen, number: int) -> None:
    """However often it is seen."""
    us.script(to("/today", number))
    us.server.script("/today", ok())

    assert all(us.asks(NOON + days * DAY) for days in range(0, 40, 4))


@rule(32, "Of a chain of redirects only the permanent beginning counts", "RFC 9110, 15.4.2")
def test_t32_behind_a_temporary_redirect_nothing_is_permanent(us: Citizen) -> None:
    """A sends us to B for today, and B to C for good: A is still A."""
    us.script(to("/b", 302))
    us.server.script("/b", to("/c", 301))
    us.server.script("/c", ok())

    assert all(us.asks(NOON + days * DAY) for days in range(0, 40, 4))


@rule(33, "A redirect loop ends after 5 hops, with one error", "RFC 9110, 15.4")
def test_t33_a_loop_ends(us: Citizen) -> None:
    """Six requests, and a back-off like any other."""
    url = us.script(to("/feed"))

    assert len(us.requests(NOON)) == 6
    assert us.state(url).failures == 1
    assert not us.asks(NOON + HOUR / 2)


@rule(34, "Passwords and validators do not cross hosts", "RFC 9110, 15.4")
def test_t34_nothing_said_in_confidence_crosses_hosts(us: Citizen) -> None:
    """The other host is told neither, and what it gives is not told to the first."""
    other = f"http://other.example:{us.server.port}/there"
    us.server.script("/there", ok(ETag='"theirs"'))
    us.server.script("/feed", ok(ETag='"ours"'), to(other, 302))
    us.feeds.append(f"http://ada:secret@first.example:{us.server.port}/feed")
    us.poll(NOON)
    us.poll(NOON + DAY)
    us.poll(NOON + 2 * DAY)

    first, there = us.server.requests["/feed"], us.server.requests["/there"]
    assert [r["If-None-Match"] for r in first] == [None, '"ours"', None]
    assert all(r["Authorization"] for r in first)
    assert all((r["Authorization"], r["If-None-Match"]) == (None, None) for r in there)


def test_a_server_error_on_the_way_counts_as_the_feeds(us: Citizen) -> None:
    """Whoever sends us somewhere answers for what is there."""
    url = us.script(to("/new"))
    us.server.script("/new", status(500))
    us.poll(NOON)

    assert us.state(url).trouble is Trouble.REFUSED
    assert everywhere_here("any.example", 80)[0][1] == ("127.0.0.1", 80)
