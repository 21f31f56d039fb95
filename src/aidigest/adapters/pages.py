"""The web's pages and letters: Jinja templates of `templates/web/`, in the reader's language."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from aidigest.adapters.catalogues import translations
from aidigest.adapters.dates import days_in, direction, locale_of, own_name, times_in
from aidigest.adapters.mistakes import MISTAKES, render_error
from aidigest.core.urls import safe_url
from aidigest.settings import Site

#: The pages' own languages: English stands in the templates.
_SOURCE = "en"


class PageRenderer:
    """Renders pages.

    Args:
        folders: Where templates are looked up; the first that has one wins, so
            an operator's own stand before those that came with the program.
        site: Who publishes.
    """

    def __init__(self, folders: Sequence[Path], *, site: Site) -> None:
        self._folders = tuple(folders)
        self._site = site
        self._environments: dict[str, Environment] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that there are words in."""
        found = {
            path.parent.name
            for folder in self._folders
            for path in (folder / "locale").glob("*/web.po")
        }
        return (_SOURCE, *sorted(found - {_SOURCE}))

    def page(self, name: str, *, language: str, **values: Any) -> str:
        """Render a template of `templates/web/`; raise RenderError with its file and line."""
        environment = self._environment(language)
        try:
            template = environment.get_template(f"web/{name}")
            return template.render(language=language, site=self._site, **values)
        except MISTAKES as error:
            raise render_error(f"web/{name}", error) from error

    def text(self, message: str, *, language: str, **values: Any) -> str:
        """Return words in a language, with values put in as they are."""
        translated = str(translations(self._folders, language, domain="web").ugettext(message))
        return translated % values if values else translated

    @lru_cache(maxsize=8)  # noqa: B019 - One renderer lives as long as the process.
    def asset(self, name: str) -> tuple[bytes, str]:
        """Return a file of `templates/web/` and its mark; raise FileNotFoundError."""
        for folder in self._folders:
            path = folder / "web" / name
            if path.is_file():
                content = path.read_bytes()
                return content, sha256(content).hexdigest()[:12]
        raise FileNotFoundError(name)

    def _environment(self, language: str) -> Environment:
        if language not in self._environments:
            self._environments[language] = self._made(language)
        return self._environments[language]

    def _made(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._folders),
            autoescape=select_autoescape(enabled_extensions=("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        words = translations(self._folders, language, domain="web")
        environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # The extension adds it.
        environment.filters |= {"on_day": days_in(language), "at_time": _at_time(language)}
        environment.filters |= {"link": lambda url: safe_url(url) if url else None}
        environment.globals |= {
            "direction": direction,
            "own_name": own_name,
            "stylesheet": lambda: f"/style.css?{self.asset('style.css')[1]}",
        }
        return environment


def _at_time(language: str) -> Any:
    # The archive goes back for years, so the day has its year here, in the language's own order.
    told = times_in(language, lambda day: format_date(day, "medium", locale=locale_of(language)))

    def at_time(instant: datetime, zone: str, day: date | None = None) -> str:
        """Return the time there, with the day where it is not *day*."""
        return told(instant, ZoneInfo(zone), day)

    return at_time
