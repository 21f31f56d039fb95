"""The preview's page over real HTTP."""

import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html as lxml_html

import samples
from aidigest.core.proof.clients import shipped_support
from aidigest.errors import RenderError, SettingsError
from aidigest.preview import Preview, serve_preview
from aidigest.preview.server import serving
from previews import FixedSource, preview_of

SUPPORT = shipped_support()


@pytest.fixture(scope="module")
def preview() -> Preview:
    """Return a preview of feeds that mean harm."""
    return preview_of(samples.hostile())


@pytest.fixture(scope="module")
def port(preview: Preview) -> Iterator[int]:
    """Serve the preview; return its port."""
    with serving(FixedSource(preview), support=SUPPORT) as address:
        found = urlsplit(address).port
        assert found is not None
        yield found


@dataclass
class CountingSource(FixedSource):
    """A Source that counts how often it was asked for its edition."""

    shown: int = 0

    def show(self, edition: str, look: str | None) -> Preview:
        """Return it, and count."""
        self.shown += 1
        return super().show(edition, look)


def document(page: str) -> Any:
    """Return the page as lxml reads it; its stubs know no HtmlElement."""
    return lxml_html.document_fromstring(page)


def ask(
    port: int, path: str, *, method: str = "GET", host: str | None = None
) -> tuple[int, http.client.HTTPMessage, str]:
    """Return status, header and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_the_page_shows_every_side_of_the_mail(port: int, preview: Preview) -> None:
    """HTML, text, Markdown, header and source, as they are sent."""
    status, headers, body = ask(port, "/")
    page = document(body)

    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert [label.text for label in page.find_class("tab") if label.tag == "label"] == [
        "Mail",
        "Text",
        "Markdown",
        "Headers",
        "Source",
        "Check (0)",
        "Why",
        "Desktop",
        "Phone, 375",
        "Small, 320",
        "Light",
        "Dark",
        "Forced dark",
    ]
    shown = [pre.text_content() for pre in page.iter("pre")]
    assert "List-Unsubscribe=One-Click" in page.find_class("headers")[0].text_content()
    assert any("https://d.example/unsubscribe/" in text for text in shown)
    assert any(text.startswith("From: Harbor <d@d.example>") for text in shown)
    assert preview.rendered.subject in page.text_content()


def test_the_mail_stands_in_a_frame_that_may_do_nothing(port: int) -> None:
    """Its words come from strangers."""
    page = document(ask(port, "/")[2])
    frames = list(page.iter("iframe"))

    assert [frame.get("sandbox") for frame in frames] == [""]
    assert all(frame.get("title") for frame in frames)
    assert frames[0].get("src").startswith("/mail.html?")
    assert "sandbox" in ask(port, frames[0].get("src"))[1]["Content-Security-Policy"]


def test_the_page_and_its_frame_share_one_rendering(preview: Preview) -> None:
    """The page leaves the look open and its frame names it; a rendering takes most of the wait."""
    source = CountingSource(preview)
    with serving(source, support=SUPPORT) as address:
        found = urlsplit(address).port
        assert found is not None
        frame = document(ask(found, "/")[2]).get("data-mail")
        status = ask(found, frame)[0]
        once = source.shown
        source.said = "2"
        ask(found, frame)

    assert (status, once, source.shown) == (200, 1, 2)


def test_the_page_needs_nothing_from_outside(port: int) -> None:
    """It works on a train, and tells nobody that it was opened."""
    page = document(ask(port, "/")[2])
    loaded = [one.get("src") or one.get("href") for one in page.iter("script", "link", "img")]

    assert loaded == ["/page.css", "/page.js"]
    assert not list(page.iter("form"))
    assert all(ask(port, path)[0] == 200 for path in loaded)


@pytest.mark.parametrize("path", ["/", "/email.html", "/email.txt", "/edition.md", "/message.eml"])
def test_each_answer_is_shut_in(port: int, path: str) -> None:
    """No script, no guessing of types, no copy left in the browser."""
    status, headers, _ = ask(port, path)

    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy if path == "/" else "script-src" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_the_parts_are_served_as_they_are_sent(port: int, preview: Preview) -> None:
    """What is shown is what is sent."""
    assert ask(port, "/email.html")[2] == preview.html
    assert ask(port, "/email.txt")[2] == preview.text
    assert ask(port, "/message.eml")[2].encode() == preview.message


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}"]
)
def test_another_sites_name_gets_nothing(port: int, host: str) -> None:
    """A page elsewhere may have its name point here, and would then read the mail."""
    status, _, body = ask(port, "/", host=host.format(port=port))

    assert status == 421
    assert "Harbor" not in body


def test_localhost_is_our_name_too(port: int) -> None:
    """People type it."""
    assert ask(port, "/", host=f"localhost:{port}")[0] == 200


@pytest.mark.parametrize("path", ["/nothing", "/../message.eml", "/email.html/"])
def test_nothing_else_is_there(port: int, path: str) -> None:
    """It serves no files: only what it holds."""
    assert ask(port, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_can_only_be_read(port: int, method: str) -> None:
    """There is nothing to change."""
    assert ask(port, "/", method=method)[0] == 501


def test_it_announces_itself_opens_the_page_and_ends_with_ctrl_c(preview: Preview) -> None:
    """After Ctrl-C the port is free again, and there is no traceback."""
    told: list[str] = []
    opened: list[str] = []

    def look_and_stop(address: str) -> None:
        opened.append(address)
        assert ask(urlsplit(address).port or 0, "/")[0] == 200
        raise KeyboardInterrupt

    serve_preview(
        FixedSource(preview), support=SUPPORT, announce=told.append, open_page=look_and_stop
    )

    assert told == [f"The preview is at {opened[0]}; Ctrl-C ends it."]
    with pytest.raises(ConnectionRefusedError):
        ask(urlsplit(opened[0]).port or 0, "/")


def test_it_listens_on_loopback_alone(preview: Preview) -> None:
    """An unsent edition is nobody else's business."""
    with serving(FixedSource(preview), support=SUPPORT) as address:
        assert urlsplit(address).hostname == "127.0.0.1"


