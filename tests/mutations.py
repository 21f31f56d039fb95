"""Feeds as no publisher means them: seeded mutations of invented documents."""

import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from random import Random

from aidigest.demo.documents import document
from aidigest.demo.outlets import outlets

Mutation = Callable[[bytes, Random], bytes]

#: What a fetch would let through.
LARGEST = 10 * 1024 * 1024
#: Beside the repository, if there: what real servers have sent.
REAL_FEEDS = Path(__file__).parents[1] / ".." / "shared" / "data" / "feeds"

_TAG = re.compile(rb"<[^<>]+>")
_TEXT = re.compile(rb">([^<>]{3,})<")
_ITEM = re.compile(rb"<(item|entry)\b.*?</\1>", re.DOTALL)
_DECLARED = re.compile(rb'encoding="[^"]*"')
_ADDRESS = re.compile(rb"https?://[^<\"\s]+")
_DATE = re.compile(rb"<(pubDate|updated|published|dc:date|lastBuildDate)>[^<]*<")

_SHAPES = (
    b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>All hints</title>
<link>https://hints.example/</link><lastBuildDate>Mon, 14 Sep 2026 06:00:00 GMT</lastBuildDate>
<ttl>90</ttl><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
<skipHours><hour>1</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>
<item><guid isPermaLink="false">1</guid><title>Kestrel &amp;amp; <![CDATA[<b>Heron</b>]]></title>
<link>https://hints.example/1?utm_source=rss</link><dc:creator>Ana Ito</dc:creator>
<author>ana@hints.example (Ana Ito)</author><pubDate>Mon, 14 Sep 2026 05:00:00 +0700</pubDate>
<description>&lt;p&gt;One &lt;a href="/two"&gt;two&lt;/a&gt;&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>Long <a href="https://other.example/x">text</a></p>]]></content:encoded>
</item><item><title>No guid, no link</title></item></channel></rss>""",
    b"""<feed xmlns="http://www.w3.org/2005/Atom"><title type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml">An <em>Atom</em></div></title><id>tag:a,2026:1</id>
<entry><id>tag:a.example,2026:2</id><title>Heron</title><link href="heron"/>
<author><name>Bo</name><email>bo@a.example</email></author><updated>2026-09-14T05:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x <a href="y">z</a></p></div>
</content></entry></feed>""",
    b"""{"version": "https://jsonfeed.org/version/1.1", "title": "J", "home_page_url": "https://j.example",
"items": [{"id": 7, "url": "https://j.example/7", "title": "Seven \\ud800", "content_html":
"<p>x</p>", "date_published": "2026-09-14T05:00:00+07:00"}, {"id": null, "content_text": "y"}]}""",
    b"<html><head><title>Hello</title></head><body><p>No feed.</p></body></html>",
    b"",
)

_ENCODINGS = ("utf-16", "utf-8-sig", "latin-1", "cp1258", "shift_jis", "iso2022_jp", "koi8-r")
_DECLARATIONS = (b"utf-8", b"utf-16", b"iso-8859-1", b"windows-1258", b"x-bogus", b"", b"utf-7")
_DATES = (
    b"Fri, 31 Dec 9999 23:59:59 -1200",
    b"Mon, 01 Jan 0001 00:00:00 +1400",
    b"1727874000",
    b"9" * 40,
    b"31/02/2026 25:61",
    b"2026-09-14T05:00:00+99:99",
    b"soon",
)
_ADDRESSES = (
    b"javascript:alert(1)",
    b"data:text/html,x",
    b"file:///etc/passwd",
    b"http://[::1",
    b"//host:99999/x",
    b"http://a@b.example/",
    b"x" * 9_000,
    b"http://h.example/\x00\xff",
    b"&#106;avascript:x",
)
_SPICE = (
    *(b"&#xD800;", b"&#0;", b"&#99999999;", b"&bogus;", b"&", b"&amp;amp;amp;lt;b&gt;", b"\x00"),
    *(b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<![foo[", b"<?xml", b"<!DOCTYPE x [", b"<", b">"),
    *(b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\x1b$B", b"<script>", b"<a href='", b'"', b"\x0b"),
)
_LAUGHS = (
    b'<!DOCTYPE rss [<!ENTITY a "haha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def documents(now: datetime) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Return what is mutated: invented feeds and odd shapes, and real feeds if there are some."""
    invented = tuple(document(outlet, now=now) for outlet in outlets())
    real = (path for path in sorted(REAL_FEEDS.rglob("*")) if path.suffix not in {"", ".tsv"})
    return (*invented, *_SHAPES), tuple(path.read_bytes() for path in real if path.is_file())


