"""What a server's response means: status and headers become a value (RFC 9110, section 15)."""

import re
from collections.abc import Mapping

from aidigest.core.feeds.bodies import html_title
from aidigest.core.feeds.feed import (
    Answer,
    Blocked,
    Failed,
    Fresh,
    Gone,
    NotModified,
    Throttled,
    Validators,
)
from aidigest.core.headers import clean

#: What walls against robots call their pages.
_WALLS = re.compile(
    r"just a moment|attention required|access denied|are you (?:a )?(?:human|robot)"
    r"|checking your browser|verify(?:ing)? (?:that )?you are human|security check|captcha"
    r"|pardner|ddos.guard|request blocked",
    re.IGNORECASE,
)


def answer_of(
    status: int, headers: Mapping[str, str], body: bytes, *, url: str, was_conditional: bool
) -> Answer:
    """Return what a response means.

    Args:
        status: The last one, after redirects.
        headers: Names in lower case.
        body: Unpacked; only that of a 200 counts.
        url: The address that answered.
        was_conditional: Whether validators were sent; only then may there be a 304.
    """
    told = dict(headers)
    match status:
        case 200:
            wall = _wall(status, headers, body)
            return Blocked(reason=wall, headers=told) if wall else _fresh(told, body, url)
        case 304 if was_conditional:
            return NotModified(headers=told)
        case 410:
            return Gone(headers=told)
        case 429 | 503:
            return Throttled(status=status, headers=told)
        case 403 if wall := _wall(status, headers, body):
            return Blocked(reason=wall, headers=told)
        case _:
            return Failed(reason=f"status {status}", status=status, headers=told)


def _fresh(headers: dict[str, str], body: bytes, url: str) -> Fresh:
    given = Validators(etag=headers.get("etag"), last_modified=headers.get("last-modified"))
    return Fresh(body=body, url=url, validators=given, headers=headers)


def _wall(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    if headers.get("cf-mitigated") == "challenge":
        return f"a wall against robots ({status})"
    title = html_title(body) if body else None
    if title and _WALLS.search(title):
        return f"a wall against robots ({status}): {clean(title)[:80]}"
    return None
