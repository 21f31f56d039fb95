"""A finding: a rule that a message breaks, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"  #: Readers or their providers would not get what is meant; nothing is sent.
    WARNING = "warning"  #: Some readers get less than they could.
    NOTE = "note"  #: Worth knowing.


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, by the id of its rule in docs/reference/rules.md."""

    rule: str
    level: Level
    what: str


def error(rule: str, what: str) -> Finding:
    """Return a finding that keeps the message from being sent."""
    return Finding(rule=rule, level=Level.ERROR, what=what)


def warning(rule: str, what: str) -> Finding:
    """Return a finding that some readers pay for."""
    return Finding(rule=rule, level=Level.WARNING, what=what)


def note(rule: str, what: str) -> Finding:
    """Return a finding worth knowing."""
    return Finding(rule=rule, level=Level.NOTE, what=what)
