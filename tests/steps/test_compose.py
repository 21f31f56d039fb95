"""An edition is made once a day, out of what is new."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from aidigest.adapters.database import Editions, Feeds
from aidigest.core.editions.digest import Digest
from aidigest.core.editions.edition import EditionReference
from aidigest.core.feeds.entry import Arrivals, Entry
from aidigest.core.feeds.feed import About, Feed, FeedState
from aidigest.core.feeds.pictures import Picture
from aidigest.core.polling.history import PollRecord
from aidigest.core.stories.topics import Topic
from aidigest.steps.compose import Composed, Composer, Skipped
from composing import FakeArchive, FakeEditions, FakeEntries, NoEdits, PlainRenderer

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
DAILY = Digest(id="daily", title="Daily")
FEED = Feed(url="https://feed.example/rss", title="The Feed", about=About.AI)
MIXED = Feed(url="https://mixed.example/rss", title="Mixed", about=About.MIXED)


def entry(
    name: str, title: str, *, seen_at: datetime = NOW, feed: Feed = FEED, language: str = "en"
) -> Entry:
    """Return an entry of *feed* first seen at that time."""
    return Entry(
        id=name,
        feed_url=feed.url,
        feed_title=feed.title,
        guid=name,
        url=f"{feed.url}/{name}",
        title=title,
        summary="",
        language=language,
        published_at=seen_at,
        published_is_guess=False,
        first_seen_at=seen_at,
    )


def composer(*entries: Entry) -> Composer:
    """Build a composer over those entries."""
    return Composer(
        feeds=(FEED, MIXED),
        topics=(Topic(id="other", title={"en": "Other"}),),
        entries=FakeEntries(*entries),
        editions=FakeEditions(),
        edits=NoEdits(),
        renderer=PlainRenderer(),
        archive=FakeArchive(),
    )


def add(desk: Composer, entry: Entry) -> None:
    """Let an entry come in."""
    assert isinstance(desk.entries, FakeEntries)
    desk.entries.entries.append(entry)


def brought(*entries: Entry) -> PollRecord:
    """Return what a poll stores that brought these."""
    return PollRecord(state=FeedState(url=FEED.url), arrivals=Arrivals(new=entries))


def texts(*results: Composed | Skipped) -> list[str]:
    """Return the text of each edition, or the reason there is none."""
    return [one.rendered.text if isinstance(one, Composed) else one.reason for one in results]


def test_the_second_compose_of_a_day_returns_the_first_ones_edition() -> None:
    """Two workers, a restart and a nervous maintainer must all see the same edition."""
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))

    first = desk.compose(DAILY, now=NOW)
    second = desk.compose(DAILY, now=NOW + timedelta(hours=2))

    assert isinstance(first, Composed)
    assert isinstance(second, Composed)
    assert (first.created, second.created) == (True, False)
    assert first.rendered == second.rendered


def test_a_story_carried_yesterday_is_not_carried_today() -> None:
    """A story is news once (design decision 6)."""
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))
    tomorrow = NOW + timedelta(days=1)

    first = desk.compose(DAILY, now=NOW)
    again = entry("b", "Northwind releases the Kestrel language model", seen_at=tomorrow)
    add(desk, again)
    second = desk.compose(DAILY, now=tomorrow)

    assert texts(first) == ["Northwind releases the Kestrel language model"]
    assert isinstance(second, Skipped)


def test_what_a_stopped_machine_missed_is_still_news() -> None:
    """The window reaches back to the last edition, not just a day."""
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))
    desk.compose(DAILY, now=NOW)
    late = entry("b", "Robot surgeons pass the board exam", seen_at=NOW + timedelta(hours=5))
    add(desk, late)

    third_day = desk.compose(DAILY, now=NOW + timedelta(days=3))

    assert texts(third_day) == ["Robot surgeons pass the board exam"]


def test_entries_left_over_from_before_the_last_edition_are_not_dished_up_again() -> None:
    """What did not make yesterday's edition is old today."""
    small = Digest(id="daily", title="Daily", max_stories=1)
    desk = composer(
        entry("a", "Northwind releases the Kestrel language model"),
        entry("b", "Robot surgeons pass the board exam"),
    )
    desk.compose(small, now=NOW)

    tomorrow = desk.compose(small, now=NOW + timedelta(days=1))

    assert isinstance(tomorrow, Skipped)


