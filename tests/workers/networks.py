"""A host of its own for each worker: network namespaces, whose lines can be cut one by one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

HOW_TO_GET_THEM = "network namespaces need root with CAP_NET_ADMIN, and ip (Debian: iproute2)"

#: A net of our own, should several runs be under way on this machine.
_NET = f"10.{64 + os.getpid() % 128}"

#: Where the database and the relay are, on this machine and for nobody else.
DATABASE, RELAY = f"{_NET}.255.1", f"{_NET}.254.1"


@dataclass(frozen=True, slots=True)
class Host:
    """One namespace, with a line to the database and one to the relay."""

    name: str
    number: int

    def cut_off(self, *, database: bool = True, relay: bool = False) -> None:
        """Cut its lines: nothing comes through, and nobody is told."""
        if database:
            ip("link", "set", "dev", self.line("d"), "down")
        if relay:
            ip("link", "set", "dev", self.line("r"), "down")

    def mend(self) -> None:
        """Have its lines back."""
        for kind in "dr":
            ip("link", "set", "dev", self.line(kind), "up")

    def line(self, kind: str) -> str:
        """Return this machine's end of a line; 15 letters at most."""
        return f"{self.name}{kind}"


def are_possible() -> bool:
    """Whether this process may make namespaces."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"ai{os.getpid()}t"
    try:
        ip("netns", "add", name)
    except subprocess.CalledProcessError:
        return False
    ip("netns", "del", name)
    return True


@contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """Make so many, until the block ends."""
    with ExitStack() as undone:
        for address in (DATABASE, RELAY):
            with suppress(subprocess.CalledProcessError):  # A run that died has left it here.
                ip("addr", "add", f"{address}/32", "dev", "lo")
            undone.callback(_quietly, "addr", "del", f"{address}/32", "dev", "lo")
        yield [undone.enter_context(_host(number)) for number in range(count)]


@contextmanager
def _host(number: int) -> Iterator[Host]:
    host = Host(f"ai{os.getpid()}w{number}", number)
    ip("netns", "add", host.name)
    try:
        _inside(host, "link", "set", "lo", "up")
        for kind, first, server in (("d", 1, DATABASE), ("r", 5, RELAY)):
            ip(
                "link",
                "add",
                host.line(kind),
                "type",
                "veth",
                "peer",
                "name",
                kind,
                "netns",
                host.name,
            )
            ip("addr", "add", f"{_NET}.{number}.{first}/30", "dev", host.line(kind))
            ip("link", "set", "dev", host.line(kind), "up")
            _inside(host, "addr", "add", f"{_NET}.{number}.{first + 1}/30", "dev", kind)
            _inside(host, "link", "set", "dev", kind, "up")
            _inside(host, "route", "add", f"{server}/32", "via", f"{_NET}.{number}.{first}")
        yield host
    finally:
        ip("netns", "del", host.name)


def _inside(host: Host, *words: str) -> None:
    ip("-n", host.name, *words)


def ip(*words: str) -> None:
    """Run it; raise CalledProcessError with what it said."""
    subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: S603, S607


def _quietly(*words: str) -> None:
    with suppress(subprocess.CalledProcessError):
        ip(*words)
