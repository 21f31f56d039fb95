"""Where a page's feeds are: what its address says, and what its head links to.

Nothing is guessed: an address is known by its form, or the page names its
feeds itself (RSS Advisory Board, "RSS Autodiscovery").
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from aidigest.core.urls import joined, safe_url

_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
    }
)
#: Every blog offers these beside its feed.
_COMMENTS = re.compile(r"comment|/replies|bình luận", re.IGNORECASE)
#: As much of a page as is looked through.
_LONGEST_PAGE = 2 * 1024 * 1024

_YOUTUBE = "https://www.youtube.com/feeds/videos.xml"
_GITHUB_LISTS = frozenset({"releases", "tags", "commits"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed that a page names."""

    url: str
    title: str = ""


def feed_address(url: str) -> str | None:
    """Return the feed of a page on YouTube, GitHub or Reddit, where its address tells."""
    parts = urlsplit(safe_url(url) or "")
    host = (parts.hostname or "").removeprefix("www.").removeprefix("old.").removeprefix("m.")
    path = [step for step in parts.path.split("/") if step]
    match host, path:
        case "youtube.com", ["channel", channel, *_]:
            return f"{_YOUTUBE}?channel_id={channel}"
        case "youtube.com", ["user", user, *_]:
            return f"{_YOUTUBE}?user={user}"
        case "youtube.com", ["playlist"]:
            lists = parse_qs(parts.query).get("list", ())
            return f"{_YOUTUBE}?playlist_id={lists[0]}" if lists else None
        case "github.com", [*steps] if not parts.path.endswith(".atom"):
            return _github(steps)
        case "reddit.com", ["r" | "user" as kind, name, *rest] if rest[-1:] != [".rss"]:
            return "https://www.reddit.com/" + "/".join([kind, name, *rest, ".rss"])
        case _:
            return None


def feed_links(page: str, *, base: str) -> tuple[FeedLink, ...]:
    """Return the feeds that a page links to as its own, comments last, each once.

    Args:
        page: Its HTML.
        base: Its address; relative links start from it, unless the page has a base.
    """
    reader = _Head(base)
    with suppress(AssertionError):  # html.parser gives up so on `<![what is this[`.
        reader.feed(page[:_LONGEST_PAGE])
    found: dict[str, FeedLink] = {}
    for link in reader.links:
        found.setdefault(link.url, link)
    return tuple(sorted(found.values(), key=_is_for_comments))


def _github(steps: list[str]) -> str | None:
    match steps:
        case [owner]:
            return f"https://github.com/{owner}.atom"
        case [owner, repo]:
            return f"https://github.com/{owner}/{repo}/releases.atom"
        case [owner, repo, kind, *rest] if kind in _GITHUB_LISTS:
            return "https://github.com/" + "/".join([owner, repo, kind, *rest]) + ".atom"
        case _:
            return None


def _is_for_comments(link: FeedLink) -> bool:
    return _COMMENTS.search(f"{link.url} {link.title}") is not None


class _Head(HTMLParser):
    """Collects `<link rel="alternate">` of feed types."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.links: list[FeedLink] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        said = {name: value or "" for name, value in reversed(attrs)}
        if tag == "base" and said.get("href"):
            self.base = joined(self.base, said["href"])
        kind = said.get("type", "").partition(";")[0].strip().lower()
        if tag != "link" or "alternate" not in said.get("rel", "").lower().split():
            return
        url = safe_url(joined(self.base, said.get("href", "")))
        if kind in _TYPES and url and said.get("href"):
            self.links.append(FeedLink(url=url, title=" ".join(said.get("title", "").split())))
