"""Sample editions to look at a template with: none of their stories is true."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice

from aidigest.core.editions.edition import (
    Edition,
    EditionEntry,
    EditionReference,
    EditionStory,
    Section,
)
from aidigest.core.feeds.pictures import Picture
from aidigest.preview.sample_words import ARABIC, ENGLISH, HOSTILE, VIETNAMESE, Told, Words

#: When every sample is made, so that two looks at one are alike.
SAMPLE_TIME = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
_DAY = date(2026, 9, 14)

#: Hills and a sun, carried in the mail itself: a sample asks nothing of the network.
_PICTURE = Picture(
    url=(
        "data:image/png;base64,"
        "iVBORw0KGgoAAAANSUhEUgAAAJAAAABsAgMAAAD4eNNJAAAADFBMVEXP4+7/88SPs6g/b2g+ufVlAAABUklE"
        "QVR42u2Uu63CQBBFB0skjkheE1RBCS9g+6EUwqdxQAnuxyU4YPB+Ge9vVnoOEPIN0dGZO8uuAfbs+W9ODYxS"
        "V5E5KqUuskhWHTSkGqaJ834M9LsBZBipeQtklxPW+0To6KDLV2633R+84aVruuNNr0V8dz0i3oQX3KGO8C0w"
        "DN6rX5XeQlht7JhFJYuqqjPKqi4w+NcwbTkrqXZN1XHoXf1WqL2qfi9OY/OwVJtXX+1wjiA/hu/QYZzQoiwK"
        "8/jxJ4wfw46jTyGn4vWwpHrXy4mcKmzqVxtIZ1qpAu5+fJDNzM8qsg/kM7HTKjFERWhk0LMAPYhnzkO0ThYa"
        "I2jOQAPFmVJoTKBnAqUir4KayKugKnIqqIqcCuoiq4K6yKpAEBkVCCKjAkmkVSCJtAoyVyRRQe6KxAFZZKGB"
        "GqCxAZKGaUgctkANDAHt0A5tB70AEoqkNNjfgQUAAAAASUVORK5CYII="
    ),
    width=144,
    height=108,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A set to switch to."""

    name: str
    about: str
    make: Callable[[], Edition]


def sample(name: str) -> Edition:
    """Return the sample edition of that name; raise KeyError."""
    return {one.name: one for one in SAMPLES}[name].make()


def _edition(words: Words, count: int) -> Edition:
    """Return an edition of so many stories; they come again, numbered, where there are fewer."""
    told = list(islice(cycle(words.stories), count))
    stories = [(one.topic, _story(number, one, words=words)) for number, one in enumerate(told)]
    sections = (
        Section(
            id=topic,
            title=title,
            stories=tuple(story for under, story in stories if under == topic),
        )
        for topic, title in words.topics.items()
    )
    return Edition(
        digest_id="sample",
        digest_title=words.title,
        number=128,
        date=_DAY,
        timezone="Asia/Ho_Chi_Minh",
        language=words.language,
        sections=tuple(section for section in sections if section.stories),
        created_at=SAMPLE_TIME,
        not_after=SAMPLE_TIME + timedelta(hours=20),
    )


def _story(number: int, told: Told, *, words: Words) -> EditionStory:
    """Return a story; the later ones are older, and told by one to six outlets."""
    again = number // len(words.stories)
    shown = f"{told.title} ({again + 1})" if again else told.title
    at = SAMPLE_TIME - timedelta(minutes=11 + 23 * number)
    outlets = words.outlets[number % len(words.outlets) :] + words.outlets
    entries = tuple(
        _entry(number, place, title=shown, outlet=outlet, language=told.language, at=at)
        for place, outlet in enumerate(outlets[: (6, 1, 3, 2, 1, 4)[number % 6]])
    )
    return EditionStory(
        id=f"sample{number}",
        title=shown,
        summary=told.summary,
        url=entries[0].url,
        published_at=at,
        published_is_guess=number % 7 == 3,  # noqa: PLR2004 - Now and then.
        language=told.language,
        score=round(9.0 / (number + 1), 3),
        reasons=(f"{len(entries)} outlets", f"{11 + 23 * number} minutes old"),
        entries=entries,
        filed_for=("sample",),
        update_of=EditionReference(number=127, date=_DAY - timedelta(days=1))
        if number % 9 == 4  # noqa: PLR2004 - Now and then.
        else None,
    )


def _entry(
    number: int, place: int, *, title: str, outlet: str, language: str, at: datetime
) -> EditionEntry:
    host = f"https://outlet-{place + 1}.example"
    return EditionEntry(
        id=f"sample{number}-{place}",
        title=title,
        url=f"{host}/2026/09/a-story-with-a-long-address-{number}?from=feed&n={number}",
        feed=outlet,
        language=language,
        published_at=at + timedelta(minutes=5 * place),
    )


def _pictured(edition: Edition) -> Edition:
    """Give each topic's first story a thumbnail."""
    sections = (
        replace(one, stories=(replace(one.stories[0], picture=_PICTURE), *one.stories[1:]))
        for one in edition.sections
    )
    return replace(edition, sections=tuple(sections))


def _hostile() -> Edition:
    edition = _edition(HOSTILE, len(HOSTILE.stories))
    first, *others = edition.sections
    story, *rest = first.stories
    harmed = replace(
        story,
        url='https://x.example/"><script>alert(1)</script>?a={{ 7 * 7 }}&b=%%UNSUB%%',
        entries=tuple(replace(e, url=None, feed='<b>Out"let</b>') for e in story.entries),
    )
    return replace(edition, sections=(replace(first, stories=(harmed, *rest)), *others))


SAMPLES = (
    Sample(name="0", about="no story", make=lambda: _edition(ENGLISH, 0)),
    Sample(name="1", about="one story", make=lambda: _edition(ENGLISH, 1)),
    Sample(
        name="40",
        about="forty stories, with thumbnails",
        make=lambda: _pictured(_edition(ENGLISH, 40)),
    ),
    Sample(
        name="200",
        about="two hundred stories: more than a mail holds",
        make=lambda: _edition(ENGLISH, 200),
    ),
    Sample(
        name="vietnamese",
        about="in Vietnamese, some stories in English",
        make=lambda: _edition(VIETNAMESE, 16),
    ),
    Sample(name="rtl", about="in Arabic, from right to left", make=lambda: _edition(ARABIC, 8)),
    Sample(name="hostile", about="feeds that mean harm", make=_hostile),
)
