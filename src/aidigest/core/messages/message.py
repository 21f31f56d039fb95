"""A message: an edition as one subscriber's mail, byte for byte.

The body is laid out and encoded once for an edition. What differs between
readers is their address, the Message-ID and the link for leaving, and these
are spliced in between ready pieces.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.quoprimime import body_encode
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from aidigest.core.delivery.addressing import recipient_in_ascii
from aidigest.core.delivery.deliveries import Delivery
from aidigest.core.editions.edition import UNSUBSCRIBE_MARK, Edition, RenderedEdition
from aidigest.core.headers import clean, mailbox_field, plain_field, text_field
from aidigest.core.messages.envelopes import Sending, envelope_id
from aidigest.core.messages.unsubscribe import Leaving, sign
from aidigest.core.readers.subscriber import normal_address

_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")

#: A quoted-printable line holds 76 (RFC 2045, 6.7); one is left for the `=` before a splice.
_LONGEST_LINE = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who sends, as far as a message shows it."""

    base_url: str
    sender: str  #: `Name <address>`.
    reply_to: str | None = None
    #: Where refusals come back to; `{}` in it stands for what tells whose they are.
    return_path: str | None = None

    @property
    def address(self) -> str:
        """The sender's bare address; the envelope's too, where there is no `return_path`."""
        return parseaddr(self.sender)[1]

    @property
    def leaving_address(self) -> str:
        """Where readers may write to leave: the mailbox that we read, if there is one."""
        if self.return_path:
            return self.return_path.replace("+{}", "").replace("{}", "")
        return parseaddr(self.reply_to or self.sender)[1]

    @property
    def bounce_address(self) -> str:
        """Where refusals of other mail than editions come back to; it names no delivery."""
        return self.leaving_address if self.return_path else self.address

    @property
    def domain(self) -> str:
        """The domain that lists and messages are named under."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is handed over for one reader."""

    sender: str  #: The envelope's: where a refusal is reported to.
    content: bytes  #: Lines end in CR LF and none begins with a dot, so it can go as it is.


class MessageWriter:
    """Writes an edition's messages.

    Args:
        rendered: The edition.
        publisher: Who sends it.
        key: Signs the links for leaving.
        mark: Stands before the subject, as `[Test] `; nothing usually.
        sign: Returns the message with a signature before it.
    """

    def __init__(
        self,
        rendered: RenderedEdition,
        *,
        publisher: Publisher,
        key: str,
        mark: str = "",
        sign: Callable[[bytes], bytes] = lambda message: message,
    ) -> None:
        self._edition = rendered.edition
        self._publisher = publisher
        self._key = key
        self._sign = sign
        self._domain = publisher.domain
        self._sender = publisher.return_path or publisher.address
        self._address = f"{publisher.base_url}/unsubscribe/"
        self._shared_fields = _shared_fields(rendered, publisher, mark)
        self._leaving_field = _leaving_field(self._address, publisher)
        self._body = _body(rendered, self._address)
        # Its form is the same for all readers, so it is looked at once.
        plain_field("Message-ID", self.message_id(""))

    def write(self, address: str, *, subscriber_id: int, now: datetime) -> bytes:
        """Return the whole message for one reader, its lines ended by CR LF.

        Args:
            address: The one recipient.
            subscriber_id: Named in the link for leaving.
            now: When it is handed over: its Date.

        Raises:
            RecipientError: No header can hold that address.
        """
        token = self._token(subscriber_id).encode()
        head = (
            self._shared_fields,
            _to_field(address),
            f"Message-ID: {self.message_id(address)}\r\n".encode(),
            _date_field(now.replace(microsecond=0)),
            token.join(self._leaving_field),
            b"\r\n",
        )
        quoted = token if len(token) <= _LONGEST_LINE else _encoded(token.decode())
        return self._sign(b"".join((*head, quoted.join(self._body))))

    def message(self, delivery: Delivery, *, now: datetime) -> Message:
        """Return what is handed over for a delivery."""
        content = self.write(delivery.address, subscriber_id=delivery.subscriber_id, now=now)
        return Message(sender=self._envelope_sender(delivery), content=content)

    def _envelope_sender(self, delivery: Delivery) -> str:
        if "{}" not in self._sender:
            return self._sender
        sending = Sending(edition_id=delivery.edition_id, subscriber_id=delivery.subscriber_id)
        return self._sender.replace("{}", envelope_id(sending, key=self._key))

    def unsubscribe_url(self, subscriber_id: int) -> tuple[str, str]:
        """Return the reader's own address for leaving, and the token in it."""
        token = self._token(subscriber_id)
        return f"{self._address}{token}", token

    def _token(self, subscriber_id: int) -> str:
        leaving = Leaving(digest_id=self._edition.digest_id, subscriber_id=subscriber_id)
        return sign(leaving, key=self._key)

    def message_id(self, address: str) -> str:
        """Return the same id on every try, so that a copy sent twice shows once.

        It tells nobody the address, which it is hashed from.
        """
        return message_id(self._edition, address, key=self._key, domain=self._domain)


