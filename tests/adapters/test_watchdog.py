"""One thread ends what takes too long."""

import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from aidigest.adapters.watchdog import Watchdog


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    """Return one, and end it."""
    dog = Watchdog()
    yield dog
    dog.close()


def test_what_is_forgotten_is_not_ended() -> None:
    """A later socket may have the same number."""
    now, ended, late = [0.0], list[str](), threading.Event()
    watchdog = Watchdog(timer=lambda: now[0])
    watchdog.forget(watchdog.watch(500, lambda: ended.append("early")))
    watchdog.watch(600, late.set)

    now[0] = 700.0
    watchdog.watch(0, lambda: None)  # The nearest deadline wakes it.
    is_late_ended = late.wait(timeout=10)
    watchdog.close()

    assert is_late_ended
    assert ended == []


def test_each_deadline_is_kept_whatever_their_order(watchdog: Watchdog) -> None:
    """A nearer one that comes later must not wait for the farther."""
    far, near, past = threading.Event(), threading.Event(), threading.Event()
    watchdog.watch(monotonic() + 600, far.set)
    watchdog.watch(monotonic() + 0.02, near.set)
    watchdog.watch(monotonic() - 1, past.set)

    assert near.wait(timeout=10)
    assert past.wait(timeout=10)
    assert not far.is_set()


def test_one_thread_serves_all_and_ends_with_it() -> None:
    """A timer for every fetch would start a thread for each."""
    watchdog = Watchdog()
    for _ in range(50):
        watchdog.watch(monotonic() + 600, lambda: None)
    running = [one for one in threading.enumerate() if one.name == "watchdog"]
    watchdog.close()

    assert len(running) == 1
    assert not running[0].is_alive()


def test_closing_what_never_watched_is_fine() -> None:
    """A run in which nothing was due fetches nothing."""
    Watchdog().close()
