"""What every view has at hand: the program, the pages, and how an answer is made."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from hashlib import sha256
from threading import Lock
from typing import Any

from flask import Response, request, url_for

from aidigest.app import App
from aidigest.core.editions.digest import Digest

#: Pages that are kept ready.
_KEPT = 512

#: How long a browser or a proxy may show a public page without asking, in seconds.
_FRESH_S = 60


class House:
    """One for the process.

    Args:
        app: The program.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.pages = app.pages
        self._ready: OrderedDict[Hashable, tuple[bytes, str]] = OrderedDict()
        self._lock = Lock()

    def language(self, *, sent: str | None = None, own: str | None = None) -> str:
        """Return the language of the page; at the last it is the first digest's.

        Args:
            sent: The language of the page whose form was sent, which the form carries along.
            own: The reader's; a link on the page wins over it, and it over the browser's.
        """
        known = self.pages.languages
        browsers = request.accept_languages.best_match(known)
        digests = self.app.settings.digests[0].language
        wanted = (sent, request.args.get("lang"), own, browsers, digests)
        return next((one for one in wanted if one in known), known[0])

    def digest(self, digest_id: str) -> Digest | None:
        """Return the digest of that id, if there is one."""
        return next((one for one in self.app.settings.digests if one.id == digest_id), None)

    def url(self, path: str) -> str:
        """Return the address of a page, whatever host it was asked under."""
        return f"{self.app.settings.site.base_url}{path}"

    def page(
        self, name: str, *, status: int = 200, language: str | None = None, **values: Any
    ) -> Response:
        """Answer with a page for one reader: it is kept nowhere."""
        language = language or self.language()
        body = self.html(name, language=language, is_private=True, **values)
        answer = Response(body, status=status, mimetype="text/html")
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    def html(self, name: str, *, language: str, is_private: bool, **values: Any) -> str:
        """Return a page's words."""
        shared: Mapping[str, Any] = {
            "path": _path(),
            "url": self.url,
            "digests": self.app.settings.digests,
            "topics": self.app.settings.topics,
            "languages": self.pages.languages,
            "is_private": is_private,
            "signups": self.app.settings.web.signups,
        }
        return self.pages.page(name, language=language, **{**shared, **values})

    def public(
        self,
        key: Hashable,
        make: Callable[[], str | bytes],
        *,
        mimetype: str = "text/html",
    ) -> Response:
        """Answer with a page for everybody, which is made once.

        Args:
            key: Differs whenever the page would.
            make: Makes it.
            mimetype: Of the answer.
        """
        body, etag = self._kept(key, make)
        answer = Response(body, mimetype=mimetype)
        answer.set_etag(etag)
        answer.headers["Cache-Control"] = f"public, max-age={_FRESH_S}"
        answer.headers["Vary"] = "Accept-Language"
        answer.make_conditional(request)
        return answer

    def _kept(self, key: Hashable, make: Callable[[], str | bytes]) -> tuple[bytes, str]:
        with self._lock:
            if key in self._ready:
                self._ready.move_to_end(key)
                return self._ready[key]
        made = make()
        body = made.encode() if isinstance(made, str) else made
        ready = body, _mark(body)
        with self._lock:
            self._ready[key] = ready
            if len(self._ready) > _KEPT:
                self._ready.popitem(last=False)
        return ready


def _path() -> str:
    """Return the page's one path, however it was asked for: what is kept is shown to others."""
    return url_for(request.endpoint, **(request.view_args or {})) if request.endpoint else "/"


def _mark(body: bytes) -> str:
    return sha256(body).hexdigest()[:20]
