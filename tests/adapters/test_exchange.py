"""An answer is read to its end and no further, however it is written."""

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aidigest.adapters.exchange import (
    BrokenOffError,
    NoHttpError,
    Response,
    TooLargeError,
    UnpackError,
    read_response,
    written,
)

LIMIT = 100_000


@contextmanager
def saying(*parts: bytes, hang_up: bool = True) -> Iterator[socket.socket]:
    """Yield a connection whose other end says that, part by part."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)  # What hangs is to fail.

    def say() -> None:
        try:
            for part in parts:
                theirs.sendall(part)
            if hang_up:
                theirs.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # We have heard enough.

    speaker = threading.Thread(target=say)
    speaker.start()
    try:
        yield ours
    finally:
        ours.close()
        speaker.join()
        theirs.close()


def read(*parts: bytes, hang_up: bool = True) -> Response:
    """Read an answer."""
    with saying(*parts, hang_up=hang_up) as sock:
        return read_response(sock, limit=LIMIT)


def answer(*headers: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    """Return an answer as it goes over the wire."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def test_a_request_is_what_was_asked_for_and_nothing_more() -> None:
    """Every byte that a server sees is written here."""
    asked = written("/feed?x=1", "a.example", {"User-Agent": "us", "If-None-Match": 'W/"a"'})

    assert asked.split(b"\r\n") == [
        *(b"GET /feed?x=1 HTTP/1.1", b"Host: a.example", b"User-Agent: us"),
        *(b'If-None-Match: W/"a"', b"", b""),
    ]


def test_no_header_can_begin_another_one() -> None:
    """What a server gave us to keep must not become a second request."""
    with pytest.raises(ValueError, match="control character"):
        written("/", "a.example", {"If-None-Match": '"a"\r\nCookie: x'})


def test_an_answer_of_known_length_leaves_the_connection_open() -> None:
    """The server waits for the next request; so it need not hang up for us to go on."""
    whole = answer("Content-Length: 6", 'ETag: W/"a"', body=b"<rss/>")

    found = read(whole, hang_up=False)

    assert found == Response(
        status=200,
        headers={"content-length": "6", "etag": 'W/"a"'},
        body=b"<rss/>",
        is_open=True,
    )


def test_chunks_are_put_together() -> None:
    """With extensions, and with fields after the body, which are not read."""
    chunks = b"3;x=1\r\n<rs\r\n3\r\ns/>\r\n0\r\nETag: late\r\n\r\n"

    found = read(answer("Transfer-Encoding: chunked", body=chunks), hang_up=False)

    assert (found.body, found.headers.get("etag"), found.is_open) == (b"<rss/>", None, True)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_where_packets_end_makes_no_difference(size: int) -> None:
    """A byte now and then is still the same answer."""
    whole = answer("Transfer-Encoding: chunked", body=b"6\r\n<rss/>\r\n0\r\n\r\n")

    found = read(*(whole[n : n + size] for n in range(0, len(whole), size)))

    assert found.body == b"<rss/>"


def test_a_304_has_no_body_whatever_its_length_says() -> None:
    """RFC 9110, section 15.4.5: the length is that of the 200 it stands for."""
    found = read(answer("Content-Length: 5000", status="304 Not Modified"), hang_up=False)

    assert (found.status, found.body, found.is_open) == (304, b"", True)


def test_interim_answers_are_passed_over() -> None:
    """103 Early Hints comes before the answer, with fields of its own."""
    hints = answer("Link: </x>", status="103 Early Hints")

    found = read(hints + answer("Content-Length: 1", body=b"x"), hang_up=False)

    assert (found.status, found.headers, found.body) == (200, {"content-length": "1"}, b"x")


def test_without_a_length_the_body_ends_with_the_connection() -> None:
    """As in 1995."""
    found = read(b"HTTP/1.0 200 OK\nContent-Type: text/xml\n\n<rss/>")

    assert (found.body, found.is_open) == (b"<rss/>", False)


@pytest.mark.parametrize(
    "whole",
    [
        b"HTTP/1.1 200 OK\nContent-Length: 6\n\n<rss/>",
        b"HTTP/1.1 200\r\nContent-Length: 6\r\n\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 6\r\n\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\nX: \xe9\x01\r\nContent-Length: 6\r\n\r\n<rss/>",
        answer(
            "Content-Length: 9", "Transfer-Encoding: chunked", body=b"6 \r\n<rss/>\r\n0\r\n\r\n"
        ),
    ],
    ids=["bare line feeds", "no reason", "folded", "odd bytes", "two lengths"],
)
def test_what_old_scripts_get_wrong_is_forgiven(whole: bytes) -> None:
    """Browsers forgive it, and so nobody mends it."""
    assert read(whole).body == b"<rss/>"


def test_a_second_answer_is_not_ours() -> None:
    """Whoever sends more than was asked for is not asked on the same connection again."""
    one = answer("Content-Length: 6", body=b"<rss/>")

    found = read(one + answer("ETag: other", "Content-Length: 5", body=b"wrong"))

    assert (found.body, found.headers, found.is_open) == (
        b"<rss/>",
        {"content-length": "6"},
        False,
    )


