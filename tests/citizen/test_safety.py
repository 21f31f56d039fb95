"""What no server can do to us (T49-T52)."""

import gzip
import socket
import tracemalloc
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from aidigest.core.feeds.feed import Trouble
from citizens import DAY, HOUR, NOON, Citizen, citizen, ok, rule, to
from httpserver import Answer, HttpServer


@rule(49, "A body over 10 MiB, unpacked, is broken off", "gzip bombs", is_choice=True)
def test_t49_a_bomb_is_not_unpacked(us: Citizen) -> None:
    """A quarter of a megabyte on the wire would be a quarter of a gigabyte in memory."""
    bomb = Answer(body=gzip.compress(bytes(256_000_000)), headers={"Content-Encoding": "gzip"})
    url = us.script(bomb)

    tracemalloc.start()
    us.poll(NOON)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 50_000_000
    assert us.state(url).last_status == "larger than 10485760 bytes"
    assert not us.asks(NOON + HOUR / 2)
    assert us.asks(NOON + 2 * HOUR)


def drip(before: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send *before*, and then a byte now and then, until the client hangs up."""

    def script(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(before)
        handler.connection.settimeout(0.05)
        while True:
            handler.wfile.write(b" ")
            try:
                if not handler.connection.recv(1):
                    raise ConnectionAbortedError
            except TimeoutError:
                continue

    return script


@rule(
    50,
    "A whole fetch takes 30 s at most, however slowly bytes drip",
    "aiohttp, requests: per read",
)
@pytest.mark.parametrize(
    "before",
    [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"],
    ids=["headers", "body"],
)
def test_t50_a_drip_is_cut_off(server: HttpServer, tmp_path: Path, before: bytes) -> None:
    """A timeout for each read never comes; here the deadline is half a second."""
    with citizen(server, tmp_path, timeout_s=0.5) as us:
        url = us.script(drip(before))

        us.poll(NOON)

        assert us.state(url).last_status == "no whole answer within 0.5 s"


@rule(51, "Only public addresses are dialled, on every hop", "SSRF; RFC 6890")
@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:{port}/feed",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:{port}/feed",
        "http://[::ffff:10.0.0.1]/feed",
        "http://inside.example:{port}/feed",
        "file:///etc/passwd",
    ],
)
def test_t51_private_addresses_are_refused(server: HttpServer, tmp_path: Path, place: str) -> None:
    """As the feed itself, and behind a redirect; the very address that was checked is dialled."""
    address = place.format(port=server.port)
    server.script("/feed", ok())
    with citizen(server, tmp_path, allow_private=False, resolve=_inside) as us:
        us.feeds = [address]
        us.poll(NOON)
        direct = us.state(address)
    with citizen(
        server, tmp_path, allow_private=False, resolve=_inside, is_allowed=_stands_for_public
    ) as us:
        redirecting = f"http://outside.example:{server.port}/hop"
        server.script("/hop", to(address.replace("127.0.0.1", "127.0.0.3"), 302))
        us.feeds = [redirecting]
        us.poll(NOON)
        behind = us.state(redirecting)

    assert (direct.trouble, behind.trouble) == (Trouble.BLOCKED, Trouble.BLOCKED)
    assert not server.requests["/feed"]
    assert len(server.requests["/hop"]) == 1


def _stands_for_public(ip: str) -> bool:
    return ip == "127.0.0.1"


def _inside(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    # A name that answers differently at every look-up gains nothing: it is looked up once a hop.
    ip = "127.0.0.1" if host == "outside.example" else "127.0.0.2"
    return [(socket.AF_INET, (ip, port))]


@rule(52, "A wall against robots is recognised, and left alone for a day", "miniflux 68bc5a92")
@pytest.mark.parametrize(
    "wall",
    [
        Answer(status=403, headers={"cf-mitigated": "challenge", "Content-Type": "text/html"}),
        ok(b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"),
    ],
    ids=["403", "200"],
)
def test_t52_a_wall_is_not_run_against(us: Citizen, wall: Answer) -> None:
    """One request, no second one in disguise."""
    url = us.script(wall)

    made = us.requests(NOON)

    assert len(made) == 1
    assert us.state(url).trouble is Trouble.BLOCKED
    assert not us.asks(NOON + DAY - HOUR / 60)
    (again,) = us.requests(NOON + DAY + 2 * HOUR)
    assert again["User-Agent"] == made[0]["User-Agent"]
