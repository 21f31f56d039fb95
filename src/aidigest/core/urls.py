"""Addresses: which may be shown, and which are the same page."""

import re
from functools import lru_cache
from urllib.parse import (
    SplitResult,
    parse_qsl,
    quote,
    unquote,
    urlencode,
    urljoin,
    urlsplit,
    urlunsplit,
)

#: Longer ones are junk; no browser or mail program needs them.
_MAX_LENGTH = 4_000
_WEB = frozenset({"http", "https"})
_PORTS = {"http": 80, "https": 443}

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff]")
#: What browsers read differently from us, or what could end an attribute.
_UNSAFE = re.compile(r"[\"'<>\\^`{|}]+")
_HOST = re.compile(r"[\w.-]+|[0-9a-fA-F:.]+")
_GOOGLE = re.compile(r"(?:www\.)?google(?:\.[a-z]{2,3}){1,2}")

_TRACKING = re.compile(
    r"(?:utm|at|pk|piwik|mtm|matomo|hsa|vero|oly|ns|mc|_hs|trk)_\w*"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|igsh|mkt_tok|cmpid"
    r"|ncid|ocid|rss|rssfeed|feedtype|ref|ref_src|ref_url|referrer|smid|spm|_ga|_gl|guccounter",
    re.IGNORECASE,
)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)\Z", re.IGNORECASE)


def joined(base: str, address: str) -> str:
    """Return what an address in the page at *base* points to, or nothing (RFC 3986, section 5)."""
    address = address.strip()
    if _ABSOLUTE.match(address):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def safe_url(url: str) -> str | None:
    """Return an absolute http or https address that is safe to link, or None."""
    text = re.sub(r"\s+", "%20", url.strip())
    if len(text) > _MAX_LENGTH:
        return None
    text = _UNSAFE.sub(lambda m: quote(m[0]), text)
    parts = _split(text)
    if parts is None or "@" in parts.netloc or _HIDDEN.search(text) or len(text) > _MAX_LENGTH:
        return None
    return urlunsplit(parts)


@lru_cache(maxsize=16_384)
def host(url: str) -> str:
    """Return the host's name in lower case, or nothing."""
    parts = _split(url)
    return _name(parts) if parts else ""


def server(url: str) -> str:
    """Return host and port, by which one server is told from another, or nothing."""
    parts = _split(url)
    return f"{_name(parts)}:{parts.port or _PORTS[parts.scheme]}" if parts else ""


@lru_cache(maxsize=4_096)
def canonical_url(url: str) -> str:
    """Return a form for comparing: alike for addresses that lead to one page.

    Scheme, `www.`, the usual ports, fragments, tracking parameters, the order
    of the query and a final slash make no difference; redirecting links of
    search engines count as their target. Not for visiting.
    """
    text = unwrapped(url.encode(errors="replace").decode().strip()).strip()
    parts = _split(text)
    if parts is None:
        return text
    number = parts.port
    port = "" if number in {None, _PORTS[parts.scheme]} else f":{number}"
    path = _INDEX.sub("/", _same_escapes(parts.path)).rstrip("/")
    asked = _untracked(parts.query) if parts.query else ""
    return urlunsplit(("https", _name(parts).removeprefix("www.") + port, path, asked, ""))


def unwrapped(url: str) -> str:
    """Return the target of a search engine's redirecting link, or *url* itself."""
    parts = _split(url)
    if parts is None or parts.path != "/url" or not _GOOGLE.fullmatch(_name(parts)):
        return url
    targets = (value for key, value in parse_qsl(parts.query) if key in {"url", "q"})
    return next((target for target in targets if _split(target)), url)


#: What is split is soon split again: it is made safe, unwrapped and compared.
@lru_cache(maxsize=2_048)
def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _WEB and parts.port != 0 and _HOST.fullmatch(_name(parts))
    except ValueError:
        return None
    return parts if usable else None


def _name(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")


def _untracked(query: str) -> str:
    asked = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted(pair for pair in asked if not _TRACKING.fullmatch(pair[0]))
    return urlencode(kept, errors="surrogateescape")


def _same_escapes(path: str) -> str:
    plain = unquote(path, errors="surrogateescape")
    return quote(plain, safe="/:@!$&'()*+,;=~", errors="surrogateescape")


def linkable(url: str) -> str:
    """Return an http address in ASCII, without what would end or change a link around it.

    HTML, plain text and Markdown then show one and the same address.
    """
    parts = urlsplit(url)
    try:
        authority = parts.netloc.encode("idna").decode()
    except UnicodeError:
        authority = parts.netloc
    whole = urlunsplit(parts._replace(netloc=authority))
    return quote(whole, safe="!#$%&'()*+,-./:;=?@[]_~")
