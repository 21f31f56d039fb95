"""What goes into an edition, and in which order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from aidigest.core.editions.contract import contract_json
from aidigest.core.editions.digest import Digest
from aidigest.core.editions.edition import Edition, RenderedEdition
from aidigest.core.editions.making import make_edition
from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.story import Filing, Story, Verdict
from aidigest.core.stories.topics import Topic
from aidigest.core.stories.wording import Telling

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
TOPICS = (
    Topic(id="models", title={"en": "Models", "vi": "Mô hình"}),
    Topic(id="chips", title={"en": "Chips"}),
    Topic(id="other", title={"en": "Other"}),
)


def entry(name: str, *, hours_ago: int = 1) -> Entry:
    """Return an entry whose id, title and address all come from *name*."""
    seen = NOW - timedelta(hours=hours_ago)
    return Entry(
        id=name,
        feed_url="https://feed.example/rss",
        feed_title="The Feed",
        guid=name,
        url=f"https://feed.example/{name}",
        title=f"Title of {name}",
        summary="",
        language="en",
        published_at=seen,
        published_is_guess=False,
        first_seen_at=seen,
    )


def story(name: str, *, topic: str, score: float, others: tuple[Entry, ...] = ()) -> Story:
    """Return a story led by an entry called *name*."""
    lead = entry(name)
    return Story(
        id=name,
        entries=tuple(sorted((lead, *others), key=lambda e: e.first_seen_at)),
        verdict=Verdict(is_ai=True, score=1.0),
        filing=Filing(topic=topic),
        tellings=(Telling(lead=lead, title=lead.title, summary=""),),
        score=score,
    )


def edition(*stories: Story, digest: Digest) -> Edition:
    """Make the digest's first edition of the day."""
    return make_edition(
        stories,
        digest=digest,
        topics=TOPICS,
        number=1,
        day=date(2026, 9, 14),
        now=NOW,
        not_after=NOW + timedelta(hours=20),
    )


def test_sections_follow_the_digest_and_stories_keep_their_rank() -> None:
    """The maintainer orders the headings; within one, the best story is on top."""
    digest = Digest(id="daily", title="Daily", topics=("chips", "models"))
    stories = (
        story("a", topic="models", score=3),
        story("b", topic="chips", score=2),
        story("c", topic="models", score=1),
    )

    made = edition(*stories, digest=digest)

    assert [(s.id, [one.id for one in s.stories]) for s in made.sections] == [
        ("chips", ["b"]),
        ("models", ["a", "c"]),
    ]


def test_topics_a_digest_does_not_carry_take_no_place() -> None:
    """A story outside the digest's topics must not push out one inside them."""
    digest = Digest(id="daily", title="Daily", topics=("chips",), max_stories=1)
    stories = (story("a", topic="models", score=3), story("b", topic="chips", score=2))

    made = edition(*stories, digest=digest)

    assert [one.id for one in made.stories] == ["b"]


def test_a_digest_without_topics_carries_all_of_them_up_to_its_size() -> None:
    """No list means every topic; the lowest ranked stories are the ones left out."""
    digest = Digest(id="daily", title="Daily", max_stories=2)
    stories = (
        story("a", topic="other", score=3),
        story("b", topic="models", score=2),
        story("c", topic="chips", score=1),
    )

    made = edition(*stories, digest=digest)

    assert [one.id for one in made.stories] == ["b", "a"]


def test_one_busy_outlet_does_not_fill_the_edition() -> None:
    """A reader who wanted one feed only would read that feed."""
    busy = [story(f"busy{number}", topic="models", score=10 - number / 10) for number in range(9)]
    quiet = story("quiet", topic="models", score=8)
    telling = replace(quiet.tellings[0], lead=replace(quiet.lead, feed_title="The Quiet Feed"))
    quiet = replace(quiet, tellings=(telling,))

    made = edition(*busy, quiet, digest=Digest(id="daily", title="Daily", max_stories=4))

    assert [one.id for one in made.stories] == ["busy0", "busy1", "busy2", "quiet"]


def test_headings_are_in_the_digests_language_where_there_is_one() -> None:
    """A Vietnamese digest has Vietnamese headings; English stands in for what is missing."""
    digest = Digest(id="daily", title="Bản tin", language="vi")
    stories = (story("a", topic="models", score=2), story("b", topic="chips", score=1))

    made = edition(*stories, digest=digest)

    assert [section.title for section in made.sections] == ["Mô hình", "Chips"]


def test_the_lead_entry_is_linked_first() -> None:
    """Readers follow the first link: it must be the one whose headline they read."""
    older = entry("older", hours_ago=9)
    told = story("lead", topic="models", score=1, others=(older,))

    made = edition(told, digest=Digest(id="daily", title="Daily"))

    assert [one.id for one in made.stories[0].entries] == ["lead", "older"]


def test_contract_json_has_the_agreed_keys() -> None:
    """Outside checks read edition.json; its keys are a promise."""
    made = edition(story("a", topic="models", score=1.23456), digest=Digest(id="d", title="D"))
    rendered = RenderedEdition(edition=made, subject="Hello", html="", text="", markdown="")

    written = contract_json(rendered)

    assert written["edition"] == {
        "digest": "d",
        "number": 1,
        "date": "2026-09-14",
        "language": "en",
        "subject": "Hello",
    }
    assert written["topics"][0]["stories"][0] == {
        "id": "a",
        "title": "Title of a",
        "summary": "",
        "url": "https://feed.example/a",
        "published": "2026-09-13T23:00:00+00:00",
        "language": "en",
        "score": 1.2346,
        "entries": [
            {
                "title": "Title of a",
                "url": "https://feed.example/a",
                "feed": "The Feed",
                "published": "2026-09-13T23:00:00+00:00",
            }
        ],
    }
