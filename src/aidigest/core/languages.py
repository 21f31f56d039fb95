"""Languages: how one is named."""

import re

#: As `en`, `vi` or `pt-br` (RFC 5646).
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def is_language(name: str) -> bool:
    """Say whether a name can be a language's; whether there are words in it is another matter."""
    return _LANGUAGE.fullmatch(name) is not None


def check_language(name: str) -> None:
    """Raise ValueError, which says how to write it, where a name is no language's."""
    if not is_language(name):
        raise ValueError(f"{name!r} is no language; write it as en or vi")
