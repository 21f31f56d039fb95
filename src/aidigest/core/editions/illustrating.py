"""Illustrating an edition: which of its stories show their picture."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from aidigest.core.editions.edition import Edition
from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.pictures import Picture
from aidigest.core.stories.story import Story


def illustrated(
    edition: Edition, stories: Sequence[Story], *, among: Iterable[Entry], most: int
) -> Edition:
    """Return the edition with pictures beside some of its stories.

    One helps at a topic's first story, where the eye looks for the next topic;
    beside every headline they would be noise. Of those stories the best get
    theirs. An image that comes again with other news is an outlet's own, or from a
    drawer, and says nothing.

    Args:
        edition: Without pictures.
        stories: What it was made of.
        among: The entries of some days, those of the stories with them.
        most: How many pictures it may have.
    """
    common = _shared(stories, among)
    told = {story.id: story for story in stories}
    firsts = sorted((one.stories[0] for one in edition.sections), key=lambda one: -one.score)
    found = ((one.id, _picture(told.get(one.id), common)) for one in firsts)
    shown = dict([(story_id, picture) for story_id, picture in found if picture][:most])
    sections = (
        replace(
            section,
            stories=tuple(replace(one, picture=shown.get(one.id)) for one in section.stories),
        )
        for section in edition.sections
    )
    return replace(edition, sections=tuple(sections))


def _shared(stories: Sequence[Story], entries: Iterable[Entry]) -> frozenset[str]:
    """Return the addresses of images that come with more than one piece of news."""
    story_of = {entry.id: story.id for story in stories for entry in story.entries}
    uses = {(one.picture.url, story_of.get(one.id, one.id)) for one in entries if one.picture}
    counts = Counter(url for url, _ in uses)
    return frozenset(url for url, count in counts.items() if count > 1)


def _picture(story: Story | None, common: frozenset[str]) -> Picture | None:
    """Return the lead's picture, or else another report's."""
    for entry in (story.lead, *story.entries) if story else ():
        picture = entry.picture
        if picture is not None and picture.url not in common:
            # Who has the page read out loud has heard the headline.
            return replace(picture, alt="") if picture.alt == entry.title else picture
    return None
