"""Subscribing on the web: asked back by mail, and nobody learns who is subscribed."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from lxml import html as lxml_html
from sqlalchemy import event
from werkzeug.test import TestResponse

from aidigest.app import App
from aidigest.core.readers.joining import Asking
from aidigest.core.readers.subscriber import Suppression
from aidigest.web import make_site
from homes import make_home
from samples import usual
from signingkeys import ed25519_key
from smtpserver import serving_smtp
from websites import Web, web


class Mailbox:
    """A relay that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Message]] = []
        self.senders: list[str | None] = []
        self.reply = "250 2.0.0 kept"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        if self.reply.startswith("250"):
            self.mails.append((envelope.rcpt_tos[0], mail))
            self.senders.append(envelope.mail_from)
        return self.reply

    def link(self, number: int = -1) -> str:
        """Return the path of the link in a mail."""
        mail: Any = self.mails[number][1]
        found = re.search(r"https://digest\.example\.org(/\S+)", mail.get_content())
        assert found
        return found[1]


@pytest.fixture
def mailbox() -> Mailbox:
    """A mailbox with nothing in it."""
    return Mailbox()


@pytest.fixture
def house(tmp_path: Path, mailbox: Mailbox) -> Iterator[Web]:
    """A site whose relay is that mailbox."""
    with (
        serving_smtp(mailbox) as port,
        web(tmp_path, SMTP_URL=f"smtp://127.0.0.1:{port}") as opened,
    ):
        yield opened


def ask(house: Web, address: str = "linh@example.org", **more: Any) -> TestResponse:
    """Fill in the form as a visitor would, and send it."""
    page = house.client.get("/subscribe?lang=en").text
    stamp = re.search(r'name="form" value="([^"]+)"', page)
    assert stamp
    headers = more.pop("headers", {})
    environ = {"REMOTE_ADDR": more.pop("remote", "203.0.113.5")}
    form = {"form": stamp[1], "lang": "en", "digest": "daily", "address": address, **more}
    return house.client.post("/subscribe", data=form, headers=headers, environ_base=environ)


def test_who_asks_is_asked_back_and_subscribed_by_a_click(house: Web, mailbox: Mailbox) -> None:
    """Double opt-in: GET shows, POST acts, and the record says when, how and to which words."""
    asked = ask(house)
    house.app.joining.mail_confirmations()
    shown = house.client.get(mailbox.link())
    before = house.app.subscribers.count("daily")
    confirmed = house.client.post(mailbox.link())
    again = house.client.post(mailbox.link())

    consents = house.app.rights.dossier("linh@example.org")["consents"]
    assert (asked.status_code, shown.status_code, before) == (200, 200, 0)
    assert (confirmed.status_code, again.status_code) == (200, 200)
    assert house.app.subscribers.count("daily") == 1
    assert len(consents) == 1
    assert consents[0]["text"].startswith("Send me The Daily by mail.")
    assert "confirmed by the link mailed" in consents[0]["how"]


def test_a_vietnamese_asking_gets_a_vietnamese_mail(house: Web, mailbox: Mailbox) -> None:
    """The mail speaks as the page did."""
    ask(house, lang="vi")
    house.app.joining.mail_confirmations()

    mail: Any = mailbox.mails[0][1]
    assert mail["Subject"] == "Example News: vui lòng xác nhận"
    assert "Có người, có lẽ là bạn" in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_page_to_confirm_follows_the_link_to_another_language(
    house: Web, mailbox: Mailbox
) -> None:
    """It spoke the asking's language whatever one chose; the words agreed to stay as asked."""
    ask(house, lang="vi")
    house.app.joining.mail_confirmations()
    link = mailbox.link()

    asked, switched = house.client.get(link).text, house.client.get(f"{link}?lang=en").text
    confirmed = house.client.post(link, data={"lang": "en"}).text

    assert "Bạn muốn nhận The Daily?" in asked
    assert "Do you want The Daily?" in switched
    assert '<p class="lead" lang="vi" dir="ltr">Gửi cho tôi The Daily' in switched
    assert '<input type="hidden" name="lang" value="en">' in switched
    assert "You are subscribed" in confirmed


