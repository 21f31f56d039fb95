"""A message on its way through a connection, and what may happen to it there."""

from dataclasses import dataclass

from aidigest.errors import MailError


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message on its way through a dialogue."""

    id: int  #: The delivery's.
    sender: str
    recipient: str
    body: bytes  #: As `dot_stuffed` returns it: ready for the wire.


@dataclass(frozen=True, slots=True)
class Ready:
    """All of the message is written but the final dot; `release` lets it go."""

    id: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The relay answered the message with 2yz."""

    id: int
    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The message was not handed over, or nobody knows."""

    id: int
    error: MailError
    was_good: bool = False  #: The connection is lost, and had taken mail before.


@dataclass(frozen=True, slots=True)
class Returned:
    """The connection ended before this message's turn had come."""

    id: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A connection could not be opened."""

    relay: str
    error: MailError


Event = Ready | Taken | Refused | Returned
