"""Fetches one feed: a conditional GET with a deadline, a size limit and manners.

No cookies, no Referer, no retries; redirects are followed by hand, so that
every hop's address is checked and nothing said in confidence crosses hosts.
"""

import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from http import HTTPStatus
from socket import gaierror
from time import monotonic
from urllib.parse import SplitResult, quote, unquote, urldefrag, urljoin, urlsplit, urlunsplit

from aidigest.adapters.addresses import (
    Deadline,
    PrivateAddressError,
    Resolve,
    is_public,
    look_up,
)
from aidigest.adapters.connections import Connections, Lent, Place
from aidigest.adapters.exchange import (
    BrokenOffError,
    NoHttpError,
    Response,
    TooLargeError,
    UnpackError,
    read_response,
    written,
)
from aidigest.closing import Closing
from aidigest.core.feeds.feed import (
    Answer,
    Blocked,
    Failed,
    FetchRequest,
    FetchResult,
    Moved,
    Validators,
)
from aidigest.core.polling.answers import answer_of
from aidigest.settings import FetchSettings

_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_PORTS = {"http": 80, "https": 443}
#: An address is sent as it is stored, but for what no request line may hold.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json,"
    " application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_TROUBLES = (OSError, NoHttpError, ValueError)

_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (gaierror, "the host's name is not known"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionResetError, "connection reset"),
    (UnpackError, "the body cannot be unpacked"),
    (NoHttpError, "the answer broke off"),
)


class _RefusedError(Exception):
    """The address is none we visit."""


class HttpFetcher(Closing):
    """The Fetcher of the steps; safe to share between threads.

    Args:
        settings: Deadline, size limit, and whether private addresses are allowed.
        user_agent: Sent as it is, whatever the server thinks of it.
        resolve: Finds a name's addresses; the system's resolver if not given.
        tls: Whom to trust; the usual authorities if not given.
        is_allowed: Which IP addresses may be visited, where the settings do not allow all.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        user_agent: str,
        resolve: Resolve = look_up,
        tls: ssl.SSLContext | None = None,
        is_allowed: Callable[[str], bool] = is_public,
    ) -> None:
        self._settings = settings
        self._user_agent = user_agent
        allowed = (lambda _: True) if settings.allow_private else is_allowed
        self._connections = Connections(resolve=resolve, tls=tls, is_allowed=allowed)

    def close(self) -> None:
        """Break off what is under way and fetch no more."""
        self._connections.close()

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Make one GET, and answer with what came back, whatever it was."""
        deadline = Deadline(monotonic() + self._settings.timeout_s)
        try:
            return self._follow(request, deadline)
        except (PrivateAddressError, _RefusedError) as error:
            return Blocked(reason=str(error))
        except BrokenOffError as error:
            return Failed(reason=self._why(error.__cause__, deadline), status=error.status)
        except _TROUBLES as error:
            return Failed(reason=self._why(error, deadline))

    def _why(self, error: BaseException | None, deadline: Deadline) -> str:
        if isinstance(error, TooLargeError):
            return f"larger than {self._settings.max_bytes} bytes"
        if monotonic() >= deadline.at:
            return f"no whole answer within {self._settings.timeout_s:g} s"
        return _words(error)

    def _follow(self, request: FetchRequest, deadline: Deadline) -> FetchResult:
        url, moved_to, permanent, status = urldefrag(request.url).url, None, True, 0
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._get(url, request, deadline)
            status, location = response.status, _location(response.headers.get("location", ""))
            if status not in _REDIRECTS:
                answer = _answer(response, url, request)
                return Moved(url=moved_to, answer=answer) if moved_to else answer
            if not location:
                return Failed(reason=f"status {status} leads nowhere", status=status)
            url = urldefrag(urljoin(url, location)).url
            # Behind a temporary redirect, nothing is permanent for the address we know.
            permanent = permanent and status in _PERMANENT
            moved_to = url if permanent else moved_to
        return Failed(reason=f"more than {_MAX_REDIRECTS} redirects", status=status)

    def _get(self, url: str, request: FetchRequest, deadline: Deadline) -> Response:
        parts = _visitable(url)
        place = Place(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])
        known = _same_host(url, request.url)
        headers = self._headers(request if known else FetchRequest(url=url))
        with self._connections.lent(place, deadline) as lent:
            try:
                return self._exchange(lent, parts, headers)
            except (ConnectionError, NoHttpError):
                # A server may hang up on an idle connection at any moment; that is no answer.
                if not lent.is_used or lent.broken_off:
                    raise
        with self._connections.lent(place, deadline, anew=True) as lent:
            return self._exchange(lent, parts, headers)

    def _headers(self, request: FetchRequest) -> dict[str, str]:
        """Return all that is said; validators and passwords only to the feed's own host."""
        headers = {
            "User-Agent": self._user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip",
            "If-None-Match": request.validators.etag,
            "If-Modified-Since": request.validators.last_modified,
        }
        if "@" in request.url and (credentials := _credentials(request.url)):
            headers["Authorization"] = f"Basic {b64encode(credentials).decode()}"
        return {name: value for name, value in headers.items() if value}

    def _exchange(self, lent: Lent, parts: SplitResult, headers: Mapping[str, str]) -> Response:
        path = quote(urlunsplit(("", "", parts.path or "/", parts.query, "")), safe=_PRINTABLE)
        lent.sock.sendall(written(path, _host_header(parts), headers))
        response = read_response(lent.sock, limit=self._settings.max_bytes)
        # A body of unknown length ends when the connection does, even if we end it.
        is_cut = lent.broken_off or self._connections.is_closed
        if is_cut and response.status == HTTPStatus.OK:
            raise BrokenOffError(response.status) from TimeoutError("broken off")
        lent.may_be_kept = response.is_open
        return response


def _answer(response: Response, url: str, request: FetchRequest) -> Answer:
    return answer_of(
        response.status,
        response.headers,
        response.body,
        url=url,
        was_conditional=request.validators != Validators(),
    )


def _credentials(url: str) -> bytes:
    """Return name and password as RFC 7617 has them, or nothing."""
    return unquote(urlsplit(url).netloc.rpartition("@")[0]).encode()


def _host_header(parts: SplitResult) -> str:
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    return name if parts.port in {None, _PORTS[parts.scheme]} else f"{name}:{parts.port}"


def _visitable(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _RefusedError(f"not an http or https address: {url[:200]}")
    return parts


def _location(written: str) -> str:
    """Return where a redirect leads; what servers write as it is, in UTF-8, is escaped."""
    return quote(written.strip().encode("latin-1", errors="replace"), safe=_PRINTABLE)


def _same_host(url: str, origin: str) -> bool:
    """Say whether what *origin* may know can be told to *url*; never in clear text after TLS."""
    if url == origin:
        return True
    one, other = urlsplit(url), urlsplit(origin)
    same = (one.hostname, one.port) == (other.hostname, other.port)
    return same and one.scheme in {other.scheme, "https"}


def _words(error: BaseException | None) -> str:
    """Return what went wrong in words for people."""
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    words = (text for kinds, text in _WORDS if isinstance(error, kinds))
    return next(words, f"{type(error).__name__}: {error}")
