"""Connections to web servers: dialled with care, watched, and used again for the next feed.

A site's feeds are asked for one after another, so one idle connection for each
server is all that is kept; it saves the server a handshake for every feed.
"""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from socket import SHUT_RDWR, socket
from time import monotonic

import certifi

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

    sock: socket  #: Blocking: at the deadline it is shut down.
    is_used: bool  #: It served an exchange before; its server may have hung up since.
    may_be_kept: bool = False  #: To be set once an answer has been read to its end.
    broken_off: bool = False  #: By the deadline.


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
        self._idle: dict[Place, tuple[socket, float]] = {}
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
            idle, self._idle = [sock for sock, _ in self._idle.values()], {}
        for sock in idle:
            sock.close()
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
        sock = None if anew else self._kept(place)
        lent = Lent(sock=sock or self._dialled(place, deadline), is_used=sock is not None)
        number = self._begin(lent, deadline)
        try:
            yield lent
        finally:
            self._watchdog.forget(number)
            if not self._kept_for_later(place, lent):
                lent.sock.close()

    def _dialled(self, place: Place, deadline: Deadline) -> socket:
        sock = dial(
            place.host,
            place.port,
            deadline=deadline,
            is_allowed=self._is_allowed,
            resolve=self._resolve,
        )
        try:
            if place.scheme == "https":
                sock.settimeout(deadline.left_s())
                sock = self._tls.wrap_socket(sock, server_hostname=place.host)
            # From now on the watchdog minds the time, and each read is one call less.
            sock.settimeout(None)
        except BaseException:
            sock.close()
            raise
        return sock

    def _begin(self, lent: Lent, deadline: Deadline) -> int:
        """Note that a connection is in use; return its number at the watchdog."""

        def break_off() -> None:
            lent.broken_off = True
            _shut(lent.sock)

        with self._lock:
            if self._closed:
                lent.sock.close()
                raise OSError("the fetcher is closed")
            self._open.add(lent.sock)
        return self._watchdog.watch(deadline.at, break_off)

    def _kept(self, place: Place) -> socket | None:
        with self._lock:
            sock, since = self._idle.pop(place, (None, 0.0))
        if sock is not None and monotonic() - since > _IDLE_S:
            sock.close()
            return None
        return sock

    def _kept_for_later(self, place: Place, lent: Lent) -> bool:
        with self._lock:
            self._open.discard(lent.sock)
            is_kept = (
                lent.may_be_kept
                and not self._closed
                and not lent.broken_off
                and place not in self._idle
                and len(self._idle) < _MOST_IDLE
            )
            if is_kept:
                self._idle[place] = (lent.sock, monotonic())
            return is_kept

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or ssl.create_default_context(cafile=certifi.where())


def _shut(sock: socket) -> None:
    with suppress(OSError):  # It is closed already.
        # An SSLSocket's own shutdown would take away what another thread is reading with.
        socket.shutdown(sock, SHUT_RDWR)
