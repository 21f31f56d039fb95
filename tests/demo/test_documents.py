"""The outlets' feeds are feeds: parsers read them, and each date is the instant meant."""

import io
import json
from datetime import UTC, datetime

import feedparser
import pytest

from aidigest.demo.documents import date_text, document, entry_url
from aidigest.demo.outlets import DateStyle, FeedFormat, Outlet, OutletEntry, outlets

NOW = datetime(2026, 9, 16, 3, 30, tzinfo=UTC)
XML_OUTLETS = [outlet for outlet in outlets() if outlet.format is not FeedFormat.JSON]


@pytest.mark.parametrize("outlet", XML_OUTLETS, ids=lambda outlet: outlet.slug)
def test_a_strict_parser_finds_every_entry(outlet: Outlet) -> None:
    """A feed that is not well-formed would only be read by luck."""
    parsed = feedparser.parse(io.BytesIO(document(outlet, now=NOW)))

    assert not parsed.bozo
    assert len(parsed.entries) == len(outlet.entries)
    assert [entry.link for entry in parsed.entries] == [
        entry_url(outlet, entry) for entry in outlet.entries
    ]


def test_the_json_feed_says_its_version_and_all_entries() -> None:
    """JSON Feed 1.1 asks for both."""
    outlet = next(outlet for outlet in outlets() if outlet.format is FeedFormat.JSON)

    feed = json.loads(document(outlet, now=NOW))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len(feed["items"]) == len(outlet.entries)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (DateStyle.ISO, "2026-09-16T03:30:00Z"),
        (DateStyle.RFC822, "Wed, 16 Sep 2026 03:30:00 +0000"),
        (DateStyle.RFC822_ZONE_NAME, "Wed, 16 Sep 2026 03:30:00 GMT"),
        (DateStyle.GMT_PLUS_7, "Wed, 16 Sep 2026 10:30:00 GMT+7"),
        (DateStyle.OFFSET_07, "Wed, 16 Sep 2026 10:30:00 +07"),
        (DateStyle.US, "9/16/2026 10:30:00 AM"),
    ],
)
def test_a_date_is_written_in_the_outlets_manner(style: DateStyle, text: str) -> None:
    """The demo shows that awkward dates come out right, so they must be awkward going in."""
    assert date_text(NOW, style) == text


def test_an_address_is_plain_ascii_whatever_the_title() -> None:
    """Vietnamese letters and their marks would be escaped into noise."""
    outlet = outlets()[0]
    entry = OutletEntry(hours_ago=1, title="Đảo Skarn: 300 MW, ai làm?", summary="")

    assert entry_url(outlet, entry) == f"{outlet.homepage}/dao-skarn-300-mw-ai-lam"
