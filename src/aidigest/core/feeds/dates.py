"""Dates as feeds write them, and the date we show.

feedparser's own reading is not used: it takes `19:28 08/12/2025` for today,
`CET` for UTC and epoch seconds for a year, and gives up on `GMT+7`, `+07` and
`9/16/2026 10:30:00 AM` (design decision 2).
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

#: What is older is a mistake of the feed: the web's news does not go back further.
OLDEST = timedelta(days=20 * 366)

_NOON = 12
_MONTHS_IN_A_YEAR = 12
_DAY_LENGTH = timedelta(hours=24)

#: The zone of a date without one, by the language of its feed; else UTC.
_ZONES_OF_LANGUAGES = {"vi": timedelta(hours=7)}
#: Languages that write the month first in 9/16/2026.
_MONTH_FIRST = frozenset({"en", "en-us"})

_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "brt": -3, "art": -3, "bst": 1, "cet": 1, "west": 1, "cest": 2, "eet": 2, "sast": 2,
    "eest": 3, "msk": 3, "ist": 5.5, "ict": 7, "wib": 7, "hkt": 8, "sgt": 8, "awst": 8,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip

# Each line one month, by the first letters of its name without accents.
_MONTHS = (
    "jan ene gen",
    "feb fev",
    "mar mae",
    "apr abr avr",
    "may mai mag",
    "jun jui giu",
    "jul juil lug",
    "aug ago aou",
    "sep set",
    "oct okt out ott",
    "nov",
    "dec dez dic",
)
_MONTH_NUMBERS = {name: n for n, names in enumerate(_MONTHS, 1) for name in names.split()}

_CLOCK = (
    r"(?P<hour>\d{1,2})[:h](?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>am|pm|a\.m\.|p\.m\.|sa|ch)(?![a-z]))?"
)
_ZONE = (
    r"\(?(?P<zone>(?:gmt|utc)?\s*[+-]\d{1,2}(?::?\d\d)?(?!\d)|[a-z]{1,5}(?![a-z]))?\)?"
    r"(?:\s*\([^()]*\))?"
)
_WHEN = rf"(?:[\s,t\u2013-]+(?:at\s+)?{_CLOCK})?\s*{_ZONE}"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NUMBERS = r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<other>\d{1,2})[-/.]"
_YEAR = r"(?P<year>\d{4}|\d\d)"

_ISO = rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<day>\d{{1,2}}))?{_WHEN}"
_COMPACT = (
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    rf"(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?\s*{_ZONE})?"
)
_MAIL = rf"{_DAY}[\s.-]+(?:de\s+)?(?P<name>[a-z]{{3,}})[\s.,-]+(?:de\s+)?{_YEAR}{_WHEN}"
_LONG = rf"(?P<name>[a-z]{{3,}})\.?\s+{_DAY},?\s+(?P<year>\d{{4}}){_WHEN}"
_UNIX = rf"(?P<name>[a-z]{{3}})\s+(?P<day>\d{{1,2}})\s+{_CLOCK}\s+(?:{_ZONE}\s+)?(?P<year>\d{{4}})"
_DATE_FIRST = rf"{_NUMBERS}{_YEAR}{_WHEN}"
_TIME_FIRST = rf"{_CLOCK}[\s,\u2013-]+{_NUMBERS}(?P<year>\d{{4}})\s*{_ZONE}"

_SHAPES = (
    re.compile(_ISO),  # 2026-09-14T19:46:22+07:00, 2026/9/14 19:46, 2026-09
    re.compile(_COMPACT),  # 20260914T194622Z
    re.compile(_MAIL),  # 14 Sep 2026 19:46:22 GMT+7, 14 de setembro de 2026
    re.compile(_LONG),  # September 14, 2026 7:46 PM
    re.compile(_UNIX),  # Sep 14 19:46:22 2026
    re.compile(_DATE_FIRST),  # 14/09/2026 19:46, 9/14/2026 7:46:22 PM
    re.compile(_TIME_FIRST),  # 19:46 14/09/2026
)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
_WEEKDAY = re.compile(
    r"^(?:thu\s+(?:hai|ba|tu|nam|sau|bay)|chu\s+nhat|[a-z]{2,12})\.?\s*,\s*"
    r"|^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\s+"
)
_IN_WORDS = re.compile(r"(?:ngay\s+)?(\d{1,2})\s+thang\s+(\d{1,2})(?:,|\s+nam)?\s+(\d{4})")
_CJK = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


def parse_date(text: str, *, language: str) -> datetime | None:
    """Read a date of a feed.

    Args:
        text: As the feed wrote it.
        language: Of the feed. It decides whether 9/10 is in September or in
            October, unless AM or PM gives the American form away, and the zone
            where none is written: Vietnam's for "vi", else UTC.

    Returns:
        Aware UTC, or None where the text is no date.
    """
    plain = _plain(text)
    if epoch := _EPOCH.fullmatch(plain):
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    for shape in _SHAPES:
        if match := shape.fullmatch(plain):
            return _moment(match.groupdict(), language.lower())
    return None


def shown_date(published: datetime | None, first_seen: datetime) -> tuple[datetime, bool]:
    """Return the date to show and whether it is a guess.

    A date that is missing, later than the entry was seen, or older than
    `OLDEST` is replaced by the time the entry was first seen.
    """
    if published is None or not first_seen - OLDEST <= published <= first_seen:
        return first_seen, True
    return published, False


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", " ".join(text[:100].lower().split()))
    plain = "".join(c for c in letters if not unicodedata.combining(c)).replace("đ", "d")
    plain = _CJK.sub(r"\1-\2-\3 ", plain).replace("- ", "-").strip()
    return _IN_WORDS.sub(r"\1/\2/\3", _WEEKDAY.sub("", plain)).strip(" ,")


def _moment(found: dict[str, str | None], language: str) -> datetime | None:
    zone = _zone(found.get("zone"), language)
    time = _time_of_day(found)
    month, day = _month_and_day(found, language)
    if zone is None or time is None or month is None:
        return None
    try:
        midnight = datetime(_year(found["year"] or ""), month, day, tzinfo=timezone(zone))
        return (midnight + time).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month_and_day(found: dict[str, str | None], language: str) -> tuple[int | None, int]:
    if found.get("name") is not None:
        return _month_number(found["name"] or ""), int(found["day"] or 1)
    if found.get("first") is None:
        return int(found["month"] or 1), int(found.get("day") or 1)
    first, other = int(found["first"] or 0), int(found["other"] or 0)
    american = found.get("half") in {"am", "pm"} or language in _MONTH_FIRST
    month_first = american and found["mark"] != "."
    if first > _MONTHS_IN_A_YEAR or (other <= _MONTHS_IN_A_YEAR and not month_first):
        return other, first
    return first, other


def _month_number(name: str) -> int | None:
    return _MONTH_NUMBERS.get(name[:4]) or _MONTH_NUMBERS.get(name[:3])


def _year(digits: str) -> int:
    if len(digits) > len("26"):
        return int(digits)
    return int(digits) + (2000 if digits < "70" else 1900)  # As RFC 6265, section 5.1.1, has it.


def _time_of_day(found: dict[str, str | None]) -> timedelta | None:
    hour, minute, second = (int(found.get(part) or 0) for part in ("hour", "minute", "second"))
    half = found.get("half")
    if half is not None and hour <= _NOON:
        hour = hour % _NOON + (_NOON if half[0] in "pc" else 0)  # CH is Vietnamese for PM.
    time = timedelta(hours=hour, minutes=minute, seconds=second)
    return time if time <= _DAY_LENGTH else None


def _zone(written: str | None, language: str) -> timedelta | None:
    if not written:
        return _ZONES_OF_LANGUAGES.get(language[:2], timedelta())
    offset = re.fullmatch(r"(?:gmt|utc)?\s*([+-])(\d{1,2}):?(\d\d)?", written)
    if offset is None:
        return timedelta(hours=_ZONES[written]) if written in _ZONES else None
    size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    if size >= _DAY_LENGTH:
        return None
    return size if offset[1] == "+" else -size
