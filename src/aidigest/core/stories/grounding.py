"""Is a summary that a language model wrote true to its sources, as far as one can check?

Every number, name and quotation in it must occur in them; a summary that passes may still
miss the point, but it cannot bring in a figure or a person that no source has.
"""

import re
from collections.abc import Sequence

from aidigest.core.stories.boilerplate import is_boilerplate
from aidigest.core.stories.words import bare_words, is_informative
from aidigest.core.text import sentences

#: As `wording.SUMMARY_LENGTH`: longer ones are not read in a list of thirty.
MOST_CHARACTERS = 280
MOST_SENTENCES = 2

_QUOTED = re.compile(
    r"[\"\u201c\u201e\u00ab]([^\"\u201c\u201d\u201e\u00ab\u00bb]+)[\"\u201d\u00bb]"
)
_END = re.compile(r"[.!?…][\"'\u201d\u2019»)\]]*\Z")


def ungrounded(summary: str, sources: Sequence[str]) -> str:
    """Return why a summary must not be used, or nothing.

    Args:
        summary: Plain text, one line.
        sources: Titles and summaries of the story's entries, as plain text.
    """
    return _badly_formed(summary) or _not_in(summary, " ".join(sources))


def _badly_formed(summary: str) -> str:
    found = sentences(summary)
    if not summary or _END.search(summary) is None:
        return "it is no whole sentence"
    if len(summary) > MOST_CHARACTERS or len(found) > MOST_SENTENCES:
        return f"it is longer than {MOST_SENTENCES} sentences of {MOST_CHARACTERS} characters"
    return "it is boilerplate" if any(map(is_boilerplate, found)) else ""


def _not_in(summary: str, told: str) -> str:
    for quotation in _QUOTED.findall(summary):
        if _plain(quotation) not in _plain(told):
            return f'no source says "{quotation}"'
    known = {_bare(word) for word in bare_words(told)}
    for sentence in sentences(summary):
        for place, word in enumerate(bare_words(sentence)):
            if word[0].isdigit() and _bare(word) not in known:
                return f"no source has the number {word}"
            is_name = word[0].isupper() and (place > 0 or not _is_everyday(word))
            if is_name and _bare(word) not in known:
                return f"no source has the name {word}"
    return ""


def _is_everyday(word: str) -> bool:
    """Whether a capital may be that of the sentence: no other letter of the word has one."""
    return not is_informative(word.lower()) or word[1:] == word[1:].lower()


def _bare(word: str) -> str:
    return word.lower().replace(",", ".").rstrip("%")


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .,")
