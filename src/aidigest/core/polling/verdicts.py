"""What a poll's answer is worth: nothing is wrong with it, or which kind of trouble it is."""

from aidigest.core.counting import counted
from aidigest.core.feeds.feed import (
    Answer,
    Blocked,
    Failed,
    Fresh,
    Gone,
    NotModified,
    Throttled,
    Trouble,
)
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.errors import ParseError


def problem_with(
    answer: Answer, parsed: ParsedFeed | ParseError | None
) -> tuple[Trouble, str] | None:
    """Return what was wrong with the answer, its kind and a few words, or None."""
    match answer:
        case NotModified():
            return None
        case Fresh():
            return _unreadable(parsed)
        case Gone():
            return Trouble.GONE, "gone for good (410)"
        case Throttled():
            return Trouble.THROTTLED, f"asked to come back later ({answer.status})"
        case Blocked():
            return Trouble.BLOCKED, f"blocked: {answer.reason}"
        case Failed():
            kind = Trouble.UNREACHED if answer.status is None else Trouble.REFUSED
            return kind, answer.reason


def success(answer: Answer, parsed: ParsedFeed | ParseError | None) -> str:
    """Return a few words on an answer that is well."""
    if isinstance(parsed, ParsedFeed):
        return f"read: {counted(len(parsed.entries), 'entry', 'entries')}"
    return "not modified (304)" if isinstance(answer, NotModified) else "the same body as before"


def _unreadable(parsed: ParsedFeed | ParseError | None) -> tuple[Trouble, str] | None:
    if isinstance(parsed, ParseError):
        return Trouble.UNREADABLE, parsed.reason
    if parsed is not None and not parsed.complete:
        entries = counted(len(parsed.entries), "entry", "entries")
        return Trouble.CUT, f"cut short after {entries}"
    return None
