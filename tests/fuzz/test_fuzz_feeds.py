"""Whatever a server sends, reading it ends soon, with entries that can be stored or a ParseError.

AIDIGEST_FUZZ_FEEDS says how many mutants are read: 300 if not set, 20,000 in `make fuzz`.
"""

import gc
import os
import signal
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from types import FrameType
from typing import Any

import pytest

from aidigest.core.feeds.entry import Arrivals, sort_out, text_hash
from aidigest.core.feeds.feed import Feed, FeedState, Fresh
from aidigest.core.feeds.identity import KnownEntry
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.feeds.parsing import parse_feed
from aidigest.core.polling.history import Polled, after_poll
from aidigest.errors import ParseError
from mutations import mutants

COUNT = int(os.environ.get("AIDIGEST_FUZZ_FEEDS", "300"))
SEED = int(os.environ.get("AIDIGEST_FUZZ_SEED", "1"))
NOW = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
#: Of processor time, for reading one and for counting it in. In the short run only a hang
#: counts: how fast a machine is says nothing about a change.
LONGEST_S = 2.0 if COUNT > 1_000 else 15.0
FEED = Feed(url="https://fuzz.example/feed", title="Fuzz")


class TooSlowError(BaseException):
    """No `except Exception` on the way may swallow it."""


def test_mutated_feeds_are_read_or_refused_and_never_stop_a_poll(tmp_path: Path) -> None:
    """No crash, nothing over two seconds, no growth; and what came out can be stored."""
    came: Counter[str] = Counter()
    slowest, sizes, failed = (0.0, -1), [], {}

    for number, body in enumerate(mutants(NOW, count=COUNT, seed=SEED)):
        if number % (COUNT // 10 or 1) == 0:
            gc.collect()
            sizes.append(resident_mib())
        started = process_time()
        try:
            came[read(body)] += 1
        except (Exception, TooSlowError) as error:  # noqa: BLE001  # All are found in one run.
            kept = tmp_path / f"mutant-{number}"
            kept.write_bytes(body)
            failed[str(kept)] = repr(error)
        slowest = max(slowest, (process_time() - started, number))

    gc.collect()
    print(
        f"{COUNT} mutants: {dict(came)}; slowest {slowest[0]:.2f} s (number {slowest[1]});"
        f" resident MiB {[round(size) for size in sizes]}, {resident_mib():.0f} at the end"
    )
    assert not failed, f"seed {SEED}"
    assert came["read"] > COUNT / 4
    assert came["refused"] > 0
    # What is large once stays with the allocator; what leaks grows on and on.
    assert resident_mib() < max(sizes[: len(sizes) // 2 + 1]) + 48


def test_reading_leaves_nothing_behind() -> None:
    """A worker reads feeds for months."""
    bodies = [body for body in mutants(NOW, count=40, seed=SEED) if len(body) < 30_000]
    for body in bodies:
        read(body)
    tracemalloc.start()
    try:
        for body in bodies:  # Caches fill.
            read(body)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()

        for body in bodies:
            read(body)

        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 256 * 1024


def read(body: bytes) -> str:
    """Read a body as a poll would, twice; say what came of it."""
    try:
        with at_most(LONGEST_S):
            parsed = parse_feed(body, headers={}, url=FEED.url, language="en")
    except ParseError as error:
        assert_storable(error.reason)
        return "refused"
    assert_storable(parsed)
    first, arrivals = polled(body, parsed, known=(), state=FeedState(url=FEED.url), now=NOW)
    again = tuple(
        KnownEntry(
            id=one.id,
            url=one.url,
            title=one.title,
            published_at=None if one.published_is_guess else one.published_at,
            text_hash=text_hash(one.title, one.summary),
        )
        for one in arrivals.new
    )
    renamed = replace(
        parsed, entries=tuple(replace(one, guid=f"new {one.guid}") for one in parsed.entries)
    )
    later = NOW + timedelta(days=1)
    _, same = polled(body, parsed, known=again, state=first, now=later)
    polled(body, renamed, known=again, state=first, now=later)
    assert (same.new, same.edited) == ((), ())
    return "read" if parsed.complete else "cut"


def polled(
    body: bytes,
    parsed: ParsedFeed,
    *,
    known: tuple[KnownEntry, ...],
    state: FeedState,
    now: datetime,
) -> tuple[FeedState, Arrivals]:
    """Count a document in, and check what would be stored."""
    with at_most(LONGEST_S):
        arrivals = sort_out(FEED, parsed, known=known, state=state, now=now)
        whole = Polled(result=Fresh(body=body, url=FEED.url), parsed=parsed, arrivals=arrivals)
        after = after_poll(state, whole, cutoffs=(now + timedelta(hours=20),), now=now)
    ids = [one.id for one in arrivals.new]
    assert len(ids) == len(set(ids))
    assert not set(ids) & {one.id for one in known}
    for one in arrivals.new:
        assert one.title.strip()
        assert one.published_at.utcoffset() == timedelta()
        assert one.published_at <= now
        assert one.first_seen_at <= now
        assert all(
            url.startswith(("http://", "https://")) for url in (one.url or "http://", *one.links)
        )
        assert_storable(one)
    assert after.next_poll_at is not None
    assert now + timedelta(hours=1) <= after.next_poll_at <= now + timedelta(days=9)
    assert_storable(after)
    return after, arrivals


def assert_storable(value: Any) -> None:
    """Check that no text in it is one that a database refuses: surrogates, NUL."""
    if isinstance(value, str):
        assert "\x00" not in value
        value.encode()
    elif isinstance(value, tuple):
        for one in value:
            assert_storable(one)
    elif is_dataclass(value):
        for field in fields(value):
            assert_storable(getattr(value, field.name))


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """End a block that takes more processor time than that."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"more than {seconds} s")

    before: Callable[[int, FrameType | None], Any] | int | None
    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def resident_mib() -> float:
    """Return how much memory this process holds; nothing where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if COUNT > 1_000:
    pytestmark = pytest.mark.timeout(0)
