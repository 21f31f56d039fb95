"""A relay that remembers every copy it takes, and misbehaves on request."""

import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: What a relay may do instead of answering a final dot with 250.
Answer = str | None

HANG_UP = "hang up"  #: Take the message, then drop the connection without a word.
SILENCE = "silence"  #: Take the message, then say nothing until the sender gives up.


class RecordingRelay(socketserver.ThreadingTCPServer):
    """Takes mail on loopback and counts the copies for each recipient.

    Args:
        pipelining: Whether it offers to take commands ahead.
        at_rcpt: Asked for each recipient; a reply other than None is given in place of 250.
        at_dot: Asked for each message, once it is counted; HANG_UP and SILENCE are done.
        address: Where it listens.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        *,
        pipelining: bool = True,
        at_rcpt: Callable[[str], Answer] = lambda _recipient: None,
        at_dot: Callable[[str], Answer] = lambda _recipient: None,
        address: str = "127.0.0.1",
    ) -> None:
        super().__init__((address, 0), _Talk)
        self.pipelining = pipelining
        self.at_rcpt = at_rcpt
        self.at_dot = at_dot
        self.copies: Counter[str] = Counter()
        self.ids: dict[str, set[str]] = {}
        self.open_talks = 0
        self._changed = threading.Condition()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Change what is counted; whoever waits for it looks again."""
        with self._changed:
            yield
            self._changed.notify_all()

    def until(self, condition: Callable[[], bool], *, timeout: float) -> bool:
        """Wait for what is counted; return whether it came to that in time."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    @property
    def url(self) -> str:
        """Its address as `SMTP_URL` has it."""
        address, port = self.server_address[:2]
        return f"smtp://{address!s}:{port}"

    def take(self, recipient: str, message: bytes) -> None:
        """Count a copy; whether it is answered or not."""
        head = message.partition(b"\r\n\r\n")[0].decode()
        found = next(line for line in head.split("\r\n") if line.startswith("Message-ID:"))
        with self.changing():
            self.copies[recipient] += 1
            self.ids.setdefault(recipient, set()).add(found)

    def forget(self) -> None:
        """Begin to count anew."""
        with self.changing():
            self.copies.clear()
            self.ids.clear()

    def handle_error(self, _request: object, _client: object) -> None:
        """Say nothing: its senders are killed in the middle of a word."""


class _Talk(socketserver.StreamRequestHandler):
    server: RecordingRelay
    timeout = 30

    def setup(self) -> None:
        super().setup()
        with self.server.changing():
            self.server.open_talks += 1

    def finish(self) -> None:
        super().finish()
        with self.server.changing():
            self.server.open_talks -= 1

    def handle(self) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._say("220 recording")
        recipient = ""
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                return
            if verb == b"EHLO":
                offer = "250-PIPELINING\r\n" if self.server.pipelining else ""
                self._say(f"250-recording\r\n{offer}250 8BITMIME")
            elif verb == b"MAIL":
                recipient = ""
                self._say("250 2.1.0 ok")
            elif verb == b"RCPT":
                recipient = self._name(line)
            elif verb == b"DATA":
                if not (recipient and self._take(recipient)):
                    if recipient:
                        return
                    self._say("503 5.5.1 no recipient")
                recipient = ""
            else:
                self._say("250 2.0.0 ok")

    def _name(self, line: bytes) -> str:
        recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        answer = self.server.at_rcpt(recipient)
        self._say(answer or "250 2.1.5 ok")
        return "" if answer else recipient

    def _take(self, recipient: str) -> bool:
        """Take a message; False where the connection must end."""
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line.endswith(b"\r\n"):
                return False  # Cut off before the dot: nothing was handed over.
            lines.append(line)
        answer = self.server.at_dot(recipient)
        if answer is None or answer in {HANG_UP, SILENCE}:
            self.server.take(recipient, b"".join(lines))
        if answer == SILENCE:
            # Until the sender hangs up, or is killed.
            with suppress(OSError):
                self.rfile.read()
        if answer in {HANG_UP, SILENCE}:
            return False
        self._say(answer or "250 2.0.0 kept")
        return not (answer or "").startswith("421")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running(relay: RecordingRelay) -> Iterator[RecordingRelay]:
    """Serve until the block ends."""
    with relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
