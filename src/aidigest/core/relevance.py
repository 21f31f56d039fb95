"""Is an entry about AI? Weighted cues in title and summary, with the reasons."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aidigest.core.adverts import advert_in
from aidigest.core.entries import Entry
from aidigest.core.feeds import About, Feed
from aidigest.core.lexicon import Lexicon
from aidigest.core.text import guess_language

#: From this score on, an entry is AI news.
THRESHOLD = 0.5

#: A cue in the summary may be in passing; in the title it is the subject.
_SUMMARY_SHARE = 0.7
#: What stands later in a long summary is background.
_SUMMARY_LENGTH = 500
#: A Vietnamese headline with more capitals than this is shouted: `AI` in it may be `ai`, who.
_SHOUTED = 0.7
#: Headlines of fewer words than these are names, not shouting.
_FEW_WORDS = 2

#: Companies wear it as an ending: two letters or more, and then `AI`.
_NAMED_AI = re.compile(r"\b[A-Z]\w*[a-z]\w*AI\b")
#: The place of "the word itself" among the lists of the lexicon.
_THE_WORD = 0


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


def _judge_text(title: str, summary: str) -> Verdict:
    cues, lexicon = _cues()
    in_title, in_summary = _found(lexicon, title), _found(lexicon, summary)
    doubt, reasons = 1.0, []
    for number, cue in enumerate(cues):
        word = in_title.get(2 * number) or in_summary.get(2 * number)
        if word is None:
            continue
        trap = in_title.get(2 * number + 1) or in_summary.get(2 * number + 1)
        if trap is not None:
            reasons.append(f'not "{word}", because of "{trap}"')
            continue
        is_subject = 2 * number in in_title
        doubt *= 1 - cue.weight * (1 if is_subject else _SUMMARY_SHARE)
        reasons.append(f'"{word}" in the {"title" if is_subject else "summary"} ({cue.name})')
    score = round(1 - doubt, 3)
    return Verdict(is_ai=score >= THRESHOLD, score=score, reasons=tuple(reasons))


def _found(lexicon: Lexicon, text: str) -> dict[int, str]:
    """Return the first word found of each list of the lexicon, by the list's number."""
    phrases = list(lexicon.find(text))
    if any(phrase.is_exact for phrase, _ in phrases) and _is_shouted_vietnamese(text):
        phrases = [(phrase, words) for phrase, words in phrases if not phrase.is_exact]
    found = dict[int, str]()
    for phrase, words in phrases:
        found.setdefault(phrase.group, words)
    named = _NAMED_AI.search(text)
    if named:
        found.setdefault(_THE_WORD, named[0])
    return found


def _is_shouted_vietnamese(text: str) -> bool:
    if guess_language(text, "en") != "vi":
        return False
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    return len(text.split()) > _FEW_WORDS and capitals > _SHOUTED * len(letters)


@dataclass(frozen=True, slots=True)
class _Cue:
    """A table of `relevance_cues.toml`."""

    name: str
    weight: float


@cache
def _cues() -> tuple[tuple[_Cue, ...], Lexicon]:
    """Return the cues, and a lexicon of their words (even lists) and their traps (odd lists)."""
    text = files("aidigest.core").joinpath("relevance_cues.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)["cues"]
    lists = (words for table in tables for words in (table["words"], table.get("unless", ())))
    return tuple(_Cue(table["name"], table["weight"]) for table in tables), Lexicon(lists)
