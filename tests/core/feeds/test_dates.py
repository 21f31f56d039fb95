"""Dates as feeds write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.feeds.dates import OLDEST, parse_date, shown_date

NOW = datetime(2026, 9, 20, tzinfo=UTC)
HANOI = timezone(timedelta(hours=7))
EVENING = datetime(2026, 9, 14, 19, 46, 22, tzinfo=HANOI)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 14 Sep 2026 19:46:22 +0700",
        "Mon, 14 Sep 2026 19:46:22 +07:00",
        "Mon, 14 Sep 2026 19:46:22 +07",
        "Mon, 14 Sep 2026 19:46:22 GMT+7",
        "Mon, 14 Sep 2026 19:46:22 GMT+0700 (Indochina Time)",
        "Mon, 14 Sep 26 19:46:22 +0700",
        "Mon, 14 Sep 2026 12:46:22 GMT",
        "Mon, 14 Sep 2026 07:46:22 EST",
        "Mon, 14 Sep 2026 19:46:22",
        "14-Sep-2026 19:46:22",
        "Monday, September 14, 2026 7:46:22 PM",
        "Mon Sep 14 19:46:22 2026",
        "2026-09-14T19:46:22+07:00",
        "2026-09-14T12:46:22Z",
        "2026-09-14T12:46:22.123456Z",
        "2026-09-14 19:46:22",
        "2026/9/14 19:46:22",
        "20260914T124622Z",
        "1789389982",
        "1789389982000",
        "9/14/2026 7:46:22 PM",
        "14/09/2026 19:46:22",
        "14/9/2026, 7:46:22 CH",
        "19:46:22 14/09/2026",
        "19:46:22, 14-09-2026",
        "Thứ hai, 14/9/2026, 19:46:22 (GMT+7)",
        "Seg, 14 Set 2026 09:46:22 -0300",
        "14 de setembro de 2026 19:46:22",
        "2026年9月14日 19:46:22",
    ],
)
def test_each_form_gives_the_same_instant(text: str) -> None:
    """All are forms that papers use; without a zone a Vietnamese feed means its own."""
    assert parse_date(text, language="vi") == EVENING


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("08/12/2025 19:28", "vi", (2025, 12, 8)),
        ("19:28 08/12/2025", "vi", (2025, 12, 8)),
        ("08/12/2025 19:28", "de", (2025, 12, 8)),
        ("08/12/2025 19:28", "en", (2025, 8, 12)),
        ("25/12/2025 19:28", "en", (2025, 12, 25)),
        ("12/25/2025 19:28", "vi", (2025, 12, 25)),
        ("08.12.2025 19:28", "en", (2025, 12, 8)),
        ("9/10/2026 10:30:00 AM", "vi", (2026, 9, 10)),
    ],
)
def test_the_feeds_language_says_which_number_is_the_day(
    text: str, language: str, day: tuple[int, int, int]
) -> None:
    """AM and PM come from American software, whatever language the feed is in."""
    date = parse_date(text, language=language)

    assert date is not None
    assert (date.year, date.month, date.day) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-14", datetime(2026, 9, 14, tzinfo=UTC)),
        ("2026-09", datetime(2026, 9, 1, tzinfo=UTC)),
        ("2026-09-14 24:00", datetime(2026, 9, 15, tzinfo=UTC)),
        ("Mon, 14 Sep 2026 12:00:00 CET", datetime(2026, 9, 14, 11, tzinfo=UTC)),
    ],
)
def test_without_a_zone_it_is_utc(text: str, expected: datetime) -> None:
    """And names of zones that feedparser takes for UTC are read."""
    assert parse_date(text, language="en") == expected


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026", "2026-13-40", "31/31/2026", "14 Foo 2026", "2026-09-14T99:00:00",
     "Mon, 14 Sep 2026 12:00:00 XYZ", "2026-09-14T10:00:00+99:00", "9999-12-31T23:59:59-05:00",
     "Sept"],
)  # fmt: skip
def test_what_is_no_date_gives_none(text: str) -> None:
    """A wrong date is worse than none: the time of arrival stands in for it."""
    assert parse_date(text, language="en") is None


@given(st.text(max_size=40) | st.text(alphabet="0123456789/:-+ TZAPMgmt.", max_size=30))
def test_no_text_breaks_us(text: str) -> None:
    """Whatever a feed writes, the answer is an aware date or none."""
    date = parse_date(text, language="vi")

    assert date is None or date.tzinfo is UTC


@given(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # The bounds have to be naive.
def test_usual_forms_are_read_back(moment: datetime) -> None:
    """What the two standards write is read to the second."""
    moment = moment.replace(microsecond=0)

    for text in (moment.isoformat(), moment.strftime("%a, %d %b %Y %H:%M:%S +0000")):
        assert parse_date(text, language="vi") == moment


def test_a_date_that_can_be_believed_is_shown() -> None:
    """Most feeds tell the truth."""
    assert shown_date(NOW - timedelta(hours=3), NOW) == (NOW - timedelta(hours=3), False)


@pytest.mark.parametrize(
    "published",
    [None, NOW + timedelta(seconds=1), NOW + timedelta(days=400), NOW - OLDEST * 1.1],
    ids=["missing", "just ahead", "next year", "1905"],
)
def test_any_other_is_replaced_by_the_arrival(published: datetime | None) -> None:
    """Nothing is published after we saw it; and the guess is called one."""
    assert shown_date(published, NOW) == (NOW, True)
