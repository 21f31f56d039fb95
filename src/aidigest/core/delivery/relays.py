"""The relay that takes our mail, as `SMTP_URL` names it."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from aidigest.core.delivery.hosts import check_host
from aidigest.core.delivery.pace import Rate, parse_rate

_EXAMPLE = "smtp://user:password@mail.example.org:587?starttls=required"


_OPTIONS = ("starttls", "rate", "connections")
_MOST_CONNECTIONS = 1000
_IMPLICIT_PORT = 465


class Tls(StrEnum):
    """How the connection is encrypted."""

    IMPLICIT = "implicit"  #: From the first byte (`smtps://`); RFC 8314, section 3.3.
    REQUIRED = "required"  #: By STARTTLS, or nothing is sent.
    OPTIONAL = "optional"  #: By STARTTLS where the relay offers it.
    NEVER = "never"  #: Not at all.


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail is handed over, and how."""

    host: str
    port: int
    tls: Tls
    user: str | None = field(
        default=None, repr=False
    )  #: With some relays as secret as the password.
    password: str = field(default="", repr=False)
    connections: int | None = None  #: At a time; None leaves it to the settings.
    rate: Rate | None = None  #: None leaves it to the settings, too.

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_smtp_url(url: str) -> Relay:
    """Read `SMTP_URL`.

    Args:
        url: `smtp://user:password@host:587?starttls=required|optional|never` or
            `smtps://…`; user and password percent-encoded. Ports default to
            465 for `smtps`, 587 for `smtp` with a user, else 25. STARTTLS is
            required by default, but never used on this machine itself.
            `rate=14/s` and `connections=4` hold for this relay alone.

    Raises:
        ValueError: With what is wrong, and never with the address itself, which
            may hold a password.
    """
    parts, port = _split(url)
    if parts.scheme not in {"smtp", "smtps"}:
        raise ValueError(f"must begin with smtp:// or smtps://, as {_EXAMPLE}")
    if not parts.hostname:
        raise ValueError(f"names no host; write it as {_EXAMPLE}")
    check_host(parts.hostname)
    if parts.scheme == "smtp" and port == _IMPLICIT_PORT:
        raise ValueError(
            f"names port {port}, where all is encrypted from the start: write smtps://"
        )
    if parts.path not in {"", "/"}:
        raise ValueError("goes on after the host; a / in user or password is written %2F")
    relay = Relay(
        host=parts.hostname,
        port=port or _default_port(parts),
        tls=_tls(parts),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
        connections=_connections(parts),
        rate=_rate(parts),
    )
    _check_login(relay, has_password=bool(parts.password))
    return relay


def with_password(url: str, password: str) -> str:
    """Return a relay's address with a password in it, both it and the user percent-encoded."""
    parts = urlsplit(url)
    login = f"{quote(unquote(parts.username or ''), safe='')}:{quote(password, safe='')}"
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{login}@{place}").geturl()


def lacks_password(url: str) -> bool:
    """Whether a relay's address names a user and no password."""
    parts = _split(url)[0]
    return bool(parts.username) and not parts.password


def _split(url: str) -> tuple[SplitResult, int | None]:
    # What urlsplit says of a bad address quotes it, password and all: `from None`.
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise ValueError(f"cannot be read; write it as {_EXAMPLE}") from None
    try:
        port = parts.port
    except ValueError:
        raise ValueError(
            "has a port that is no number from 1 to 65535; "
            "# / ? @ : in user or password are written %23 %2F %3F %40 %3A"
        ) from None
    if parts.fragment or "@" in parts.query:
        raise ValueError("has a # or ? too many; in user or password they are written %23 and %3F")
    return parts, port


def _default_port(parts: SplitResult) -> int:
    if parts.scheme == "smtps":
        return _IMPLICIT_PORT
    return 587 if parts.username else 25


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options.keys() - set(_OPTIONS):
        close = get_close_matches(name, [*_OPTIONS, "tls"], 1)
        guess = f" ({close[0].removeprefix('start').replace('tls', 'starttls')}?)" if close else ""
        there = ", ".join(_OPTIONS)
        raise ValueError(f"has an option {name!r} that nobody knows{guess}; there is: {there}")
    return options


def _connections(parts: SplitResult) -> int | None:
    text = _options(parts).get("connections")
    if text is not None and not (text.isdecimal() and 1 <= int(text) <= _MOST_CONNECTIONS):
        raise ValueError(f"has connections={text!r}; it is a number from 1 to {_MOST_CONNECTIONS}")
    return int(text) if text else None


def _rate(parts: SplitResult) -> Rate | None:
    text = _options(parts).get("rate")
    try:
        return parse_rate(text) if text is not None else None
    except ValueError as error:
        raise ValueError(f"has a rate that cannot be read: {error}") from error


def _tls(parts: SplitResult) -> Tls:
    wish = _options(parts).get("starttls")
    if parts.scheme == "smtps":
        if wish is not None:
            raise ValueError("is smtps://, which is encrypted from the start; drop starttls")
        return Tls.IMPLICIT
    if wish is None:
        return Tls.NEVER if is_loopback(parts.hostname or "") else Tls.REQUIRED
    if wish not in {Tls.REQUIRED, Tls.OPTIONAL, Tls.NEVER}:
        raise ValueError(f"has starttls={wish!r}; it is one of required, optional, never")
    return Tls(wish)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check_login(relay: Relay, *, has_password: bool) -> None:
    if relay.user is not None and not has_password:
        raise ValueError(f"has a user and no password; write it as {_EXAMPLE}")
    if relay.user is None and has_password:
        raise ValueError(f"has a password and no user; write it as {_EXAMPLE}")
    if not (f"{relay.user or ''}{relay.password}".isascii()):
        raise ValueError("has a user or password beyond ASCII, which SMTP logins cannot carry")
