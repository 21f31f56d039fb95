"""When a permanent redirect (301, 308) is believed, and when it is no more."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aidigest.core.feeds.feed import FeedState, FetchResult, Move, Moved, Trouble, Validators

#: A redirect is believed after so many polls over so long a time: a captive
#: portal or a mistake of an evening must not rewrite the list.
MOVE_SEEN = 3
MOVE_AGE = timedelta(days=7)
#: An adopted address that fails so often is given up for the listed one.
MOVE_FAILURES = 3
_NO_FEED_THERE = frozenset({Trouble.REFUSED, Trouble.UNREADABLE, Trouble.UNREACHED})


def after_move(state: FeedState, result: FetchResult, *, now: datetime) -> FeedState:
    """Follow permanent redirects only when they have led to a feed for long enough."""
    if state.trouble is not None:
        is_lost = state.trouble in _NO_FEED_THERE and state.failures >= MOVE_FAILURES
        if is_lost and state.moved_to is not None:
            return replace(state, moved_to=None, validators=Validators())
        return state
    if not isinstance(result, Moved):
        return replace(state, move=None) if state.move else state
    seen = state.move if state.move is not None and state.move.url == result.url else None
    move = (
        replace(seen, times=seen.times + 1) if seen is not None else Move(url=result.url, since=now)
    )
    is_old = move.times >= MOVE_SEEN and now - move.since >= MOVE_AGE
    if is_old or _is_only_safer(state.address, move.url):
        return replace(state, move=None, moved_to=move.url)
    return replace(state, move=move)


def _is_only_safer(address: str, moved_to: str) -> bool:
    """Say whether a move is from http to https, and nothing else."""
    old, new = urlsplit(address), urlsplit(moved_to)
    same_page = (old.hostname, old.path, old.query) == (new.hostname, new.path, new.query)
    return same_page and (old.scheme, new.scheme) == ("http", "https")
