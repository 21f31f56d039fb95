"""Joining: whoever asked for a digest on the web is asked back by mail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aidigest.core.readers.joining import RETRIES, Waiting
from aidigest.core.readers.subscriber import masked
from aidigest.errors import MailError, RecipientError
from aidigest.steps.ports import Clock, Mailer

#: From here on, SMTP's codes are final (RFC 5321, section 4.2.1).
_FINAL_CODE = 500


class SignupStore(Protocol):
    """Where askings wait."""

    def take_due(self, *, now: datetime) -> Waiting | None:
        """Return the next whose mail is due, and keep others off it for some minutes."""
        ...

    def mailed(self, waiting_id: int, *, again_at: datetime | None = None) -> None:
        """Note that the mail is sent, or when it is tried again."""
        ...

    def forget_old(self, *, now: datetime) -> None:
        """Delete what is of no more use."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedAskings:
    """What a round of confirmation mails came to."""

    sent: int = 0
    silent: int = 0  #: Addresses that are suppressed; they get nothing.
    failed: int = 0  #: Tried again later, or given up.
    reason: str | None = None  #: Why the last of them failed; nobody's address is in it.


def mail_confirmations(
    *,
    store: SignupStore,
    mailer: Mailer,
    write: Callable[[Waiting], bytes | None],
    envelope_sender: str,
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
) -> MailedAskings:
    """Send the mails that are due; a death in between costs a second mail at most.

    Args:
        store: Where the askings wait.
        mailer: Takes the mails.
        write: Returns the message, or None where the address must not be written to.
        envelope_sender: Where refusals are reported to.
        clock: Aware UTC.
        stop: Asked before each mail.
    """
    sent = silent = failed = 0
    reason = None
    while not stop() and (waiting := store.take_due(now=clock())) is not None:
        message = write(waiting)
        if message is None:
            store.mailed(waiting.id)
            silent += 1
            continue
        address = waiting.asking.address
        trouble = _send(mailer, message, sender=envelope_sender, recipient=address)
        store.mailed(waiting.id, again_at=_again_at(waiting, trouble, now=clock()))
        if trouble is None:
            sent += 1
        else:
            failed += 1
            reason = masked(str(trouble), address)
    store.forget_old(now=clock())
    return MailedAskings(sent=sent, silent=silent, failed=failed, reason=reason)


def _send(mailer: Mailer, message: bytes, *, sender: str, recipient: str) -> MailError | None:
    """Return why it could not be sent, if it could not."""
    try:
        with mailer.session() as session:
            session.send(sender=sender, recipient=recipient, message=message, on_offer=lambda: None)
    except MailError as error:
        return error
    return None


def _again_at(waiting: Waiting, trouble: MailError | None, *, now: datetime) -> datetime | None:
    """Return when the mail is tried again; None where it was sent, or is given up."""
    is_final = isinstance(trouble, RecipientError) and (trouble.code or 0) >= _FINAL_CODE
    if trouble is None or is_final or waiting.attempts >= len(RETRIES):
        return None
    return now + RETRIES[waiting.attempts]
