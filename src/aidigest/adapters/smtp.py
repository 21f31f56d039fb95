"""Connecting to the relay: greeting, encryption, login."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from aidigest.adapters.smtp_session import RFC_5321, SmtpSession, Timeouts
from aidigest.core.delivery.relays import Relay, Tls, parse_smtp_url
from aidigest.core.troubles import system_words
from aidigest.errors import RelayError

_LOGIN_HINT = (
    "look at user and password in SMTP_URL, where the signs @ : / # ? are written"
    " %40 %3A %2F %23 %3F"
)
_CERTIFICATE_HINT = "name the host as its certificate does"
_PLAIN_HINT = "smtps:// is for port 465, and smtp:// with STARTTLS for 587 and 25"
_NO_LOGIN_HINT = (
    "name the port that does, which is 587, or 465 with smtps://; or take user and password out"
)
_PORT_HINT = "is that the port of a mail relay? They are 587, 465 (smtps://) or 25"


class SmtpMailer:
    """Opens sessions with the relay that `SMTP_URL` names.

    Args:
        url: See `parse_smtp_url`; raises ValueError.
        timeouts: As RFC 5321 has them.
        context: What certificates are held against; the system's authorities
            if not given.
    """

    def __init__(
        self,
        url: str,
        *,
        timeouts: Timeouts = RFC_5321,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.relay = parse_smtp_url(url)
        self._timeouts = timeouts
        self._context = context

    def connect(self, *, patience_s: float | None = None) -> SmtpSession:
        """Connect, encrypt and log in.

        Args:
            patience_s: How long to wait for each of these, if not for as long as is usual.

        Raises:
            RelayError: With stage CONNECT, and the relay's reply where there was one.
        """
        client = self._connect(self._timeouts.greeting if patience_s is None else patience_s)
        try:
            with _translated(self.relay):
                self._introduce(client)
                return self.started(client, self._socket(client))
        except BaseException:
            client.close()
            raise

    def _socket(self, client: smtplib.SMTP) -> socket.socket:
        if client.sock is None:
            raise RelayError(f"{self.relay} hung up")
        return client.sock

    def started(self, client: smtplib.SMTP, connection: socket.socket) -> SmtpSession:
        """Return the session on a client that is logged in."""
        return SmtpSession(client, connection, self._timeouts)

    @contextmanager
    def session(self, *, patience_s: float | None = None) -> Iterator[SmtpSession]:
        """Connect as `connect` does, and say goodbye at the end."""
        session = self.connect(patience_s=patience_s)
        try:
            yield session
        finally:
            session.say_goodbye()

    def _connect(self, timeout: float) -> smtplib.SMTP:
        relay = self.relay
        with _translated(relay):
            if relay.tls is Tls.IMPLICIT:
                return smtplib.SMTP_SSL(
                    relay.host, relay.port, timeout=timeout, context=self._tls_context()
                )
            return smtplib.SMTP(relay.host, relay.port, timeout=timeout)

    def _introduce(self, client: smtplib.SMTP) -> None:
        client.ehlo_or_helo_if_needed()
        if self._wants_starttls(client):
            client.starttls(context=self._tls_context())
            client.ehlo_or_helo_if_needed()
        if self.relay.user is not None:
            if not client.has_extn("auth"):
                raise RelayError(f"{self.relay} offers no login; {_NO_LOGIN_HINT}")
            client.login(self.relay.user, self.relay.password)

    def _wants_starttls(self, client: smtplib.SMTP) -> bool:
        offered = client.has_extn("starttls")
        if self.relay.tls is Tls.REQUIRED and not offered:
            raise RelayError(
                f"{self.relay} offers no STARTTLS, so nothing was sent; "
                "add ?starttls=optional to SMTP_URL if you trust the way there"
            )
        return offered and self.relay.tls in {Tls.REQUIRED, Tls.OPTIONAL}

    def _tls_context(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


@contextmanager
def _translated(relay: Relay) -> Iterator[None]:
    """Tell what smtplib says of the first steps in our own errors."""
    try:
        yield
    except RelayError:
        raise
    except smtplib.SMTPResponseException as error:
        code, reply = error.smtp_code, _text(error.smtp_error)
        if code < 0:  # What came is no reply of SMTP.
            words = f"{relay}, which SMTP_URL names, answers with {reply!r}; {_PORT_HINT}"
            raise RelayError(words) from error
        is_login = isinstance(error, smtplib.SMTPAuthenticationError)
        reason = "refuses the login" if is_login else "does not let us in"
        hint = f"; {_LOGIN_HINT}" if is_login else ""
        words = f"{relay} {reason}: {code} {reply}{hint}"
        raise RelayError(words, code=code, reply=reply) from error
    # A UnicodeError is about a name, its or our own, that cannot be looked up or said.
    except (OSError, UnicodeError) as error:
        words = f"{relay}, which SMTP_URL names, cannot be used: {_words(error)}"
        raise RelayError(words) from error


def _words(error: OSError | UnicodeError) -> str:
    match error:
        case UnicodeError():
            return str(error)
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good: {error.verify_message}; {_CERTIFICATE_HINT}"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER"):
            return f"it does not begin with TLS; {_PLAIN_HINT}"
        case socket.gaierror():
            return f"the host's name is not known ({error.strerror})"
        case smtplib.SMTPException() | TimeoutError():
            return f"{error}; {_PORT_HINT}"
        case _:
            return system_words(error)


def _text(reply: bytes | str) -> str:
    return reply if isinstance(reply, str) else reply.decode("utf-8", "replace")
