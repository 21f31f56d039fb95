"""A feed's body before it is parsed: unpacked, of one charset, without junk around it."""

import re
import sys
import zlib
from functools import lru_cache

_MAX_UNPACKED = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"
#: How they begin, with a mark of their byte order or with markup; the longer ones first.
_WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
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
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_BARE_AMPERSAND = re.compile(r"&(?!(?:\w{1,32}|#\d{1,8}|#[xX][\da-fA-F]{1,8});)")
#: `&#xD800;` and its kin name no character; one of them makes feedparser give up.
_CHARACTER = re.compile(rb"&#(?:[xX]([\da-fA-F]+)|(\d+))(?![\da-fA-F])")
_LONGEST_NUMBER = 7
_LETTER = re.compile(r"&#(?:[xX][\da-fA-F]{2,6}|\d{3,7});", re.ASCII)
#: Below it are markup and controls, and what Windows puts in their place.
_FIRST_LETTER = 0xA0


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


def in_bytes_of_ascii(body: bytes) -> bytes:
    """Return a body of UTF-16 or UTF-32 in UTF-8, else the body as it is.

    What takes hostile markup out looks for it in bytes, and would see none.
    """
    wide = next((name for start, name in _WIDE if body.startswith(start)), None)
    if wide is None:
        return body
    return body.decode(wide, errors="replace").removeprefix("\ufeff").encode(errors="replace")


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


def with_real_characters(body: bytes) -> bytes:
    """Return the body with references to what is no character replaced by U+FFFD."""
    named = set(_CHARACTER.findall(body))
    wrong = {reference for reference in named if not _is_character(reference)}
    if not wrong:
        return body
    return _CHARACTER.sub(
        lambda found: b"&#xFFFD" if found.groups(b"") in wrong else found[0], body
    )


def _is_character(reference: tuple[bytes, ...]) -> bool:
    hexadecimal, decimal = reference
    digits = (hexadecimal or decimal).lstrip(b"0")
    if not 0 < len(digits) <= _LONGEST_NUMBER:
        return False
    number = int(digits, 16 if hexadecimal else 10)
    return number <= sys.maxunicode and not _NOT_XML.match(chr(number))


def repaired_utf8(body: bytes) -> bytes | None:
    """Return sound XML in UTF-8 if the body is in UTF-8 but for a few bytes, else None.

    What the declaration says does not matter: text in another encoding does
    not look like UTF-8 by chance. One bad byte in a thousand would otherwise
    turn the whole feed into mojibake.
    """
    if b"\x00" in body[:64] or not _is_utf8(body):
        return None
    text = body.translate(None, _CONTROLS).decode("utf-8-sig", errors="replace")
    text = text.replace("\ufffe", "").replace("\uffff", "")
    text = _DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text)
    return _with_sound_references(text).encode()


def _with_sound_references(text: str) -> str:
    """Mend what `&` means outside of character data; inside it is HTML's business."""
    outside, *sections = text.split(_CDATA)
    mended = [_sound(outside)]
    for section in sections:
        inside, end, after = section.partition(_CDATA_END)
        mended += _CDATA, inside, end, _sound(after)
    return "".join(mended)


def _sound(text: str) -> str:
    """Escape bare ampersands, and write letters out: each reference costs feedparser time."""
    return _LETTER.sub(lambda found: _written_out(found[0]), _BARE_AMPERSAND.sub("&amp;", text))


@lru_cache(maxsize=4_096)
def _written_out(reference: str) -> str:
    digits = reference[2:-1]
    number = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    is_letter = _FIRST_LETTER <= number <= sys.maxunicode and not _NOT_XML.match(chr(number))
    return chr(number) if is_letter else reference


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
