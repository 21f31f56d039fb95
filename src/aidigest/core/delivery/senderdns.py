"""What DNS must say of a sender: SPF, DKIM, DMARC and names of addresses; and what to put where."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: What is asked of DNS is one of these; None where it could not be asked.
Records = Sequence[str] | None


#: Without the white space; an empty one is revoked (RFC 6376, section 3.6.1).
_PUBLIC_KEY = re.compile(r"(?:^|;)p=([A-Za-z0-9+/=]*)(?:;|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    ok: bool | None  #: None: it could not be found out.
    detail: str  #: How it is, and what to do.


def spf(domain: str, records: Records) -> Finding:
    """Judge who may send for the domain (RFC 7208)."""
    name = f"TXT of {domain}"
    if records is None:
        return Finding(check="SPF", ok=None, detail=f"the {name} could not be asked for")
    found = [one for one in records if re.match(r"v=spf1(\s|$)", one, re.IGNORECASE)]
    if not found:
        what = f'put "v=spf1 include:<your relay\'s domain> -all" as {name}'
        return Finding(check="SPF", ok=False, detail=f"{domain} does not say who may send: {what}")
    if len(found) > 1:
        return Finding(check="SPF", ok=False, detail=f"{domain} has two SPF records: merge them")
    if re.search(r"\s[+]?all\b", found[0], re.IGNORECASE):
        words = f"{found[0]} lets anybody send as {domain}: end it in -all or ~all"
        return Finding(check="SPF", ok=False, detail=words)
    return Finding(check="SPF", ok=True, detail=found[0])


def dkim(name: str, records: Records, *, public_key: str | None) -> Finding:
    """Judge the public key that signatures are checked against (RFC 6376, section 3.6.1).

    Args:
        name: `SELECTOR._domainkey.DOMAIN`.
        records: Its TXT records.
        public_key: What ours is, in base64; None where it cannot be told.
    """
    if records is None:
        return Finding(check="DKIM", ok=None, detail=f"the TXT of {name} could not be asked for")
    keys = [found[1] for one in records if (found := _PUBLIC_KEY.search(re.sub(r"\s", "", one)))]
    if not any(keys):
        what = f'put "v=DKIM1; k=…; p={public_key or "<the public key>"}" as TXT of {name}'
        how = "the public key is revoked" if keys else "there is no public key"
        return Finding(check="DKIM", ok=False, detail=f"{how}: {what}")
    if public_key is not None and public_key not in keys:
        words = f"the key at {name} is not the one we sign with: it should be p={public_key}"
        return Finding(check="DKIM", ok=False, detail=words)
    return Finding(check="DKIM", ok=True, detail=f"the public key stands at {name}")


def dmarc(domain: str, records: Records) -> Finding:
    """Judge what receivers are to do with what fails (RFC 7489)."""
    name = f"_dmarc.{domain}"
    if records is None:
        return Finding(check="DMARC", ok=None, detail=f"the TXT of {name} could not be asked for")
    found = [one for one in records if is_policy(one)]
    if not found:
        what = f'put "v=DMARC1; p=none" as TXT of {name}; large receivers want it'
        return Finding(check="DMARC", ok=False, detail=f"there is no policy: {what}")
    return Finding(check="DMARC", ok=True, detail=found[0])


def is_policy(record: str) -> bool:
    """Whether a record says what is to be done with what fails."""
    return re.match(r"v=DMARC1\s*;", record, re.IGNORECASE) is not None


def ptr(host: str, addresses: Records, names: Records, back: Records) -> Finding:
    """Judge whether a relay's address has a name that leads back to it.

    Args:
        host: The relay.
        addresses: Its addresses.
        names: What the first of them is called.
        back: The addresses of that name.
    """
    if addresses is None or names is None or back is None:
        return Finding(check="PTR", ok=None, detail=f"the names of {host} could not be asked for")
    if not addresses:
        return Finding(check="PTR", ok=False, detail=f"{host} has no address")
    address = addresses[0]
    if not names:
        what = "have its owner set a PTR record, or receivers refuse its mail"
        return Finding(check="PTR", ok=False, detail=f"{address} has no name: {what}")
    if address not in back:
        words = f"{address} is called {names[0]}, which leads to {', '.join(back) or 'nowhere'}"
        return Finding(check="PTR", ok=False, detail=f"{words}: make the two agree")
    return Finding(check="PTR", ok=True, detail=f"{address} is {names[0]} and back")
