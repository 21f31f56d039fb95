"""Workers as children of one parent that has the program loaded: `python children.py`.

Each line on standard input is a task in JSON: the home, its environment, and
the network namespace to live in, if any. Each is answered with the child's
process id. Whoever asked stops, freezes and kills them by it.
"""

import ctypes
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import aidigest.adapters.procrastinate_jobs
import aidigest.adapters.smtp_lines  # noqa: F401 - Loaded before the fork.
from aidigest.app import App
from aidigest.logs import set_up_logs
from aidigest.settings import load_settings
from aidigest.worker import work

_CLONE_NEWNET = 0x40000000


def enter(namespace: str) -> None:
    """Move this process, which has no thread yet, into a network namespace."""
    with open(f"/run/netns/{namespace}", "rb") as file:  # noqa: PTH123 - Its number is needed.
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")


def be_a_worker(task: dict[str, Any]) -> None:
    """Work as `aidigest worker` does, with shorter times."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if task["namespace"]:
        enter(task["namespace"])
    set_up_logs(verbose=True)
    settings = load_settings(Path(task["home"]), {**os.environ, **task["environ"]})
    with App(settings, stalled_after_s=task["stalled_after_s"]) as app:
        work(app, worth_sharing=1, resume_every=timedelta(seconds=1))


def main() -> None:
    """Fork a worker for each task until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for them.
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                be_a_worker(json.loads(line))
                code = 0
            finally:
                os._exit(code)
        print(child, flush=True)


if __name__ == "__main__":
    main()
