"""Fetches one feed: a conditional GET with a deadline, a size limit and manners.

No cookies, no Referer, no retries; redirects are followed by hand, so that
every hop's address is checked and nothing said in confidence crosses hosts.
"""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPException
from socket import SHUT_RDWR, gaierror, socket
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urldefrag, urljoin, urlsplit, urlunsplit

import certifi
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError
from urllib3.util import make_headers
from urllib3.util.url import parse_url

from aidigest.adapters.addresses import Deadline, PrivateAddressError, Resolve, dial, look_up
from aidigest.adapters.watchdog import Watchdog
from aidigest.core.answers import answer_of
from aidigest.core.feeds import (
    Answer,
    Blocked,
    Failed,
    FetchRequest,
    FetchResult,
    Moved,
    Validators,
)
from aidigest.settings import FetchSettings

_MAX_REDIRECTS = 5
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_PORTS = {"http": 80, "https": 443}
#: An address is sent as it is stored, but for what no request line may hold.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json,"
    " application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)

_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (gaierror, "the host's name is not known"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionResetError, "connection reset"),
    (DecodeError, "the body cannot be unpacked"),
    ((ProtocolError, HTTPException), "the answer broke off"),
)


class _RefusedError(Exception):
    """The address is none we visit."""


class _TooLargeError(Exception):
    """The decoded body passes the limit."""


