"""Releases of software, whose headlines are often no more than a version."""

import re

from aidigest.core.feeds.entry import Entry

#: "v2.1.237", "Release 2026.8.18", "version 3.0.0-rc.1".
_VERSION = re.compile(
    r"(?:(?:version|release) )?v?(?P<number>\d{1,6}(?:\.\d{1,6}){1,4}(?:[-+.][\w.]{1,20})?)",
    re.IGNORECASE,
)
#: "v0.32.15-rc1: ci: carry the patch" begins with one.
_BEGINS = re.compile(r"v\d{1,6}(?:\.\d{1,6}){1,4}(?:[-+.][\w.]{1,20}?)?: ", re.IGNORECASE)
#: How the feeds of code's keepers are called.
_OF_FEED = re.compile(r"\ARelease notes from |\b(?:Releases?|Change ?log)\Z", re.IGNORECASE)
#: A longer title of a feed is no name.
_LONGEST_NAME = 40


def named(title: str, feed_title: str) -> str:
    """Put the name of what was released before a headline that is only, or begins with, a version.

    Args:
        title: A clean headline.
        feed_title: What the feed is called: "Release notes from kestrel".
    """
    is_bare = _VERSION.fullmatch(title) is not None
    if not is_bare and not _BEGINS.match(title):
        return title
    name = _name(feed_title)
    is_told = is_bare or name != feed_title
    return f"{name} {title}" if is_told and 0 < len(name) <= _LONGEST_NAME else title


def release(entry: Entry) -> tuple[str, str] | None:
    """Return what was released, by its letters alone, and the version; None where it is no release.

    A project's changelog and its keeper's list of releases write one name in two ways.
    """
    version = _VERSION.fullmatch(entry.title)
    if version is None:
        return None
    name = "".join(filter(str.isalnum, _name(entry.feed_title).lower()))
    return (name, version["number"].lower()) if name else None


def _name(feed_title: str) -> str:
    return _OF_FEED.sub("", feed_title).strip()
