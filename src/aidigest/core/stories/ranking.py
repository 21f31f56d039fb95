"""How high a story stands: who carries it, how fresh it is, and how much its sources count."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.releases import release
from aidigest.core.stories.relevance import Verdict
from aidigest.core.urls import host

#: News loses half of its standing in this time.
HALF_LIFE = timedelta(hours=18)
#: More outlets than this make no difference.
MOST_OUTLETS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """A story's score, and what it is made of."""

    score: float
    reasons: tuple[str, ...]


def rank(
    entries: Sequence[Entry], *, feeds: Mapping[str, Feed], verdict: Verdict, now: datetime
) -> Rank:
    """Score a story; the higher, the earlier in the edition.

    The score is the product of four parts: outlets (1 for one, half more for
    each doubling), the weight of the best source, freshness (1 for news of
    this minute, half after `HALF_LIFE`) and how surely it is about AI.
    """
    # A project's changelog and its list of releases are one voice, its own.
    outlets = sorted({outlet(one) for one in entries if release(one) is None})
    outlets = outlets or [outlet(entries[0])]
    carried = 1 + 0.5 * math.log2(min(len(outlets), MOST_OUTLETS))
    weight = max((feeds[e.feed_url].weight if e.feed_url in feeds else 1.0) for e in entries)
    newest = max(min(entry.published_at, entry.first_seen_at) for entry in entries)
    age = max(now - newest, timedelta())
    freshness = 0.5 ** (age / HALF_LIFE)
    return Rank(
        score=round(carried * weight * freshness * verdict.score, 6),
        reasons=(
            f"carried by {', '.join(outlets[:MOST_OUTLETS])}: {carried:.2f}",
            f"weight of the best source: {weight:.2f}",
            f"{age / timedelta(hours=1):.0f} hours old: {freshness:.2f}",
            f"about AI: {verdict.score:.2f}",
        ),
    )


def outlet(entry: Entry) -> str:
    """Return who published an entry: its page's host without `www.`, else its feed's title."""
    return host(entry.url or "").removeprefix("www.") or entry.feed_title
