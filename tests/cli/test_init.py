"""The first command of a new user: a home with their answers in it, and never somebody's loss."""

import json
import stat
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from sqlalchemy.engine import make_url

from aidigest.cli.init import command_line
from aidigest.settings import load_settings, shipped
from aidigest.settings.environment import sqlite_url
from aidigest.settings.new_home import mailbox
from homes import RSS, run
from httpserver import Answer, running
from smtpserver import Inbox, serving_smtp
from terminals import converse


def test_without_a_terminal_the_usual_answers_are_taken(tmp_path: Path) -> None:
    """A script must never hang on a question."""
    home = tmp_path / "news"

    done = run(home, "init", str(home))
    status = run(home, "status", "--json")

    key = (home / ".env").read_text("utf-8").partition("AIDIGEST_SECRET_KEY=")[2].split()[0]
    assert done.exit_code == 0, done.output
    assert len(key) >= 32
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    assert json.loads(status.stdout)["feeds"]["listed"] >= 30
    assert {"/.env", "/var/"} <= set((home / ".gitignore").read_text("utf-8").splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")
def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Readers' addresses are no business of whoever else has an account on the machine."""
    run(tmp_path, "init")

    run(tmp_path, "subscribers", "add", "linh@example.org")

    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_the_usual_home_is_the_config_that_is_shipped(tmp_path: Path) -> None:
    """One file to read and keep true, comments and all."""
    run(tmp_path, "init", str(tmp_path / "news"), "--zone", "Asia/Ho_Chi_Minh")

    for name in ("aidigest.toml", "feeds.toml", "topics.toml"):
        made = (tmp_path / "news" / "config" / name).read_text("utf-8")
        assert made == (shipped("config") / name).read_text("utf-8")


def test_every_answer_is_an_option(tmp_path: Path) -> None:
    """Whoever sets up ten machines answers in a script."""
    options = {
        "--name": 'Tin "AI" mỗi ngày',
        "--from": "tin@bao.example.org",
        "--base-url": "tin.example.org/",
        "--zone": "Europe/Berlin",
        "--languages": "vi",
        "--relay": "smtp://tin:secret@mail.example.org:587",
    }

    done = run(tmp_path, "init", *(word for option in options.items() for word in option))

    made = load_settings(tmp_path, {})
    digest = made.digest(None)
    assert done.exit_code == 0, done.output
    assert made.site.name == digest.title == 'Tin "AI" mỗi ngày'
    assert made.site.sender == r'"Tin \"AI\" mỗi ngày" <tin@bao.example.org>'
    assert made.site.reply_to == "tin@bao.example.org"
    assert made.site.base_url == "https://tin.example.org"
    assert (digest.timezone, digest.language) == ("Europe/Berlin", "vi")
    assert {feed.language for feed in made.feeds} == {"vi"}
    assert made.smtp_url == "smtp://tin:secret@mail.example.org:587"
    assert "# Who publishes" in (tmp_path / "config" / "aidigest.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("option", "first"),
    [
        ("--shipped-feeds", "goes to nobody yet: aidigest poll, then aidigest preview"),
        ("--no-shipped-feeds", "nobody yet: aidigest feeds add URL, aidigest poll, then"),
    ],
)
def test_what_comes_next_can_be_done_next(tmp_path: Path, option: str, first: str) -> None:
    """Without a feed there is nothing to poll."""
    done = run(tmp_path, "init", str(tmp_path / "news"), option)

    assert first in done.stdout


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--zone", "Asia/Saigonn", 'did you mean "Asia/Saigon"?'),
        ("--relay", "smtp://user@mail.example.org", "has a user and no password"),
        ("--relay", "junk", "names no host that could be a relay; write it as"),
        ("--relay", "jane@junk?starttls=never", "names no host that could be a relay"),
        ("--from", "news", "is no mail address"),
        ("--languages", "English", "write it as en or vi"),
        ("--base-url", "ftp://x", "write it as https://digest.example.org"),
        ("--name", " ", "say how it is called"),
    ],
)
def test_a_wrong_answer_writes_nothing(
    tmp_path: Path, option: str, value: str, expected: str
) -> None:
    """It is said before a file is there that would have to be mended."""
    done = run(tmp_path, "init", str(tmp_path / "news"), option, value)

    assert done.exit_code == 2
    assert expected in done.stderr
    assert not (tmp_path / "news").exists()


