"""`aidigest web` as a process: it answers, believes proxies only when told to, and ends."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from threading import enumerate as enumerate_threads

import pytest
import urllib3
from flask import request

from aidigest.logs import set_up_logs
from aidigest.web import make_site, serving
from aidigest.web.serving import mailing
from homes import make_home, run
from ports import free_port
from websites import web


@contextmanager
def _running(home: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603 - Our own program.
        [sys.executable, "-m", "aidigest", "--home", str(home), *words], stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _status(url: str) -> int:
    for _ in range(300):
        try:
            return urllib3.request("GET", url, retries=False).status
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {url}")


@pytest.mark.parametrize(
    ("words", "page"), [(("web", "--port"), "/"), (("worker", "--health-port"), "/metrics")]
)
def test_a_process_answers_until_it_is_told_to_end(
    tmp_path: Path, words: tuple[str, str], page: str
) -> None:
    """SIGTERM, as process managers send it, ends it without an error."""
    home, port = make_home(tmp_path / "home"), free_port()

    with _running(home, *words, str(port)) as process:
        health = [
            _status(f"http://127.0.0.1:{port}{path}") for path in ("/healthz", "/readyz", page)
        ]
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)

    assert health == [200, 200, 200]
    assert process.returncode == 0, told
    assert b"Traceback" not in told


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path) -> None:
    """Not a traceback."""
    home = make_home(tmp_path / "home")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        done = run(home, "web", "--port", str(taken.getsockname()[1]))

    assert done.exit_code == 2
    assert "--port" in done.stderr


@pytest.mark.parametrize(("proxies", "counted"), [(0, "127.0.0.1"), (1, "198.51.100.7")])
def test_a_proxy_is_believed_only_when_the_config_says_so(
    tmp_path: Path, proxies: int, counted: str
) -> None:
    """Otherwise anybody escapes the limits by writing a header."""
    with web(tmp_path) as house:
        site = make_site(house.app)
        seen: list[str] = []
        site.before_request(lambda: seen.append(_remote()))
        with serving(site, host="127.0.0.1", port=0, proxies=proxies) as at:
            headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
            urllib3.request("GET", f"{at}/healthz", headers=headers)

    assert seen == [counted]


def _remote() -> str:
    return request.remote_addr or ""


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET //evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /archive?q=%ED%A0%80%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n",
        b"POST /subscribe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
    ],
)
def test_whatever_comes_over_the_wire_is_answered_or_refused(tmp_path: Path, raw: bytes) -> None:
    """The server itself is under test here: no 5xx, and the next visitor is served."""
    with web(tmp_path) as house, serving(house.site, host="127.0.0.1", port=0) as at:
        host, _, port = at.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)

        assert b" 5" not in answer.partition(b"\r\n")[0]
        assert _status(f"{at}/healthz") == 200


def test_a_server_that_is_just_waking_up_is_closed_like_any_other(tmp_path: Path) -> None:
    """It has answered this very moment, so it may see that it is to end before it is told."""
    with web(tmp_path) as house:
        for _ in range(100):
            with serving(house.site, host="127.0.0.1", port=0) as at:
                host, _, port = at.removeprefix("http://").partition(":")
                with socket.create_connection((host, int(port)), timeout=5) as connection:
                    connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")

            assert not [thread for thread in enumerate_threads() if thread.name == "web"]


def test_the_thread_that_mails_outlives_any_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A site that answers and mails nobody looks well from outside."""
    set_up_logs()
    asked, tried = Event(), SimpleQueue[bool]()
    errors = [ZeroDivisionError("of the test")]

    def mail() -> None:
        tried.put(True)
        if errors:
            raise errors.pop()

    with mailing(mail, asked):
        for _ in range(2):
            asked.set()
            tried.get(timeout=10)

    assert 'worker.failed reason="ZeroDivisionError: of the test"' in capsys.readouterr().err
