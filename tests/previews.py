"""Previews to show: sample editions through the shipped templates."""

from dataclasses import dataclass
from pathlib import Path

from aidigest.adapters.templates import TemplateRenderer
from aidigest.core.editions.edition import Edition
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.preview import Preview
from aidigest.preview.source import Choice
from aidigest.settings import Site
from samples import NOW

SHIPPED = Path(__file__).parents[1] / "templates"
SITE = Site(name="Harbor", base_url="https://d.example", sender="Harbor <d@d.example>")


def preview_of(edition: Edition) -> Preview:
    """Return the preview of an edition, written to an example reader."""
    rendered = TemplateRenderer((SHIPPED,), site=SITE).render(edition)
    publisher = Publisher(base_url=SITE.base_url, sender=SITE.sender)
    writer = MessageWriter(rendered, publisher=publisher, key="a key for tests")
    message = writer.write("reader@example.org", subscriber_id=0, now=NOW)
    return Preview(rendered=rendered, message=message)


@dataclass
class FixedSource:
    """A Source of one edition, whose version is said by the test."""

    preview: Preview
    said: str = "1"
    look: str = "daily"

    def editions(self) -> tuple[Choice, ...]:
        """Return the one there is."""
        return (Choice(name="today", about="the only one"),)

    def looks(self) -> tuple[str, ...]:
        """Return two."""
        return ("daily", "letter")

    def show(self, edition: str, look: str | None) -> Preview:
        """Return it, whatever is asked for."""
        return self.preview

    def version(self) -> str:
        """Return what the test says."""
        return self.said