def mutants(now: datetime, *, count: int, seed: int) -> Iterator[bytes]:
    """Yield so many mutants, the same for the same seed; one in ten is of a real feed."""
    invented, real = documents(now)
    for number in range(count):
        dice = Random(f"{seed} {number}")  # noqa: S311 - No secret.
        body = dice.choice(real if real and dice.random() < 0.1 else invented)
        for _ in range(dice.choice((1, 1, 2, 3, 5))):
            body = dice.choice(_MUTATIONS)(body, dice)
        yield body[:LARGEST]


def _slice(body: bytes, dice: Random, longest: int = 4_000) -> tuple[int, int]:
    start = dice.randrange(len(body) + 1)
    return start, min(len(body), start + dice.randrange(longest))


def _inserted(body: bytes, what: bytes, dice: Random) -> bytes:
    """Put something anywhere, most often just behind a tag, where it means most."""
    tags = list(_TAG.finditer(body[: 256 * 1024])) if dice.random() < 0.8 else []
    at = dice.choice(tags).end() if tags else dice.randrange(len(body) + 1)
    return body[:at] + what + body[at:]


def _replaced(body: bytes, pattern: re.Pattern[bytes], what: bytes, dice: Random) -> bytes:
    found = list(pattern.finditer(body[: 256 * 1024]))
    if not found:
        return _inserted(body, what, dice)
    one = dice.choice(found)
    return body[: one.start()] + what + body[one.end() :]


