"""Reads the text of an article's page, under the same rules as feeds are fetched."""

from collections.abc import Callable

from aidigest.adapters.fetch import HttpFetcher
from aidigest.core.feeds.feed import FetchRequest, Fresh, Moved
from aidigest.core.text import plain_text
from aidigest.errors import Problem, SettingsError

#: So much of a page is given to trafilatura, whose time grows with the square of the elements and
#: which nothing can interrupt: 900 KB of short paragraphs took half a minute, so many tags take
#: less than a second. News pages have half of that, and the article stands before their footers.
_MOST_BYTES = 1_000_000
_MOST_TAGS = 10_000

_STOPS = (".", "!", "?", "\u201d", '"', "\u00bb")


class Articles:
    """The ArticleReader of the steps.

    Args:
        fetcher: Makes the requests: deadline, size limit, no private addresses.

    Raises:
        SettingsError: trafilatura, which knows an article from what is around it, is not here.
    """

    def __init__(self, fetcher: HttpFetcher) -> None:
        self._fetcher = fetcher
        self._extract = _extractor()

    def read(self, url: str) -> str:
        """Return the article as plain text on one line, or nothing."""
        answer = self._fetcher.fetch(FetchRequest(url=url))
        if isinstance(answer, Moved):
            answer = answer.answer
        if not isinstance(answer, Fresh):
            return ""
        lines = (self._extract(_beginning(answer.body)) or "").splitlines()
        # Headings and captions stand in lines of their own, without a stop.
        return plain_text(" ".join(line for line in lines if line.rstrip().endswith(_STOPS)))


def _beginning(page: bytes) -> bytes:
    return b"<".join(page[:_MOST_BYTES].split(b"<", _MOST_TAGS)[:_MOST_TAGS])


def _extractor() -> Callable[[bytes], str | None]:
    try:
        from trafilatura import extract  # noqa: PLC0415 - It comes with the extra.
    except ImportError as error:
        what = "needs trafilatura: pip install 'aidigest[articles]'"
        where = "config/aidigest.toml: fetch.read_articles"
        raise SettingsError((Problem(where=where, what=what),)) from error

    def text(body: bytes) -> str | None:
        found: str | None = extract(body, include_comments=False, include_tables=False)
        return found

    return text
