"""A feed's answer, bytes to entries: what feedparser reads, made plain."""

import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import feedparser

from aidigest.core.feeds import bodies, jsonfeed, trimming
from aidigest.core.feeds.dates import parse_date
from aidigest.core.feeds.hints import read_hints
from aidigest.core.feeds.imagelinks import ImageLink, in_text, named_in_xml
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed, RawEntry
from aidigest.core.feeds.pictures import choose_picture
from aidigest.core.text import guess_language, plain_text, shortened
from aidigest.core.urls import canonical_url, joined, safe_url, unwrapped
from aidigest.errors import ParseError

_SUMMARY_LENGTH = 2_000
#: As much markup as is read for a title, a summary or its links.
_MARKUP_LENGTH = 64 * 1024
_TITLE_LENGTH = 300
#: Length of a title made from the summary, where the feed gives none.
_MADE_TITLE_LENGTH = 90
#: A shorter description ("Comments", "Read more") gives way to the full text.
_SHORT_SUMMARY = 40
_MAX_LINKS = 20
#: A page of links is a list, and tells nothing about one entry.
_MAX_ANCHORS = 100
_DATE_LENGTH = 80

_LINK = re.compile(r"""\A[^<>]*?\bhref\s*=\s*["']?([^"'\s<>]+)[^<>]*>""", re.IGNORECASE)
_LINK_START = re.compile(r"<a\s", re.IGNORECASE)
_WORD_INSIDE = re.compile(r"(?:\s|&nbsp;|<(?!/a\b)[^<>]*>)*+[^<\s]", re.IGNORECASE)


def parse_feed(body: bytes, *, headers: Mapping[str, str], url: str, language: str) -> ParsedFeed:
    """Read RSS, Atom, RDF or JSON Feed.

    Entries with neither title nor text are left out. Dates and titles are
    read as the design has it, not as feedparser guesses them.

    Args:
        body: As it came, content codings undone.
        headers: Of the response, names in lower case; only the type counts.
        url: The address that answered; relative links start from it.
        language: What the maintainer says the feed is in.

    Raises:
        ParseError: It is no feed, or cannot be read.
    """
    try:
        plain = bodies.in_bytes_of_ascii(bodies.unpacked(body))
    except ValueError as error:
        raise ParseError(url, str(error)) from error
    _refuse_what_is_no_feed(plain, url)
    if plain.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _from_json(plain, url, language)
    return _from_xml(plain, headers, url, language)


def _refuse_what_is_no_feed(body: bytes, url: str) -> None:
    if not body.strip():
        raise ParseError(url, "an empty body")
    title = bodies.html_title(body)
    if title is not None:
        raise ParseError(url, f"an HTML page, not a feed: {plain_text(title) or 'without a title'}")


def _from_json(body: bytes, url: str, language: str) -> ParsedFeed:
    try:
        document = json.loads(body.decode("utf-8-sig", errors="replace"))
        title, home, items = jsonfeed.read(document)
    except (ValueError, RecursionError) as error:
        raise ParseError(url, f"not a JSON Feed: {error}") from error
    found = (_entry(item, url, language) for item in items)
    return ParsedFeed(
        title=_plain(title),
        entries=tuple(entry for entry in found if entry is not None),
        complete=True,
        site_url=safe_url(home),
    )


def _from_xml(body: bytes, headers: Mapping[str, str], url: str, language: str) -> ParsedFeed:
    body = _made_readable(body, url)
    result = _feedparsed(body, headers, url)
    spoken = _spoken(result.feed.get("language"), language)
    found = (_entry(_raw(entry), url, spoken) for entry in result.entries)
    return ParsedFeed(
        title=_plain(result.feed.get("title", "")),
        entries=tuple(entry for entry in found if entry is not None),
        complete=not result.bozo or bodies.has_end(body),
        site_url=_home(result.feed, url),
        built=_built(result.feed),
        hints=read_hints(body),
    )


