"""Whether the links of a mail lead anywhere: each address asked once, a host's one by one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from time import monotonic

from aidigest.core.feeds.feed import (
    Blocked,
    Failed,
    FetchRequest,
    FetchResult,
    Gone,
    Moved,
    Throttled,
    answer_in,
)
from aidigest.core.proof.lint import Finding, Level
from aidigest.core.urls import host

#: So many hosts are asked at a time.
_AT_A_TIME = 6
#: So long are links asked; what is left then is named. A mail has up to some 200.
PATIENCE_S = 180.0
#: Servers say this to programs; a person may get in.
_LETS_NOBODY_IN = frozenset({401, 402, 403, 405, 406, 429, 451, 503})
#: From this status on there is no page; less is the page itself, whole or cut off.
_NO_PAGE = 300


def check_links(
    urls: Iterable[str],
    *,
    fetch: Callable[[FetchRequest], FetchResult],
    patience_s: float = PATIENCE_S,
    clock: Callable[[], float] = monotonic,
) -> tuple[Finding, ...]:
    """Fetch every address once; return a finding for each of which there is something to say.

    Args:
        urls: Web addresses.
        fetch: Makes one GET; its deadline and its limits hold.
        patience_s: After so many seconds no further address is asked.
        clock: Seconds of a clock that only goes forward.
    """
    by_host = [list(group) for _, group in groupby(sorted(set(urls), key=_place), key=host)]
    until = clock() + patience_s

    def ask(group: list[str]) -> list[Finding]:
        found: list[Finding] = []
        for number, url in enumerate(group):
            if clock() >= until:
                return [*found, _unasked(group[number:])]
            found += _told(url, fetch(FetchRequest(url=url)))
        return found

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return tuple(found for group in pool.map(ask, by_host) for found in group)


def _told(url: str, result: FetchResult) -> Iterator[Finding]:
    match answer_in(result):
        case Gone():
            yield _finding(Level.WARNING, f"{url} is gone for good")
        case Blocked(reason=reason):
            yield _finding(Level.NOTE, f"{url} cannot be asked, look yourself: {reason}")
        case Throttled(status=status) | Failed(status=status) if status in _LETS_NOBODY_IN:
            yield _finding(Level.NOTE, f"{url} cannot be asked, look yourself: status {status}")
        case Failed(status=status, reason=reason) if status is None or status >= _NO_PAGE:
            yield _finding(Level.WARNING, f"{url} does not answer: {reason}")
        case _ if isinstance(result, Moved):
            yield _finding(Level.NOTE, f"{url} has moved to {result.url}")
        case _:
            pass  # It answers where it is.


def _place(url: str) -> tuple[str, str]:
    return host(url), url


def _unasked(urls: list[str]) -> Finding:
    others = f" and {len(urls) - 1} more of its host" if len(urls) > 1 else ""
    return _finding(Level.NOTE, f"there was no time left to ask {urls[0]}{others}")


def _finding(level: Level, what: str) -> Finding:
    return Finding(rule="L1", level=level, what=what)
