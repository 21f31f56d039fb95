"""Our own feeds: Atom (RFC 4287) and JSON Feed 1.1 (jsonfeed.org) out of the same items."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

_ATOM = "http://www.w3.org/2005/Atom"
#: What XML 1.0 has no place for.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a feed of ours."""

    url: str  #: Where we show it: stable, so it is its id, too.
    title: str
    html: str
    at: datetime
    language: str
    source_url: str | None = None  #: Where the outlet tells it.
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Syndicated:
    """A feed of ours."""

    title: str
    language: str
    home_url: str
    feed_url: str
    items: tuple[Item, ...]  #: The latest first.


def atom(feed: Syndicated, *, now: datetime) -> bytes:
    """Write it as Atom; *now* stands for the time of a feed that has no item yet."""
    root = etree.Element(_name("feed"), nsmap={None: _ATOM})  # type: ignore[dict-item]  # None is the namespace without a prefix.
    root.set("{http://www.w3.org/XML/1998/namespace}lang", feed.language)
    _text(root, "id", feed.feed_url)
    _text(root, "title", feed.title)
    _text(root, "updated", _latest(feed.items, now).isoformat())
    _link(root, "self", feed.feed_url, "application/atom+xml")
    _link(root, "alternate", feed.home_url, "text/html")
    etree.SubElement(etree.SubElement(root, _name("author")), _name("name")).text = _sound(
        feed.title
    )
    for item in feed.items:
        _entry(root, item)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def json_feed(feed: Syndicated) -> bytes:
    """Write it as JSON Feed."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.feed_url,
        "language": feed.language,
        "items": [_json_item(item) for item in feed.items],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode(errors="replace")


def _entry(root: etree._Element, item: Item) -> None:
    entry = etree.SubElement(root, _name("entry"))
    entry.set("{http://www.w3.org/XML/1998/namespace}lang", item.language)
    _text(entry, "id", item.url)
    _text(entry, "title", item.title)
    _text(entry, "updated", item.at.isoformat())
    _text(entry, "published", item.at.isoformat())
    _link(entry, "alternate", item.url, "text/html")
    if item.source_url:
        _link(entry, "via", item.source_url, "text/html")
    if item.author:
        author = etree.SubElement(entry, _name("author"))
        _text(author, "name", item.author)
    content = etree.SubElement(entry, _name("content"), type="html")
    content.text = _sound(item.html)


def _json_item(item: Item) -> dict[str, object]:
    found: dict[str, object] = {
        "id": item.url,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": item.at.isoformat(),
        "language": item.language,
    }
    if item.source_url:
        found["external_url"] = item.source_url
    if item.author:
        found["authors"] = [{"name": item.author}]
    return found


def _latest(items: Sequence[Item], now: datetime) -> datetime:
    return max((item.at for item in items), default=now)


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _name(name)).text = _sound(text)


def _link(parent: etree._Element, rel: str, href: str, kind: str) -> None:
    etree.SubElement(parent, _name("link"), rel=rel, href=_sound(href), type=kind)


def _name(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _sound(text: str) -> str:
    return _UNWRITABLE.sub("", text)
