"""Rendering: an edition through the Jinja templates of its look, then inlined, once."""

import io
import json
import logging
import re
import textwrap
import traceback
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from aidigest.core.editions import (
    UNSUBSCRIBE_MARK,
    Edition,
    EditionEntry,
    EditionStory,
    RenderedEdition,
)
from aidigest.errors import RenderError
from aidigest.settings import Site

_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>#|~])")
#: Begins a list, a rule or an underlined heading, where a line begins with it.
_MARKDOWN_START = re.compile(r"^(\d*)([-+=.)])")
#: What a mistake in a template raises; babel asserts the types it is given.
_MISTAKES = (
    TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


class TemplateRenderer:
    """The Renderer of the steps.

    Args:
        folders: Where templates are looked up; the first that has one wins, so
            an operator's own stand before those that came with the program.
        site: Who publishes.
        look: The folder in `folders` that holds the edition's templates.
    """

    def __init__(self, folders: Sequence[Path], *, site: Site, look: str = "daily") -> None:
        self._folders = tuple(folders)
        self._site = site
        self._look = look

    def render(self, edition: Edition) -> RenderedEdition:
        """Render and inline it once; raise RenderError with the template's file and line."""
        environment = self._environment(edition)
        environment.globals |= {"edition": edition, "site": self._site}
        environment.globals |= {"unsubscribe_url": UNSUBSCRIBE_MARK}
        subject = " ".join(self._part(environment, "subject.txt").split())
        environment.globals["subject"] = subject
        return RenderedEdition(
            edition=edition,
            subject=subject,
            html=self._page(environment),
            text=self._part(environment, "email.txt"),
            markdown=self._part(environment, "edition.md"),
        )

    def _environment(self, edition: Edition) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._folders),
            autoescape=select_autoescape(enabled_extensions=("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.i18n"],
        )
        translations = _translations(self._folders, edition.language)
        environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # The extension adds it.
        environment.filters |= {"markdown": _markdown, "quoted": _quoted}
        environment.filters |= {"wrapped": _wrapped, "outlets": _outlets}
        environment.filters |= _date_filters(edition)
        environment.globals |= {"direction": _direction}
        return environment

    def _page(self, environment: Environment) -> str:
        page = self._part(environment, "email.html")
        try:
            return inline(page)
        except _MISTAKES as error:
            raise RenderError(f"{self._look}/email.html", f"no page: {error}") from error

    def _part(self, environment: Environment, part: str) -> str:
        name = f"{self._look}/{part}"
        try:
            return environment.get_template(name).render()
        except _MISTAKES as error:
            raise _render_error(name, error) from error


def inline(html: str) -> str:
    """Move the first sheet's rules into `style` attributes, for clients that drop sheets.

    premailer's own defaults take dark mode away (design decision 12).
    """
    # They take a fifth of a second to import, and most commands render nothing.
    import cssutils  # noqa: PLC0415
    from premailer import Premailer  # noqa: PLC0415

    cssutils.log.setLevel(logging.CRITICAL)
    inlined: str = Premailer(
        html,
        strip_important=False,
        allow_network=False,
        align_floating_images=False,
        disable_validation=True,
        disable_basic_attributes=["width", "height", "bgcolor"],
        remove_classes=False,
    ).transform(pretty_print=False)
    return inlined


def _translations(folders: Sequence[Path], language: str) -> NullTranslations:
    for folder in folders:
        catalogue = folder / "locale" / language / "messages.po"
        if catalogue.is_file():
            compiled = io.BytesIO()
            with catalogue.open("rb") as file:
                write_mo(compiled, read_po(file, locale=language))
            compiled.seek(0)
            return Translations(compiled)
    return NullTranslations()


def _date_filters(edition: Edition) -> dict[str, Any]:
    zone = ZoneInfo(edition.timezone)
    locale = _locale(edition.language)

    def on_day(day: date, style: str = "full") -> str:
        return format_date(day, style, locale=locale)

    def at_time(instant: datetime) -> str:
        """Return the time, with the day where it is not the edition's own."""
        local = instant.astimezone(zone)
        clock = format_time(local, "HH:mm", locale=locale)
        if local.date() == edition.date:
            return clock
        return f"{clock}, {format_datetime(local, 'd MMM', locale=locale)}"

    return {"on_day": on_day, "at_time": at_time}


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _direction(language: str) -> str:
    """Return `rtl` or `ltr`, for the attribute `dir`."""
    return _locale(language).text_direction


def _outlets(story: EditionStory) -> list[EditionEntry]:
    """Return one entry for each outlet that tells the story, the lead's first."""
    first: dict[str, EditionEntry] = {}
    for entry in story.entries:
        first.setdefault(entry.feed, entry)
    return list(first.values())


def _markdown(text: str) -> str:
    """Escape, on one line, what Markdown would take for markup.

    Braces become entities: Jekyll and Hugo run what stands in them.
    """
    escaped = _MARKDOWN_SIGNS.sub(r"\\\1", " ".join(text.split()))
    return _MARKDOWN_START.sub(r"\1\\\2", escaped).replace("{", "&#123;")


def _quoted(text: str) -> str:
    """Return a quoted scalar of YAML, which JSON's strings are."""
    return json.dumps(text, ensure_ascii=False)


def _wrapped(text: str, indent: int = 0, width: int = 76) -> str:
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


def _render_error(name: str, error: Exception) -> RenderError:
    line = getattr(error, "lineno", None)
    file = getattr(error, "filename", None) or getattr(error, "name", None)
    if line is None:
        # An error while rendering tells its place only by the frames it went through.
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame for frame in frames if not frame.filename.endswith(".py")]
        if inside:
            file, line = inside[-1].filename, inside[-1].lineno
    reason = getattr(error, "message", None) or str(error) or type(error).__name__
    return RenderError(str(file or name), reason, line=line)