def message_id(edition: Edition, address: str, *, key: str, domain: str) -> str:
    """Return the Message-ID of an edition's message to an address, which it does not tell."""
    secret = f"{key}:{edition.digest_id}:{edition.date}:{normal_address(address)}"
    digest = sha256(secret.encode()).hexdigest()[:32]
    return f"<{edition.digest_id}.{edition.number}.{digest}@{domain}>"


def _to_field(address: str) -> bytes:
    # Most addresses need no parsing, which takes longer than all the rest.
    if _PLAIN.fullmatch(address):
        return f"To: {address}\r\n".encode()
    return mailbox_field("To", recipient_in_ascii(address))


@lru_cache(maxsize=4)
def _date_field(now: datetime) -> bytes:
    return plain_field("Date", format_datetime(now.astimezone(UTC)))


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


def _leaving_field(address: str, publisher: Publisher) -> tuple[bytes, ...]:
    """Return List-Unsubscribe in pieces; a reader's token belongs between any two."""
    mail = f"mailto:{quote(publisher.leaving_address, safe='@')}?subject=unsubscribe%20"
    # The mark is as long as a token, so that the field is folded where it needs to be.
    mark = UNSUBSCRIBE_MARK * 4
    field = plain_field("List-Unsubscribe", f"<{address}{mark}>, <{mail}{mark}>")
    return tuple(field.split(mark.encode()))


def _list_id(rendered: RenderedEdition, publisher: Publisher) -> str:
    """Return the list's id, with its name where that is ASCII (RFC 2919, section 3)."""
    edition = rendered.edition
    list_id = f"<{edition.digest_id}.{publisher.domain}>"
    name = clean(edition.digest_title).replace('"', "'").replace("\\", "")
    # An encoded word may not stand in a machine-read field, so other names stay out.
    return f'"{name}" {list_id}' if name.isascii() and name else list_id


def _body(rendered: RenderedEdition, address: str) -> tuple[bytes, ...]:
    """Return the body in pieces; a reader's token belongs between any two."""
    boundary = f"--{_boundary(rendered)}"
    parts = (("plain", rendered.text), ("html", rendered.html))
    pieces = [b""]
    for kind, content in parts:
        first, *rest = _quoted_printable(content, address)
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


def _quoted_printable(content: str, address: str) -> list[bytes]:
    """Encode the text between the marks; each piece is open for what comes next.

    All of a link for leaving but its token stands before it; a soft line break
    before and after gives the token a line of its own.
    """
    link = b"=\r\n" + _encoded(address) + b"=\r\n"
    pieces = [_encoded(piece) for piece in content.split(UNSUBSCRIBE_MARK)]
    return [
        (b"=\r\n" if number else b"") + piece + (link if number < len(pieces) - 1 else b"")
        for number, piece in enumerate(pieces)
    ]


def _encoded(text: str) -> bytes:
    # The encoder takes bytes as characters of the same number.
    octets = _LINE_BREAK.sub("\r\n", text).encode().decode("latin-1")
    encoded = body_encode(octets, maxlinelen=_LONGEST_LINE - 2, eol="\r\n").encode()
    # A dot that begins a line would have to be doubled on the way (RFC 5321, section 4.5.2).
    return _LEADING_DOT.sub(b"=2E", encoded)


def _boundary(rendered: RenderedEdition) -> str:
    # An encoded body never holds "=_" (RFC 2045, section 6.7).
    return f"=_{sha256(rendered.html.encode()).hexdigest()[:32]}"
