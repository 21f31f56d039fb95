"""When a feed is polled next, and what is remembered of a poll.

The rules are those of a good feed citizen: an hour between two polls, a day
at most, longer when the server says so or something is wrong. Every answer
names the reason for the next time (docs/decisions).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

from aidigest.core.feeds import (
    Blocked,
    Failed,
    FeedState,
    FetchResult,
    Fresh,
    Gone,
    NotModified,
    Throttled,
    Validators,
)
from aidigest.core.parsing import ParsedFeed
from aidigest.errors import ParseError

FLOOR = timedelta(hours=1)
CEILING = timedelta(hours=24)
#: The longest wait a server may ask for with Retry-After.
RETRY_AFTER_CEILING = timedelta(days=7)
#: Feeds added together drift apart by up to this share of the wait.
_JITTER = 0.1
_LONGEST_JITTER = timedelta(minutes=10)

_NOT_FOUND_CEILING = timedelta(days=7)
_THROTTLED_CEILING = timedelta(hours=6)
_NOT_FOUND = frozenset({400, 404, 405, 414, 451})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long to leave a feed alone, and why."""

    span: timedelta
    reason: str


def is_due(state: FeedState, *, now: datetime) -> bool:
    """Say whether a feed may be polled again."""
    return not state.gone and (state.next_poll_at is None or state.next_poll_at <= now)


def after_poll(
    state: FeedState,
    result: FetchResult,
    *,
    parsed: ParsedFeed | ParseError | None,
    now: datetime,
) -> FeedState:
    """Return what is remembered after a poll.

    Args:
        state: As it was before.
        result: What the fetch came to.
        parsed: What a fresh body held, or why it could not be read; None where
            there was none or it was the same as last time.
        now: When the answer was complete.
    """
    problem = problem_with(result, parsed)
    failures = state.failures + 1 if problem else 0
    wait = _wait(state.url, result, failures=failures, now=now)
    polled = replace(
        state,
        first_polled_at=state.first_polled_at or (now if _has_entries(parsed) else None),
        last_polled_at=now,
        last_status=problem or _success(result, parsed),
        failures=failures,
        next_poll_at=None if isinstance(result, Gone) else now + wait.span,
        next_poll_reason=wait.reason,
        gone=isinstance(result, Gone),
    )
    return polled if problem else _remembering(polled, result, now=now)


def held_back(state: FeedState, *, until: datetime, because_of: str) -> FeedState:
    """Return the state of a feed whose server asked for quiet before its turn came."""
    return replace(
        state, next_poll_at=until, next_poll_reason=f"its server asked for quiet at {because_of}"
    )


def body_hash(body: bytes) -> str:
    """Return what a body is recognised by."""
    return sha256(body).hexdigest()


def _has_entries(parsed: ParsedFeed | ParseError | None) -> bool:
    return isinstance(parsed, ParsedFeed) and bool(parsed.entries)


def problem_with(result: FetchResult, parsed: ParsedFeed | ParseError | None) -> str | None:
    """Return what was wrong with the answer, in a few words, or None."""
    match result:
        case NotModified():
            return None
        case Fresh():
            return _unreadable(parsed)
        case Gone():
            return "gone for good (410)"
        case Throttled():
            return f"asked to come back later ({result.status})"
        case Blocked():
            return f"blocked: {result.reason}"
        case Failed():
            return result.reason


def _unreadable(parsed: ParsedFeed | ParseError | None) -> str | None:
    if isinstance(parsed, ParseError):
        return parsed.reason
    if parsed is not None and not parsed.complete:
        return f"cut short after {len(parsed.entries)} entries"
    return None


def _success(result: FetchResult, parsed: ParsedFeed | ParseError | None) -> str:
    if isinstance(parsed, ParsedFeed):
        return f"read: {len(parsed.entries)} entries"
    return "not modified (304)" if isinstance(result, NotModified) else "the same body as before"


