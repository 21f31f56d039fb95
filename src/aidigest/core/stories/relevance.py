"""Is an entry about AI? Weighted cues in title and summary, with the reasons."""

from dataclasses import dataclass, replace
from functools import lru_cache

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import About, Feed
from aidigest.core.stories.adverts import advert_in
from aidigest.core.stories.cues import Cue, Found, all_cues, private_deed
from aidigest.core.stories.passing import may_name_times, without_passing

#: From this score on, an entry is AI news.
THRESHOLD = 0.5

#: A cue in the summary may be in passing; in the title it is the subject.
_SUMMARY_SHARE = 0.7
#: What stands later in a summary is rather the background.
_LATER_SHARE = 0.5
#: So many words of a summary say what it is about; ...
_FIRST_WORDS = 45
#: ... and what stands beyond so many characters is background.
_SUMMARY_LENGTH = 500
#: What words that only side with others may bring at most: all of them together.
_MOST_SUPPORT = 0.3
#: A cue of less weight than this is so vague that support brings only the half.
_VAGUE = 0.4
#: A common noun at the beginning may be just that: "Runway lights fail".
_UNCLEAR_SHARE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether something is about AI, and why."""

    is_ai: bool
    score: float  #: 0 (surely not) to 1 (surely).
    reasons: tuple[str, ...] = ()


def judge(entry: Entry, feed: Feed | None) -> Verdict:
    """Say whether the entry is AI news.

    Args:
        entry: What is judged.
        feed: Its feed; None where it is no longer listed, which counts as mixed.
    """
    advert = advert_in(entry)
    if advert:
        return Verdict(is_ai=False, score=0.0, reasons=(f'an advert: "{advert}"',))
    if feed is not None and feed.about is About.AI:
        return Verdict(is_ai=True, score=1.0, reasons=("everything from this feed is about AI",))
    return _judge_text(entry.title, entry.summary[:_SUMMARY_LENGTH])


@lru_cache(maxsize=32_768)
def _judge_text(title: str, summary: str) -> Verdict:
    """Judge all of it; where the headline alone would not do, without what is in passing too."""
    verdict, is_sure = _weighed(title, summary)
    if not verdict.is_ai or not summary or (is_sure and not may_name_times(title)):
        return verdict
    rest = without_passing(title, summary)
    if not rest.phrase:
        return verdict
    less, _ = _weighed(rest.title, rest.summary)
    reasons = (*less.reasons, f'"{rest.phrase}" is in passing')
    return verdict if less.is_ai else replace(less, reasons=reasons)


def _weighed(title: str, summary: str) -> tuple[Verdict, bool]:
    """Return the verdict on all words, and whether one in the headline would do alone."""
    in_title, in_summary = Found.in_text(title), Found.in_text(summary)
    cues, weighing = all_cues().cues, _Weighing()
    numbers = sorted(in_title.words.keys() | in_summary.words.keys())
    deed = private_deed(title) if any(cues[number].is_owner for number in numbers) else None
    for number in numbers:
        cue = cues[number]
        word, share, place = _weigh(number, in_title, in_summary)
        trap = in_title.trap(number) or in_summary.trap(number)
        trap = deed if cue.is_owner and trap is None else trap
        if trap is not None:
            weighing.reasons.append(f'not "{word}", because of "{trap}"')
            continue
        if cue.is_common and place == "title" and in_title.is_unclear(number):
            share *= _UNCLEAR_SHARE
        weighing.add(cue, share, is_in_title=place == "title")
        weighing.reasons.append(f'"{word}" in the {place} ({cue.name})')
    return weighing.verdict(), weighing.surest >= THRESHOLD


class _Weighing:
    """Brings together what each cue says; every further one leaves less doubt."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.surest = 0.0  #: What the surest cue of the headline brings alone.
        self._strongest = 0.0
        self._doubt = 1.0
        self._support_doubt = 1.0

    def add(self, cue: Cue, share: float, *, is_in_title: bool) -> None:
        """Take one more cue, that share of its weight."""
        left = 1 - cue.weight * share
        if cue.is_support:
            self._support_doubt *= left
            return
        self._doubt *= left
        self._strongest = max(self._strongest, cue.weight)
        if is_in_title:
            self.surest = max(self.surest, cue.weight * share)

    def verdict(self) -> Verdict:
        """Return what it comes to; words that only side with others say nothing alone."""
        support = min(_MOST_SUPPORT, 1 - self._support_doubt)
        support *= 1.0 if self._strongest >= _VAGUE else 0.5
        score = round(1 - self._doubt * (1 - support), 3) if self._strongest else 0.0
        return Verdict(is_ai=score >= THRESHOLD, score=score, reasons=tuple(self.reasons))


def _weigh(number: int, in_title: Found, in_summary: Found) -> tuple[str, float, str]:
    """Return the word that a cue was found by, how much it counts there, and where that is."""
    if number in in_title.words:
        return in_title.words[number], 1.0, "title"
    is_early = in_summary.places[number] < _FIRST_WORDS
    return in_summary.words[number], _SUMMARY_SHARE if is_early else _LATER_SHARE, "summary"
