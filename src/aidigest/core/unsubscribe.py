"""The signed token by which a reader leaves a digest with one click (RFC 8058)."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

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
    token: str | bytes = _serializer([key]).dumps([leaving.digest_id, leaving.subscriber_id])
    return token if isinstance(token, str) else token.decode()


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
    return URLSafeSerializer(list(keys), salt=_SALT)
