"""A message taken apart for the rules: raw fields, both parts, the page and its sheets."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from functools import cached_property
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from aidigest.core.proof.css import Rule, parse_sheet

#: What leads to the machine that it is read on.
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message's final bytes, and what its feeds wrote."""

    raw: bytes
    quoted: Sequence[str] = ()  #: Words of feeds, which may look like a mistake of ours.

    @cached_property
    def fields(self) -> tuple[tuple[str, bytes], ...]:
        """The header's fields in order, folded as they stand, without the final CR LF."""
        header = self.raw.partition(b"\r\n\r\n")[0]
        lines = re.split(rb"\r\n(?![ \t])", header)
        split = (line.partition(b":") for line in lines)
        return tuple((name.decode("latin-1"), value) for name, _, value in split)

    def all(self, name: str) -> list[bytes]:
        """Return the raw values of every field of that name."""
        return [value for found, value in self.fields if found.lower() == name.lower()]

    def field(self, name: str) -> str:
        """Return a field unfolded, its words still encoded, or nothing."""
        found = self.all(name)
        return re.sub(rb"\r\n(?=[ \t])", b"", found[0]).decode("latin-1").strip() if found else ""

    @cached_property
    def parsed(self) -> EmailMessage:
        """The message as a client reads it."""
        return message_from_bytes(self.raw, policy=default)

    @cached_property
    def subject(self) -> str:
        """The subject as a client shows it."""
        return str(self.parsed["Subject"] or "")

    @cached_property
    def senders(self) -> tuple[tuple[str, str], ...]:
        """Names and addresses in From."""
        return tuple(getaddresses([str(self.parsed["From"] or "")]))

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """The addresses in To."""
        return tuple(address for _, address in getaddresses([str(self.parsed["To"] or "")]))

    @cached_property
    def leaving(self) -> str:
        """The web address in List-Unsubscribe, or nothing."""
        found = re.search(r"<(https?:[^<>]*)>", self.field("List-Unsubscribe"))
        return found[1] if found else ""

    @cached_property
    def html(self) -> str:
        """The HTML part."""
        return self._part("html")

    @cached_property
    def text(self) -> str:
        """The text part."""
        return self._part("plain")

    @cached_property
    def page(self) -> Any:
        """The HTML part as lxml reads it."""
        parser = lxml_html.HTMLParser(encoding="utf-8")
        return lxml_html.document_fromstring(self.html.encode() or b"<p></p>", parser=parser)

    @cached_property
    def sheets(self) -> tuple[Rule, ...]:
        """The rules of every sheet that stands in the page."""
        texts = (sheet.text or "" for sheet in self.page.iter("style"))
        return tuple(rule for text in texts for rule in parse_sheet(text))

    def links(self) -> Iterator[tuple[str, str]]:
        """Yield each link's address and text; an image in it speaks by its alternative text."""
        for link in self.page.iter("a"):
            images = (str(one.get("alt", "")) for one in link.iter("img"))
            words = " ".join((link.text_content(), *images))
            yield str(link.get("href", "")), " ".join(words.split())

    def is_quoted(self, text: str) -> bool:
        """Say whether a feed wrote it."""
        words = " ".join(text.split()).strip(" …·:")
        return bool(words) and any(words in one for one in self._quoted)

    @cached_property
    def _quoted(self) -> tuple[str, ...]:
        return tuple(" ".join(one.split()) for one in self.quoted)

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        try:
            content: str = part.get_content() if part is not None else ""
        except (LookupError, UnicodeError):
            return ""  # The MIME rules say so.
        return content.replace("\r\n", "\n")


def elements(page: Any) -> Iterator[Any]:
    """Yield the elements, without comments."""
    return (one for one in page.iter() if isinstance(one.tag, str))


def comments(page: Any) -> Iterator[str]:
    """Yield the comments' texts."""
    return (str(one.text or "") for one in page.iter(etree.Comment))
