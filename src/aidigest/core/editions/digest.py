"""A digest: a publication with a name, a schedule, a language, topics and an audience."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

#: An edition older than this is no longer sent: a machine that was down all
#: day must not mail yesterday's news beside today's.
SENT_FOR = timedelta(hours=20)

#: So long somebody may ask about an edition, and what is left of it is given up by name.
ASKED_ABOUT_FOR = timedelta(days=7)

#: How far ahead editions are looked for when a feed's next poll is chosen.
_FORESIGHT = timedelta(hours=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A publication, as `config/aidigest.toml` lists it."""

    id: str  #: Stands in commands, addresses and List-Id; do not change it.
    title: str = ""  #: What readers call it; settings put the site's name where there is none.
    schedule: str = "0 7 * * *"  #: Five cron fields, in `timezone`.
    timezone: str = "UTC"  #: An IANA name.
    language: str = "en"  #: Of the edition's own words; stories keep theirs.
    topics: tuple[str, ...] = ()  #: Topic ids, in order; empty means all.
    max_stories: int = 30  #: In one edition, at most.
    max_pictures: int = 5  #: 0 for none; they are fetched from the outlets when mails are read.
    look: str = "daily"  #: The folder of templates that its editions are rendered with.


def check_schedule(schedule: str) -> None:
    """Raise ValueError, in words, unless the schedule is five cron fields that ever come true."""
    try:
        # CronSim takes a sixth field for seconds; ours has none.
        if len(schedule.split()) > 5:  # noqa: PLR2004 - As the line above says.
            raise CronSimError("too many fields")  # noqa: TRY301 - Said once, below.
        next(CronSim(schedule, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(
            f"{schedule!r} is no schedule ({str(error) or 'it never comes true'});"
            ' five cron fields are needed, as "0 7 * * *" for 7 every morning'
        ) from error


def next_occurrence(digest: Digest, after: datetime) -> datetime:
    """Return the first time after *after* that an edition is due, in UTC.

    Where the clocks go forward over it, it is due at the first moment after
    the gap; where they go back over it, once, the first time round.
    """
    return next(
        found for found in _occurrences(digest, after - timedelta(hours=3)) if found > after
    )


def previous_occurrence(digest: Digest, before: datetime) -> datetime | None:
    """Return the last time at or before *before* that an edition was due, within a week."""
    week = _occurrences(digest, before - timedelta(days=7))
    last = None
    for found in week:
        if found > before:
            break
        last = found
    return last


def cutoffs(digests: Iterable[Digest], now: datetime) -> tuple[datetime, ...]:
    """Return when editions are due within the next days, in order: feeds are polled for them."""
    found = {
        moment
        for digest in digests
        for moment in takewhile(lambda at: at <= now + _FORESIGHT, _occurrences(digest, now))
        if moment > now
    }
    return tuple(sorted(found))


def local_date(digest: Digest, now: datetime) -> date:
    """Return the date that an edition made now bears: today, where the digest is at home."""
    return now.astimezone(ZoneInfo(digest.timezone)).date()


def not_after(now: datetime) -> datetime:
    """Return when an edition made now becomes too old to send."""
    return now + SENT_FOR


def _occurrences(digest: Digest, start: datetime) -> Iterator[datetime]:
    local = start.astimezone(ZoneInfo(digest.timezone))
    return (found.astimezone(UTC) for found in CronSim(digest.schedule, local))
