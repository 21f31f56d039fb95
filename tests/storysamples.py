"""Invented entries, feeds and topics for the tests of stories."""

from datetime import UTC, datetime, timedelta

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.topics import Topic

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)

TOPICS = (
    Topic(id="chips", title={"en": "Chips"}, words={"en": ("chip*", "Nvidia"), "vi": ("bán dẫn",)}),
    Topic(id="policy", title={"en": "Policy"}, words={"en": ("court*^2", "EU", "new law")}),
    Topic(id="other", title={"en": "Other"}),
)


def entry(
    name: str,
    title: str,
    summary: str = "",
    *,
    hours_ago: float = 1,
    language: str = "en",
    url: str | None = "",
    links: tuple[str, ...] = (),
    feed: str = "",
) -> Entry:
    """Return an entry called *name*, from a feed of its own unless *feed* says otherwise."""
    seen = NOW - timedelta(hours=hours_ago)
    home = f"https://{feed or name}.example"
    return Entry(
        id=name,
        feed_url=f"{home}/rss",
        feed_title=(feed or name).title(),
        guid=None,
        url=f"{home}/{name}" if url == "" else url,
        title=title,
        summary=summary,
        language=language,
        published_at=seen,
        published_is_guess=False,
        first_seen_at=seen,
        links=links,
    )
