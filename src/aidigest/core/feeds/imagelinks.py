"""Image links: what an item of a feed offers to show, still as the feed wrote it."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

#: So many images of a text are looked at: its picture is among the first.
_MOST_IN_TEXT = 5

_TAG = re.compile(r"<img\s[^<>]{1,4000}>", re.IGNORECASE)
#: Bounded, so that a long word costs no more than its length.
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])([a-z-]{1,20})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLink:
    """An address at which there should be an image."""

    url: str
    width: int | None = None  #: Pixels, as the feed says; None where it says nothing.
    height: int | None = None
    alt: str = ""
    is_named: bool = False  #: The feed names it as the item's own, outside of any text.


def named_in_xml(entry: Mapping[str, Any]) -> Iterator[ImageLink]:
    """Yield what RSS and Atom name: Media RSS's thumbnails and contents, and enclosures.

    Args:
        entry: As feedparser has read it.
    """
    for one in _several(entry, "media_thumbnail"):
        yield _named(one, one.get("url"))
    for one in _several(entry, "media_content"):
        if _is_image(one.get("medium"), one.get("type")):
            yield _named(one, one.get("url"))
    for one in _several(entry, "links"):
        if one.get("rel") == "enclosure" and _is_image(None, one.get("type")):
            yield _named(one, one.get("href"))


def named_in_json(fields: Mapping[str, Any]) -> Iterator[ImageLink]:
    """Yield what an item of a JSON Feed names."""
    for key in ("image", "banner_image"):
        if isinstance(fields.get(key), str):
            yield _named({}, fields[key])
    for one in _several(fields, "attachments"):
        if _is_image(None, one.get("mime_type")):
            yield _named({}, one.get("url"))


def in_text(markup: str) -> Iterator[ImageLink]:
    """Yield the first images of a text."""
    for found in islice(_TAG.finditer(markup), _MOST_IN_TEXT):
        said = _attributes(found[0])
        yield ImageLink(
            url=said.get("src", ""),
            width=_pixels(said.get("width")),
            height=_pixels(said.get("height")),
            alt=said.get("alt", ""),
        )


def _named(said: Mapping[str, Any], url: Any) -> ImageLink:
    return ImageLink(
        url=url if isinstance(url, str) else "",
        width=_pixels(said.get("width")),
        height=_pixels(said.get("height")),
        is_named=True,
    )


def _several(mapping: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    values = mapping.get(key)
    found = values if isinstance(values, list | tuple) else ()
    return [one for one in found if isinstance(one, Mapping)]


def _is_image(medium: Any, media_type: Any) -> bool:
    kind = str(media_type or "").lower()
    if kind.startswith("image/"):
        return not kind.startswith("image/svg")  # No mail client shows one.
    return not kind and str(medium or "").lower() == "image"


def _pixels(said: Any) -> int | None:
    found = _NUMBER.match(said) if isinstance(said, str) else None
    return int(found[1]) if found else None


def _attributes(tag: str) -> dict[str, str]:
    """Return what a tag says; of an attribute that it has twice, the first counts."""
    said: dict[str, str] = {}
    for name, *quoted in _ATTRIBUTE.findall(tag):
        said.setdefault(name.lower(), html.unescape("".join(quoted)))
    return said
