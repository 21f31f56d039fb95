"""A Postfix of our own on loopback, which delivers into a folder."""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

HOW = "needs Postfix, and root; on Debian: apt-get install postfix"
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{reader@example.org=inbox/}}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
"""


def can_run() -> bool:
    """Say whether there is a Postfix that we may start."""
    return shutil.which("postfix") is not None and os.geteuid() == 0


@contextmanager
def postfix() -> Iterator["Postfix"]:
    """Run a Postfix while the block runs."""
    with TemporaryDirectory(prefix="postfix-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        _configure(folder, port)
        _command(folder, "start")
        try:
            yield Postfix(folder, port)
        finally:
            _command(folder, "stop")


class Postfix:
    """A relay, and the mailbox behind it."""

    def __init__(self, folder: Path, port: int) -> None:
        self._inbox = folder / "mail" / "inbox" / "new"
        self._port = port

    def carried(self, message: bytes) -> bytes:
        """Send a message to reader@example.org; return what lies in the mailbox then."""
        before = set(self._inbox.glob("*")) if self._inbox.is_dir() else set()
        with smtplib.SMTP("127.0.0.1", self._port, timeout=20) as relay:
            relay.sendmail("digest@digest.example", ["reader@example.org"], message)
        deadline = monotonic() + 30
        while monotonic() < deadline:
            # The folder is another program's: looking again is all one can do.
            arrived = set(self._inbox.glob("*")) - before if self._inbox.is_dir() else set()
            if arrived:
                return arrived.pop().read_bytes()
            sleep(0.05)
        raise AssertionError("nothing arrived")


def _configure(folder: Path, port: int) -> None:
    user = pwd.getpwnam("postfix")
    for name in ("queue", "data", "mail", "etc"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, user.pw_uid, user.pw_gid)
    main = _MAIN.format(folder=folder, uid=user.pw_uid, gid=user.pw_gid)
    (folder / "etc" / "main.cf").write_text(main, encoding="utf-8")
    services = _SERVICES.format(port=port)
    (folder / "etc" / "master.cf").write_text(services, encoding="utf-8")


def _command(folder: Path, word: str) -> None:
    subprocess.run(  # noqa: S603 - Our own configuration.
        ["postfix", "-c", str(folder / "etc"), word],  # noqa: S607 - `can_run` has looked.
        check=True,
        capture_output=True,
        timeout=60,
    )
