"""Preferences that bite: what is chosen is what is sent, and when."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from aidigest.adapters.database.tables import deliveries
from aidigest.app import App
from aidigest.steps.compose import Composed
from smtpserver import serving_smtp
from websites import Web, web

CHOICE = {"digest": ["daily"], "topic": ["models"], "language": "vi", "hour": "", "zone": "UTC"}


def choose(house: Web, subscriber_id: int, **more: Any) -> Any:
    """Send the form of a reader."""
    url = f"/unsubscribe/{house.token(subscriber_id)}/preferences"
    return house.client.post(url, data=CHOICE | more)


def due(house: Web) -> dict[str, tuple[str, datetime]]:
    """Freeze the audience and return each row's state and time."""
    house.app.deliveries.freeze_audience(1, "daily", now=house.app.clock())
    with house.app.engine.connect() as connection:
        return {
            row.address: (row.state, row.due_at) for row in connection.execute(select(deliveries))
        }


def test_opening_the_page_changes_nothing(house: Web) -> None:
    """GET shows what is chosen."""
    reader = house.subscribe()
    before = house.app.choices.reader(reader)

    answer = house.client.get(f"/unsubscribe/{house.token(reader)}/preferences")

    assert answer.status_code == 200
    assert house.app.choices.reader(reader) == before


def test_what_is_chosen_is_kept_and_shown(house: Web) -> None:
    """In the language just chosen."""
    reader = house.subscribe()

    answer = choose(house, reader, hour="6", zone="Europe/Berlin", weeks="2")

    chosen = house.app.choices.reader(reader)
    assert "Đã lưu." in answer.text
    assert '<option value="6" selected>06:00</option>' in answer.text
    assert chosen is not None
    assert (chosen.preferences.topics, chosen.preferences.zone) == (("models",), "Europe/Berlin")


@pytest.mark.parametrize(
    "wrong",
    [
        {"hour": "25"},
        {"hour": "000999"},
        {"hour": "6", "zone": "No/Where"},
        {"topic": "x"},
        {"weeks": "999"},
    ],
)
def test_a_wrong_choice_changes_nothing_and_says_so(house: Web, wrong: dict[str, str]) -> None:
    """Whatever a program sends."""
    reader = house.subscribe()
    before = house.app.choices.reader(reader)

    answer = choose(house, reader, **wrong)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert house.app.choices.reader(reader) == before


def test_a_pause_ends_on_a_day_of_the_readers_own_zone(house: Web) -> None:
    """In Los Angeles it is still the 13th; the days shown were those of UTC."""
    reader = house.subscribe()
    own = {"hour": "6", "zone": "America/Los_Angeles", "language": "en"}

    before = choose(house, reader, **own).text
    paused = choose(house, reader, **own, weeks="1").text

    assert "No mail until September 20, 2026" in before
    assert "Until September 20, 2026, as it is" in paused


def test_unticking_a_digest_leaves_it_and_ticking_it_is_on_record(house: Web) -> None:
    """A second consent is a consent of its own."""
    reader = house.subscribe()

    choose(house, reader, digest=[])
    left = house.app.subscribers.count("daily")
    choose(house, reader)

    consents = house.app.rights.dossier("linh@example.org")["consents"]
    assert (left, house.app.subscribers.count("daily")) == (0, 1)
    assert [one["digests"] for one in consents] == [["daily"]]


def send_as_shown(house: Web, path: str, **more: Any) -> Any:
    """Send the form that a page has, with the hidden fields it has, as a browser would."""
    client, english = house.client, {"Accept-Language": "en"}
    page = client.get(path, headers=english).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    action = re.search(r'<form method="post" action="([^"]+)">', page)
    assert action is not None
    return page, client.post(action[1], data=hidden | more, headers=english)


@pytest.mark.parametrize("query", ["", "?lang=vi", "?lang=en"])
def test_what_is_on_record_are_the_words_that_were_shown(house: Web, query: str) -> None:
    """In the language of the page: a link's, or the reader's own, or the browser's at last."""
    reader = house.subscribe()
    choose(house, reader, digest=[])
    path = f"/unsubscribe/{house.token(reader)}/preferences{query}"

    page, answer = send_as_shown(house, path, **CHOICE)

    consent = house.app.rights.dossier("linh@example.org")["consents"][-1]["text"]
    language = "en" if query == "?lang=en" else "vi"
    assert consent.startswith("Send me" if language == "en" else "Gửi cho tôi")
    assert f'<p class="dim">{consent}</p>' in page
    assert f'<html lang="{language}"' in answer.text


