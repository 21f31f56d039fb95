"""The mail that tells a maintainer about alarms that persist."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from aidigest.core.feeds.feed import Alarm, FeedState
from aidigest.core.headers import mailbox_field, plain_field, text_field


def alarm_mail(
    alarms: Sequence[tuple[FeedState, Alarm]], *, sender: str, to: str, now: datetime
) -> bytes:
    """Write one plain-text mail about all of them.

    Args:
        alarms: Each with the feed it is about.
        sender: `Name <address>`.
        to: The maintainer, `Name <address>` or the address alone.
        now: For its date.
    """
    text = _words(alarms)
    body = EmailMessage(policy=SMTP)
    body.set_content(text, cte="quoted-printable")
    count = len(alarms)
    # The same alarms have the same id, so a mail sent twice shows once.
    mark, domain = sha256(text.encode()).hexdigest()[:32], parseaddr(sender)[1].rpartition("@")[2]
    fields = (
        mailbox_field("From", sender),
        mailbox_field("To", to),
        text_field(
            "Subject", f"aidigest: {count} feed{'s need' if count > 1 else ' needs'} attention"
        ),
        plain_field("Message-ID", f"<alarms.{mark}@{domain}>"),
        plain_field("Date", format_datetime(now)),
        plain_field("Auto-Submitted", "auto-generated"),  # RFC 3834: no vacation notices, please.
    )
    return b"".join(fields) + body.as_bytes()


def _words(alarms: Sequence[tuple[FeedState, Alarm]]) -> str:
    parts = [
        f"{state.url}\n  {alarm.kind}, since {alarm.since:%Y-%m-%d %H:%M} UTC: {alarm.words}\n"
        for state, alarm in alarms
    ]
    footer = "Each is told once. `aidigest status` shows all that are on, `aidigest why URL` one.\n"
    return "\n".join([*parts, footer])
