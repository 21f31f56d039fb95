"""A feed's own words on how often to ask for it, read from the raw XML.

Sources: RSS 2.0 (`ttl`, `skipHours`, `skipDays`), RDF Site Summary 1.0
module syndication (`sy:updatePeriod`, `sy:updateFrequency`).
"""

import re
from datetime import UTC, datetime, timedelta

from aidigest.core.feeds.parsed import Hints

_FIRST_ITEM = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LAST_ITEM = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_TTL = re.compile(rb"<ttl\b[^>]*>\s*(\d{1,7})\s*</ttl", re.IGNORECASE)
_PERIOD = re.compile(rb"<(?:\w+:)?updatePeriod\b[^>]*>\s*(\w+)\s*<", re.IGNORECASE)
_FREQUENCY = re.compile(rb"<(?:\w+:)?updateFrequency\b[^>]*>\s*(\d{1,6})\s*<", re.IGNORECASE)
_HOUR = re.compile(rb"<hour\s*>\s*(\d{1,2})\s*</hour", re.IGNORECASE)
_DAY = re.compile(rb"<day\s*>\s*([a-z]+)\s*</day", re.IGNORECASE)

#: As much of the document as is looked through on each side of its items.
_SIDE = 64 * 1024

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_hints(body: bytes) -> Hints:
    """Return what the channel says before and after its items; nonsense counts as silence."""
    around = _around_items(body)
    ttl, period, frequency = (p.search(around) for p in (_TTL, _PERIOD, _FREQUENCY))
    minutes = int(ttl[1]) if ttl else 0
    every = _PERIODS.get(period[1].decode(errors="replace").lower()) if period else None
    times = int(frequency[1]) if frequency else 1
    return Hints(
        ttl=timedelta(minutes=minutes) if minutes else None,
        update_every=every / times if every and times else None,
        skip_hours=_not_all(frozenset(int(h) % 24 for h in _HOUR.findall(around)), 24),
        skip_days=_not_all(_days(_DAY.findall(around)), 7),
    )


def next_open(hints: Hints, moment: datetime) -> datetime:
    """Return the first moment from *moment* on that lies in no skipped hour or day (GMT)."""
    found = moment.astimezone(UTC)
    while _is_skipped(hints, found):
        found = found.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return found


def _is_skipped(hints: Hints, moment: datetime) -> bool:
    return moment.hour in hints.skip_hours or moment.weekday() in hints.skip_days


def _around_items(body: bytes) -> bytes:
    first = _FIRST_ITEM.search(body)
    if first is None:
        return body[:_SIDE]
    tail = body[max(first.start(), len(body) - _SIDE) :]
    ends = [end.end() for end in _LAST_ITEM.finditer(tail)]
    return body[: min(first.start(), _SIDE)] + tail[ends[-1] if ends else len(tail) :]


def _days(names: list[bytes]) -> frozenset[int]:
    words = (name.decode(errors="replace").lower() for name in names)
    return frozenset(_DAYS.index(word) for word in words if word in _DAYS)


def _not_all(skipped: frozenset[int], how_many: int) -> frozenset[int]:
    # Whoever skips every hour would never be asked again, and cannot mean it.
    return frozenset() if len(skipped) == how_many else skipped
