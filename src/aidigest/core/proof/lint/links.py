"""The links' rules: T4 on what they say, T10, T12 and T15 on where they lead."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from aidigest.core.proof.lint.findings import Finding, error, warning
from aidigest.core.proof.lint.mail import LOOPBACK, Mail

#: Say nothing to somebody who has a list of a page's links read out.
_VAGUE = {
    "here",
    "click here",
    "this",
    "link",
    "more",
    "read more",
    "learn more",
    "details",
    "tại đây",
    "ở đây",
    "xem thêm",
    "đọc tiếp",
    "chi tiết",
}
_ARROWS = " .…>»→\u203a"
_HEADING = re.compile(r"h[1-6]")


def check_links(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with where links lead, and with what they say."""
    leaving = False
    plain: list[str] = []
    for address, words in mail.links():
        yield from _address(address)
        if words not in mail.quoted:  # What an outlet calls itself is not ours to mend.
            yield from _words(address, words)
        leaving = leaving or "/unsubscribe/" in address
        plain += [address] if address.startswith("http:") else []
    if plain:
        yield warning("T10", f"{len(plain)} links are not https, as {plain[0][:80]}")
    own = [one for one, _ in mail.links() if (_split(one) or ("", ""))[1] in LOOPBACK]
    if own:
        yield warning("T10", f"{len(own)} links lead to this machine, as {own[0][:80]}")
    yield from _ambiguous(mail)
    is_there = any(address == mail.leaving for address, _ in mail.links())
    if not (is_there if mail.leaving else leaving):
        yield error("T15", "there is no visible link for leaving")


def _address(address: str) -> Iterator[Finding]:
    parts = _split(address)
    if (
        parts is None
        or parts[0] not in ("http", "https", "mailto")
        or (parts[0] != "mailto" and not parts[1])
    ):
        yield error("T12", f"a link leads nowhere a mail may lead: {address[:80]!r}")
    elif re.search(r"[\s<>\"{}|\\^`]", address):
        yield error("T10", f"an address has characters that must be escaped: {address[:80]!r}")


def _words(address: str, words: str) -> Iterator[Finding]:
    if not words:
        yield error("T4", f"a link has no text: {address[:80]}")
    elif words.lower().strip(_ARROWS) in _VAGUE:
        yield warning("T4", f"a link says only {words!r}")
    elif not any(one.isalnum() for one in words) or re.match(r"https?://|www\.", words):
        yield warning("T4", f"a link does not say where it leads: {words[:80]!r}")


def _split(address: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(address)
        return parts.scheme.lower(), parts.hostname or ""
    except ValueError:
        return None


def _ambiguous(mail: Mail) -> Iterator[Finding]:
    """Yield where the same words lead to two places (WCAG 2.2, 2.4.4).

    An outlet is named in many stories. What tells these links apart is the
    heading that they stand under, which a screen reader can say with them.
    """
    told: dict[tuple[str, str], str] = {}
    for heading, link in _under_headings(mail.page):
        words = " ".join(link.text_content().split())
        address = str(link.get("href", ""))
        if words and told.setdefault((heading, words.lower()), address) != address:
            yield warning("T4", f"two links say {words[:60]!r} and lead to different places")
            return


def _under_headings(page: Any) -> Iterator[tuple[str, Any]]:
    """Yield each link with the heading before it; one in a heading stands under the last but it."""
    heading, above = "", ""
    for element in page.iter():
        if isinstance(element.tag, str) and _HEADING.fullmatch(element.tag):
            words = " ".join(element.text_content().split())
            above = above if element.tag == "h3" else words
            heading = words
        elif element.tag == "a":
            in_heading = any(
                isinstance(one.tag, str) and _HEADING.fullmatch(one.tag)
                for one in element.iterancestors()
            )
            yield above if in_heading else heading, element
