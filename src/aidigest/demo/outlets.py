"""The invented outlets whose stories the demo tells, one file each in `feeds/`."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any


class FeedFormat(StrEnum):
    """How an outlet publishes."""

    RSS = "rss"  #: RSS 2.0.
    ATOM = "atom"  #: Atom, RFC 4287.
    RDF = "rdf"  #: RSS 1.0.
    JSON = "json"  #: JSON Feed 1.1.


class DateStyle(StrEnum):
    """How an outlet writes its dates; half of these are awkward, as they are outside."""

    ISO = "iso"  #: `2026-09-16T03:30:00Z`
    RFC822 = "rfc822"  #: `Wed, 16 Sep 2026 03:30:00 +0000`
    RFC822_ZONE_NAME = "rfc822-zone-name"  #: `Wed, 16 Sep 2026 03:30:00 GMT`
    GMT_PLUS_7 = "gmt+7"  #: `Wed, 16 Sep 2026 10:30:00 GMT+7`
    OFFSET_07 = "offset+07"  #: `Wed, 16 Sep 2026 10:30:00 +07`
    US = "us"  #: `9/16/2026 10:30:00 AM`, on a clock in Hà Nội, and no zone said.


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletEntry:
    """One thing an outlet tells."""

    hours_ago: float  #: The demo is fresh at any time.
    title: str  #: As the feed writes it, entities and all.
    summary: str  #: Likewise, with markup where the outlet would have some.


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A source that does not exist."""

    slug: str
    title: str
    language: str
    about: str  #: `ai` or `mixed`, as config/feeds.toml has it.
    format: FeedFormat
    dates: DateStyle
    entries: tuple[OutletEntry, ...]

    @property
    def homepage(self) -> str:
        """An address that can never be anybody's (RFC 2606)."""
        return f"https://{self.slug}.example"


def outlets() -> tuple[Outlet, ...]:
    """Read the shipped outlets, by name of file."""
    found = sorted(
        (file for file in files("aidigest.demo").joinpath("feeds").iterdir()),
        key=lambda file: file.name,
    )
    return tuple(
        _outlet(file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8")))
        for file in found
    )


def _outlet(slug: str, table: dict[str, Any]) -> Outlet:
    return Outlet(
        slug=slug,
        title=table["title"],
        language=table["language"],
        about=table["about"],
        format=FeedFormat(table["format"]),
        dates=DateStyle(table["dates"]),
        entries=tuple(OutletEntry(**entry) for entry in table["entries"]),
    )
