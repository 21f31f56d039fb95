"""A bounce: what a mail that came back says, and what follows for the person it was for.

Only what is surely about one of our own messages counts, and only "there is no
such address" ends a subscription at once. A refusal that is about us (policy,
reputation, content) is never held against a person.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import parseaddr
from enum import StrEnum
from typing import Any

from aidigest.core.delivery.replies import Meaning, blames_us, meaning
from aidigest.core.delivery.reports import Report, decoded, field, fields, read_report
from aidigest.core.readers.subscriber import normal_address
from aidigest.errors import Stage

#: In so many days a soft bounce loses half of its weight.
HALF_LIFE = timedelta(days=7)

#: So much weight of soft bounces ends it: about four days in a row.
ENOUGH = 3.0

#: What is kept of a server's words.
_LONGEST_DIAGNOSTIC = 1000

_TOKEN = re.compile(r"/unsubscribe/([A-Za-z0-9_.-]{8,400})")
#: Some mail programs leave the space of a mailto as it is written there (RFC 6068).
_LEAVING_SUBJECT = re.compile(r"unsubscribe(?:\s|%20|\+)+([A-Za-z0-9_.-]{8,400})", re.IGNORECASE)
#: No part of an IP address or of a version is one.
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
#: What stands before a server's words, as `smtp;`, and which some servers leave out.
_DIAGNOSTIC_TYPE = re.compile(r"^\s*[A-Za-z][A-Za-z0-9-]*\s*;\s*")
_CODE = re.compile(r"\b([45]\d\d)[ -]")
#: A comment may follow.
_FAILED = re.compile(r"failed\b", re.IGNORECASE)


class BounceKind(StrEnum):
    """What a mail that came back means for the person."""

    HARD = "hard"  #: There is no such address: write to it no more.
    SOFT = "soft"  #: It failed this time; counted, and forgotten with time.
    POLICY = "policy"  #: We are refused, or our message is; the person is not to blame.
    COMPLAINT = "complaint"  #: The reader called it spam: write to them no more.
    LEAVING = "leaving"  #: The reader wrote to leave.


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a mail in the mailbox says, before we know whether it is about us."""

    kind: BounceKind
    status: str = ""  #: As `5.1.1`.
    diagnostic: str = ""  #: The refusing server's words.
    tokens: tuple[str, ...] = ()  #: Tokens for leaving that stand in it; one of ours is proof.
    envelope_ids: tuple[str, ...] = ()  #: What stands between + and @ where it was sent to.
    message_id: str = ""  #: Of the mail that came back.
    recipients: tuple[str, ...] = ()  #: Of it, compared as `normal_address`.
    failed: tuple[str, ...] = ()  #: Whom the report names; none where it names nobody.


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A notice about a message of ours, as it is kept."""

    subscriber_id: int
    kind: BounceKind
    at: datetime
    edition_id: int | None = None
    status: str = ""
    diagnostic: str = ""


def read_notice(raw: bytes) -> Notice | None:
    """Say what a mail tells, if it is a bounce, a complaint or somebody leaving.

    Args:
        raw: The mail as it lies in the mailbox; anything at all.

    Source:
        RFC 3464 (delivery status), RFC 5965 (complaints), RFC 3834 (auto-replies).
    """
    mail = message_from_bytes(raw)
    report = read_report(mail)
    if report is not None:
        return _complaint(mail, report) if report.is_complaint else _refusal(mail, report)
    found = _LEAVING_SUBJECT.search(decoded(field(mail, "Subject")))
    if found and field(mail, "Auto-Submitted").lower() in {"", "no"}:
        return Notice(kind=BounceKind.LEAVING, tokens=(found[1],))
    return None


def judge(history: Iterable[Bounce]) -> str | None:
    """Return why an address is to be suppressed for the latest that came back from it, if it is.

    Args:
        history: All that came back from the person, oldest first, the latest included.
    """
    reason = None
    soft: dict[object, datetime] = {}
    for one in history:
        if one.kind is BounceKind.SOFT:
            # A server may report one message many times; it failed once.
            soft[one.edition_id or one.at.date()] = one.at
        reason = _verdict(one, soft)
        if reason:
            # It was suppressed for it then. If it is written to all the same, somebody has
            # lifted that, and with it all that had come before.
            soft.clear()
    return reason


def _verdict(latest: Bounce, soft: Mapping[object, datetime]) -> str | None:
    """Return why an address is to be suppressed for a bounce, with the soft ones up to it."""
    match latest.kind:
        case BounceKind.HARD:
            words = f"{latest.status} {latest.diagnostic}"
            return f"bounced: there is no such address: {words}".strip()
        case BounceKind.COMPLAINT:
            return "complained: the reader called it spam"
        case BounceKind.SOFT if _weight(soft.values(), until=latest.at) >= ENOUGH:
            return "bounced softly again and again"
        case _:
            return None


def _weight(moments: Iterable[datetime], *, until: datetime) -> float:
    """Return what is left of soft bounces that came at those moments; they fade."""
    # A clock that was set back does not make one weigh more.
    ages = (max(until - at, timedelta(0)) / HALF_LIFE for at in moments)
    return sum(math.pow(0.5, age) for age in ages)


def classify(status: str, diagnostic: str) -> BounceKind:
    """Say what kind of bounce a failed recipient is.

    Args:
        status: The enhanced status code, or nothing.
        diagnostic: The refusing server's words.
    """
    if blames_us(diagnostic):
        return BounceKind.POLICY
    code = _CODE.search(f"{diagnostic} ")
    number = int(code[1]) if code else int(f"{status[:1] or '5'}50")
    specific = status if status and not status.endswith(".0.0") else ""
    words = f"{specific} {diagnostic}".strip()
    if specific and not specific.startswith(str(number)[0]):
        number = int(f"{specific[0]}50")
    match meaning(number, words, stage=Stage.RCPT):
        case Meaning.NO_SUCH_ADDRESS:
            return BounceKind.HARD
        case Meaning.OURS:
            return BounceKind.POLICY
        case _:
            return BounceKind.POLICY if specific[2:4] == "7." else BounceKind.SOFT


def weighed(notice: Notice, *, address: str) -> Notice:
    """Return the notice as it counts for one person.

    A report may name others: those that a forwarding reader's mail goes to. That
    somebody else's address is dead does not make the reader's so.
    """
    if notice.kind is not BounceKind.HARD or not notice.failed:
        return notice
    if normal_address(address) in notice.failed:
        return notice
    return replace(notice, kind=BounceKind.SOFT)


def _refusal(mail: Mail, report: Report) -> Notice | None:
    failed = [one for one in report.groups if _FAILED.match(field(one, "Action"))]
    if not failed:
        return None  # Delays and successes are no bounces.
    judged = [_judged(one) for one in failed]
    # Where recipients differ, what is least against the person counts.
    kind, status, diagnostic = min(judged, key=lambda one: _SEVERITY.index(one[0]))
    first = [address for one in failed for address in _address(one, "Original-Recipient")]
    return Notice(
        kind=kind,
        status=status,
        diagnostic=diagnostic,
        failed=tuple(address for one in failed for address in _named(one)),
        **_returned(mail, report, first),
    )


_SEVERITY = (BounceKind.POLICY, BounceKind.SOFT, BounceKind.HARD)


def _judged(group: Mail) -> tuple[BounceKind, str, str]:
    diagnostic = _DIAGNOSTIC_TYPE.sub("", field(group, "Diagnostic-Code"))
    found = _STATUS.search(field(group, "Status")) or _STATUS.search(diagnostic)
    status = found[0] if found else ""
    return classify(status, diagnostic), status, diagnostic[:_LONGEST_DIAGNOSTIC]


def _named(group: Mail) -> Iterator[str]:
    """Return whom it failed for: the last address, where one was forwarded to another."""
    yield from _address(group, "Final-Recipient") or _address(group, "Original-Recipient")


def _address(group: Mail, name: str) -> tuple[str, ...]:
    address = field(group, name).partition(";")[2].strip().strip("<>")
    return (normal_address(address),) if "@" in address else ()


def _complaint(mail: Mail, report: Report) -> Notice | None:
    if not any(field(one, "Feedback-Type").lower() == "abuse" for one in report.groups):
        return None
    return Notice(kind=BounceKind.COMPLAINT, **_returned(mail, report))


def _returned(mail: Mail, report: Report, named: Iterable[str] = ()) -> dict[str, Any]:
    """Return what tells whose message it was: from the mail itself and from what it returns.

    Args:
        mail: That the report is in.
        report: What it says.
        named: Whom else it says that the message was for.
    """
    head = report.head
    tokens = _TOKEN.findall(field(head, "List-Unsubscribe")) if head else []
    to = parseaddr(field(head, "To"))[1] if head else ""
    return {
        "tokens": tuple(tokens),
        "envelope_ids": tuple(dict.fromkeys(_extensions(_senders(mail, report)))),
        "message_id": field(head, "Message-ID") if head else "",
        "recipients": (*([normal_address(to)] if to else []), *named),
    }


def _senders(mail: Mail, report: Report) -> Iterator[str]:
    """Return where the envelope of what came back may be said to have come from."""
    for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To"):
        yield from fields(mail, name)
    # A complaint goes to where a provider was told to send it, and not to the sender.
    for group in report.groups:
        yield field(group, "Original-Mail-From")
    if report.head is not None:
        yield field(report.head, "Return-Path")


def _extensions(addresses: Iterable[str]) -> Iterator[str]:
    for one in addresses:
        local = parseaddr(one)[1].rpartition("@")[0]
        if "+" in local:
            yield local.partition("+")[2]
