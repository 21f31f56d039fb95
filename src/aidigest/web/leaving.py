"""Leaving: GET shows, POST acts, and one click of a mail program is enough (RFC 8058)."""

from flask import Flask, Response, abort, request

from aidigest.adapters.database import Reader
from aidigest.core.messages.unsubscribe import Leaving, read
from aidigest.core.readers.subscriber import half_hidden
from aidigest.web.house import House


class LeavingPages:
    """`/unsubscribe/TOKEN`, the address that every mail carries."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add_to(self, flask: Flask) -> None:
        """Add the routes."""
        flask.add_url_rule("/unsubscribe/<token>", "unsubscribe", self.show, methods=["GET"])
        flask.add_url_rule("/unsubscribe/<token>", "leave", self.leave, methods=["POST"])

    def show(self, token: str) -> Response:
        """Ask whether they mean it; scanners of mail open every link."""
        leaving = read_token(self._house, token)
        reader = self._house.app.choices.reader(leaving.subscriber_id)
        has_left = reader is not None and not reader.preferences.digests
        name = "left.html" if has_left else "unsubscribe.html"
        return self._page(name, leaving, reader, token=token)

    def leave(self, token: str) -> Response:
        """End a subscription, or all; a second time changes nothing."""
        leaving = read_token(self._house, token)
        is_one_click = request.form.get("List-Unsubscribe") == "One-Click"
        wants_all = request.form.get("what") == "all" and not is_one_click
        app = self._house.app
        app.choices.leave(
            leaving.subscriber_id, None if wants_all else leaving.digest_id, now=app.clock()
        )
        if is_one_click:
            return Response("unsubscribed\n", mimetype="text/plain")
        reader = app.choices.reader(leaving.subscriber_id)
        return self._page("left.html", leaving, reader, token=token)

    def _page(self, name: str, leaving: Leaving, reader: Reader | None, *, token: str) -> Response:
        digest = self._house.digest(leaving.digest_id)
        got = reader.preferences.digests if reader else ()
        own = reader.preferences.language if reader else None
        return self._house.page(
            name,
            language=self._house.language(sent=request.form.get("lang"), own=own),
            token=token,
            address=half_hidden(reader.address) if reader and leaving.digest_id in got else "",
            digest=digest.title if digest else leaving.digest_id,
            left=[one.title for one in self._house.app.settings.digests if one.id in got],
        )


def read_token(house: House, token: str) -> Leaving:
    """Return who leaves what, or answer that there is no such page."""
    try:
        return read(token, keys=house.app.settings.secret_keys)
    except ValueError:
        abort(404)