def _feedparsed(body: bytes, headers: Mapping[str, str], url: str) -> Any:
    """Return what feedparser makes of it; raise ParseError where that is no feed."""
    document, content_type = _decodable(body, headers)
    try:
        result = feedparser.parse(
            io.BytesIO(document),
            # It would join an address to ours at each tag, and only few are ever asked for.
            response_headers={"content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # feedparser raises whatever its own slips raise.
        raise ParseError(url, f"the parser fails on it: {type(error).__name__}: {error}") from error
    if not result.get("version") and not result.entries:
        raise ParseError(url, f"not a feed: it begins {body[:60].decode(errors='replace')!r}")
    return result


def _decodable(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the document, and the type that tells feedparser how its letters are encoded."""
    repaired = bodies.repaired_utf8(body)
    if repaired is not None:
        return repaired, "application/xml; charset=utf-8"
    # Letters written as numbers stay so in other encodings, and feedparser is slow at them.
    document = trimming.without_the_middle(body, letters_cost=True)
    return document, headers.get("content-type", "")


def _home(feed: Any, url: str) -> str | None:
    link = str(feed.get("link") or "")
    return safe_url(joined(url, link)) if link else None


def _built(feed: Any) -> str | None:
    # Plain .get() would answer one date for another; `in` does not.
    written = str(feed["updated"] or "") if "updated" in feed else ""
    return plain_text(written[:_DATE_LENGTH]) or None


def _made_readable(body: bytes, url: str) -> bytes:
    """Take out what feedparser stumbles over, or would be busy with for minutes."""
    body = trimming.without_the_unread(bodies.without_leading_junk(body))
    body = trimming.without_the_middle(body)
    if trimming.has_too_many_tags(body):
        raise ParseError(url, f"more than {trimming.MOST_TAGS} tags: no feed needs so many")
    if trimming.has_too_many_namespaces(body):
        raise ParseError(url, f"more than {trimming.MOST_NAMESPACES} namespaces")
    return bodies.with_real_characters(trimming.without_nested_entities(body))


def _spoken(declared: str | None, configured: str) -> str:
    """Return the language of the feed: "en" is what blog software declares, and our default."""
    name = re.match(r"[a-z]{2,3}(?![a-z])", (declared or "").strip().lower())
    return name[0] if name and configured == "en" else configured


def _raw(entry: Any) -> RawEntry:
    return RawEntry(
        guid=entry.get("id"),
        url=_address(entry),
        title=entry.get("title") or "",
        texts=_texts(entry),
        # Plain .get() would answer one date for another; `in` does not.
        dates=tuple(entry[key] for key in ("published", "updated", "created") if key in entry),
        images=tuple(named_in_xml(entry)),
    )


def _texts(entry: Any) -> tuple[str, ...]:
    """Return description and full text; a caption only where there is neither, as with films."""
    contents = (str(part.get("value") or "") for part in entry.get("content", ()))
    texts = (entry.get("summary") or "", *contents)
    return texts if any(texts) else (entry.get("media_caption") or "",)


def _address(entry: Any) -> str | None:
    """Return where an entry leads; feedparser takes any guid for an address where no link is."""
    link: str | None = entry.get("feedburner_origlink") or entry.get("link")
    is_given = link in (one.get("href") for one in entry.get("links", ()))
    return link if is_given or safe_url(link or "") else None


def _entry(raw: RawEntry, base: str, spoken: str) -> ParsedEntry | None:
    summary = _summary(raw.texts)
    title = shortened(_plain(raw.title), _TITLE_LENGTH)
    title = title or shortened(summary, _MADE_TITLE_LENGTH)
    if not title:
        return None
    language = guess_language(f"{title} {summary}", spoken)
    url = safe_url(unwrapped(joined(base, raw.url))) if raw.url else None
    dates = (parse_date(text, language=language) for text in raw.dates)
    return ParsedEntry(
        guid=_plain(raw.guid) or None if raw.guid else None,
        url=url,
        title=title,
        summary=summary,
        language=language,
        published_at=next((date for date in dates if date is not None), None),
        links=tuple(_links(raw.texts, base=url or base, own=url)),
        picture=choose_picture(_images(raw), base=url or base),
    )


def _images(raw: RawEntry) -> Iterator[ImageLink]:
    yield from raw.images
    for markup in dict.fromkeys(raw.texts):
        yield from in_text(markup[:_MARKUP_LENGTH])


def _summary(texts: tuple[str, ...]) -> str:
    best = ""
    for markup in texts:
        text = _plain(markup)
        best = best if len(best) >= _SHORT_SUMMARY or len(text) <= len(best) else text
    return shortened(best, _SUMMARY_LENGTH)


def _plain(markup: str) -> str:
    """Return the text of what is read of it: a title of megabytes is as good as its beginning."""
    return plain_text(markup[:_MARKUP_LENGTH])


def _links(texts: tuple[str, ...], *, base: str, own: str | None) -> Iterator[str]:
    """Yield the addresses that words, not just images, point to."""
    seen = {canonical_url(own)} if own else set()
    for written in dict.fromkeys(href for markup in texts for href in _linked(markup)):
        address = safe_url(unwrapped(joined(base, html.unescape(written))))
        page = canonical_url(address or "")
        if address is not None and page not in seen and len(seen) <= _MAX_LINKS:
            seen.add(page)
            yield address


def _linked(markup: str) -> Iterator[str]:
    """Yield what links with words in them say, as it is written."""
    for anchor in _LINK_START.split(markup[:_MARKUP_LENGTH])[1 : _MAX_ANCHORS + 1]:
        link = _LINK.match(anchor)
        if link is not None and _WORD_INSIDE.match(anchor, link.end()):
            yield link[1]
