"""Subscribing: a form, a mail, and a click that confirms."""

from flask import Flask, Response, abort, request

from aidigest.core.messages.unsubscribe import Leaving, sign
from aidigest.core.readers.joining import Answer, Asking, is_our_form, read_confirmation, sign_form
from aidigest.core.readers.subscriber import clean_address
from aidigest.web.defence import refuse_foreign_forms
from aidigest.web.house import House

#: Hidden from people; programs that fill in every field fill it in.
HONEYPOT = "website"
#: More of an address is not looked at; a good one has 254 signs at most.
_LONGEST_ADDRESS = 400


class JoiningPages:
    """`/subscribe` and `/confirm/TOKEN`."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add_to(self, flask: Flask) -> None:
        """Add the routes."""
        if self._house.app.settings.web.signups:
            flask.add_url_rule("/subscribe", "subscribe", self.form, methods=["GET"])
            flask.add_url_rule("/subscribe", "ask", self.ask, methods=["POST"])
        flask.add_url_rule("/confirm/<token>", "confirm", self.show, methods=["GET"])
        flask.add_url_rule("/confirm/<token>", "confirmed", self.confirm, methods=["POST"])

    def form(self) -> Response:
        """Show the form."""
        return self._form()

    def ask(self) -> Response:
        """Take an asking; the answer is the same whoever the address belongs to."""
        house, app = self._house, self._house.app
        refuse_foreign_forms(app.settings.site.base_url)
        language = _language(house)
        if request.form.get(HONEYPOT):
            return house.page("asked.html", language=language)
        asking = self._asking(language)
        if isinstance(asking, str):
            return self._form(asking, status=400)
        if app.joining.ask(asking, remote=request.remote_addr or "") is Answer.TOO_MANY:
            answer = house.page("message.html", status=429, language=language, kind="too-many")
            answer.headers["Retry-After"] = "3600"
            return answer
        return house.page("asked.html", language=language)

    def _asking(self, language: str) -> Asking | str:
        """Read the form; return the page's word for what is wrong with it, if anything is."""
        app = self._house.app
        keys = app.settings.secret_keys
        if not is_our_form(request.form.get("form", ""), app.clock(), keys=keys):
            return "stale"
        known = [digest.id for digest in app.settings.digests]
        wanted = tuple(one for one in known if one in request.form.getlist("digest"))
        if not wanted:
            return "digests"
        try:
            address = clean_address(_typed_address())
        except ValueError:
            return "address"
        text = consent_text(self._house, language, wanted)
        return Asking(address=address, language=language, digests=wanted, text=text)

    def show(self, token: str) -> Response:
        """Ask whether they mean it."""
        app = self._house.app
        waiting = app.signups.waiting(self._read(token), now=app.clock())
        if waiting is None:
            return self._house.page("message.html", status=410, kind="expired")
        titles = [one.title for one in app.settings.digests if one.id in waiting.asking.digests]
        return self._house.page(
            "confirm.html",
            language=_language(self._house, own=waiting.asking.language),
            token=token,
            asking=waiting.asking,
            text=waiting.asking.text,
            wanted=titles,
        )

    def confirm(self, token: str) -> Response:
        """Subscribe them, with the record of it; a second time changes nothing."""
        house, app = self._house, self._house.app
        refuse_foreign_forms(app.settings.site.base_url)
        waiting_id, now = self._read(token), app.clock()
        waiting = app.signups.waiting(waiting_id, now=now)
        subscriber_id = app.signups.confirm(waiting_id, now=now) if waiting else None
        if waiting is None or subscriber_id is None:
            return house.page("message.html", status=410, kind="expired")
        leaving = Leaving(digest_id=waiting.asking.digests[0], subscriber_id=subscriber_id)
        return house.page(
            "welcome.html",
            language=_language(house, own=waiting.asking.language),
            token=sign(leaving, key=app.settings.required_secret_key()),
        )

    def _form(self, problem: str = "", *, status: int = 200) -> Response:
        """Show the form; after a mistake with what was typed and ticked."""
        language = _language(self._house)
        return self._house.page(
            "subscribe.html",
            status=status,
            language=language,
            problem=problem,
            address=_typed_address(),
            wanted=request.form.getlist("digest") if problem else None,
            **form_values(self._house, language),
        )

    def _read(self, token: str) -> int:
        try:
            return read_confirmation(token, keys=self._house.app.settings.secret_keys)
        except ValueError:
            abort(404)


def form_values(house: House, language: str) -> dict[str, str]:
    """Return what the form for subscribing needs; it is the same for a whole hour."""
    app = house.app
    hour = app.clock().replace(minute=0, second=0, microsecond=0)
    ids = tuple(digest.id for digest in app.settings.digests)
    return {
        "stamp": sign_form(hour, key=app.settings.required_secret_key()),
        "consent": consent_text(house, language, ids),
    }


def consent_text(house: House, language: str, digest_ids: tuple[str, ...]) -> str:
    """Return the words that a reader agrees to."""
    titles = [one.title for one in house.app.settings.digests if one.id in digest_ids]
    return house.pages.text(
        "Send me %(digests)s by mail. My address is used for nothing else,"
        " and I can leave at any time with one click.",
        language=language,
        digests=", ".join(titles),
    )


def _typed_address() -> str:
    return request.form.get("address", "")[:_LONGEST_ADDRESS].replace("\x00", "")


def _language(house: House, *, own: str | None = None) -> str:
    return house.language(sent=request.form.get("lang"), own=own)
