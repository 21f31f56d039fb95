"""Where AI is named in passing only: last in a list, or in what the times are called."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from aidigest.core.stories.words import holds_any

_NAMES = (
    r"(?:AI|A\.I\.|ChatGPT|(?i:artificial intelligence|chatbots?|robots?|trí tuệ nhân tạo"
    r"|trợ lý ảo))(?:\s\(AI\))?(?!\w)"
)
#: "in the age of AI", "trong kỷ nguyên AI"; "the age of AI agents" names a matter of its own.
_TIMES = re.compile(
    r"(?:\b(?:in|for|into|of|amid|during|trong|ở|giữa)\s)?(?:(?:the|an|this|our)\s)?"
    r"(?:\b(?i:age|era)\sof\s(?:the\s|\w+\sand\s)?(?:AI|A\.I\.|(?i:artificial intelligence))(?!\w)"
    r"|\bAI[ -](?i:age|era)\b"
    r"|\b(?i:k[ỷỉ] nguyên|thời đại|thời buổi|thời)\s"
    r"(?:(?:của|công nghệ|bùng nổ|(?:\w+\s){1,3}và)\s)?"
    r"(?:AI|(?i:trí tuệ nhân tạo)(?:\s\(AI\))?)(?!\w))"
    r"(?!\s(?:agents?|models?|governance|assistants?|tools?|chips?|chatbots?|slop|tạo sinh))"
)
#: The end of a list. Only such items are short that one more of them says nothing.
_LAST = re.compile(
    rf",?\s(?P<joint>and|or|even|và|hoặc|hay|thậm chí|lẫn|cả)"
    rf"(?:,\s(?:[\w-]+\s){{0,2}}[\w-]+,)?(?:\s[\w-]+){{0,4}}?\s{_NAMES}"
    r"(?=\s*(?:[,.;!?)\u2026]|\Z)|\s(?:to|để)\s)"
)
#: Or its beginning and middle, where it goes on with "or": "AI, gold or bets".
_AMONG = re.compile(
    rf"(?:,\s)?(?<!\w){_NAMES},\s[^,.;:!?]{{1,60}}(?:,\s[^,.;:!?]{{1,60}}){{0,5}}?,?"
    r"\s(?:or|hoặc|hay)\s"
)
#: Without one of these none goes on so.
_AMONG_WORDS = ("AI,", "I.,", "AI),", "GPT,", "igence,", "IGENCE,", "bot,", "bots,", "tạo,", "ảo,")
#: Or where it is one of a range, "từ vỏ tôm, AI truy xuất đến bản đồ", or of examples that
#: trail off, "như loa, AI thông minh…".
_BETWEEN = re.compile(
    rf",\s{_NAMES}(?:\s[\w-]+){{0,5}}?(?:(?=\s(?P<range>đến|tới)\s)|\s?(?:\u2026|\.\.\.))"
)
#: How the two begin; "từ hôm nay, AI ..." begins none.
_RANGE = re.compile(r"(?:\s|\A)từ\s(?!hôm|ngày|tháng|năm|đầu|cuối|giữa|khi|lúc|đó|nay|\d)")
_EXAMPLES = re.compile(r"(?:\s|\A)(?:như|gồm|such as|like|including)[\s:]", re.IGNORECASE)
_STOPS = ".;:!?"
#: "Chips, clouds and AI" is what a company sells; "X, Y, Z and AI" are examples, and so are
#: "X, Y or AI".
_LEAST_COMMAS = {"and": 2, "và": 2}
#: A shorter summary does not show what a headline is about.
_LEAST_SUMMARY = 40
#: Without one of these no times are spoken of.
_TIMES_WORDS = (
    "age of", "Age of", "Age Of", "AGE OF", "era of", "Era of", "Era Of", "ERA OF",
    "AI age", "AI Age", "AI-age", "AI AGE", "AI era", "AI Era", "AI-era", "AI ERA",
    "nguyên", "hời ",
)  # fmt: skip


class Passing(NamedTuple):
    """A headline and its summary without what is named in passing."""

    title: str
    summary: str
    phrase: str  #: The first phrase that was taken out; empty where none was.


def without_passing(title: str, summary: str) -> Passing:
    """Take out what names AI in passing.

    A list in a headline says what it is about, and so do the times there
    unless a summary tells more and does not speak of them again.
    """
    taken: list[str] = []
    in_title, in_summary = _times_in(title), _times_in(summary)
    if not in_title:
        summary = _without(in_summary, summary, taken)
    elif not in_summary and len(summary) >= _LEAST_SUMMARY:
        title = _without(in_title, title, taken)
    summary = _without_lists(summary, taken)
    return Passing(title, summary, taken[0] if taken else "")


def may_name_times(text: str) -> bool:
    """Say whether a text may speak of an age or an era: a quick look."""
    return holds_any(text, _TIMES_WORDS)


def _times_in(text: str) -> list[re.Match[str]]:
    return list(_TIMES.finditer(text)) if may_name_times(text) else []


def _without(found: Sequence[re.Match[str]], text: str, taken: list[str]) -> str:
    taken += [one[0].strip(" ,") for one in found]
    for one in reversed(found):
        text = text[: one.start()] + text[one.end() :]
    return text


def _without_lists(text: str, taken: list[str]) -> str:
    if "," not in text:
        return text
    ends = [found for found in _LAST.finditer(text) if _ends_list(text, found)]
    text = _without(ends, text, taken)
    between = [found for found in _BETWEEN.finditer(text) if _is_between(text, found)]
    text = _without(between, text, taken)
    among = list(_AMONG.finditer(text)) if holds_any(text, _AMONG_WORDS) else []
    return _without(among, text, taken)


def _ends_list(text: str, found: re.Match[str]) -> bool:
    """Say whether enough items stand before, in the same sentence."""
    begins = max(text.rfind(stop, 0, found.start()) for stop in _STOPS)
    commas = text.count(",", begins + 1, found.start() + 1)
    return commas >= _LEAST_COMMAS.get(found["joint"], 1)


def _is_between(text: str, found: re.Match[str]) -> bool:
    """Say whether a range, or a row of examples, has begun in the same sentence."""
    begins = max(text.rfind(stop, 0, found.start()) for stop in ".;!?")
    before = text[begins + 1 : found.start()]
    return (_RANGE if found["range"] else _EXAMPLES).search(before) is not None
