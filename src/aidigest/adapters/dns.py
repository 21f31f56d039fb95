"""Asking DNS, for the doctor."""

from collections.abc import Sequence

import dns.exception
import dns.resolver
import dns.reversename

#: Seconds that one question may take, with all its tries.
_LIFETIME_S = 3.0


class Dns:
    """Asks the system's name servers, or those given.

    Args:
        servers: Addresses; the system's if empty.
        port: Theirs.
    """

    def __init__(self, servers: Sequence[str] = (), port: int = 53) -> None:
        self._resolver: dns.resolver.Resolver | None
        try:
            self._resolver = dns.resolver.Resolver(configure=not servers)
        except dns.exception.DNSException:
            self._resolver = None
            return
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port

    def txt(self, name: str) -> tuple[str, ...] | None:
        """Return the TXT records of a name; None where nobody could be asked."""
        found = self._ask(name, "TXT")
        if found is None:
            return None
        texts = [getattr(one, "strings", ()) for one in found]
        return tuple(b"".join(strings).decode("utf-8", "replace") for strings in texts)

    def addresses(self, name: str) -> tuple[str, ...] | None:
        """Return the addresses of a name."""
        found = [self._ask(name, kind) for kind in ("A", "AAAA")]
        if all(one is None for one in found):
            return None
        return tuple(str(one) for some in found for one in some or ())

    def names(self, address: str) -> tuple[str, ...] | None:
        """Return what an address is called."""
        found = self._ask(str(dns.reversename.from_address(address)), "PTR")
        return None if found is None else tuple(str(one).rstrip(".") for one in found)

    def _ask(self, name: str, kind: str) -> list[dns.rdata.Rdata] | None:
        if self._resolver is None:
            return None
        try:
            return list(self._resolver.resolve(name, kind, lifetime=_LIFETIME_S, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.resolver.NoNameservers:
            return None  # It is about this name: its own servers are away, or its signature is bad.
        except dns.exception.DNSException:
            # Once nobody answers, the other questions need not wait as long.
            self._resolver = None
            return None
