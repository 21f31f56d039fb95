"""What we write to a relay: commands, and messages as they go over the wire."""

import re
from dataclasses import dataclass
from functools import lru_cache

from aidigest.core.delivery.parcels import Parcel
from aidigest.errors import RecipientError, RelayError, Stage

_NO_ADDRESS_CODE = 553

#: What would end a command early, or pass for a second one.
_UNFIT = re.compile(r"[\x00-\x20\x7f<>]")


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
        line = f"MAIL FROM:{_path(parcel.sender)}"
    except ValueError as error:
        reason = f"{parcel.sender} cannot be a sender: {error}"
        raise RelayError(reason, code=_NO_ADDRESS_CODE, reply=reason, stage=Stage.MAIL) from error
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
    try:
        return f"RCPT TO:{_path(parcel.recipient)}\r\n".encode()
    except ValueError as error:
        raise RecipientError(parcel.recipient, code=_NO_ADDRESS_CODE, reply=str(error)) from error


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


@lru_cache(maxsize=64)
def _domain(domain: str) -> str:
    return domain.encode("idna").decode()


@lru_cache(maxsize=64)
def _path(address: str) -> str:
    """Return the address as commands take it; domains beyond ASCII become IDNA.

    Raises:
        ValueError: With an enhanced status code and words, as a relay would put it.
    """
    local, _, domain = address.rpartition("@")
    try:
        path = f"{local.encode('ascii').decode()}@{_domain(domain)}"
    except UnicodeError as error:
        raise ValueError("5.6.7 the address cannot be written in ASCII") from error
    if _UNFIT.search(path):
        raise ValueError("5.1.3 this is no address")
    return f"<{path}>"
