"""Pace: how many messages a relay or a domain is given in a time, and when the next may go.

A bucket holds tokens that come back one by one; a message takes one. What is
kept is the time at which the bucket would be full again (the generic cell rate
algorithm): one instant, which a restart does not forget.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

_UNITS = {
    "s": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
#: A faster rate holds nobody back; and times are kept in whole microseconds.
_SHORTEST = timedelta(milliseconds=1)
_RATE = re.compile(r"(\d{1,7})\s*/\s*([a-z]+)")

#: No bucket holds anybody back longer; a clock that was set back must not.
LONGEST_WAIT = timedelta(hours=24)

#: The first rest after "too fast"; each further one is twice as long.
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many messages in a time, evenly."""

    interval: timedelta  #: From one message to the next.
    burst: int = 1  #: So many may go at once after a pause.

    def __str__(self) -> str:
        return f"{timedelta(hours=1) / self.interval:.0f}/hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What a relay or a domain has left of its rate."""

    name: str  #: `relay:HOST:PORT` or `domain:NAME`.
    full_at: datetime = _EPOCH  #: When all tokens are back.
    rests: int = 0  #: How often in a row it asked for rest.


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """A new sending address earns its reputation: few messages a day at first, then more."""

    since: datetime  #: The first day.
    first_day: int = 200  #: Messages on that day.
    growth: float = 1.5  #: Times as many on each further day.


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The rates that an operator set."""

    relays: Mapping[str, Rate] = field(default_factory=dict)  #: By the relay's name.
    domains: Mapping[str, Rate] = field(default_factory=dict)  #: By the recipients' domain.
    warm_up: WarmUp | None = None

    def relay(self, name: str, now: datetime) -> Rate | None:
        """Return the rate of a relay on that day, the slower of its own and the warm-up's."""
        rates = [self.relays.get(name), warm_rate(self.warm_up, now) if self.warm_up else None]
        return max((rate for rate in rates if rate), key=lambda r: r.interval, default=None)


def parse_rate(text: str) -> Rate:
    """Read a rate as `14/s`, `20/minute`, `1000/hour` or `200/day`.

    Raises:
        ValueError: With what is wrong.
    """
    found = _RATE.fullmatch(text.strip().lower())
    if not found or found[2] not in _UNITS or int(found[1]) == 0:
        raise ValueError(f"{text!r} is no rate; write it as 14/s, 20/minute, 1000/hour or 200/day")
    count, unit = int(found[1]), _UNITS[found[2]]
    if unit / count < _SHORTEST:
        raise ValueError(f"{text!r} is no limit: leave it out, or write 1000/s or less")
    return Rate(interval=unit / count, burst=max(1, count * timedelta(seconds=1) // unit))


def warm_rate(warm_up: WarmUp, now: datetime) -> Rate | None:
    """Return what the warm-up allows on that day: all of it at once, if need be."""
    day = max((now - warm_up.since) // timedelta(days=1), 0)
    most = timedelta(days=1) // _SHORTEST
    # The sixtieth power of a large growth is no number any more, but has a logarithm.
    is_grown = day * math.log(warm_up.growth) >= math.log(most / warm_up.first_day)
    if is_grown or day > 60:  # noqa: PLR2004 - A slow one ends as well.
        return None
    allowance = max(1, int(warm_up.first_day * warm_up.growth**day))
    return Rate(interval=timedelta(days=1) / allowance, burst=allowance)


def next_slot(bucket: Bucket, rate: Rate | None, *, now: datetime) -> datetime:
    """Return when the next message may go; *now* or earlier means at once."""
    full_at = min(bucket.full_at, now + LONGEST_WAIT)
    if rate is None:
        return full_at if bucket.rests else now
    return max(full_at, now) - rate.interval * (rate.burst - 1)


def slots(bucket: Bucket, rate: Rate | None, *, now: datetime, at_most: int) -> int:
    """Return how many messages may go at once."""
    wait = next_slot(bucket, rate, now=now) - now
    if wait > timedelta(0):
        return 0
    return at_most if rate is None else min(at_most, 1 + (-wait) // rate.interval)


def take(bucket: Bucket, rate: Rate | None, *, now: datetime, count: int = 1) -> Bucket:
    """Return the bucket after so many messages went."""
    if rate is None:
        return bucket
    full_at = max(min(bucket.full_at, now + LONGEST_WAIT), now)
    return replace(bucket, full_at=full_at + rate.interval * count)


def rest(bucket: Bucket, *, now: datetime) -> Bucket:
    """Return the bucket after a relay or a domain said "too fast": nothing goes for a while."""
    if bucket.rests and bucket.full_at > now:
        return bucket  # It rests already; this answer is to what was on its way.
    is_new = now - bucket.full_at > LONGEST_REST
    rests = 0 if is_new else bucket.rests
    pause = min(FIRST_REST * (1 << min(rests, 10)), LONGEST_REST)
    return replace(bucket, full_at=max(bucket.full_at, now) + pause, rests=rests + 1)


def domain_of(address: str) -> str:
    """Return the domain of an address, as buckets and limits have it."""
    return address.rpartition("@")[2].lower()
