"""The message's bytes and parts: E3, E4 and M1 to M9."""

import re
from collections.abc import Iterator

from aidigest.core.editions.fitting import BUDGET
from aidigest.core.proof.lint.findings import Finding, error, warning
from aidigest.core.proof.lint.mail import Mail

_LONGEST_LINE, _ENCODED_LINE = 998, 76
#: Gmail clips near 102 KB of HTML.
_CLIPPED, _WARN_AT = 100_000, BUDGET
_LARGEST = 200_000
_INVISIBLE = "\u200b\u2060\ufeff\u034f\u2007"
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"]+")


def check_mime(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with how the message is put together."""
    yield from _lines(mail)
    yield from _structure(mail)
    yield from _parts(mail)
    yield from _images(mail)
    yield from _text(mail)
    yield from _sizes(mail)


def _lines(mail: Mail) -> Iterator[Finding]:
    if re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw) or b"\0" in mail.raw:
        yield error("E3", "a line does not end in CR LF, or there is a NUL")
    longest = max(map(len, mail.raw.split(b"\r\n")))
    if longest > _LONGEST_LINE:
        yield error("E4", f"a line has {longest} octets; {_LONGEST_LINE} is most")


def _structure(mail: Mail) -> Iterator[Finding]:
    parsed = mail.parsed
    kinds = (
        [part.get_content_type() for part in parsed.iter_parts()] if parsed.is_multipart() else []
    )
    if mail.field("MIME-Version") != "1.0" or parsed.get_content_type() != "multipart/alternative":
        yield error("M1", "the message is no multipart/alternative of MIME 1.0")
    elif kinds not in (["text/plain", "text/html"], ["text/plain", "multipart/related"]):
        yield error(
            "M1", f"the parts must be text/plain and then text/html, not {', '.join(kinds)}"
        )
    defects = [type(one).__name__ for part in parsed.walk() for one in part.defects]
    if defects:
        yield error("M1", f"the message does not read back: {', '.join(sorted(set(defects)))}")
    boundary = parsed.get_boundary() or ""
    # One stands before each of the two parts, one at the end.
    marks = re.findall(rb"^--" + re.escape(boundary.encode()), mail.raw, re.MULTILINE)
    if parsed.is_multipart() and (len(boundary) > 70 or len(marks) != 3):  # noqa: PLR2004 - RFC 2046.
        yield error("M4", "the boundary is too long, or stands in a part")


def _parts(mail: Mail) -> Iterator[Finding]:
    for part in mail.parsed.walk():
        encoding = str(part.get("Content-Transfer-Encoding", "7bit")).lower()
        if part.is_multipart():
            if encoding not in ("7bit", "8bit", "binary"):
                yield error("M2", f"a multipart cannot be {encoding}")
            continue
        if part.get_content_maintype() != "text":
            continue
        if (part.get_content_charset() or "") != "utf-8":
            yield error("M2", f"{part.get_content_type()} is not charset=utf-8")
        if encoding not in ("quoted-printable", "base64", "7bit"):
            yield error(
                "M2", f"{part.get_content_type()} is sent as {encoding}, which relays may change"
            )
        body = part.get_payload()
        longest = max(map(len, str(body).splitlines()), default=0)
        if encoding in ("quoted-printable", "base64") and longest > _ENCODED_LINE:
            yield error("M2", f"an encoded line has {longest} octets; {_ENCODED_LINE} is most")


def _images(mail: Mail) -> Iterator[Finding]:
    used = set(re.findall(r"[\"'(]cid:([^\"')]+)", mail.html))
    found = {
        str(part["Content-ID"]).strip("<> ") for part in mail.parsed.walk() if part["Content-ID"]
    }
    if used != found:
        yield error("M5", f"cid: and Content-ID do not match: {', '.join(sorted(used ^ found))}")


def _text(mail: Mail) -> Iterator[Finding]:
    text = mail.text
    flat = " ".join(text.split())
    for heading in mail.page.iter("h3"):
        told = " ".join(heading.text_content().split())
        if told and told not in flat:
            yield error("M6", f"the text part lacks the story {told[:80]!r}")
    urls = set(_URL.findall(text))
    missing = [url for url, _ in mail.links() if url.startswith("http") and url not in text]
    if missing:
        yield error("M6", f"the text part lacks {len(missing)} links, or breaks them: {missing[0]}")
    yield from _text_lines(mail, text)
    if mail.leaving and mail.leaving not in urls:
        yield error("M7", "the text part lacks the link for leaving, or breaks it")


def _text_lines(mail: Mail, text: str) -> Iterator[Finding]:
    for line in text.splitlines():
        # One word that is longer, as an address, is better left whole.
        if len(line) > _ENCODED_LINE and " " in line.strip().removeprefix("* "):
            yield error("M7", f"a line of the text part has {len(line)} columns: {line[:60]!r}")
    shown = "".join(one for one in _INVISIBLE if one in text)
    if shown:
        yield error("M7", f"the text part has invisible characters: {shown!a}")
    entity = _ENTITY.search(text)
    if (
        entity
        and not mail.is_quoted(entity[0])
        and not any(entity[0] in url for url in _URL.findall(text))
    ):
        yield error("M7", f"the text part has an entity of HTML: {entity[0]}")


def _sizes(mail: Mail) -> Iterator[Finding]:
    size = len(mail.html.encode())
    if size >= _CLIPPED:
        yield error("M8", f"the HTML has {size:,} bytes: Gmail would cut it off")
    elif size > _WARN_AT:
        yield warning("M8", f"the HTML has {size:,} bytes; Gmail cuts at about 102,000")
    if len(mail.raw) > _LARGEST:
        yield warning("M9", f"the message has {len(mail.raw):,} bytes; {_LARGEST:,} is plenty")
    if any(part.get_content_disposition() == "attachment" for part in mail.parsed.walk()):
        yield error("M9", "the message has an attachment")