def _flip(body: bytes, dice: Random) -> bytes:
    changed = bytearray(body)
    for _ in range(dice.choice((1, 3, 30)) if changed else 0):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _truncate(body: bytes, dice: Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _drop(body: bytes, dice: Random) -> bytes:
    start, end = _slice(body, dice)
    return body[:start] + body[end:]


def _repeat_slice(body: bytes, dice: Random) -> bytes:
    start, end = _slice(body, dice)
    return body[:end] + body[start:end] * dice.choice((1, 5, 100)) + body[end:]


def _repeat_items(body: bytes, dice: Random) -> bytes:
    items = [found[0] for found in _ITEM.finditer(body[: 256 * 1024])]
    if not items:
        return body + body
    item = dice.choice(items)
    times = min(dice.choice((2, 2, 2, 20, 20, 20, 200, 3_000)), 2_000_000 // len(item) + 1)
    return body.replace(item, item * times, 1)


def _swap_tags(body: bytes, dice: Random) -> bytes:
    tags = [found[0] for found in _TAG.finditer(body[: 256 * 1024])] or [b"<x>"]
    return _replaced(body, _TAG, dice.choice(tags), dice)


def _spice(body: bytes, dice: Random) -> bytes:
    for _ in range(dice.choice((1, 2, 10))):
        body = _inserted(body, dice.choice(_SPICE) * dice.choice((1, 1, 1, 3_000)), dice)
    return body


def _declare(body: bytes, dice: Random) -> bytes:
    what = b'encoding="%s"' % dice.choice(_DECLARATIONS)
    if _DECLARED.search(body):
        return _DECLARED.sub(what, body, count=1)
    return b'<?xml version="1.0" %s?>' % what + body


def _recode(body: bytes, dice: Random) -> bytes:
    return body.decode(errors="replace").encode(dice.choice(_ENCODINGS), errors="replace")


def _cdata(body: bytes, dice: Random) -> bytes:
    texts = [found[1] for found in _TEXT.finditer(body[: 256 * 1024])] or [b"text"]
    text = dice.choice(texts)
    wrapped = dice.choice((b"<![CDATA[%s]]>", b"<![CDATA[%s", b"%s]]>", b"<![CDATA[<![CDATA[%s]]>"))
    return body.replace(text, wrapped % text, 1)


def _escape(body: bytes, dice: Random) -> bytes:
    text = _TEXT.search(body, dice.randrange(len(body) + 1))
    if text is None:
        return body.replace(b"&", b"&amp;")
    escaped = text[1].replace(b"&", b"&amp;").replace(b"<", b"&lt;") * dice.choice((1, 50))
    return body[: text.start(1)] + escaped + body[text.end(1) :]


def _nest(body: bytes, dice: Random) -> bytes:
    name = dice.choice(
        (b"div", b"a", b"item", b"author", b"b", b"entry", b"x:y", b"svg", b"rdf:li")
    )
    depth = dice.choice((50, 1_000, 20_000))
    deep = b"<%s>" % name * depth
    deep += b"</%s>" % name * dice.choice((0, depth))
    if dice.random() < 0.3:
        deep = b"<![CDATA[%s]]>" % deep
    return _inserted(body, deep, dice)


def _grow(body: bytes, dice: Random) -> bytes:
    size = dice.choice((1_000, 30_000, 500_000))
    what = dice.choice((b"a", b"a ", b"@a.", b"(a", b"&lt;", b"<b ", b"\xe1\xba\xa1", b"](", b"- "))
    long = (what * (size // len(what)))[:size]
    shape = dice.choice(
        (
            *(b"<author>%s</author>", b"<dc:creator>%s</dc:creator>", b"<title>%s</title>"),
            *(b"<guid>%s</guid>", b"<link>%s</link>", b"<pubDate>%s</pubDate>", b"<x a='%s'/>"),
            *(b"<description>%s</description>", b"<managingEditor>%s", b'<link href="%s"/>'),
            *(
                b"<!--%s",
                b"<![CDATA[%s]]>",
                b"<%s>",
                b"<?%s?>",
                b"<ttl>%s</ttl>",
                b"<name>%s</name>",
            ),
        )
    )
    return _inserted(body, shape % long, dice)


def _declare_namespaces(body: bytes, dice: Random) -> bytes:
    count = dice.choice((10, 250, 5_000))
    return _inserted(body, b"".join(b"<n%d:a xmlns:n%d='x'>" % (n, n) for n in range(count)), dice)


def _date(body: bytes, dice: Random) -> bytes:
    return _replaced(body, _DATE, b"<pubDate>%s<" % dice.choice(_DATES), dice)


def _address(body: bytes, dice: Random) -> bytes:
    return _replaced(body, _ADDRESS, dice.choice(_ADDRESSES), dice)


def _laugh(body: bytes, dice: Random) -> bytes:
    at = body.find(b"?>") + 2 if b"?>" in body[:200] else 0
    return _replaced(body[:at] + _LAUGHS + body[at:], _TEXT, b">&j;<", dice)


def _zip(body: bytes, dice: Random) -> bytes:
    zipped = gzip.compress(body if dice.random() < 0.9 else bytes(30_000_000), 1)
    return zipped if dice.random() < 0.7 else _flip(_truncate(zipped, dice), dice)


def _junk(body: bytes, dice: Random) -> bytes:
    junk = dice.randbytes(dice.randrange(2_000))
    return dice.choice((junk + body, body + junk, b"\r\n " * 500 + body, b"\xef\xbb\xbf" + body))


_MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _truncate, _drop, _repeat_slice, _repeat_items, _swap_tags, _spice, _spice),
    *(_declare, _recode, _cdata, _escape, _nest, _grow, _grow, _date, _address, _laugh, _zip),
    *(_junk, _declare_namespaces),
)
