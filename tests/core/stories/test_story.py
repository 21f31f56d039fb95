"""Stories of a window of entries, from end to end."""

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import About, Feed
from aidigest.core.stories.story import Story, build_stories
from storysamples import NOW, TOPICS, entry

ENTRIES = (
    entry("a", "Nvidia shows an AI chip for farms", "The chip reads soil all day.", hours_ago=6),
    entry("b", "AI chip for farms shown by Nvidia", hours_ago=4),
    entry("c", "Court bans AI from writing wills", hours_ago=2),
    entry("d", "Bakers complain about the price of butter", hours_ago=2),
    entry("e", "Promo code: AI farm chip 20% off", hours_ago=1),
)


def built(*entries: Entry, feeds: tuple[Feed, ...] = ()) -> tuple[Story, ...]:
    """Build stories with the sample topics."""
    known = {feed.url: feed for feed in feeds}
    return build_stories(entries, feeds=known, topics=TOPICS, now=NOW, language="en")


def test_stories_come_best_first_with_all_that_was_decided() -> None:
    """Two outlets outweigh two hours; what is no AI news stays, at the end."""
    stories = built(*ENTRIES)

    assert [(s.id, s.filing.topic, s.verdict.is_ai) for s in stories[:2]] == [
        ("a", "chips", True),
        ("c", "policy", True),
    ]
    assert {s.id for s in stories if not s.verdict.is_ai} == {"d", "e"}


def test_the_same_entries_give_the_same_stories_in_any_order() -> None:
    """Editions must be alike byte for byte."""
    assert built(*ENTRIES[::-1]) == built(*ENTRIES)


def test_a_story_is_told_once_in_each_language_of_its_sources() -> None:
    """A reader who chose Vietnamese gets a Vietnamese paper's words, not half of each."""
    english = entry("en", "Ardova passes AI law", "Ardova's parliament passed it on Monday.")
    british = entry("gb", "AI law passed in Ardova", language="en-GB", links=(english.url or "",))
    vietnamese = entry(
        "vi",
        "Ardova thông qua luật AI",
        "Quốc hội Ardova đã thông qua luật vào hôm thứ Hai.",
        language="vi",
        links=(english.url or "",),
    )

    (story,) = built(english, british, vietnamese)

    assert [(one.lead.id, one.title, one.summary) for one in story.tellings] == [
        ("en", english.title, english.summary),
        ("vi", vietnamese.title, vietnamese.summary),
    ]
    assert (story.title, story.summary) == (english.title, english.summary)


def test_no_entries_make_no_stories() -> None:
    """A quiet night."""
    assert built() == ()


def test_every_entry_is_in_one_story() -> None:
    """Nothing is lost, nothing told twice."""
    told = sorted(one.id for story in built(*ENTRIES) for one in story.entries)

    assert told == [one.id for one in ENTRIES]


def test_what_says_nothing_of_ai_does_not_lead_an_ai_story() -> None:
    """Two everyday words once made a horoscope the headline of a story about models."""
    letters = entry("letters", "Letters of the week: what readers asked", hours_ago=8)
    stars = entry("stars", "A good week for unanswered letters, say the stars", hours_ago=1)
    weekly = Feed(url=letters.feed_url, title="Model Weekly", about=About.AI)

    stories = built(letters, stars, feeds=(weekly,))

    assert {(one.title, one.verdict.is_ai) for one in stories} == {
        (letters.title, True),
        (stars.title, False),
    }


def test_a_report_that_does_not_say_ai_stays_with_its_story() -> None:
    """The same event told without the word is the same event."""
    plain = entry("plain", "Tamarind shows planner for farms in Hanoi on Monday", hours_ago=2)
    full = entry("full", "Tamarind shows AI planner for farms in Hanoi on Monday", hours_ago=1)

    (story,) = built(plain, full)

    assert story.lead.id == "full"
    assert {one.id for one in story.entries} == {"plain", "full"}


def test_reports_alike_each_other_are_no_part_of_an_ai_story_for_that() -> None:
    """Two copies of an army story once held each other in a story of fortune tellers."""
    told = entry("told", "Korean army tests AI fortune telling", hours_ago=1)
    retold = entry("retold", "AI fortune telling tested by the Korean army", hours_ago=2)
    command = entry("command", "Korean army wants wartime command back from allies on Monday")
    again = entry("again", "Wartime command: Korean army asks allies to hand it back")

    stories = built(told, retold, command, again)

    (ai,) = (story for story in stories if story.verdict.is_ai)
    assert {one.id for one in ai.entries} == {"told", "retold"}


def test_one_report_that_says_ai_makes_no_ai_story_of_many_that_do_not() -> None:
    """A match that a model predicts is football, and sixteen outlets would lead the edition."""
    match = (
        entry("match", "Harbor FC expected to beat Skarn FC in cup final"),
        entry("who", "Skarn FC against Harbor FC: who wins the cup final"),
        entry("look", "Cup final preview: Harbor FC and Skarn FC"),
    )
    model = entry("model", "AI predicts Harbor FC to beat Skarn FC in cup final")

    stories = built(*match, model)

    (ai,) = (story for story in stories if story.verdict.is_ai)
    assert [one.id for one in ai.entries] == ["model"]


def test_a_story_that_is_no_ai_news_stays_whole() -> None:
    """A chip is a hint of AI at most, and parts no report from another."""
    named = entry("named", "Chip plant in Vendo on fire")
    other = entry("other", "Vendo mourns two workers")

    (story,) = built(named, other)

    assert not story.verdict.is_ai
    assert {one.id for one in story.entries} == {"named", "other"}