def test_no_word_of_a_visitor_stands_in_the_mail(house: Web, mailbox: Mailbox) -> None:
    """Otherwise the form mails out strangers' adverts (listmonk#3229)."""
    ask(house, name="BUY NOW", text="https://spam.example", lang="en\r\nBcc: x@y.example")
    house.app.joining.mail_confirmations()

    raw = mailbox.mails[0][1].as_string()
    assert "BUY" not in raw
    assert "spam.example" not in raw
    assert "y.example" not in raw
    assert [address for address, _ in mailbox.mails] == ["linh@example.org"]


@pytest.mark.parametrize(
    "address",
    ["", "linh", "linh@", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "<a@b.c>",
     "a\x00@b.example", "x" * 300 + "@b.example"],
)  # fmt: skip
def test_what_is_no_address_is_mailed_to_nobody(house: Web, mailbox: Mailbox, address: str) -> None:
    """Header injection begins in such a field; a zero byte is simply left out."""
    answer = ask(house, address)
    house.app.joining.mail_confirmations()

    assert answer.status_code == (200 if "\x00" in address else 400)
    assert all("d.example" not in mail.as_string() for _, mail in mailbox.mails)


def test_the_form_comes_back_with_what_was_typed_and_ticked(tmp_path: Path) -> None:
    """All boxes were ticked again: who overlooked it asked for what they had just unticked."""
    home = make_home(tmp_path)
    with (home / "config" / "aidigest.toml").open("a", encoding="utf-8") as config:
        config.write('\n[[digests]]\nid = "weekly"\ntitle = "The Weekly"\n')

    with App.open(home, {}) as app:
        house = Web(app=app, site=make_site(app))
        fresh = house.client.get("/subscribe?lang=en").text
        wrong = ask(house, 'li"nh@', digest="weekly").text

    assert re.findall(r'value="(\w+)" checked', fresh) == ["daily", "weekly"]
    assert re.findall(r'value="(\w+)" checked', wrong) == ["weekly"]
    assert 'required value="li&#34;nh@"' in wrong


def test_what_is_wrong_is_told_with_the_field_that_it_is_about(house: Web) -> None:
    """Who hears the page and goes to the field hears there what is wrong with it."""
    right: Any = lxml_html.document_fromstring(house.client.get("/subscribe?lang=en").text)
    wrong: Any = lxml_html.document_fromstring(ask(house, "linh@").text)

    field = wrong.get_element_by_id("address")
    assert field.get("aria-invalid") == "true"
    told = wrong.get_element_by_id(field.get("aria-describedby")).text_content()
    assert told.strip() == "This is no mail address. Write it as name@example.org."
    assert right.get_element_by_id("address").get("aria-invalid") is None


def test_known_unknown_and_suppressed_addresses_look_alike(house: Web, mailbox: Mailbox) -> None:
    """Nobody learns by the form whether an address is subscribed."""
    house.subscribe("known@example.org")
    said = Suppression(address="gone@example.org", reason="550", since=house.app.clock())
    house.app.subscribers.suppress([said])

    answers = [ask(house, f"{one}@example.org") for one in ("known", "unknown", "gone")]
    house.app.joining.mail_confirmations()

    assert len({(one.status_code, one.text, str(one.headers)) for one in answers}) == 1
    assert [address for address, _ in mailbox.mails] == ["known@example.org", "unknown@example.org"]
    assert "already" in mailbox.mails[0][1]["Subject"]
    assert mailbox.link(0).endswith("/preferences")


def test_the_form_asks_the_database_the_same_of_any_address(house: Web) -> None:
    """No difference in time either: every statement and every row is the same."""
    house.subscribe("known@example.org")
    ask(house, "warm-up@example.org", remote="198.51.100.1")
    seen: list[list[str]] = []

    def note(*arguments: Any) -> None:
        seen[-1].append(arguments[2])

    event.listen(house.app.engine, "before_cursor_execute", note)
    for name in ("known", "other"):
        seen.append([])
        ask(house, f"{name}@example.org", remote="198.51.100.2")

    assert seen[0] == seen[1]
    assert not any("subscribers" in statement for statement in seen[0])


def test_an_address_gets_three_mails_a_day_at_most(house: Web, mailbox: Mailbox) -> None:
    """The form is no weapon against a mailbox, and does not say that it has stopped."""
    answers = [ask(house, "LINH@example.org", remote=f"203.0.{n}.5") for n in range(6)]
    house.app.joining.mail_confirmations()

    assert len({one.text for one in answers}) == 1
    assert len(mailbox.mails) == 3


