"""Real feeds, where there are some beside the repository, as news of many days."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.feeds.parsing import parse_feed
from aidigest.errors import ParseError

FOLDER = Path(__file__).parents[1] / ".." / "shared" / "data" / "feeds"


def real_news(start: datetime, days: int, *, of_each: int) -> tuple[list[Feed], list[Entry]]:
    """Return the feeds and so many entries of each, dealt over so many days; the same each time."""
    feeds, entries = [], []
    for path in sorted(FOLDER.glob("ai-tech/*.xml")) + sorted(FOLDER.glob("vietnamese/*.rss")):
        feed = Feed(
            url=f"https://feed.example/{path.name}",
            title=path.stem,
            language="vi" if path.parent.name == "vietnamese" else "en",
        )
        feeds.append(feed)
        entries += _entries(path, feed, start, days, of_each)
    return feeds, entries


def _entries(path: Path, feed: Feed, start: datetime, days: int, of_each: int) -> list[Entry]:
    random = Random(path.name)  # noqa: S311 - Made-up times, no secret.
    try:
        parsed = parse_feed(path.read_bytes(), headers={}, url=feed.url, language=feed.language)
    except ParseError:
        return []
    found = []
    for number, one in enumerate(parsed.entries[:of_each]):
        seen = start + timedelta(minutes=random.randint(0, days * 24 * 60))
        found.append(
            Entry(
                id=f"{path.stem}-{number}",
                feed_url=feed.url,
                feed_title=feed.title,
                guid=one.guid,
                url=one.url,
                title=one.title,
                summary=one.summary,
                language=one.language,
                published_at=seen,
                published_is_guess=False,
                first_seen_at=seen,
                links=one.links,
            )
        )
    return found
