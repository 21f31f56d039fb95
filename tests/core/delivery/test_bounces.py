"""What a bounce says, and that nobody is suppressed for what is not their address's fault."""

import random
from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.delivery.bounces import (
    Bounce,
    BounceKind,
    classify,
    judge,
    read_notice,
    weighed,
)
from bouncesamples import ADA, arf, dsn, mutated, qmail

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind"),
    [
        ("5.1.1", "550 5.1.1 <ada@example.org>: user unknown", BounceKind.HARD),
        ("5.1.1", "", BounceKind.HARD),
        ("5.2.1", "550 5.2.1 The email account is disabled", BounceKind.HARD),
        ("5.2.1", "550 5.2.1 mail comes at a rate that prevents more", BounceKind.SOFT),
        ("5.4.5", "550 5.4.5 the daily user sending limit is exceeded", BounceKind.POLICY),
        ("5.0.0", "550 no such user here", BounceKind.HARD),
        ("", "550 Recipient address unknown: no such mailbox", BounceKind.HARD),
        ("5.1.1", "550 5.1.1 <ada@ai-policy.example>: user unknown", BounceKind.HARD),
        ("5.1.1", "550 5.1.1 blocked using Spamhaus", BounceKind.POLICY),
        ("5.7.1", "550 5.7.1 message refused", BounceKind.POLICY),
        ("5.7.1", "550 5.7.1 user unknown", BounceKind.POLICY),
        ("4.7.0", "421 4.7.0 try again later", BounceKind.POLICY),
        ("5.7.26", "550 5.7.26 DMARC", BounceKind.POLICY),
        ("5.3.4", "552 5.3.4 message too big", BounceKind.POLICY),
        ("5.2.2", "552 5.2.2 mailbox full", BounceKind.SOFT),
        ("4.4.7", "message expired", BounceKind.SOFT),
        ("5.4.4", "host not found", BounceKind.SOFT),
        ("5.0.0", "550 no", BounceKind.SOFT),
        ("", "", BounceKind.SOFT),
        ("5.5.0", "554 rejected due to policy: no such user", BounceKind.POLICY),
    ],
)
def test_kind_is_told_by_code_and_words(status: str, diagnostic: str, kind: BounceKind) -> None:
    """Mautic files a reputation block as "unknown user"; a reader pays for that."""
    assert classify(status, diagnostic) is kind


def test_report_is_read_per_recipient() -> None:
    """RFC 3464: whom it failed for, with what status, in whose words."""
    notice = read_notice(dsn(status="5.1.1", diagnostic="550 5.1.1 user unknown", token="a.b-c_d9"))

    assert notice is not None
    assert (notice.kind, notice.status) == (BounceKind.HARD, "5.1.1")
    assert notice.diagnostic == "550 5.1.1 user unknown"
    assert notice.failed == (ADA,)
    assert notice.tokens == ("a.b-c_d9",)
    assert notice.envelope_ids == ("1-7-abcdef012345",)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_report_of_anything_but_failure_is_no_bounce(action: str) -> None:
    """A delay is news of a mail that is still on its way."""
    assert read_notice(dsn(action=action)) is None


def test_complaint_is_read() -> None:
    """RFC 5965; the address itself is often blacked out in it."""
    notice = read_notice(arf(token="a.b-c_d9"))

    assert notice is not None
    assert notice.kind is BounceKind.COMPLAINT
    assert notice.tokens == ("a.b-c_d9",)


def test_complaint_that_is_none_is_left_alone() -> None:
    """`not-spam` is a compliment."""
    assert read_notice(arf(kind="not-spam")) is None


