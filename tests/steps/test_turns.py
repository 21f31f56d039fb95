"""Whose turn it is."""

import threading
from collections.abc import Sequence
from datetime import timedelta

from aidigest.core.feeds.feed import Feed, FeedState
from aidigest.steps.turns import Due, SiteQueue, Turns


class Timer:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def queue(site: str, *names: str, gap: float = 0.0, ready_at: float = 0.0) -> SiteQueue:
    """Return a queue of feeds, the first of them the next."""
    waiting = [
        Due(feed=Feed(url=f"{site}/{name}"), state=FeedState(url=f"{site}/{name}"), site=site)
        for name in reversed(names)
    ]
    return SiteQueue(site=site, waiting=waiting, gap=timedelta(seconds=gap), ready_at=ready_at)


def turns(queues: Sequence[SiteQueue], *, timer: Timer | None = None, stop: bool = False) -> Turns:
    """Return turns with a minute's patience."""
    return Turns(queues, timer=timer or Timer(), patience=timedelta(minutes=1), stop=lambda: stop)


def taken(found: Turns) -> str | None:
    """Return whose turn it is."""
    due = found.take()
    return due.feed.url if due else None


def test_the_longest_queue_begins() -> None:
    """It takes the longest; each site is asked once at a time."""
    found = turns([queue("a", "1"), queue("b", "1", "2", "3"), queue("c", "1", "2")])

    assert [taken(found) for _ in range(3)] == ["b/1", "c/1", "a/1"]
    found.done("c")
    assert taken(found) == "c/2"


def test_who_waits_for_a_busy_site_gets_its_next_feed() -> None:
    """Not None: the run is not over while somebody's queue is not empty."""
    found = turns([queue("a", "1", "2")])
    assert taken(found) == "a/1"
    got: list[str | None] = []
    waiting = threading.Thread(target=lambda: got.append(taken(found)))
    waiting.start()

    found.done("a")
    waiting.join(timeout=10)

    assert got == ["a/2"]
    found.done("a")
    assert taken(found) is None


def test_sites_that_become_ready_at_one_moment_have_an_order() -> None:
    """Clocks are coarse; two queues cannot be compared."""
    timer = Timer()
    found = turns([queue(site, "1", "2", ready_at=100) for site in "abcd"], timer=timer)

    seen: list[str] = []
    while (due := taken(found)) is not None:
        seen.append(due)
        found.done(due[0])

    assert sorted(seen) == sorted(f"{site}/{n}" for site in "abcd" for n in (1, 2))


def test_a_site_that_needs_no_pause_goes_on() -> None:
    """The connection to it is still open; the others wait as well later."""
    found = turns([queue("a", "1", "2", "3"), queue("b", "1", "2"), queue("c", "1")])
    assert [taken(found), taken(found)] == ["a/1", "b/1"]

    found.done("b")

    assert taken(found) == "b/2"


def test_a_site_rests_between_two_requests() -> None:
    """The pause begins when the answer is complete."""
    timer = Timer()
    found = turns([queue("a", "1", "2", gap=5), queue("b", "1", ready_at=103)], timer=timer)
    assert taken(found) == "a/1"
    found.done("a")

    timer.now = 104
    assert taken(found) == "b/1"
    timer.now = 105
    assert taken(found) == "a/2"


def test_who_would_wait_too_long_is_put_off() -> None:
    """Each further back by one more pause."""
    found = turns([queue("a", "1", "2", "3", gap=61)])
    assert taken(found) == "a/1"
    found.done("a")

    put_off = [(due.feed.url, longer.total_seconds()) for due, longer in found.put_off]

    assert taken(found) is None
    assert put_off == [("a/2", 61), ("a/3", 122)]


def test_a_closed_site_gives_its_feeds_back() -> None:
    """It has asked for quiet; nobody asks it for the others."""
    found = turns([queue("a", "1", "2", "3")])
    assert taken(found) == "a/1"

    left = found.close_site("a")
    found.done("a")

    assert [due.feed.url for due in left] == ["a/2", "a/3"]
    assert taken(found) is None


def test_after_a_stop_there_are_no_more_turns() -> None:
    """Whoever waits is let go."""
    assert taken(turns([queue("a", "1")], stop=True)) is None


def test_many_threads_never_ask_one_site_twice_at_once() -> None:
    """Each feed has its turn once."""
    found = turns([queue(site, *"12345") for site in "abcdef"])
    busy: set[str] = set()
    seen: list[str] = []
    clashes: list[str] = []

    def work() -> None:
        while (due := found.take()) is not None:
            site = due.feed.url[0]
            if site in busy:
                clashes.append(due.feed.url)
            busy.add(site)
            seen.append(due.feed.url)
            busy.discard(site)
            found.done(site)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert clashes == []
    assert sorted(seen) == sorted(f"{site}/{n}" for site in "abcdef" for n in range(1, 6))