def _remembering(state: FeedState, result: FetchResult, *, now: datetime) -> FeedState:
    """Keep the validators, which only a whole and readable answer may set."""
    if isinstance(result, Fresh):
        return replace(
            state,
            last_success_at=now,
            validators=result.validators,
            body_hash=body_hash(result.body),
        )
    etag = result.headers.get("etag", state.validators.etag)
    last_modified = result.headers.get("last-modified", state.validators.last_modified)
    return replace(
        state,
        last_success_at=now,
        validators=Validators(etag=etag, last_modified=last_modified),  # RFC 9111, section 4.3.4
    )


def _wait(url: str, result: FetchResult, *, failures: int, now: datetime) -> Wait:
    """Choose the longest of the waits that apply, and let the feeds drift apart."""
    if isinstance(result, Gone):
        return Wait(span=timedelta(), reason="never: the server said that the feed is gone (410)")
    asked = (_own_wait(result, failures), _fresh_for(result.headers), _retry_after(result, now))
    wait = max((one for one in asked if one is not None), key=lambda one: one.span)
    return replace(wait, span=wait.span + _jitter(url, wait.span))


def _own_wait(result: FetchResult, failures: int) -> Wait:
    if not failures:
        return Wait(span=FLOOR, reason="an hour after the last answer")
    if isinstance(result, Blocked):
        return Wait(span=CEILING, reason=f"a day: {result.reason}")
    # Sixteen doublings pass every ceiling, and keep the power small.
    span = min(FLOOR * 2 ** min(failures - 1, 16), _ceiling(result))
    hours = int(span / timedelta(hours=1))
    return Wait(span=span, reason=f"{hours} h after {failures} failures in a row")


def _ceiling(result: FetchResult) -> timedelta:
    if isinstance(result, Throttled):
        return _THROTTLED_CEILING
    if isinstance(result, Failed) and result.status in _NOT_FOUND:
        return _NOT_FOUND_CEILING
    return CEILING


def _fresh_for(headers: Mapping[str, str]) -> Wait | None:
    """Return how long the server calls its answer fresh (RFC 9111, section 4.2.1)."""
    span, source = _max_age(headers), "Cache-Control"
    if span is None:
        span, source = _expires(headers), "Expires"
    if span is None or span <= timedelta():
        return None
    return Wait(span=min(span, CEILING), reason=f"the server's {source} says so")


def _max_age(headers: Mapping[str, str]) -> timedelta | None:
    for directive in headers.get("cache-control", "").lower().split(","):
        name, _, value = directive.partition("=")
        seconds = _seconds(value.strip(' "'))
        if name.strip() == "max-age" and seconds is not None:
            return seconds - (_seconds(headers.get("age", "")) or timedelta())
    return None


def _expires(headers: Mapping[str, str]) -> timedelta | None:
    """Return the time to Expires by the server's own clock, which may be wrong."""
    expires, date = _http_date(headers.get("expires", "")), _http_date(headers.get("date", ""))
    return expires - date if expires and date else None


def _retry_after(result: FetchResult, now: datetime) -> Wait | None:
    """Return what Retry-After asks for, in seconds or as a date (RFC 9110, section 10.2.3)."""
    if not isinstance(result, Throttled):
        return None
    value = result.headers.get("retry-after", "").strip()
    date = _http_date(value)
    span = _seconds(value) or (date - now if date else None)
    if span is None or span <= timedelta():
        return None
    return Wait(span=min(span, RETRY_AFTER_CEILING), reason="the server's Retry-After says so")


def _seconds(value: str) -> timedelta | None:
    # Ten digits are three centuries; more would overflow.
    return timedelta(seconds=int(value[:10])) if value.isascii() and value.isdigit() else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _jitter(url: str, span: timedelta) -> timedelta:
    """Return the feed's own share of the jitter, the same each time."""
    share = int.from_bytes(sha256(url.encode(errors="replace")).digest()[:4]) / 2**32
    return min(span * _JITTER, _LONGEST_JITTER) * share