@pytest.mark.parametrize(
    "subject",
    [
        "unsubscribe tok.en-_1",
        "Re: Unsubscribe  tok.en-_1",
        "unsubscribe%20tok.en-_1",
        "unsubscribe+tok.en-_1",
        "unsubscribe\r\n tok.en-_1",
        "=?utf-8?Q?unsubscribe_tok.en-=5F1?=",
        "=?utf-8?B?dW5zdWJzY3JpYmUgdG9rLmVuLV8x?=",
        "=?iso-8859-1?Q?R=E9p=3A?= unsubscribe tok.en-_1",
        "=?iso-8859-1?Q?R=E9p_=3A_unsubscri?=\r\n =?iso-8859-1?Q?be_tok=2Een-=5F1?=",
    ],
)
def test_mail_for_leaving_is_read(subject: str) -> None:
    """What the mailto in List-Unsubscribe makes a mail program write."""
    notice = read_notice(f"From: {ADA}\r\nSubject: {subject}\r\n\r\n".encode())

    assert notice is not None
    assert (notice.kind, notice.tokens) == (BounceKind.LEAVING, ("tok.en-_1",))


def test_auto_reply_to_it_is_not_a_wish() -> None:
    """RFC 3834: no machine leaves a list by being on holiday."""
    mail = b"Auto-Submitted: auto-replied\r\nSubject: Re: unsubscribe tok.en-_1\r\n\r\n"

    assert read_notice(mail) is None


def test_other_peoples_failures_count_little() -> None:
    """A forwarding reader's second mailbox is dead; their own address is not."""
    notice = read_notice(dsn(recipient="eve@elsewhere.example"))
    assert notice is not None

    assert weighed(notice, address=ADA).kind is BounceKind.SOFT
    assert weighed(notice, address="Eve@elsewhere.example").kind is BounceKind.HARD


def test_where_recipients_differ_the_mildest_counts() -> None:
    """A refusal of us beside a dead address: we do not know which one was the reader's."""
    notice = read_notice(dsn(more=[("5.7.1", "550 5.7.1 refused")]))

    assert notice is not None
    assert notice.kind is BounceKind.POLICY


def bounce(kind: BounceKind, *, days_ago: float = 0) -> Bounce:
    """Return one of that age."""
    return Bounce(subscriber_id=7, kind=kind, at=NOW - timedelta(days=days_ago))


def test_soft_bounces_add_up_and_fade() -> None:
    """Four days in a row are enough; four in a year are nothing."""
    in_a_row = [bounce(BounceKind.SOFT, days_ago=day) for day in (3, 2, 1, 0)]
    in_a_year = [bounce(BounceKind.SOFT, days_ago=90 * day) for day in (3, 2, 1, 0)]

    assert judge(in_a_row[:3]) is None
    assert judge(in_a_row) == "bounced softly again and again"
    assert judge(in_a_year) is None


def test_policy_never_counts_against_a_person() -> None:
    """A hundred refusals of us say nothing about them."""
    assert judge([bounce(BounceKind.POLICY)] * 100) is None


@pytest.mark.parametrize("kind", [BounceKind.HARD, BounceKind.COMPLAINT])
def test_one_is_enough(kind: BounceKind) -> None:
    """There is nobody there, or somebody who does not want it."""
    assert judge([bounce(kind)])


def test_clock_set_back_does_not_make_bounces_weigh_more() -> None:
    """A bounce of tomorrow counts as one of now."""
    assert judge([bounce(BounceKind.SOFT, days_ago=-400)] * 2) is None


def test_no_mail_whatever_crashes_the_reading() -> None:
    """10,000 broken reports, complaints and others: an answer or none, and never an error."""
    dice = random.Random(6)  # noqa: S311 - No secret.
    seeds = [dsn(), dsn(status="5.7.1", diagnostic="550 5.7.1 no"), arf(), qmail()]

    for number in range(10_000):
        notice = read_notice(mutated(seeds[number % len(seeds)], dice))
        assert notice is None or notice.kind in BounceKind


def test_one_message_fails_once_however_often_that_is_reported() -> None:
    """Some servers report each try."""
    assert judge([bounce(BounceKind.SOFT)] * 100) is None


@pytest.mark.parametrize("kind", [BounceKind.HARD, BounceKind.COMPLAINT])
@pytest.mark.parametrize("latest", [BounceKind.SOFT, BounceKind.POLICY, BounceKind.LEAVING])
def test_what_was_lifted_is_not_held_against_an_address_again(
    kind: BounceKind, latest: BounceKind
) -> None:
    """Somebody let it in again; a refusal of us, months later, says nothing new of it."""
    assert judge([bounce(kind, days_ago=90), bounce(latest)]) is None


