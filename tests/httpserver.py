"""A scripted HTTP server on the loopback, for tests that need real answers."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, sent as it is; `Content-Length` is added unless given or unwanted."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sized: bool = True  #: Whether the length is announced.


Script = Callable[[BaseHTTPRequestHandler], None]


class HttpServer:
    """Answers each path from its script, the last answer for ever, and keeps every request."""

    def __init__(self) -> None:
        self._scripts: dict[str, list[Answer | Script]] = {}
        self.requests: defaultdict[str, list[Message]] = defaultdict(list)
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # The name is the base class's.
                server._answer(self)

            def do_POST(self) -> None:  # As above.
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # As above.
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def script(self, path: str, *answers: Answer | Script) -> str:
        """Set the answers of a path, in turn; return its address."""
        self._scripts[path] = list(answers)
        return self.url(path)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.requests[handler.path].append(handler.headers)
            script = self._scripts.get(handler.path, [Answer(status=404)])
            answer = script.pop(0) if len(script) > 1 else script[0]
        try:
            if isinstance(answer, Answer):
                send(handler, answer)
            else:
                answer(handler)
        except ConnectionError:
            handler.close_connection = True  # The client has had enough.

    def serve(self) -> None:
        """Answer until `stop`."""
        self._http.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        """Free the port."""
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()


def send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Write an answer."""
    handler.send_response(answer.status)
    names = {name.lower() for name in answer.headers}
    if answer.sized and "content-length" not in names:
        handler.send_header("Content-Length", str(len(answer.body)))
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(answer.body)


@contextmanager
def running() -> Iterator[HttpServer]:
    """Run a server for the length of a test."""
    server = HttpServer()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
