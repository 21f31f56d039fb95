"""One connection to a relay: a socket and the dialogue over it (core/delivery/dialogue.py)."""

import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from select import select

from aidigest.core.delivery.commands import Features, dot_stuffed
from aidigest.core.delivery.dialogue import Dialogue, Phase
from aidigest.core.delivery.parcels import Event, Parcel, Ready, Refused, Returned, Taken
from aidigest.errors import RelayError, Stage

#: Bytes read at a time; replies are short.
_CHUNK = 16 * 1024

_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How many seconds of silence end each step; RFC 5321, section 4.5.3.2."""

    greeting: float = 300  #: The connection too, and each step of the login.
    command: float = 300  #: MAIL, RCPT, RSET.
    data: float = 120  #: From DATA to the go-ahead.
    block: float = 180  #: To get the message out.
    dot: float = 600  #: From the final dot to the reply: a relay may be slow to be sure.
    quit: float = 5  #: All is said by then, so this is short of what the RFC grants.

    def of(self, phase: Phase) -> float | None:
        """Return how long to wait in that phase; None where it is not the relay's turn."""
        return {
            Phase.COMMAND: self.command,
            Phase.DATA: self.data,
            Phase.BLOCK: self.block,
            Phase.DOT: self.dot,
        }.get(phase)


#: Waiting as long as the standard asks for.
RFC_5321 = Timeouts()
#: What a person waits who tries a relay: some greet late, to see who cannot wait, but in seconds.
PATIENCE_S = 60.0


class SmtpSession:
    """An open connection to the relay, good for any number of messages until it breaks.

    It never blocks, but in `send`: `write` and `read` do what can be written and read now.

    Args:
        client: Logged in already.
        connection: Its socket.
        timeouts: When silence has lasted too long.
    """

    def __init__(self, client: smtplib.SMTP, connection: socket.socket, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        self._socket = connection
        self.number = self._socket.fileno()  #: Known still when the socket is closed.
        self.watched = 0  #: What a selector watches it for.
        self._socket.setblocking(False)
        # Body and dot are two writes; the second must not wait until the first is acknowledged.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.dialogue = Dialogue(
            Features(
                pipelining=client.has_extn("pipelining"),
                size=client.has_extn("size"),
                eight_bit=client.has_extn("8bitmime"),
            )
        )
        self._phase = Phase.IDLE
        self._silent_since = time.monotonic()

    def fileno(self) -> int:
        """Return the socket's number, for select and its kin."""
        return self._socket.fileno()

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read along."""
        return isinstance(self._socket, ssl.SSLSocket)

    @property
    def wants_to_write(self) -> bool:
        """Whether there is something that could not be written yet."""
        return bool(self.dialogue.outgoing)

    def begin(self, parcel: Parcel) -> list[Event]:
        """Take one more message; there must be room."""
        return self.dialogue.begin(parcel) + self.write()

    def release(self) -> list[Event]:
        """Send the final dot of the message that is ready."""
        self.dialogue.release()
        return self.write()

    def write(self) -> list[Event]:
        """Write what can be written now."""
        outgoing = self.dialogue.outgoing
        try:
            while outgoing:
                data = outgoing[0] if len(outgoing) == 1 else b"".join(outgoing)
                written = self._socket.send(data)
                self._silent_since = time.monotonic()
                outgoing.clear()
                if written < len(data):
                    outgoing.append(data[written:])
        except _WOULD_BLOCK:
            return []
        except OSError as error:
            return self._lose(str(error))
        return self.dialogue.written()

    def read(self) -> list[Event]:
        """Read what has come, and write what that calls for."""
        events: list[Event] = []
        try:
            while not self.dialogue.is_over:
                data = self._socket.recv(_CHUNK)
                if not data:
                    return events + self._lose("the relay hung up")
                self._silent_since = time.monotonic()
                events += self.dialogue.receive(data)
                if len(data) < _CHUNK and not isinstance(self._socket, ssl.SSLSocket):
                    break
        except _WOULD_BLOCK:
            pass
        except OSError as error:
            return events + self._lose(str(error))
        if self.dialogue.is_over:
            self._client.close()
        return events + (self.write() if self.wants_to_write else self.dialogue.written())

    def check_time(self) -> list[Event]:
        """Hang up if the relay has been silent for too long."""
        phase = self.dialogue.phase
        if phase is not self._phase:
            self._phase, self._silent_since = phase, time.monotonic()
        limit = self._timeouts.of(phase)
        if limit is None or time.monotonic() - self._silent_since <= limit:
            return []
        return self._lose("timed out")

    def hang_up(self) -> list[Event]:
        """Break off, in the middle of a message if need be; what was not offered is returned."""
        events = self.dialogue.break_off()
        self._client.close()
        return events

    def say_goodbye(self) -> None:
        """QUIT, where nothing is under way, and close."""
        if not self.dialogue.is_over and self.dialogue.phase is Phase.IDLE:
            self._socket.settimeout(self._timeouts.quit)
            with suppress(OSError):
                self._socket.sendall(b"QUIT\r\n")
        self.hang_up()

    def send(
        self, *, sender: str, recipient: str, message: bytes, on_offer: Callable[[], None]
    ) -> tuple[int, str]:
        """Hand over one message and wait; call *on_offer* when only the final dot is missing.

        Returns:
            The relay's reply to the message: its 2yz code and its text.

        Raises:
            RecipientError: The relay refused this address, or this message to it.
            RelayError: The connection is lost, or the relay refused the sender.
            UnansweredError: All was offered, and no reply, or none that makes
                sense, came back.
        """
        address = parseaddr(sender)[1]
        parcel = Parcel(id=0, sender=address, recipient=recipient, body=dot_stuffed(message))
        events = self.begin(parcel)
        while True:
            for event in events:
                match event:
                    case Ready():
                        events = self._offer(on_offer)
                        break
                    case Taken(code=code, reply=reply):
                        return code, reply
                    case Refused(error=error):
                        raise error
                    case Returned():
                        raise RelayError("the connection was lost", stage=Stage.MAIL)
            else:
                events = self._wait()

    def _offer(self, on_offer: Callable[[], None]) -> list[Event]:
        try:
            on_offer()
        except BaseException:
            # No word may follow: QUIT would be read as a line of the message.
            self.hang_up()
            raise
        return self.release()

    def _wait(self) -> list[Event]:
        readable, writable, _ = select([self], [self] if self.wants_to_write else [], [], 0.1)
        events = self.write() if writable else []
        return events + (self.read() if readable else []) + self.check_time()

    def _lose(self, why: str) -> list[Event]:
        events = self.dialogue.lose(why)
        self._client.close()
        return events
