"""Status and headers become a value."""

import pytest

from aidigest.core.feeds.feed import (
    Answer,
    Blocked,
    Failed,
    Fresh,
    Gone,
    NotModified,
    Throttled,
    Validators,
)
from aidigest.core.polling.answers import answer_of

URL = "https://a.example/rss"


def answer(status: int, *, body: bytes = b"", conditional: bool = False, **headers: str) -> Answer:
    """Return what a response means; underscores in names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer_of(status, named, body, url=URL, was_conditional=conditional)


def test_a_body_comes_with_its_validators() -> None:
    """Byte for byte, and with all headers."""
    found = answer(200, body=b"<rss/>", etag='W/"1"', last_modified="yesterday")

    assert found == Fresh(
        body=b"<rss/>",
        url=URL,
        validators=Validators(etag='W/"1"', last_modified="yesterday"),
        headers={"etag": 'W/"1"', "last-modified": "yesterday"},
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [(410, Gone), (429, Throttled), (503, Throttled), (404, Failed), (500, Failed), (204, Failed)],
)
def test_every_other_status_is_a_value_too(status: int, kind: type) -> None:
    """Nothing is raised: a server may answer what it likes. 226 is never asked for."""
    assert isinstance(answer(status), kind)
    assert answer(226) == Failed(reason="status 226", status=226)


def test_unchanged_needs_something_that_was_asked_about() -> None:
    """Without validators a 304 is a fault of the server, and there is nothing to keep."""
    assert answer(304, conditional=True, etag='"b"') == NotModified(headers={"etag": '"b"'})
    assert answer(304) == Failed(reason="status 304", status=304)


@pytest.mark.parametrize(
    ("status", "title"),
    [(200, "Just a moment..."), (403, "Attention Required! | Cloudflare"), (403, "CAPTCHA")],
)
def test_a_wall_against_robots_is_known_by_its_title(status: int, title: str) -> None:
    """It passes for a page of a feed's host, and is none of the feed's doing."""
    found = answer(status, body=f"<html><title>{title}</title></html>".encode())

    assert isinstance(found, Blocked)
    assert title in found.reason


def test_a_wall_may_say_so_in_a_header() -> None:
    """Cloudflare marks its challenges."""
    assert isinstance(answer(403, cf_mitigated="challenge"), Blocked)
    assert isinstance(answer(403), Failed)


def test_what_a_wall_calls_itself_can_be_stored() -> None:
    """PostgreSQL refuses a NUL, and one refused state would end the poll of all feeds."""
    found = answer(200, body=b"<html><title>Just a moment\x00\x1b[31m</title></html>")

    assert isinstance(found, Blocked)
    assert found.reason.isprintable()


def test_a_feed_that_writes_about_walls_is_a_feed() -> None:
    """Only an HTML page can be a wall."""
    body = b"<rss><channel><title>Access denied, a security check podcast</title></channel></rss>"

    assert isinstance(answer(200, body=body), Fresh)