@pytest.mark.parametrize(
    ("relay", "written"),
    [
        ("localhost", "smtp://localhost"),
        ("mail.example.org", "smtp://mail.example.org"),
        ("mailpit:1025", "smtp://mailpit:1025"),
        ("smtp://mailpit", "smtp://mailpit"),
    ],
)
def test_a_relay_may_be_written_as_its_host(tmp_path: Path, relay: str, written: str) -> None:
    """A name without a dot is one of one's own network, where something says that it is one."""
    done = run(tmp_path, "init", "--relay", relay)

    assert done.exit_code == 0, done.output
    assert load_settings(tmp_path, {}).smtp_url == written


def test_what_is_there_already_is_never_changed(tmp_path: Path) -> None:
    """A second `init` must not cost anybody their key, nor a repository its ignored files."""
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")
    run(tmp_path, "init")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    again = run(tmp_path, "init", "--name", "Another")

    assert again.exit_code == 2
    assert "is there already; nothing was written" in again.stderr
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert before[tmp_path / ".gitignore"] == b"mine\n"


def test_templates_come_along_on_request(tmp_path: Path) -> None:
    """Who wants another look begins with the one there is."""
    run(tmp_path, "init", str(tmp_path / "news"), "--templates")

    assert (tmp_path / "news" / "templates" / "daily" / "email.html").is_file()


def test_a_home_gets_templates_later(tmp_path: Path) -> None:
    """Who wants to translate a look finds out when the home has long been there."""
    run(tmp_path, "init")
    own = tmp_path / "templates" / "daily" / "subject.txt"
    own.parent.mkdir(parents=True)
    own.write_text("Ours", encoding="utf-8")

    done = run(tmp_path, "init", "--templates")
    again = run(tmp_path, "init", "--templates", "--name", "Another")

    assert done.exit_code == 0, done.output
    assert (tmp_path / "templates/locale/vi/messages.po").is_file()
    assert own.read_text(encoding="utf-8") == "Ours"
    assert again.exit_code == 2


def test_feeds_are_found_behind_pages_and_a_bad_one_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home is made all the same, and the exit code tells that something is left to do."""
    monkeypatch.setenv("AIDIGEST_ALLOW_PRIVATE", "1")
    page = b'<html><link rel="alternate" type="application/rss+xml" href="/rss"><title>W</title>'
    with running() as server:
        server.script("/", Answer(body=page))
        server.script("/rss", Answer(body=RSS.encode()))

        done = run(
            tmp_path,
            *("init", "--no-shipped-feeds"),
            *("--feed", server.url("/missing"), "--feed", server.url("/")),
        )

    feeds = load_settings(tmp_path, {}).feeds
    assert done.exit_code == 1
    assert f"aidigest: {server.url('/missing')}" in done.stderr
    assert [(feed.url, feed.title, feed.language) for feed in feeds] == [
        (server.url("/rss"), "The Harbor Wire", "en")
    ]
    assert "Made " in done.stdout


def test_a_feed_is_in_the_language_it_says_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest in Vietnamese may well read English sources, whose dates are English, too."""
    monkeypatch.setenv("AIDIGEST_ALLOW_PRIVATE", "1")
    with running() as server:
        server.script("/rss", Answer(body=RSS.encode()))

        run(
            tmp_path,
            *("init", "--no-shipped-feeds", "--languages", "vi,en"),
            *("--feed", server.url("/rss")),
        )

    (feed,) = load_settings(tmp_path, {}).feeds
    assert feed.language == "en"


