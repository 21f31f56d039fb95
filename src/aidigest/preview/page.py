"""The page that shows a preview, out of page.html beside this file."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from jinja2 import Environment, StrictUndefined, Template

from aidigest.core.editions.fitting import BUDGET
from aidigest.core.proof.clients import CLIENTS
from aidigest.preview.chart import delivery_chart
from aidigest.preview.shown import Preview
from aidigest.preview.source import Choice

#: Gmail cuts a message off beyond about this many bytes of HTML.
CLIPPED_AT = 102_000


def asset(name: str) -> str:
    """Return a file that lies beside this one."""
    return files("aidigest.preview").joinpath(name).read_text("utf-8")


def page(
    preview: Preview,
    *,
    edition: str,
    editions: Sequence[Choice],
    looks: Sequence[str],
    facts_of: str,
    version: str,
) -> str:
    """Return the page as HTML.

    Args:
        preview: What it shows.
        edition: The name it was chosen by.
        editions: What else can be chosen.
        looks: As above.
        facts_of: The day of the facts about mail clients.
        version: What `Source.version` says now.
    """
    shown = preview.rendered.edition
    size = len(preview.html.encode())
    query = urlencode({"edition": edition, "look": shown.look})
    return _template("page.html").render(
        edition=shown,
        chosen=edition,
        editions=editions,
        looks=looks,
        clients=CLIENTS,
        facts_of=facts_of,
        version=version,
        query=query,
        subject=preview.rendered.subject,
        sender=preview.parsed["From"],
        preheader=preview.preheader,
        headers=preview.headers,
        text=preview.text,
        markdown=preview.rendered.markdown,
        source=preview.message.decode("ascii", "replace"),
        findings=preview.findings,
        sizes=[*preview.story_sizes, *[0] * len(shown.stories)],
        size=size,
        percent=min(100, round(100 * size / CLIPPED_AT)),
        budget=BUDGET,
        clipped_at=CLIPPED_AT,
        chart=delivery_chart(preview.deliveries) if preview.deliveries else "",
    )


def error_page(message: str, *, version: str) -> str:
    """Return a page that says what is wrong and goes on watching."""
    return _template("error.html").render(message=message, version=version)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(asset(name))
