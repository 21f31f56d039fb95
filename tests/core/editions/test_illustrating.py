"""Which stories of an edition show their picture."""

from dataclasses import replace

from aidigest.core.editions.digest import Digest
from aidigest.core.editions.edition import Edition
from aidigest.core.editions.illustrating import illustrated
from aidigest.core.editions.making import make_edition
from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.pictures import Picture
from aidigest.core.stories.story import Filing, Story, Verdict
from aidigest.core.stories.wording import Telling
from storysamples import NOW, TOPICS, entry


def pictured(name: str, picture: str = "", *, alt: str = "") -> Entry:
    """Return an entry with a picture called so, or like itself."""
    url = f"https://outlet.example/{picture or name}.jpg"
    return replace(entry(name, f"Title of {name}"), picture=Picture(url=url, alt=alt))


def story(*entries: Entry, topic: str, score: float) -> Story:
    """Return a story that the first entry leads."""
    return Story(
        id=entries[0].id,
        entries=entries,
        verdict=Verdict(is_ai=True, score=1.0),
        filing=Filing(topic=topic),
        tellings=(Telling(lead=entries[0], title=entries[0].title, summary=""),),
        score=score,
    )


def made(*stories: Story, most: int = 5, others: tuple[Entry, ...] = ()) -> Edition:
    """Make an edition of the stories and illustrate it."""
    edition = make_edition(
        stories,
        digest=Digest(id="daily", title="Daily"),
        topics=TOPICS,
        number=1,
        day=NOW.date(),
        now=NOW,
        not_after=NOW,
    )
    among = (*(one for each in stories for one in each.entries), *others)
    return illustrated(edition, stories, among=among, most=most)


def shown(edition: Edition) -> dict[str, str]:
    """Return the pictures by the stories that show one."""
    return {
        one.id: one.picture.url.rpartition("/")[2].removesuffix(".jpg")
        for one in edition.stories
        if one.picture
    }


def test_only_a_topics_first_story_shows_its_picture() -> None:
    """There it helps to find the next topic; beside every headline it is noise."""
    edition = made(
        story(pictured("a"), topic="chips", score=3),
        story(pictured("b"), topic="chips", score=2),
        story(pictured("c"), topic="policy", score=1),
    )

    assert shown(edition) == {"a": "a", "c": "c"}


def test_the_best_stories_get_theirs_where_there_may_be_few() -> None:
    """A maintainer may want one, or none."""
    stories = (
        story(pictured("a"), topic="chips", score=1),
        story(pictured("b"), topic="policy", score=3),
        story(pictured("c"), topic="other", score=2),
    )

    assert shown(made(*stories, most=2)) == {"b": "b", "c": "c"}
    assert shown(made(*stories, most=0)) == {}


def test_another_report_lends_its_picture() -> None:
    """The lead's own comes first."""
    bare = entry("a", "Title of a")

    assert shown(made(story(bare, pictured("b"), topic="chips", score=1))) == {"a": "b"}
    assert shown(made(story(pictured("a"), pictured("b"), topic="chips", score=1))) == {"a": "a"}


def test_an_image_that_comes_again_is_not_shown() -> None:
    """Outlets send their logo, or the same photograph of a chip, with everything."""
    today = story(pictured("a", "logo"), pictured("b"), topic="chips", score=1)
    yesterday = pictured("old", "logo")

    assert shown(made(today, others=(yesterday,))) == {"a": "b"}
    assert shown(made(story(pictured("a", "same"), pictured("b", "same"), topic="chips", score=1)))


def test_a_text_that_repeats_the_headline_is_not_read_out_twice() -> None:
    """Many outlets put the headline there."""
    edition = made(story(pictured("a", alt="Title of a"), topic="chips", score=1))

    assert edition.stories[0].picture == Picture(url="https://outlet.example/a.jpg")