def test_a_test_mail_shows_how_it_will_look(tmp_path: Path) -> None:
    """Relay, sender and look are tried in one go, before there is any news."""
    inbox = Inbox()
    with serving_smtp(inbox) as port:
        relay = f"smtp://127.0.0.1:{port}"

        done = run(tmp_path, "init", "--relay", relay, "--test-to", "me@example.org")

    (reader, mail), *others = inbox.mails
    assert done.exit_code == 0, done.output
    assert others == []
    assert reader == "me@example.org"
    assert mail["Subject"].startswith("[Test] ")


def test_a_test_mail_that_fails_leaves_the_home(tmp_path: Path) -> None:
    """And says what to mend."""
    done = run(tmp_path, "init", "--relay", "smtp://127.0.0.1:1", "--test-to", "me@example.org")

    assert done.exit_code == 1
    assert "127.0.0.1:1, which SMTP_URL names, cannot be used" in done.stderr
    assert load_settings(tmp_path, {}).smtp_url == "smtp://127.0.0.1:1"


def test_at_a_terminal_it_asks_until_the_answer_is_right(tmp_path: Path) -> None:
    """The password is not shown, and may hold signs that an address does not take."""
    screen_of = ("init", "home")
    answers = (
        *("Morning News", "", ""),
        *("Nowhere/Land", "Asia/Tokyo"),
        "en",
        *("jane@example.org@mail.example.org:587", "p@ss/w%rd"),
        *("n", "", ""),
    )

    code, screen = converse(screen_of, answers, folder=tmp_path, environ={})

    made = load_settings(tmp_path / "home", {})
    assert code == 0, screen
    assert "there is no time zone 'Nowhere/Land'" in screen
    assert made.site.name == "Morning News"
    assert made.site.sender == "Morning News <digest@example.org>"
    assert made.digest(None).timezone == "Asia/Tokyo"
    assert made.feeds == ()
    assert made.smtp_url == "smtp://jane%40example.org:p%40ss%2Fw%25rd@mail.example.org:587"
    assert "p@ss/w%rd" not in screen
    assert "Next, after `cd " in screen


def test_who_says_yes_is_asked_nothing(tmp_path: Path) -> None:
    """Also at a terminal."""
    code, screen = converse(("init", "--yes"), (), folder=tmp_path, environ={})

    assert code == 0, screen
    assert "called?" not in screen


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")
def test_a_home_that_cannot_be_finished_is_taken_away_again(tmp_path: Path) -> None:
    """Half a home would refuse the next try."""
    (tmp_path / ".env.d").mkdir()
    (tmp_path / ".gitignore").symlink_to(tmp_path / ".env.d" / "none" / "file")

    done = run(tmp_path, "init")

    assert done.exit_code == 1
    assert "aidigest: " in done.stderr
    assert not (tmp_path / ".env").exists()
    assert list((tmp_path / "config").iterdir()) == []


@pytest.mark.parametrize(
    "path",
    [
        PurePosixPath("/home/jane/my digest/var/aidigest.db"),
        PurePosixPath("/srv/what? 100% #1/var/aidigest.db"),
        PureWindowsPath(r"C:\Users\Jane Doe\digest\var\aidigest.db"),
        PureWindowsPath(r"\\server\share\digest\aidigest.db"),
        PurePosixPath("/Users/jane/Bản tin/aidigest.db"),
    ],
)
def test_the_address_of_a_sqlite_file_leads_back_to_it(
    path: PurePosixPath | PureWindowsPath,
) -> None:
    """Drive letters, spaces and what addresses read as signs of their own."""
    assert make_url(sqlite_url(path)).database == path.as_posix()


def test_commands_can_be_typed_as_they_are_shown() -> None:
    """A folder with a space in it is usual on Windows and macOS."""
    going = ("cd", "/home/my digest")

    assert command_line(going, for_windows=False) == "cd '/home/my digest'"
    assert command_line(going, for_windows=True) == 'cd "/home/my digest"'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Báo Sen", "Báo Sen <a@example.org>"),
        ("News, daily", '"News, daily" <a@example.org>'),
        ("a\\b", r'"a\\b" <a@example.org>'),
    ],
)
def test_a_name_is_quoted_where_mail_needs_it(name: str, expected: str) -> None:
    """A comma would make two senders of one."""
    assert mailbox(name, "a@example.org") == expected
