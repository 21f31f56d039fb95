"""Real feeds, where there are some beside the repository, are read without residue."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path

import pytest

from aidigest.adapters.parser_pool import ParserPool
from aidigest.core.feeds.feed import Feed
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.errors import ParseError

FEEDS = Path(__file__).parents[2] / ".." / "shared" / "data" / "feeds"
#: What a reader must never see.
RESIDUE = re.compile(
    r"&(?:#\d+|#x[\da-f]+|amp|nbsp|quot|lt|gt);|</?(?:p|a|br|div|img|span)\b[^<>]*>"
    r"|[\x00-\x1f\x7f-\x9f\u200b\ufeff]"
)


@pytest.fixture(scope="module")
def parsed() -> Iterator[dict[str, ParsedFeed | ParseError]]:
    """Parse all of them, in two processes."""
    paths = [path for path in sorted(FEEDS.rglob("*")) if _is_feed(path)]
    if not paths:
        pytest.skip("no real feeds in ../shared/data/feeds")
    with ParserPool(workers=2, timeout_s=60) as pool, ThreadPoolExecutor(2) as threads:
        yield dict(threads.map(lambda path: (path.name, _parse(pool, path)), paths))


def _is_feed(path: Path) -> bool:
    return path.is_file() and path.suffix != ".tsv" and path.parent.name != "daily-json"


def _parse(pool: ParserPool, path: Path) -> ParsedFeed | ParseError:
    feed = Feed(
        url=f"https://feed.example/{path.name}",
        title=path.stem,
        language="vi" if path.parent.name == "vietnamese" else "en",
    )
    try:
        return pool.parse(path.read_bytes(), feed=feed, headers={}, url=feed.url)
    except ParseError as error:
        return error


def test_every_feed_is_read_and_only_what_is_none_is_refused(
    parsed: dict[str, ParsedFeed | ParseError],
) -> None:
    """HTML pages and empty bodies are named as such; nothing else is lost."""
    refused = {name: e.reason for name, e in parsed.items() if isinstance(e, ParseError)}

    assert all("HTML page" in why or "empty body" in why for why in refused.values()), refused
    assert len(refused) < len(parsed) / 10


def test_no_entry_shows_markup_or_entities(parsed: dict[str, ParsedFeed | ParseError]) -> None:
    """Titles and summaries are words."""
    found = [
        (name, text[max(0, match.start() - 30) : match.end() + 30])
        for name, feed in parsed.items()
        if isinstance(feed, ParsedFeed)
        for entry in feed.entries
        for text in (entry.title, entry.summary)
        for match in [RESIDUE.search(text)]
        if match
    ]

    assert found == []


def test_vietnamese_papers_are_vietnamese_and_dated(
    parsed: dict[str, ParsedFeed | ParseError],
) -> None:
    """Each of them writes dates in its own way; all are read but those that are not there."""
    names = {path.name for path in (FEEDS / "vietnamese").glob("*.rss")}
    entries = [
        entry
        for name in names
        for feed in [parsed[name]]
        if isinstance(feed, ParsedFeed)
        for entry in feed.entries
    ]

    assert {entry.language for entry in entries} == {"vi"}
    undated = [entry for entry in entries if entry.published_at is None]
    assert len(undated) <= 1
    assert all(e.published_at.tzinfo is UTC for e in entries if e.published_at is not None)


def test_pictures_are_such_as_a_mail_can_show(
    parsed: dict[str, ParsedFeed | ParseError],
) -> None:
    """Some feeds of either language have them; none is a pixel, a face or a counter."""
    feeds = [one for one in parsed.values() if isinstance(one, ParsedFeed)]
    found = [one.picture for feed in feeds for one in feed.entries if one.picture]

    assert sum(any(one.picture for one in feed.entries) for feed in feeds) >= len(feeds) // 10
    assert all(one.url.startswith("https://") for one in found)
    assert not [one.url for one in found if re.search(r"avatar|gravatar|feedburner|pixel", one.url)]
    assert all((one.width or 96) >= 96 and 40 <= one.height_at(96) <= 138 for one in found)