def test_soft_bounces_that_were_lifted_weigh_nothing() -> None:
    """The mailbox was full, was emptied, and is full once more."""
    in_a_row = [bounce(BounceKind.SOFT, days_ago=day) for day in (4, 3, 2, 1)]

    assert judge(in_a_row) == "bounced softly again and again"
    assert judge([*in_a_row, bounce(BounceKind.SOFT)]) is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("550 5.1.1 blocked using Spamhaus", BounceKind.POLICY),
        ("550 refused by our spam filter; see https://mx.example", BounceKind.POLICY),
        ("550 5.1.1 no such user", BounceKind.HARD),
        ("x-unix; user unknown", BounceKind.HARD),
        (" SMTP ;550 5.1.1 no such user", BounceKind.HARD),
    ],
)
def test_words_without_their_type_are_heard(words: str, kind: BounceKind) -> None:
    """RFC 3464 wants `smtp;` before them; where it is missing, "blocked" still is about us."""
    mail = dsn(diagnostic="X").replace(b"smtp; X", words.encode())

    notice = read_notice(mail)

    assert notice is not None
    assert notice.kind is kind


def test_address_that_mail_was_forwarded_from_is_not_dead() -> None:
    """Postfix names both; it is the last one that failed, and the reader may have others."""
    mail = dsn(recipient="eve@elsewhere.example")
    first = f"Original-Recipient: rfc822;{ADA}\r\nFinal-Recipient: ".encode()

    notice = read_notice(mail.replace(b"Final-Recipient: ", first))

    assert notice is not None
    assert weighed(notice, address=ADA).kind is BounceKind.SOFT
    assert notice.recipients == (ADA, ADA)


def test_address_that_alone_is_named_is_the_one_that_failed() -> None:
    """Some servers give their user's name as the last recipient, which is no address."""
    mail = dsn(recipient="ada").replace(b"Final-Recipient: rfc822", b"Final-Recipient: local")
    first = f"Original-Recipient: rfc822;{ADA}\r\nFinal-Recipient: ".encode()

    notice = read_notice(mail.replace(b"Final-Recipient: ", first))

    assert notice is not None
    assert weighed(notice, address=ADA).kind is BounceKind.HARD


@pytest.mark.parametrize(
    "subject",
    ["=?klingon?Q?unsubscribe_tok.en-1?=", "=?utf-8?B?a?=", "=?utf-8?Q?=ED=A0=80?="],
)
def test_subject_that_cannot_be_decoded_is_no_wish(subject: str) -> None:
    """Anybody may write anything; nothing is guessed, and nothing breaks."""
    assert read_notice(f"From: {ADA}\r\nSubject: {subject}\r\n\r\n".encode()) is None


def wrapped(mail: bytes) -> bytes:
    """Return the mail as it leaves a gateway that adds a word of its own."""
    head, _, report = mail.partition(b"MIME-Version: 1.0\r\n")
    disclaimer = b"--w\r\nContent-Type: text/plain\r\n\r\nThis is confidential.\r\n--w--\r\n"
    mixed = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="w"\r\n\r\n--w\r\n'
    return head + mixed + report + b"\r\n" + disclaimer


def in_base64(mail: bytes, kind: bytes) -> bytes:
    """Return the mail with the part of that type in base64."""
    start = mail.index(b"\r\n\r\n", mail.index(kind)) + 4
    end = mail.index(b"\r\n--b", start)
    field = b"Content-Transfer-Encoding: base64\r\n\r\n"
    return mail[: start - 2] + field + encodebytes(mail[start:end]) + mail[end:]


def in_all_letters(mail: bytes) -> bytes:
    """Return the report in the types of RFC 6533."""
    status = mail.replace(b"message/delivery-status", b"message/global-delivery-status")
    return status.replace(b"text/rfc822-headers", b"message/global-headers")


