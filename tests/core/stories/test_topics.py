"""Under which topic a story goes."""

from dataclasses import replace

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.topics import Filing, file_story, topic_lexicon
from storysamples import TOPICS, entry

LEXICON = topic_lexicon(TOPICS)


def filed(*entries: Entry, feeds: tuple[Feed, ...] = ()) -> Filing:
    """File a story under the sample topics."""
    by_url = {feed.url: feed for feed in feeds}
    return file_story(entries, feeds=by_url, topics=TOPICS, lexicon=LEXICON)


def test_the_weightiest_words_win_and_are_named() -> None:
    """A word in the title counts three times; a boost doubles it."""
    filing = filed(entry("x", "Court hears chip maker"))

    assert filing.topic == "policy"
    assert filing.reasons[0] == "0.50 for court*"


def test_a_pinned_feed_wins_over_words() -> None:
    """The maintainer knows the feed."""
    feed = Feed(url="https://x.example/rss", title="Law blog", topic="policy")

    assert filed(entry("x", "Nvidia chips"), feeds=(feed,)).topic == "policy"


def test_words_of_every_language_are_looked_for() -> None:
    """English names fill Vietnamese headlines, and the other way round."""
    assert filed(entry("x", "Ngành bán dẫn thiếu kỹ sư", language="vi")).topic == "chips"


def test_a_bare_version_is_filed_by_what_was_released() -> None:
    """A number alone says nothing; the feed it comes from says what was released."""
    version = replace(entry("a", "v5.1"), feed_title="Release notes from Nvidia")

    assert filed(version).topic == "chips"


def test_what_fits_nowhere_goes_under_other() -> None:
    """No story is lost for want of a word."""
    assert filed(entry("x", "A quiet day")).topic == "other"