def test_caching_said_in_two_fields_is_one_list() -> None:
    """RFC 9110, section 5.3; of other fields the last one counts."""
    found = read(
        answer("Cache-Control: public", "Cache-Control: max-age=60", "ETag: a", "ETag: b"), b""
    )

    assert found.headers == {"cache-control": "public, max-age=60", "etag": "b"}


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"<rss/>")),
        ("x-gzip", gzip.compress(b"<rss/>")),
        ("gzip", gzip.compress(b"<rs") + gzip.compress(b"s/>")),
        ("gzip", gzip.compress(b"<rss/>") + b"\0\0\0 junk"),
        ("deflate", zlib.compress(b"<rss/>")),
        ("deflate", zlib.compress(b"<rss/>")[2:-4]),
        ("Identity", b"<rss/>"),
        ("UTF-8", b"<rss/>"),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "members",
        "junk behind",
        "zlib",
        "bare deflate",
        "not at all",
        "charset",
    ],
)
@pytest.mark.parametrize("size", [1, 1_000])
def test_bodies_are_unpacked(coding: str, packed: bytes, size: int) -> None:
    """Only gzip is asked for; deflate comes all the same, with and without its head.

    Some take the header for the place of the charset, and pack nothing (tedder/
    aws-release-notes-rss#6: such a feed was lost to a reader for a year).
    """
    head = answer(f"Content-Encoding: {coding}", f"Content-Length: {len(packed)}")

    found = read(head, *(packed[n : n + size] for n in range(0, len(packed), size)))

    assert found.body == b"<rss/>"


class Dribbling(socket.socket):
    """A connection of which one byte is to be had at a time, however many have come."""

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive one byte."""
        return super().recv(1, flags)


def test_what_deflate_is_meant_is_known_by_two_bytes_however_they_come() -> None:
    """The first alone may begin either kind; a server that dribbles is read all the same."""
    packed = zlib.compress(b"<rss/>")[2:-4]
    head = answer("Content-Encoding: deflate", f"Content-Length: {len(packed)}")

    with saying(head, packed) as sock, Dribbling(fileno=sock.detach()) as dribbling:
        dribbling.settimeout(20)
        found = read_response(dribbling, limit=LIMIT)

    assert found.body == b"<rss/>"


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", b"no gzip at all"),
        ("gzip", gzip.compress(b"")[:10] + b"\xff" * 40),
        ("br", b"x"),
    ],
    ids=["no gzip", "broken", "brotli"],
)
def test_what_cannot_be_unpacked_is_a_broken_answer(coding: str, packed: bytes) -> None:
    """With its status: a server was there."""
    with pytest.raises(BrokenOffError) as caught:
        read(answer(f"Content-Encoding: {coding}", f"Content-Length: {len(packed)}", body=packed))

    assert caught.value.status == 200
    assert isinstance(caught.value.__cause__, UnpackError)


@pytest.mark.parametrize(
    "whole",
    [
        answer(body=b"x" * (LIMIT + 1)),
        answer("Content-Encoding: gzip", body=gzip.compress(bytes(LIMIT + 1))),
        answer("Content-Encoding: gzip", body=gzip.compress(b"") * LIMIT),
    ],
    ids=["plain", "unpacked", "of nothing"],
)
def test_what_is_too_large_is_broken_off(whole: bytes) -> None:
    """The limit is that of the unpacked body, and more than that is not read either."""
    with pytest.raises(BrokenOffError) as caught:
        read(whole)

    assert isinstance(caught.value.__cause__, TooLargeError)


def test_a_body_at_the_limit_is_read() -> None:
    """Not a byte less."""
    packed = gzip.compress(b"x" * LIMIT)

    assert len(read(answer("Content-Encoding: gzip", body=packed)).body) == LIMIT


@pytest.mark.parametrize(
    "whole",
    [
        b"",
        b"HTTP/1.1 20",
        b"SSH-2.0-OpenSSH\r\n",
        b"<html>not HTTP at all</html>",
        answer(status="103 Early Hints") * 20_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 60_000,
        answer("Upgrade: websocket", "Connection: Upgrade", status="101 Switching Protocols"),
    ],
    ids=["nothing", "half a line", "SSH", "HTML", "hints for ever", "an endless head", "upgrade"],
)
def test_what_is_no_answer_is_no_answer(whole: bytes) -> None:
    """It is over before any status is known."""
    with pytest.raises(NoHttpError):
        read(whole)


@pytest.mark.parametrize(
    "whole",
    [
        answer("Content-Length: 5000", body=b"<rss>"),
        answer("Transfer-Encoding: chunked", body=b"5\r\n<rs"),
        answer("Transfer-Encoding: chunked", body=b"nonsense\r\n"),
    ],
    ids=["short", "half a chunk", "no chunk"],
)
def test_a_body_that_breaks_off_is_told_from_a_whole_one(whole: bytes) -> None:
    """Its validators must not be kept."""
    with pytest.raises(BrokenOffError) as caught:
        read(whole)

    assert caught.value.status == 200


def test_of_an_error_page_only_the_head_counts() -> None:
    """It may be as large or as broken as it likes."""
    found = read(
        answer("Content-Length: 900000", "Retry-After: 60", status="503 Busy"), b"x" * 90_000
    )

    assert (found.status, found.body, found.is_open) == (503, b"", False)
    assert found.headers["retry-after"] == "60"