def test_a_port_that_is_taken_is_said_in_words(preview: Preview) -> None:
    """With the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SettingsError, match=rf"--port: {port} cannot be had"):
            serve_preview(FixedSource(preview), support=SUPPORT, port=port, announce=print)


def test_a_client_sees_what_it_supports(port: int) -> None:
    """Outlook reads what others take for a comment, and no rounded corner; Gmail no dark sheet."""
    outlook = ask(port, "/mail.html?client=outlook/windows")[2]
    gmail = ask(port, "/mail.html?client=gmail/mobile-webmail")[2]

    assert "<!--[if mso]>" not in outlook
    assert "overflow-wrap" not in outlook.partition("</head>")[2]
    assert "prefers-color-scheme" not in gmail


def test_forced_dark_mirrors_what_is_light(port: int, preview: Preview) -> None:
    """As apps do that ask no author."""
    forced = ask(port, "/mail.html?forced=1")[2]

    assert "background-color:#fff;" in preview.html
    assert "background-color:#fff;" not in forced
    assert "background-color:#000000" in forced


def test_a_mistake_is_shown_in_words_and_the_page_goes_on(preview: Preview) -> None:
    """A template is broken for a moment while somebody edits it."""

    class Broken(FixedSource):
        def show(self, edition: str, look: str | None) -> Preview:
            raise RenderError("daily/email.html", "unexpected '}'", line=3)

    with serving(Broken(preview), support=SUPPORT) as address:
        status, _, body = ask(urlsplit(address).port or 0, "/")

    assert status == 200
    assert "daily/email.html:3: unexpected" in body
    assert "/page.js" in body


def test_a_change_is_told_at_once(preview: Preview) -> None:
    """The page reloads on it."""
    source = FixedSource(preview)
    with serving(source, support=SUPPORT) as address:
        port = urlsplit(address).port or 0
        version = str(document(ask(port, "/")[2]).get("data-version"))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", f"/changes?version={version}")
        lines = connection.getresponse()
        first = lines.readline()
        source.said = "2"
        told = [lines.readline() for _ in range(40) if not lines.isclosed()]
        connection.close()

    assert first.startswith(b": still")
    assert b"event: changed\n" in told
