"""The mailbox that refusals and mails for leaving arrive in, as `MAILBOX_URL` names it."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from aidigest.core.delivery.hosts import check_host

_EXAMPLE = "imaps://user:password@mail.example.org/INBOX or pop3s://user:password@mail.example.org"

_PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where to read mail, and how."""

    protocol: str  #: `imap` or `pop3`.
    is_encrypted: bool  #: From the first byte.
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"  #: IMAP only.

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


def parse_mailbox_url(url: str) -> Mailbox:
    """Read `MAILBOX_URL`.

    Args:
        url: `imaps://user:password@host/FOLDER` or `pop3s://user:password@host`; without
            the `s` it is not encrypted, which only this machine itself should use.

    Raises:
        ValueError: With what is wrong, and never with the address, which holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError(f"cannot be read; write it as {_EXAMPLE}") from None
    if parts.scheme not in _PORTS:
        raise ValueError(f"must begin with imaps:// or pop3s://, as {_EXAMPLE}")
    if not parts.hostname or not parts.username or not parts.password:
        raise ValueError(f"needs a host, a user and a password; write it as {_EXAMPLE}")
    check_host(parts.hostname)
    return Mailbox(
        protocol=parts.scheme.removesuffix("s"),
        is_encrypted=parts.scheme.endswith("s"),
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )
