"""Opens sockets to public addresses only, within a deadline that covers the name's lookup."""

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

_MAX_ADDRESSES = 8
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: What leads into private networks, and Python 3.11 takes for public.
_NEVER_PUBLIC = tuple(
    ipaddress.ip_network(one)
    for one in (
        "::/96",  # IPv4-compatible, long given up (RFC 4291, 2.5.5.1).
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765, 2.1).
        "64:ff9b:1::/48",  # Translation within a network of one's own (RFC 8215).
        "fec0::/10",  # Site-local (RFC 3879).
    )
)

Address = tuple[socket.AddressFamily, tuple[str, int]]
#: Finds the addresses of a host and port; raises OSError where there is none.
Resolve = Callable[[str, int], list[Address]]


class PrivateAddressError(OSError):
    """The name leads into a private network, where no feed of the public web lives."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point of the monotonic clock."""

    at: float

    def left_s(self) -> float:
        """Return the seconds left; raise TimeoutError when there are none."""
        left = self.at - monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        return left


def look_up(host: str, port: int) -> list[Address]:
    """Ask the system's resolver, however long it takes."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, (str(address[0]), port)) for family, _, _, _, address in found]


def dial(
    host: str,
    port: int,
    *,
    deadline: Deadline,
    is_allowed: Callable[[str], bool],
    resolve: Resolve = look_up,
) -> socket.socket:
    """Connect to the first address of *host* that answers.

    The very address that was checked is dialled, so a name that changes its
    mind between two lookups gains nothing.

    Raises:
        PrivateAddressError: An address is not one that may be visited.
        OSError: No address answered in time.
    """
    problem: OSError = OSError(f"{host} has no address")
    for family, address in _addresses(host, port, deadline, resolve)[:_MAX_ADDRESSES]:
        if not is_allowed(address[0]):
            raise PrivateAddressError(
                f"{host} is at {address[0]}, a private address, and such are fetched only with"
                " AIDIGEST_ALLOW_PRIVATE=1 in .env"
            )
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(deadline.left_s())
            sock.connect(address)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem


def is_public(address: str) -> bool:
    """Say whether an IP address is on the public internet, looking into wrapped IPv4 ones."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _NEVER_PUBLIC):
            return False
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


def _addresses(host: str, port: int, deadline: Deadline, resolve: Resolve) -> list[Address]:
    """Resolve in a thread of its own: nothing can interrupt a resolver that hangs."""
    if (literal := _literal(host, port)) is not None:
        return [literal]
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, name=f"lookup {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left_s())
    except queue.Empty as error:
        raise TimeoutError(f"no address for {host} in time") from error
    if isinstance(answer, OSError):
        raise answer
    return answer


def _literal(host: str, port: int) -> Address | None:
    """Return the address that *host* itself is, if it is one."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET  # noqa: PLR2004 - IPv6.
    except ValueError:
        return None
    return family, (host, port)
