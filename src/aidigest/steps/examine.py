"""Examine: whether the world outside is ready to take our mail, and what to put where if not."""

from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlsplit

from aidigest.core.delivery.senderdns import Finding, Records, dkim, dmarc, is_policy, ptr, spf


class Names(Protocol):
    """DNS, as far as it is asked; None where nobody answers."""

    def txt(self, name: str) -> Records:
        """Return the TXT records of a name."""
        ...

    def addresses(self, name: str) -> Records:
        """Return the addresses of a name."""
        ...

    def names(self, address: str) -> Records:
        """Return what an address is called."""
        ...


class Web(Protocol):
    """The web, as far as it is asked."""

    def status(self, url: str) -> int | None:
        """Return the status of one GET; None where nobody answers."""
        ...


def examine_sender(
    names: Names, *, sender_domain: str, from_domain: str, relay_host: str | None
) -> Iterator[Finding]:
    """Look at what receivers look at: who may send, the policy, the relay's name if it has one."""
    yield spf(sender_domain, names.txt(sender_domain))
    yield dmarc(from_domain, _first_policy(names, from_domain))
    if relay_host is not None:
        yield _examine_host(names, relay_host)


def _examine_host(names: Names, relay_host: str) -> Finding:
    addresses = names.addresses(relay_host)
    called = names.names(addresses[0]) if addresses else addresses
    back = names.addresses(called[0]) if called else called
    return ptr(relay_host, addresses, called, back)


def examine_key(names: Names, *, domain: str, selector: str, public_key: str | None) -> Finding:
    """Look at the key that our signatures are checked against."""
    name = f"{selector}._domainkey.{domain}"
    return dkim(name, names.txt(name), public_key=public_key)


def examine_one_click(web: Web, *, base_url: str, url: str, has_mailbox: bool) -> Finding:
    """Look whether readers can leave; a GET, which never acts.

    Args:
        web: Asks.
        base_url: Of the site.
        url: An address for leaving, nobody's.
        has_mailbox: Whether mails for leaving are read.
    """
    check = "one-click"
    if urlsplit(base_url).scheme != "https":
        words = f"base_url is {base_url}; RFC 8058 wants https"
        return Finding(check=check, ok=False, detail=words)
    status = web.status(url)
    if status is not None and status < 500:  # noqa: PLR2004 - From there on it is the server's fault.
        return Finding(check=check, ok=True, detail=f"{base_url} answers with {status}")
    said = f"answers with {status}" if status else "does not answer"
    if has_mailbox:
        words = f"{base_url} {said}; mails for leaving are read, so readers can leave"
        return Finding(check=check, ok=None, detail=words)
    words = f"{base_url} {said}: have the web process answer there, or set MAILBOX_URL"
    return Finding(check=check, ok=None, detail=words)


def _first_policy(names: Names, domain: str) -> Records:
    """Return the policy of the domain, or else of the organisation above it."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        found = names.txt(f"_dmarc.{'.'.join(labels[start:])}")
        # What is no policy, as a wildcard's answer, counts as nothing (RFC 7489, section 6.6.3).
        if found is None or any(map(is_policy, found)):
            return found
    return ()
