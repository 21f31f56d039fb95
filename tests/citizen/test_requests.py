"""What our requests look like, and how many there are (T35-T48)."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from itertools import count, pairwise
from pathlib import Path

import pytest

from aidigest import __version__
from aidigest.app import App
from aidigest.core.feeds.feed import Feed
from aidigest.steps.discover import discover, first_poll
from citizens import DAY, HOUR, NOON, Citizen, InlineParser, citizen, ok, rss, rule, status, to
from homes import make_home
from httpserver import HttpServer, send

MINUTE = timedelta(minutes=1)
_SY = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"


@rule(35, "No cookies", "FRB 063")
def test_t35_no_cookie_is_sent(us: Citizen) -> None:
    """Not to the feed that set it, not over a redirect, not to its neighbours."""
    us.script(ok(Set_Cookie="a=1"), ok(rss("More"), Set_Cookie="a=1"))
    us.server.script("/hop", ok(rss("Hop")))
    hop = to("/hop", 302)
    us.script(type(hop)(status=302, headers={**hop.headers, "Set-Cookie": "b=2"}), path="/b")
    us.poll(NOON)
    us.poll(NOON + DAY)

    made = [r for path in ("/feed", "/b", "/hop") for r in us.server.requests[path]]
    assert len(made) == 6
    assert all(request["Cookie"] is None for request in made)


@rule(36, "No `Referer`, no cache-busting, the address as it is listed", "FRB 062, 064-066")
def test_t36_the_address_is_asked_for_as_it_stands(us: Citizen) -> None:
    """Bytes in a query may be a signature."""
    path = "/feed?b=2&a=%7e1&&x=a+b%20c"
    us.script(ok(), path=path)

    first, second = us.request(NOON, path), us.request(NOON + DAY, path)

    assert (first["Referer"], second["Referer"]) == (None, None)
    assert (first["Pragma"], first["Cache-Control"]) == (None, None)


@rule(37, "GET only", "FRB 050, 051")
def test_t37_nothing_but_get(us: Citizen) -> None:
    """A HEAD before each GET doubles the requests."""
    methods: list[str] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        methods.append(handler.command)
        send(handler, ok(ETag='"a"'))

    us.script(note)
    for days in range(3):
        us.poll(NOON + days * DAY)

    assert methods == ["GET", "GET", "GET"]


@rule(38, "An honest user agent, the same whatever comes back", "FRB 080-090")
def test_t38_we_say_who_we_are(server: HttpServer, tmp_path: Path) -> None:
    """Name, version, and where to complain; no browser's words, also after a 403."""
    url = server.script("/feed", status(403), ok())
    home = make_home(tmp_path, feeds={url: "Feed"})
    for hours in (0, 3):
        now = (NOON + hours * HOUR).isoformat()
        with App.open(home, {"AIDIGEST_NOW": now}) as app:
            app.polling.poll()

    agents = [request["User-Agent"] for request in server.requests["/feed"]]
    assert agents == [f"aidigest/{__version__} (+https://digest.example.org)"] * 2


@rule(39, "`Accept` names feeds first, `Accept-Encoding` at least gzip", "RFC 9110, 12.5")
def test_t39_we_say_what_we_take(us: Citizen) -> None:
    """Some servers have a page and a feed at one address."""
    us.script(ok())

    request = us.request(NOON)

    assert request["Accept"].startswith("application/atom+xml, application/rss+xml")
    assert request["Accept"].endswith("*/*;q=0.1")
    assert "gzip" in request["Accept-Encoding"]


