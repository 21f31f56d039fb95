"""The web in a real browser: feed text never runs, everybody can use it, the whole way works."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any, Literal

import pytest
import urllib3
from aiosmtpd.smtp import SMTP, Envelope, Session
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Dialog, Page
from sqlalchemy import select

from aidigest.adapters.database.tables import metadata
from aidigest.core.editions.edition import Edition
from aidigest.core.readers.joining import Asking, sign_confirmation
from aidigest.steps.compose import Composed
from aidigest.web import serving
from browsers import page_of, unfit_for_large_text
from samples import edition, large, story, usual, vietnamese
from smtpserver import serving_smtp
from websites import KEY, Web, web

#: Those that pass feedparser's own sanitiser stand first.
VECTORS = (
    '<a href="java&#x09;script:alert(1)">x</a>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    '<svg><animate attributeName="href" values="javascript:alert(1)"/></svg>',
    "<input type=password onfocus=alert(1) autofocus>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><script>alert(1)</script>',
    "' autofocus onfocus='alert(1)",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7 * 7 }}{% raw %}<script>alert(1)</script>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<style>@import '//evil.example/x.css'</style>",
    "\u2028</script><script>alert(1)</script>",
)
ADDRESSES = (
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://x.example/"onmouseover="alert(1)',
    "https://x.example/'><script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/",
)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Web, str]]:
    """A site that a browser can visit, and its address."""
    with (
        web(tmp_path, edition=large(6), AIDIGEST_OPERATOR_TOKEN="op") as house,
        serving(house.site, host="127.0.0.1", port=0) as at,
    ):
        yield house, at


def _dangerous() -> Edition:
    stories = [
        story(
            number,
            title=f"t{number} {vector}",
            summary=vector,
            url=ADDRESSES[number % len(ADDRESSES)],
        )
        for number, vector in enumerate(VECTORS)
    ]
    return edition(*stories)


def test_feed_text_never_runs(opened: Browser, tmp_path: Path) -> None:
    """Whatever feeds hold: no dialog, no request elsewhere, no element that was not ours."""
    with (
        web(tmp_path, edition=_dangerous()) as house,
        serving(house.site, host="127.0.0.1", port=0) as at,
        page_of(opened) as page,
    ):
        seen: list[str] = []
        page.on("dialog", _noting(seen))
        page.on("request", lambda sent: seen.extend([sent.url] if at not in sent.url else []))
        paths = ["/", "/archive", "/archive/daily/2026-09-14", "/archive?q=script"]
        paths += [f"/stories/s{number}" for number in range(len(VECTORS))]
        for path in paths:
            page.goto(at + path)
            page.mouse.move(300, 300)
            assert (
                page.locator("main :is(script, iframe, img, svg, math, base, style)").count() == 0
            )
            assert page.locator("main a[href^='javascript' i], main a[href^='data' i]").count() == 0
            assert page.evaluate(_HANDLERS) == []

    assert seen == []


def _noting(seen: list[str]) -> Callable[[Dialog], None]:
    def note(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    return note


_HANDLERS = """() => [...document.querySelectorAll('*')].flatMap(
  one => [...one.attributes].filter(a => a.name.startsWith('on')).map(a => a.name))"""


def test_no_page_has_a_serious_fault_for_anybody(opened: Browser, live: tuple[Web, str]) -> None:
    """axe-core on every page, light and dark, wide and narrow; nothing to scroll sideways."""
    house, at = live
    house.publish(_vietnamese_day())
    found: dict[str, Any] = {}
    with page_of(opened) as page:
        page.set_extra_http_headers({"Authorization": "Basic eDpvcA=="})
        for path in _every_page(house):
            page.goto(at + path)
            # The policy lets no script in but what the debugger itself runs.
            page.evaluate(AXE_SCRIPT)
            for scheme, width in _LOOKS if "lang=vi" not in path else _LOOKS[:1]:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                faults = _faults(page)
                if faults:
                    found[f"{path} {scheme} {width}"] = faults

    assert found == {}


def test_text_is_as_large_as_a_reader_set_it(opened: Browser, live: tuple[Web, str]) -> None:
    """Sizes in pixels would stay as they are for whoever set larger ones for all pages."""
    house, at = live
    found: dict[str, list[str]] = {}
    with page_of(opened, width=320) as page:
        page.set_extra_http_headers({"Authorization": "Basic eDpvcA=="})
        for path in _every_page(house):
            page.goto(at + path)
            found[path] = unfit_for_large_text(page)

    assert {path: unfit for path, unfit in found.items() if unfit} == {}


def test_what_one_comes_to_do_is_met_with_a_thumb(opened: Browser, live: tuple[Web, str]) -> None:
    """Buttons, fields and the links that lead on are 44 pixels high, leaving among them."""
    house, at = live
    token = house.token(house.subscribe())
    found: list[tuple[str, float]] = []
    with page_of(opened, width=360) as page:
        for path in ("subscribe", f"unsubscribe/{token}", f"unsubscribe/{token}/preferences", "x"):
            page.goto(f"{at}/{path}?lang=en")
            found += [
                (one.inner_text(), box["height"])
                for one in page.locator(_ACTIONS).all()
                if (box := one.bounding_box()) and box["height"] < 44
            ]

    assert found == []


_ACTIONS = "button, select, input[type=email], main p > a, .choice, nav a"


def test_the_link_past_the_menu_is_seen_whole(opened: Browser, live: tuple[Web, str]) -> None:
    """It stood in the corner: half of the frame that shows where one is was cut off."""
    with page_of(opened, width=360) as page:
        page.goto(f"{live[1]}/?lang=en")
        page.keyboard.press("Tab")
        box = page.locator(":focus").bounding_box()

    assert box
    assert min(box["x"], box["y"]) >= 5
    assert box["height"] >= 44


def test_paper_shows_what_is_for_reading(opened: Browser, live: tuple[Web, str]) -> None:
    """Buttons and menus are of no use there, and a page ended between headline and summary."""
    with page_of(opened) as page:
        page.goto(f"{live[1]}/?lang=en")
        page.emulate_media(media="print")

        assert page.locator("main h3").first.is_visible()
        assert not page.locator("form:visible, nav:visible").count()
        assert page.locator(".story").first.evaluate(_BREAKS) == "avoid"


_BREAKS = "one => getComputedStyle(one).breakInside"


def test_the_operators_page_can_be_read_on_a_phone(opened: Browser, live: tuple[Web, str]) -> None:
    """Its tables broke words into letters, and a chart's words shrank with it to five pixels."""
    house, at = live
    house.subscribe()
    house.app.deliveries.freeze_audience(1, "daily", now=house.app.clock())
    with page_of(opened, width=320) as page:
        page.set_extra_http_headers({"Authorization": "Basic eDpvcA=="})
        page.goto(f"{at}/operator?lang=en")
        broken = page.evaluate(_BROKEN_WORDS)
        heights = page.evaluate(
            "[...document.querySelectorAll('.label')].map(e => e.getBoundingClientRect().height)"
        )

    assert broken == []
    assert min(height for height in heights if height) >= 9


