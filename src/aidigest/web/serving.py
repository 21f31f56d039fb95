"""Waitress (pure Python, Windows too) before the site, and the thread that mails confirmations."""

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Thread
from typing import Any
from wsgiref.types import WSGIApplication

from waitress.server import create_server
from waitress.wasyncore import close_all

from aidigest.app import App
from aidigest.core.troubles import system_words
from aidigest.errors import Problem, SettingsError
from aidigest.logs import Event, errors_logged, log
from aidigest.web.site import make_site

#: Answers are made in so many threads; each is short.
_THREADS = 8

#: A connection on which nothing happens for so long is closed, in seconds.
_IDLE_S = 30

#: How long a mail that failed waits at most to be looked at again, in seconds.
_LOOK_EVERY_S = 60.0


def serve(app: App, *, host: str, port: int) -> None:
    """Serve the site until SIGTERM or SIGINT.

    Raises:
        SettingsError: The port cannot be had, or there is no secret key.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: app.stop.set())
    site, joining = make_site(app), app.joining
    with (
        mailing(joining.mail_confirmations, joining.asked),
        serving(site, host=host, port=port, proxies=app.settings.web.proxies) as at,
    ):
        log(Event.WEB_STARTED, address=at)
        # Waiting without end would not let a signal through on Windows.
        while not app.stop.wait(timeout=1.0):
            pass
    log(Event.WEB_STOPPED)


@contextmanager
def serving(
    site: WSGIApplication, *, host: str, port: int, option: str = "--port", proxies: int = 0
) -> Iterator[str]:
    """Serve an application while the block runs; yield its address.

    Args:
        site: The application.
        host: Where to listen.
        port: At which port; 0 takes a free one.
        option: What the port is called where somebody chose it.
        proxies: How many stand before us.

    Raises:
        SettingsError: The port cannot be had.
    """
    server: Any = create_server(
        site,
        sockets=[_listening(host, port, option)],
        threads=_THREADS,
        ident=None,
        channel_timeout=_IDLE_S,
        **_trust(proxies),
    )
    logging.getLogger("waitress").setLevel(logging.ERROR)
    thread = Thread(target=server.run, name="web", daemon=True)
    thread.start()
    try:
        yield f"http://{server.effective_host}:{server.effective_port}"
    finally:
        _end(server, thread)


def _trust(proxies: int) -> dict[str, Any]:
    """Return what Waitress is to believe of so many proxies before us."""
    if not proxies:
        # That a request came by a proxy must be seen, even where the proxy is not believed.
        return {"clear_untrusted_proxy_headers": False}
    return {
        "clear_untrusted_proxy_headers": True,
        "trusted_proxy": "*",
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": {"x-forwarded-for"},
    }


def _listening(host: str, port: int, option: str) -> socket.socket:
    """Return a socket that listens there."""
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        what = f"{port} cannot be had at {host}: {system_words(error)}"
        raise SettingsError((Problem(where=option, what=what),)) from error


def _end(server: Any, thread: Thread) -> None:
    """End the server's thread, and close all that it had open; Waitress leaves both to the exit."""
    server.task_dispatcher.shutdown()
    waited_on = server._map  # noqa: SLF001 - There is no other way to them.
    left: dict[int, Any] = {}
    server.trigger.pull_trigger(lambda: _move(waited_on, left))
    thread.join(timeout=5)
    # Waitress forgets the copy that it made of the trigger's pipe.
    forgotten = server.trigger.socket
    close_all(left, ignore_all=True)
    forgotten.close()


def _move(waited_on: dict[int, Any], left: dict[int, Any]) -> None:
    """Leave the server's thread nothing to wait for, so that it ends.

    They are closed after that, its trigger among them: the thread may have been awake already and
    come here before whoever pulls the trigger has written to it.
    """
    left.update(waited_on)
    waited_on.clear()


@contextmanager
def mailing(mail: Callable[[], object], asked: Flag) -> Iterator[None]:
    """Mail confirmations as they are asked for, while the block runs.

    Args:
        mail: Mails those that are due.
        asked: Set when one is asked for.
    """
    ended = Flag()
    # The site answers on whatever happens, so the thread must go on, too.
    try_to_mail = errors_logged(mail)

    def work() -> None:
        while not ended.is_set():
            asked.wait(timeout=_LOOK_EVERY_S)
            asked.clear()
            if ended.is_set():
                return
            try_to_mail()

    thread = Thread(target=work, name="confirmations", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        asked.set()
        thread.join(timeout=5)
