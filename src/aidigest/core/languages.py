"""Languages: how one is written, and whether there are words in it for headings and dates."""

import re
from collections.abc import Sequence

#: The templates are written in it; the words of every other language lie beside them.
SOURCE_LANGUAGE = "en"

#: As `en`, `vi` or `pt-br` (RFC 5646).
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def check_words(language: str, known: Sequence[str]) -> None:
    """Raise ValueError, which says what there is, unless there are words in the language.

    Every country's English has them: what differs is how dates are written.
    """
    is_source = LANGUAGE.fullmatch(language) and language.partition("-")[0] == SOURCE_LANGUAGE
    if not is_source and language not in known:
        raise ValueError(f"there are no words in {language!r}; there is: {', '.join(known)}")