_BROKEN_WORDS = """() => [...document.querySelectorAll('th, td')].filter(cell => {
  const text = cell.firstChild, words = text?.nodeType === 3 ? text.data.split(/\\s+/) : [];
  return words.some(word => {
    const range = document.createRange(), from = text.data.indexOf(word);
    range.setStart(text, from);
    range.setEnd(text, from + word.length);
    return range.getClientRects().length > 1;
  });
}).map(cell => cell.textContent)"""

_LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 1000),
    ("light", 360),
    ("dark", 1000),
    ("dark", 360),
)


def _faults(page: Page) -> list[Any]:
    results = page.evaluate("axe.run()")
    faults: list[Any] = [
        (one["id"], [node["html"][:90] for node in one["nodes"]][:3])
        for one in results["violations"]
        if one["impact"] in {"moderate", "serious", "critical"}
    ]
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*faults, "wider than the window"] if is_too_wide else faults


def _vietnamese_day() -> Edition:
    made = vietnamese()
    return replace(made, number=13, date=made.date + timedelta(days=1))


def _every_page(house: Web) -> list[str]:
    token = house.token(house.subscribe())
    asking = Asking(address="a@b.example", language="en", digests=("daily",), text="Send me it.")
    house.app.joining.ask(asking, remote="203.0.113.1")
    confirming = sign_confirmation(1, key=KEY)
    pages = ["/", "/archive", "/archive/daily/2026-09-14", "/archive/daily/2026-09-15"]
    pages += ["/archive?q=kestrel", "/archive?q=nothing", "/stories/s1", "/subscribe", "/nowhere"]
    pages += [f"/unsubscribe/{token}", f"/unsubscribe/{token}/preferences"]
    pages += [f"/confirm/{confirming}", "/operator"]
    joined = [f"{page}{'&' if '?' in page else '?'}lang=vi" for page in pages]
    return [*pages, *joined]


