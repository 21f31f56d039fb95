"""When an edition is due, the missing and the doubled hour included."""

from datetime import UTC, date, datetime

import pytest

from aidigest.core.editions.digest import (
    Digest,
    check_schedule,
    local_date,
    next_occurrence,
    previous_occurrence,
)


def digest(schedule: str, zone: str) -> Digest:
    """Return a digest with that schedule."""
    return Digest(id="daily", title="Daily", schedule=schedule, timezone=zone)


def test_the_schedule_is_in_the_digests_own_zone() -> None:
    """Seven in the morning in Saigon is midnight in UTC."""
    saigon = digest("0 7 * * *", "Asia/Ho_Chi_Minh")

    due = next_occurrence(saigon, datetime(2026, 9, 14, 0, 0, tzinfo=UTC))

    assert due == datetime(2026, 9, 15, 0, 0, tzinfo=UTC)


def test_an_hour_that_is_skipped_is_made_up_at_the_end_of_the_gap() -> None:
    """On the night the clocks go forward there is no 02:30; readers still want their mail."""
    new_york = digest("30 2 * * *", "America/New_York")

    due = next_occurrence(new_york, datetime(2026, 3, 8, 5, 0, tzinfo=UTC))

    assert due == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_counts_once() -> None:
    """On the night the clocks go back there are two 01:30; one mail is enough."""
    new_york = digest("30 1 * * *", "America/New_York")
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

    due = next_occurrence(new_york, datetime(2026, 11, 1, 5, 0, tzinfo=UTC))
    after_it = next_occurrence(new_york, first)
    between = next_occurrence(new_york, datetime(2026, 11, 1, 6, 0, tzinfo=UTC))

    assert due == first
    assert after_it == between == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_day_one_of_the_week_is_monday() -> None:
    """As everywhere in cron."""
    weekly = digest("0 7 * * 1", "UTC")

    due = next_occurrence(weekly, datetime(2026, 9, 15, tzinfo=UTC))

    assert due.strftime("%A") == "Monday"


def test_the_last_occurrence_is_found_after_a_stop() -> None:
    """A worker that starts late asks what it has missed."""
    daily = digest("0 7 * * *", "UTC")

    missed = previous_occurrence(daily, datetime(2026, 9, 14, 9, 0, tzinfo=UTC))
    exactly = previous_occurrence(daily, datetime(2026, 9, 14, 7, 0, tzinfo=UTC))
    none = previous_occurrence(digest("0 7 1 1 *", "UTC"), datetime(2026, 9, 14, tzinfo=UTC))

    assert missed == exactly == datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
    assert none is None


def test_the_date_is_the_one_where_the_digest_is_at_home() -> None:
    """At 20:00 in UTC it is tomorrow in Saigon."""
    saigon = digest("0 7 * * *", "Asia/Ho_Chi_Minh")

    day = local_date(saigon, datetime(2026, 9, 14, 20, 0, tzinfo=UTC))

    assert day == date(2026, 9, 15)


@pytest.mark.parametrize("schedule", ["7", "61 * * * *", "0 7 * * * *", "a b c d e", "0 0 31 2 *"])
def test_a_schedule_that_makes_no_sense_is_refused_with_an_example(schedule: str) -> None:
    """Cron is easily misspelt; an example says more than a grammar."""
    with pytest.raises(ValueError, match="0 7"):
        check_schedule(schedule)
