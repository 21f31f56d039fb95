"""The mail that tells a maintainer about alarms that persist."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from aidigest.core.feeds.feed import Alarm, FeedState


def alarm_mail(
    alarms: Sequence[tuple[FeedState, Alarm]], *, sender: str, to: str, now: datetime
) -> bytes:
    """Write one plain-text mail about all of them.

    Args:
        alarms: Each with the feed it is about.
        sender: `Name <address>`.
        to: The maintainer's address.
        now: For its date.
    """
    message = EmailMessage(policy=SMTP)
    count = len(alarms)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = f"aidigest: {count} feed{'s need' if count > 1 else ' needs'} attention"
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notices, please.
    parts = [
        f"{state.url}\n  {alarm.kind}, since {alarm.since:%Y-%m-%d %H:%M} UTC: {alarm.words}\n"
        for state, alarm in alarms
    ]
    footer = "Each is told once. `aidigest status` shows all that are on, `aidigest why URL` one.\n"
    message.set_content("\n".join([*parts, footer]), cte="quoted-printable")
    return message.as_bytes()