class Mailbox:
    """A relay that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 2.0.0 kept"


def _send(house: Web, made: Edition) -> None:
    """Send an edition to everybody, as the worker does."""
    edition_id, rendered = house.app.editions.add_edition(house.app.renderer.render(made))
    house.app.sending.resume(Composed(edition_id=edition_id, rendered=rendered, created=True))


def _visit(page: Page, at: str, url: str) -> None:
    page.goto(at + url.removeprefix("https://digest.example.org"))


def test_the_whole_way_of_a_reader(opened: Browser, tmp_path: Path) -> None:
    """Subscribe, confirm, get an edition, change topics, get the variant, one click, silence."""
    mailbox = Mailbox()
    with (
        serving_smtp(mailbox) as port,
        web(tmp_path, SMTP_URL=f"smtp://127.0.0.1:{port}") as house,
        serving(house.site, host="127.0.0.1", port=0) as at,
        page_of(opened) as page,
    ):
        page.goto(f"{at}/?lang=en")
        page.get_by_label("Your mail address").fill("linh@example.org")
        page.get_by_role("button", name="Subscribe").click()
        assert page.get_by_role("heading", name="Look into your mailbox").is_visible()
        house.app.joining.mail_confirmations()

        confirming: Any = mailbox.mails[0]
        link = re.search(r"https://\S+", confirming.get_content())
        assert link
        _visit(page, at, link[0])
        page.get_by_role("button", name="Yes, subscribe me").click()
        assert page.get_by_role("heading", name="You are subscribed").is_visible()
        _send(house, _on_day(1))
        whole = mailbox.mails[1]
        assert "Copper Labs" in _html(whole)

        header = re.search(r"<(https://[^>]+)>", str(whole["List-Unsubscribe"]))
        assert header
        _visit(page, at, f"{header[1]}/preferences?lang=en")
        for box in page.get_by_role("group", name="Topics").get_by_role("checkbox").all():
            box.uncheck()
        page.get_by_label("Models and labs").check()
        page.get_by_label("Language of your mail").select_option("vi")
        page.get_by_role("button", name="Save").click()
        assert page.get_by_role("status").is_visible()
        _send(house, _on_day(2))
        varied = mailbox.mails[2]
        assert "Northwind ships release 1" in _html(varied)
        assert "Copper Labs" not in _html(varied)
        assert varied["Content-Language"] == "vi"

        before = _everything(house)
        _scan(at, mailbox.mails)
        assert _everything(house) == before
        answer = urllib3.PoolManager().request(
            "POST",
            at + header[1].removeprefix("https://digest.example.org"),
            fields={"List-Unsubscribe": "One-Click"},
            encode_multipart=False,
            redirect=False,
        )
        assert answer.status == 200
        _send(house, _on_day(3))

    assert len(mailbox.mails) == 3


def _everything(house: Web) -> dict[str, list[str]]:
    """Return every row of every table."""
    with house.app.engine.connect() as connection:
        return {
            table.name: [str(row) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def _scan(at: str, mails: list[Message]) -> None:
    """GET every link of every mail, as scanners of mail do."""
    links = {
        link
        for mail in mails
        for link in re.findall(r"https://digest\.example\.org[^\s\"<>]*", f"{mail}{_html(mail)}")
    }
    assert len(links) >= 3
    for link in links:
        answer = urllib3.request("GET", at + link.removeprefix("https://digest.example.org"))
        assert answer.status < 500


def _on_day(number: int) -> Edition:
    made = usual()
    return replace(made, number=12 + number, date=made.date + timedelta(days=number))


def _html(mail: Message) -> str:
    part: Any = mail.get_body(("html", "plain"))  # type: ignore[attr-defined]  # Of EmailMessage.
    content: str = part.get_content()
    return content
