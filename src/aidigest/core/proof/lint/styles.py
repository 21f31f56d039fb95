"""The rules of style: T4 on the height of links, T5 on contrast, T7 and T8 on the sheets."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cssselect import HTMLTranslator, SelectorError

from aidigest.core.proof.colours import Colour, contrast, forced_background, forced_text
from aidigest.core.proof.css import Declaration, Rule, parse_style
from aidigest.core.proof.lint.findings import Finding, Level, error, warning
from aidigest.core.proof.lint.mail import Mail, elements

_MOST_STYLE = 16_000
_ENOUGH, _ENOUGH_LARGE, _TOO_LITTLE = 4.5, 3.0, 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66
_WANTED = {
    "color",
    "background-color",
    "background",
    "font-size",
    "font-weight",
    "line-height",
    "display",
}
#: What a finger hits: WCAG 2.2, 2.5.8.
_LEAST_TARGET = 24.0
#: What a line is high of its letters' size, where nothing is said; and parts of one, by unit.
_NORMAL, _PARTS = 1.2, {None: 1.0, "%": 100.0}
_MODES = ("light", "dark", "forced dark")

Styles = dict[Any, dict[str, str]]  #: By element.


def check_styles(mail: Mail) -> Iterator[Finding]:
    """Yield what is wrong with the sheets, and text that cannot be read."""
    if mail.html.strip():
        yield from _sheets(mail)
        yield from _force(mail)
        light, dark = (computed(mail, dark=one) for one in (False, True))
        for mode in _MODES:
            yield from _contrast(mail, mode, dark if mode == "dark" else light)
        yield from _targets(mail, light)


def _sheets(mail: Mail) -> Iterator[Finding]:
    size = sum(len((sheet.text or "").encode()) for sheet in mail.page.iter("style"))
    if size >= _MOST_STYLE:
        yield error(
            "T7", f"the sheets have {size:,} bytes; Gmail drops all from {_MOST_STYLE:,} on"
        )
    if any(rule.nested for rule in mail.sheets):
        yield error("T7", "an at-rule within @media makes Gmail drop the whole sheet")


def _force(mail: Mail) -> Iterator[Finding]:
    for rule in mail.sheets:
        changes = rule.media or any("data-ogs" in one for one in rule.selectors)
        weak = [one.name for one in rule.declarations if not one.important]
        if changes and weak and not any(one.startswith(":root") for one in rule.selectors):
            yield error("T8", f"{', '.join(rule.selectors)}: {weak[0]} loses to what is inlined")
    forced = [
        one.name
        for element in elements(mail.page)
        for one in parse_style(element.get("style", ""))
        if one.important
    ]
    if forced:
        yield error("T8", f"{forced[0]} is inlined with !important: no dark mode can change it")


def _contrast(mail: Mail, mode: str, styles: Styles) -> Iterator[Finding]:
    worst: dict[Level, tuple[float, str]] = {}
    for element, words in _texts(mail.page, styles):
        ink, ground = _colours(element, styles, mode)
        ratio = contrast(ink, ground)
        if ratio < (_ENOUGH_LARGE if _is_large(element, styles) else _ENOUGH):
            level = Level.ERROR if ratio < _TOO_LITTLE else Level.WARNING
            said = f"{ink} on {ground} in {mode} is {ratio:.1f} to 1: {words[:40]!r}"
            if level not in worst or ratio < worst[level][0]:
                worst[level] = ratio, said
    for level, (_, said) in worst.items():
        yield (error if level is Level.ERROR else warning)("T5", said)


def _targets(mail: Mail, styles: Styles) -> Iterator[Finding]:
    """Yield a link that is hard to hit; what stands in lines is as high as a line."""
    links = (one for one in mail.page.iter("a") if not _is_hidden(one, styles))
    heights = {link: _line_height(link, styles) for link in links}
    small = min(heights, key=lambda link: heights[link], default=None)
    if small is not None and heights[small] < _LEAST_TARGET:
        words = " ".join(small.text_content().split())[:40]
        said = f"a link is {heights[small]:.0f} pixels high; {_LEAST_TARGET:.0f} are least"
        yield warning("T4", f"{said}: {words!r}")


def _line_height(element: Any, styles: Styles) -> float:
    said = _inherited(element, styles, "line-height")
    if found := re.fullmatch(r"([\d.]+)(px|%)?", said):
        number = float(found[1])
        return number if found[2] == "px" else number * (_size(element, styles) / _PARTS[found[2]])
    return _size(element, styles) * _NORMAL


def computed(mail: Mail, *, dark: bool) -> Styles:
    """Return what colours and sizes each element is given, on a wide screen."""
    styles: Styles = {}
    for element in elements(mail.page):
        own = parse_style(element.get("style", ""))
        styles[element] = {one.name: one.value for one in own if one.name in _WANTED}
        if element.get("bgcolor"):
            styles[element].setdefault("background-color", element.get("bgcolor"))
    for rule in mail.sheets:
        if rule.declarations and _applies(rule.media, dark=dark):
            _apply(mail.page, rule, styles)
    return styles


def _applies(media: str, *, dark: bool) -> bool:
    if not media:
        return True
    scheme = re.fullmatch(r"(?:(?:only )?screen and )?\(prefers-color-scheme:\s*(\w+)\)", media)
    return scheme is not None and scheme[1] == ("dark" if dark else "light")


def _apply(page: Any, rule: Rule, styles: Styles) -> None:
    wanted = [one for one in rule.declarations if one.name in _WANTED]
    if not wanted:
        return
    for selector in rule.selectors:
        for element in _matched(page, selector):
            _cascade(styles.get(element, {}), wanted)


def _cascade(style: dict[str, str], declarations: list[Declaration]) -> None:
    for one in declarations:
        if one.important or one.name not in style:
            style[one.name] = one.value


def _matched(page: Any, selector: str) -> list[Any]:
    if ":hover" in selector or ":root" in selector:
        return []
    try:
        found: list[Any] = page.xpath(HTMLTranslator().css_to_xpath(selector))
    except SelectorError:
        return []
    return found


def _texts(page: Any, styles: Styles) -> Iterator[tuple[Any, str]]:
    for element in elements(page):
        if element.tag in ("head", "title", "style", "meta"):
            continue
        texts = [element.text, *(child.tail for child in element)]
        words = " ".join(" ".join(one for one in texts if one).split())
        if any(one.isalnum() for one in words) and not _is_hidden(element, styles):
            yield element, words


def _is_hidden(element: Any, styles: Styles) -> bool:
    return any(styles.get(one, {}).get("display") == "none" for one in _line(element))


def _line(element: Any) -> Iterator[Any]:
    """Yield the element and what it stands in, inmost first."""
    while element is not None:
        yield element
        element = element.getparent()


def _colours(element: Any, styles: Styles, mode: str) -> tuple[Colour, Colour]:
    dark = mode == "dark"
    ink = _first(element, styles, ("color",)) or Colour.read("white" if dark else "black")
    ground = _first(element, styles, ("background-color", "background")) or Colour.read(
        "#121212" if dark else "white"
    )
    if ink is None or ground is None:
        raise AssertionError("the defaults are colours")
    return (forced_text(ink), forced_background(ground)) if mode == "forced dark" else (ink, ground)


def _first(
    element: Any, styles: Mapping[Any, dict[str, str]], names: tuple[str, ...]
) -> Colour | None:
    for one in _line(element):
        for name in names:
            colour = Colour.read(styles.get(one, {}).get(name, ""))
            if colour is not None:
                return colour
    return None


def _is_large(element: Any, styles: Styles) -> bool:
    bold = _inherited(element, styles, "font-weight") in ("bold", "600", "700", "800", "900")
    return _size(element, styles) >= (_LARGE_BOLD if bold else _LARGE)


def _size(element: Any, styles: Styles) -> float:
    found = re.fullmatch(r"([\d.]+)px", _inherited(element, styles, "font-size"))
    return float(found[1]) if found else 16.0


def _inherited(element: Any, styles: Styles, name: str) -> str:
    """Return what the element, or the nearest that it stands in, says."""
    said = (styles.get(one, {}).get(name, "") for one in _line(element))
    return next((one for one in said if one), "")
