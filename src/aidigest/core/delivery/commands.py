"""What we write to a relay: commands, and messages as they go over the wire."""

from dataclasses import dataclass

from aidigest.core.delivery.addressing import NOT_ALLOWED_CODE, in_ascii, recipient_in_ascii
from aidigest.core.delivery.parcels import Parcel
from aidigest.errors import RelayError, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the relay said that it can do; RFC 5321, section 4.1.1.1."""

    pipelining: bool = False
    size: bool = False
    eight_bit: bool = False


def mail_from(parcel: Parcel, features: Features) -> bytes:
    """Return the command that names the sender.

    Raises:
        RelayError: The sender cannot be written, so that nothing of ours can be sent.
    """
    try:
        line = f"MAIL FROM:<{in_ascii(parcel.sender)}>"
    except ValueError as error:
        reason = f"{parcel.sender} cannot be a sender: {error}"
        raise RelayError(reason, code=NOT_ALLOWED_CODE, reply=reason, stage=Stage.MAIL) from error
    if features.size:
        line += f" SIZE={len(parcel.body)}"
    if features.eight_bit and not parcel.body.isascii():
        line += " BODY=8BITMIME"
    return f"{line}\r\n".encode()


def rcpt_to(parcel: Parcel) -> bytes:
    """Return the command that names the recipient.

    Raises:
        RecipientError: The address cannot be written.
    """
    return f"RCPT TO:<{recipient_in_ascii(parcel.recipient)}>\r\n".encode()


def dot_stuffed(message: bytes) -> bytes:
    """Return the message as it goes over the wire, all but the final dot.

    Source:
        RFC 5321, sections 2.3.8 (lines end in CRLF) and 4.5.2 (transparency).
    """
    returns = message.count(b"\r")
    if returns != message.count(b"\n") or returns != message.count(b"\r\n"):
        message = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..") if b"\r\n." in message else message
