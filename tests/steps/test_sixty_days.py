"""Two months of news: each story once, and what goes further as an update."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.editions.digest import Digest
from aidigest.core.editions.edition import EditionStory
from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.topics import Topic
from aidigest.steps.compose import Composed, Composer
from composing import FakeArchive, FakeEditions, FakeEntries, NoEdits, PlainRenderer
from days import FEEDS, told_days
from realfeeds import real_news

START = datetime(2026, 7, 1, tzinfo=UTC)
DAYS = 60
DIGEST = Digest(id="daily", title="Daily", max_stories=100)


def carried(told: Sequence[Entry], feeds: Sequence[Feed] = FEEDS) -> list[tuple[int, EditionStory]]:
    """Compose an edition a day out of what had come in by then; return the stories by day."""
    entries = FakeEntries()
    desk = Composer(
        feeds=feeds,
        topics=(Topic(id="other", title={"en": "Other"}),),
        entries=entries,
        editions=FakeEditions(),
        edits=NoEdits(),
        renderer=PlainRenderer(),
        archive=FakeArchive(),
    )
    found = []
    for day in range(1, DAYS + 4):
        now = START + timedelta(days=day)
        entries.entries = [one for one in told if one.first_seen_at <= now]
        made = desk.compose(DIGEST, now=now)
        if isinstance(made, Composed):
            found += [(day, story) for story in made.rendered.edition.stories]
    return found


def test_each_story_is_news_once_and_updates_are_labelled() -> None:
    """Readers remember; nothing turns them away like yesterday's news."""
    told = list(told_days(START, DAYS, a_day=4))
    event_of = {one.entry.id: one.event for one in told}
    further = {one.entry.id for one in told if one.is_further}
    first_told: dict[int, str] = {}
    repeats, wrong_updates, updates = [], [], 0
    seen_ids: Counter[str] = Counter()
    for _, story in carried([one.entry for one in told]):
        events = {event_of[entry.id] for entry in story.entries}
        for event in events:
            if event in first_told and story.update_of is None:
                repeats.append(story.title)
            first_told.setdefault(event, story.id)
        if story.update_of is not None:
            updates += 1
            if not further & {entry.id for entry in story.entries}:
                wrong_updates.append(story.title)
        else:
            seen_ids[story.id] += 1

    assert len(first_told) >= 0.97 * len(set(event_of.values()))
    assert repeats == []
    assert max(seen_ids.values()) == 1
    assert updates >= 10
    assert len(wrong_updates) <= 0.1 * updates


def test_the_same_input_gives_the_same_edition_in_any_order() -> None:
    """Feeds are polled in any order, and databases promise none."""
    told = list(told_days(START, 3, a_day=12))
    now = START + timedelta(days=2)
    entries = [one.entry for one in told if one.entry.first_seen_at <= now]
    desk = Composer(
        feeds=FEEDS,
        topics=(Topic(id="other", title={"en": "Other"}),),
        entries=FakeEntries(*entries),
        editions=FakeEditions(),
        edits=NoEdits(),
        renderer=PlainRenderer(),
        archive=FakeArchive(),
    )
    turned = replace(desk, feeds=FEEDS[::-1], entries=FakeEntries(*entries[::-1]))

    assert desk.draft(DIGEST, now=now) == turned.draft(DIGEST, now=now)


def test_real_feeds_tell_nothing_twice() -> None:
    """Mirrors of a blog bring its articles again, weeks later; readers have seen them."""
    feeds, entries = real_news(START, DAYS, of_each=5)
    if not entries:
        pytest.skip("no real feeds in ../shared/data/feeds")
    stories = [story for _, story in carried(entries, feeds)]
    first_told = [story for story in stories if story.update_of is None]

    items = [{(one.url, one.title) for one in story.entries} for story in stories]
    pages = Counter(item for story in items for item in story)
    assert len(stories) > DAYS
    assert pages.most_common(1)[0][1] == 1
    assert max(Counter(story.id for story in first_told).values()) == 1
    assert all(story.update_of.number > 0 for story in stories if story.update_of)
