"""A poll that is killed at any point loses no entry, and the next one stores none twice.

A child polls a local server with the real fetcher, parser and database, and kills itself before
or after an answer, a statement or a commit. AIDIGEST_KILL_POINTS says at how many such points:
2 if not set, at every one in `make test-kill`.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import pollrunner
from aidigest.adapters.database import Feeds, migrate, open_engine
from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import FeedState
from httpserver import Answer, HttpServer, Script, running, send

POINTS = os.environ.get("AIDIGEST_KILL_POINTS", "2")
NOW = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
FEEDS, FIRST_DAY, SECOND_DAY = 5, 4, 7
SURE = 30  #: So many points there always are.

Stored = tuple[tuple[Entry, ...], dict[str, FeedState]]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """Run a server."""
    with running() as serving:
        yield serving


def serve(server: HttpServer, *, entries: int) -> list[str]:
    """Serve feeds of so many entries, and a page that is none; return the addresses."""
    urls = [server.script(f"/{feed}", _answering(feed, entries)) for feed in range(FEEDS)]
    return [*urls, server.script("/page", Answer(body=b"<html><title>Hello</title></html>"))]


def _answering(feed: int, entries: int) -> Script:
    items = "".join(
        f"<item><guid>{feed}-{n}</guid><title>Story {n} of {feed}</title></item>"
        for n in range(entries)
    )
    body = f"<rss><channel><title>{feed}</title>{items}</channel></rss>".encode()
    # The validator tells how many entries whoever holds it must have.
    whole = Answer(body=body, headers={"ETag": f'"{entries}"'})

    def answer(handler: BaseHTTPRequestHandler) -> None:
        same = handler.headers.get("If-None-Match") == f'"{entries}"'
        send(handler, Answer(status=304) if same else whole)

    return answer


def poll(database: Path, urls: list[str], *, now: datetime) -> Stored:
    """Poll to the end; return what is stored."""
    engine = open_engine(f"sqlite:///{database}")
    try:
        pollrunner.run(engine, urls, now=now)
    finally:
        engine.dispose()
    return stored(database)


def poll_in_a_child(database: Path, urls: list[str], *, now: datetime, kill_at: int = 0) -> int:
    """Poll, and die at that point; return how many points there were, or 0 after a death."""
    command = [sys.executable, pollrunner.__file__, f"sqlite:///{database}", now.isoformat()]
    done = subprocess.run(  # noqa: S603 - Our own child.
        [*command, str(kill_at), *urls], capture_output=True, text=True, check=False, timeout=100
    )
    # What comes together is stored together, so a run has a few points more or less.
    expected = {0} if kill_at == 0 else {-9} if kill_at <= SURE else {-9, 0}
    assert done.returncode in expected, done.stderr
    return int(done.stdout or 0)


def stored(database: Path) -> Stored:
    """Return all entries, and what is remembered of feeds."""
    engine = open_engine(f"sqlite:///{database}")
    try:
        feeds = Feeds(engine)
        return feeds.all_entries(), feeds.feed_states()
    finally:
        engine.dispose()


def moments(count: int) -> list[int]:
    """Return the points to die at: all, or a few spread over all."""
    if POINTS == "all":
        return list(range(1, count + 1))
    few = int(POINTS)
    return [1 + (count - 1) * (2 * n + 1) // (2 * few) for n in range(few)]


def copy(database: Path, name: str) -> Path:
    """Copy a database that nobody has open."""
    return Path(shutil.copy(database, database.with_name(name)))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("day", [1, 2])
def test_killed_poll_is_made_up_for_by_the_next_one(
    day: int, tmp_path: Path, server: HttpServer
) -> None:
    """As if nothing had happened; and no validator is stored before what it stands for."""
    before = tmp_path / "before.db"
    engine = open_engine(f"sqlite:///{before}")
    migrate(engine)
    engine.dispose()
    urls, now = serve(server, entries=FIRST_DAY), NOW
    if day == 2:
        poll(before, urls, now=NOW)
        urls, now = serve(server, entries=SECOND_DAY), TOMORROW
    expected, _ = poll(copy(before, "undisturbed.db"), urls, now=now)
    points = poll_in_a_child(copy(before, "counted.db"), urls, now=now)
    assert points > SURE

    for kill_at in moments(points - 4):  # Nobody can be sure of the last few.
        victim = copy(before, f"victim-{kill_at}.db")
        poll_in_a_child(victim, urls, now=now, kill_at=kill_at)
        entries, states = stored(victim)
        have = Counter(entry.feed_url for entry in entries)
        for state in states.values():
            assert have[state.url] >= int((state.validators.etag or '"0"').strip('"'))

        after, states = poll(victim, urls, now=now)

        assert after == expected, f"killed at point {kill_at}"
        assert (
            len({entry.id for entry in after})
            == len(after)
            == FEEDS * (FIRST_DAY, SECOND_DAY)[day - 1]
        )
        assert set(states) == set(urls)
