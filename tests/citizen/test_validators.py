"""What a server gave us to ask "has it changed?" is kept, byte for byte (T1-T12)."""

import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from aidigest.core.feeds.feed import Trouble
from citizens import BUSY, DAY, HOUR, NOON, Citizen, citizen, ok, rss, rule, status
from homes import make_home
from httpserver import Answer, HttpServer

DATE = "Wed, 01 Jan 2025 00:00:00 GMT"


@rule(1, "`Last-Modified` is kept and echoed", "FRB 001, 002; RFC 9110, 13.1.3")
def test_t01_last_modified_is_echoed(us: Citizen) -> None:
    """Else every poll costs the whole feed."""
    us.script(ok(Last_Modified=DATE))
    us.poll(NOON)

    assert us.request(NOON + DAY)["If-Modified-Since"] == DATE


@rule(2, "`Last-Modified` is never parsed or put right", "FRB 012")
@pytest.mark.parametrize(
    "date", ["Mon, 01 Jan 2025 00:00:00 GMT", "Thursday, 01-Jan-25 00:00:00 UTC"]
)
def test_t02_a_wrong_date_is_echoed_as_it_is(us: Citizen, date: str) -> None:
    """Servers compare bytes; a weekday put right makes them send everything again."""
    us.script(ok(Last_Modified=date))
    us.poll(NOON)

    assert us.request(NOON + DAY)["If-Modified-Since"] == date


@rule(3, "`ETag` is echoed with its quotes and `W/`, or without", "FRB 003, 004, 013")
@pytest.mark.parametrize("etag", ['W/"a-gzip"', "abc"])
def test_t03_an_etag_is_echoed_as_it_is(us: Citizen, etag: str) -> None:
    """An unquoted one is wrong, and its server expects it back all the same."""
    us.script(ok(ETag=etag))
    us.poll(NOON)

    assert us.request(NOON + DAY)["If-None-Match"] == etag


@rule(4, "A 304 without validators loses none", "FRB 010")
def test_t04_a_bare_304_keeps_both_validators(us: Citizen) -> None:
    """Many servers send none with a 304."""
    us.script(ok(ETag='"a"', Last_Modified=DATE), status(304))
    us.poll(NOON)
    us.poll(NOON + DAY)

    third = us.request(NOON + 2 * DAY)

    assert (third["If-None-Match"], third["If-Modified-Since"]) == ('"a"', DATE)


@rule(5, "A 304 refreshes the validators it names", "RFC 9111, 4.3.4")
def test_t05_a_304_may_bring_a_new_etag(us: Citizen) -> None:
    """The old one would be answered with everything."""
    us.script(ok(ETag='"a"'), status(304, ETag='"b"'), status(304))
    us.poll(NOON)
    us.poll(NOON + DAY)

    assert us.request(NOON + 2 * DAY)["If-None-Match"] == '"b"'


@rule(6, "A new `ETag` with the same body is kept", "CommaFeed #1746")
def test_t06_the_same_body_may_bring_a_new_etag(us: Citizen) -> None:
    """A poller that stops at "nothing new" would fetch the whole feed for ever."""
    us.script(ok(ETag='"a"'), ok(ETag='"b"'), status(304))
    us.poll(NOON)
    us.poll(NOON + DAY)

    assert us.request(NOON + 2 * DAY)["If-None-Match"] == '"b"'


@rule(7, "Validators are replaced as one set", "FRB 014")
def test_t07_validators_that_are_no_longer_given_are_forgotten(us: Citizen) -> None:
    """Old ones would belong to no body."""
    us.script(ok(ETag='"a"', Last_Modified=DATE), ok(rss("More")), status(500))
    us.poll(NOON)
    us.poll(NOON + DAY)

    third = us.request(NOON + 2 * DAY)

    assert (third["If-None-Match"], third["If-Modified-Since"]) == (None, None)


