"""Bounces and complaints as servers write them; nobody in them exists."""

import random
from collections.abc import Sequence

ADA = "ada@example.org"


def dsn(
    *,
    status: str = "5.1.1",
    diagnostic: str = "550 5.1.1 user unknown",
    action: str = "failed",
    recipient: str = ADA,
    to: str = "bounces+1-7-abcdef012345@digest.example",
    token: str = "",
    message_id: str = "<daily.12.0@digest.example>",
    reader: str = ADA,
    more: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return a delivery status notification (RFC 3464)."""
    recipients = [(status, diagnostic), *more]
    blocks = "\n".join(
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {one}\n"
        f"Diagnostic-Code: smtp; {words}\n"
        for one, words in recipients
    )
    return _crlf(
        f"""From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I am sorry.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

{blocks}
--b1
Content-Type: text/rfc822-headers

{_returned(reader, message_id, token)}
--b1--
"""
    )


def arf(
    *,
    kind: str = "abuse",
    token: str = "",
    to: str = "bounces@digest.example",
    message_id: str = "<daily.12.0@digest.example>",
) -> bytes:
    """Return a complaint (RFC 5965), the reader's address blacked out."""
    return _crlf(
        f"""From: feedback@mailbox.example
To: {to}
Subject: FW: The Daily
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is a complaint.
--b2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Example/1.0
Version: 1

--b2
Content-Type: message/rfc822

{_returned("redacted", message_id, token)}

Hello
--b2--
"""
    )


def qmail(
    *,
    words: str = "Sorry, no mailbox here by that name. (#5.1.1)",
    to: str = "bounces@digest.example",
    token: str = "",
    message_id: str = "<daily.12.0@digest.example>",
) -> bytes:
    """Return a refusal as qmail writes it, in words alone."""
    return _crlf(
        f"""From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: failure notice

Hi. This is the program that takes mail at mx.example.org.
It could not deliver yours to the following addresses.

<{ADA}>:
{words}

--- Below this line is a copy of the message.

{_returned(ADA, message_id, token)}
Hello
"""
    )


def _returned(reader: str, message_id: str, token: str) -> str:
    leaving = f"List-Unsubscribe: <https://digest.example/unsubscribe/{token}>\n" if token else ""
    sender = "From: The Daily <digest@digest.example>"
    return f"{sender}\nTo: {reader}\nMessage-ID: {message_id}\n{leaving}"


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def mutated(mail: bytes, dice: random.Random) -> bytes:
    """Return the mail with some bytes, lines or pieces changed, doubled or gone."""
    changed = bytearray(mail)
    for _ in range(dice.randrange(1, 8)):
        place = dice.randrange(len(changed) + 1)
        match dice.randrange(4):
            case 0:
                changed[place : place + dice.randrange(30)] = b""
            case 1:
                changed[place:place] = dice.randbytes(dice.randrange(20))
            case 2:
                end = place + dice.randrange(200)
                changed[place:place] = changed[place:end]
            case _:
                changed[place : place + 1] = bytes([dice.randrange(256)])
    return bytes(changed)
