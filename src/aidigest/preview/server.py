"""The preview's page: on loopback alone, read only, and gone with Ctrl-C."""

import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from aidigest.errors import Problem, SettingsError
from aidigest.preview.page import page
from aidigest.preview.shown import Preview

#: The page may do nothing but show itself; the mail in its frame not even run a script.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


def serve_preview(
    preview: Preview,
    *,
    port: int = 0,
    announce: Callable[[str], None],
    open_page: Callable[[str], object] = webbrowser.open,
) -> None:
    """Show the preview in the browser until Ctrl-C.

    Args:
        preview: What is shown.
        port: On loopback; 0 takes a free one.
        announce: Told the address, for where there is no browser.
        open_page: Opens the browser.

    Raises:
        SettingsError: The port cannot be had.
    """
    with serving(preview, port=port) as address, suppress(KeyboardInterrupt):
        announce(f"The preview is at {address}; Ctrl-C ends it.")
        open_page(address)
        Event().wait()


@contextmanager
def serving(preview: Preview, *, port: int = 0) -> Iterator[str]:
    """Serve the preview while the block runs; yield its address.

    Raises:
        SettingsError: The port cannot be had.
    """
    try:
        opened = _Server(preview, port)
    except OSError as error:
        what = f"{port} cannot be had ({error.strerror}); leave it out for a free one"
        raise SettingsError((Problem(where="--port", what=what),)) from error
    with opened as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, preview: Preview, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        plain = "text/plain; charset=utf-8"
        html = "text/html; charset=utf-8"
        self.answers = {
            "/": (html, _PAGE_POLICY, page(preview).encode()),
            "/email.html": (html, _MAIL_POLICY, preview.html.encode()),
            "/email.txt": (plain, _MAIL_POLICY, preview.text.encode()),
            "/edition.md": (plain, _MAIL_POLICY, preview.rendered.markdown.encode()),
            "/message.eml": (plain, _MAIL_POLICY, preview.message),
        }

    @property
    def names(self) -> set[str]:
        """What a browser on this machine calls us; others are tricked into it by their DNS."""
        return {f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}"}


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.headers.get("Host") not in self.server.names:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path not in self.server.answers:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self._answer(*self.server.answers[self.path])

    def _answer(self, content_type: str, policy: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server names it.
        """Keep the terminal quiet."""
