"""A real Postfix with a configuration, a queue and a mailbox of its own, on loopback."""

import os
import pwd
import shutil
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ports import free_port

HOW_TO_GET_IT = "Postfix is not here, or this is not root (Debian: apt-get install postfix)"

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = relay.example.org
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = error:nothing leaves this machine
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """One that is running."""

    port: int
    mailbox: Path  #: A Maildir that takes everything for example.org.

    @property
    def url(self) -> str:
        """Its address as `SMTP_URL` has it."""
        return f"smtp://127.0.0.1:{self.port}"

    def carried(self, message: bytes) -> bytes:
        """Send a message to reader@example.org; return what lies in the mailbox then."""
        before = len(self.wait_for_mails(0, seconds=0))
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as relay:
            relay.sendmail("digest@digest.example", ["reader@example.org"], message)
        arrived = self.wait_for_mails(before + 1, seconds=30)
        assert len(arrived) == before + 1, "nothing arrived"
        return max(arrived, key=lambda mail: mail.stat().st_mtime_ns).read_bytes()

    def wait_for_mails(self, count: int, *, seconds: float) -> list[Path]:
        """Return the mails in the mailbox, as soon as there are so many."""
        deadline = time.monotonic() + seconds
        arrived = self.mailbox / "new"
        while time.monotonic() < deadline:
            if arrived.exists() and len(list(arrived.iterdir())) >= count:
                break
            time.sleep(0.2)
        return sorted(arrived.iterdir()) if arrived.exists() else []


@contextmanager
def running_postfix(folder: Path) -> Iterator[Postfix]:
    """Start one in that folder, which its daemons must be able to enter; skip where none is."""
    program = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
    if program is None or os.getuid() != 0:
        pytest.skip(HOW_TO_GET_IT)
    nobody = pwd.getpwnam("nobody")
    port = free_port()
    for name in ("etc", "queue", "data", "mail", "log"):
        (folder / name).mkdir()
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, 0)
    main = _MAIN.format(folder=folder, uid=nobody.pw_uid, gid=nobody.pw_gid)
    (folder / "etc" / "main.cf").write_text(main)
    (folder / "etc" / "master.cf").write_text(_MASTER.format(port=port))
    control = [program, "-c", str(folder / "etc")]
    _run([*control, "start"])
    try:
        yield Postfix(port=port, mailbox=folder / "mail" / "all")
    finally:
        _run([*control, "stop"])


def _run(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - A fixed command.
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    assert done.returncode == 0, done.stdout.decode()
