"""Joining by the web: what is asked for, how often it may be, and the signed link that confirms."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from itsdangerous import BadSignature, URLSafeSerializer

#: How long a link for confirming works.
CONFIRM_WITHIN = timedelta(days=7)

#: Tries to mail a confirmation, and how long to wait after each that failed.
RETRIES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))

#: A form that was open for longer has to be sent once more.
FORM_LASTS = timedelta(days=1)

_CONFIRM, _FORM = "confirm", "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody asks for digests, for an address that may not be theirs."""

    address: str  #: Cleaned.
    language: str  #: Of the pages it was asked on.
    digests: tuple[str, ...]
    text: str  #: What the form said they agree to, word for word.


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An asking that is stored, and waits for its mail or for its confirmation."""

    id: int
    asking: Asking
    asked_at: datetime
    attempts: int = 0
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How often one may ask within a time."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often digests may be asked for."""

    address: Limit = Limit(count=3, within=timedelta(days=1))
    network: Limit = Limit(count=20, within=timedelta(hours=1))
    everybody: Limit = Limit(count=1000, within=timedelta(hours=1))


class Answer(StrEnum):
    """What an asking comes to; the first two look the same from outside."""

    TAKEN = "taken"  #: A mail is sent, if the address may be written to.
    ENOUGH = "enough"  #: The address has had its mails for today; no more is sent.
    TOO_MANY = "too many"  #: That network, or everybody together, asks too often.


@dataclass(frozen=True, slots=True, kw_only=True)
class Askers:
    """Who asks, as hashes that tell nobody an address or a network."""

    address: str
    network: str
    everybody: str = "everybody"


def askers(address_key: str, remote: str, *, key: str) -> Askers:
    """Return under which names an asking is counted.

    Args:
        address_key: As addresses are compared.
        remote: The asker's IP address.
        key: Keeps the hashes from being guessed.
    """
    return Askers(
        address=_hashed(f"address:{address_key}", key),
        network=_hashed(f"network:{network_of(remote)}", key),
    )


def network_of(remote: str) -> str:
    """Return the network that one customer of a provider has: a /24, or a /48 of IPv6."""
    try:
        address = ip_address(remote)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))  # noqa: PLR2004 - IP's own numbers.


def answer(*, address: int, network: int, everybody: int, limits: Limits) -> Answer:
    """Decide by how often was asked before, within each limit's time."""
    if network >= limits.network.count or everybody >= limits.everybody.count:
        return Answer.TOO_MANY
    return Answer.ENOUGH if address >= limits.address.count else Answer.TAKEN


def sign_confirmation(waiting_id: int, *, key: str) -> str:
    """Return the token of a link for confirming; there is no address in it."""
    token: str | bytes = URLSafeSerializer(key, salt=_CONFIRM).dumps(waiting_id)
    return token if isinstance(token, str) else token.decode()


def read_confirmation(token: str, *, keys: Sequence[str]) -> int:
    """Return which asking a token confirms; the newest key stands last.

    Raises:
        ValueError: None of our keys has signed it.
    """
    try:
        return int(URLSafeSerializer(list(keys), salt=_CONFIRM).loads(token))
    except (BadSignature, ValueError, TypeError) as error:
        raise ValueError("this link for confirming is not one of ours") from error


def sign_form(now: datetime, *, key: str) -> str:
    """Return a stamp for a form, by which we know that it is ours and not old."""
    stamp: str | bytes = URLSafeSerializer(key, salt=_FORM).dumps(int(now.timestamp()))
    return stamp if isinstance(stamp, str) else stamp.decode()


def is_our_form(stamp: str, now: datetime, *, keys: Sequence[str]) -> bool:
    """Whether we gave that stamp to a form, and not too long ago."""
    try:
        given = int(URLSafeSerializer(list(keys), salt=_FORM).loads(stamp))
    except (BadSignature, ValueError, TypeError):
        return False
    return timedelta(0) <= now - datetime.fromtimestamp(given, UTC) <= FORM_LASTS


def _hashed(text: str, key: str) -> str:
    return hmac.digest(key.encode(), text.encode(), sha256).hex()
