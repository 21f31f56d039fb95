"""The envelope's sender, which tells whose message came back (VERP)."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

_FORM = re.compile(r"([0-9a-z]+)-([0-9a-z]+)-([0-9a-f]{12})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One edition on its way to one subscriber."""

    edition_id: int
    subscriber_id: int


def envelope_id(sending: Sending, *, key: str) -> str:
    """Return what stands between + and @ in the envelope's sender; letters, digits and `-`."""
    body = f"{_base36(sending.edition_id)}-{_base36(sending.subscriber_id)}"
    return f"{body}-{_mac(body, key)}"


def read_envelope_id(text: str, *, keys: Sequence[str]) -> Sending:
    """Return what it says.

    Raises:
        ValueError: We have not made it, with any of the keys.
    """
    found = _FORM.fullmatch(text.lower())
    if found is None or not any(
        hmac.compare_digest(_mac(f"{found[1]}-{found[2]}", key), found[3]) for key in keys
    ):
        raise ValueError("this is no sender of ours")
    return Sending(edition_id=int(found[1], 36), subscriber_id=int(found[2], 36))


def _mac(body: str, key: str) -> str:
    return hmac.new(f"envelope:{key}".encode(), body.encode(), sha256).hexdigest()[:12]


def _base36(number: int) -> str:
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text