def test_what_was_stored_only_after_an_edition_is_in_the_next_one() -> None:
    """A poll notes the time and then commits, and an edition may be made in between."""
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))
    desk.compose(DAILY, now=NOW)
    add(desk, entry("b", "Robot surgeons pass the board exam", seen_at=NOW - timedelta(seconds=1)))

    tomorrow = desk.compose(DAILY, now=NOW + timedelta(days=1))

    assert texts(tomorrow) == ["Robot surgeons pass the board exam"]


def test_leftovers_from_a_machine_whose_clock_is_ahead_are_not_dished_up_again() -> None:
    """They look newer than the edition that weighed them."""
    small = Digest(id="daily", title="Daily", max_stories=1)
    ahead = NOW + timedelta(minutes=5)
    desk = composer(
        entry("a", "Northwind releases the Kestrel language model", seen_at=ahead),
        entry("b", "Robot surgeons pass the board exam", seen_at=ahead),
    )
    desk.compose(small, now=NOW)

    assert isinstance(desk.compose(small, now=NOW + timedelta(days=1)), Skipped)


def test_editions_minutes_apart_dish_up_no_leftovers() -> None:
    """A late edition is followed by the next day's, which weighs the same hour once more."""
    small = Digest(id="daily", title="Daily", max_stories=1)
    times = [NOW - timedelta(minutes=10), NOW + timedelta(minutes=10), NOW + timedelta(days=1)]
    desk = composer(
        entry("a", "Northwind releases the Kestrel language model", seen_at=times[0]),
        entry("b", "Robot surgeons pass the board exam", seen_at=times[0]),
    )
    first = desk.compose(small, now=times[0])
    add(desk, entry("c", "Chip maker Lumen opens a fab for AI servers", seen_at=times[0]))

    second, third = (desk.compose(small, now=now) for now in times[1:])

    assert isinstance(first, Composed)
    assert texts(second) == ["Chip maker Lumen opens a fab for AI servers"]
    assert isinstance(third, Skipped)


def test_each_digest_remembers_what_it_has_weighed_itself() -> None:
    """What came too late for one was there in time for another, minutes later."""
    weekly = Digest(id="weekly", title="Weekly", max_stories=1)
    later, tomorrow = NOW + timedelta(minutes=5), NOW + timedelta(days=1)
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))
    desk.compose(DAILY, now=NOW)
    add(desk, entry("b", "Robot surgeons pass the board exam", seen_at=NOW))
    desk.compose(weekly, now=later)

    editions = desk.compose(DAILY, now=tomorrow), desk.compose(weekly, now=tomorrow)

    assert texts(editions[0]) == ["Robot surgeons pass the board exam"]
    assert isinstance(editions[1], Skipped)


def test_a_draft_weighs_nothing_for_good() -> None:
    """Whoever looks at a preview takes no news from the edition."""
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))
    desk.compose(DAILY, now=NOW)
    late = entry("b", "Robot surgeons pass the board exam", seen_at=NOW - timedelta(minutes=1))
    add(desk, late)
    tomorrow = NOW + timedelta(days=1)

    draft = desk.draft(DAILY, now=tomorrow)
    edition = desk.compose(DAILY, now=tomorrow)

    assert [story.id for story in draft.stories] == ["b"]
    assert texts(edition) == ["Robot surgeons pass the board exam"]


def test_why_there_is_no_edition_counts_what_came_late_and_no_leftovers() -> None:
    """The number is what an operator looks for in the log of the polls."""
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))
    desk.compose(DAILY, now=NOW)
    tomorrow, soon = NOW + timedelta(days=1), NOW - timedelta(seconds=1)

    reasons = texts(desk.compose(DAILY, now=tomorrow))
    add(desk, entry("b", "Village wins the regional chess cup", seen_at=soon, feed=MIXED))
    reasons += texts(desk.compose(DAILY, now=tomorrow))

    assert reasons == [
        "no entry has come in since 2026-09-14 00:00 UTC",
        "no AI news among the 1 entry since 2026-09-14 00:00 UTC",
    ]


