"""An outlet's feed as the bytes that its server sends."""

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from aidigest.demo.outlets import DateStyle, FeedFormat, Outlet, OutletEntry

CONTENT_TYPES = {
    FeedFormat.RSS: "application/rss+xml; charset=utf-8",
    FeedFormat.ATOM: "application/atom+xml; charset=utf-8",
    FeedFormat.RDF: "application/rdf+xml; charset=utf-8",
    FeedFormat.JSON: "application/feed+json; charset=utf-8",
}

_HANOI = timezone(timedelta(hours=7))


def document(outlet: Outlet, *, now: datetime) -> bytes:
    """Write the outlet's feed as it stands at *now*."""
    writers: dict[FeedFormat, Callable[[Outlet, datetime], bytes]] = {
        FeedFormat.RSS: _rss,
        FeedFormat.ATOM: _atom,
        FeedFormat.RDF: _rdf,
        FeedFormat.JSON: _json,
    }
    return writers[outlet.format](outlet, now)


def date_text(moment: datetime, style: DateStyle) -> str:
    """Write an instant in the outlet's manner."""
    local = moment.astimezone(_HANOI)
    match style:
        case DateStyle.ISO:
            return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case DateStyle.RFC822:
            return format_datetime(moment.astimezone(UTC))
        case DateStyle.RFC822_ZONE_NAME:
            return format_datetime(moment.astimezone(UTC), usegmt=True)
        case DateStyle.GMT_PLUS_7:
            return format_datetime(local).replace("+0700", "GMT+7")
        case DateStyle.OFFSET_07:
            return format_datetime(local).replace("+0700", "+07")
        case DateStyle.US:
            day = f"{local.month}/{local.day}/{local.year}"
            return f"{day} {local.hour % 12 or 12}:{local:%M:%S %p}"


def entry_url(outlet: Outlet, entry: OutletEntry) -> str:
    """Return the entry's address: the title in ASCII under the outlet's homepage."""
    bare = unicodedata.normalize("NFKD", entry.title.lower().replace("đ", "d"))
    ascii_only = bare.encode("ascii", "ignore").decode()
    return f"{outlet.homepage}/{'-'.join(re.findall('[a-z0-9]+', ascii_only))}"


def _date(outlet: Outlet, entry: OutletEntry, now: datetime) -> str:
    return date_text(now - timedelta(hours=entry.hours_ago), outlet.dates)


def _rss(outlet: Outlet, now: datetime) -> bytes:
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _children(channel, title=outlet.title, link=outlet.homepage, description=outlet.title)
    _children(channel, language=outlet.language)
    for entry in outlet.entries:
        url = entry_url(outlet, entry)
        item = SubElement(channel, "item")
        _children(item, title=entry.title, link=url, guid=url, description=entry.summary)
        _children(item, pubDate=_date(outlet, entry, now))
    return _bytes(root)


def _atom(outlet: Outlet, now: datetime) -> bytes:
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": outlet.language})
    _children(root, id=outlet.homepage, title=outlet.title, updated=date_text(now, DateStyle.ISO))
    for entry in outlet.entries:
        url = entry_url(outlet, entry)
        item = SubElement(root, "entry")
        _children(item, id=url, updated=_date(outlet, entry, now))
        SubElement(item, "title", type="html").text = entry.title
        SubElement(item, "link", href=url)
        SubElement(item, "summary", type="html").text = entry.summary
    return _bytes(root)


def _rdf(outlet: Outlet, now: datetime) -> bytes:
    root = Element(
        "rdf:RDF",
        {
            "xmlns": "http://purl.org/rss/1.0/",
            "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        },
    )
    channel = SubElement(root, "channel", {"rdf:about": outlet.homepage})
    _children(channel, title=outlet.title, link=outlet.homepage, description=outlet.title)
    for entry in outlet.entries:
        url = entry_url(outlet, entry)
        item = SubElement(root, "item", {"rdf:about": url})
        _children(item, title=entry.title, link=url, description=entry.summary)
        SubElement(item, "dc:date").text = _date(outlet, entry, now)
    return _bytes(root)


def _json(outlet: Outlet, now: datetime) -> bytes:
    items = [
        {
            "id": entry_url(outlet, entry),
            "url": entry_url(outlet, entry),
            "title": entry.title,
            "content_html": entry.summary,
            "date_published": _date(outlet, entry, now),
        }
        for entry in outlet.entries
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.title,
        "home_page_url": outlet.homepage,
        "language": outlet.language,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _children(parent: Element, **texts: str) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = text


def _bytes(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
