"""The feed behind an address, with as few requests as can be."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aidigest.core.feeds.discovery import FeedLink
from aidigest.core.feeds.feed import (
    Failed,
    Feed,
    FeedState,
    FetchRequest,
    FetchResult,
    Fresh,
    Moved,
    NotModified,
    Validators,
)
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed
from aidigest.errors import FeedError, ParseError
from aidigest.steps.discover import Discovered, check_feeds, discover, first_poll, propose
from fakes import FakeFeedStore, FakeFetcher

NOW = datetime(2026, 9, 14, tzinfo=UTC)
HOME, RSS = "https://a.example/", "https://a.example/rss"
PAGE = (
    b"<html><head><link rel=alternate type=application/rss+xml href=/comments/rss>"
    b"<link rel=alternate type=application/rss+xml href=/rss></head></html>"
)


class WordsParser:
    """Takes each word of a body for a title; one that begins like markup is no feed."""

    def parse(self, body: bytes, *, feed: Feed, headers: Mapping[str, str], url: str) -> ParsedFeed:
        """Read the words."""
        if body.startswith(b"<"):
            raise ParseError(feed.url, "an HTML page")
        found = (
            ParsedEntry(guid=w, url=None, title=w, summary="", language="en", published_at=None)
            for w in body.decode().split()
        )
        return ParsedFeed(title="Words", entries=tuple(found), complete=True)


def fresh(body: bytes, url: str = RSS, *, validators: Validators = Validators()) -> Fresh:  # noqa: B008 - Frozen.
    """Return a body."""
    return Fresh(body=body, url=url, validators=validators)


def find(url: str, answers: Mapping[str, FetchResult | Exception]) -> tuple[Discovered, list[str]]:
    """Discover; return what was asked, too."""
    fetcher = FakeFetcher(answers)
    return discover(url, language="en", fetcher=fetcher, parser=WordsParser()), fetcher.urls


def test_a_feed_costs_one_request() -> None:
    """Its answer is its first poll."""
    found, asked = find(RSS, {RSS: fresh(b"one two")})

    assert (found.url, len(found.parsed.entries), found.others) == (RSS, 2, ())
    assert asked == [RSS]


def test_a_page_costs_two() -> None:
    """Only what it names is asked for, its own feed before that of comments."""
    found, asked = find(HOME, {HOME: fresh(PAGE, HOME), RSS: fresh(b"one")})

    assert found.url == RSS
    assert found.others == (FeedLink(url="https://a.example/comments/rss"),)
    assert asked == [HOME, RSS]


def test_a_known_form_is_asked_for_its_feed_at_once() -> None:
    """The page itself is not needed."""
    feed = "https://github.com/ito/kestrel/releases.atom"

    found, asked = find("https://github.com/ito/kestrel", {feed: fresh(b"one", feed)})

    assert (found.url, asked) == (feed, [feed])


def test_the_lasting_address_is_taken() -> None:
    """Not where today's temporary redirect ends."""
    moved = Moved(url="https://b.example/rss", answer=fresh(b"one", "https://cdn.example/rss"))

    found, _ = find(RSS, {RSS: moved})

    assert found.url == "https://b.example/rss"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({HOME: fresh(b"<html></html>", HOME)}, "an HTML page; it names no feed either"),
        ({HOME: Failed(reason="status 500", status=500)}, "status 500"),
        ({HOME: NotModified()}, "304 to a first request"),
        ({HOME: fresh(PAGE, HOME), RSS: Failed(reason="status 404", status=404)}, "status 404"),
        ({HOME: fresh(PAGE, HOME), RSS: fresh(b"<p>")}, "an HTML page"),
    ],
)
def test_where_there_is_no_feed_the_reason_is_told(
    answers: Mapping[str, FetchResult | Exception], words: str
) -> None:
    """And nothing is guessed, such as /feed or /rss.xml."""
    with pytest.raises(FeedError, match=words):
        find(HOME, answers)


def test_the_site_of_a_dead_feed_is_asked_where_it_is_now() -> None:
    """What it names is proposed, unless it is the dead one."""
    dead = FeedState(url="https://a.example/old", site_url=HOME)
    fetcher = FakeFetcher({HOME: fresh(PAGE, HOME)})

    assert propose(dead, fetcher=fetcher) == RSS
    assert propose(replace(dead, site_url=None), fetcher=fetcher) is None
    assert propose(dead, fetcher=FakeFetcher({HOME: Failed(reason="no")})) is None
    assert propose(replace(dead, url=RSS), fetcher=fetcher) != RSS


def test_a_trial_is_conditional_and_says_what_came() -> None:
    """Whoever tries a feed out ten times costs its server little."""
    given, feed = Validators(etag='"a"'), Feed(url=RSS)

    def tried(answer: FetchResult) -> tuple[str | None, int | None]:
        fetcher = FakeFetcher({RSS: answer})
        (found,) = check_feeds(
            [feed],
            states={RSS: FeedState(url=RSS, validators=given)},
            fetcher=fetcher,
            parser=WordsParser(),
            workers=2,
        )
        assert fetcher.asked == [FetchRequest(url=RSS, validators=given)]
        return found.problem, found.entries

    assert tried(fresh(b"one two")) == (None, 2)
    assert tried(NotModified()) == (None, None)
    assert tried(fresh(b"<p>")) == ("an HTML page", None)
    assert tried(Failed(reason="status 500", status=500)) == ("status 500", None)


def test_what_was_found_is_stored_as_the_first_poll() -> None:
    """The feed is not asked again for what is at hand."""
    store, given = FakeFeedStore(), Validators(etag='"a"')
    found, _ = find(RSS, {RSS: fresh(b"one two", validators=given)})

    news = first_poll(Feed(url=RSS), found, store=store, cutoffs=(), now=NOW)

    state = store.states[RSS]
    assert (news, store.titles) == (2, ["one", "two"])
    assert (state.validators, state.polls, state.first_polled_at) == (given, 1, NOW)
    assert state.next_poll_at is not None
    assert state.next_poll_at > NOW
