"""Maintainers' edits as the database keeps them."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine

from aidigest.adapters.database import Edits
from aidigest.core.editions.edits import Edit, EditAction

DAY = date(2026, 9, 14)
AT = datetime(2026, 9, 14, tzinfo=UTC)


def change(story: str, action: EditAction, position: int | None = None) -> Edit:
    """Return an edit about that story."""
    return Edit(story_id=story, action=action, position=position, made_at=AT)


def test_edits_come_back_in_order_for_their_day_and_digest(engine: Engine) -> None:
    """An edit counts for one edition."""
    store = Edits(engine)
    store.add("daily", DAY, change("b", EditAction.MOVE, 2))
    store.add("daily", DAY, change("a", EditAction.PIN))
    store.add("weekly", DAY, change("c", EditAction.HIDE))

    assert store.edits_of("daily", DAY) == (
        change("b", EditAction.MOVE, 2),
        change("a", EditAction.PIN),
    )
    assert store.edits_of("daily", date(2026, 9, 15)) == ()


def test_the_latest_edit_of_a_story_counts_and_can_be_undone(engine: Engine) -> None:
    """A story cannot be pinned and hidden."""
    store = Edits(engine)
    store.add("daily", DAY, change("a", EditAction.PIN))
    store.add("daily", DAY, change("a", EditAction.HIDE))

    before = store.edits_of("daily", DAY)
    undone = (store.undo("daily", DAY, "a"), store.undo("daily", DAY, "a"))

    assert before == (change("a", EditAction.HIDE),)
    assert undone == (True, False)
    assert store.edits_of("daily", DAY) == ()
