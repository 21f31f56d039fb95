"""What is shown: an edition, and the very bytes of one message of it."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from typing import Any

from lxml import html as lxml_html

from aidigest.core.editions.edition import RenderedEdition
from aidigest.core.proof.lint import Finding
from aidigest.preview.chart import Timeline

#: Pads the preheader.
_PADDING = "\u2007\ufeff\u034f \u00a0"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """An edition and the message that an example reader would get."""

    rendered: RenderedEdition
    message: bytes
    deliveries: Timeline | None = None  #: None where it is not being sent yet.
    findings: tuple[Finding, ...] = ()

    @cached_property
    def parsed(self) -> EmailMessage:
        """The message, read back as a mail client reads it."""
        return message_from_bytes(self.message, policy=default)

    @property
    def html(self) -> str:
        """The HTML part, out of the message."""
        return self._part("html")

    @property
    def text(self) -> str:
        """The text part, out of the message."""
        return self._part("plain")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The header fields, decoded."""
        return [(name, str(value)) for name, value in self.parsed.items()]

    @property
    def links(self) -> list[str]:
        """Every web address that the mail links."""
        page = lxml_html.document_fromstring(self.html)
        found = dict.fromkeys(str(link.get("href", "")) for link in page.iter("a"))
        return [url for url in found if url.startswith(("http:", "https:"))]

    @property
    def preheader(self) -> str:
        """What an inbox shows after the subject."""
        document: Any = lxml_html.document_fromstring(self.html)
        shown = " ".join(document.find("body").text_content().split())
        return shown.strip(_PADDING)[:140].partition("\u2007")[0].strip(_PADDING)

    @property
    def story_sizes(self) -> list[int]:
        """How many bytes of HTML each story comes to, in their order."""
        _, *stories = re.split("<h3", self.html)
        return [len(one.encode()) for one in stories]

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        content: str = part.get_content() if part is not None else ""
        return content.replace("\r\n", "\n")
