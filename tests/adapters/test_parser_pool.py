"""A hostile body costs one worker and nothing else."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aidigest.adapters.parser_pool import ParserPool
from aidigest.core.feeds.feed import Feed
from aidigest.errors import ParseError

FEED = Feed(url="https://feed.example/rss", title="The Feed")
GOOD = b"<rss version='2.0'><channel><title>T</title><item><title>%d</title></item></channel></rss>"
#: Larger than a fetch would let through, and many seconds of work: of a single item nothing can
#: be left out.
_TEXT = b"&lt;b x=1&gt;y &amp;amp; z&lt;/b&gt; " * 800_000
_ITEM = b"<item><title>x</title><description>%s</description></item>" % _TEXT
SLOW = b"<rss><channel>%s</channel></rss>" % _ITEM


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    """Share one pool: its workers start once."""
    with ParserPool(workers=2, timeout_s=1.0) as one:
        yield one


def titles(pool: ParserPool, body: bytes) -> list[str]:
    """Return the titles of the entries in a body."""
    return [e.title for e in pool.parse(body, feed=FEED, headers={}, url=FEED.url).entries]


def test_many_threads_each_get_their_own_answer(pool: ParserPool) -> None:
    """Two workers serve a hundred callers, and nobody gets another one's feed."""
    with ThreadPoolExecutor(max_workers=100) as threads:
        found = list(threads.map(lambda n: titles(pool, GOOD % n), range(100)))

    assert found == [[str(n)] for n in range(100)]


def test_a_page_that_is_no_feed_is_refused_with_its_reason(pool: ParserPool) -> None:
    """The error crosses the process with the feed it is about."""
    with pytest.raises(ParseError, match="an HTML page, not a feed: Nope") as caught:
        titles(pool, b"<html><head><title>Nope</title></head></html>")

    assert caught.value.feed_url == FEED.url


def test_a_body_that_takes_too_long_costs_one_worker(pool: ParserPool) -> None:
    """The worker is killed at the deadline, and the next body is read as ever."""
    with pytest.raises(ParseError, match="takes longer than 1 s"):
        titles(pool, SLOW)

    assert [titles(pool, GOOD % n) for n in range(3)] == [["0"], ["1"], ["2"]]


def test_a_body_that_takes_too_much_processor_time_costs_one_worker() -> None:
    """The limit holds even if nobody is left to watch the clock."""
    with ParserPool(workers=1, timeout_s=60, cpu_s=1) as pool:
        with pytest.raises(ParseError, match="too much memory or processor time"):
            titles(pool, SLOW)

        assert titles(pool, GOOD % 1) == ["1"]


def test_a_body_that_takes_too_much_memory_is_refused() -> None:
    """A worker may not take the machine down with it."""
    title = b"a" * 12_000_000
    body = b"<rss><channel><item><title>%s</title></item></channel></rss>" % title
    with ParserPool(workers=1, memory_mib=96, timeout_s=60) as pool:
        with pytest.raises(ParseError, match="too much memory"):
            titles(pool, body)

        assert titles(pool, GOOD % 1) == ["1"]


def test_a_run_without_news_starts_no_worker() -> None:
    """Starting and closing a pool that nobody used costs nothing."""
    ours = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    if not ours.exists():
        pytest.skip("this system does not tell a process's children (Linux does)")
    before = ours.read_text(encoding="ascii")

    with ParserPool(workers=64):
        during = ours.read_text(encoding="ascii")

    assert during == before


def test_closing_ends_what_is_under_way() -> None:
    """A worker that is told to stop does not wait for the slowest feed."""
    pool = ParserPool(workers=1, timeout_s=60)
    titles(pool, GOOD % 1)
    with ThreadPoolExecutor(max_workers=3) as threads:
        under_way = [threads.submit(titles, pool, SLOW) for _ in range(3)]
        pool.close()
        errors = [one.exception(timeout=10) for one in under_way]

    assert [str(error) for error in errors] == [f"{FEED.url}: not read: the parser was closed"] * 3
