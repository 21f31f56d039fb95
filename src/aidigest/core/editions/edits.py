"""What a maintainer changes about one edition before it is made: pinned, hidden, moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aidigest.core.stories.story import Story


class EditAction(StrEnum):
    """What is done to a story."""

    PIN = "pin"  #: It is in the edition, first under its topic.
    HIDE = "hide"  #: It is not in the edition.
    MOVE = "move"  #: It stands at a given place under its topic.


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change, for one digest's edition of one day."""

    story_id: str  #: Of the story, or of any of its entries.
    action: EditAction
    position: int | None = None  #: Of a move: 1 is the first under the topic.
    made_at: datetime

    def is_about(self, story: Story) -> bool:
        """Say whether the story is meant."""
        return self.story_id == story.id or any(e.id == self.story_id for e in story.entries)


def pinned(stories: Sequence[Story], edits: Sequence[Edit]) -> list[Story]:
    """Return the pinned stories, the first pinned first."""
    pins = (edit for edit in edits if edit.action is EditAction.PIN)
    found = [story for edit in pins for story in stories if edit.is_about(story)]
    return list({story.id: story for story in found}.values())


def without_hidden(stories: Sequence[Story], edits: Sequence[Edit]) -> list[Story]:
    """Return the stories that are not hidden, in their order."""
    hiding = [edit for edit in edits if edit.action is EditAction.HIDE]
    return [story for story in stories if not any(edit.is_about(story) for edit in hiding)]


def arranged(stories: Sequence[Story], edits: Sequence[Edit]) -> list[Story]:
    """Return the stories of one topic in the maintainer's order: pins first, then moves."""
    first = pinned(stories, edits)
    order = first + [story for story in stories if story not in first]
    for edit in edits:
        for story in [one for one in order if edit.is_about(one)]:
            if edit.action is EditAction.MOVE and edit.position is not None:
                order.remove(story)
                order.insert(edit.position - 1, story)
    return order


def reasons(story: Story, edits: Sequence[Edit]) -> tuple[str, ...]:
    """Return what the maintainer did to the story, in words."""
    mine = [edit for edit in edits if edit.is_about(story)]
    words = {EditAction.PIN: "pinned by the maintainer", EditAction.MOVE: "moved to place {}"}
    return tuple(words[edit.action].format(edit.position) for edit in mine if edit.action in words)
