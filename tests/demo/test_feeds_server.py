"""The outlets' server speaks enough HTTP to show conditional GET."""

from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

from aidigest.demo.feeds_server import Page, serve_feeds

PAGE = Page(body=b"<rss/>", content_type="application/rss+xml")


def status_of(base: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """GET a path and return the status with the body."""
    connection = HTTPConnection(urlsplit(base).netloc, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_page_is_sent_whole_the_first_time() -> None:
    """Who brings no validator has nothing yet."""
    with serve_feeds({"/a.xml": PAGE}) as base:
        answer = status_of(base, "/a.xml", {})

    assert answer == (HTTPStatus.OK, PAGE.body)


def test_a_known_page_is_not_sent_again() -> None:
    """The second poll of the demo should cost nothing."""
    with serve_feeds({"/a.xml": PAGE}) as base:
        answer = status_of(base, "/a.xml", {"If-None-Match": PAGE.etag})

    assert answer == (HTTPStatus.NOT_MODIFIED, b"")


def test_an_unknown_path_is_not_found() -> None:
    """A typo in an address must not look like an empty feed."""
    with serve_feeds({"/a.xml": PAGE}) as base:
        status, _ = status_of(base, "/b.xml", {})

    assert status == HTTPStatus.NOT_FOUND
