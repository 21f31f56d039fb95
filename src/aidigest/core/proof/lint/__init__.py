"""The linter: what a message's final bytes must be like, before anybody gets it.

The rules are listed in docs/reference/rules.md, by their ids. All of it is arithmetic on
the message: no network, no browser.
"""

from collections.abc import Sequence
from datetime import datetime

from aidigest.core.editions.edition import Edition
from aidigest.core.proof.clients import Support
from aidigest.core.proof.lint.findings import Finding, Level
from aidigest.core.proof.lint.headers import check_header
from aidigest.core.proof.lint.links import check_links
from aidigest.core.proof.lint.mail import Mail
from aidigest.core.proof.lint.mime import check_mime
from aidigest.core.proof.lint.page import check_page
from aidigest.core.proof.lint.styles import check_styles
from aidigest.core.proof.lint.support import check_support

__all__ = ["Finding", "Level", "check_message", "feed_words", "is_fit"]


def check_message(
    raw: bytes,
    *,
    now: datetime,
    quoted: Sequence[str] = (),
    support: Support | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong with a message, the worst first.

    Args:
        raw: Its final bytes.
        now: When it is sent, or would be.
        quoted: What feeds wrote, see `feed_words`: it may hold braces, or the word None.
        support: What mail clients can do; left out, nothing is said of it.
    """
    mail = Mail(raw=raw, quoted=quoted)
    found = [
        *check_header(mail, now=now),
        *check_mime(mail),
        *(check_links(mail) if mail.html.strip() else ()),
        *check_page(mail),
        *check_styles(mail),
        *(check_support(mail, support) if support else ()),
    ]
    order = list(Level)
    return tuple(sorted(found, key=lambda one: order.index(one.level)))


def is_fit(findings: Sequence[Finding]) -> bool:
    """Say whether a message may be sent."""
    return not any(one.level is Level.ERROR for one in findings)


def feed_words(edition: Edition) -> tuple[str, ...]:
    """Return the words of an edition that are not ours."""
    stories = edition.stories
    return (
        edition.digest_title,
        *(section.title for section in edition.sections),
        *(words for story in stories for words in (story.title, story.summary)),
        *(
            words
            for story in stories
            for entry in story.entries
            for words in (entry.feed, entry.url or "")
        ),
    )
