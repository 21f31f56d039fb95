"""Preferences: what a reader gets, when, and in which words."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import Flask, Response, request

from aidigest.adapters.database import Reader
from aidigest.core.readers.preferences import PAUSES, Preferences, choose
from aidigest.core.readers.subscriber import half_hidden
from aidigest.web.defence import refuse_foreign_forms
from aidigest.web.house import House
from aidigest.web.joining import consent_text
from aidigest.web.leaving import read_token

_HOURS = range(24)


class ChoosingPages:
    """`/unsubscribe/TOKEN/preferences`: the link in each mail, one step further."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add_to(self, flask: Flask) -> None:
        """Add the routes."""
        rule = "/unsubscribe/<token>/preferences"
        flask.add_url_rule(rule, "preferences", self.show, methods=["GET"])
        flask.add_url_rule(rule, "choose", self.choose, methods=["POST"])

    def show(self, token: str) -> Response:
        """Show what is chosen."""
        return self._page(token)

    def choose(self, token: str) -> Response:
        """Store what is chosen."""
        app = self._house.app
        refuse_foreign_forms(app.settings.site.base_url)
        leaving = read_token(self._house, token)
        reader = app.choices.reader(leaving.subscriber_id)
        if reader is None:
            return self._house.page("message.html", status=410, kind="unknown-reader")
        now = app.clock()
        try:
            chosen = self._chosen(reader.preferences.paused_until, now)
        except ValueError as error:
            return self._page(token, problem=str(error), status=400)
        # What they agree to is what they read: the words of the page that the form was on.
        language = self._language(reader)
        text = consent_text(self._house, language, chosen.digests)
        app.choices.choose(leaving.subscriber_id, chosen, text=text, now=now)
        is_new = chosen.language != reader.preferences.language
        return self._page(token, is_saved=True, language=chosen.language if is_new else language)

    def _language(self, reader: Reader) -> str:
        """Return the language of the page, and of what is agreed to on it."""
        return self._house.language(sent=request.form.get("lang"), own=reader.preferences.language)

    def _chosen(self, paused_until: datetime | None, now: datetime) -> Preferences:
        """Read the form; raise ValueError with words for the page."""
        form, settings = request.form, self._house.app.settings
        language = form.get("language", "")
        return choose(
            digests=form.getlist("digest"),
            topics=form.getlist("topic"),
            language=language if language in self._house.pages.languages else "",
            hour=form.get("hour", ""),
            zone=form.get("zone", "").strip(),
            weeks=form.get("weeks", ""),
            known=Preferences(
                digests=tuple(one.id for one in settings.digests),
                topics=tuple(one.id for one in settings.topics),
                paused_until=paused_until,
            ),
            now=now,
        )

    def _page(
        self,
        token: str,
        *,
        problem: str = "",
        is_saved: bool = False,
        status: int = 200,
        language: str | None = None,
    ) -> Response:
        house, app = self._house, self._house.app
        leaving = read_token(house, token)
        reader = app.choices.reader(leaving.subscriber_id)
        if reader is None:
            return house.page("message.html", status=410, kind="unknown-reader")
        digest = house.digest(leaving.digest_id) or app.settings.digests[0]
        language = language or self._language(reader)
        ids = tuple(one.id for one in app.settings.digests)
        return house.page(
            "preferences.html",
            status=status,
            language=language,
            token=token,
            problem=problem,
            is_saved=is_saved,
            address=half_hidden(reader.address),
            chosen=reader.preferences,
            consent=consent_text(house, language, ids),
            **_times(reader.preferences, digest.timezone, now=app.clock()),
        )


def _times(chosen: Preferences, usual_zone: str, *, now: datetime) -> dict[str, Any]:
    """Return what the page says of hours, zones and pauses, where the reader is."""
    zones = sorted(available_timezones())
    zone = chosen.zone or usual_zone
    return {
        "is_paused": chosen.paused_until is not None and chosen.paused_until > now,
        # A day ends when it ends where the reader is; a zone may be gone with an update.
        "there": ZoneInfo(zone if zone in zones else usual_zone),
        "pauses": [(weeks, now + timedelta(weeks=weeks)) for weeks in PAUSES if weeks],
        "hours": _HOURS,
        "zone": zone,
        "zones": zones,
    }
