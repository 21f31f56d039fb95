"""From a feed to an inbox through the commands, over real HTTP and SMTP."""

import json
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from aidigest.adapters.database.subscribers import suppress
from aidigest.app import App
from aidigest.core.readers.subscriber import Suppression
from homes import NEWER_RSS, NOW, RSS, make_home, run
from httpserver import Answer, HttpServer, running
from smtpserver import Inbox, serving_smtp


@pytest.fixture
def feeds() -> Iterator[HttpServer]:
    """A web server with one feed."""
    with running() as server:
        server.script("/rss", Answer(body=RSS.encode(), headers={"ETag": '"a"'}))
        yield server


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    """A relay and its address."""
    kept = Inbox()
    with serving_smtp(kept) as port:
        yield kept, f"smtp://127.0.0.1:{port}"


@pytest.fixture
def home(tmp_path: Path, feeds: HttpServer, inbox: tuple[Inbox, str]) -> Path:
    """A home with that feed, that relay and two readers."""
    folder = make_home(
        tmp_path / "home", feeds={feeds.url("/rss"): "The Harbor Wire"}, smtp_url=inbox[1]
    )
    for name in ("ada", "bob"):
        assert run(folder, "subscribers", "add", f"{name}@example.org").exit_code == 0
    return folder


def test_every_reader_gets_the_edition_once(home: Path, inbox: tuple[Inbox, str]) -> None:
    """Poll, send, send again: two mails in all, about the AI story alone."""
    polled = run(home, "poll", "--json")
    first = run(home, "send", "daily", "--json")
    second = run(home, "send", "daily", "--json")

    mails = inbox[0].mails
    assert json.loads(polled.stdout)["new"] == 2
    assert json.loads(first.stdout)["counts"] == {"sent": 2}
    assert json.loads(second.stdout)["tried"] == 0
    assert [address for address, _ in mails] == ["ada@example.org", "bob@example.org"]
    assert mails[0][1]["Subject"] == "The Daily: Northwind releases the Kestrel language model"
    assert "giải cờ" not in mails[0][1].as_string()


def test_preview_shows_what_is_sent_and_leaves_no_trace(
    home: Path, inbox: tuple[Inbox, str], tmp_path: Path
) -> None:
    """The files have the contract's names; nothing is stored, so the story is news still."""
    run(home, "poll")

    shown = run(home, "preview", "--out", str(tmp_path / "out"))
    sent = run(home, "send", "--json")

    out = tmp_path / "out"
    edition = json.loads((out / "edition.json").read_text("utf-8"))
    assert shown.exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        "email.html", "email.txt", "edition.md", "message.eml", "edition.json",
    }  # fmt: skip
    assert edition["edition"]["digest"] == "daily"
    assert edition["topics"][0]["stories"][0]["entries"][0]["feed"] == "The Harbor Wire"
    assert json.loads(sent.stdout)["counts"] == {"sent": 2}
    html = (out / "email.html").read_text("utf-8")
    mail = inbox[0].mails[0][1].get_payload(1)
    assert isinstance(mail, Message)
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert (
        html.partition("unsubscribe/")[0]
        == body.decode().replace("\r\n", "\n").partition("unsubscribe/")[0]
    )


def test_who_is_suppressed_is_left_out_by_name_until_somebody_lifts_it(
    home: Path, inbox: tuple[Inbox, str]
) -> None:
    """Never skipped without being named; and a relay may have been wrong."""
    run(home, "poll")
    with App.open(home, {}) as app, app.engine.begin() as connection:
        said = Suppression(address="bob@example.org", reason="550 unknown", since=app.clock())
        suppress(connection, said)

    sent = json.loads(run(home, "send", "--json").stdout)
    lifted = run(home, "subscribers", "unsuppress", "BOB@example.org")
    again = run(home, "subscribers", "unsuppress", "bob@example.org")

    assert sent["counts"] == {"sent": 1}
    assert sent["left_out"] == {"bob@example.org": "suppressed: 550 unknown"}
    assert (lifted.exit_code, again.exit_code) == (0, 2)


