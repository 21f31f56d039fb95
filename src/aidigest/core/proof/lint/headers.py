"""The header's rules, H1 to H28: what Gmail, Yahoo, Outlook and the RFCs ask of bulk mail."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.header import decode_header
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from aidigest.core.proof.lint.findings import Finding, error, warning
from aidigest.core.proof.lint.mail import LOOPBACK, Mail

_ONCE = (
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "MIME-Version",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Auto-Submitted",
)
_AT_MOST_ONCE = ("Reply-To", "Sender", "Cc", "Content-Type", "References", "In-Reply-To")
#: Fields that programs read; an encoded word in one makes it worthless.
_MACHINE_READ = (
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Auto-Submitted",
    "Date",
    "MIME-Version",
    "Content-Type",
)
_FREE_MAIL = {
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "outlook.com",
    "hotmail.com",
    "icloud.com",
}
_ENCODED = re.compile(rb"=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=")
_DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d(?::\d\d)? [+-]\d{4}"
)
_LONGEST_FIELD, _LONGEST_HEADER, _MOST_FIELDS = 32_000, 500_000, 5_000
_LONGEST_SUBJECT, _LONGEST_ID, _LONGEST_LIST_ID = 998, 500, 255
_ENCODED_LINE = 76  #: RFC 2047, section 2.
_SOON = timedelta(minutes=10)


def check_header(mail: Mail, *, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the header; *now* is when it is sent, or would be."""
    yield from _counts(mail)
    yield from _sender(mail)
    yield from _date(mail, now)
    yield from _ids(mail)
    yield from _subject(mail)
    yield from _encoding(mail)
    yield from _list(mail)
    yield from _leaving(mail)
    yield from _precedence(mail)
    yield from _signature(mail)


def _counts(mail: Mail) -> Iterator[Finding]:
    for name in _ONCE:
        count = len(mail.all(name))
        if count != 1:
            yield error("H1", f"{name} stands {count} times; once is right")
    for name in _AT_MOST_ONCE:
        if len(mail.all(name)) > 1:
            yield error("H1", f"{name} stands {len(mail.all(name))} times; once is right")
    header = mail.raw.partition(b"\r\n\r\n")[0]
    longest = max((len(value) for _, value in mail.fields), default=0)
    if longest > _LONGEST_FIELD or len(header) > _LONGEST_HEADER or len(mail.fields) > _MOST_FIELDS:
        yield error("H9", f"the header is too large: {len(header)} bytes, a field of {longest}")


def _sender(mail: Mail) -> Iterator[Finding]:
    if len(mail.senders) != 1 or "@" not in mail.senders[0][1]:
        yield error("H2", "From must have exactly one address")
        return
    name, address = mail.senders[0]
    if len(mail.recipients) != 1 or "@" not in mail.recipients[0]:
        yield error("H7", "To must have exactly one address")
    if not name:
        yield warning("H3", "From has no name; readers see a bare address")
    elif any(unicodedata.category(one) == "So" for one in name) or name in mail.recipients:
        yield warning("H3", f"the sender's name {name!r} should say who sends, and nothing else")
    domain = address.rpartition("@")[2].lower()
    if domain in _FREE_MAIL:
        yield warning("H4", f"From is at {domain}, which no other relay may send for")
    replies = str(mail.parsed["Reply-To"] or address)
    if re.search(r"\b(?:no|do-?not)-?_?reply@", replies, re.IGNORECASE):
        yield warning("H26", f"readers cannot answer {replies}")


def _date(mail: Mail, now: datetime) -> Iterator[Finding]:
    value = mail.field("Date")
    if not _DATE.fullmatch(value):
        yield error("H5", f"Date {value!r} is not of the form of RFC 5322 with a numeric zone")
    elif abs(parsedate_to_datetime(value) - now) > _SOON:
        yield warning("H5", f"Date {value!r} is not about now")


def _ids(mail: Mail) -> Iterator[Finding]:
    value = mail.field("Message-ID")
    domain = _domain(mail)
    if not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", value) or len(value) > _LONGEST_ID:
        yield error("H6", f"Message-ID {value!r} is not <unique@domain>")
    elif value.removesuffix(">").rpartition("@")[2].lower() != domain:
        yield error("H6", f"Message-ID {value!r} is not of the sender's domain {domain}")


def _domain(mail: Mail) -> str:
    return mail.senders[0][1].rpartition("@")[2].lower() if mail.senders else ""


def _subject(mail: Mail) -> Iterator[Finding]:
    subject = mail.subject
    if not subject.strip():
        yield error("H8", "the subject is empty")
    if len(subject) > _LONGEST_SUBJECT:
        yield error("H8", f"the subject has {len(subject)} characters; {_LONGEST_SUBJECT} is most")
    letters = [one for one in subject if one.isalpha()]
    if len(letters) > 8 and all(one.isupper() for one in letters):  # noqa: PLR2004 - Short names may.
        yield warning("H8", "the subject is all capitals, which filters count against a mail")
    if re.match(r"(?:re|fwd?|aw|tr)\s*:", subject, re.IGNORECASE):
        yield warning("H8", "the subject begins like an answer")
    title = " ".join((mail.page.findtext(".//title") or "").split())
    if title and " ".join(subject.split()).removeprefix("[Test] ") != unicodedata.normalize(
        "NFC", title
    ):
        yield error("H13", f"the subject does not read back as the page's title: {subject!r}")


