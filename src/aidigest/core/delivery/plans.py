"""A plan: when the last mail of an edition will leave, said before the first one does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aidigest.core.delivery.pace import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """One limit, and how long it alone would make the sending take."""

    what: str
    messages: int
    takes: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPlan:
    """How long it takes, and why."""

    audience: int
    starts_at: datetime
    last_leaves_at: datetime
    not_after: datetime
    bottlenecks: tuple[Bottleneck, ...]  #: The slowest first.
    too_late: int  #: Messages that would not leave in time.

    @property
    def is_in_time(self) -> bool:
        """Whether everybody's copy leaves before the edition is too old."""
        return self.too_late == 0


def make_plan(
    *,
    audience: int,
    by_domain: Mapping[str, int],
    relays: tuple[str, ...],
    limits: Limits,
    per_second: float | None,
    own_hours: Mapping[datetime, int],
    starts_at: datetime,
    lasts: timedelta,
) -> SendingPlan:
    """Say when the last mail leaves, were no relay to ask for a second try.

    Args:
        audience: How many get the edition.
        by_domain: How many of them are at a domain with a limit of its own.
        relays: The relays' names.
        limits: The rates that an operator set.
        per_second: What the last edition was sent at; None where there is none yet.
        own_hours: When readers who chose an hour of their own get it, and how many.
        starts_at: When sending begins.
        lasts: How long after that it is still sent.
    """
    found = [
        *_relay_limit(audience, relays, limits, starts_at),
        *_domain_limits(by_domain, limits),
        *_last_rate(audience, per_second),
        *_readers_hours(own_hours, starts_at),
    ]
    found.sort(key=lambda one: one.takes, reverse=True)
    longest = found[0].takes if found else timedelta(0)
    return SendingPlan(
        audience=audience,
        starts_at=starts_at,
        last_leaves_at=starts_at + longest,
        not_after=starts_at + lasts,
        bottlenecks=tuple(found),
        too_late=max((_late(one, lasts) for one in found), default=0),
    )


def _relay_limit(
    audience: int, relays: tuple[str, ...], limits: Limits, now: datetime
) -> Iterator[Bottleneck]:
    """Yield how long all relays together take, if each has a rate."""
    rates = [limits.relay(name, now) for name in relays]
    if not rates or any(rate is None for rate in rates):
        return
    a_second = sum(timedelta(seconds=1) / rate.interval for rate in rates if rate)
    burst = sum(rate.burst for rate in rates if rate)
    what = f"{', '.join(relays)} take {a_second * 3600:.0f}/hour"
    takes = _evenly(timedelta(seconds=1) / a_second, burst, audience)
    yield Bottleneck(what=what, messages=audience, takes=takes)


def _domain_limits(by_domain: Mapping[str, int], limits: Limits) -> Iterator[Bottleneck]:
    for domain, count in by_domain.items():
        rate = limits.domains[domain]
        if count:
            takes = _evenly(rate.interval, rate.burst, count)
            yield Bottleneck(what=f"{domain} takes {rate}", messages=count, takes=takes)


def _last_rate(audience: int, per_second: float | None) -> Iterator[Bottleneck]:
    if per_second:
        what = f"the last edition went at {per_second:.0f} a second"
        takes = timedelta(seconds=audience / per_second)
        yield Bottleneck(what=what, messages=audience, takes=takes)


def _readers_hours(own_hours: Mapping[datetime, int], starts_at: datetime) -> Iterator[Bottleneck]:
    later = {at: count for at, count in own_hours.items() if at > starts_at}
    if later:
        what, count = "readers have an hour of their own", sum(later.values())
        yield Bottleneck(what=what, messages=count, takes=max(later) - starts_at)


def _evenly(interval: timedelta, burst: int, count: int) -> timedelta:
    return interval * max(count - burst, 0)


def _late(one: Bottleneck, lasts: timedelta) -> int:
    if one.takes <= lasts:
        return 0
    return round(one.messages * (1 - lasts / one.takes))