def test_a_test_copy_is_marked_and_not_in_the_ledger(home: Path, inbox: tuple[Inbox, str]) -> None:
    """A look at the mail in one's own inbox must not use up the edition."""
    run(home, "poll")

    copy = run(home, "send", "--to", "editor@example.org")
    run(home, "send")

    subjects = [(address, mail["Subject"][:7]) for address, mail in inbox[0].mails]
    assert copy.exit_code == 0, copy.output
    assert subjects == [
        ("editor@example.org", "[Test] "),
        ("ada@example.org", "The Dai"),
        ("bob@example.org", "The Dai"),
    ]


def test_a_dry_run_writes_the_mails_and_sends_none(home: Path, inbox: tuple[Inbox, str]) -> None:
    """Operators look before they leap."""
    run(home, "poll")

    done = run(home, "send", "--dry-run", "--json")

    files = [Path(name) for name in json.loads(done.stdout)["files"]]
    assert len(files) == 2
    assert message_from_bytes(files[0].read_bytes())["To"] == "ada@example.org"
    assert inbox[0].mails == []


def test_nothing_new_means_no_mail(home: Path, inbox: tuple[Inbox, str]) -> None:
    """An empty edition is skipped, and that is said."""
    done = run(home, "send")

    assert done.exit_code == 0
    assert "Nothing sent: no entry has come in since" in done.stdout
    assert inbox[0].mails == []


def set_variable(home: Path, name: str, value: str) -> None:
    """Have a variable of the home's `.env` be another."""
    env = home / ".env"
    lines = [one for one in env.read_text("utf-8").splitlines() if not one.startswith(f"{name}=")]
    env.write_text("\n".join([*lines, f"{name}={value}", ""]), encoding="utf-8")


def test_an_edition_that_was_made_and_never_sent_is_named(home: Path, feeds: HttpServer) -> None:
    """Somebody died between making and sending it; nothing in the ledger tells of it."""
    feeds.script("/rss", Answer(body=RSS.encode()), Answer(body=NEWER_RSS.encode()))
    set_variable(home, "AIDIGEST_NOW", "2026-09-13T23:00:00+07:00")
    run(home, "poll")
    run(home, "compose")
    that_day = run(home, "status").stdout
    set_variable(home, "AIDIGEST_NOW", NOW)
    run(home, "poll")

    before = run(home, "status").stdout
    first, second = run(home, "send"), run(home, "send")
    (after,) = json.loads(run(home, "status", "--json").stdout)["digests"]

    words = "Edition 1 of 2026-09-13 was made and never sent; its stories do not come again.\n"
    assert "not sent" in that_day
    assert "never sent" not in that_day
    assert "Edition 1 of daily, 2026-09-13, was made and never sent." in before
    assert (first.exit_code, first.stderr, second.stderr) == (0, words, "")
    assert after["never_sent"] == [{"number": 1, "date": "2026-09-13"}]
    assert after["latest"]["number"] == 2


def test_an_edition_that_no_relay_took_is_named_and_given_up(
    home: Path, feeds: HttpServer, inbox: tuple[Inbox, str]
) -> None:
    """Its readers are in the ledger, each with the reason."""
    feeds.script("/rss", Answer(body=RSS.encode()), Answer(body=NEWER_RSS.encode()))
    set_variable(home, "AIDIGEST_NOW", "2026-09-13T09:00:00+07:00")
    set_variable(home, "SMTP_URL", "smtp://127.0.0.1:1")
    run(home, "poll")
    run(home, "send")
    set_variable(home, "AIDIGEST_NOW", NOW)
    set_variable(home, "SMTP_URL", inbox[1])

    sent = run(home, "send")
    (ada,) = json.loads(run(home, "why", "ada@example.org", "--json").stdout)["deliveries"]

    assert sent.stderr == (
        "Edition 1 of 2026-09-13: not sent after 2026-09-13 22:00 UTC: 2 given up.\n"
    )
    assert (ada["edition"], ada["state"]) == ("daily 1, 2026-09-13", "expired")


