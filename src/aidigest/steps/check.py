"""Check: one feed is asked, as a trial; nothing is stored."""

from dataclasses import dataclass

from aidigest.core.feeds import Feed, FetchRequest, Fresh
from aidigest.core.parsing import ParsedFeed
from aidigest.core.polling import problem_with
from aidigest.errors import ParseError
from aidigest.steps.ports import Fetcher, Parser


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCheck:
    """What a trial came to."""

    feed: Feed
    problem: str | None  #: What is wrong, if anything.
    title: str = ""  #: As the feed calls itself.
    entries: int = 0  #: How many it holds.


def check_feed(feed: Feed, *, fetcher: Fetcher, parser: Parser) -> FeedCheck:
    """Fetch and parse the feed once."""
    result = fetcher.fetch(FetchRequest(url=feed.url))
    parsed = _parsed(feed, result, parser) if isinstance(result, Fresh) else None
    problem = problem_with(result, parsed)
    if not isinstance(parsed, ParsedFeed):
        return FeedCheck(feed=feed, problem=problem)
    return FeedCheck(feed=feed, problem=problem, title=parsed.title, entries=len(parsed.entries))


def _parsed(feed: Feed, result: Fresh, parser: Parser) -> ParsedFeed | ParseError:
    try:
        return parser.parse(result.body, feed=feed, headers=result.headers, url=result.url)
    except ParseError as error:
        return error
