"""The page's rules, T1 to T4, T6 and T10 to T17: what clients and screen readers need."""

import re
import unicodedata
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

from aidigest.core.editions.edition import UNSUBSCRIBE_MARK
from aidigest.core.proof.lint.findings import Finding, error, warning
from aidigest.core.proof.lint.mail import Mail, comments, elements

_FORBIDDEN = (
    "script",
    "form",
    "iframe",
    "object",
    "embed",
    "link",
    "base",
    "video",
    "audio",
    "input",
)
_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|%%|\$\{|\b(?:None|undefined|NaN|localhost|127\.0\.0\.1|lorem ipsum)\b|"
    + UNSUBSCRIBE_MARK,
    re.IGNORECASE,
)
_EXACT = {"none", "nan"}  #: Are words in small letters.
_HIDES = re.compile(r"display:\s*none|visibility:\s*hidden|font-size:\s*0|opacity:\s*0(?:[;\s]|$)")
#: Pads the preheader, so that the inbox does not go on with what comes next.
_PADDING = "\u2007\ufeff\u034f\u200c\u200b\u00ad\u00a0 "
_WIDEST = 640


def check_page(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with the HTML."""
    if not mail.html.strip():
        yield error("T1", "there is no HTML")
        return
    yield from _document(mail)
    yield from _language(mail)
    yield from _layout(mail)
    yield from _headings(mail)
    yield from _meta(mail)
    yield from _contents(mail)
    yield from _characters(mail)
    yield from _hidden(mail)
    yield from _identity(mail)
    yield from _comments(mail)


def _document(mail: Mail) -> Iterator[Finding]:
    html = mail.html
    if not html.startswith("<!DOCTYPE html>"):
        yield error(
            "T1", "the page does not start with <!DOCTYPE html>: clients fall back to quirks"
        )
    for name in ("html", "head", "body"):
        count = len(re.findall(rf"<{name}[\s>]", html, re.IGNORECASE))
        if count != 1:
            yield error("T1", f"there are {count} <{name}>")
    if not (mail.page.findtext(".//title") or "").strip():
        yield error("T1", "the page has no title")


def _language(mail: Mail) -> Iterator[Finding]:
    body = mail.page.find("body")
    wrapper = next(iter(body), None) if body is not None else None
    for name, element in (("<html>", mail.page), ("the first element in <body>", wrapper)):
        missing = [one for one in ("lang", "dir") if element is None or not element.get(one)]
        if missing:
            yield error("T2", f"{name} has no {' and no '.join(missing)}")


def _layout(mail: Mail) -> Iterator[Finding]:
    for table in mail.page.iter("table"):
        if table.get("role") not in ("presentation", "none") and table.find(".//th") is None:
            yield error("T3", 'a table for layout lacks role="presentation"')
            break
    for image in mail.page.iter("img"):
        missing = [one for one in ("alt", "width", "height") if image.get(one) is None]
        if missing:
            yield error("T3", f"an image lacks {', '.join(missing)}: {image.get('src', '')[:80]}")
    wide = [one for one in _widths(mail) if one > _WIDEST]
    if wide:
        yield error("T16", f"something is {max(wide)} pixels wide; {_WIDEST} is most")


def _widths(mail: Mail) -> Iterator[int]:
    for element in elements(mail.page):
        width = element.get("width", "")
        if width.isdigit():
            yield int(width)
        for found in re.findall(r"(?:^|;)\s*(?:min-)?width:\s*(\d+)px", element.get("style", "")):
            yield int(found)


def _headings(mail: Mail) -> Iterator[Finding]:
    levels = [int(one.tag[1]) for one in elements(mail.page) if re.fullmatch(r"h[1-6]", one.tag)]
    if levels.count(1) != 1:
        yield error("T4", f"there are {levels.count(1)} <h1>; one is right")
    skipped = [(a, b) for a, b in zip([0, *levels], levels, strict=False) if b > a + 1]
    if skipped:
        yield error("T4", f"headings skip from h{skipped[0][0]} to h{skipped[0][1]}")
    if any(
        not one.text_content().strip()
        for one in elements(mail.page)
        if one.tag in ("h1", "h2", "h3")
    ):
        yield error("T4", "a heading is empty")


def _meta(mail: Mail) -> Iterator[Finding]:
    found = {meta.get("name"): meta.get("content", "") for meta in mail.page.iter("meta")}
    for name in ("color-scheme", "supported-color-schemes"):
        if "dark" not in found.get(name, ""):
            yield warning("T6", f'there is no <meta name="{name}" content="light dark">')


def _contents(mail: Mail) -> Iterator[Finding]:
    for name in _FORBIDDEN:
        if next(mail.page.iter(name), None) is not None:
            yield error("T10", f"clients take <{name}> out, or the whole mail for harmful")
    handlers = [
        name
        for one in elements(mail.page)
        for name in map(str, one.attrib)
        if name.startswith("on")
    ]
    if handlers:
        yield error("T12", f"an element has {handlers[0]}, which is a script")
    for image in mail.page.iter("img"):
        if not re.match(r"https:|cid:|data:image/", image.get("src", "")):
            yield error("T10", f"an image is not at https: {image.get('src', '')[:80]!r}")
    yield from _leftovers(mail)


def _leftovers(mail: Mail) -> Iterator[Finding]:
    shown = [*_shown(mail.page), *mail.text.splitlines(), mail.subject]
    for words in shown:
        for found in _LEFTOVER.finditer(words):
            if found[0].lower() in _EXACT and found[0] not in ("None", "NaN"):
                continue
            around = words[max(0, found.start() - 8) : found.end() + 8]
            if not (mail.is_quoted(around) or mail.is_quoted(found[0]) or "://" in around):
                yield error("T10", f"something was left over from a template: {around.strip()!r}")
                return


def _shown(page: Any) -> Iterator[str]:
    for element in elements(page):
        if element.tag not in ("style", "script", "title"):
            yield from (words for words in (element.text, element.tail) if words)


def _characters(mail: Mail) -> Iterator[Finding]:
    for name, words in (("HTML", mail.html), ("text", mail.text)):
        bad = {one for one in set(words) if _is_bad(one)}
        if bad:
            yield error(
                "T11", f"the {name} has {', '.join(sorted(f'U+{ord(one):04X}' for one in bad))}"
            )


def _is_bad(character: str) -> bool:
    return character == "\ufffd" or (
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
    )


def _hidden(mail: Mail) -> Iterator[Finding]:
    visible = _words_shown(mail)
    hidden = [one for one in elements(mail.page) if _HIDES.search(one.get("style", ""))]
    for number, element in enumerate(hidden):
        words = " ".join(element.text_content().strip(_PADDING).split()).strip(_PADDING)
        if number:
            yield error("T13", f"hidden text looks like spam: {words[:60]!r}")
        elif not _repeats(words, visible):
            yield warning("T13", f"the preheader says what the mail does not: {words[:60]!r}")
    preheader = " ".join(hidden[0].text_content().split()).strip(_PADDING) if hidden else ""
    length = len(preheader)
    if not 20 <= length <= 140:  # noqa: PLR2004 - What inboxes show.
        yield warning("T14", f"the preheader has {length} characters; 40 to 100 are shown")


def _repeats(words: str, visible: str) -> bool:
    pieces = [one.strip(" …·") for one in words.split(" · ")]
    return all(one in visible for one in pieces)


def _words_shown(mail: Mail) -> str:
    """Return all words that are not hidden, with one space between."""
    return " ".join(" ".join(_visible(mail.page.find("body"))).split())


def _visible(element: Any) -> Iterator[str]:
    if (
        element is None
        or not isinstance(element.tag, str)
        or _HIDES.search(element.get("style", ""))
    ):
        return
    yield element.text or ""
    for child in element:
        yield from _visible(child)
        yield child.tail or ""


def _identity(mail: Mail) -> Iterator[Finding]:
    """Yield where a reader cannot see whose mail it is: spam shows a name in From alone."""
    name, address = parseaddr(str(mail.parsed["From"] or ""))
    visible = _words_shown(mail).casefold()
    known = (" ".join(name.split()), address.rpartition("@")[2])
    if not any(one and one.casefold() in visible for one in known):
        yield warning("T15", f"the page does not say whose it is: {known[0] or known[1]!r}")


def _comments(mail: Mail) -> Iterator[Finding]:
    if re.search(r"<!\[(?:if|endif)", re.sub(r"<!--.*?-->", "", mail.html, flags=re.DOTALL)):
        yield error("T17", "a conditional is no comment: inliners make it dead")
    opened = [one for one in comments(mail.page) if one.startswith("[if")]
    if any("[endif]" not in one and not one.endswith("<!") for one in opened):
        yield error("T17", "a conditional comment does not end")
