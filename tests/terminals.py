"""A terminal with somebody at it, for what is only asked there."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Longer than any command takes on a busy machine.
_PATIENCE_S = 60.0


def converse(
    words: Sequence[str], answers: Sequence[str], *, folder: Path, environ: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command of ours at a terminal.

    Args:
        words: The command's.
        answers: To each prompt, which ends with `: `, the next of them.
        folder: Where it runs.
        environ: Beside the usual variables.

    Returns:
        The exit code, and all that stood on the screen.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - Our own interpreter and arguments.
        [sys.executable, "-m", "aidigest", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={**os.environ, **environ},
    )
    os.close(theirs)
    try:
        screen = _talk(ours, list(answers))
        return process.wait(timeout=_PATIENCE_S), screen
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _talk(terminal: int, answers: list[str]) -> str:
    screen = b""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            shown = os.read(terminal, 4096)
        except OSError:  # Linux says so that the other side has gone.
            break
        if not shown:
            break
        screen += shown
        if screen.endswith(b": ") and answers:
            os.write(terminal, f"{answers.pop(0)}\n".encode())
    return screen.decode(errors="replace")
