"""The preview's page: on loopback alone, read only, and gone with Ctrl-C."""

import re
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from urllib.parse import parse_qsl, urlsplit

from aidigest.core.proof.clients import CLIENTS, Support, seen_by
from aidigest.core.proof.forced import forced_dark
from aidigest.core.troubles import system_words
from aidigest.errors import AidigestError, Problem, SettingsError
from aidigest.preview.page import asset, error_page, page
from aidigest.preview.shown import Preview
from aidigest.preview.source import Source

#: The page may do nothing but show itself; the mail in its frame not even run a script.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; frame-ancestors 'self';"
    " sandbox"
)
#: How often we look whether something has changed, in seconds.
_LOOK_EVERY = 0.1
_HTML = "text/html; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"
_ASSETS = {"/page.css": "text/css; charset=utf-8", "/page.js": "text/javascript; charset=utf-8"}

_IMAGE = re.compile(r"(<img\b[^>]*?)\ssrc=", re.IGNORECASE)

Query = dict[str, str]
Answer = tuple[str, str, bytes]  #: Content type, policy, body.


def serve_preview(
    source: Source,
    *,
    support: Support,
    port: int = 0,
    announce: Callable[[str], None],
    open_page: Callable[[str], object] = webbrowser.open,
) -> None:
    """Show the preview in the browser until Ctrl-C.

    Args:
        source: What is shown.
        support: What mail clients can do.
        port: On loopback; 0 takes a free one.
        announce: Told the address, for where there is no browser.
        open_page: Opens the browser.

    Raises:
        SettingsError: The port cannot be had.
    """
    with serving(source, support=support, port=port) as address, suppress(KeyboardInterrupt):
        announce(f"The preview is at {address}; Ctrl-C ends it.")
        open_page(address)
        Event().wait()


@contextmanager
def serving(source: Source, *, support: Support, port: int = 0) -> Iterator[str]:
    """Serve the preview while the block runs; yield its address.

    Raises:
        SettingsError: The port cannot be had.
    """
    try:
        opened = _Server(source, support, port)
    except OSError as error:
        what = f"{port} cannot be had: {system_words(error)}, or leave it out for a free one"
        raise SettingsError((Problem(where="--port", what=what),)) from error
    with opened as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, source: Source, support: Support, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.source = source
        self.support = support
        self.ending = Event()
        self._shown: dict[tuple[str, str, str | None], Preview] = {}
        self._showing = Lock()

    @property
    def names(self) -> set[str]:
        """What a browser on this machine calls us; others are tricked into it by their DNS."""
        return {f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}"}

    def version(self) -> str:
        """Return what differs once anything has changed."""
        return sha256(self.source.version().encode()).hexdigest()[:16]

    def preview(self, query: Query) -> Preview:
        """Return what is asked for; the page and its frame ask for the same, so it is kept."""
        edition = query.get("edition", self.source.editions()[0].name)
        wanted = self.version(), edition, query.get("look")
        with self._showing:
            if wanted not in self._shown:
                shown = self.source.show(*wanted[1:])
                # The page may leave the look open, and its frame names the one that came.
                named = *wanted[:2], shown.rendered.edition.look
                self._shown = dict.fromkeys((wanted, named), shown)
            return self._shown[wanted]

    def answer(self, path: str, query: Query) -> Answer | None:
        """Return the answer to a path, or nothing where there is none."""
        if path in _ASSETS:
            return _ASSETS[path], _PAGE_POLICY, asset(path[1:]).encode()
        if path == "/":
            return _HTML, _PAGE_POLICY, self._page(query).encode()
        parts: dict[str, Callable[[Preview], tuple[str, bytes]]] = {
            "/mail.html": lambda one: (_HTML, self._mail(one, query).encode()),
            "/email.html": lambda one: (_HTML, one.html.encode()),
            "/email.txt": lambda one: (_PLAIN, one.text.encode()),
            "/edition.md": lambda one: (_PLAIN, one.rendered.markdown.encode()),
            "/message.eml": lambda one: (_PLAIN, one.message),
        }
        if path not in parts:
            return None
        kind, body = parts[path](self.preview(query))
        return kind, _MAIL_POLICY, body

    def _page(self, query: Query) -> str:
        version = self.version()
        editions = self.source.editions()
        try:
            return page(
                self.preview(query),
                edition=query.get("edition", editions[0].name),
                editions=editions,
                looks=self.source.looks(),
                facts_of=self.support.date,
                version=version,
            )
        except AidigestError as error:
            return error_page(str(error), version=version)

    def _mail(self, preview: Preview, query: Query) -> str:
        html = preview.html
        if query.get("client") in CLIENTS:
            html = seen_by(html, query["client"], self.support)
        if query.get("forced"):
            html = forced_dark(html)
        if query.get("images") == "off":
            html = _IMAGE.sub(r"\1 data-src=", html)
        return html


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if self.headers.get("Host") not in self.server.names:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif parts.path == "/changes":
            self._tell_changes(query.get("version", ""))
        else:
            self._answer_to(parts.path, query)

    def _answer_to(self, path: str, query: Query) -> None:
        try:
            answer = self.server.answer(path, query)
        except AidigestError as error:
            answer = _PLAIN, _MAIL_POLICY, str(error).encode()
        if answer is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content_type, policy, body = answer
        self._begin(content_type, policy)
        self.send_header("Content-Length", str(len(body)))
        with suppress(ConnectionError):  # The page has been closed, or loads itself anew.
            self.end_headers()
            self.wfile.write(body)

    def _tell_changes(self, version: str) -> None:
        """Keep the line open until something has changed; server-sent events."""
        self._begin("text/event-stream", _PAGE_POLICY)
        self.end_headers()
        with suppress(OSError):  # The page has been closed.
            while not self.server.ending.wait(_LOOK_EVERY):
                changed = self.server.version() != version
                self.wfile.write(b"event: changed\ndata: \n\n" if changed else b": still\n\n")
                self.wfile.flush()
                if changed:
                    return

    def _begin(self, content_type: str, policy: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server names it.
        """Keep the terminal quiet."""
