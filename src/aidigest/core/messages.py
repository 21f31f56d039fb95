"""A message: an edition as one subscriber's mail, byte for byte.

The body is laid out and encoded once for an edition. What differs between
readers is their address, the Message-ID and the link for leaving, and these
are spliced in between ready pieces.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.quoprimime import body_encode
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from urllib.parse import quote

from aidigest.core.editions import UNSUBSCRIBE_MARK, RenderedEdition
from aidigest.core.headers import clean, mailbox_field, plain_field, text_field
from aidigest.core.subscribers import normal_address
from aidigest.core.unsubscribe import Leaving, sign

_LINE_BREAK = re.compile(r"\r\n|\r|\n")

#: A quoted-printable line holds 76 (RFC 2045, 6.7); one is left for the `=` before a splice.
_LONGEST_LINE = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who sends, as far as a message shows it."""

    base_url: str
    sender: str  #: `Name <address>`.
    reply_to: str | None = None

    @property
    def address(self) -> str:
        """The sender's bare address, which is also the envelope's."""
        return parseaddr(self.sender)[1]

    @property
    def domain(self) -> str:
        """The domain that lists and messages are named under."""
        return self.address.rpartition("@")[2]


class MessageWriter:
    """Writes an edition's messages.

    Args:
        rendered: The edition.
        publisher: Who sends it.
        key: Signs the links for leaving.
        mark: Stands before the subject, as `[Test] `; nothing usually.
    """

    def __init__(
        self, rendered: RenderedEdition, *, publisher: Publisher, key: str, mark: str = ""
    ) -> None:
        self._edition = rendered.edition
        self._publisher = publisher
        self._key = key
        self._shared_fields = _shared_fields(rendered, publisher, mark)
        self._body = _body(rendered)

    def write(self, address: str, *, subscriber_id: int, now: datetime) -> bytes:
        """Return the whole message for one reader, its lines ended by CR LF.

        Args:
            address: The one recipient.
            subscriber_id: Named in the link for leaving.
            now: When it is handed over: its Date.
        """
        url, token = self.unsubscribe_url(subscriber_id)
        fields = (
            mailbox_field("To", address),
            plain_field("Message-ID", self.message_id(address)),
            plain_field("Date", format_datetime(now.astimezone(UTC))),
            plain_field("List-Unsubscribe", f"<{url}>, <{self._leaving_mail(token)}>"),
        )
        return b"".join((self._shared_fields, *fields, b"\r\n", _encoded(url).join(self._body)))

    def unsubscribe_url(self, subscriber_id: int) -> tuple[str, str]:
        """Return the reader's own address for leaving, and the token in it."""
        leaving = Leaving(digest_id=self._edition.digest_id, subscriber_id=subscriber_id)
        token = sign(leaving, key=self._key)
        return f"{self._publisher.base_url}/unsubscribe/{token}", token

    def message_id(self, address: str) -> str:
        """Return the same id on every try, so that a copy sent twice shows once.

        It tells nobody the address, which it is hashed from.
        """
        edition = self._edition
        secret = f"{self._key}:{edition.digest_id}:{edition.date}:{normal_address(address)}"
        digest = sha256(secret.encode()).hexdigest()[:32]
        return f"<{edition.digest_id}.{edition.number}.{digest}@{self._publisher.domain}>"

    def _leaving_mail(self, token: str) -> str:
        address = parseaddr(self._publisher.reply_to or self._publisher.sender)[1]
        return f"mailto:{quote(address, safe='@')}?subject=unsubscribe%20{token}"


def _shared_fields(rendered: RenderedEdition, publisher: Publisher, mark: str) -> bytes:
    edition = rendered.edition
    fields = [
        mailbox_field("From", publisher.sender),
        text_field("Subject", f"{mark}{rendered.subject}"),
        plain_field("List-Id", _list_id(rendered, publisher)),
        plain_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        plain_field("Auto-Submitted", "auto-generated"),
        plain_field("Feedback-ID", f"{edition.number}:{edition.digest_id}:digest:aidigest"),
        plain_field("Content-Language", edition.language),
        plain_field("MIME-Version", "1.0"),
        plain_field("Content-Type", f'multipart/alternative; boundary="{_boundary(rendered)}"'),
    ]
    if publisher.reply_to:
        fields.insert(1, mailbox_field("Reply-To", publisher.reply_to))
    return b"".join(fields)


def _list_id(rendered: RenderedEdition, publisher: Publisher) -> str:
    """Return the list's id, with its name where that is ASCII (RFC 2919, section 3)."""
    edition = rendered.edition
    list_id = f"<{edition.digest_id}.{publisher.domain}>"
    name = clean(edition.digest_title).replace('"', "'").replace("\\", "")
    # An encoded word may not stand in a machine-read field, so other names stay out.
    return f'"{name}" {list_id}' if name.isascii() and name else list_id


def _body(rendered: RenderedEdition) -> tuple[bytes, ...]:
    """Return the body in pieces; a reader's address for leaving belongs between any two."""
    boundary = f"--{_boundary(rendered)}"
    parts = (("plain", rendered.text), ("html", rendered.html))
    pieces = [b""]
    for kind, content in parts:
        first, *rest = _quoted_printable(content)
        pieces[-1] += f"{boundary}\r\n".encode() + _part_fields(kind) + first
        pieces += rest
        pieces[-1] += b"\r\n"
    pieces[-1] += f"{boundary}--\r\n".encode()
    return tuple(pieces)


def _part_fields(kind: str) -> bytes:
    return (
        plain_field("Content-Type", f"text/{kind}; charset=utf-8")
        + plain_field("Content-Transfer-Encoding", "quoted-printable")
        + b"\r\n"
    )


def _quoted_printable(content: str) -> list[bytes]:
    """Encode the text between the marks; each piece is open for what comes next.

    A soft line break before and after the mark gives the address lines of its own.
    """
    pieces = [_encoded(piece) for piece in content.split(UNSUBSCRIBE_MARK)]
    return [
        (b"=\r\n" if number else b"") + piece + (b"=\r\n" if number < len(pieces) - 1 else b"")
        for number, piece in enumerate(pieces)
    ]


def _encoded(text: str) -> bytes:
    # The encoder takes bytes as characters of the same number.
    octets = _LINE_BREAK.sub("\r\n", text).encode().decode("latin-1")
    return body_encode(octets, maxlinelen=_LONGEST_LINE, eol="\r\n").encode()


def _boundary(rendered: RenderedEdition) -> str:
    # An encoded body never holds "=_" (RFC 2045, section 6.7).
    return f"=_{sha256(rendered.html.encode()).hexdigest()[:32]}"
