"""A mail relay that keeps what it is given: SMTP on loopback, a file per message."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

#: Longer lines are cut in two; RFC 5321, section 4.5.3.1.6, allows no more than 1000.
_LONGEST_LINE = 64 * 1024

_ANSWERS = {
    b"EHLO": b"250-demo relay\r\n250 8BITMIME",
    b"HELO": b"250 demo relay",
    b"MAIL": b"250 OK",
    b"RSET": b"250 OK",
    b"NOOP": b"250 OK",
    b"RCPT": b"250 OK",
    b"QUIT": b"221 bye",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """A message that was handed over."""

    recipient: str
    path: Path  #: The `.eml` file.


@contextmanager
def serve_smtp(folder: Path) -> Iterator[tuple[str, list[KeptMail]]]:
    """Take mail on a free port of 127.0.0.1 and keep it in the folder.

    Yields:
        The relay's address as `SMTP_URL` has it, and the list that grows with the mail.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}", server.kept
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.folder = folder
        self.kept: list[KeptMail] = []
        self._numbers = count(1)

    def keep(self, recipient: str, message: bytes) -> None:
        path = self.folder / f"{next(self._numbers):02}-{recipient.replace('/', '_')}.eml"
        path.write_bytes(message)
        self.kept.append(KeptMail(recipient=recipient, path=path))


class _Session(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a polite sender needs."""

    server: _Server
    timeout = 30  # Seconds of silence after which the session ends.
    recipients: tuple[str, ...] = ()

    def handle(self) -> None:
        self._reply(b"220 demo relay")
        while line := self.rfile.readline(_LONGEST_LINE):
            verb = line[:4].upper()
            if verb in {b"MAIL", b"RSET"}:
                self.recipients = ()
            elif verb == b"RCPT":
                address = line.partition(b"<")[2].partition(b">")[0].decode()
                self.recipients = (*self.recipients, address)
            if verb == b"DATA":
                self._take_message()
            else:
                self._reply(_ANSWERS.get(verb, b"502 not known here"))
            if verb == b"QUIT":
                return

    def _take_message(self) -> None:
        self._reply(b"354 end with a dot on a line of its own")
        lines: list[bytes] = []
        while (line := self.rfile.readline(_LONGEST_LINE)) != b".\r\n":
            if not line:
                return  # The sender went away before the final dot: nothing was handed over.
            lines.append(line.removeprefix(b"."))
        for recipient in self.recipients:
            self.server.keep(recipient, b"".join(lines))
        self._reply(b"250 kept")

    def _reply(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")
