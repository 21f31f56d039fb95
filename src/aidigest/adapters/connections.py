"""Connections to web servers: dialled with care, watched, and used again for the next feed.

A site's feeds are asked for one after another, so one idle connection for each
server is all that is kept; it saves the server a handshake for every feed.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from socket import SHUT_RDWR, socket
from time import monotonic

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection

from aidigest.adapters.addresses import Deadline, Resolve, dial, is_public, look_up
from aidigest.adapters.watchdog import Watchdog

#: Servers hang up on idle connections after a while; so do we, before they do.
_IDLE_S = 4.0
_MOST_IDLE = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is."""

    scheme: str  #: http or https.
    host: str
    port: int


@dataclass(slots=True, kw_only=True)
class Lent:
    """A connection for one exchange."""

    http: HTTPConnection
    is_used: bool  #: It served an exchange before; its server may have hung up since.
    may_be_kept: bool = False  #: To be set once an answer has been read to its end.
    broken_off: threading.Event = field(default_factory=threading.Event)  #: By the deadline.


class Connections:
    """Lends connections to threads.

    Args:
        resolve: Finds a name's addresses; the system's resolver if not given.
        tls: Whom to trust; the usual authorities if not given.
        is_allowed: Which IP addresses may be dialled; public ones if not given.
    """

    def __init__(
        self,
        *,
        resolve: Resolve = look_up,
        tls: ssl.SSLContext | None = None,
        is_allowed: Callable[[str], bool] = is_public,
    ) -> None:
        self._resolve = resolve
        self._given_tls = tls
        self._is_allowed = is_allowed
        self._watchdog = Watchdog()
        self._idle: dict[Place, tuple[HTTPConnection, float]] = {}
        self._open: set[socket] = set()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing is lent any more."""
        return self._closed

    def close(self) -> None:
        """Break off what is under way and lend no more."""
        with self._lock:
            self._closed = True
            for sock in self._open:
                _shut(sock)
            idle, self._idle = [http for http, _ in self._idle.values()], {}
        for http in idle:
            http.close()
        self._watchdog.close()

    @contextmanager
    def lent(self, place: Place, deadline: Deadline, *, anew: bool = False) -> Iterator[Lent]:
        """Lend a connection until the block ends; at the deadline it is shut down.

        Args:
            place: The server's.
            deadline: For all that happens on it.
            anew: Take none that was used before.

        Raises:
            PrivateAddressError: The server is at an address that may not be visited.
            OSError: It cannot be reached, or we are closed.
        """
        http = None if anew else self._kept(place)
        lent = Lent(http=http or self._dialled(place, deadline), is_used=http is not None)
        try:
            with self._watched(lent, deadline):
                yield lent
        finally:
            if not (lent.may_be_kept and self._keep(place, lent)):
                lent.http.close()

    def _dialled(self, place: Place, deadline: Deadline) -> HTTPConnection:
        sock = dial(
            place.host,
            place.port,
            deadline=deadline,
            is_allowed=self._is_allowed,
            resolve=self._resolve,
        )
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        http = kind(place.host, place.port, timeout=deadline.left_s())
        try:
            if place.scheme == "https":
                sock = self._tls.wrap_socket(sock, server_hostname=place.host)
        except BaseException:
            sock.close()
            raise
        http.sock = sock
        return http

    @contextmanager
    def _watched(self, lent: Lent, deadline: Deadline) -> Iterator[None]:
        sock = lent.http.sock

        def break_off() -> None:
            lent.broken_off.set()
            _shut(sock)

        sock.settimeout(deadline.left_s())
        with self._lock:
            if self._closed:
                raise OSError("the fetcher is closed")
            self._open.add(sock)
        try:
            with self._watchdog.watching(deadline.at, break_off):
                yield
        finally:
            with self._lock:
                self._open.discard(sock)

    def _kept(self, place: Place) -> HTTPConnection | None:
        with self._lock:
            http, since = self._idle.pop(place, (None, 0.0))
        if http is not None and monotonic() - since > _IDLE_S:
            http.close()
            return None
        return http

    def _keep(self, place: Place, lent: Lent) -> bool:
        with self._lock:
            is_kept = (
                not self._closed
                and not lent.broken_off.is_set()
                and place not in self._idle
                and len(self._idle) < _MOST_IDLE
            )
            if is_kept:
                self._idle[place] = (lent.http, monotonic())
            return is_kept

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context(cafile=certifi.where())


def _shut(sock: socket) -> None:
    with suppress(OSError):  # It is closed already.
        sock.shutdown(SHUT_RDWR)
