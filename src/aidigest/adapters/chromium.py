"""A headless Chromium, told what to do through its debugging pipe; for screenshots.

The DevTools protocol over `--remote-debugging-pipe`: JSON messages that end
with a zero byte, commands in on descriptor 3, answers out on descriptor 4.
"""

import base64
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from select import select
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Self

from aidigest.errors import BrowserError

#: Names that distributions give it, and browsers built on it.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: How long one command may take before we give up, in seconds.
_PATIENCE = 60.0
_FLAGS = (
    "--headless",
    "--no-sandbox",  # What is shown may run no script, and root has no sandbox.
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    # Nothing is fetched: an unsent mail is nobody else's business.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)


def find_chromium() -> str | None:
    """Return the path of a Chromium on this machine, if there is one."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


@contextmanager
def chromium(program: str) -> Iterator["Chromium"]:
    """Run a browser while the block runs.

    Raises:
        BrowserError: It does not start, or does not answer.
    """
    with (
        TemporaryDirectory(prefix="aidigest-chromium-", ignore_cleanup_errors=True) as profile,
        ExitStack() as our_ends,
    ):
        commands, answers = os.pipe(), os.pipe()
        our_ends.callback(os.close, commands[1])
        our_ends.callback(os.close, answers[0])
        command = [program, *_FLAGS, f"--user-data-dir={profile}"]
        pid = _spawn(command, read=commands[0], write=answers[1])
        try:
            yield Chromium(read_end=answers[0], write_end=commands[1]).with_page()
        finally:
            our_ends.close()
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


def _spawn(command: list[str], *, read: int, write: int) -> int:
    """Start a program with our ends of the pipes where it looks for them; return its id."""
    # Out of the way first, or one could be overwritten by the other.
    far = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (read, write)]
    null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    ends = [(os.POSIX_SPAWN_DUP2, far[0], 3), (os.POSIX_SPAWN_DUP2, far[1], 4)]
    try:
        return os.posix_spawn(command[0], command, os.environ, file_actions=[*null, *ends])
    except OSError as error:
        raise BrowserError(f"{command[0]} does not start: {error.strerror}") from error
    finally:
        for end in (read, write, *far):
            os.close(end)


class Chromium:
    """One page of a running browser."""

    def __init__(self, *, read_end: int, write_end: int) -> None:
        self._read_end, self._write_end = read_end, write_end
        self._number = 0
        self._session: str | None = None
        self._unread = b""

    def with_page(self) -> Self:
        """Open the page that the other methods work on."""
        target = self._do("Target.createTarget", url="about:blank")["targetId"]
        attached = self._do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._do("Page.enable")
        self._do("Emulation.setScriptExecutionDisabled", value=True)
        return self

    def picture(
        self, html: str, *, width: int, scheme: str, scale: float = 1.0, height: int | None = None
    ) -> bytes:
        """Return the page as a PNG.

        Args:
            html: The page.
            width: Of the window, in CSS pixels.
            scheme: What `prefers-color-scheme` answers, `light` or `dark`.
            scale: Device pixels to a CSS pixel.
            height: How much of it, from the top; all of it if not given.
        """
        self._do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=scale,
            mobile=False,
        )
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        self._do("Emulation.setEmulatedMedia", features=wanted)
        frame = self._do("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._do("Page.setDocumentContent", frameId=frame, html=html)
        size = self._do("Page.getLayoutMetrics")["cssContentSize"]
        shown = height or size["height"]
        clip = {"x": 0, "y": 0, "width": width, "height": shown, "scale": 1}
        shot = self._do("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def _do(self, method: str, **parameters: Any) -> Mapping[str, Any]:
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        try:
            os.write(self._write_end, json.dumps(command).encode() + b"\0")
        except OSError as error:
            raise BrowserError("the browser has ended") from error
        deadline = monotonic() + _PATIENCE
        while True:
            answer = self._answer(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                result: Mapping[str, Any] = answer["result"]
                return result

    def _answer(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select([self._read_end], [], [], max(0.0, deadline - monotonic()))
            piece = os.read(self._read_end, 1 << 16) if ready else b""
            if not piece:
                raise BrowserError("the browser does not answer" if not ready else "it has ended")
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer
