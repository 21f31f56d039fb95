"""What templates can do with a value: dates in the edition's language, wrapping, escaping."""

import json
import re
import textwrap
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from aidigest.adapters.dates import days_in, locale_of, times_in
from aidigest.core.editions.edition import Edition

_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>#|~])")
#: What a reader of Markdown would show as one sign: `&lt;`. (`&#60;` is none once `#` is escaped.)
_ENTITY = re.compile(r"&(?=\w+;)")
#: Begins a list, a rule or an underlined heading, where a line begins with it.
_MARKDOWN_START = re.compile(r"^(\d*)([-+=.)])")


def filters(edition: Edition) -> dict[str, Callable[..., str]]:
    """Return the filters by the names that templates call them by."""
    return {
        "markdown": markdown,
        "quoted": quoted,
        "unbroken": unbroken,
        "wrapped": wrapped,
        **_date_filters(edition),
    }


#: Controls, halves of pairs, embeddings that spill over, and what was lost in an encoding.
_UNSHOWN = dict.fromkeys(
    (
        *(one for one in (*range(0x20), *range(0x7F, 0xA0)) if one not in (0x09, 0x0A)),
        *range(0xD800, 0xE000),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        *(0x034F, 0x200B, 0x2060, 0xFEFF, 0xFFFD),
    )
) | {0x0D: " ", 0x2028: " ", 0x2029: " ", 0x85: " "}


def shown(value: Any) -> Any:
    """Return a value as templates write it: text without what no client can show."""
    return value.translate(_UNSHOWN) if isinstance(value, str) else value


def markdown(text: str) -> str:
    """Escape, on one line, what Markdown would take for markup.

    Braces become entities: Jekyll and Hugo run what stands in them.
    """
    words = _ENTITY.sub("&amp;", " ".join(text.split()))
    escaped = _MARKDOWN_SIGNS.sub(r"\\\1", words)
    return _MARKDOWN_START.sub(r"\1\\\2", escaped).replace("{", "&#123;")


def quoted(text: str) -> str:
    """Return a quoted scalar of YAML, which JSON's strings are."""
    return json.dumps(text, ensure_ascii=False)


def wrapped(text: str, indent: int = 0, width: int = 76) -> str:
    """Break lines at spaces only, so that addresses stay whole."""
    margin = " " * indent
    return textwrap.fill(
        " ".join(text.split()),
        width=width,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def unbroken(text: str) -> str:
    """Keep a few words on one line."""
    return text.replace(" ", "\u00a0")


def _date_filters(edition: Edition) -> dict[str, Any]:
    zone = ZoneInfo(edition.timezone)
    locale = locale_of(edition.language)

    @cache
    def short_day(day: date) -> str:
        return format_skeleton("MMMd", datetime(day.year, day.month, day.day), locale=locale)  # noqa: DTZ001 - A day has no zone.

    told = times_in(edition.language, short_day)

    def at_time(instant: datetime) -> str:
        """Return the time, with the day where it is not the edition's own."""
        return told(instant, zone, edition.date)

    return {"on_day": days_in(edition.language), "short_day": short_day, "at_time": at_time}
