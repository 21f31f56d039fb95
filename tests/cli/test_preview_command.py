"""`aidigest preview --check`, `aidigest clients`, and a send that is refused."""

import json
from pathlib import Path

from homes import RSS, make_home, run
from httpserver import Answer, running


def spoilt_home(folder: Path) -> Path:
    """Return a home whose template forgets the language."""
    home = make_home(folder / "home")
    own = home / "templates" / "daily"
    own.mkdir(parents=True)
    (own / "email.html").write_text(
        "<!DOCTYPE html><html><head><title>{{ subject }}</title></head>"
        "<body><h1>Hi</h1></body></html>",
        encoding="utf-8",
    )
    return home


def test_a_good_message_is_fit(tmp_path: Path) -> None:
    """Nothing to say but what some client lacks."""
    done = run(make_home(tmp_path / "home"), "preview", "--check", "--sample", "1")

    assert done.exit_code == 0, done.stderr
    assert "may be sent: 0 errors, 0 warnings" in done.stdout


def test_what_is_wrong_is_said_in_json_and_by_the_exit_code(tmp_path: Path) -> None:
    """For whoever checks templates in their own pipeline."""
    done = run(spoilt_home(tmp_path), "preview", "--check", "--json", "--sample", "1")

    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert told["fit"] is False
    assert {"T2", "T15"} <= {one["rule"] for one in told["findings"] if one["level"] == "error"}


def test_a_sample_nobody_knows_is_refused(tmp_path: Path) -> None:
    """With those there are."""
    done = run(make_home(tmp_path / "home"), "preview", "--check", "--sample", "41")

    assert done.exit_code == 2
    assert "hostile" in done.stderr


def test_json_without_check_is_wrong_usage(tmp_path: Path) -> None:
    """There would be nothing to say."""
    assert run(make_home(tmp_path / "home"), "preview", "--json").exit_code == 2


def test_links_are_asked_where_that_is_wanted(tmp_path: Path) -> None:
    """A dead one is a warning, and does not keep the edition from being sent."""
    with running() as server:
        dead, page = server.url("/dead"), server.script("/page", Answer(body=b"<p>News</p>"))
        rss = RSS.replace("https://wire.example/kestrel", dead).replace(
            "https://wire.example/chess", page
        )
        feed = server.script("/rss", Answer(body=rss.encode()))
        home = make_home(tmp_path / "home", feeds={feed: "The Harbor Wire"})
        polled = run(home, "poll")
        done = run(home, "preview", "--check", "--links", "--json")

    told = json.loads(done.stdout)
    assert (polled.exit_code, done.exit_code) == (0, 0), done.stderr
    links = [one for one in told["findings"] if one["rule"] == "L1" and dead in one["what"]]
    assert [(one["level"], one["what"]) for one in links] == [
        ("warning", f"{dead} does not answer: status 404")
    ]
    assert len(server.requests["/dead"]) == 1


def test_links_without_check_is_wrong_usage(tmp_path: Path) -> None:
    """As above."""
    assert run(make_home(tmp_path / "home"), "preview", "--links").exit_code == 2


def test_facts_are_fetched_into_the_home(tmp_path: Path) -> None:
    """They are newer then than those that came with the program."""
    home = make_home(tmp_path / "home")
    stats = {"gmail": {"ios": {"1": "n"}}}
    answer = {"data": [{"slug": "css-new", "last_test_date": "2027-01-01", "stats": stats}]}
    with running() as server:
        source = server.script("/data.json", Answer(body=json.dumps(answer).encode()))
        done = run(home, "clients", "--refresh", "--source", source, "--json")
    later = json.loads(run(home, "clients", "--json").stdout)

    assert done.exit_code == 0, done.stderr
    assert later["date"] == "2027-01-01"
    assert later["lacking"]["gmail/ios"] == 1
