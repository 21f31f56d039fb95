"""Messages to look at: the samples in every look, and a good one to plant faults in."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from aidigest.adapters.templates import TemplateRenderer
from aidigest.core.editions.edition import RenderedEdition
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.preview.samples import SAMPLE_TIME, SAMPLES, sample
from aidigest.settings import Site

SHIPPED = Path(__file__).parents[1] / "templates"
LOOKS = ("daily", "brief", "letter")
NAMES = tuple(one.name for one in SAMPLES)
SITE = Site(
    name="Harbor Digests",
    base_url="https://digest.example",
    sender="Harbor Digests <digest@digest.example>",
    reply_to="people@digest.example",
    postal_address="1 Quay Street, Harbor",
)
RENDERER = TemplateRenderer((SHIPPED,), site=SITE)
#: Leaves the styles in the page's first sheet, as the templates have them.
NOT_INLINING = TemplateRenderer((SHIPPED,), site=SITE, inliner=lambda page: page)


@cache
def sampled(name: str, look: str = "daily") -> RenderedEdition:
    """Return a sample, rendered once for all tests."""
    return RENDERER.render(replace(sample(name), look=look))


def message(rendered: RenderedEdition) -> bytes:
    """Return an example reader's message."""
    publisher = Publisher(base_url=SITE.base_url, sender=SITE.sender, reply_to=SITE.reply_to)
    writer = MessageWriter(rendered, publisher=publisher, key="a key for tests")
    return writer.write("reader@example.org", subscriber_id=7, now=SAMPLE_TIME)


def with_html(change: Callable[[str], str], name: str = "1") -> bytes:
    """Return a good message whose HTML has been changed."""
    good = sampled(name)
    changed = change(good.html)
    assert changed != good.html, "the fault was not planted"
    return message(replace(good, html=changed))


def with_text(change: Callable[[str], str], name: str = "1") -> bytes:
    """Return a good message whose text has been changed."""
    good = sampled(name)
    changed = change(good.text)
    assert changed != good.text, "the fault was not planted"
    return message(replace(good, text=changed))


def with_bytes(old: bytes, new: bytes, name: str = "1") -> bytes:
    """Return a good message with the first of some bytes replaced."""
    good = message(sampled(name))
    assert old in good, "the fault was not planted"
    return good.replace(old, new, 1)
