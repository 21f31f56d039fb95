"""What a story says: its headline and its summary, in the sources' own words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.boilerplate import (
    bids_reader,
    clean_headline,
    clean_text,
    is_boilerplate,
    leans_back,
    without_headline,
    without_paper,
)
from aidigest.core.stories.papers import tells_deed
from aidigest.core.stories.releases import named
from aidigest.core.stories.words import informative
from aidigest.core.text import sentences

#: Longer summaries are not read in a list of thirty.
SUMMARY_LENGTH = 280
#: Shorter sentences say nothing by themselves.
_LEAST_SENTENCE = 40
#: After a short one, the next may be a little shorter.
_LEAST_NEXT = 30
#: With fewer informative words a sentence does not even open a summary, nor a headline tell much.
_LEAST_WORDS = 3
#: Feeds cut at 200 characters or more; a lone sentence below that just lacks its stop.
_SURELY_UNCUT = 190
#: Programs cut at 100 or 150 characters, people do not.
_CUT_AT = 50
#: A sentence that takes more of its words from the headline only repeats it.
_REPEATS = 0.8
#: Longer headlines are first sentences.
_LONGEST_HEADLINE = 140
#: Papers say within so many sentences what they do.
_MOST_BACKGROUND = 8
_SHOUTED = 0.6

_CUT = re.compile(r"(?:\.{3,}|…|\[(?:…|\.{3}|\+\d+ chars)\]|»)\s*\Z")
_WHOLE = re.compile(r"[.!?][\"'\u201d\u2019»)\]]*\Z")
#: A sentence that ends so was cut, however short it is.
_DANGLES = (" since", " and", " or", " the", " a", " of", " which", " và", " của", " các", " hoặc")
#: Somebody speaks of himself: what is quoted stays so.
_SPEAKS = re.compile(r"\b(?:I|I['\u2019]\w+|[Ww]e|[Mm]y|[Oo]ur|[Tt]ôi|[Mm]ình)\b")
_QUOTED = re.compile(r"[\"\u201c\u201d]")
#: A question tells no news.
_ASKS = re.compile(r"\?[\"'\u201d\u2019»)\]]*\Z")
#: Who is quoted, but not what with.
_QUOTES = re.compile(r"(?:Quoting|QUOTING) [A-Z]")
_OPENING = "\"'\u201c\u2018«("


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A story as its sources in one language tell it."""

    lead: Entry  #: Its headline and address stand for the story.
    title: str
    summary: str  #: Empty where no source has a sentence fit for it.


def tell(entries: Sequence[Entry], *, feeds: Mapping[str, Feed], language: str) -> Telling:
    """Return the story in a language if a source writes it, else as the best source tells it.

    The arguments are those of `choose_lead`.
    """
    lead = choose_lead(entries, feeds=feeds, language=language)
    title = clean_headline(lead.title, lead.feed_title)
    summary = summarise(entries, lead=lead, title=title)
    return Telling(lead=lead, title=named(title, lead.feed_title), summary=summary)


def choose_lead(entries: Sequence[Entry], *, feeds: Mapping[str, Feed], language: str) -> Entry:
    """Return the entry whose headline stands for the story.

    Only the digest's language is looked at where a source writes it. Then the
    headline counts that has most in common with the others, the weight of its
    source, whether there is a summary, and its form; of equals, the earliest.

    Args:
        entries: The story's, oldest first; not empty.
        feeds: Every known feed by its address.
        language: The digest's.
    """
    mine = [entry for entry in entries if entry.language.startswith(language)] or list(entries)
    if len(mine) == 1:
        return mine[0]
    bags = [frozenset(informative(clean_headline(entry.title))) for entry in mine]

    def merit(place: int) -> float:
        entry = mine[place]
        others = [_overlap(bags[place], bag) for i, bag in enumerate(bags) if i != place]
        central = sum(others) / len(others) if others else 0.0
        feed = feeds.get(entry.feed_url)
        weight = feed.weight if feed else 1.0
        return central + 0.25 * weight + 0.2 * bool(entry.summary) - _clumsiness(entry.title)

    return mine[max(range(len(mine)), key=lambda place: (merit(place), -place))]


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / max(1, len(one) + len(other) - shared)


def _clumsiness(title: str) -> float:
    """Return how much a headline's form speaks against it."""
    letters = [letter for letter in title if letter.isalpha()]
    flaws = (
        sum(map(str.isupper, letters)) > _SHOUTED * len(letters),
        title.endswith("?"),
        len(title) > _LONGEST_HEADLINE,
        _CUT.search(title) is not None,
        len(informative(clean_headline(title))) < _LEAST_WORDS,
        _QUOTES.match(title) is not None,
    )
    return 0.2 * sum(flaws)


