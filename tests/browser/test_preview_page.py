"""The preview's page in a real browser: its switches, its reload, its keys, and axe."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from aidigest.core.proof.clients import shipped_support
from aidigest.preview import HomeSource
from aidigest.preview.server import serving
from browsers import page_of, unfit_for_large_text
from homes import make_home
from mails import LOOKS, sampled

SUPPORT = shipped_support()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a template of its own."""
    folder = make_home(tmp_path_factory.mktemp("home"))
    own = folder / "templates" / "daily"
    own.mkdir(parents=True)
    (own / "subject.txt").write_text("First words", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """Serve the home's preview; return its address."""
    with HomeSource(home, {}, None) as source, serving(source, support=SUPPORT) as found:
        yield found


@pytest.fixture
def page(opened: Browser, address: str) -> Iterator[Page]:
    """Open the page on the Vietnamese sample."""
    with page_of(opened) as found:
        found.goto(f"{address}?edition=vietnamese")
        yield found


def in_mail(page: Page, script: str) -> object:
    """Return what a script finds in the mail's frame; the mail itself may run none."""
    frame = page.frames[1]
    frame.wait_for_load_state()
    return frame.evaluate(script)


def test_the_switches_change_what_the_mail_looks_like(page: Page) -> None:
    """Width, both kinds of dark, images and clients."""
    ground = "() => getComputedStyle(document.querySelector('.column')).backgroundColor"

    assert in_mail(page, ground) == "rgb(255, 255, 255)"
    page.get_by_text("Dark", exact=True).click()
    page.frames[1].wait_for_function(f"({ground})() == 'rgb(23, 27, 32)'")
    page.get_by_text("Forced dark").click()
    expect(page.locator("iframe")).to_have_attribute("src", re.compile("forced=1"))
    page.get_by_text("Small, 320").click()
    box = page.locator("iframe").bounding_box()
    assert box
    assert box["width"] == 322
    page.locator("#client").select_option(label="Outlook for Windows")
    expect(page.get_by_text("An approximation")).to_be_visible()


def test_every_side_of_the_mail_can_be_shown(page: Page) -> None:
    """One at a time."""
    for name, words in (
        ("Text", "Bản tin Trí tuệ nhân tạo"),
        ("Markdown", 'lang: "vi"'),
        ("Headers", "List-Unsubscribe-Post"),
        ("Source", "Content-Transfer-Encoding: quoted-printable"),
        ("Check (0)", "html-style is not supported"),
        ("Why", "4 outlets"),
    ):
        page.locator("label.tab", has_text=name).first.click()
        expect(page.locator(".panel:visible")).to_have_count(1)
        expect(page.locator(".panel:visible")).to_contain_text(words)


def test_another_edition_and_another_look_are_chosen(page: Page) -> None:
    """The samples are a switch away."""
    page.locator("#edition").select_option("rtl")
    page.wait_for_url("**edition=rtl**")
    page.locator("#look").select_option("letter")
    page.wait_for_url("**look=letter**")

    assert in_mail(page, "() => document.documentElement.dir") == "rtl"


def test_it_can_be_used_with_the_keyboard_alone(page: Page) -> None:
    """Tab reaches the views, arrows change them."""
    page.locator("#mail").focus()
    page.keyboard.press("ArrowRight")

    expect(page.locator(".panel.text")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "PRE"


def test_a_saved_template_shows_in_under_a_second(page: Page, home: Path) -> None:
    """And the switches stay as they were."""
    page.locator("label.tab", has_text="Text").first.click()
    expect(page.locator(".subject")).to_have_text("First words")

    (home / "templates" / "daily" / "subject.txt").write_text("Other words", encoding="utf-8")

    expect(page.locator(".subject")).to_have_text("Other words", timeout=20_000)
    expect(page.locator(".panel.text")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1000])
def test_the_page_never_scrolls_sideways(page: Page, width: int) -> None:
    """On a phone, too."""
    page.set_viewport_size({"width": width, "height": 800})

    for tab in page.locator(".tabs label.tab").all():
        tab.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_is_as_large_as_a_maintainer_set_it(page: Page) -> None:
    """In the browser, for all pages."""
    page.set_viewport_size({"width": 320, "height": 800})

    for tab in ("mail", "check"):
        page.locator(f"label[for={tab}]").click()
        assert unfit_for_large_text(page) == []


def test_tables_scroll_on_a_phone_and_leave_words_whole(page: Page) -> None:
    """A column was as narrow as a letter: "w ar ni ng" in four lines."""
    page.set_viewport_size({"width": 320, "height": 800})

    for tab, name in (("check", "Level"), ("why", "Entries")):
        page.locator(f"label[for={tab}]").click()
        head = page.locator(f".panel.{tab} th", has_text=name)
        assert head.evaluate("e => e.getBoundingClientRect().height") < 40
    assert serious(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Browser, address: str, scheme: str) -> None:
    """On each panel of the page."""
    with page_of(opened, scheme=scheme) as page:
        page.goto(f"{address}?edition=vietnamese")
        for tab in ("mail", "headers", "check", "why"):
            page.locator(f"label[for={tab}]").click()
            assert serious(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious_in_a_mail(opened: Browser, look: str, scheme: str) -> None:
    """Contrast, language, headings and names, as a browser computes them."""
    with page_of(opened, scheme=scheme) as page:
        page.set_content(sampled("vietnamese", look).html)
        assert serious(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_thumb_meets_the_links_of_the_footer(opened: Browser, look: str) -> None:
    """Leaving must not be a matter of aim: 44 pixels, and nothing scrolls sideways for it."""
    with page_of(opened, width=320) as page:
        page.set_content(sampled("vietnamese", look).html)
        boxes = [link.bounding_box() for link in page.locator(".footlink").all()]

        assert [box["height"] for box in boxes if box] == [44, 44, 44]
        assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("look", LOOKS)
def test_a_story_stands_on_one_sheet_of_paper(opened: Browser, look: str) -> None:
    """A page ended between a headline and its summary."""
    with page_of(opened) as page:
        page.set_content(sampled("vietnamese", look).html)
        page.emulate_media(media="print")
        story = page.locator(".story").first

        assert story.evaluate("one => getComputedStyle(one).breakInside") == "avoid"


def serious(page: Page) -> list[str]:
    """Return what axe finds that is serious or worse."""
    # A frame that may run no script would be waited for.
    found = Axe().run(page, options={"iframes": False}).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
