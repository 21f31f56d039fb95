"""A report: what a mail that came back is made of, however its server has wrapped it."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Mail

#: RFC 6533 has the same for addresses beyond ASCII, as `message/global-…`.
_STATUS = {"message/delivery-status", "message/global-delivery-status"}
_FEEDBACK = "message/feedback-report"
_RETURNED = {
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "text/rfc822-headers",
}

#: A message of ours is for one reader; a forged report may have groups without end.
_MOST_GROUPS = 100

#: Leading blank lines are the mail's.
_QMAIL_BEGINS = re.compile(r"\s{0,8}Hi\. This is ")
_QMAIL_RECIPIENT = re.compile(r"\n\n<([^<>\n]{1,320})>:\n([^\n]+(?:\n[^\n]+)*)")

_BLANK_LINES = re.compile(r"(?:\r?\n){2,}")
#: What no field has a use for, and PostgreSQL refuses in a text.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The parts of a report that machines read."""

    is_complaint: bool
    groups: tuple[Mail, ...]  #: Of fields: one about the whole, and one for each recipient.
    head: Mail | None  #: The header of the mail that came back, if it is there.


def read_report(mail: Mail) -> Report | None:
    """Return the report in a mail, if there is one.

    It is known by its machine-readable part: not all servers call the whole
    multipart/report, and what a mail passes on its way may wrap it once more.

    Source:
        RFC 3464, section 2.1; RFC 5965, section 2; RFC 6533, section 3; and D. J.
        Bernstein, "The qmail-send Bounce Message Format (QSBMF)", as qmail writes
        reports in words alone.
    """
    parts = list(_parts(mail))
    feedback = [part for part in parts if part.get_content_type() == _FEEDBACK]
    told = feedback or [part for part in parts if part.get_content_type() in _STATUS]
    if not told:
        return _qmail_report(mail)
    heads = (_head(part) for part in parts if part.get_content_type() in _RETURNED)
    return Report(
        is_complaint=bool(feedback),
        groups=tuple(group for part in told for group in _groups(part)),
        head=next(heads, None),
    )


def field(mail: Mail, name: str) -> str:
    """Return a field on one line, without controls; whatever stands there, this raises nothing."""
    return _on_one_line(mail.get(name, ""))


def fields(mail: Mail, name: str) -> list[str]:
    """Return all fields of that name, each as `field` does."""
    return [_on_one_line(one) for one in mail.get_all(name, [])]


def decoded(text: str) -> str:
    """Return a field's text with its encoded words as they are meant (RFC 2047)."""
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, ValueError, MessageError):  # An unknown charset, or none of its texts.
        return text


def _on_one_line(value: object) -> str:
    return _UNWRITABLE.sub("", " ".join(str(value or "").split()))


def _qmail_report(mail: Mail) -> Report | None:
    """Return what qmail says in words, as if it had said it in fields."""
    content = mail.get_payload(decode=True)
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    if not _QMAIL_BEGINS.match(text):
        return None
    said, _, copy = text.replace("\r\n", "\n").partition("\n\n-")
    groups = [_failed(found[1], found[2]) for found in _QMAIL_RECIPIENT.finditer(said)]
    head = copy.partition("\n\n")[2].lstrip("\n")
    return Report(
        is_complaint=False, groups=tuple(groups), head=message_from_string(head) if head else None
    )


def _failed(recipient: str, words: str) -> Mail:
    group = Mail()
    group["Action"] = "failed"
    group["Final-Recipient"] = f"rfc822; {recipient}"
    group["Diagnostic-Code"] = f"smtp; {_on_one_line(words)}"
    return group


def _parts(mail: Mail) -> Iterator[Mail]:
    """Return the parts of a mail, but not those of mails that are in it."""
    pieces = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(pieces, list):
        for piece in pieces:
            if isinstance(piece, Mail):
                yield from _parts(piece)
    else:
        yield mail


def _groups(part: Mail) -> Iterator[Mail]:
    """Return the groups of fields in a part; blank lines are between them."""
    pieces = part.get_payload()
    if not isinstance(pieces, list):
        pieces = [message_from_string(str(pieces))]
    for piece in pieces:
        if isinstance(piece, Mail):
            yield piece
            # What the parser has not taken apart, for it does not know the type.
            texts = _BLANK_LINES.split(_plain(part, piece), maxsplit=_MOST_GROUPS)
            yield from (message_from_string(text) for text in texts if text)


def _head(part: Mail) -> Mail | None:
    if part.get_content_maintype() == "text":
        content = part.get_payload(decode=True)
        return message_from_bytes(content) if isinstance(content, bytes) else None
    pieces = part.get_payload()
    inner = pieces[0] if isinstance(pieces, list) and pieces else None
    if not isinstance(inner, Mail):
        return None
    # It is read, never written: newer Pythons refuse to write what came in broken.
    return inner if inner.keys() else message_from_string(_plain(part, inner))


def _plain(part: Mail, inner: Mail) -> str:
    """Return the text in a part; in base64 for some, which RFC 2046, 5.2.1 forbids."""
    text = inner.get_payload()
    if not isinstance(text, str):
        return ""
    if field(part, "Content-Transfer-Encoding").lower() != "base64":
        return text
    try:
        return b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""
