"""One exchange of HTTP/1.1 on a connection: a GET is written, and its answer read within limits.

httptools, the parser of Node.js, finds where head, chunks and body begin and
end; what may be read, how much, and whether the connection can serve again is
decided here.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from socket import socket

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

_CHUNK = 64 * 1024
#: No server has so much to say before its body.
_LONGEST_HEAD = 256 * 1024
#: Of a body that is not wanted, so much is read to be able to use the connection again.
_TIDY = 64 * 1024
#: For zlib: with the head of gzip or of zlib.
_EITHER_KIND = zlib.MAX_WBITS | 32
_BYTES_OF_A_KIND = 2
_UNPACKED = frozenset({"gzip", "x-gzip", "deflate"})
#: Nobody asked for these. Any other word packs nothing: servers say `utf-8` and `none`.
_NOT_UNPACKED = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
#: What old scripts get wrong, and every browser forgives.
_FORGIVEN = {
    "lenient_headers": True,
    "lenient_chunked_length": True,
    "lenient_transfer_encoding": True,
    "lenient_data_after_close": True,
    "lenient_optional_lf_after_cr": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_optional_crlf_after_chunk": True,
    "lenient_spaces_after_chunk_size": True,
}


class NoHttpError(Exception):
    """What came is no answer, or breaks off before its head is over."""


class UnpackError(Exception):
    """The body is packed in a way that cannot be undone."""


class TooLargeError(Exception):
    """The body, unpacked, passes the limit."""


class BrokenOffError(Exception):
    """An answer began, and its body never came whole; the cause says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What one request brought."""

    status: int
    headers: dict[str, str]  #: Names in lower case.
    body: bytes  #: Unpacked; read only of a 200, which may be a feed.
    is_open: bool  #: Whether the connection can serve another request.


def written(target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """Return a GET as it goes over the wire.

    Args:
        target: Path and query, escaped.
        host: As the Host header has it.
        headers: The others.

    Raises:
        ValueError: A header holds what would end it.
    """
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if not all(map(str.isprintable, lines)):
        raise ValueError("a header of the request holds a control character")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def read_response(sock: socket, *, limit: int) -> Response:
    """Read the answer to a GET.

    Args:
        sock: Blocking; whoever watches the deadline shuts it down.
        limit: Of the unpacked body, in bytes.

    Raises:
        NoHttpError, OSError: No head came.
        BrokenOffError: It did, and the body did not come whole; or is larger
            than the limit, or cannot be unpacked.
    """
    answer = _Answer(limit)
    try:
        while not answer.is_over:
            answer.feed(sock.recv(_CHUNK))
    except (NoHttpError, TooLargeError, UnpackError, OSError) as error:
        if answer.is_wanted:
            raise BrokenOffError(answer.status) from error
        if not answer.has_head:
            raise
    finally:
        answer.let_go()
    return Response(
        status=answer.status,
        headers=answer.headers,
        body=bytes(answer.body) if answer.is_wanted else b"",
        is_open=answer.is_over and answer.keeps_open,
    )


class _Answer:
    """An answer as it comes; httptools calls the methods named on_..."""

    def __init__(self, limit: int) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.has_head = False
        self.is_over = False
        self.keeps_open = False
        self._limit = limit
        self._came = 0
        self._parts: list[bytes] = []
        self._unpacker: _Unpacker | None = None
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_FORGIVEN)

    @property
    def is_wanted(self) -> bool:
        """Whether its body may be a feed."""
        return self.has_head and self.status == HTTPStatus.OK

    def let_go(self) -> None:
        """Let go of the parser, which holds this: bodies must not wait for the collector."""
        del self._parser

    def feed(self, data: bytes) -> None:
        """Read on; no data means that the server has hung up."""
        if not data:
            self._end()
            return
        self._came += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.is_over:
                raise NoHttpError(f"this is no HTTP: {error}") from error
            self.keeps_open = False  # Something follows that nobody asked for.
        if not self.has_head and self._came > _LONGEST_HEAD:
            raise NoHttpError("its head has no end")
        if self._parts:
            self._add(b"".join(self._parts))
            self._parts.clear()

    def on_message_begin(self) -> None:
        """Forget the head of an interim answer; a second answer is none of ours."""
        if self.is_over:
            raise NoHttpError("more than one answer")
        self.headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header of the head; what follows a body is not read."""
        known, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if self.has_head or not text.isprintable():
            return
        if known == "cache-control" and known in self.headers:
            text = f"{self.headers[known]}, {text}"
        self.headers[known] = text

    def on_headers_complete(self) -> None:
        """Look what answer it is; 100 to 199 announce one."""
        self.status = self._parser.get_status_code()
        self.has_head = self.status >= HTTPStatus.OK

    def on_body(self, data: bytes) -> None:
        """Keep a part, packed as it is."""
        if not self.is_over:
            self._parts.append(data)

    def on_message_complete(self) -> None:
        """Note that all is there."""
        self.is_over = self.has_head
        self.keeps_open = self._parser.should_keep_alive()

    def _end(self) -> None:
        """Take the end of the connection for the end of the body, where nothing else tells it."""
        chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        if not self.has_head or chunked or "content-length" in self.headers:
            raise NoHttpError("the answer broke off")
        self.is_over = True

    def _add(self, data: bytes) -> None:
        room = (self._limit if self.is_wanted else _TIDY) - len(self.body)
        if self.is_wanted:
            data = self._unpacked(data, room + 1)
        if len(data) > room or self._came > self._limit + _LONGEST_HEAD:
            raise TooLargeError
        self.body += data

    def _unpacked(self, data: bytes, most: int) -> bytes:
        coding = self.headers.get("content-encoding", "").lower().rpartition(",")[2].strip()
        if coding in _NOT_UNPACKED:
            raise UnpackError(f"packed as {coding}, which nobody asked for")
        if coding not in _UNPACKED:
            return data
        self._unpacker = self._unpacker or _Unpacker()
        return self._unpacker.unpack(data, most)


class _Unpacker:
    """Undoes gzip and deflate (RFC 9110, section 8.4.1)."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_EITHER_KIND)
        self._has_begun = False
        self._held = b""
        self._members = 0

    def unpack(self, data: bytes, most: int) -> bytes:
        """Return what a part unpacks to; of a larger one no more than that."""
        plain = bytearray()
        if not self._has_begun:
            # Two bytes tell the kinds apart, and may come one by one.
            data = self._held + data
            if len(data) < _BYTES_OF_A_KIND:
                self._held = data
                return b""
        while data and len(plain) < most:
            plain += self._step(data, most - len(plain))
            data = self._zlib.unused_data
            if self._zlib.eof:  # A gzip file may have several members.
                self._zlib = zlib.decompressobj(_EITHER_KIND)
                self._members += 1
        return bytes(plain)

    def _step(self, data: bytes, most: int) -> bytes:
        try:
            plain = self._zlib.decompress(data, most)
        except zlib.error as error:
            if self._members:  # Junk after the end harms nobody.
                self._zlib = zlib.decompressobj(_EITHER_KIND)
                return b""
            if self._has_begun:
                raise UnpackError(str(error)) from error
            plain = self._as_bare_deflate(data, most)
        self._has_begun = True
        return plain

    def _as_bare_deflate(self, data: bytes, most: int) -> bytes:
        # Some servers leave out the header that "deflate" should have.
        self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._zlib.decompress(data, most)
        except zlib.error as error:
            raise UnpackError(str(error)) from error
