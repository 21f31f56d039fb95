"""A feed's body before it is parsed: unpacked, of one charset, without junk around it."""

import re
import sys
import zlib
from itertools import pairwise

_MAX_UNPACKED = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
#: Where the markup has to begin; servers put banners and blank lines before it.
_HEAD = 4_096
#: Where a whole document ends.
_TAIL = 2_048

_START = re.compile(rb"<\?xml|<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_HTML = re.compile(
    rb"\s*(?:(?:<\?xml[^>]*>|<!--.*?-->)\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_HTML_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_DECLARATION = re.compile(r"\A<\?xml[^>]*\?>")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BARE_AMPERSAND = re.compile(
    r"(<!\[CDATA\[.*?(?:\]\]>|\Z))|&(?!(?:\w{1,32}|#\d{1,8}|#[xX][\da-fA-F]{1,8});)", re.DOTALL
)
_ITEM_END = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_NESTED_ENTITY = re.compile(rb"<!ENTITY(?=[^<>]*?&[^#<>])[^<>]*+>", re.IGNORECASE)
#: Archives of a whole life come with more; what is new is at one of their ends.
MOST_ENTRIES = 1_000
#: An entry has a dozen outside its text; feedparser reads some 50,000 a second.
MOST_TAGS = 50_000
MOST_NAMESPACES = 300
_PREFIX = re.compile(rb"\bxmlns:([\w.-]+)")
#: `&#xD800;` and its kin name no character; one of them makes feedparser give up.
_CHARACTER = re.compile(rb"&#(?:[xX]([\da-fA-F]+)|(\d+))(?![\da-fA-F])")
_LONGEST_NUMBER = 7
# feedparser looks for an address in whatever names a person, with a pattern that takes quadratic
# time. We show no authors.
_PERSON = re.compile(
    rb"(</?(?:[\w.-]+:)?)(?:author|creator|contributor|publisher|owner|managingeditor|webmaster)"
    rb"(?=[\s/>])",
    re.IGNORECASE,
)


def unpacked(body: bytes) -> bytes:
    """Return the body, unzipped where the server forgot to say that it is zipped.

    Raises:
        ValueError: It is broken, or larger than 16 MiB when unzipped.
    """
    if not body.startswith(_GZIP):
        return body
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = reader.decompress(body, _MAX_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"broken gzip: {error}") from error
    if reader.unconsumed_tail:
        raise ValueError(f"more than {_MAX_UNPACKED} bytes when unzipped")
    return plain


def html_title(body: bytes) -> str | None:
    """Return the title of an HTML page, empty if it has none, or None if this is no HTML page."""
    if not _HTML.match(body[:_HEAD].removeprefix(b"\xef\xbb\xbf")):
        return None
    title = _HTML_TITLE.search(body[: 4 * _HEAD])
    return title[1].decode(errors="replace").strip() if title else ""


def without_leading_junk(body: bytes) -> bytes:
    """Return the body from its first XML on."""
    start = _START.search(body[:_HEAD])
    return body[start.start() :] if start else body


def has_end(body: bytes) -> bool:
    """Say whether the root element is closed, which a document cut short never is."""
    return _END.search(body[-_TAIL:]) is not None


def without_people(body: bytes) -> bytes:
    """Return the body with the elements that name people renamed to ones that mean nothing."""
    return _PERSON.sub(rb"\1unread", body)


def without_the_middle(body: bytes) -> bytes:
    """Return the body with at most `MOST_ENTRIES` items and `MOST_TAGS` tags.

    Of a longer one, items at both ends stay: some feeds put the latest last.
    """
    masked = _without_cdata(body)
    ends = [found.end() for found in _ITEM_END.finditer(masked)]
    if not ends or (len(ends) <= MOST_ENTRIES and masked.count(b"<") <= MOST_TAGS):
        return body
    first, last = _fitting(masked, [0, *ends]), _fitting(masked, ends[::-1])
    return body[:first] + body[last:] if first < last else body


def has_too_many_tags(body: bytes) -> bool:
    """Say whether there is more markup than `MOST_TAGS`."""
    return body.count(b"<") > MOST_TAGS and _without_cdata(body).count(b"<") > MOST_TAGS


def has_too_many_namespaces(body: bytes) -> bool:
    """Say whether more than `MOST_NAMESPACES` prefixes are declared, which costs the square."""
    return len(set(_PREFIX.findall(body))) > MOST_NAMESPACES


def _fitting(masked: bytes, borders: list[int]) -> int:
    """Return how far to go from the first border for half of what may stay."""
    tags = 0
    for here, there in pairwise(borders[: MOST_ENTRIES // 2 + 1]):
        tags += masked.count(b"<", min(here, there), max(here, there))
        if tags > MOST_TAGS // 2:
            return here
    return borders[: MOST_ENTRIES // 2 + 1][-1]


def _without_cdata(body: bytes) -> bytes:
    """Return a body of the same length without character data, whose tags cost little."""
    outside, *sections = body.split(_CDATA)
    masked = [outside]
    for section in sections:
        end = section.find(_CDATA_END)
        if end < 0:
            masked += _CDATA, section
        else:
            masked += b" " * (len(_CDATA) + end), section[end:]
    return b"".join(masked)


def without_nested_entities(body: bytes) -> bytes:
    """Return the body without entities made of entities: a few lines of them unfold for ever."""
    return _NESTED_ENTITY.sub(b"", body)


def with_real_characters(body: bytes) -> bytes:
    """Return the body with references to what is no character replaced by U+FFFD."""
    return _CHARACTER.sub(lambda found: found[0] if _is_character(found) else b"&#xFFFD", body)


def _is_character(reference: re.Match[bytes]) -> bool:
    digits = (reference[1] or reference[2]).lstrip(b"0")
    if not 0 < len(digits) <= _LONGEST_NUMBER:
        return False
    number = int(digits, 16 if reference[1] else 10)
    return number <= sys.maxunicode and not _NOT_XML.match(chr(number))


def repaired_utf8(body: bytes) -> bytes | None:
    """Return sound XML in UTF-8 if the body is in UTF-8 but for a few bytes, else None.

    What the declaration says does not matter: text in another encoding does
    not look like UTF-8 by chance. One bad byte in a thousand would otherwise
    turn the whole feed into mojibake.
    """
    if b"\x00" in body[:64] or not _is_utf8(body):
        return None
    text = _NOT_XML.sub("", body.decode("utf-8-sig", errors="replace"))
    text = _DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text)
    return _BARE_AMPERSAND.sub(lambda found: found[1] or "&amp;", text).encode()


def _is_utf8(body: bytes) -> bool:
    """Say whether at most 1 % of the bytes, and few of those beyond ASCII, are no UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
        bad = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
        beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore"))
        return bad <= len(body) / 100 and bad <= beyond_ascii / 10
    return b"\x1b$" not in body  # ISO-2022 is all ASCII bytes, and says so by escapes.
