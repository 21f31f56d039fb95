"""How high a story stands."""

from dataclasses import replace

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.ranking import HALF_LIFE, Rank, rank
from aidigest.core.stories.relevance import Verdict
from storysamples import NOW, entry

SURE = Verdict(is_ai=True, score=1.0)


def ranked(*entries: Entry, feeds: tuple[Feed, ...] = ()) -> Rank:
    """Rank a story that is surely about AI."""
    by_url = {feed.url: feed for feed in feeds}
    return rank(entries, feeds=by_url, verdict=SURE, now=NOW)


def test_outlets_count_and_not_entries() -> None:
    """One outlet that writes twice is one voice."""
    twice = ranked(entry("a", "X", feed="one"), entry("b", "X", feed="one"))
    by_two = ranked(entry("a", "X", feed="one"), entry("b", "X", feed="two"))

    assert twice.score == ranked(entry("a", "X", feed="one")).score < by_two.score


def test_a_projects_own_feeds_of_releases_are_one_voice() -> None:
    """A bare version on two of its pages would lead the edition."""
    listed = replace(entry("a", "v2.1.235"), feed_title="Release notes from kestrel-code")
    change = replace(entry("b", "2.1.235"), feed_title="Kestrel Code changelog")
    report = entry("c", "Kestrel Code 2.1.235 sails by itself")

    assert ranked(listed, change).score == ranked(listed).score
    assert ranked(listed, change, report).score == ranked(report).score


def test_news_loses_half_in_its_half_life() -> None:
    """Yesterday's story must be twice as strong to stand above today's."""
    hours = HALF_LIFE.total_seconds() / 3600

    old, new = ranked(entry("a", "X", hours_ago=hours)), ranked(entry("a", "X", hours_ago=0))

    assert (old.score, new.score) == (0.5, 1.0)


def test_the_weight_of_the_best_source_counts() -> None:
    """The maintainer's lever in feeds.toml."""
    one = entry("a", "X", hours_ago=0)

    heavy = ranked(one, feeds=(Feed(url=one.feed_url, title="A", weight=1.5),))

    assert heavy.score == 1.5


def test_a_score_says_what_it_is_made_of() -> None:
    """`aidigest stories` shows every part."""
    assert len(ranked(entry("a", "X")).reasons) == 4
