"""A plan says when the last mail leaves, and names what makes it so late."""

from datetime import UTC, datetime, timedelta

from aidigest.core.delivery.pace import Limits, parse_rate
from aidigest.core.delivery.plans import SendingPlan, make_plan

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
DAY = timedelta(hours=20)


def plan(
    audience: int,
    *,
    limits: Limits | None = None,
    by_domain: dict[str, int] | None = None,
    relays: tuple[str, ...] = ("a",),
    per_second: float | None = None,
    own_hours: dict[datetime, int] | None = None,
) -> SendingPlan:
    """Make one."""
    return make_plan(
        audience=audience,
        by_domain=by_domain or {},
        relays=relays,
        limits=limits or Limits(),
        per_second=per_second,
        own_hours=own_hours or {},
        starts_at=NOW,
        lasts=DAY,
    )


def test_relays_limit_decides() -> None:
    """1,014 readers at 14 a second, the first 14 at once: a little over a minute."""
    found = plan(1014, limits=Limits(relays={"a": parse_rate("14/s")}))

    assert abs(found.last_leaves_at - NOW - timedelta(seconds=1000 / 14)) < timedelta(seconds=1)
    assert found.is_in_time


def test_two_relays_take_twice_as_much() -> None:
    """Their rates add up."""
    rates = {"a": parse_rate("3600/hour"), "b": parse_rate("3600/hour")}
    found = plan(3602, relays=("a", "b"), limits=Limits(relays=rates))

    assert abs(found.last_leaves_at - NOW - timedelta(minutes=30)) < timedelta(seconds=1)


def test_relay_without_a_limit_takes_what_the_others_do_not() -> None:
    """No promise can be made of it, and none is needed."""
    found = plan(9000, relays=("a", "b"), limits=Limits(relays={"a": parse_rate("1/hour")}))

    assert found.bottlenecks == ()


def test_slowest_domain_decides_and_says_whom_it_leaves_out() -> None:
    """30,000 at 20 a minute take 25 hours, and the edition is sent for 20."""
    limits = Limits(domains={"example.net": parse_rate("20/minute")})
    found = plan(40_000, limits=limits, by_domain={"example.net": 30_000}, per_second=500)

    assert found.bottlenecks[0].what == "example.net takes 1200/hour"
    assert not found.is_in_time
    assert abs(found.too_late - 6_000) < 10


def test_nothing_known_is_nothing_promised() -> None:
    """The first edition on an unlimited relay."""
    found = plan(100)

    assert (found.bottlenecks, found.last_leaves_at) == ((), NOW)


def test_hours_that_readers_chose_are_waited_for() -> None:
    """All others have theirs at once; the last one leaves in the evening."""
    evening, at_once = NOW + timedelta(hours=11), NOW - timedelta(hours=1)
    found = plan(100, own_hours={evening: 2, at_once: 3})

    (limit,) = found.bottlenecks
    assert found.last_leaves_at == evening
    assert (limit.messages, limit.what) == (2, "readers have an hour of their own")
    assert found.is_in_time
