"""What an operator sees of feeds, and what they can do about them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from aidigest.app import App
from aidigest.core.feeds.feed import Alarm, AlarmKind, FeedState
from homes import RSS, make_home, run
from httpserver import Answer, HttpServer, running
from smtpserver import serving_smtp

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """Serve a feed that knows validators, and a page that names it."""
    with running() as serving:
        given = Answer(body=RSS.encode(), headers={"ETag": '"1"'})
        serving.script("/rss", given, Answer(status=304))
        link = '<link rel="alternate" type="application/rss+xml" href="{}">'
        page = f"<html><head>{link.format('/comments/rss')}{link.format('/rss')}</head></html>"
        serving.script("/", Answer(body=page.encode()))
        yield serving


def listed(home: Path) -> list[dict[str, Any]]:
    """Return what `feeds list --json` says."""
    found: list[dict[str, Any]] = json.loads(run(home, "feeds", "list", "--json").stdout)
    return found


def remember(home: Path, state: FeedState) -> None:
    """Store the state of a feed."""
    with App.open(home, {}) as app:
        app.feeds.set_states([state])


def test_the_feed_behind_a_page_is_added_and_counts_as_polled(
    tmp_path: Path, server: HttpServer
) -> None:
    """Two requests, and no third when the next poll comes by."""
    home = make_home(tmp_path / "home")

    added = run(home, "feeds", "add", server.url("/"))
    polled = run(home, "poll", "--json")
    again = run(home, "feeds", "add", server.url("/rss"))

    assert added.exit_code == 0, added.output
    assert "Added The Harbor Wire, with 2 entries" in added.stdout
    assert f"The page also offers {server.url('/comments/rss')}" in added.stdout
    assert [feed["url"] for feed in listed(home)] == [server.url("/rss")]
    assert json.loads(polled.stdout)["asked"] == 0
    assert len(server.requests["/rss"]) == 1
    assert again.exit_code == 2
    assert "stands in feeds.toml already" in again.stderr


@pytest.mark.parametrize("url", ["http://[", "file:///etc/passwd", "not an address"])
def test_what_is_no_address_is_refused_in_words(tmp_path: Path, url: str) -> None:
    """No trace of Python."""
    done = run(make_home(tmp_path / "home"), "feeds", "add", url)

    assert done.exit_code not in {0, None}
    assert isinstance(done.exception, SystemExit)


def test_the_list_shows_health(tmp_path: Path, server: HttpServer) -> None:
    """What came last, what comes next and why, and what 304s have saved."""
    url = server.url("/rss")
    home = make_home(tmp_path / "home", feeds={url: "Wire"})
    before = listed(home)[0]
    run(home, "poll")
    run(home, "poll", "--all")

    (health,) = listed(home)

    assert (before["status"], before["polls"], before["not_modified_share"]) == (
        "never polled",
        0,
        None,
    )
    assert (health["status"], health["polls"]) == ("not modified (304)", 2)
    assert (health["not_modified_share"], health["bytes_saved"]) == (0.5, len(RSS.encode()))
    assert health["next_poll_reason"]
    assert health["alarms"] == []


def test_a_person_can_have_all_asked_once_an_hour(tmp_path: Path, server: HttpServer) -> None:
    """Five times --all is one request more, and a conditional one."""
    home = make_home(tmp_path / "home", feeds={server.url("/rss"): "Wire"})
    run(home, "poll")

    counts = [json.loads(run(home, "poll", "--all", "--json").stdout)["asked"] for _ in range(5)]

    assert counts == [1, 0, 0, 0, 0]
    assert [one["If-None-Match"] for one in server.requests["/rss"]] == [None, '"1"']


def test_status_shows_alarms_and_revive_ends_one(tmp_path: Path, server: HttpServer) -> None:
    """A feed that was given up is asked again when a person says so."""
    url = server.url("/rss")
    home = make_home(tmp_path / "home", feeds={url: "Wire"})
    dead = Alarm(kind=AlarmKind.DEAD, since=NOW, detail="gone (410)")
    remember(home, FeedState(url=url, gone=True, alarms=(dead,), last_status="gone"))

    alarms = json.loads(run(home, "status", "--json").stdout)["feeds"]["alarms"]
    words = run(home, "status").stdout
    asked_before = json.loads(run(home, "poll", "--json").stdout)["asked"]
    revived = run(home, "feeds", "revive", url)
    asked_after = json.loads(run(home, "poll", "--json").stdout)["asked"]

    assert [(one["url"], one["kind"]) for one in alarms] == [(url, "dead")]
    assert "gone (410)" in " ".join(words.split())
    assert (asked_before, revived.exit_code, asked_after) == (0, 0, 1)
    assert run(home, "feeds", "revive", "https://unknown.example/").exit_code == 2


def test_release_says_how_many_were_held(tmp_path: Path, server: HttpServer) -> None:
    """And ends the alarm."""
    url = server.url("/rss")
    home = make_home(tmp_path / "home", feeds={url: "Wire"})
    held = Alarm(kind=AlarmKind.QUARANTINED, since=NOW, detail="held")
    remember(home, FeedState(url=url, alarms=(held,)))

    done = run(home, "feeds", "release", url, "--drop")

    assert (done.exit_code, done.stdout) == (0, "0 entries dropped.\n")
    assert listed(home)[0]["alarms"] == []


class Inbox:
    """A relay that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take it."""
        self.mails.append(envelope)
        return "250 taken"


def test_the_maintainer_gets_one_mail_about_what_lasts(tmp_path: Path) -> None:
    """With a real relay; the second time there is nothing new to say."""
    url, inbox = "https://wire.example/rss", Inbox()
    with serving_smtp(inbox) as port:
        home = make_home(
            tmp_path / "home", feeds={url: "Wire"}, smtp_url=f"smtp://127.0.0.1:{port}"
        )
        config = home / "config" / "aidigest.toml"
        written = config.read_text("utf-8")
        named = written.replace("reply_to", 'maintainer = "ops@example.org"\nreply_to')
        config.write_text(named, encoding="utf-8")
        dead = Alarm(kind=AlarmKind.DEAD, since=NOW - timedelta(days=3), detail="no answer")
        remember(home, FeedState(url=url, alarms=(dead,)))

        with App.open(home, {}) as app:
            app.polling.tell_maintainer()
            app.polling.tell_maintainer()

    assert [mail.rcpt_tos for mail in inbox.mails] == [["ops@example.org"]]
    content = inbox.mails[0].content
    assert isinstance(content, bytes)
    assert b"Subject: aidigest: 1 feed needs attention" in content
    assert url.encode() in content