def summarise(entries: Sequence[Entry], *, lead: Entry, title: str) -> str:
    """Return one or two whole sentences of a source, at most 280 characters, or nothing.

    The lead's own summary goes first, then the others' in its language. A
    sentence that repeats the headline, is cut off, or is boilerplate is worse
    than none.
    """
    others = (e for e in entries if e.id != lead.id and e.language == lead.language)
    found = (extract(entry.summary, title) for entry in (lead, *others))
    return next((summary for summary in found if summary), "")


def extract(summary: str, title: str) -> str:
    """Return the first good sentence of a summary, with the next where both fit, verbatim."""
    return _without_lone_quote(_first_good(summary, title))


def _without_lone_quote(text: str) -> str:
    """Drop a quotation mark whose other one stood around more than these sentences."""
    if len(_QUOTED.findall(text)) != 1 or _SPEAKS.search(text):
        return text
    return text[1:] if _QUOTED.match(text) else text[:-1] if _QUOTED.match(text[-1]) else text


def _first_good(summary: str, title: str) -> str:
    text = without_headline(without_paper(clean_text(summary)), title)
    found = _from_deed(_whole_sentences(text), title)
    if _is_bid_before_news(found, title):
        found = found[1:]
    # What comes after two sentences that will not do leans on them.
    for place, sentence in enumerate(found[:2]):
        following = found[place + 1] if place + 1 < len(found) else ""
        both = f"{sentence} {following}"
        goes_on = both in text and _may_follow(following, both)
        if _is_good(sentence, title):
            return both if goes_on else sentence
        if not (is_boilerplate(sentence) or _repeats(sentence, title) or _ASKS.search(sentence)):
            opens = place == 0 and goes_on and _opens(sentence, following)
            return both if opens and _is_good(both, title) else ""
    return ""


def _from_deed(found: list[str], title: str) -> list[str]:
    """Leave out what a paper says of its field before it says what it does."""
    for place, sentence in enumerate(found[:_MOST_BACKGROUND]):
        if tells_deed(sentence) and _is_good(sentence, title):
            return found[place:]
    return found


def _is_bid_before_news(found: Sequence[str], title: str) -> bool:
    """Say whether the first sentence only bids the reader, and the second says something."""
    first, second = (*found, "", "")[:2]
    # "We walk through ..." goes on with what the bid has promised.
    says_more = not bids_reader(second) and not second.startswith("We ")
    return bids_reader(first) and says_more and _is_good(second, title)


def _opens(sentence: str, following: str) -> bool:
    """Say whether a sentence too short by itself says enough with the one after it.

    "Exciting news!" does not, nor does what only a few words follow.
    """
    is_short = len(sentence) < _LEAST_SENTENCE and len(following) >= _LEAST_NEXT
    return is_short and len(informative(sentence)) >= _LEAST_WORDS


def _may_follow(sentence: str, both: str) -> bool:
    return (
        sentence != ""
        and len(both) <= SUMMARY_LENGTH
        and not is_boilerplate(sentence)
        and not bids_reader(sentence)
        and not _ASKS.search(sentence)
        and _is_balanced(sentence)
    )


def _whole_sentences(text: str) -> list[str]:
    found = list(sentences(text))
    if found and not _WHOLE.search(found[-1]):
        last = found.pop()
        is_cut = _CUT.search(last) or last.endswith(_DANGLES) or len(last) % _CUT_AT == 0
        if not found and not is_cut and len(last) <= _SURELY_UNCUT:
            found.append(last)
    return [sentence for sentence in found if not _CUT.search(sentence)]


def _is_good(sentence: str, title: str) -> bool:
    return (
        _LEAST_SENTENCE <= len(sentence) <= SUMMARY_LENGTH
        and not is_boilerplate(sentence)
        # "This paper" is the one that the headline names.
        and (tells_deed(sentence) or not leans_back(sentence))
        and not _ASKS.search(sentence)
        and (sentence[0].isupper() or sentence[0].isdigit() or sentence[0] in _OPENING)
        and _is_balanced(sentence)
        and not _repeats(sentence, title)
    )


def _is_balanced(sentence: str) -> bool:
    """Say whether every bracket that opens closes: else the sentence was cut in one."""
    return sum(map(sentence.count, "[(")) == sum(map(sentence.count, "])"))


def _repeats(sentence: str, title: str) -> bool:
    mine, its = frozenset(informative(sentence)), frozenset(informative(title))
    return not mine or len(mine & its) >= _REPEATS * len(mine)
