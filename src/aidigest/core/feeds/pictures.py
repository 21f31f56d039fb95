"""A picture: which of the images that a feed offers is worth showing, small, beside a headline."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from aidigest.core.feeds.imagelinks import ImageLink
from aidigest.core.text import plain_text, shortened
from aidigest.core.urls import joined, safe_url

#: How wide it is shown, and twice that, for dense screens; pixels.
_SHOWN, _SHARP = 96, 192
#: Wider ones weigh megabytes, and readers on phones pay for them.
_WIDEST = 2_600
#: Width by height. What is flatter is a banner, what is taller a skyscraper.
_FLATTEST, _TALLEST = 2.4, 0.7
#: Where sizes are not known, the usual form of a press photograph is taken.
_USUAL = 1.6
_LONGEST_URL = 500
#: Shorter alternative texts are "Featured image" and the like.
_SHORTEST_ALT, _LONGEST_ALT = 20, 120

#: `photo-1152x648.jpg`, `/1310x873/`, `=w528-h297-n`: what servers that resize put there.
_SIZE = re.compile(r"(?<![0-9a-z])w?(\d{2,4})(?:x|-h)(\d{2,4})(?![0-9])", re.IGNORECASE)
#: What counts readers, or adorns every page of an outlet.
_NO_PICTURE = re.compile(
    r"(?:^|[/._~=-])(?:pixels?|beacons?|track(?:er|ing)?|1x1|blank|spacer|transparent"
    r"|avatars?|gravatar|favicon|icons?|logos?|emojis?|smil(?:ey|ies)|badges?|buttons?"
    r"|ads?|doubleclick|scorecardresearch|feedburner|pheedo|placeholder|no-?image)"
    r"(?:[/._~=-]|\d*\Z)",
    re.IGNORECASE,
)
#: Formats that mail clients do not show, or that move.
_NO_PHOTOGRAPH = re.compile(r"\.(?:svgz?|ico|bmp|tiff?|avif|heic|jxl|gif)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image at an outlet's own address."""

    url: str  #: https.
    width: int | None = None  #: Pixels; both sizes are known, or neither is.
    height: int | None = None
    alt: str = ""  #: What the outlet says it shows, on one line; may be empty.

    def height_at(self, width: int) -> int:
        """Return how high it is when it is shown so wide; of the usual form where none is known."""
        form = self.width / self.height if self.width and self.height else _USUAL
        return max(1, round(width / form))


def choose_picture(links: Iterable[ImageLink], *, base: str) -> Picture | None:
    """Return the image that serves best as a thumbnail: sharp, but no heavier than it must be.

    An image that the feed names as the item's own may be of unknown size. One
    that only stands in the text must show by its size that it is no pixel.

    Args:
        links: What the item offers; of two that serve alike, the first is taken.
        base: The address that relative ones start from.
    """
    found = (one for link in links if (one := _picture(link, base)) is not None)
    return min(found, key=_unfitness, default=None)


def _picture(link: ImageLink, base: str) -> Picture | None:
    # Most images of a text say nothing of their size, and need no closer look.
    is_sized = (link.width and link.height) or _SIZE.search(unquote(link.url))
    url = _address(link.url, base) if is_sized or link.is_named else None
    if url is None:
        return None
    width, height = _size(link, url)
    if not width or not height:
        said = link.width if link.width is not None else link.height
        # The address has told nothing: a single number still tells what is tiny.
        is_small = said is not None and said < _SHOWN
        return None if is_small or not link.is_named else Picture(url=url, alt=_alt(link))
    if not (_SHOWN <= width <= _WIDEST and _TALLEST <= width / height <= _FLATTEST):
        return None
    return Picture(url=url, width=width, height=height, alt=_alt(link))


def _address(written: str, base: str) -> str | None:
    address = html.unescape(written).strip()
    url = safe_url(joined(base, address)) if address else None
    if url is None or not url.startswith("https://") or len(url) > _LONGEST_URL:
        return None
    parts = urlsplit(url)
    if _NO_PICTURE.search(f"{parts.netloc}{parts.path}") or _NO_PHOTOGRAPH.search(parts.path):
        return None
    return url


def _size(link: ImageLink, url: str) -> tuple[int | None, int | None]:
    """Return what the address says before what the feed says, which may be the size of its box."""
    found: Iterator[re.Match[str]] = _SIZE.finditer(unquote(urlsplit(url).path))
    sizes = [(int(one[1]), int(one[2])) for one in found]
    return sizes[-1] if sizes else (link.width, link.height)


def _unfitness(picture: Picture) -> tuple[int, int]:
    """Return what makes one thumbnail worse than another; the least is best."""
    if picture.width is None:
        return 1, 0
    return (0, picture.width) if picture.width >= _SHARP else (2, -picture.width)


def _alt(link: ImageLink) -> str:
    text = plain_text(link.alt)
    is_file_name = " " not in text and re.search(r"\.\w{3,4}\Z", text)
    return "" if len(text) < _SHORTEST_ALT or is_file_name else shortened(text, _LONGEST_ALT)
