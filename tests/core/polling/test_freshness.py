"""What headers say about when to come back."""

from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.polling.freshness import fresh_for, retry_after

NOW = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
DATE = "Mon, 14 Sep 2026 04:00:00 GMT"  # Three hours slow.


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=600"}, 600),
        ({"cache-control": 'Max-Age="600"'}, 600),
        ({"cache-control": "max-age=21600", "age": "600"}, 21000),
        ({"cache-control": "max-age=60", "expires": "Mon, 14 Sep 2026 09:00:00 GMT"}, 60),
        ({"expires": "Mon, 14 Sep 2026 06:00:00 GMT", "date": DATE}, 7200),
        ({"cache-control": "max-age=" + "9" * 40}, 9_999_999_999),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_its_server_says(
    headers: dict[str, str], seconds: int
) -> None:
    """RFC 9111: max-age first, less the age; Expires by the server's own clock."""
    found = fresh_for(headers)

    assert found is not None
    assert found.span == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cache-control": "no-cache, no-store, max-age=0"},
        {"cache-control": "max-age=-5"},
        {"cache-control": "max-age=soon"},
        {"cache-control": "s-maxage=600"},
        {"cache-control": "max-age=10", "age": "20"},
        {"cache-control": "max-age=\u0661\u0662"},
        {"expires": "0", "date": DATE},
        {"expires": "Mon, 14 Sep 2026 06:00:00 GMT"},
        {"expires": DATE, "date": DATE},
        {"expires": "Fri, 31 Dec 9999 23:59:59 -1200", "date": DATE},
        {"expires": "Mon, 99 Sep 99999999999 06:00:00 GMT", "date": DATE},
    ],
)
def test_no_word_and_nonsense_are_no_freshness(headers: dict[str, str]) -> None:
    """A date that no clock can hold must not end the poll of all feeds."""
    assert fresh_for(headers) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7200"}, 7200),
        ({"retry-after": "Mon, 14 Sep 2026 09:00:00 GMT"}, 7200),
        ({"retry-after": "0", "x-ratelimit-reset": "30.7"}, 30),
        ({"x-ratelimit-reset": "30"}, 30),
    ],
)
def test_a_server_may_say_when_to_come_back(headers: dict[str, str], seconds: int) -> None:
    """In seconds, as a date, or as Reddit does."""
    found = retry_after(headers, NOW)

    assert found is not None
    assert found.span == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    ["", "0", "-1", "soon", "1.5", DATE, "Fri, 31 Dec 9999 23:59:59 -1200", "٣"],
)
def test_what_is_no_time_ahead_says_nothing(value: str) -> None:
    """Zero, the past and garbage leave our own back-off in charge."""
    assert retry_after({"retry-after": value}, NOW) is None
