"""Which entries are new for an edition."""

from datetime import timedelta

import pytest

from aidigest.core.editions.window import (
    FIRST_WINDOW,
    LATE,
    LONGEST_WINDOW,
    Weighed,
    to_remember,
    window_after,
)
from storysamples import NOW, entry

YESTERDAY = NOW - timedelta(days=1)


def is_new(before: Weighed | None, seen_ago: timedelta, name: str = "a") -> bool:
    """Say whether an entry first seen so long before NOW is new for an edition of NOW."""
    hours_ago = seen_ago / timedelta(hours=1)
    return window_after(before, now=NOW).is_new(entry(name, "Title", hours_ago=hours_ago))


@pytest.mark.parametrize(
    ("before", "reach"),
    [
        (None, FIRST_WINDOW),
        (Weighed(made_at=YESTERDAY, entry_ids=None), NOW - YESTERDAY),
        (Weighed(made_at=YESTERDAY, entry_ids=frozenset()), NOW - YESTERDAY + LATE),
        (Weighed(made_at=NOW - LONGEST_WINDOW, entry_ids=frozenset()), LONGEST_WINDOW),
        (Weighed(made_at=NOW - 2 * LONGEST_WINDOW, entry_ids=None), LONGEST_WINDOW),
    ],
    ids=["first", "not recorded", "recorded", "a week ago", "long ago"],
)
def test_how_far_back_an_edition_looks(before: Weighed | None, reach: timedelta) -> None:
    """To the one before it, and a little further if it is known what that one weighed."""
    assert is_new(before, reach - timedelta(seconds=1))
    assert not is_new(before, reach)


def test_what_was_weighed_is_new_no_more() -> None:
    """It was not chosen; whichever of two clocks was ahead."""
    before = Weighed(made_at=YESTERDAY, entry_ids=frozenset({"early", "ahead"}))

    assert not is_new(before, timedelta(days=1, minutes=1), "early")
    assert is_new(before, timedelta(days=1, minutes=1), "late")
    assert not is_new(before, timedelta(hours=23), "ahead")


def test_what_the_next_edition_could_take_for_new_is_remembered() -> None:
    """And nothing else: of entries there are many, and an edition is kept for good."""
    entries = [
        entry("old", "Title", hours_ago=1),
        entry("of late", "Title", hours_ago=0.99),
        entry("ahead", "Title", hours_ago=-2),
    ]

    assert to_remember(entries, made_at=NOW) == {"of late", "ahead"}


def test_the_words_for_a_window_name_the_edition_before_it() -> None:
    """An operator knows when that was, and knows nothing of what reaches further."""
    before = Weighed(made_at=YESTERDAY, entry_ids=frozenset())

    assert window_after(before, now=NOW).since == YESTERDAY
