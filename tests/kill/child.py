"""The send that is killed: `python child.py DATABASE_URL SMTP_URL EDITION_ID`."""

import sys
from datetime import UTC, datetime, timedelta

from aidigest.adapters.database import Deliveries, open_engine
from aidigest.adapters.smtp import SmtpMailer
from aidigest.core.deliveries import Delivery
from aidigest.steps.deliver import Ending, deliver

BODY = b"A line of the edition that everybody gets.\r\n" * 200


def write(delivery: Delivery) -> bytes:
    """Make a message of some 9 KB."""
    return f"To: {delivery.address}\r\nSubject: Today\r\n\r\n".encode() + BODY


def main(database_url: str, smtp_url: str, edition_id: str) -> int:
    """Send what is due; succeed where nothing is left."""
    report = deliver(
        int(edition_id),
        ledger=Deliveries(open_engine(database_url)),
        mailer=SmtpMailer(smtp_url),
        write=write,
        sender="digest@example.org",
        not_after=datetime.now(UTC) + timedelta(hours=1),
        clock=lambda: datetime.now(UTC),
    )
    return 0 if report.ended is Ending.DONE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
