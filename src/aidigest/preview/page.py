"""The page that shows a preview, out of page.html beside this file."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from aidigest.preview.chart import delivery_chart
from aidigest.preview.shown import Preview

#: Gmail cuts a message off beyond this many bytes of HTML.
CLIPPED_AT = 102_000


def page(preview: Preview) -> str:
    """Return the page as HTML."""
    template = files("aidigest.preview").joinpath("page.html").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.from_string(template).render(
        edition=preview.rendered.edition,
        subject=preview.rendered.subject,
        sender=preview.parsed["From"],
        headers=preview.headers,
        text=preview.text,
        markdown=preview.rendered.markdown,
        source=preview.message.decode("ascii", "replace"),
        size=len(preview.html.encode()),
        clipped_at=CLIPPED_AT,
        chart=delivery_chart(preview.deliveries) if preview.deliveries else "",
    )
