"""Reading a mailbox over IMAP or POP3; what is not ours is left unread and where it is."""

import base64
import imaplib
import poplib
import re
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from aidigest.core.delivery.mailboxes import Mailbox
from aidigest.errors import KeptMailError, MailboxError

#: Seconds of silence after which the server is given up.
_TIMEOUT_S = 60

#: Bytes of a mail that are read: a report stands at its beginning.
_ENOUGH = 512 * 1024

#: Mails read in one go; the rest has its turn with the next look.
_AT_MOST = 2000

#: Of a larger mail POP3 gives the beginning only.
_LITERAL_LIMIT = 10 * 1024 * 1024

#: A larger mail is no report, and is not looked into: its beginning may be one endless line.
_TOO_LARGE = 64 * 1024 * 1024

#: Bytes of a line that are kept; RFC 5322 allows 998, and who forges a mail writes more.
_LINE = 8 * 1024


class OpenMailbox(Protocol):
    """Mailbox of steps/ports.py."""

    @property
    def name(self) -> str:
        """What its mails' marks are kept under."""
        ...

    def new(self, seen: Collection[str]) -> list[str]:
        """Return the marks of the mails that are not among those."""
        ...

    def fetch(self, uid: str) -> bytes:
        """Return a mail, or its beginning; raise KeptMailError if it is not given out."""
        ...

    def remove(self, uid: str) -> None:
        """Take a mail out; raise KeptMailError if the server does not let go of it."""
        ...


#: So many marks stand in one command, which servers take to 8,000 bytes at least (RFC 7162, 4).
_MARKS_AT_A_TIME = 500

_BEYOND_ASCII = re.compile(r"[^\x20-\x7e]+")


@contextmanager
def open_mailbox(mailbox: Mailbox) -> Iterator[OpenMailbox]:
    """Connect and log in; what was taken out is gone for good at the end.

    An IMAP server without UIDPLUS keeps it, marked as deleted, while mails of others are so marked.

    Raises:
        MailboxError: It cannot be read; the password is in none of the words.
    """
    opened = _imap if mailbox.protocol == "imap" else _pop3
    try:
        with opened(mailbox) as found:
            yield found
    # A UnicodeError is what the look-up of a host says to a name that none can have.
    except (OSError, UnicodeError, imaplib.IMAP4.error, poplib.error_proto) as error:
        raise MailboxError(f"the mailbox {mailbox} cannot be read: {error}") from error


@contextmanager
def _imap(mailbox: Mailbox) -> Iterator[OpenMailbox]:
    client = _imap_client(mailbox)
    try:
        _log_in(client, mailbox)
        opened = _Imap(client, mailbox)
        yield opened
        opened.expunge()
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()


def _imap_client(mailbox: Mailbox) -> imaplib.IMAP4:
    if mailbox.is_encrypted:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(
            mailbox.host, mailbox.port, ssl_context=context, timeout=_TIMEOUT_S
        )
    return imaplib.IMAP4(mailbox.host, mailbox.port, timeout=_TIMEOUT_S)


def _log_in(client: imaplib.IMAP4, mailbox: Mailbox) -> None:
    if f"{mailbox.user}{mailbox.password}".isascii():
        client.login(mailbox.user, mailbox.password)
        return
    # LOGIN takes ASCII only, and PLAIN takes UTF-8 (RFC 4616, section 2).
    secret = f"\0{mailbox.user}\0{mailbox.password}".encode()
    client.authenticate("PLAIN", lambda _challenge: secret)


def _folder_name(name: str) -> str:
    """Return a folder's name in modified UTF-7 (RFC 3501, 5.1.3), if it is not in ASCII already."""
    if name.isascii():  # As the server shows it, `&` and all.
        return name
    return _BEYOND_ASCII.sub(_shifted, name.replace("&", "&-"))


def _shifted(found: re.Match[str]) -> str:
    packed = base64.b64encode(found[0].encode("utf-16-be"), altchars=b"+,")
    return f"&{packed.decode().rstrip('=')}-"


