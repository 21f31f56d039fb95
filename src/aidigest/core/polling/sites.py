"""Sites: which feeds share a server's patience, and how much of it we use.

A site is a registrable domain, since limits span the hosts below it
(FreshRSS#8925). Addresses and names of the local network are a site for each
port, and need no pause: whoever allows them is their operator.
"""

import ipaddress
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from importlib.resources import files

from publicsuffixlist import PublicSuffixList

from aidigest.core.urls import server

#: A poll asks for each site of its feeds several times.
_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How we behave at a site."""

    gap: timedelta = timedelta(seconds=2)  #: Between two requests.
    soft_404: bool = False  #: Whether 404 passes by itself.


def site_of(url: str) -> str:
    """Return the site of an address: `tumblr.com`, `127.0.0.1:8080`, or nothing."""
    return _site_at(server(url))


@lru_cache(maxsize=_REMEMBERED)
def _site_at(place: str) -> str:
    host = _host(place)
    if _address(host) is not None or "." not in host:
        return place
    return _suffixes().privatesuffix(host) or host


@lru_cache(maxsize=_REMEMBERED)
def manners(site: str) -> Manners:
    """Return how to behave at a site."""
    return Manners(gap=timedelta()) if _is_local(site) else _known().get(site, Manners())


def _is_local(site: str) -> bool:
    host = _host(site) if ":" in site else site
    address = _address(host)
    return "." not in host if address is None else not address.is_global


def _host(place: str) -> str:
    return place.rpartition(":")[0]


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@cache
def _suffixes() -> PublicSuffixList:
    # With the private part, each blog of a platform would be a site of its own.
    return PublicSuffixList(only_icann=True)


@cache
def _known() -> dict[str, Manners]:
    text = (files("aidigest.core.polling") / "sites.toml").read_text(encoding="utf-8")
    return {
        one["site"]: Manners(
            gap=timedelta(seconds=one.get("gap_s", 2)), soft_404=one.get("soft_404", False)
        )
        for one in tomllib.loads(text)["sites"]
    }