@rule(
    40,
    "One request at a time to a site, 2 s apart (Reddit 60 s), in no fixed order",
    "FRB 033, 034",
    is_choice=True,
)
def test_t40_a_site_is_asked_for_one_feed_at_a_time(server: HttpServer, tmp_path: Path) -> None:
    """Its feeds were all due together, and eight threads were free."""
    ticks = count()
    under_way = threading.Lock()
    begun: list[tuple[int, str]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        assert under_way.acquire(blocking=False)
        begun.append((next(ticks), handler.path))
        send(handler, ok())
        under_way.release()

    with citizen(server, tmp_path, timer=lambda: float(next(ticks))) as us:
        paths = [f"/{n:02}" for n in range(12)]
        for path in paths:
            us.script(answer, path=path, host="news.example.com")
        us.poll(NOON, patience=HOUR)

    times = [at for at, _ in begun]
    assert len(begun) == 12
    assert all(later - earlier >= 2 for earlier, later in pairwise(times))
    assert [path for _, path in begun] != paths


@rule(
    41,
    "429 from one host quiets its registrable domain",
    "FRB 035; FreshRSS #8925",
    is_choice=True,
)
def test_t41_blogs_of_one_platform_share_a_limit(us: Citizen) -> None:
    """A platform counts requests over all its hosts."""
    us.script(status(429, Retry_After="7200"), path="/a", host="a.tumblr.com")
    us.poll(NOON)
    us.script(ok(), path="/b", host="b.tumblr.com")
    us.script(ok(), path="/c", host="c.example.com")
    us.poll(NOON + MINUTE)

    asked = {path: len(us.server.requests[path]) for path in ("/a", "/b", "/c")}
    assert asked == {"/a": 1, "/b": 0, "/c": 1}


@rule(42, "Feeds added together are spread over time", "CommaFeed #2181", is_choice=True)
def test_t42_no_thundering_herd(us: Citizen) -> None:
    """Neither those that are well nor those that fail come back in one minute."""
    for number in range(120):
        answers = (status(500),) if number % 2 else (ok(),)
        us.script(*answers, path=f"/{number}")
    us.poll(NOON)

    due = [state.next_poll_at for state in us.store.feed_states().values()]
    minutes = [f"{at:%H:%M}" for at in due if at is not None]
    assert len(minutes) == 120
    assert max(minutes.count(minute) for minute in minutes) < 20


@rule(43, "One request for an address, however many lists it is on", "FRB 030")
def test_t43_a_feed_in_two_lists_is_asked_once(us: Citizen) -> None:
    """Its server should not notice."""
    us.feeds.append(us.script(ok()))

    assert len(us.requests(NOON)) == 1


@rule(44, "Adding a feed costs one request and guesses no address", "FRB 036, 061, 104")
def test_t44_adding_reuses_what_discovery_brought(us: Citizen) -> None:
    """A feed is asked once; a page costs one request more, and only what it names is tried."""
    feed = us.script(ok(ETag='"a"'))
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head>'
    us.server.script("/page", ok(page))

    direct = _add(us, feed)
    by_page = discover(
        us.server.url("/page"), language="en", fetcher=us.fetcher, parser=InlineParser()
    )
    us.poll(NOON + MINUTE)

    assert (direct, by_page.url) == (2, feed)
    assert dict.fromkeys(us.server.requests) == dict.fromkeys(("/feed", "/page"))
    assert [len(us.server.requests[path]) for path in ("/feed", "/page")] == [2, 1]


def _add(us: Citizen, url: str) -> int:
    found = discover(url, language="en", fetcher=us.fetcher, parser=InlineParser())
    feed = Feed(url=found.url, title=found.parsed.title)
    return first_poll(feed, found, store=us.store, cutoffs=(), now=NOON)


@rule(45, "Refreshing by hand is limited and conditional", "FRB 070, 071")
def test_t45_five_clicks_are_one_request(us: Citizen) -> None:
    """Nothing changes faster because somebody is impatient."""
    us.script(ok(ETag='"a"'), status(304))
    us.poll(NOON)

    clicks = [us.requests(NOON + n * MINUTE, everything=True) for n in range(1, 6)]

    assert [len(made) for made in clicks] == [1, 0, 0, 0, 0]
    assert clicks[0][0]["If-None-Match"] == '"a"'


@rule(46, "`ttl`, `sy:`, `skipHours` and `skipDays` are floors", "FRB 024; RSS 2.0")
@pytest.mark.parametrize(
    ("channel", "quiet"),
    [
        ("<ttl>180</ttl>", 3 * HOUR),
        (
            f"<sy:updatePeriod {_SY}>daily</sy:updatePeriod>"  # noqa: ISC004 - One text.
            f"<sy:updateFrequency {_SY}>4</sy:updateFrequency>",
            6 * HOUR,
        ),
        ("<skipHours><hour>13</hour><hour>14</hour><hour>15</hour></skipHours>", 4 * HOUR),
        ("<skipDays><day>Monday</day></skipDays>", 12 * HOUR),
    ],
    ids=["ttl", "sy", "skipHours", "skipDays"],
)
def test_t46_a_feeds_own_hints_are_floors(us: Citizen, channel: str, quiet: timedelta) -> None:
    """It is noon on a Monday, GMT; a 304 later on knows them still."""
    us.script(ok(rss("A", "B", channel=channel), ETag='"a"'), status(304))
    us.poll(NOON)

    asked = [us.asks(NOON + n * 10 * MINUTE) for n in range(1, int(quiet / (10 * MINUTE)))]

    assert not any(asked)
    assert us.asks(NOON + quiet + 2 * HOUR)


@rule(47, "Nothing new for 30 days: 6 h apart at least, 24 h at most", "FRB 023", is_choice=True)
def test_t47_a_sleeping_feed_is_left_to_sleep(us: Citizen) -> None:
    """However soon its window would overflow."""
    url = us.script(ok(rss("Last word", dated=NOON - 40 * DAY), ETag='"a"'), status(304))
    us.poll(NOON)
    us.poll(NOON + 2 * DAY)

    state = us.state(url)
    assert state.next_poll_at is not None
    assert 6 * HOUR <= state.next_poll_at - (NOON + 2 * DAY) <= 25 * HOUR


@rule(48, "No `A-IM`, and a 226 is never the whole list", "RFC 3229", is_choice=True)
def test_t48_deltas_are_not_asked_for(us: Citizen) -> None:
    """What is missing from a delta has not been withdrawn."""
    url = us.script(ok(ETag='"a"'), type(ok())(status=226, body=rss("Delta"), headers={}))

    first = us.request(NOON)
    us.poll(NOON + DAY)

    assert first["A-IM"] is None
    assert us.state(url).failures == 1
    assert us.state(url).validators.etag == '"a"'
