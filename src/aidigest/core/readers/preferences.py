"""What a reader chose: digests, topics, language, hour, pause; and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from aidigest.core.editions.digest import Digest, next_occurrence
from aidigest.core.editions.edition import Edition, Section
from aidigest.core.stories.topics import Topic

#: Weeks that a reader may have no mail for; 0 ends a pause.
PAUSES = (0, 1, 2, 4, 8)

#: A personal hour must leave so much time for sending before the edition is too old.
_ROOM = timedelta(hours=1)
_HOURS = 24
_HOUR_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An edition as some readers want it: rendered once for all who want the same."""

    topics: tuple[str, ...] = ()  #: Ids, sorted; empty means all.
    language: str | None = None  #: The digest's if not given.


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What one reader chose."""

    digests: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  #: Ids; empty means all.
    language: str | None = None
    hour: int | None = None  #: Of the day, in `zone`; the digest's own hour if not given.
    zone: str | None = None
    paused_until: datetime | None = None

    @property
    def variant(self) -> Variant:
        """The edition they get."""
        return Variant(topics=tuple(sorted(self.topics)), language=self.language)


def choose(
    *,
    digests: Sequence[str],
    topics: Sequence[str],
    language: str,
    hour: str,
    zone: str,
    weeks: str,
    known: Preferences,
    now: datetime,
) -> Preferences:
    """Return the preferences that a form asks for.

    Args:
        digests: Ids that are ticked.
        topics: Ids that are ticked.
        language: A language, or nothing for the digest's own.
        hour: A number from 0 to 23, or nothing for the digest's own.
        zone: The IANA zone of the hour.
        weeks: How many weeks to pause from now; nothing leaves a pause as it is.
        known: Everything there is to choose from: all ids.
        now: When it is asked for.

    Raises:
        ValueError: It cannot be chosen; the words name the field.
    """
    if not set(digests) <= set(known.digests) or not set(topics) <= set(known.topics):
        raise ValueError("topics")
    if topics and set(topics) == set(known.topics):
        topics = ()
    personal = _hour(hour)
    if personal is not None and zone not in available_timezones():
        raise ValueError("zone")
    return Preferences(
        digests=tuple(one for one in known.digests if one in digests),
        topics=tuple(one for one in known.topics if one in topics),
        language=language or None,
        hour=personal,
        zone=zone if personal is not None else None,
        paused_until=_pause(weeks, known.paused_until, now),
    )


def personal_due(hour: int, zone: str, *, made_at: datetime, not_after: datetime) -> datetime:
    """Return when an edition goes to a reader who has an hour of their own.

    It is the first time that the reader's clocks show that hour once the edition is
    made. On the day that clocks go forward over the hour it goes at the first moment after
    the gap, and on the day that they show it twice at the first of the two. Where
    the hour comes only when the edition is too old to send, it goes at once. So it does
    where no clock shows such an hour: the whole audience must not wait for one reader's row.
    """
    if not _can_come(hour, zone):
        return made_at
    daily = Digest(id="personal", schedule=f"0 {hour} * * *", timezone=zone)
    due_at = next_occurrence(daily, made_at - timedelta(microseconds=1))
    return due_at if due_at <= not_after - _ROOM else made_at


def vary(edition: Edition, variant: Variant, *, topics: Sequence[Topic]) -> Edition:
    """Return the edition as a variant has it; it may be left without any section.

    In another language than its own it has that language's headings, and each story as a
    source in that language tells it, where there is one.
    """
    language = variant.language or edition.language
    titles = {topic.id: topic.heading(language) for topic in topics}

    def told(section: Section) -> Section:
        return replace(
            section,
            title=titles.get(section.id, section.title),
            stories=tuple(story.told_in(language) for story in section.stories),
        )

    return replace(
        edition,
        language=language,
        sections=tuple(
            section if language == edition.language else told(section)
            for section in edition.sections
            if not variant.topics or section.id in variant.topics
        ),
    )


def _can_come(hour: int, zone: str) -> bool:
    """Whether clocks of that zone show that hour; a zone may also be gone with an update."""
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        return False
    return 0 <= hour < _HOURS


def _hour(text: str) -> int | None:
    if not text:
        return None
    # Their number comes first: Python reads 000999 as 999, and no number of 5,000 digits.
    if len(text) > _HOUR_DIGITS or not (text.isascii() and text.isdigit()) or int(text) >= _HOURS:
        raise ValueError("hour")
    return int(text)


def _pause(weeks: str, before: datetime | None, now: datetime) -> datetime | None:
    if not weeks:
        return before
    if weeks not in {str(one) for one in PAUSES}:
        raise ValueError("weeks")
    return now + timedelta(weeks=int(weeks)) if weeks != "0" else None