@pytest.mark.parametrize(
    "change",
    [
        wrapped,
        in_all_letters,
        lambda mail: mail.replace(b" report-type=delivery-status;", b""),
        lambda mail: mail.replace(b"multipart/report", b"multipart/mixed"),
        lambda mail: mail.replace(b"Action: failed", b"Action: failed (bad address)"),
        lambda mail: in_base64(mail, b"message/delivery-status"),
        lambda mail: in_base64(in_all_letters(mail), b"message/global-delivery-status"),
        lambda mail: in_base64(
            mail.replace(b"text/rfc822-headers", b"message/rfc822"), b"message/rfc822"
        ),
    ],
)
def test_report_is_known_however_it_is_wrapped(change: Callable[[bytes], bytes]) -> None:
    """Gateways wrap and rename what they pass on; what machines read in it stays the same."""
    mail = dsn(token="a.b-c_d9", to="bounces@digest.example")

    assert read_notice(change(mail)) == read_notice(mail)
    assert read_notice(mail) is not None


@pytest.mark.parametrize(
    "change",
    [
        wrapped,
        lambda mail: mail.replace(b" report-type=feedback-report;", b""),
        lambda mail: in_base64(mail, b"message/feedback-report"),
        lambda mail: in_base64(mail, b"message/rfc822"),
    ],
)
def test_complaint_is_known_however_it_is_wrapped(change: Callable[[bytes], bytes]) -> None:
    """Whoever complained must not get another one for a gateway's sake."""
    mail = arf(token="a.b-c_d9")

    assert read_notice(change(mail)) == read_notice(mail)
    assert read_notice(mail) is not None


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (b"Version: 1\r\n", b"Original-Mail-From: <bounces+1-7-abcdef012345@digest.example>"),
        (b"From: The", b"Return-Path: <bounces+1-7-abcdef012345@digest.example>"),
    ],
)
def test_complaint_is_known_by_the_sender_it_quotes(place: bytes, field: bytes) -> None:
    """Providers black out links and addresses, and send complaints to one place for all."""
    mail = arf().replace(place, field + b"\r\n" + place)

    notice = read_notice(mail)

    assert notice is not None
    assert notice.envelope_ids == ("1-7-abcdef012345",)


def test_mail_that_quotes_a_report_is_none() -> None:
    """Somebody passes on, as an attachment, what came back to them."""
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="o"\r\n\r\n'
    attached = b"--o\r\nContent-Type: message/rfc822\r\n\r\n" + dsn() + b"\r\n--o--\r\n"

    assert read_notice(head + attached) is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Sorry, no mailbox here by that name. (#5.1.1)", BounceKind.HARD),
        ("192.0.2.4 does not like recipient.\nRemote host said: 550 no such user", BounceKind.HARD),
        (
            "192.0.2.4 failed after I sent the message.\nRemote host said: 554 spam",
            BounceKind.POLICY,
        ),
        ("I'm not going to try again; it has been in the queue too long.", BounceKind.SOFT),
        ("The mailbox is over quota. (#5.2.2)", BounceKind.SOFT),
    ],
)
def test_qmail_is_understood(words: str, kind: BounceKind) -> None:
    """It has no fields for machines, but its words stand in a fixed order."""
    notice = read_notice(qmail(words=words, token="a.b-c_d9"))

    assert notice is not None
    assert (notice.kind, notice.failed, notice.recipients) == (kind, (ADA,), (ADA,))
    assert notice.tokens == ("a.b-c_d9",)
    assert notice.diagnostic == words.replace("\n", " ")


def test_qmail_that_names_nobody_is_no_bounce() -> None:
    """It writes to postmasters in the same way."""
    assert read_notice(qmail().replace(b"<ada@example.org>:", b"Somebody:")) is None


@pytest.mark.parametrize("host", ["192.5.1.1", "5.1.1.9", "mx-5.1.1.10"])
def test_part_of_a_hosts_address_is_no_status(host: str) -> None:
    """A full mailbox behind 192.5.1.1 is none that does not exist (5.1.1)."""
    words = f"host {host} said: 552 mailbox full"
    mail = dsn(status="", diagnostic=words)

    in_fields, in_words = read_notice(mail), read_notice(qmail(words=words))

    assert in_fields is not None
    assert in_words is not None
    assert (in_fields.kind, in_words.kind) == (BounceKind.SOFT, BounceKind.SOFT)
