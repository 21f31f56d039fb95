"""Where a page's feeds are."""

import pytest

from aidigest.core.feeds.discovery import FeedLink, feed_address, feed_links

BASE = "https://a.example/blog/"


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        (
            "https://www.youtube.com/channel/UC1/videos",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UC1",
        ),
        (
            "https://m.youtube.com/user/ito",
            "https://www.youtube.com/feeds/videos.xml?user=ito",
        ),
        (
            "https://youtube.com/playlist?list=PL1",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
        ),
        ("https://github.com/ito", "https://github.com/ito.atom"),
        ("https://github.com/ito/kestrel/", "https://github.com/ito/kestrel/releases.atom"),
        (
            "https://github.com/ito/kestrel/commits/main",
            "https://github.com/ito/kestrel/commits/main.atom",
        ),
        ("https://old.reddit.com/r/ml", "https://www.reddit.com/r/ml/.rss"),
        ("https://www.reddit.com/r/ml/top/", "https://www.reddit.com/r/ml/top/.rss"),
        ("https://www.reddit.com/user/ito", "https://www.reddit.com/user/ito/.rss"),
    ],
)
def test_some_pages_tell_their_feed_by_their_address(page: str, feed: str) -> None:
    """It saves a request, and YouTube's pages weigh a megabyte."""
    assert feed_address(page) == feed


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=1",
        "https://www.youtube.com/playlist",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UC1",
        "https://github.com/ito.atom",
        "https://github.com/ito/kestrel/releases.atom",
        "https://github.com/",
        "https://github.com/ito/kestrel/issues/5",
        "https://www.reddit.com/r/ml/.rss",
        "https://reddit.com.a.example/r/ml",
        "https://a.example/channel/1",
        "http://[",
        "",
    ],
)
def test_other_addresses_are_taken_as_they_are(url: str) -> None:
    """Nothing is guessed, least of all from an address that is a feed's already."""
    assert feed_address(url) is None


def test_a_page_names_its_feeds_comments_last() -> None:
    """Every blog has a feed of comments beside the one that is meant."""
    page = """<html><head><link rel="stylesheet" href="/x.css">
    <link rel="alternate" type="application/rss+xml" title="A » Comments Feed" href="comments/feed">
    <LINK REL="Alternate home" TYPE="application/RSS+xml; charset=utf-8" HREF="feed?a=1&amp;b=2"
     title=" A
     blog ">
    <link rel=alternate type=application/atom+xml href=//b.example/atom>
    <link rel="alternate" type="application/rss+xml" href="feed?a=1&b=2">
    <link rel="alternate" type="text/html" href="/vi" hreflang="vi">
    <link rel="alternate" type="application/rss+xml" href="">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    <link rel="alternate" type="application/rss+xml" href="http://[::1">
    </head></html>"""

    assert feed_links(page, base=BASE) == (
        FeedLink(url="https://a.example/blog/feed?a=1&b=2", title="A blog"),
        FeedLink(url="https://b.example/atom"),
        FeedLink(url="https://a.example/blog/comments/feed", title="A » Comments Feed"),
    )


def test_a_base_moves_where_links_start() -> None:
    """As browsers have it."""
    page = '<base href="/x/"><link rel=alternate type=application/rss+xml href=rss>'

    assert feed_links(page, base=BASE) == (FeedLink(url="https://a.example/x/rss"),)


@pytest.mark.parametrize("junk", ["<![foo[ x ]]>", "<![", "<!DOCTYPE [", "<a " * 1000, "\x00&#x;"])
def test_no_page_is_too_broken_to_look_at(junk: str) -> None:
    """The page of a dead feed may hold anything; what came before the break counts."""
    link = "<link rel=alternate type=application/rss+xml href=/rss>"

    assert feed_links(link + junk + "<p>", base=BASE) == (FeedLink(url="https://a.example/rss"),)
