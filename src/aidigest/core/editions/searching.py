"""Searching by words: how text and questions are brought into one form."""

import re
import unicodedata

#: A question of more words, or of longer ones, finds nothing more.
_MOST_WORDS = 8
_LONGEST_WORD = 40

_WORD = re.compile(r"\w+(?:[.'-]\w+)*")


def searchable(*texts: str) -> str:
    """Return the texts in the form in which words are looked for.

    Diacritics stay: in Vietnamese they are half of the word.
    """
    return " ".join(_plain(" ".join(texts)).split())


def asked_words(question: str) -> tuple[str, ...]:
    """Return the words of a question, each once, as `searchable` has them."""
    words = (found[0][:_LONGEST_WORD] for found in _WORD.finditer(_plain(question)))
    return tuple(dict.fromkeys(words))[:_MOST_WORDS]


def _plain(text: str) -> str:
    # A database may take no zero bytes, and no half of a surrogate pair.
    sound = text.replace("\x00", " ").encode(errors="replace").decode()
    return unicodedata.normalize("NFC", sound).casefold()