def test_a_network_that_asks_too_often_has_to_wait(house: Web, mailbox: Mailbox) -> None:
    """One machine cannot write to a whole list of strangers; another network still can ask."""
    answers = [ask(house, f"r{n}@example.org", remote=f"203.0.113.{n}") for n in range(21)]
    elsewhere = ask(house, "linh@example.org", remote="198.51.100.7")

    assert [one.status_code for one in answers] == [200] * 20 + [429]
    assert answers[-1].headers["Retry-After"] == "3600"
    assert elsewhere.status_code == 200


def test_a_program_that_fills_in_every_field_gets_no_mail_sent(
    house: Web, mailbox: Mailbox
) -> None:
    """And hears that all is well, so that it does not learn."""
    answer = ask(house, website="https://spam.example")
    house.app.joining.mail_confirmations()

    assert answer.text == ask(house).text
    assert mailbox.mails == []


def test_a_form_that_is_not_ours_or_too_old_is_shown_again(house: Web) -> None:
    """With what to do: send it once more."""
    forged = house.client.post("/subscribe", data={"form": "x", "address": "a@b.example"})
    foreign = ask(house, headers={"Sec-Fetch-Site": "cross-site"})
    from_elsewhere = ask(house, headers={"Origin": "https://evil.example"})

    assert forged.status_code == 400
    assert "send it once more" in forged.text
    assert (foreign.status_code, from_elsewhere.status_code) == (403, 403)


def test_opening_the_link_to_confirm_subscribes_nobody(house: Web, mailbox: Mailbox) -> None:
    """Scanners open links; somebody else may have asked."""
    ask(house)
    house.app.joining.mail_confirmations()

    for method in ("get", "head", "options"):
        getattr(house.client, method)(mailbox.link())

    assert house.app.subscribers.count("daily") == 0


def test_a_mail_that_failed_is_sent_later(house: Web, mailbox: Mailbox) -> None:
    """A relay in trouble costs nobody their subscription."""
    ask(house)
    mailbox.reply = "451 4.3.0 <linh@example.org> comes later"
    first = house.app.joining.mail_confirmations()
    mailbox.reply = "250 2.0.0 kept"
    too_early = house.app.joining.mail_confirmations()

    assert (first.failed, too_early.sent) == (1, 0)
    assert first.reason is not None
    assert "comes later" in first.reason
    assert "linh" not in first.reason
    assert house.app.signups.take_due(now=house.app.clock()) is None
    assert [row["attempts"] for row in house.app.rights.dossier("linh@example.org")["signups"]] == [
        1
    ]


def test_no_form_where_the_operator_wants_none(tmp_path: Path) -> None:
    """`[web] signups = false`: read and leave, but subscribe only by the operator."""
    home = make_home(tmp_path)
    with (home / "config" / "aidigest.toml").open("a", encoding="utf-8") as config:
        config.write("\n[web]\nsignups = false\n")

    with App.open(home, {}) as app:
        client = make_site(app).test_client()

        assert client.post("/subscribe").status_code == 404
        assert "/subscribe" not in client.get("/").text


def test_letters_are_signed_and_come_back_to_where_bounces_are_read(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    """What a receiver may ask of an edition, it asks of the first mail from us, too."""
    home = make_home(tmp_path / "home")
    ed25519_key(home)
    with (home / "config" / "aidigest.toml").open("a", encoding="utf-8") as config:
        config.write(
            '\n[sending]\nreturn_path = "bounces+{}@example.org"\n[sending.dkim]\n'
            'domain = "example.org"\nselector = "a"\nkey_file = "ed25519"\n'
        )

    with (
        serving_smtp(mailbox) as port,
        App.open(home, {"SMTP_URL": f"smtp://127.0.0.1:{port}"}) as app,
    ):
        asking = Asking(address="linh@example.org", digests=("daily",), language="en", text="Yes")
        app.joining.ask(asking, remote="203.0.113.5")
        app.joining.mail_confirmations()
        app.writing.send_test(app.renderer.render(usual()), "editor@example.org")

    assert mailbox.senders == ["bounces@example.org"] * 2
    assert all("d=example.org" in mail["DKIM-Signature"] for _, mail in mailbox.mails)
