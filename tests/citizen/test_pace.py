"""When a server is asked again (T13-T28)."""

from datetime import timedelta
from typing import Any

import pytest

from aidigest.core.feeds.feed import AlarmKind
from citizens import DAY, HOUR, NOON, SECOND, Citizen, ok, rule, status

MINUTE = timedelta(minutes=1)


def is_quiet_for(us: Citizen, span: timedelta, *, answered_at: timedelta = timedelta()) -> bool:
    """Say whether nothing is asked within that span, and something soon after it."""
    first = NOON + answered_at
    early = any(us.asks(first + span * share) for share in (0.01, 0.5, 0.9))
    late = us.asks(first + span - SECOND)
    spread = min(span / 4, HOUR) + MINUTE
    return not early and not late and us.asks(first + span + spread)


@rule(
    13,
    "Requests are an hour apart, but for one that a person wants (T45); conditional ever after",
    "rachelbythebay.com/w/feed",
)
def test_t13_an_hour_between_requests_and_never_unconditional_again(us: Citizen) -> None:
    """Counted from the end of the last answer; pressing buttons changes little."""
    us.script(ok(ETag='"a"'), status(304))
    us.poll(NOON)

    assert is_quiet_for(us, HOUR)
    made = [
        request
        for minutes in range(180, 2 * 24 * 60, 10)
        for request in us.requests(NOON + minutes * MINUTE, everything=minutes % 60 == 0)
    ]
    assert all(request["If-None-Match"] == '"a"' for request in made)


@rule(14, "`max-age` less `Age` is a floor", "FRB 022; RFC 9111, 4.2.1")
def test_t14_max_age_is_waited_for(us: Citizen) -> None:
    """The server says for how long its answer is fresh."""
    us.script(ok(Cache_Control="max-age=21600", Age="600"))
    us.poll(NOON)

    assert is_quiet_for(us, 21_000 * SECOND)


@rule(15, "`max-age` counts on a 304 and on an error, too", "RFC 9111, 4.3.4")
@pytest.mark.parametrize("number", [304, 500])
def test_t15_max_age_counts_on_every_answer(us: Citizen, number: int) -> None:
    """It is an answer like any other."""
    us.script(ok(ETag='"a"'), status(number, Cache_Control="max-age=7200"))
    us.poll(NOON)
    us.poll(NOON + DAY)

    assert is_quiet_for(us, 2 * HOUR, answered_at=DAY)


@rule(16, "`max-age` is believed up to 24 h", "NetNewsWire saw 16 years", is_choice=True)
def test_t16_sixteen_years_are_a_day(us: Citizen) -> None:
    """A slip in a server's config must not end a subscription."""
    us.script(ok(Cache_Control="max-age=504576000"))
    us.poll(NOON)

    assert is_quiet_for(us, DAY)


@rule(17, '`no-cache`, `no-store` and `max-age=0` do not mean "poll now"', "RFC 9111, 5.2.2")
@pytest.mark.parametrize("control", ["no-cache, max-age=0", "no-store", "max-age=0"])
def test_t17_no_cache_is_no_invitation(us: Citizen, control: str) -> None:
    """It tells caches to ask again, and we are none; the request stays conditional."""
    us.script(ok(ETag='"a"', Cache_Control=control), status(304))
    us.poll(NOON)
    early = us.asks(NOON + HOUR - SECOND)

    assert (early, us.request(NOON + 2 * HOUR)["If-None-Match"]) == (False, '"a"')


@rule(18, "`Expires` counts without `max-age`, by the server's clock", "RFC 9111, 5.3")
def test_t18_expires_is_relative_to_date(us: Citizen) -> None:
    """This server's clock is three hours wrong."""
    us.script(ok(Expires="Mon, 14 Sep 2026 17:00:00 GMT", Date="Mon, 14 Sep 2026 15:00:00 GMT"))
    us.poll(NOON)

    assert is_quiet_for(us, 2 * HOUR)


@rule(
    19, "429 with `Retry-After` quiets its whole host", "FRB 020; RFC 9110, 10.2.3", is_choice=True
)
def test_t19_retry_after_is_for_all_feeds_of_the_host(us: Citizen) -> None:
    """Also for those that become due meanwhile, and for people who press buttons."""
    us.script(status(429, Retry_After="7200"))
    us.poll(NOON)
    us.script(ok(), path="/sibling")

    assert not us.asks(NOON + MINUTE, "/sibling", everything=True)
    assert not us.asks(NOON + 2 * HOUR - SECOND, everything=True)
    assert not us.server.requests["/sibling"]
    us.poll(NOON + 3 * HOUR)
    assert (len(us.server.requests["/feed"]), len(us.server.requests["/sibling"])) in {
        (2, 0),
        (1, 1),
        (2, 1),
    }


@rule(20, "`Retry-After` may be a date", "RFC 9110, 10.2.3")
def test_t20_retry_after_may_be_a_date(us: Citizen) -> None:
    """Both forms are in use."""
    us.script(status(429, Retry_After="Mon, 14 Sep 2026 17:00:00 GMT"))
    us.poll(NOON)

    assert is_quiet_for(us, 5 * HOUR)


