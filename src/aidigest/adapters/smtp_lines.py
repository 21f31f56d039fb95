"""Many connections to one relay or several, all waited for at once in one thread.

Connections are opened in threads of their own, since greeting, encryption and
login may each take a relay its time; from then on nothing blocks.
"""

import queue
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aidigest.adapters.smtp import SmtpMailer
from aidigest.adapters.smtp_session import SmtpSession
from aidigest.closing import Closing
from aidigest.core.delivery.deliveries import Delivery
from aidigest.core.delivery.dialogue import Phase
from aidigest.core.delivery.parcels import Event, Parcel, Ready, Unreachable
from aidigest.core.messages.message import Message
from aidigest.errors import MailError, RelayError

#: Seconds between two looks at the clocks of all connections.
_CHECK_EVERY_S = 0.5

#: For so many seconds `wait` hears what else happens, and for that share of the time that its
#: caller took over the last events: a slow ledger is to get more of them at a time.
_HEARS_S = 0.004
_SHARE = 0.25

#: A relay that greets slowly does so for each step, so the steps grow fast; the first is one
#: connection, which tells whether the relay can be used at all.
_GROWTH = 4

#: So many connections of a relay are being opened at a time, at most.
_OPENERS = 64


@dataclass(slots=True, kw_only=True, eq=False)
class _Route:
    """A relay and its connections."""

    name: str
    mailer: SmtpMailer
    limit: int
    sessions: set[SmtpSession] = field(default_factory=set)
    #: Sessions that take another message, once for each that they take; idle ones first.
    free: deque[SmtpSession] = field(default_factory=deque)
    opening: int = 0
    has_failed: bool = False  #: Opening failed, so no more are tried in this run.

    @property
    def is_usable(self) -> bool:
        return bool(self.sessions or self.opening) or not self.has_failed


def _opened(route: _Route) -> SmtpSession | MailError:
    """Connect; whatever happens, something comes back, or the run would wait for it for ever."""
    try:
        return route.mailer.connect()
    except MailError as error:
        return error
    except Exception as error:  # noqa: BLE001 - Nobody else would hear of it in this thread.
        failed = RelayError(f"{route.name} cannot be used: {type(error).__name__}: {error}")
        failed.__cause__ = error
        return failed


