"""Whether a mail's links lead anywhere, asked of a real server."""

from collections.abc import Iterator

import pytest

from aidigest.adapters.fetch import HttpFetcher
from aidigest.core.feeds.feed import FetchRequest, FetchResult, Fresh
from aidigest.core.proof.lint import Level
from aidigest.preview import check_links
from aidigest.settings import FetchSettings
from httpserver import Answer, HttpServer, running

PAGE = Answer(body=b"<html><title>News</title></html>")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """A server whose paths the test scripts."""
    with running() as one:
        yield one


def asked(*urls: str, allow_private: bool = True) -> list[tuple[Level, str]]:
    """Ask the addresses over HTTP; return the level and the words of each finding."""
    settings = FetchSettings(allow_private=allow_private, timeout_s=5, max_bytes=10_000)
    with HttpFetcher(settings, user_agent="aidigest (tests)") as fetcher:
        found = check_links(urls, fetch=fetcher.fetch)
    assert all(one.rule == "L1" for one in found)
    return [(one.level, one.what) for one in found]


def test_a_page_that_answers_is_no_finding(server: HttpServer) -> None:
    """Nor is one behind a redirect that may change again, or a very long one."""
    page = server.script("/page", PAGE)
    there = server.script("/there", Answer(status=302, headers={"Location": "/page"}))
    long = server.script("/long", Answer(body=b"x" * 20_000))

    assert asked(page, there, long) == []


@pytest.mark.parametrize(("status", "words"), [(404, "status 404"), (500, "status 500")])
def test_a_dead_link_is_a_warning(server: HttpServer, status: int, words: str) -> None:
    """It has been mailed to nobody yet."""
    url = server.script("/dead", Answer(status=status))

    assert asked(url) == [(Level.WARNING, f"{url} does not answer: {words}")]


def test_a_page_that_is_gone_or_goes_in_circles_is_a_warning(server: HttpServer) -> None:
    """410 says that it will not come back; a circle never ends."""
    gone = server.script("/gone", Answer(status=410))
    circle = server.script("/round", Answer(status=302, headers={"Location": "/round"}))

    assert asked(gone, circle) == [
        (Level.WARNING, f"{gone} is gone for good"),
        (Level.WARNING, f"{circle} does not answer: more than 5 redirects"),
    ]


def test_a_host_that_is_not_there_is_a_warning() -> None:
    """The port was free a moment ago."""
    with running() as one:
        url = one.url("/")

    assert asked(url) == [(Level.WARNING, f"{url} does not answer: connection refused")]


def test_a_page_that_has_moved_is_a_note(server: HttpServer) -> None:
    """Readers get there, and the new address is known."""
    server.script("/new", PAGE)
    old = server.script("/old", Answer(status=301, headers={"Location": "/new"}))

    assert asked(old) == [(Level.NOTE, f"{old} has moved to {server.url('/new')}")]


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_server_that_lets_no_program_in_is_a_note(server: HttpServer, status: int) -> None:
    """The press has walls against robots; a person may get in."""
    url = server.script("/wall", Answer(status=status))

    assert asked(url) == [(Level.NOTE, f"{url} cannot be asked, look yourself: status {status}")]


def test_an_address_of_this_machine_is_not_asked(server: HttpServer) -> None:
    """A feed may link to the operator's router."""
    url = server.script("/admin", PAGE)

    ((level, words),) = asked(url, allow_private=False)

    assert level is Level.NOTE
    assert "cannot be asked" in words
    assert server.requests["/admin"] == []


def test_each_address_is_asked_once(server: HttpServer) -> None:
    """A mail links a page from its headline and from its outlet."""
    url = server.script("/page", PAGE)

    asked(url, url, server.script("/other", PAGE))

    assert len(server.requests["/page"]) == 1


def test_when_time_is_up_the_rest_is_named_and_not_asked() -> None:
    """A mail with two hundred slow links would keep a maintainer for an hour."""
    now = [0.0]
    made: list[str] = []

    def fetch(request: FetchRequest) -> FetchResult:
        made.append(request.url)
        now[0] += 40
        return Fresh(body=b"", url=request.url)

    urls = [f"https://news.example/{number}" for number in range(5)]
    found = check_links(urls, fetch=fetch, patience_s=60, clock=lambda: now[0])

    assert made == urls[:2]
    assert [one.what for one in found] == [
        f"there was no time left to ask {urls[2]} and 2 more of its host"
    ]