@rule(8, "`Last-Modified` alone replaces both", "FRB 014")
def test_t08_a_date_alone_replaces_etag_and_date(us: Citizen) -> None:
    """The set is what the latest answer gave."""
    later = "Thu, 02 Jan 2025 00:00:00 GMT"
    us.script(ok(ETag='"a"', Last_Modified=DATE), ok(rss("More"), Last_Modified=later), ok())
    us.poll(NOON)
    us.poll(NOON + DAY)

    third = us.request(NOON + 2 * DAY)

    assert (third["If-None-Match"], third["If-Modified-Since"]) == (None, later)


@rule(9, "Validators and next time survive a kill and a restart", "FRB 011, 015")
def test_t09_a_killed_poller_remembers(server: HttpServer, tmp_path: Path) -> None:
    """`kill -9` in the middle of a poll: the feed that was read is not asked again."""
    hanging = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        hanging.set()
        server.stopping.wait(60)

    feed = server.script("/feed", ok(ETag='"a"'), status(304))
    slow = server.script("/slow", hang).replace("127.0.0.1", "localhost")
    home = make_home(tmp_path, feeds={feed: "Feed", slow: "Slow"})
    child = subprocess.Popen(  # noqa: S603 - Our own program.
        [sys.executable, "-m", "aidigest", "--home", str(home), "poll"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AIDIGEST_NOW": NOON.isoformat()},
    )
    with citizen(server, home) as restarted:
        restarted.feeds = [feed]
        hanging.wait(60)
        _wait_until_read(restarted, feed)
        child.send_signal(signal.SIGKILL)
        child.wait()

        early = restarted.asks(NOON + HOUR / 2)
        later = restarted.request(NOON + DAY)

    assert (early, later["If-None-Match"]) == (False, '"a"')


def _wait_until_read(us: Citizen, url: str) -> None:
    for _ in range(600):
        if url in us.store.feed_states():
            return
        threading.Event().wait(0.05)
    pytest.fail("the child never stored the feed")


@rule(10, "Validators survive errors, and an error's are not taken", "FRB 016")
@pytest.mark.parametrize("number", [429, 500, 503])
def test_t10_an_error_changes_no_validator(us: Citizen, number: int) -> None:
    """An error page has validators of its own."""
    us.script(ok(ETag='"a"'), status(number, ETag='"err"'), status(304))
    us.poll(NOON)
    us.poll(NOON + DAY)

    assert us.request(NOON + 3 * DAY)["If-None-Match"] == '"a"'


@rule(11, "Only a whole feed sets validators", "FRB 110")
@pytest.mark.parametrize(
    "bad",
    [
        ok(b"<html><title>Down for a while</title></html>", ETag='"x"'),
        ok(b"", ETag='"x"'),
        Answer(body=BUSY, headers={"ETag": '"x"', "Content-Length": str(len(BUSY) + 9)}),
        ok(BUSY[:-60], ETag='"x"'),
    ],
    ids=["a page", "nothing", "a broken connection", "half a feed"],
)
def test_t11_what_is_no_whole_feed_sets_no_validators(us: Citizen, bad: Answer) -> None:
    """With its validators the server would say 304 for ever, and what was cut off be lost."""
    url = us.script(ok(ETag='"a"'), bad, status(304))
    us.poll(NOON)
    us.poll(NOON + DAY)
    trouble = us.state(url).trouble

    assert us.request(NOON + 3 * DAY)["If-None-Match"] == '"a"'
    assert trouble in {Trouble.UNREADABLE, Trouble.CUT, Trouble.REFUSED}


@rule(12, "Another address begins without validators", "RFC 9110, 8.8")
def test_t12_an_edited_address_has_no_validators(us: Citizen) -> None:
    """They belong to the page that gave them."""
    us.script(ok(ETag='"a"'))
    us.poll(NOON)
    us.feeds.clear()
    us.script(ok(ETag='"a"'), path="/moved")

    assert us.request(NOON + DAY, "/moved")["If-None-Match"] is None
