"""The signed token by which a reader leaves a digest with one click (RFC 8058)."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer
from itsdangerous.encoding import base64_encode

_SALT = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Who leaves what."""

    digest_id: str
    subscriber_id: int


def sign(leaving: Leaving, *, key: str) -> str:
    """Return a token of letters, digits, `-`, `_` and `.`; there is no address in it.

    It is the same each time: links in old mails work as long as the key does.
    """
    separator, keyed = _signing(key)
    payload = base64_encode(f"[{_quoted(leaving.digest_id)},{leaving.subscriber_id}]")
    signature = keyed.copy()
    signature.update(payload)
    return (payload + separator + base64_encode(signature.digest())).decode()


def read(token: str, *, keys: Sequence[str]) -> Leaving:
    """Return what the token says.

    Args:
        token: As it came.
        keys: Those that may have signed it; the newest last.

    Raises:
        ValueError: None of our keys has signed it.
    """
    try:
        digest_id, subscriber_id = _serializer(keys).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise ValueError("this link for leaving is not one of ours") from error
    return Leaving(digest_id=digest_id, subscriber_id=subscriber_id)


def _serializer(keys: Sequence[str]) -> URLSafeSerializer:
    return _made_serializer(tuple(keys))


@lru_cache(maxsize=8)
def _signing(key: str) -> tuple[bytes, hmac.HMAC]:
    # `URLSafeSerializer.dumps` makes the same token, and derives the key anew for each.
    serializer = _serializer([key])
    signer = serializer.make_signer(serializer.salt)
    return signer.sep, hmac.new(signer.derive_key(), digestmod="sha1")


@lru_cache(maxsize=8)
def _quoted(digest_id: str) -> str:
    return json.dumps(digest_id)


@lru_cache(maxsize=8)
def _made_serializer(keys: tuple[str, ...]) -> URLSafeSerializer:
    # A send signs for every reader with the same key.
    return URLSafeSerializer(list(keys), salt=_SALT)