@rule(21, "`Retry-After` counts on a 503, too", "RFC 9110, 15.6.4")
def test_t21_retry_after_counts_on_503(us: Citizen) -> None:
    """The server is down for maintenance and says until when."""
    us.script(status(503, Retry_After="9000"))
    us.poll(NOON)

    assert is_quiet_for(us, 9000 * SECOND)


@rule(22, 'Nonsense in `Retry-After` is our own back-off, never "at once"', "FRB 020")
@pytest.mark.parametrize("value", ["0", "-1", "soon", ""])
def test_t22_nonsense_is_not_obeyed(us: Citizen, value: str) -> None:
    """A zero would be a loop."""
    us.script(status(429, Retry_After=value))
    us.poll(NOON)

    assert is_quiet_for(us, HOUR)


@rule(23, "`Retry-After` is honoured up to 7 days", "FRB 020", is_choice=True)
def test_t23_centuries_are_a_week(us: Citizen) -> None:
    """And the operator sees that the feed is in trouble."""
    url = us.script(status(429, Retry_After="1000000000"))
    us.poll(NOON)

    assert is_quiet_for(us, 7 * DAY)
    assert us.state(url).last_status == "asked to come back later (429)"


@rule(
    24,
    "429 and 403 without a hint slow us down: 1, 2, 4 h, then 6 h or 24 h",
    "FRB 021, 112",
    is_choice=True,
)
@pytest.mark.parametrize(("number", "ceiling"), [(429, 6 * HOUR), (403, DAY)])
def test_t24_refusals_slow_us_down(us: Citizen, number: int, ceiling: timedelta) -> None:
    """A server that says no means less, not the same again."""
    us.script(status(number))

    gaps = _gaps(us, count=9)

    assert [gap // HOUR for gap in gaps[:3]] == [1, 2, 4]
    assert all(gap <= ceiling + HOUR for gap in gaps)
    assert gaps[-1] >= ceiling


@rule(25, "`x-ratelimit-reset` quiets the host", "Reddit; FreshRSS #8928")
def test_t25_a_rate_limit_names_its_end(us: Citizen) -> None:
    """Seconds with a fraction, for all feeds of the host."""
    us.script(status(429, x_ratelimit_reset="5400.0"))
    us.poll(NOON)
    us.feeds.clear()
    us.script(ok(), path="/sibling")

    assert not us.asks(NOON + 5399 * SECOND, "/sibling")
    assert us.asks(NOON + 5400 * SECOND + HOUR, "/sibling")


@rule(26, "404 slows and never stops: up to 7 days, one 200 heals", "FRB 113")
def test_t26_a_missing_feed_is_asked_less_and_less(us: Citizen) -> None:
    """Pages come back after a rebuild."""
    url = us.script(*[status(404)] * 10, ok())

    gaps = _gaps(us, count=10)

    assert [gap // HOUR for gap in gaps[:4]] == [1, 2, 4, 8]
    assert max(gaps) <= 7 * DAY + HOUR
    assert us.state(url).failures == 10
    us.poll(_next(us))
    assert us.state(url).failures == 0
    assert _next(us) - us.state(url).last_polled_at <= DAY + HOUR


@rule(27, "410 stops, and the operator is told", "FRB 111, 114")
def test_t27_gone_is_for_good(us: Citizen) -> None:
    """Only a person may have it asked again, by name."""
    url = us.script(status(410))
    us.poll(NOON)

    asked = [us.asks(NOON + days * DAY, everything=True) for days in (1, 30, 400)]

    assert asked == [False, False, False]
    assert us.state(url).alarm(AlarmKind.DEAD) is not None


@rule(
    28, "Network errors slow us down, our own outage blames nobody", "FRB 116-119", is_choice=True
)
def test_t28_a_dead_server_is_asked_less_and_an_outage_is_ours(us: Citizen) -> None:
    """One host that refuses is in trouble; when all of them do, we are."""
    nobody = "http://127.0.0.1:1/feed"
    us.feeds.append(nobody)
    gaps = _gaps(us, count=5)
    before = us.state(nobody).failures

    us.feeds += [f"http://{name}.example.com:1/feed" for name in ("a", "b")]
    us.feeds += ["http://c.example.org:1/feed"]
    report = us.poll(_next(us) + 30 * DAY)

    assert [gap // HOUR for gap in gaps] == [1, 2, 4, 8, 16]
    assert report.outage_since is not None
    assert us.state(nobody).failures == before
    assert us.state("http://c.example.org:1/feed").failures == 0


def _gaps(us: Citizen, *, count: int) -> list[timedelta]:
    """Poll when the first feed is due, so many times; return the time left between requests."""
    gaps, at = [], _next(us)
    for _ in range(count):
        us.poll(at)
        gaps.append(_next(us) - at)
        at = _next(us)
    return gaps


def _next(us: Citizen) -> Any:
    state = us.store.feed_states().get(us.feeds[0])
    return state.next_poll_at if state is not None else NOON
