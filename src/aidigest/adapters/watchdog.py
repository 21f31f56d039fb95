"""Ends what takes too long: one thread, however many sockets it watches."""

import heapq
import threading
from collections.abc import Callable
from itertools import count
from time import monotonic


class Watchdog:
    """Calls something at a deadline, unless it has been told by then that all went well.

    A timer of its own for every fetch would start a thread for each.

    Args:
        timer: Tells seconds that only grow.
    """

    def __init__(self, *, timer: Callable[[], float] = monotonic) -> None:
        self._timer = timer
        self._deadlines: list[tuple[float, int]] = []
        self._actions: dict[int, Callable[[], None]] = {}
        self._numbers = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def watch(self, at: float, action: Callable[[], None]) -> int:
        """Call *action* when the timer says *at*, unless it is forgotten by then.

        Returns:
            The number by which to have it forgotten.
        """
        with self._changed:
            number = next(self._numbers)
            self._actions[number] = action
            heapq.heappush(self._deadlines, (at, number))
            self._start()
            if self._deadlines[0][1] == number:
                self._changed.notify()
        return number

    def forget(self, number: int) -> None:
        """Watch this no more."""
        with self._changed:
            self._actions.pop(number, None)

    def close(self) -> None:
        """End the thread; nothing is watched any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                wait = self._deadlines[0][0] - self._timer() if self._deadlines else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                action = self._actions.pop(heapq.heappop(self._deadlines)[1], None)
            if action is not None:
                action()
