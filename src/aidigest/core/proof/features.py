"""Which of caniemail's features a page makes use of: elements, attributes, properties, rules."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aidigest.core.proof.css import Declaration, Rule, parse_style

_HEADING = re.compile(r"h[1-6]")
_LISTS = {"ul", "ol", "li", "dl", "dt", "dd"}
_SEMANTIC = {
    "article",
    "aside",
    "footer",
    "header",
    "main",
    "nav",
    "section",
    "figure",
    "figcaption",
}
_ATTRIBUTES = {
    "align", "aria-hidden", "aria-label", "aria-labelledby", "background", "cellpadding",
    "cellspacing", "dir", "height", "hidden", "lang", "role", "srcset", "target", "valign", "width",
}  # fmt: skip
_IMAGES = {"jpeg": "jpg", "tif": "tiff", "heic": "heif"}
#: Properties that caniemail tests under another's name.
_PROPERTIES = (
    (re.compile(r"margin-(?:top|right|bottom|left)"), "css-margin"),
    (re.compile(r"padding-(?:top|right|bottom|left)"), "css-padding"),
    (re.compile(r"border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width))?"), "css-border"),
    (re.compile(r"border-(?:top|bottom)-(?:left|right)-radius"), "css-border-radius"),
    (re.compile(r"left|right|top|bottom"), "css-left-right-top-bottom"),
    (re.compile(r"font-(?:family|style)"), "css-font"),
)
_UNIT = re.compile(
    r"(?<![\w#.-])-?\d*\.?\d+(px|em|rem|pt|vh|vw|ch|ex|cm|mm|in|pc|vmin|vmax|%)(?![\w-])"
)
_FUNCTION = re.compile(
    r"\b(calc|clamp|min|max|rgba?|light-dark|linear-gradient|radial-gradient|var)\("
)
_FUNCTIONS = {
    "calc": "css-unit-calc", "clamp": "css-function-clamp", "min": "css-function-min",
    "max": "css-function-max", "rgb": "css-rgb", "rgba": "css-rgba", "var": "css-variables",
    "light-dark": "css-function-light-dark", "linear-gradient": "css-linear-gradient",
    "radial-gradient": "css-radial-gradient",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Use:
    """A feature that is made use of, and where."""

    feature: str  #: caniemail's name, as `css-border-radius`.
    where: str
    element: Any = None
    attribute: str = ""


def features(page: Any, sheets: Iterable[Rule]) -> Iterator[Use]:
    """Yield every use, in the page's order."""
    for element in page.iter():
        if isinstance(element.tag, str):
            yield from _element(element)
    for rule in sheets:
        where = ", ".join(rule.selectors) or rule.at[:40]
        for feature in rule_features(rule):
            yield Use(feature=feature, where=where)
        for declaration in rule.declarations:
            for feature in style_features(declaration):
                yield Use(feature=feature, where=f"{where} {{ {declaration} }}")


def rule_features(rule: Rule) -> Iterator[str]:
    """Yield what a rule asks of a client, its declarations left out."""
    if rule.media:
        yield "css-at-media"
        for condition in ("prefers-color-scheme", "hover", "orientation", "prefers-reduced-motion"):
            if condition in rule.media:
                yield f"css-at-media-{condition}"
    if rule.at:
        name = re.match(r"@([\w-]+)", rule.at)
        if name:
            yield f"css-at-{name[1].lower()}"
    # A rule holds where one of its selectors is understood.
    if len(rule.selectors) == 1:
        yield from _selector(rule.selectors[0])


def _selector(selector: str) -> Iterator[str]:
    for name in re.findall(r"(?<!:):([\w-]+)", selector):
        yield f"css-pseudo-class-{name}"
    for name in re.findall(r"::([\w-]+)", selector):
        yield f"css-pseudo-element-{name}"
    if "[" in selector:
        yield "css-selector-attribute"
    if "." in selector:
        yield "css-selector-class"
    if " " in selector.strip():
        yield "css-selector-descendant"
    if selector.strip() == "*":
        yield "css-selector-universal"


def style_features(declaration: Declaration) -> Iterator[str]:
    """Yield what a declaration asks of a client."""
    name, value = declaration.name, declaration.value
    if name == "display":
        yield f"css-display-{value}" if value in ("flex", "grid", "none") else "css-display"
    elif not name.startswith(("mso-", "--")):
        grouped = (feature for pattern, feature in _PROPERTIES if pattern.fullmatch(name))
        yield next(grouped, f"css-{name}")
    for found in _UNIT.finditer(value):
        yield f"css-unit-{'percent' if found[1] == '%' else found[1]}"
    for found in _FUNCTION.finditer(value):
        yield _FUNCTIONS[found[1]]
    if declaration.important:
        yield "css-important"


def _element(element: Any) -> Iterator[Use]:
    where = f"<{element.tag}>"
    yield Use(feature=_element_feature(element), where=where, element=element)
    for name, value in element.items():
        if name in _ATTRIBUTES:
            yield Use(
                feature=f"html-{name}", where=f"{where} {name}", element=element, attribute=name
            )
        if name == "style":
            for declaration in parse_style(value):
                for feature in style_features(declaration):
                    yield Use(feature=feature, where=f"{where} {declaration}", element=element)
    yield from _address(element, where)


def _element_feature(element: Any) -> str:
    tag = str(element.tag)
    if _HEADING.fullmatch(tag):
        return "html-h1-h6"
    if tag in _LISTS:
        return "html-lists"
    if tag in _SEMANTIC:
        return "html-semantics"
    if tag == "meta" and element.get("name") == "color-scheme":
        return "html-meta-color-scheme"
    if tag == "input":
        return f"html-input-{element.get('type', 'text')}"
    return f"html-{tag}"


def _address(element: Any, where: str) -> Iterator[Use]:
    address = element.get("href", "")
    if address.startswith("#"):
        yield Use(feature="html-anchor-links", where=where, element=element)
    elif address.startswith("mailto:"):
        yield Use(feature="html-mailto-links", where=where, element=element)
    if element.tag == "img":
        source = element.get("src", "")
        if source.startswith("data:"):
            yield Use(feature="image-base64", where=where, element=element)
        else:
            ending = urlsplit(source).path.rpartition(".")[2].lower()
            yield Use(feature=f"image-{_IMAGES.get(ending, ending)}", where=where, element=element)