class _BrokenOffError(Exception):
    """An answer began, and its body never came whole."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class HttpFetcher:
    """The Fetcher of the steps; safe to share between threads.

    Args:
        settings: Deadline, size limit, and whether private addresses are allowed.
        user_agent: Sent as it is, whatever the server thinks of it.
        resolve: Finds a name's addresses; the system's resolver if not given.
        tls: Whom to trust; the usual authorities if not given.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        user_agent: str,
        resolve: Resolve = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._user_agent = user_agent
        self._resolve = resolve
        self._given_tls = tls
        self._watchdog = Watchdog()
        self._open: set[socket] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Break off what is under way and fetch no more."""
        with self._lock:
            self._closed = True
            for sock in self._open:
                _shut(sock)
        self._watchdog.close()

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Make one GET, and answer with what came back, whatever it was."""
        deadline = Deadline(monotonic() + self._settings.timeout_s)
        try:
            return self._follow(request, deadline)
        except (PrivateAddressError, _RefusedError) as error:
            return Blocked(reason=str(error))
        except _BrokenOffError as error:
            return Failed(reason=self._why(error.__cause__, deadline), status=error.status)
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            return Failed(reason=self._why(error, deadline))

    def _why(self, error: BaseException | None, deadline: Deadline) -> str:
        if isinstance(error, _TooLargeError):
            return f"larger than {self._settings.max_bytes} bytes"
        if monotonic() >= deadline.at:
            return f"no whole answer within {self._settings.timeout_s:g} s"
        return _words(error)

    def _follow(self, request: FetchRequest, deadline: Deadline) -> FetchResult:
        url, moved_to, permanent, status = urldefrag(request.url).url, None, True, 0
        for _ in range(_MAX_REDIRECTS + 1):
            known = _same_host(url, request.url)
            headers = self._in_confidence(request) if known else {}
            with self._get(url, headers, deadline) as (response, broken_off):
                if response.status not in _REDIRECTS:
                    answer = self._answer(response, url, request, broken_off)
                    return Moved(url=moved_to, answer=answer) if moved_to else answer
                status, location = response.status, response.headers.get("location", "")
            if not location:
                return Failed(reason=f"status {status} leads nowhere", status=status)
            url = urldefrag(urljoin(url, location)).url
            # Behind a temporary redirect, nothing is permanent for the address we know.
            permanent = permanent and status in _PERMANENT
            moved_to = url if permanent else moved_to
        return Failed(reason=f"more than {_MAX_REDIRECTS} redirects", status=status)

    def _in_confidence(self, request: FetchRequest) -> dict[str, str]:
        """Return what only the feed's own host is told."""
        headers = {
            "If-None-Match": request.validators.etag,
            "If-Modified-Since": request.validators.last_modified,
        }
        if credentials := parse_url(request.url).auth:
            headers |= make_headers(basic_auth=unquote(credentials))
        return {name: value for name, value in headers.items() if value}

    @contextmanager
    def _get(
        self, url: str, headers: Mapping[str, str], deadline: Deadline
    ) -> Iterator[tuple[HTTPResponse, threading.Event]]:
        parts = _visitable(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        sock = dial(
            host,
            port,
            deadline=deadline,
            allow_private=self._settings.allow_private,
            resolve=self._resolve,
        )
        try:
            if parts.scheme == "https":
                sock = self._tls.wrap_socket(sock, server_hostname=host)
            with self._watched(sock, deadline) as broken_off:
                response = self._ask(sock, parts, headers, deadline)
                with closing(response):
                    yield response, broken_off
        finally:
            sock.close()

    @contextmanager
    def _watched(self, sock: socket, deadline: Deadline) -> Iterator[threading.Event]:
        """Shut the socket down at the deadline, however slowly bytes drip in."""
        broken_off = threading.Event()

        def break_off() -> None:
            broken_off.set()
            _shut(sock)

        with self._lock:
            if self._closed:
                raise OSError("the fetcher is closed")
            self._open.add(sock)
        try:
            with self._watchdog.watching(deadline.at, break_off):
                yield broken_off
        finally:
            with self._lock:
                self._open.discard(sock)

    def _ask(
        self, sock: socket, parts: SplitResult, headers: Mapping[str, str], deadline: Deadline
    ) -> HTTPResponse:
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=deadline.left_s())
        connection.sock = sock
        connection.request(
            "GET",
            quote(urlunsplit(("", "", parts.path or "/", parts.query, "")), safe=_PRINTABLE),
            headers={
                "User-Agent": self._user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": "gzip",
                "Connection": "close",
                **headers,
            },
            preload_content=False,
        )
        return connection.getresponse()

    def _answer(
        self, response: HTTPResponse, url: str, request: FetchRequest, broken_off: threading.Event
    ) -> Answer:
        headers = {
            name.lower(): value for name, value in response.headers.items() if value.isprintable()
        }
        body = self._body(response, broken_off) if response.status == HTTPStatus.OK else b""
        return answer_of(
            response.status,
            headers,
            body,
            url=url,
            was_conditional=request.validators != Validators(),
        )

    def _body(self, response: HTTPResponse, broken_off: threading.Event) -> bytes:
        body = bytearray()
        try:
            while chunk := response.read(_CHUNK):
                body += chunk
                if len(body) > self._settings.max_bytes:
                    raise _TooLargeError  # noqa: TRY301 - Said once, below.
            # A body of unknown length ends when the connection does, even if we end it.
            if broken_off.is_set() or self._closed:
                raise TimeoutError("broken off")
        except (OSError, HTTPError, HTTPException, ValueError, _TooLargeError) as error:
            raise _BrokenOffError(response.status) from error
        return bytes(body)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context(cafile=certifi.where())


def _visitable(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _RefusedError(f"not an http or https address: {url[:200]}")
    return parts


def _same_host(url: str, origin: str) -> bool:
    """Say whether what *origin* may know can be told to *url*; never in clear text after TLS."""
    one, other = urlsplit(url), urlsplit(origin)
    same = (one.hostname, one.port) == (other.hostname, other.port)
    return same and one.scheme in {other.scheme, "https"}


def _shut(sock: socket) -> None:
    with suppress(OSError):  # It is closed already.
        sock.shutdown(SHUT_RDWR)


def _words(error: BaseException | None) -> str:
    """Return what went wrong in words for people."""
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    words = (text for kinds, text in _WORDS if isinstance(error, kinds))
    return next(words, f"{type(error).__name__}: {error}")
