"""A real browser for tests: Debian's chromium, driven by playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from aidigest.adapters.chromium import find_chromium

HOW = "needs chromium; on Debian: apt-get install chromium"


@contextmanager
def browser() -> Iterator[Browser]:
    """Run a browser while the block runs; skip where there is none."""
    program = find_chromium()
    if program is None:
        pytest.skip(HOW)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield opened
        opened.close()


def unfit_for_large_text(page: Page) -> list[str]:
    """Double the text as a browser's settings do; return the texts that stay as they were.

    With them, whatever has to be scrolled sideways then. What a drawing says is left out.
    """
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    unfit: list[str] = page.evaluate(_SMALL)
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*unfit, "wider than the window"] if is_too_wide else unfit


_SMALL = """() => [...document.querySelectorAll('body *:not(svg *)')]
  .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < 28)
  .map(one => one.outerHTML.slice(0, 90))"""


@contextmanager
def page_of(opened: Browser, *, width: int = 1000, scheme: str = "") -> Iterator[Page]:
    """Open a page that reaches nothing but this machine.

    Args:
        opened: The browser.
        width: Of the window.
        scheme: `light` or `dark` for every frame; the system's, and frames' own, if not given.
    """
    context = opened.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light" if scheme else "null",
    )
    context.route(
        lambda url: not url.startswith(("http://127.0.0.1", "data:", "about:")),
        lambda route: route.abort(),
    )
    yield context.new_page()
    context.close()
