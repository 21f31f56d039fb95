"""What is shown: an edition, and the very bytes of one message of it."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property

from aidigest.core.editions import RenderedEdition
from aidigest.preview.chart import Timeline


@dataclass(frozen=True, kw_only=True)
class Preview:
    """An edition and the message that an example reader would get."""

    rendered: RenderedEdition
    message: bytes
    deliveries: Timeline | None = None  #: None where it is not being sent yet.

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

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        content: str = part.get_content() if part is not None else ""
        return content.replace("\r\n", "\n")
