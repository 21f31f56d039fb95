"""Reading: home, archive, editions, stories."""

import math
from datetime import date
from typing import Any

from flask import Flask, Response, abort, request

from aidigest.core.editions.edition import Edition
from aidigest.core.editions.searching import asked_words
from aidigest.core.readers.preferences import Variant, vary
from aidigest.web.house import House
from aidigest.web.joining import form_values

#: Editions, or found stories, on a page of the archive.
PAGE_SIZE = 30
_LAST_PAGE = 10_000
#: Editions that a story's page names.
_TELLINGS = 20
_LONGEST_QUESTION = 200


class ReadingPages:
    """What everybody may read."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add_to(self, flask: Flask) -> None:
        """Add the routes."""
        flask.add_url_rule("/", "home", self.home)
        flask.add_url_rule("/archive", "archive", self.archive)
        flask.add_url_rule("/archive/<digest_id>", "archive_of", self.archive_of)
        flask.add_url_rule("/archive/<digest_id>/<day>", "edition", self.edition)
        flask.add_url_rule("/stories/<story_id>", "story", self.story)
        flask.add_url_rule("/robots.txt", "robots", self.robots)
        flask.add_url_rule("/style.css", "style", self.style)
        flask.add_url_rule("/icon.svg", "icon", self.icon)

    def home(self) -> Response:
        """Show the latest edition, and the form for subscribing."""
        house, published = self._house, self._house.app.published
        language = house.language()
        form = form_values(house, language)

        def make() -> str:
            latest = [
                edition
                for digest in house.app.settings.digests
                for edition in published.latest(digest.id)
            ]
            return house.html(
                "home.html",
                language=language,
                is_private=False,
                edition=self._worded(max(latest, key=lambda one: one.created_at), language)
                if latest
                else None,
                problem="",
                **form,
            )

        return house.public(("home", published.stamp(), language, form["stamp"]), make)

    def archive(self) -> Response:
        """List all editions, or the stories that have the words asked for."""
        return self._archive(None)

    def archive_of(self, digest_id: str) -> Response:
        """List a digest's editions."""
        if self._house.digest(digest_id) is None:
            abort(404)
        return self._archive(digest_id)

    def edition(self, digest_id: str, day: str) -> Response:
        """Show an edition whole."""
        published, language = self._house.app.published, self._house.language()
        asked = _date(day)

        def make() -> str:
            edition = published.edition(digest_id, asked)
            if edition is None:
                abort(404)
            return self._house.html(
                "edition.html",
                language=language,
                is_private=False,
                edition=self._worded(edition, language),
            )

        # An edition never changes once stored.
        return self._house.public(("edition", digest_id, day, language), make)

    def story(self, story_id: str) -> Response:
        """Show a story, in each edition that told it."""
        published, language = self._house.app.published, self._house.language()

        def make() -> str:
            told = published.story(story_id, limit=_TELLINGS)
            if not told:
                abort(404)
            return self._house.html(
                "story.html",
                language=language,
                is_private=False,
                told=told,
                story=told[0].story.told_in(language),
            )

        return self._house.public(("story", story_id, published.stamp(), language), make)

    def robots(self) -> Response:
        """Keep search engines off what is one reader's own."""
        lines = ["User-agent: *"]
        lines += [f"Disallow: {path}" for path in ("/unsubscribe/", "/confirm/", "/operator")]
        return self._house.public("robots", lambda: "\n".join(lines) + "\n", mimetype="text/plain")

    def style(self) -> Response:
        """Give the one style sheet."""
        return self._asset("style.css", "text/css")

    def icon(self) -> Response:
        """Give the icon of the browser's tab."""
        return self._asset("icon.svg", "image/svg+xml")

    def _asset(self, name: str, mimetype: str) -> Response:
        content, mark = self._house.pages.asset(name)
        answer = self._house.public((name, mark), lambda: content, mimetype=mimetype)
        answer.headers["Cache-Control"] = "public, max-age=86400"
        return answer

    def _worded(self, edition: Edition, language: str) -> Edition:
        """Return the edition with its headings in the page's language."""
        return vary(edition, Variant(language=language), topics=self._house.app.settings.topics)

    def _archive(self, digest_id: str | None) -> Response:
        house, published = self._house, self._house.app.published
        language, page = house.language(), _page()
        question = request.args.get("q", "")[:_LONGEST_QUESTION]
        words = asked_words(question)

        def make() -> str:
            shown = self._found(words, page) if words else self._listed(digest_id, page)
            return house.html(
                "archive.html",
                language=language,
                is_private=bool(question) or page > 1,
                question=question,
                page=page,
                digest=house.digest(digest_id) if digest_id else None,
                **shown,
            )

        key = ("archive", digest_id, published.stamp(), language, page, question)
        return house.public(key, make)

    def _found(self, words: tuple[str, ...], page: int) -> dict[str, Any]:
        offset = (page - 1) * PAGE_SIZE
        count, found = self._house.app.published.search(words, limit=PAGE_SIZE, offset=offset)
        return {"count": count, "found": found, "listed": (), "pages": _pages(count)}

    def _listed(self, digest_id: str | None, page: int) -> dict[str, Any]:
        published, offset = self._house.app.published, (page - 1) * PAGE_SIZE
        count = published.count(digest_id)
        listed = published.listed(digest_id, limit=PAGE_SIZE, offset=offset)
        return {"count": count, "found": (), "listed": listed, "pages": _pages(count)}


def _pages(count: int) -> int:
    return max(1, math.ceil(count / PAGE_SIZE))


def _date(day: str) -> date:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        abort(404)
    if found.isoformat() != day:
        # One edition, one address: Python reads 20260914, too.
        abort(404)
    return found


def _page() -> int:
    text = request.args.get("page", "1")
    is_number = text.isascii() and text.isdigit() and len(text) < len(str(_LAST_PAGE))
    return max(1, int(text)) if is_number else 1
