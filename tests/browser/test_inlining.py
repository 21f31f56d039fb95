"""The inliner, proven: what a browser computes is the same before and after it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from aidigest.adapters.inlining import inline
from aidigest.core.editions.edition import Edition
from aidigest.preview.samples import sample
from browsers import page_of
from mails import LOOKS, NOT_INLINING, RENDERER

_READ = """() => JSON.stringify([...document.body.querySelectorAll('*'), document.body].map(one => {
  const style = getComputedStyle(one), seen = {};
  for (const name of style) if (!name.startsWith('-')) seen[name] = style.getPropertyValue(name);
  return seen;
}))"""
MODES = [("light", 1000), ("light", 320), ("dark", 1000)]


def computed(opened: Browser, html: str, *, scheme: str, width: int) -> list[dict[str, str]]:
    """Return every element's computed style."""
    with page_of(opened, width=width, scheme=scheme) as page:
        page.set_content(html)
        found: list[dict[str, str]] = json.loads(page.evaluate(_READ))
        return found


def differences(before: list[dict[str, str]], after: list[dict[str, str]]) -> Iterator[str]:
    """Yield what differs, element by element."""
    assert len(before) == len(after)
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        for name in one.keys() | other.keys():
            if one.get(name) != other.get(name):
                yield f"element {number}: {name} was {one.get(name)}, is {other.get(name)}"


def every_part() -> Edition:
    """Return a short edition with every kind of part in it."""
    edition = sample("40")
    first, second, *_ = edition.sections
    updated = next(one for one in edition.stories if one.update_of)
    return replace(
        edition,
        sections=(
            replace(first, stories=(*first.stories[:2], updated)),
            replace(second, stories=second.stories[:2], more=3),
        ),
    )


@pytest.fixture(scope="module", params=LOOKS)
def pages(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return the page of a look before and after inlining."""
    before = NOT_INLINING.render(replace(every_part(), look=request.param)).html
    return before, inline(before)


@pytest.mark.parametrize(("scheme", "width"), MODES)
def test_no_element_looks_different_after_inlining(
    opened: Browser, pages: tuple[str, str], scheme: str, width: int
) -> None:
    """Premailer's defaults get three elements of four wrong in dark mode."""
    before, after = (computed(opened, html, scheme=scheme, width=width) for html in pages)

    assert len(before) > 40
    assert list(differences(before, after)) == []


def test_a_rule_that_inlining_breaks_is_seen(opened: Browser) -> None:
    """The comparison finds what it is there to find."""
    before = NOT_INLINING.render(every_part()).html
    after = inline(before)
    broken = re.sub("line-height:[0-9]+px", "line-height:7px", after)

    found = differences(
        computed(opened, before, scheme="light", width=1000),
        computed(opened, broken, scheme="light", width=1000),
    )

    assert any("line-height was" in one for one in found)


@pytest.mark.parametrize("name", ["vietnamese", "rtl", "hostile"])
@pytest.mark.parametrize("look", LOOKS)
def test_a_mail_never_scrolls_sideways_on_a_small_phone(
    opened: Browser, look: str, name: str
) -> None:
    """Rule T16, at 320 pixels, long words and all."""
    html = RENDERER.render(replace(sample(name), look=look)).html
    with page_of(opened, width=320) as page:
        page.set_content(html)
        wide = page.evaluate("() => document.documentElement.scrollWidth")

    assert wide <= 320
