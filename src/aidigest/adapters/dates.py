"""Days and times in the words of a language, and which way it is written."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time


def direction(language: str) -> str:
    """Return `rtl` or `ltr`, for the attribute `dir`."""
    return locale_of(language).text_direction


def own_name(language: str) -> str:
    """Return what a language calls itself, as a reader who looks for it expects it."""
    locale = locale_of(language)
    # English stands in for what nobody knows, and would say "English" of it.
    name = locale.display_name if language.startswith(locale.language) else None
    return name[:1].upper() + name[1:] if name else language


def days_in(language: str) -> Callable[..., str]:
    """Return what writes a day, as the filter `on_day` of all templates."""
    locale = locale_of(language)

    def on_day(day: date, style: str = "full") -> str:
        return format_date(day, style, locale=locale)

    return on_day


def times_in(
    language: str, other_day: Callable[[date], str]
) -> Callable[[datetime, ZoneInfo, date | None], str]:
    """Return what writes the time in a zone, with the day where it is not the one given.

    Args:
        language: Whose words.
        other_day: Writes such a day.
    """
    locale = locale_of(language)

    def at_time(instant: datetime, zone: ZoneInfo, day: date | None) -> str:
        local = instant.astimezone(zone)
        clock = format_time(local, "HH:mm", locale=locale)
        return clock if local.date() == day else f"{clock}, {other_day(local.date())}"

    return at_time


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """Return the language's locale; English where nobody knows the language."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
