"""The outlets' web server: real HTTP on loopback, with conditional GET."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one path answers."""

    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        """A strong validator (RFC 9110, section 8.8.3)."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


@contextmanager
def serve_feeds(pages: Mapping[str, Page], *, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve the pages, by path, on a free port of a loopback host; yield the base address."""
    with _Server(host, pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://{host}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # Many feeds are asked for at once.

    def __init__(self, host: str, pages: Mapping[str, Page]) -> None:
        super().__init__((host, 0), _Handler)
        self.pages = pages


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 10  # Seconds of silence after which a kept connection is closed.

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND)
        elif self.headers.get("If-None-Match") == page.etag:
            self._answer(HTTPStatus.NOT_MODIFIED, page)
        else:
            self._answer(HTTPStatus.OK, page, body=page.body)

    def _answer(self, status: HTTPStatus, page: Page | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        if page is not None:
            self.send_header("ETag", page.etag)
            self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server names it.
        """Keep the screen for the one who runs this."""