class SmtpLines(Closing):
    """Lines of steps/ports.py.

    Args:
        mailers: The relays, each with how many connections it may have.
    """

    def __init__(self, mailers: Sequence[tuple[SmtpMailer, int]]) -> None:
        self._routes = {
            str(mailer.relay): _Route(name=str(mailer.relay), mailer=mailer, limit=limit)
            for mailer, limit in mailers
        }
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._opened: queue.SimpleQueue[tuple[_Route, SmtpSession | MailError]] = (
            queue.SimpleQueue()
        )
        self._holders: dict[int, SmtpSession] = {}
        self._owners: dict[SmtpSession, _Route] = {}
        self._events: list[Event | Unreachable] = []
        self._checked_at = self._left_at = time.monotonic()
        self._is_breaking_off = False
        self._closed = threading.Event()
        self._handover = threading.Lock()  #: Of a connection, which must not fall between two.

    def relays(self) -> Sequence[str]:
        """Return the names of the relays that can be used, or may be."""
        return [name for name, route in self._routes.items() if route.is_usable]

    def room(self, relay: str) -> int:
        """Return how many more messages its open connections take now."""
        return len(self._routes[relay].free)

    def widen(self, relay: str) -> None:
        """Begin to open several times as many connections as there are, if there may be more."""
        route = self._routes[relay]
        if route.opening or not route.is_usable or self._is_breaking_off:
            return
        wanted = max(_GROWTH * len(route.sessions), 1)
        more = min(wanted, route.limit - len(route.sessions), _OPENERS)
        for _ in range(more):
            threading.Thread(target=self._open, args=[route], daemon=True).start()
            route.opening += 1

    def give(self, relay: str, delivery: Delivery, message: Message) -> None:
        """Begin to hand over a message; there must be room."""
        route = self._routes[relay]
        session = route.free.popleft()
        self._holders[delivery.id] = session
        parcel = Parcel(
            id=delivery.id,
            sender=message.sender,
            recipient=delivery.address,
            body=message.content,
        )
        self._note(session, session.begin(parcel))

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Send the final dots of messages that were reported as ready."""
        for number in delivery_ids:
            session = self._holders.get(number)
            if session is not None:
                self._note(session, session.release())

    def wait(self, seconds: float) -> list[Event | Unreachable]:
        """Return what has happened, as soon as anything has, or nothing after so long.

        What happens meanwhile is heard as well, so that a round on the ledger
        carries many events. But not all is waited for: connections that once answered
        at the same moment would do so for ever, and keep each other waiting.
        """
        hears_s = max(_HEARS_S, _SHARE * (time.monotonic() - self._left_at))
        ready = self._selector.select(0 if self._events else seconds)
        until = time.monotonic() + hears_s
        while ready and time.monotonic() < until:
            self._attend(ready, until)
            ready = self._selector.select(0)
        self._left_at = time.monotonic()
        if self._left_at - self._checked_at > _CHECK_EVERY_S:
            self._check_times()
        events, self._events = self._events, []
        return events

    def break_off(self) -> None:
        """Hang up wherever no reply to a final dot is outstanding, now and from now on."""
        self._is_breaking_off = True
        for session in list(self._owners):
            self._note(session, [])

    def close(self) -> None:
        """Say goodbye on every connection."""
        with self._handover:
            self._closed.set()
        while not self._opened.empty():
            _, opened = self._opened.get()
            if isinstance(opened, SmtpSession):
                opened.say_goodbye()
        for session in list(self._owners):
            session.say_goodbye()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _open(self, route: _Route) -> None:
        session = _opened(route)
        with self._handover:
            is_too_late = self._closed.is_set()
            if not is_too_late:
                self._opened.put((route, session))
        if is_too_late:
            if isinstance(session, SmtpSession):
                session.say_goodbye()
            return
        with suppress(OSError):  # The run may have ended meanwhile.
            self._waker.send(b".")

    def _adopt(self) -> None:
        """Take over the connections that were opened meanwhile."""
        self._woken.recv(1024)
        while not self._opened.empty():
            route, session = self._opened.get()
            route.opening -= 1
            if isinstance(session, SmtpSession):
                route.sessions.add(session)
                route.free.appendleft(session)
                route.free.append(session)
                self._owners[session] = route
                self._selector.register(session, selectors.EVENT_READ, session)
                self._note(session, [])
            elif route.sessions:
                # It grants us these and no more.
                route.limit = len(route.sessions)
            elif not route.opening:
                route.has_failed = True
                self._events.append(Unreachable(route.name, session))

    def _attend(self, ready: Sequence[tuple[selectors.SelectorKey, int]], until: float) -> None:
        """Serve those that are ready; whom time does not suffice for is ready still."""
        for key, mask in ready:
            if key.data is None:
                self._adopt()
            else:
                self._serve(key.data, mask)
            if time.monotonic() > until:
                return

    def _serve(self, session: SmtpSession, mask: int) -> None:
        events = session.write() if mask & selectors.EVENT_WRITE else []
        if mask & selectors.EVENT_READ:
            events = events + session.read()
        self._note(session, events)

    def _note(self, session: SmtpSession, events: Sequence[Event]) -> None:
        """Keep the events, and mind what the session can do now."""
        if session not in self._owners:
            return
        if self._is_breaking_off and session.dialogue.phase is not Phase.DOT:
            events = [*events, *session.hang_up()]
        self._events += events
        for event in events:
            if not isinstance(event, Ready):
                self._holders.pop(event.id, None)
                self._free(session)
        if session.dialogue.is_over:
            self._forget(session)
        else:
            self._watch(session)

    def _free(self, session: SmtpSession) -> None:
        free = self._owners[session].free
        if session.dialogue.phase is Phase.IDLE:
            free.appendleft(session)
        else:
            free.append(session)

    def _watch(self, session: SmtpSession) -> None:
        mask = selectors.EVENT_READ
        if session.wants_to_write:
            mask |= selectors.EVENT_WRITE
        if session.watched != mask:
            session.watched = mask
            self._selector.modify(session, mask, session)

    def _forget(self, session: SmtpSession) -> None:
        route = self._owners.pop(session)
        route.sessions.discard(session)
        route.free = deque(one for one in route.free if one is not session)
        self._selector.unregister(session.number)

    def _check_times(self) -> None:
        self._checked_at = time.monotonic()
        for session in list(self._owners):
            events = session.check_time()
            if events or session.dialogue.is_over:
                self._note(session, events)
