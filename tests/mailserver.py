"""As much of an IMAP and a POP3 server as a reader of bounces needs, on loopback."""

import base64
import re
import socketserver
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "bounces", "open sesame"


@dataclass
class Mails:
    """A mailbox's contents, by mark."""

    kept: dict[int, bytes] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    fetched: list[int] = field(default_factory=list)
    marked_read: set[int] = field(default_factory=set)
    capabilities: str = "IMAP4REV1 UIDPLUS"  #: IMAP only, as are the next.
    password: str = PASSWORD
    selected: str = ""
    uidl: str = "{0} mark-{0}"  #: POP3 only: a line of the answer.
    refused: set[tuple[str, int]] = field(default_factory=set)  #: By command, in capitals.
    emptied: threading.Event = field(default_factory=threading.Event)

    def expunge(self, only: Collection[int] | None = None) -> None:
        """Drop what is marked as deleted, or those of it."""
        for number in self.deleted & set(self.deleted if only is None else only):
            self.kept.pop(number, None)
            self.deleted.discard(number)
        if not self.kept:
            self.emptied.set()


@contextmanager
def serving_mailbox(protocol: str, mails: Sequence[bytes]) -> Iterator[tuple[Mails, str]]:
    """Serve the mails; return them with the `MAILBOX_URL`."""
    contents = Mails(kept=dict(enumerate(mails, start=1)))
    talk = {"imap": _Imap, "pop3": _Pop3}[protocol]

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        mails = contents

    with Server(("127.0.0.1", 0), talk) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            word = PASSWORD.replace(" ", "%20")
            yield contents, f"{protocol}://{USER}:{word}@127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Talk(socketserver.StreamRequestHandler):
    timeout = 30

    @property
    def mails(self) -> Mails:
        found: Mails = self.server.mails  # type: ignore[attr-defined]  # Set where it is made.
        return found

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def refuses(self, command: str) -> bool:
        """Whether it is about a mail that is not to be had."""
        verb, number = [*command.split(), "", ""][:2]
        return number.isdigit() and (verb, int(number)) in self.mails.refused


class _Imap(_Talk):
    """RFC 3501: as far as `_answer` goes; UID EXPUNGE is RFC 4315."""

    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            if self.refuses(command.upper().removeprefix("UID ")):
                self.say(f"{tag} NO that is not possible")
            elif not self._answer(tag, command):
                return

    def _answer(self, tag: str, command: str) -> bool:
        words = command.split()
        match " ".join(words[:2]).upper().split():
            case ["CAPABILITY", *_]:
                self.say(f"* CAPABILITY {self.mails.capabilities}")
            case ["LOGIN", *_] if self.mails.password not in command:
                self.say(f"{tag} NO wrong password")
                return True
            case ["AUTHENTICATE", *_] if not self._knows_secret():
                self.say(f"{tag} NO wrong password")
                return True
            case ["SELECT", *_]:
                self.mails.selected = command.partition(" ")[2]
                self.say(f"* {len(self.mails.kept)} EXISTS")
                self.say("* OK [UIDVALIDITY 42] valid")
            case ["UID", "SEARCH"]:
                wants_deleted = words[2].upper() == "DELETED"
                found = [n for n in self.mails.kept if (n in self.mails.deleted) == wants_deleted]
                self.say(f"* SEARCH {' '.join(map(str, found))}")
            case ["UID", "FETCH"]:
                self._fetch(int(words[2]), command)
            case ["UID", "STORE"]:
                self.mails.deleted.add(int(words[2]))
            case ["UID", "EXPUNGE"]:
                self.mails.expunge([int(one) for one in words[2].split(",")])
            case ["EXPUNGE", *_]:
                self.mails.expunge()
            case _:
                pass
        self.say(f"{tag} OK done")
        return words[0].upper() != "LOGOUT"

    def _knows_secret(self) -> bool:
        self.say("+ ")
        said = base64.b64decode(self.rfile.readline()).decode()
        return said == f"\0{USER}\0{self.mails.password}"

    def _fetch(self, number: int, command: str) -> None:
        most = re.search(r"<0\.(\d+)>", command)
        mail = self.mails.kept[number][: int(most[1]) if most else None]
        self.mails.fetched.append(number)
        if "PEEK" not in command:
            self.mails.marked_read.add(number)
        self.say(f"* {number} FETCH (UID {number} BODY[]<0> {{{len(mail)}}}")
        self.wfile.write(mail)
        self.say(")")


class _Pop3(_Talk):
    """RFC 1939: USER, PASS, UIDL, LIST, RETR, TOP, DELE, QUIT."""

    def handle(self) -> None:
        self.say("+OK ready")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case _ if self.refuses(line.upper()):
                    self.say("-ERR that is not possible")
                case "PASS" if rest != PASSWORD:
                    self.say("-ERR wrong password")
                case "UIDL":
                    self.say("+OK")
                    for number in self.mails.kept:
                        self.say(self.mails.uidl.format(number))
                    self.say(".")
                case "LIST":
                    self.say(f"+OK {rest} {len(self.mails.kept[int(rest)])}")
                case "RETR" | "TOP":
                    self._retrieve(int(rest.split()[0]))
                case "DELE":
                    self.mails.deleted.add(int(rest))
                    self.say("+OK")
                case "QUIT":
                    self.mails.expunge()
                    self.say("+OK bye")
                    return
                case _:
                    self.say("+OK")

    def _retrieve(self, number: int) -> None:
        self.mails.fetched.append(number)
        self.say("+OK")
        for line in self.mails.kept[number].split(b"\r\n"):
            self.wfile.write((b"." + line if line.startswith(b".") else line) + b"\r\n")
        self.say(".")
