"""What a maintainer changes about an edition."""

from datetime import UTC, datetime

from aidigest.core.editions.edits import Edit, EditAction, arranged, pinned, reasons, without_hidden
from aidigest.core.feeds.feed import About, Feed
from aidigest.core.stories.story import Story, build_stories
from storysamples import NOW, TOPICS, entry

AT = datetime(2026, 9, 14, tzinfo=UTC)
TITLES = {"a": "Robots sort letters in Hue", "b": "A bridge opens late", "c": "Farmers count rain"}


def stories() -> list[Story]:
    """Return three stories, a, b and c."""
    entries = tuple(entry(name, title) for name, title in TITLES.items())
    feeds = {
        one.feed_url: Feed(url=one.feed_url, title=one.feed_title, about=About.AI)
        for one in entries
    }
    made = build_stories(entries, feeds=feeds, topics=TOPICS, now=NOW, language="en")
    return sorted(made, key=lambda story: story.id)


def change(story: str, action: EditAction, position: int | None = None) -> Edit:
    """Return an edit about that story."""
    return Edit(story_id=story, action=action, position=position, made_at=AT)


def ids(found: list[Story]) -> str:
    """Return the stories' ids in a row."""
    return "".join(story.id for story in found)


def test_pins_stand_first_in_the_order_they_were_made() -> None:
    """The last word is the maintainer's."""
    edits = [change("c", EditAction.PIN), change("b", EditAction.PIN)]

    assert ids(pinned(stories(), edits)) == "cb"
    assert ids(arranged(stories(), edits)) == "cba"


def test_what_is_hidden_is_gone_and_the_rest_keeps_its_order() -> None:
    """A story may be right for us and wrong for the readers."""
    assert ids(without_hidden(stories(), [change("b", EditAction.HIDE)])) == "ac"


def test_a_move_puts_a_story_at_its_place() -> None:
    """A place past the end is the end."""
    assert ids(arranged(stories(), [change("a", EditAction.MOVE, 2)])) == "bac"
    assert ids(arranged(stories(), [change("a", EditAction.MOVE, 99)])) == "bca"


def test_the_edition_says_what_was_edited() -> None:
    """`aidigest why` must not blame the ranking."""
    edits = [change("a", EditAction.PIN), change("b", EditAction.MOVE, 3)]

    assert [reasons(story, edits) for story in stories()] == [
        ("pinned by the maintainer",),
        ("moved to place 3",),
        (),
    ]