def test_an_edition_for_nobody_says_who_gets_the_next_one(home: Path) -> None:
    """Its audience is frozen; whoever is added then and sent for got no word of why not."""
    run(home, "poll")
    for address in ("ada@example.org", "bob@example.org"):
        run(home, "subscribers", "remove", address)
    run(home, "send")
    run(home, "subscribers", "add", "late@example.org")

    done = run(home, "send")

    assert "for 0 readers" in done.stdout
    assert "who has come since gets the next one" in done.stdout


def test_stories_tell_what_was_judged_and_why(home: Path) -> None:
    """With --all, also what is not about AI, as outside checks expect it."""
    run(home, "poll")

    everything = json.loads(run(home, "stories", "--all", "--json").stdout)
    recent = json.loads(run(home, "stories", "--json").stdout)

    judged = {one["title"]: one["is_ai"] for one in everything}
    assert judged == {
        "Northwind releases the Kestrel language model": True,
        "Ai là người thắng giải cờ làng?": False,
    }
    assert [one["is_ai"] for one in recent] == [True]
    assert {"id", "url", "title", "feed", "language", "published", "first_seen"} <= set(
        everything[0]["entries"][0]
    )


def test_compose_makes_todays_edition_once(home: Path) -> None:
    """A second call shows the one there is."""
    run(home, "poll")

    first = json.loads(run(home, "compose", "daily", "--json").stdout)
    second = json.loads(run(home, "compose", "daily", "--json").stdout)

    assert (first.pop("created"), second.pop("created")) == (True, False)
    assert first == second
    assert (home / "var" / "archive" / "daily" / "2026-09-14.md").is_file()


def test_why_explains_a_feed_a_story_and_a_reader(home: Path, feeds: HttpServer) -> None:
    """Each decision carries its reason, and the reason can be shown."""
    run(home, "poll")
    run(home, "send")
    story = json.loads(run(home, "stories", "--json").stdout)[0]

    of_feed = json.loads(run(home, "why", feeds.url("/rss"), "--json").stdout)
    of_story = json.loads(run(home, "why", story["id"], "--json").stdout)
    of_reader = json.loads(run(home, "why", "ADA@example.org", "--json").stdout)
    of_nothing = run(home, "why", "nothing")

    assert of_feed["next_poll_reason"]
    assert of_story["carried_in"] == ["daily 1, 2026-09-14"]
    assert of_reader["deliveries"][0]["state"] == "sent"
    assert of_reader["deliveries"][0]["reply"] == "250 2.0.0 kept"
    assert of_nothing.exit_code == 2


@pytest.mark.parametrize(
    "page", ["https://wire.example/kestrel", "http://www.wire.example/kestrel/?utm_source=x#top"]
)
def test_why_explains_the_story_of_a_page(home: Path, page: str) -> None:
    """Whoever asks has the address at hand, as the mail, the browser or a friend wrote it."""
    run(home, "poll")

    told = json.loads(run(home, "why", page, "--json").stdout)

    assert told["title"] == "Northwind releases the Kestrel language model"
    assert run(home, "why", "https://wire.example/other").exit_code == 2


def test_status_and_doctor_look_at_everything(home: Path) -> None:
    """Two commands an operator runs first."""
    run(home, "poll")
    run(home, "send")

    status = json.loads(run(home, "status", "--json").stdout)
    doctor = run(home, "doctor", "--json")

    assert status["feeds"] == {
        "listed": 1,
        "never_polled": 0,
        "failing": [],
        "outage_since": None,
        "alarms": [],
    }
    assert status["digests"][0]["latest"]["deliveries"] == {"sent": 2}
    assert status["digests"][0]["next_edition_at"] == "2026-09-15T00:00:00+00:00"
    assert doctor.exit_code == 0, doctor.output
    assert all(check["ok"] is not False for check in json.loads(doctor.stdout))
