"""The commands one by one: what they say, and with which exit code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from aidigest.cli import main
from aidigest.settings import load_settings
from homes import RSS, make_home, run
from httpserver import Answer, running

#: What takes longer to import than `--help` may take in all.
HEAVY = {"sqlalchemy", "alembic", "feedparser", "premailer", "lxml", "pydantic", "rich", "urllib3"}


def test_help_imports_nothing_heavy() -> None:
    """`aidigest --help` answers at once."""
    script = (
        "import sys\n"
        "from aidigest.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print('IMPORTED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )

    done = subprocess.run(  # noqa: S603 - Our own interpreter and script.
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    imported = set(done.stdout.partition("IMPORTED")[2].split())
    assert imported & HEAVY == set()


def test_a_wrong_config_ends_with_2_and_every_problem(tmp_path: Path) -> None:
    """Standard output stays empty: whoever reads JSON there must not meet words."""
    home = make_home(tmp_path / "home")
    main = home / "config" / "aidigest.toml"
    main.write_text(main.read_text("utf-8").replace("timezone", "timezon"), encoding="utf-8")

    done = run(home, "status", "--json")

    assert done.exit_code == 2
    assert done.stdout == ""
    assert 'digests[0].timezon: unknown key, did you mean "timezone"?' in done.stderr


def test_an_unknown_digest_ends_with_2(tmp_path: Path) -> None:
    """A slip of the pen must not send another digest."""
    done = run(make_home(tmp_path / "home"), "send", "dialy")

    assert done.exit_code == 2
    assert "no digest named 'dialy'; there is: daily" in done.stderr


def test_without_a_secret_key_nothing_is_sent(tmp_path: Path) -> None:
    """Mails whose link for leaving does not work must not go out."""
    home = make_home(tmp_path / "home")
    env = home / ".env"
    env.write_text(env.read_text("utf-8").replace("key-of-the-tests", ""), encoding="utf-8")

    done = run(home, "send")

    assert done.exit_code == 2
    assert "AIDIGEST_SECRET_KEY: is not set" in done.stderr


def test_a_relay_that_cannot_be_reached_ends_with_1(tmp_path: Path) -> None:
    """The readers stay pending; the next run goes on."""
    with running() as server:
        feed = server.script("/rss", Answer(body=RSS.encode()))
        home = make_home(tmp_path / "home", feeds={feed: "Wire"})
        run(home, "subscribers", "add", "ada@example.org")
        run(home, "poll")

        done = run(home, "send", "--json")

    said = json.loads(done.stdout)
    assert done.exit_code == 1
    assert said["ended"] == "broken"
    assert said["counts"] == {"pending": 1}


def test_subscribers_are_listed_exported_and_imported(tmp_path: Path) -> None:
    """A list survives the way out and in again; bad rows are named, and the good ones kept."""
    home, other = make_home(tmp_path / "a"), make_home(tmp_path / "b")
    run(home, "subscribers", "add", "ada@example.org", "--name", "=Ada", "--language", "en")
    exported = run(home, "subscribers", "export").stdout
    broken = exported + "not an address\nada@EXAMPLE.org\nbob@example.org,,,monthly\n"

    imported = run(other, "subscribers", "import", "-", stdin=broken)
    listed = json.loads(run(other, "subscribers", "list", "--json").stdout)

    assert exported == "address,name,language,digests\nada@example.org,'=Ada,en,daily\n"
    assert imported.exit_code == 1
    assert "1 subscribed, 0 known already, 3 rows left out." in imported.stdout
    assert [line.split(": ")[1] for line in imported.stderr.splitlines()] == ["-:3", "-:4", "-:5"]
    assert [(one["address"], one["name"]) for one in listed] == [("ada@example.org", "=Ada")]


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", "Nguy?n ??c"), ("latin-1", "Nguy?n ??c"), ("utf-8", "Nguyễn Đức")],
)
def test_an_output_that_lacks_letters_shows_the_others(
    tmp_path: Path, encoding: str, shown: str
) -> None:
    """Pipes of Windows and bare machines have such; a list with one odd name is still a list."""
    home = ("--home", str(make_home(tmp_path / "home")))
    runner = CliRunner(charset=encoding)
    runner.invoke(main, [*home, "subscribers", "add", "duc@example.org", "--name", "Nguyễn Đức"])

    table = runner.invoke(main, [*home, "subscribers", "list"])
    listed = runner.invoke(main, [*home, "subscribers", "list", "--json"])
    page = runner.invoke(main, [*home, "preview", "--no-serve", "--sample", "vietnamese"])

    assert (table.exit_code, listed.exit_code, page.exit_code) == (0, 0, 0)
    assert shown in table.stdout
    assert json.loads(listed.stdout)[0]["name"] == "Nguyễn Đức"


def test_a_list_brings_nobody_back_who_has_left(tmp_path: Path) -> None:
    """An old export, or a bought list, must not undo what a reader chose with one click."""
    home = make_home(tmp_path / "home")
    run(home, "subscribers", "add", "ada@example.org")
    run(home, "subscribers", "remove", "ada@example.org")

    imported = run(home, "subscribers", "import", "-", stdin="ada@example.org\nbob@example.org\n")

    listed = json.loads(run(home, "subscribers", "list", "--json").stdout)
    assert imported.exit_code == 0
    assert "1 subscribed, 0 known already" in imported.stdout
    assert "ada@example.org has left daily and stays away." in imported.stdout
    assert [one["address"] for one in listed] == ["bob@example.org"]
    assert run(home, "subscribers", "add", "ada@example.org").exit_code == 0
    assert len(json.loads(run(home, "subscribers", "list", "--json").stdout)) == 2


def test_a_reader_is_removed_by_address(tmp_path: Path) -> None:
    """And who is not there is said to be unknown."""
    home = make_home(tmp_path / "home")
    run(home, "subscribers", "add", "ada@example.org")

    removed = run(home, "subscribers", "remove", "ADA@example.org")
    again = run(home, "subscribers", "remove", "ada@example.org")

    assert removed.exit_code == 0
    assert again.exit_code == 2


@pytest.mark.parametrize("address", ["ada", "ada@", "ada@localnet", "a b@example.org"])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    """Before it costs a bounce."""
    done = run(make_home(tmp_path / "home"), "subscribers", "add", address)

    assert done.exit_code == 2
    assert "is no mail address" in done.stderr


def test_a_feed_is_added_after_it_has_answered(tmp_path: Path) -> None:
    """A page that is no feed is not written into the config."""
    home = make_home(tmp_path / "home")
    with running() as server:
        good = server.script("/rss", Answer(body=RSS.encode()))
        page = server.script("/page", Answer(body=b"<html><title>Hi</title></html>"))

        added = run(home, "feeds", "add", good)
        refused = run(home, "feeds", "add", page)
        twice = run(home, "feeds", "add", good)
        listed = json.loads(run(home, "feeds", "list", "--json").stdout)
        checked = run(home, "feeds", "check", good, page, "--json")

    assert added.stdout == f"Added The Harbor Wire, with 2 entries: {good}\n"
    assert refused.exit_code == 1
    assert "HTML page" in refused.stderr
    assert twice.exit_code == 2
    assert [(one["url"], one["title"]) for one in listed] == [(good, "The Harbor Wire")]
    assert [bool(one["problem"]) for one in json.loads(checked.stdout)] == [False, True]


def test_feeds_travel_as_opml(tmp_path: Path) -> None:
    """The way in from, and out to, every other reader."""
    feeds = {"https://a.example/rss": "Báo Sen & Co", "https://b.example/atom": "B"}
    home, other = make_home(tmp_path / "a", feeds=feeds), make_home(tmp_path / "b")
    run(home, "feeds", "export-opml", str(tmp_path / "feeds.opml"))

    first = run(other, "feeds", "import-opml", str(tmp_path / "feeds.opml"))
    second = run(other, "feeds", "import-opml", str(tmp_path / "feeds.opml"))
    listed = json.loads(run(other, "feeds", "list", "--json").stdout)

    assert "2 feeds added, 0 known already." in first.stdout
    assert "0 feeds added, 2 known already." in second.stdout
    assert {one["url"]: one["title"] for one in listed} == feeds


def test_what_opml_has_no_word_for_travels_as_well(tmp_path: Path) -> None:
    """A source that is all about AI would be judged entry by entry otherwise."""
    home, other = make_home(tmp_path / "a"), make_home(tmp_path / "b")
    ours = 'url = "https://a.example/"\ntitle = "A"\nabout = "ai"\ntopic = "business"\nweight = 2.5'
    (home / "config" / "feeds.toml").write_text(f"[[feeds]]\n{ours}\n", encoding="utf-8")
    run(home, "feeds", "export-opml", str(tmp_path / "feeds.opml"))

    run(other, "feeds", "import-opml", str(tmp_path / "feeds.opml"))

    assert load_settings(other, {}).feeds == load_settings(home, {}).feeds


def test_outlines_that_cannot_be_used_are_named_and_the_others_added(tmp_path: Path) -> None:
    """A list of hundreds has one that is no address any more."""
    home = make_home(tmp_path / "home")
    outlines = '<outline xmlUrl="ftp://x"/>\n<outline xmlUrl="https://a.example/rss"/>'
    (tmp_path / "x.opml").write_text(f"<opml><body>\n{outlines}</body></opml>", encoding="utf-8")

    done = run(home, "feeds", "import-opml", str(tmp_path / "x.opml"))

    assert done.exit_code == 1
    assert "1 feed added, 0 known already." in done.stdout
    assert "x.opml: line 2: 'ftp://x' is no address of a feed" in done.stderr


def test_opml_is_read_as_other_programs_write_it(tmp_path: Path) -> None:
    """Attributes in lower case brought no feed and no word; titles in HTML stood so in the mail."""
    home = make_home(tmp_path / "home")
    outlines = (
        '<outline text="Harbor&#10; &lt;b&gt;Wire&lt;/b&gt;" xmlurl="https://wire.example/rss"/>'
        '<outline text="Secret" xmlUrl="https://me:word@wire.example/rss"/>'
    )
    (tmp_path / "x.opml").write_text(f"<opml><body>{outlines}</body></opml>", encoding="utf-8")

    done = run(home, "feeds", "import-opml", str(tmp_path / "x.opml"))

    listed = json.loads(run(home, "feeds", "list", "--json").stdout)
    assert [(one["title"], one["url"]) for one in listed] == [
        ("Harbor Wire", "https://wire.example/rss")
    ]
    assert "'https://wire.example/rss' stands there with a user or password" in done.stderr
    assert "me:word" not in done.stderr


def test_a_file_that_is_no_opml_is_named(tmp_path: Path) -> None:
    """With what is wrong with it."""
    home = make_home(tmp_path / "home")
    (tmp_path / "x.opml").write_text("not xml", encoding="utf-8")

    done = run(home, "feeds", "import-opml", str(tmp_path / "x.opml"))

    assert done.exit_code == 2
    assert "is no OPML" in done.stderr


def test_migrate_is_safe_to_repeat(tmp_path: Path) -> None:
    """Every deploy runs it."""
    home = make_home(tmp_path / "home")

    done = [run(home, "migrate").stdout for _ in range(2)]

    assert done[0] == done[1]
    assert re.fullmatch(r"The database is up to date \(revision \d{4}\)\.\n", done[0])


def test_resolve_needs_to_be_told_which_way(tmp_path: Path) -> None:
    """Nothing uncertain is settled by default."""
    home = make_home(tmp_path / "home")

    unsaid = run(home, "resolve")
    said = json.loads(run(home, "resolve", "--assume-sent", "--json").stdout)
    both = run(home, "resolve", "--resend", "--assume-sent")

    assert (unsaid.exit_code, both.exit_code) == (2, 2)
    assert said == {"digest": "daily", "settled": 0, "resend": False, "too_old": 0}
