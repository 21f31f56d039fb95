"""Discover: an address, of a feed or of a page, is asked for the feed behind it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from aidigest.core.feeds.bodies import html_title
from aidigest.core.feeds.discovery import FeedLink, feed_address, feed_links
from aidigest.core.feeds.entry import sort_out
from aidigest.core.feeds.feed import (
    Failed,
    Feed,
    FeedState,
    FetchRequest,
    FetchResult,
    Fresh,
    Gone,
    Moved,
    Validators,
    answer_in,
)
from aidigest.core.feeds.parsed import ParsedFeed
from aidigest.core.polling.history import Polled, PollRecord, after_poll
from aidigest.core.polling.sites import site_of
from aidigest.core.polling.verdicts import problem_with
from aidigest.errors import FeedError, ParseError
from aidigest.steps.ports import FeedStore, Fetcher, Parser

_404 = 404
_NOTHING_THERE = "nothing is there; give the address of the site, and its feed is looked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A feed that was found, with what it answered."""

    url: str
    result: FetchResult
    parsed: ParsedFeed
    others: tuple[FeedLink, ...] = ()  #: What else the page offers.

    @property
    def language(self) -> str | None:
        """What most of its entries are written in; None where it has none."""
        counts = Counter(entry.language for entry in self.parsed.entries)
        return max(counts, key=counts.__getitem__) if counts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCheck:
    """What a trial came to."""

    feed: Feed
    problem: str | None  #: What is wrong, if anything.
    entries: int | None = None  #: How many it holds; None where it has not changed.


def discover(url: str, *, language: str, fetcher: Fetcher, parser: Parser) -> Discovered:
    """Find the feed at an address, or behind the page there, with as few requests as can be.

    Args:
        url: Of a feed, or of a page that names its feeds.
        language: What the feed is in, for its dates.
        fetcher: Makes one request, or two where there is a page first.
        parser: Reads what they bring.

    Raises:
        FeedError: There is none.
    """
    asked = feed_address(url) or url
    result = fetcher.fetch(FetchRequest(url=asked))
    answer = _fresh(url, result)
    links = _links(answer)
    if not links:
        return _found(asked, result, language, parser)
    first, *others = links
    behind = fetcher.fetch(FetchRequest(url=first.url))
    _fresh(first.url, behind)
    found = _found(first.url, behind, language, parser)
    return Discovered(url=found.url, result=found.result, parsed=found.parsed, others=tuple(others))


def propose(state: FeedState, *, fetcher: Fetcher) -> str | None:
    """Ask a dead feed's own site where its feed is now; None where it does not say."""
    if state.site_url is None:
        return None
    answer = answer_in(fetcher.fetch(FetchRequest(url=state.site_url)))
    links = _links(answer) if isinstance(answer, Fresh) else ()
    return next((link.url for link in links if link.url != state.address), None)


def check_feeds(
    feeds: Sequence[Feed],
    *,
    states: Mapping[str, FeedState],
    fetcher: Fetcher,
    parser: Parser,
    workers: int,
) -> list[FeedCheck]:
    """Ask each feed once, as a trial; nothing is stored, and a site gets one request at a time."""
    by_site: dict[str, list[Feed]] = {}
    for feed in feeds:
        by_site.setdefault(site_of(feed.url), []).append(feed)

    def check_site(some: list[Feed]) -> list[FeedCheck]:
        return [_check(feed, states.get(feed.url), fetcher, parser) for feed in some]

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="check") as pool:
        checks = pool.map(check_site, by_site.values())
        found = {one.feed.url: one for some in checks for one in some}
    return [found[feed.url] for feed in feeds]


def first_poll(
    feed: Feed,
    found: Discovered,
    *,
    store: FeedStore,
    cutoffs: Sequence[datetime],
    now: datetime,
) -> int:
    """Store what discovering a feed brought, as its first poll; return how much of it is news."""
    state = FeedState(url=feed.url)
    arrivals = sort_out(feed, found.parsed, known=(), state=state, now=now)
    polled = Polled(result=answer_in(found.result), parsed=found.parsed, arrivals=arrivals)
    after = after_poll(state, polled, cutoffs=cutoffs, now=now)
    store.record_polls([PollRecord(state=after, arrivals=arrivals)])
    return arrivals.news


def _fresh(url: str, result: FetchResult) -> Fresh:
    answer = answer_in(result)
    if isinstance(answer, Fresh):
        return answer
    problem = problem_with(answer, None)
    words = problem[1] if problem else "it answered 304 to a first request"
    is_missing = isinstance(answer, Gone) or (isinstance(answer, Failed) and answer.status == _404)
    hint = f"; {_NOTHING_THERE}" if is_missing else ""
    raise FeedError(url, f"{words}{hint}")


def _check(feed: Feed, state: FeedState | None, fetcher: Fetcher, parser: Parser) -> FeedCheck:
    known = state.validators if state is not None else Validators()
    answer = answer_in(fetcher.fetch(FetchRequest(url=feed.url, validators=known)))
    parsed = _parsed(feed, answer, parser) if isinstance(answer, Fresh) else None
    problem = problem_with(answer, parsed)
    entries = len(parsed.entries) if isinstance(parsed, ParsedFeed) else None
    return FeedCheck(feed=feed, problem=problem[1] if problem else None, entries=entries)


def _links(answer: Fresh) -> tuple[FeedLink, ...]:
    if html_title(answer.body) is None:
        return ()
    return feed_links(answer.body.decode(errors="replace"), base=answer.url)


def _found(url: str, result: FetchResult, language: str, parser: Parser) -> Discovered:
    # Whoever adds a feed is told its lasting address, not where today's redirect ends.
    lasting = result.url if isinstance(result, Moved) else url
    parsed = _parsed(Feed(url=lasting, language=language), _fresh(url, result), parser)
    if isinstance(parsed, ParseError):
        hint = "look there for a link that says RSS or Atom"
        raise FeedError(url, f"{parsed.reason}; it names no feed either: {hint}") from parsed
    return Discovered(url=lasting, result=result, parsed=parsed)


def _parsed(feed: Feed, answer: Fresh, parser: Parser) -> ParsedFeed | ParseError:
    try:
        return parser.parse(answer.body, feed=feed, headers=answer.headers, url=answer.url)
    except ParseError as error:
        return error