def test_a_poll_that_commits_after_an_edition_is_heard_by_the_next(engine: Engine) -> None:
    """So it is with either database, and neither dishes up leftovers."""
    small = Digest(id="daily", title="Daily", max_stories=1)
    store, seen_at = Feeds(engine), NOW - timedelta(seconds=1)
    in_time = (
        entry("a", "Northwind releases the Kestrel language model", seen_at=seen_at),
        entry("b", "Robot surgeons pass the board exam", seen_at=seen_at),
    )
    late = entry("c", "Chip maker Lumen opens a fab for AI servers", seen_at=seen_at)
    desk = replace(composer(), entries=store, editions=Editions(engine))
    store.record_polls([brought(*in_time)])
    desk.compose(small, now=NOW)
    store.record_polls([brought(late)])

    second, third = (desk.compose(small, now=NOW + timedelta(days=day)) for day in (1, 2))

    assert texts(second) == ["Chip maker Lumen opens a fab for AI servers"]
    assert texts(third) == ["no entry has come in since 2026-09-15 00:00 UTC"]


def test_an_empty_edition_is_skipped_with_its_reason() -> None:
    """Nobody wants an empty mail; the operator wants to know why there was none."""
    quiet = composer()
    off_topic = composer(entry("a", "Village wins the regional chess cup", feed=MIXED))

    reasons = texts(quiet.compose(DAILY, now=NOW), off_topic.compose(DAILY, now=NOW))

    assert reasons == [
        "no entry has come in since 2026-09-12 12:00 UTC",
        "no AI news among the 1 entry since 2026-09-12 12:00 UTC",
    ]


def test_a_language_that_nobody_listed_is_left_out() -> None:
    """An English feed may turn Chinese over night; its readers do not."""
    chinese = entry("a", "Northwind发布Kestrel语言模型", language="zh")
    vietnamese = entry("b", "Northwind ra mắt mô hình ngôn ngữ Kestrel", language="vi")
    desk = replace(composer(chinese, vietnamese), feeds=(FEED, replace(MIXED, language="vi")))

    assert texts(desk.compose(DAILY, now=NOW)) == ["Northwind ra mắt mô hình ngôn ngữ Kestrel"]


def test_a_new_edition_is_archived_once() -> None:
    """The Markdown archive follows the database, not the number of attempts."""
    desk = composer(entry("a", "Northwind releases the Kestrel language model"))
    archive = desk.archive
    assert isinstance(archive, FakeArchive)

    desk.compose(DAILY, now=NOW)
    desk.compose(DAILY, now=NOW)

    assert archive.kept == [date(2026, 9, 14)]


def test_a_real_development_is_carried_again_as_an_update() -> None:
    """Days later, with numbers and names that the first reports did not have."""
    desk = composer(entry("a", "Lumenward robotaxi crashes into a kiosk in Hue"))
    later = NOW + timedelta(days=2)
    desk.compose(DAILY, now=NOW)
    further = "Lumenward robotaxi that crashed into a Hue kiosk: regulator Minh fines it $750,000"
    add(desk, entry("b", further, seen_at=later))

    edition = desk.draft(DAILY, now=later)

    assert [(story.id, story.title) for story in edition.stories] == [("a", further)]
    assert edition.stories[0].update_of == EditionReference(number=1, date=date(2026, 9, 14))


def test_a_late_copy_is_no_update() -> None:
    """Slow outlets retell the same; readers have had it."""
    desk = composer(entry("a", "Lumenward robotaxi crashes into a kiosk in Hue"))
    later = NOW + timedelta(days=1)
    desk.compose(DAILY, now=NOW)
    add(desk, entry("b", "A robotaxi of Lumenward crashed into a kiosk in Hue", seen_at=later))

    assert desk.draft(DAILY, now=later).stories == ()


def test_the_first_story_shows_its_picture_where_the_digest_wants_any() -> None:
    """A maintainer who wants no outlet to see readers sets it to 0."""
    picture = Picture(url="https://feed.example/a.jpg", width=640, height=360)
    pictured = replace(entry("a", "Northwind releases the Kestrel language model"), picture=picture)

    shown = [
        composer(pictured).draft(replace(DAILY, max_pictures=most), now=NOW).stories[0].picture
        for most in (5, 0)
    ]

    assert shown == [picture, None]
