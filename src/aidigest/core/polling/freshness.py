"""What a response's headers say about when to come back.

Sources: RFC 9111, sections 4.2.1 and 5.2 (freshness), RFC 9110, section
10.2.3 (Retry-After).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long to leave a feed alone, and why."""

    span: timedelta
    reason: str


def fresh_for(headers: Mapping[str, str]) -> Wait | None:
    """Return how long the server calls its answer fresh; None where it does not say.

    `Expires` counts only without `max-age`, and by the server's own clock,
    which may be wrong.
    """
    span, source = _max_age(headers), "Cache-Control"
    if span is None:
        span, source = _expires(headers), "Expires"
    if span is None or span <= timedelta():
        return None
    return Wait(span=span, reason=f"the server's {source} says so")


def retry_after(headers: Mapping[str, str], now: datetime) -> Wait | None:
    """Return what Retry-After asks for, in seconds or as a date, or a rate limit's reset."""
    value = headers.get("retry-after", "").strip()
    date = _http_date(value)
    span = _seconds(value) or (date - now if date else None)
    if span is not None and span > timedelta():
        return Wait(span=span, reason="the server's Retry-After says so")
    # Reddit's header: seconds, with a fraction.
    reset = _seconds(headers.get("x-ratelimit-reset", "").strip().partition(".")[0])
    if reset is not None and reset > timedelta():
        return Wait(span=reset, reason="the server's rate limit says so")
    return None


def _max_age(headers: Mapping[str, str]) -> timedelta | None:
    for directive in headers.get("cache-control", "").lower().split(","):
        name, _, value = directive.partition("=")
        seconds = _seconds(value.strip(' "'))
        if name.strip() == "max-age" and seconds is not None:
            return seconds - (_seconds(headers.get("age", "")) or timedelta())
    return None


def _expires(headers: Mapping[str, str]) -> timedelta | None:
    expires, date = _http_date(headers.get("expires", "")), _http_date(headers.get("date", ""))
    return expires - date if expires and date else None


def _seconds(value: str) -> timedelta | None:
    # Ten digits are three centuries; more would overflow.
    return timedelta(seconds=int(value[:10])) if value.isascii() and value.isdigit() else None


def _http_date(value: str) -> datetime | None:
    if not value:
        return None
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, IndexError, OverflowError):
        return None