class _Imap:
    def __init__(self, client: imaplib.IMAP4, mailbox: Mailbox) -> None:
        self._client = client
        self._removed: list[str] = []
        quoted = _folder_name(mailbox.folder).replace("\\", r"\\").replace('"', r"\"")
        status, _ = client.select(f'"{quoted}"')
        if status != "OK":
            raise MailboxError(f"the mailbox {mailbox} has no folder {mailbox.folder!r}")
        # Marks hold as long as this number stays the same (RFC 3501, section 2.3.1.1).
        _, data = client.response("UIDVALIDITY")
        validity = data[0].decode() if data and isinstance(data[0], bytes) else "0"
        self.name = f"{mailbox}:{validity}"

    def new(self, seen: Collection[str]) -> list[str]:
        return [uid for uid in self._search("UNDELETED") if uid not in seen][:_AT_MOST]

    def fetch(self, uid: str) -> bytes:
        # PEEK leaves the mail unread (RFC 3501, section 6.4.5).
        data = self._ask("FETCH", uid, f"(BODY.PEEK[]<0.{_ENOUGH}>)")
        return next((one[1] for one in data if isinstance(one, tuple)), b"")

    def remove(self, uid: str) -> None:
        self._ask("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        self._removed.append(uid)

    def _ask(self, command: str, uid: str, what: str, *more: str) -> list[Any]:
        """Have something done about one mail; a "no" to that is not one to the next."""
        try:
            status, data = self._client.uid(command, uid, what, *more)
        except imaplib.IMAP4.abort:
            raise  # The connection has ended.
        except imaplib.IMAP4.error as error:
            raise KeptMailError(f"mail {uid}: {error}") from error
        if status != "OK":
            raise KeptMailError(f"mail {uid}: {command} was answered with {data}")
        return data

    def expunge(self) -> None:
        """Have what was taken out gone, and nothing that a person has only marked as deleted."""
        if self._has_uidplus():
            for start in range(0, len(self._removed), _MARKS_AT_A_TIME):
                marks = ",".join(self._removed[start : start + _MARKS_AT_A_TIME])
                self._client.uid("EXPUNGE", marks)
        elif self._removed and not set(self._search("DELETED")) - set(self._removed):
            self._client.expunge()

    def _has_uidplus(self) -> bool:
        # Many servers say what they can only to who has logged in.
        _, data = self._client.capability()
        said = data[0] if data and isinstance(data[0], bytes) else b""
        return b"UIDPLUS" in said.upper().split()

    def _search(self, criterion: str) -> list[str]:
        _, data = self._client.uid("SEARCH", criterion)
        return data[0].decode().split() if data and isinstance(data[0], bytes) else []


@contextmanager
def _pop3(mailbox: Mailbox) -> Iterator[OpenMailbox]:
    client = _pop3_client(mailbox)
    try:
        client.user(mailbox.user)
        client.pass_(mailbox.password)
        yield _Pop3(client, mailbox)
        client.quit()
    finally:
        client.close()


class _Pop3Client(poplib.POP3):
    """Cuts long lines, where the standard library gives up the whole connection."""

    def _getline(self) -> tuple[bytes, int]:
        line = piece = self.file.readline(_LINE)
        length = len(line)
        while piece and not piece.endswith(b"\n") and length <= _TOO_LARGE:
            piece = self.file.readline(_LINE)
            length += len(piece)
        if not piece.endswith(b"\n"):
            raise poplib.error_proto("the connection ended" if not piece else "line too long")
        return line.rstrip(b"\r\n"), length


class _Pop3SslClient(_Pop3Client, poplib.POP3_SSL):
    pass


def _pop3_client(mailbox: Mailbox) -> poplib.POP3:
    if mailbox.is_encrypted:
        context = ssl.create_default_context()
        return _Pop3SslClient(mailbox.host, mailbox.port, timeout=_TIMEOUT_S, context=context)
    return _Pop3Client(mailbox.host, mailbox.port, timeout=_TIMEOUT_S)


@contextmanager
def _about_one_mail(uid: str) -> Iterator[None]:
    """Tell a "no" about one mail, which the server puts in bytes, from the connection's end."""
    try:
        yield
    except poplib.error_proto as error:
        if not isinstance(error.args[0], bytes):
            raise
        raise KeptMailError(f"mail {uid}: {error}") from error


class _Pop3:
    def __init__(self, client: poplib.POP3, mailbox: Mailbox) -> None:
        self._client = client
        self.name = str(mailbox)
        _, lines, _ = client.uidl()
        # One space it is in RFC 1939, section 7; some servers fill up columns.
        pairs = (re.fullmatch(rb"\s*(\d+)\s+(\S+)\s*", line) for line in lines)
        self._numbers = {found[2].decode(): int(found[1]) for found in pairs if found}

    def new(self, seen: Collection[str]) -> list[str]:
        return [uid for uid in self._numbers if uid not in seen][:_AT_MOST]

    def fetch(self, uid: str) -> bytes:
        number = self._numbers[uid]
        with _about_one_mail(uid):
            size = self._size(number)
            if size > _TOO_LARGE:
                return b""
            if size > _LITERAL_LIMIT:
                _, lines, _ = self._client.top(number, _ENOUGH // 80)
            else:
                _, lines, _ = self._client.retr(number)
        return b"\r\n".join(lines)

    def remove(self, uid: str) -> None:
        with _about_one_mail(uid):
            self._client.dele(self._numbers[uid])

    def _size(self, number: int) -> int:
        # With a number the answer is one line, "+OK 3 1200", whatever its type stubs say.
        words = str(self._client.list(number)).strip("b'\"").split()
        return int(words[-1]) if words and words[-1].isdigit() else 0