def _encoding(mail: Mail) -> Iterator[Finding]:
    for name, value in mail.fields:
        if not value.isascii():
            yield error("H14", f"{name} has bytes beyond ASCII")
        unfolded = re.sub(rb"\r\n(?=[ \t])", b"", value)
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", unfolded):
            yield error("H15", f"{name} has a control character")
        if any(not line.strip() or line != line.rstrip() for line in value.split(b"\r\n")):
            yield error("H28", f"{name} has a line that is empty or ends in a space")
        if name in _MACHINE_READ and _ENCODED.search(value):
            yield error("H11", f"{name} has an encoded word, and programs read it")
        yield from _words(name, value)


def _words(name: str, value: bytes) -> Iterator[Finding]:
    if b"?==?" in value:
        yield error("H12", f"{name} has two encoded words with nothing between them")
    for found in _ENCODED.finditer(value):
        if len(found[0]) > 75:  # noqa: PLR2004 - RFC 2047, section 2.
            yield error("H10", f"{name} has an encoded word of {len(found[0])} octets")
        try:
            octets, charset = decode_header(found[0].decode())[0]
            if isinstance(octets, bytes):
                octets.decode(charset or "ascii")
        except (UnicodeError, LookupError, ValueError):
            yield error("H10", f"{name} has an encoded word that holds no whole characters")
    lines = b"".join((name.encode(), b": ", value.lstrip())).split(b"\r\n")
    if _ENCODED.search(value) and max(map(len, lines)) > _ENCODED_LINE:
        yield error("H10", f"{name} has an encoded line of more than {_ENCODED_LINE} octets")


def _list(mail: Mail) -> Iterator[Finding]:
    list_id = mail.field("List-Id")
    found = re.fullmatch(r'(?:"[^"\\]*"|[\w .-]*)\s*<([\w-]+(?:\.[\w-]+)+)>', list_id, re.ASCII)
    if not found or len(list_id) > _LONGEST_LIST_ID:
        yield error("H16", f"List-Id {list_id!r} is not Name <list.domain>")
    elif not found[1].lower().endswith(f".{_domain(mail)}"):
        yield error("H27", f"List-Id {found[1]} is not of the sender's domain")
    if mail.field("Auto-Submitted") != "auto-generated":
        yield error("H23", "Auto-Submitted must be auto-generated")
    feedback = mail.field("Feedback-ID")
    parts = feedback.split(":")
    if len(parts) != 4 or not re.fullmatch(r"\S{5,15}", parts[-1]):  # noqa: PLR2004 - a:b:c:SenderId.
        yield warning("H25", f"Feedback-ID {feedback!r} is not a:b:c:SenderId")
    elif _names_a_reader(mail, feedback):
        yield error("H25", "Feedback-ID names the reader")


def _leaving(mail: Mail) -> Iterator[Finding]:
    value = mail.field("List-Unsubscribe")
    uris = re.findall(r"<([^<>]*)>", value)
    if value != ", ".join(f"<{uri}>" for uri in uris) or any(" " in uri for uri in uris):
        yield error("H17", f"List-Unsubscribe is not a list of <address>: {value!r}")
    web = [uri for uri in uris if uri.lower().startswith(("https:", "http:"))]
    if len(web) != 1:
        yield error("H17", f"List-Unsubscribe has {len(web)} web addresses; one is right")
    elif not web[0].lower().startswith("https:"):
        if urlsplit(web[0]).hostname in LOOPBACK:
            yield warning("H17", f"List-Unsubscribe leads to this machine: {web[0]}")
        else:
            yield error("H17", f"List-Unsubscribe must be https, or no client offers it: {web[0]}")
    if not any(uri.lower().startswith("mailto:") for uri in uris):
        yield warning("H17", "List-Unsubscribe has no mailto: for clients without a browser")
    if mail.field("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        yield error("H18", "List-Unsubscribe-Post must be List-Unsubscribe=One-Click")
    if _names_a_reader(mail, value):
        yield error("H20", "List-Unsubscribe has the reader's address in it")


def _names_a_reader(mail: Mail, value: str) -> bool:
    readers = [one.lower() for one in mail.recipients]
    return any(
        one and (one in value.lower() or one.replace("@", "%40") in value.lower())
        for one in readers
    )


def _precedence(mail: Mail) -> Iterator[Finding]:
    """It is no standard, and we send none: who adds it means "bulk" or "list" (RFC 3834, 2)."""
    value = mail.field("Precedence").lower()
    if value not in ("", "bulk", "list"):
        yield warning("H24", f"Precedence {value!r} is neither bulk nor list; leave it out")


def _signature(mail: Mail) -> Iterator[Finding]:
    for signature in mail.all("DKIM-Signature"):
        parts = re.sub(rb"\s", b"", signature).decode("latin-1").split(";")
        tags = {name: value for name, _, value in (part.partition("=") for part in parts)}
        signed = tags.get("h", "").lower().split(":")
        missing = {"list-unsubscribe", "list-unsubscribe-post", "from"} - set(signed)
        if missing:
            yield error("H21", f"DKIM does not sign {', '.join(sorted(missing))}")
        if "l" in tags:
            yield error("H22", "DKIM signs a part of the body only (l=)")
        if tags.get("a") not in ("rsa-sha256", "ed25519-sha256"):
            yield error("H22", f"DKIM signs with {tags.get('a')!r}, which nobody believes")
        if tags.get("c") != "relaxed/relaxed":
            yield warning("H22", "DKIM breaks when a relay folds a line: c= is not relaxed/relaxed")
        if signed.count("from") < 2:  # noqa: PLR2004 - As said.
            yield warning("H22", "DKIM signs From once: another could be added (sign it twice)")