def test_a_wrong_choice_is_answered_in_the_language_of_the_page(house: Web) -> None:
    """A reader without a language of their own followed the link for Vietnamese."""
    path = f"/unsubscribe/{house.token(house.subscribe())}/preferences?lang=vi"

    _, answer = send_as_shown(house, path, **CHOICE | {"hour": "25"})

    assert answer.status_code == 400
    assert '<html lang="vi"' in answer.text


@pytest.mark.parametrize("query", ["", "?lang=vi"])
def test_leaving_is_one_language_throughout(house: Web, query: str) -> None:
    """The reader's own, or that of the link they followed."""
    reader = house.subscribe()
    choose(house, reader, language="" if query else "vi")

    _, answer = send_as_shown(house, f"/unsubscribe/{house.token(reader)}{query}", what="digest")

    assert '<html lang="vi"' in answer.text
    assert '/preferences?lang=vi">' in answer.text


def test_a_personal_hour_is_the_rows_own_time(house: Web) -> None:
    """The edition is of midnight UTC; 8 in Berlin is six hours later in September."""
    choose(house, house.subscribe("berlin@example.org"), hour="8", zone="Europe/Berlin")
    house.subscribe("soon@example.org")

    rows = due(house)

    assert rows["berlin@example.org"] == ("deferred", datetime(2026, 9, 14, 6, tzinfo=UTC))
    assert rows["soon@example.org"] == ("pending", datetime(2026, 9, 14, 0, tzinfo=UTC))


def test_who_pauses_or_chose_other_topics_is_left_out_by_name(house: Web) -> None:
    """Never skipped without a reason on record; and the count still adds up."""
    choose(house, house.subscribe("away@example.org"), weeks="1")
    choose(house, house.subscribe("chips@example.org"), topic=["chips"])
    house.subscribe("all@example.org")

    rows = due(house)

    left_out = house.app.deliveries.excluded(1)
    assert set(rows) == {"all@example.org"}
    assert left_out == {
        "away@example.org": "paused until 2026-09-21",
        "chips@example.org": "nothing under the topics they chose",
    }
    assert house.app.deliveries.freeze_audience(1, "daily", now=house.app.clock()) == 1


def test_a_personal_hour_is_waited_for(tmp_path: Path) -> None:
    """One sends now, and goes on at the hour; each reader gets it once."""
    mailbox = _Mailbox()
    with serving_smtp(mailbox) as port, web(tmp_path, SMTP_URL=f"smtp://127.0.0.1:{port}") as house:
        choose(house, house.subscribe("berlin@example.org"), hour="8", zone="Europe/Berlin")
        house.subscribe("soon@example.org")
        stored = house.app.editions.by_id(1)
        assert stored is not None
        edition = Composed(edition_id=1, rendered=stored[1], created=False)
        got: list[list[str]] = []
        for hours in (0, 5, 6, 7):
            later = datetime(2026, 9, 14, hours, tzinfo=UTC)
            with App(replace(house.app.settings, now=later)) as app:
                app.sending.resume(edition)
            got.append(list(mailbox.got))

    assert got == [
        ["soon@example.org"],
        ["soon@example.org"],
        ["soon@example.org", "berlin@example.org"],
        ["soon@example.org", "berlin@example.org"],
    ]


class _Mailbox:
    """A relay that notes for whom mail came."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Note it."""
        self.got += envelope.rcpt_tos
        return "250 2.0.0 kept"


def test_each_reader_gets_the_variant_they_chose(house: Web, tmp_path: Path) -> None:
    """Of four, two chose the same, one what everybody gets, and one nothing."""
    for name in ("a", "b"):
        choose(house, house.subscribe(f"{name}@example.org"))
    choose(house, house.subscribe("c@example.org"), topic=[], language="en")
    house.subscribe("d@example.org")
    edition = house.app.composing.preview(house.app.settings.digests[0])

    files = house.app.writing.write_messages(edition, tmp_path / "out")

    texts = [path.read_text() for path in files]
    assert ["Copper Labs" in text for text in texts] == [False, False, True, True]
    assert ["Content-Language: vi" in text for text in texts] == [True, True, False, False]
