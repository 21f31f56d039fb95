"""JSON Feed, which feedparser does not read (https://www.jsonfeed.org/version/1.1/)."""

from collections.abc import Mapping
from typing import Any

from aidigest.core.feeds.imagelinks import named_in_json
from aidigest.core.feeds.parsed import RawEntry


def read(document: Any) -> tuple[str, str, tuple[RawEntry, ...]]:
    """Return title, home page and items; raise ValueError where this is no JSON Feed."""
    if not isinstance(document, dict) or "jsonfeed.org" not in _text(document.get("version")):
        raise ValueError("no jsonfeed.org version in it")
    items = document.get("items")
    found = items if isinstance(items, list) else []
    title, home = (_text(document.get(key)) for key in ("title", "home_page_url"))
    return title, home, tuple(_raw(one) for one in found if isinstance(one, dict))


def _raw(fields: Mapping[str, Any]) -> RawEntry:
    texts = (fields.get(key) for key in ("summary", "content_html", "content_text"))
    dates = (fields.get(key) for key in ("date_published", "date_modified"))
    return RawEntry(
        guid=_text(fields.get("id")) or None,
        url=_text(fields.get("url")) or _text(fields.get("external_url")) or None,
        title=_text(fields.get("title")),
        texts=tuple(_text(text) for text in texts if text),
        dates=tuple(_text(date) for date in dates if date),
        images=tuple(named_in_json(fields)),
    )


def _text(value: Any) -> str:
    """Return strings, and numbers used as ids, as text; all else is nothing."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
