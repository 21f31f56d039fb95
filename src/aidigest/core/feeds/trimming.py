"""What of a feed is taken out before feedparser reads it: what would keep it busy for nothing."""

import re
from itertools import pairwise

#: Archives of a whole life come with more; what is new is at one of their ends.
MOST_ENTRIES = 1_000
#: An entry has a dozen outside its text. feedparser reads some 40,000 a second, and half as many
#: where it has to read twice.
MOST_TAGS = 12_000
#: So many references (`&lt;`, `&#30340;`) take as long as a tag.
_REFERENCES_PER_TAG = 8
MOST_NAMESPACES = 300

_ITEM_END = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_NESTED_ENTITY = re.compile(rb"<!ENTITY(?=[^<>]*?&[^#<>])[^<>]*+>", re.IGNORECASE)
_PREFIX_AT = b"xmlns:"
_PREFIX = re.compile(rb"xmlns:([\w.-]+)")
# feedparser looks for an address in whatever names a person, with a pattern that takes quadratic
# time. We show no authors.
_PERSON = rb"author|creator|contributor|publisher|owner|managingeditor|webmaster"
_PERSON_TAG = re.compile(rb"(</?(?:[\w.-]+:)?)(?:%s)(?=[\s/>])" % _PERSON, re.IGNORECASE)
# Each element costs it a twentieth of a millisecond, and of podcasts these are most.
_NAMESPACES = (
    rb"itunes|media|googleplay|podcast|rawvoice|slash|wfw|thr|georss|geo|gd|creativecommons"
)
#: What may name an entry's picture is read; sounds and films are not.
_PICTURED = rb"thumbnail|content(?![^<>]*\b(?:audio|video)/)"
_UNREAD = re.compile(
    rb"<((?:[\w.-]+:)?(?:%s|category|comments|enclosure(?![^<>]*\bimage/))"
    rb"|(?:%s):(?!title|summary|desc|%s)[\w.-]+)"
    rb"(?:\s[^<>]*+|/)?>(?:(?<=/>)|(?:[^<]*+|<!\[CDATA\[[^]<]*+\]\]>)</\1\s*>)"
    % (_PERSON, _NAMESPACES, _PICTURED),
    re.IGNORECASE,
)
# If what describes an item's picture comes first, feedparser takes it for the item's description.
_CAPTION_TAG = re.compile(rb"(</?media:)description(?=[\s/>])", re.IGNORECASE)
#: It would keep feedparser from taking the guid for the item's address, as RSS 2.0 wants.
_EMPTY_LINK = re.compile(
    rb"<link\s*+(?:/>|>\s*+(?:<!\[CDATA\[\s*+\]\]>\s*+)?</link\s*>)", re.IGNORECASE
)


def without_the_unread(body: bytes) -> bytes:
    """Return the body without simple elements that nobody reads, and with no person left in it.

    What describes a picture or a film, `media:description`, is renamed to `media:caption`.
    """
    body = _UNREAD.sub(b"", _EMPTY_LINK.sub(b"", body))
    return _PERSON_TAG.sub(rb"\1unread", _CAPTION_TAG.sub(rb"\1caption", body))


def without_the_middle(body: bytes, *, letters_cost: bool = False) -> bytes:
    """Return the body with at most `MOST_ENTRIES` items that weigh no more than `MOST_TAGS` tags.

    Of a longer one, items at both ends stay: some feeds put the latest last. The first stays
    whatever it weighs, for before it stands what makes this a feed.

    Args:
        body: A document.
        letters_cost: Whether letters written as numbers weigh something. In UTF-8 they do not:
            they are written out before it is read.
    """
    masked = _without_cdata(body) if letters_cost else _without_cdata(body).replace(b"&#", b"  ")
    ends = [found.end() for found in _ITEM_END.finditer(masked)]
    if not ends or (len(ends) <= MOST_ENTRIES and _weight(masked, 0, len(masked)) <= MOST_TAGS):
        return body
    first = max(ends[0], _fitting(masked, [0, *ends]))
    last = _fitting(masked, ends[::-1])
    return body[:first] + body[last:] if first < last else body


def has_too_many_tags(body: bytes) -> bool:
    """Say whether there is more markup than `MOST_TAGS`."""
    return body.count(b"<") > MOST_TAGS and _without_cdata(body).count(b"<") > MOST_TAGS


def has_too_many_namespaces(body: bytes) -> bool:
    """Say whether more than `MOST_NAMESPACES` prefixes are declared, which costs the square."""
    if body.count(_PREFIX_AT) <= MOST_NAMESPACES:
        return False
    return len(set(_PREFIX.findall(body))) > MOST_NAMESPACES


def without_nested_entities(body: bytes) -> bytes:
    """Return the body without entities made of entities: a few lines of them unfold for ever."""
    return _NESTED_ENTITY.sub(b"", body)


def _fitting(masked: bytes, borders: list[int]) -> int:
    """Return how far to go from the first border for half of what may stay."""
    weight = 0
    for here, there in pairwise(borders[: MOST_ENTRIES // 2 + 1]):
        weight += _weight(masked, min(here, there), max(here, there))
        if weight > MOST_TAGS // 2:
            return here
    return borders[: MOST_ENTRIES // 2 + 1][-1]


def _weight(masked: bytes, start: int, end: int) -> int:
    """Return as how many tags a part counts."""
    return masked.count(b"<", start, end) + masked.count(b"&", start, end) // _REFERENCES_PER_TAG


def _without_cdata(body: bytes) -> bytes:
    """Return a body of the same length without character data, whose tags cost little."""
    outside, *sections = body.split(_CDATA)
    masked = [outside]
    for section in sections:
        end = section.find(_CDATA_END)
        if end < 0:
            masked += _CDATA, section
        else:
            masked += b" " * (len(_CDATA) + end), section[end:]
    return b"".join(masked)
