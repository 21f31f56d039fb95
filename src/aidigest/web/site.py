"""The site: all pages together, and what is said where there is none."""

from functools import partial

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from aidigest.app import App
from aidigest.web.choosing import ChoosingPages
from aidigest.web.defence import defend, refuse_zero_bytes
from aidigest.web.feeds import FeedPages
from aidigest.web.health import HealthPages
from aidigest.web.house import House
from aidigest.web.joining import JoiningPages
from aidigest.web.leaving import LeavingPages
from aidigest.web.operator import OperatorPage
from aidigest.web.reading import ReadingPages

_PAGES = (ReadingPages, FeedPages, JoiningPages, ChoosingPages, LeavingPages, OperatorPage)

#: Of Flask's own answer to an error: what it lets a program do next.
_KEPT_HEADERS = frozenset({"Allow", "WWW-Authenticate", "Retry-After"})


def make_site(app: App) -> Flask:
    """Return the web's WSGI application.

    Raises:
        SettingsError: There is no secret key, so no link could be trusted.
    """
    app.settings.required_secret_key()
    flask = Flask("aidigest.web", static_folder=None, template_folder=None)
    # One page has one address, and nobody is sent on to another.
    flask.url_map.strict_slashes = False
    flask.url_map.merge_slashes = False
    defend(flask, base_url=app.settings.site.base_url)
    house = House(app)
    for kind in _PAGES:
        kind(house).add_to(flask)
    HealthPages(app).add_to(flask)
    # The last thing before a page: what is turned away here is measured as well.
    flask.before_request(refuse_zero_bytes)
    flask.register_error_handler(HTTPException, partial(_say, house))
    return flask


def _say(house: House, error: HTTPException) -> Response:
    """Answer an error with a page in the reader's language, and what a program needs to know."""
    status = error.code or 500
    answer = house.page("message.html", status=status, kind=str(status))
    for name, value in error.get_headers():
        if name in _KEPT_HEADERS:
            answer.headers[name] = value
    return answer
