"""Reading the page of a story that no feed has a summary of."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from aidigest.adapters.articles import Articles
from aidigest.adapters.fetch import HttpFetcher
from aidigest.core.editions.edition import Edition, EditionStory, Section
from aidigest.settings import FetchSettings
from aidigest.steps.read_articles import PageSummaries
from httpserver import Answer, running

pytest.importorskip("trafilatura", reason="it is not here: pip install 'aidigest[articles]'")

NOW = datetime(2026, 9, 14, tzinfo=UTC)
FIRST = "Lumenward will read maps of four hundred villages from May, the firm said in Hue."
PAGE = f"""<!doctype html><html><head><title>Maps</title></head><body>
<nav><a href="/">Home</a> <a href="/about">About our cookies</a></nav>
<article><h1>Lumenward reads maps</h1><p>{FIRST}</p>
<p>The maps were drawn by hand between 1880 and 1931, and most of them have never been printed.
They lie in eleven archives, three of which are closed to the public for repairs.</p></article>
<footer>Subscribe to our newsletter</footer></body></html>"""


def edition(url: str) -> Edition:
    """Return an edition of one story without a summary."""
    story = EditionStory(
        id="a",
        title="A firm from Hue turns to old village maps",
        summary="",
        url=url,
        published_at=NOW,
        published_is_guess=False,
        language="en",
        score=1.0,
        reasons=(),
        entries=(),
    )
    return Edition(
        digest_id="daily",
        digest_title="Daily",
        number=1,
        date=date(2026, 9, 14),
        timezone="UTC",
        language="en",
        sections=(Section(id="other", title="Other", stories=(story,)),),
        created_at=NOW,
        not_after=NOW,
    )


def improved(made: Edition, *, allow_private: bool = True) -> EditionStory:
    """Read the pages; return the story."""
    settings = replace(FetchSettings(), allow_private=allow_private, timeout_s=5.0)
    with HttpFetcher(settings, user_agent="test") as fetcher:
        return PageSummaries(reader=Articles(fetcher)).improve(made).stories[0]


def test_the_pages_own_sentences_make_the_summary() -> None:
    """Verbatim, and nothing of what stands around the article."""
    with running() as server:
        url = server.script("/maps", Answer(body=PAGE.encode()))

        assert improved(edition(url)).summary.startswith(FIRST)


def test_a_page_that_is_not_there_leaves_the_headline_alone() -> None:
    """No summary is better than a bad one."""
    with running() as server:
        assert improved(edition(server.url("/gone"))).summary == ""


def test_the_rules_of_fetching_hold_for_pages_too() -> None:
    """A feed may point to the inside of our network."""
    with running() as server:
        url = server.script("/maps", Answer(body=PAGE.encode()))

        assert improved(edition(url), allow_private=False).summary == ""
        assert server.requests["/maps"] == []


def test_only_the_beginning_of_a_page_is_read() -> None:
    """Time grows with the square of its elements, and a page may have any number of them."""
    page = f"<body><article><p>{FIRST}</p>{'<p>An a. </p>' * 20_000}<p>The end.</p>".encode()
    settings = replace(FetchSettings(), allow_private=True)
    with running() as server, HttpFetcher(settings, user_agent="test") as fetcher:
        text = Articles(fetcher).read(server.script("/long", Answer(body=page)))

    assert text.startswith(FIRST)
    assert text.count("An a.") < 6_000
    assert "The end." not in text
