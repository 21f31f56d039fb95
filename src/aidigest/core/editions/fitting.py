"""Fitting: what a mail gives up, and in which order, so that no client cuts it off.

Gmail cuts a message off near 102 KB of HTML, and with its end goes the link for
leaving. So a mail first drops its pictures, then shortens its summaries, then
ends each topic with how many more stories there are online.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from aidigest.core.editions.edition import Edition, EditionStory

#: No mail has more bytes of HTML than this.
BUDGET = 90_000

#: What summaries are shortened to, step by step; characters.
_SUMMARIES = (160, 90)


def fitted(edition: Edition, *, size: Callable[[Edition], int], budget: int = BUDGET) -> Edition:
    """Return the edition as the mail has room for it; the fullest that fits.

    Args:
        edition: All of it.
        size: How many bytes of HTML an edition comes to.
        budget: How many there may be.
    """
    smaller = edition
    for smaller in _reduced(edition):
        if size(smaller) <= budget:
            return smaller
    return _cut(smaller, size=size, budget=budget)


def _reduced(edition: Edition) -> Iterator[Edition]:
    yield edition
    if any(story.picture for story in edition.stories):
        edition = _each(edition, lambda story: replace(story, picture=None))
        yield edition
    for length in _SUMMARIES:
        if any(len(story.summary) > length for story in edition.stories):
            yield _each(edition, lambda story, most=length: _shortened(story, most))  # type: ignore[misc]  # A default binds the loop's value.


def _cut(edition: Edition, *, size: Callable[[Edition], int], budget: int) -> Edition:
    """Keep as many of the best stories as fit, found by halving."""
    ranked = sorted(edition.stories, key=lambda story: -story.score)
    fits, too_many = 0, len(ranked)
    while too_many - fits > 1:
        tried = (fits + too_many) // 2
        if size(_only(edition, ranked[:tried])) <= budget:
            fits = tried
        else:
            too_many = tried
    return _only(edition, ranked[:fits])


def _only(edition: Edition, kept: list[EditionStory]) -> Edition:
    ids = {story.id for story in kept}
    return replace(
        edition,
        sections=tuple(
            replace(
                section,
                stories=tuple(story for story in section.stories if story.id in ids),
                more=sum(story.id not in ids for story in section.stories),
            )
            for section in edition.sections
        ),
    )


def _each(edition: Edition, change: Callable[[EditionStory], EditionStory]) -> Edition:
    return replace(
        edition,
        sections=tuple(
            replace(section, stories=tuple(change(story) for story in section.stories))
            for section in edition.sections
        ),
    )


def _shortened(story: EditionStory, length: int) -> EditionStory:
    """Cut the summary at a space, where it is longer."""
    if len(story.summary) <= length:
        return story
    whole, _, _ = story.summary[:length].rpartition(" ")
    return replace(story, summary=f"{whole} …" if whole else "")
