"""Forced dark mode: a page as apps show it that turn every mail dark on their own.

Light backgrounds become dark and dark text light, in the hue they had, as
Chrome's automatic dark theme and Gmail on Android do. The page's own dark
mode is not asked.
"""

from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html

from aidigest.core.proof.colours import Colour, forced_background, forced_text
from aidigest.core.proof.css import Declaration, parse_sheet, parse_style, write_sheet, write_style


def forced_dark(html: str) -> str:
    """Return the page turned dark."""
    page = lxml_html.document_fromstring(html)
    for sheet in page.iter("style"):
        rules = parse_sheet(sheet.text or "")
        sheet.text = write_sheet(
            rule
            for rule in rules
            if "prefers-color-scheme" not in rule.media
            and not any("data-ogs" in one or one == ":root" for one in rule.selectors)
        )
    for meta in list(page.iter("meta")):
        if "color-scheme" in meta.get("name", ""):
            parent = meta.getparent()
            if parent is not None:
                parent.remove(meta)
    for element in page.iter(etree.Element):
        style = element.get("style")
        if style:
            element.set("style", write_style(_darkened(style)))
    return "<!DOCTYPE html>\n" + etree.tostring(page, method="html", encoding="unicode")


def _darkened(style: str) -> Iterator[Declaration]:
    for one in parse_style(style):
        is_ground = one.name.startswith(("background", "border"))
        value = " ".join(_turned(word, is_ground=is_ground) for word in one.value.split(" "))
        yield Declaration(name=one.name, value=value, important=one.important)


def _turned(word: str, *, is_ground: bool) -> str:
    colour = Colour.read(word)
    if colour is None:
        return word
    return str(forced_background(colour) if is_ground else forced_text(colour))
