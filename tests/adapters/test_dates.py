"""Days and times, as all templates write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from aidigest.adapters.dates import days_in, direction, times_in

DAY = date(2026, 9, 14)
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("language", "weekday"),
    [("en", "Monday"), ("vi", "Thứ Hai"), ("zz", "Monday"), ("no language", "Monday")],
)
def test_a_day_is_written_as_its_language_does(language: str, weekday: str) -> None:
    """And in English where nobody knows the language: a digest may name any."""
    assert days_in(language)(DAY).startswith(weekday)


@pytest.mark.parametrize(("hour", "written"), [(16, "23:00"), (18, "01:00, on 2026-09-15")])
def test_a_time_has_its_day_only_where_it_is_another(hour: int, written: str) -> None:
    """By the clocks of the zone that is asked for, not by UTC."""
    told = times_in("en", lambda day: f"on {day}")

    assert told(datetime(2026, 9, 14, hour, tzinfo=UTC), SAIGON, DAY) == written


def test_a_page_runs_as_its_language_is_written() -> None:
    """For the attribute `dir`."""
    assert [direction(one) for one in ("ar", "vi", "zz")] == ["rtl", "ltr", "ltr"]
