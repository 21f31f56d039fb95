"""How often something new appears in a feed, and how soon its window overflows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from aidigest.core.feeds.feed import Rhythm

#: So many arrivals are remembered.
_REMEMBERED = 10
#: Fewer say nothing about what is usual.
_ENOUGH = 5
#: A quiet night must not hide how fast a feed is by day.
_LONGEST_GROWTH = 1.5
#: Below this the growth would take for ever; no feed is asked more often anyway.
_SHORTEST_REACH = timedelta(hours=1)
_LONGEST_GAP = timedelta(days=366)


def after_read(
    rhythm: Rhythm,
    dates: Sequence[datetime | None],
    *,
    new: int,
    since: datetime | None,
    now: datetime,
) -> Rhythm:
    """Return the rhythm after a whole document was read.

    Args:
        rhythm: As it was.
        dates: Of all its entries; None where the feed gave none that can be believed.
        new: How many of them were not known.
        since: When the feed was last read; None the first time.
        now: When this document came.
    """
    known = sorted(date for date in dates if date is not None)
    window = len(dates)
    # A tenth may be pinned, or dated by mistake.
    reach = now - known[len(known) // 10] if known else _reach_by_count(window, new, since, now)
    if reach is not None and rhythm.reach is not None:
        reach = min(reach, max(rhythm.reach, _SHORTEST_REACH) * _LONGEST_GROWTH)
    arrivals = rhythm.arrivals
    if new:
        # What a new feed holds came when its latest entry did.
        came = now if since is not None or not known else known[-1]
        arrivals = (*arrivals, min(came, now))[-_REMEMBERED:]
    return Rhythm(
        window=window, reach=reach, arrivals=arrivals, usual_gap=_usual_gap(arrivals, known)
    )


def after_unchanged(rhythm: Rhythm, *, since: datetime | None, now: datetime) -> Rhythm:
    """Return the rhythm after the server said that nothing has changed."""
    if rhythm.reach is not None or since is None:
        return rhythm
    return replace(rhythm, reach=_reach_by_count(rhythm.window, 0, since, now))


def _reach_by_count(
    window: int, new: int, since: datetime | None, now: datetime
) -> timedelta | None:
    """Return how long the window lasts at the pace of the latest entries, without any dates."""
    if since is None or window == 0:
        return None
    # More than a year makes no difference, and a large feed's centuries would overflow.
    return min(now - since, _LONGEST_GAP) * window / max(new, 1)


def _usual_gap(arrivals: Sequence[datetime], dates: Sequence[datetime]) -> timedelta | None:
    moments = arrivals if len(arrivals) >= _ENOUGH else sorted(set(dates))
    if len(moments) < _ENOUGH:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(moments))
    return gaps[len(gaps) // 2]
