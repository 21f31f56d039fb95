"""Whether the links of a mail lead anywhere: each address asked once, a host's one by one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from aidigest.core.feeds import FetchRequest, FetchResult, Fresh, Moved, NotModified
from aidigest.core.lint import Finding, Level
from aidigest.core.urls import host

#: So many hosts are asked at a time.
_AT_A_TIME = 6


def check_links(
    urls: Iterable[str], *, fetch: Callable[[FetchRequest], FetchResult]
) -> tuple[Finding, ...]:
    """Fetch every address once; return a finding for each that does not answer.

    Args:
        urls: Web addresses.
        fetch: Makes one GET; its deadline and its limits hold.
    """
    by_host = [list(group) for _, group in groupby(sorted(set(urls), key=host), key=host)]

    def ask(group: list[str]) -> list[Finding]:
        return [found for url in group for found in _asked(url, fetch(FetchRequest(url=url)))]

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return tuple(found for group in pool.map(ask, by_host) for found in group)


def _asked(url: str, result: FetchResult) -> Iterator[Finding]:
    answer = result.answer if isinstance(result, Moved) else result
    if not isinstance(answer, Fresh | NotModified):
        reason = getattr(answer, "reason", type(answer).__name__.lower())
        yield Finding(rule="L1", level=Level.WARNING, what=f"{url} does not answer: {reason}")
