"""Leaving by the web: one click, and never by a scanner's GET."""

from pathlib import Path

import pytest

from aidigest.app import App
from aidigest.core.messages.message import MessageWriter
from aidigest.core.readers.subscriber import Signup
from aidigest.web import make_site
from homes import make_home
from websites import Web, web

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_opening_the_link_changes_nothing(house: Web) -> None:
    """Scanners of mail open every link (mailpoet#6183, Rock#7034)."""
    reader = house.subscribe()
    url = f"/unsubscribe/{house.token(reader)}"

    answers = [house.client.get(url), house.client.head(url), house.client.options(url)]

    assert [one.status_code for one in answers] == [200, 200, 200]
    assert "Unsubscribe from The Daily?" in answers[0].text
    assert house.app.subscribers.count("daily") == 1


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_of_a_mail_program_is_enough(house: Web, kind: str) -> None:
    """RFC 8058, section 3.2: POST, no cookie, no redirect; and a second time changes nothing."""
    reader = house.subscribe()
    url = f"/unsubscribe/{house.token(reader)}"

    first = house.client.post(url, data=ONE_CLICK, content_type=kind)
    second = house.client.post(url, data=ONE_CLICK, content_type=kind)

    assert (first.status_code, second.status_code) == (200, 200)
    assert "Set-Cookie" not in first.headers
    assert house.app.subscribers.count("daily") == 0


def test_one_click_works_from_another_site(house: Web) -> None:
    """A webmail may send it from its own pages; the token is the proof."""
    url = f"/unsubscribe/{house.token(house.subscribe())}"

    answer = house.client.post(
        url,
        data=ONE_CLICK,
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"},
    )

    assert answer.status_code == 200
    assert house.app.subscribers.count("daily") == 0


def test_the_button_leaves_and_says_so(house: Web) -> None:
    """A person wants to see that it worked, and a way back."""
    url = f"/unsubscribe/{house.token(house.subscribe())}"

    answer = house.client.post(url, data={"what": "digest"})

    assert answer.status_code == 200
    assert "You get no more mail from us." in answer.text
    assert "linh@example.org" not in answer.text
    assert house.app.subscribers.count("daily") == 0


def test_who_has_left_is_told_so_by_the_same_link(house: Web) -> None:
    """It asked once more whether they want to leave, and said that the mail comes to them."""
    url = f"/unsubscribe/{house.token(house.subscribe())}"
    before = house.client.get(f"{url}?lang=en").text
    house.client.post(url, data=ONE_CLICK)

    after = house.client.get(f"{url}?lang=en").text

    assert "It comes to l…@example.org." in before
    assert "You are unsubscribed" in after
    assert "It comes to" not in after
    assert "<form" not in after


def test_who_gets_another_digest_still_may_leave_that_by_the_same_link(tmp_path: Path) -> None:
    """Only what they get is said to come to them."""
    home = make_home(tmp_path)
    with (home / "config" / "aidigest.toml").open("a", encoding="utf-8") as config:
        config.write('\n[[digests]]\nid = "weekly"\ntitle = "The Weekly"\n')
    with App.open(home, {}) as app:
        house = Web(app=app, site=make_site(app))
        both = Signup(address="linh@example.org", digests=("daily", "weekly"))
        app.subscribers.add([both], now=app.clock())
        url = f"/unsubscribe/{house.token(1)}"
        house.client.post(url, data=ONE_CLICK)
        page = house.client.get(f"{url}?lang=en").text
        house.client.post(url, data={"what": "all"})

        assert "It comes to" not in page
        assert "Unsubscribe from everything" in page
        assert app.subscribers.count("weekly") == 0


def test_the_link_that_mails_carry_is_the_one_that_works(house: Web) -> None:
    """One address, written by the mail and read by the web."""
    reader = house.subscribe()
    rendered = house.app.composing.preview(house.app.settings.digests[0])
    writer = MessageWriter(rendered, publisher=house.app.publisher, key="key-of-the-tests")
    url, _ = writer.unsubscribe_url(reader)

    path = url.removeprefix(house.app.settings.site.base_url)

    assert house.client.get(path).status_code == 200


@pytest.mark.parametrize("token", ["nobody", "WyJkYWlseSIsMV0.AAAA", "%00", "a" * 3000, "é"])
def test_a_forged_link_acts_on_nobody(house: Web, token: str) -> None:
    """Only what we signed is proof; and what is wrong tells nothing."""
    house.subscribe()

    answers = [house.client.get(f"/unsubscribe/{token}")]
    answers += [house.client.post(f"/unsubscribe/{token}", data=ONE_CLICK)]

    assert [one.status_code for one in answers] == [404, 404]
    assert house.app.subscribers.count("daily") == 1


def test_links_signed_with_an_earlier_key_still_work(tmp_path: Path) -> None:
    """Keys are changed while old mails lie in mailboxes."""
    with web(tmp_path, AIDIGEST_SECRET_KEY="new, older ,oldest") as house:
        reader = house.subscribe()
        answers = {
            key: house.client.get(f"/unsubscribe/{house.token(reader, key=key)}").status_code
            for key in ("new", "older", "oldest", "never")
        }

        assert answers == {"new": 200, "older": 200, "oldest": 200, "never": 404}
        assert house.app.settings.required_secret_key() == "new"


def test_who_was_erased_hears_that_all_is_well(house: Web) -> None:
    """A mail program that retries must not be told of an error for ever."""
    token = house.token(house.subscribe())
    house.app.rights.erase("linh@example.org", now=house.app.clock())

    answer = house.client.post(f"/unsubscribe/{token}", data=ONE_CLICK)

    assert answer.status_code == 200
