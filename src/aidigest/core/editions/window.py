"""The window: which entries are new for an edition."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aidigest.core.feeds.entry import Entry

#: How far back a digest's first edition looks.
FIRST_WINDOW = timedelta(hours=36)

#: How far back any edition looks, however long the machine was down.
LONGEST_WINDOW = timedelta(days=7)

#: An entry may be stored so long after the time that it bears. A poll notes the time and then
#: commits, for which it waits half a minute at most; the rest is for machines whose clocks differ.
LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What an edition was chosen from, as far as the next one has to know."""

    made_at: datetime
    entry_ids: frozenset[str] | None  #: As `to_remember` has them; None: nobody noted them.


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From where an edition takes its entries."""

    since: datetime  #: When the edition before it was made, or as far back as one looks.
    opens_at: datetime  #: Earlier than that, if what that edition weighed is known.
    weighed: frozenset[str] = frozenset()

    def is_new(self, entry: Entry) -> bool:
        """Whether no edition before can have weighed the entry."""
        return entry.first_seen_at > self.opens_at and entry.id not in self.weighed


def window_after(before: Weighed | None, *, now: datetime) -> Window:
    """Return the window of an edition that is made now.

    It overlaps the one before by `LATE`, less what that edition weighed: so what was stored
    only after it was made is news, and what it left over is none.

    Args:
        before: What the digest's edition before was chosen from, if there is one.
        now: When this one is made.
    """
    if before is None:
        return Window(since=now - FIRST_WINDOW, opens_at=now - FIRST_WINDOW)
    since = max(before.made_at, now - LONGEST_WINDOW)
    if before.entry_ids is None:
        return Window(since=since, opens_at=since)
    opens_at = max(before.made_at - LATE, now - LONGEST_WINDOW)
    return Window(since=since, opens_at=opens_at, weighed=before.entry_ids)


def to_remember(entries: Iterable[Entry], *, made_at: datetime) -> frozenset[str]:
    """Return the ids of those weighed entries that the next edition would take for new.

    Args:
        entries: All that were read for an edition.
        made_at: When it was made.
    """
    return frozenset(one.id for one in entries if one.first_seen_at > made_at - LATE)
