"""One connection to a relay, and the steps in which it takes a message.

They are spelled out, where `smtplib.SMTP.sendmail` has them in one, because the
moment before the final dot belongs to the caller.
"""

import re
import smtplib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr

from aidigest.errors import MailError, RecipientError, RelayError, Stage, UnansweredError

_FINAL_DOT = b".\r\n"

#: First digits of a reply code; RFC 5321, section 4.2.1.
_SUCCESS, _NOT_NOW, _NEVER = 2, 4, 5
_CLOSING_CODE = 421
_GO_AHEAD_CODE = 354
_NO_ADDRESS_CODE = 553

#: What would end a command early, or pass for a second one.
_UNFIT = re.compile(r"[\x00-\x20\x7f<>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How many seconds of silence end each step; RFC 5321, section 4.5.3.2."""

    greeting: float = 300  #: The connection too, and each step of the login.
    command: float = 300  #: MAIL, RCPT, RSET.
    data: float = 120  #: From DATA to the go-ahead.
    block: float = 180  #: To get the message out.
    dot: float = 600  #: From the final dot to the reply: a relay may be slow to be sure.
    quit: float = 5  #: All is said by then, so this is short of what the RFC grants.


#: Waiting as long as the standard asks for.
RFC_5321 = Timeouts()


class SmtpSession:
    """An open connection to the relay, good for any number of messages until it breaks."""

    def __init__(self, client: smtplib.SMTP, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        self._needs_reset = False
        if client.sock is not None:
            # Body and dot are two writes; the second must not wait until the
            # first is acknowledged.
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(
        self, *, sender: str, recipient: str, message: bytes, on_offer: Callable[[], None]
    ) -> tuple[int, str]:
        """Hand over one message; call *on_offer* when only the final dot is missing.

        Returns:
            The relay's reply to the message: its 2yz code and its text.

        Raises:
            RecipientError: The relay refused this address, or this message to it.
            RelayError: The connection is lost, or the relay refused the sender.
            UnansweredError: All was offered, and no reply, or none that makes
                sense, came back.
        """
        body = dot_stuffed(message)
        self._reset_if_needed()
        self._name_sender(sender, size=len(body), is_ascii=body.isascii())
        self._name_recipient(recipient)
        self._ask_to_go_ahead(recipient)
        self._write(body)
        self._last_moment(on_offer)
        return self._finish(recipient)

    def _reset_if_needed(self) -> None:
        # After a refusal the transaction is still open, and a second MAIL would be
        # a protocol error.
        if self._needs_reset:
            self._ask("RSET", stage=Stage.MAIL, seconds=self._timeouts.command)
        self._needs_reset = False

    def _name_sender(self, sender: str, *, size: int, is_ascii: bool) -> None:
        _name, address = parseaddr(sender)
        try:
            line = f"MAIL FROM:{_path(address)}"
        except ValueError as error:
            reason = f"{sender} cannot be a sender: {error}"
            raise RelayError(
                reason, code=_NO_ADDRESS_CODE, reply=reason, stage=Stage.MAIL
            ) from error
        if self._client.has_extn("size"):
            line += f" SIZE={size}"
        if not is_ascii and self._client.has_extn("8bitmime"):
            line += " BODY=8BITMIME"
        code, reply = self._ask(line, stage=Stage.MAIL, seconds=self._timeouts.command)
        if not _is_success(code):
            raise RelayError(
                f"the relay refused the sender: {code} {reply}",
                code=code,
                reply=reply,
                stage=Stage.MAIL,
            )

    def _name_recipient(self, recipient: str) -> None:
        self._needs_reset = True
        try:
            line = f"RCPT TO:{_path(recipient)}"
        except ValueError as error:
            raise RecipientError(recipient, code=_NO_ADDRESS_CODE, reply=str(error)) from error
        code, reply = self._ask(line, stage=Stage.RCPT, seconds=self._timeouts.command)
        if not _is_success(code):
            raise RecipientError(recipient, code=code, reply=reply)

    def _ask_to_go_ahead(self, recipient: str) -> None:
        code, reply = self._ask(
            "DATA", stage=Stage.DATA, seconds=self._timeouts.data, awaited=_GO_AHEAD_CODE
        )
        if _is_success(code):
            self._client.close()
            raise RelayError(f"the relay answered DATA with {code} {reply}", stage=Stage.DATA)
        if code != _GO_AHEAD_CODE:
            raise RecipientError(recipient, code=code, reply=reply, stage=Stage.DATA)

    def _write(self, body: bytes) -> None:
        try:
            self._wait_at_most(self._timeouts.block)
            self._client.send(body)
        except OSError as error:
            raise self._lost(error, Stage.DATA) from error

    def _last_moment(self, on_offer: Callable[[], None]) -> None:
        try:
            on_offer()
        except BaseException:
            # No word may follow: QUIT would be read as a line of the message.
            self._client.close()
            raise

    def _finish(self, recipient: str) -> tuple[int, str]:
        try:
            self._wait_at_most(self._timeouts.dot)
            self._client.send(_FINAL_DOT)
            code, reply = _decoded(self._client.getreply())
        except OSError as error:
            self._client.close()
            raise UnansweredError(f"no reply came: {error}", stage=Stage.DATA) from error
        self._needs_reset = False
        if _is_success(code):
            return code, reply
        self._check(code, reply, stage=Stage.DATA, error=UnansweredError)
        raise RecipientError(recipient, code=code, reply=reply, stage=Stage.DATA)

    def _ask(
        self, line: str, *, stage: Stage, seconds: float, awaited: int | None = None
    ) -> tuple[int, str]:
        try:
            self._wait_at_most(seconds)
            code, reply = _decoded(self._client.docmd(line))
        except OSError as error:
            raise self._lost(error, stage) from error
        self._check(code, reply, stage=stage, error=RelayError, awaited=awaited)
        return code, reply

    def _check(
        self,
        code: int,
        reply: str,
        *,
        stage: Stage,
        error: type[MailError],
        awaited: int | None = None,
    ) -> None:
        """Hang up on a relay that closes the connection, or talks no SMTP."""
        if code == _CLOSING_CODE:
            self._client.close()
            reason = f"the relay closes the connection: {reply}"
            raise RelayError(reason, code=code, reply=reply, stage=stage)
        makes_sense = code // 100 in {_SUCCESS, _NOT_NOW, _NEVER} or code == awaited
        if not makes_sense:
            self._client.close()
            raise error(f"the reply makes no sense: {code} {reply}", reply=reply, stage=stage)

    def _lost(self, error: OSError, stage: Stage) -> RelayError:
        self._client.close()
        return RelayError(f"the connection was lost: {error}", stage=stage)

    def _wait_at_most(self, seconds: float) -> None:
        if self._client.sock is not None:
            self._client.sock.settimeout(seconds)


def dot_stuffed(message: bytes) -> bytes:
    """Return the message as it goes over the wire, all but the final dot.

    Source:
        RFC 5321, sections 2.3.8 (lines end in CRLF) and 4.5.2 (transparency).
    """
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not lines.endswith(b"\n"):
        lines += b"\n"
    if lines.startswith(b"."):
        lines = b"." + lines
    return lines.replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")


def _path(address: str) -> str:
    """Return the address as commands take it; domains beyond ASCII become IDNA.

    Raises:
        ValueError: With an enhanced status code and words, as a relay would put it.
    """
    local, _, domain = address.rpartition("@")
    try:
        path = f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise ValueError("5.6.7 the address cannot be written in ASCII") from error
    if _UNFIT.search(path):
        raise ValueError("5.1.3 this is no address")
    return f"<{path}>"


def _decoded(answer: tuple[int, bytes]) -> tuple[int, str]:
    code, text = answer
    return code, text.decode("utf-8", "replace")


def _is_success(code: int) -> bool:
    return code // 100 == _SUCCESS
