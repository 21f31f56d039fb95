"""The mail that asks whether an address wants what was asked for in its name.

Nothing that a visitor typed stands in it but the address it goes to: a form
that mails out words of strangers is a form for their adverts.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from aidigest.core.headers import mailbox_field, plain_field, text_field


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Finished words."""

    subject: str
    text: str


def letter_bytes(
    letter: Letter, *, sender: str, to: str, message_id: str, language: str, now: datetime
) -> bytes:
    """Return the whole message, its lines ended by CR LF.

    Args:
        letter: What it says.
        sender: `Name <address>`.
        to: The one recipient.
        message_id: With its angle brackets.
        language: Of the words.
        now: Its date.
    """
    body = EmailMessage(policy=SMTP)
    body.set_content(letter.text, cte="quoted-printable")
    fields = (
        mailbox_field("From", sender),
        mailbox_field("To", to),
        text_field("Subject", letter.subject),
        plain_field("Message-ID", message_id),
        plain_field("Date", format_datetime(now)),
        plain_field("Auto-Submitted", "auto-generated"),
        plain_field("Content-Language", language),
    )
    return b"".join(fields) + body.as_bytes()
