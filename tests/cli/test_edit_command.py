"""`aidigest edit` and `aidigest topics check`, as a maintainer uses them."""

import json
from pathlib import Path

from homes import make_home, run
from httpserver import Answer, running

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Wire</title>
<item><guid>1</guid><title>Northwind releases the Kestrel language model</title>
<link>https://wire.example/1</link></item>
<item><guid>2</guid><title>Lumenward's language model Heron learns Cham</title>
<link>https://wire.example/2</link></item>
<item><guid>3</guid><title>Tamarind opens the weights of its language model Egret</title>
<link>https://wire.example/3</link></item>
</channel></rss>"""


def polled(folder: Path) -> Path:
    """Return a home that has polled a feed of three AI stories."""
    with running() as server:
        feed = server.script("/rss", Answer(body=FEED.encode()))
        home = make_home(folder, feeds={feed: "The Wire"})
        assert run(home, "poll").exit_code == 0
    return home


def order(home: Path) -> list[str]:
    """Return the titles of the edition to come, in order."""
    topics = json.loads(run(home, "edit", "daily", "--json").stdout)["topics"]
    return [story["title"].split()[0] for topic in topics for story in topic["stories"]]


def story_ids(home: Path) -> dict[str, str]:
    """Return the stories' ids by the first word of their titles."""
    found = json.loads(run(home, "stories", "--json").stdout)
    return {story["title"].split()[0]: story["id"] for story in found}


def test_pin_hide_and_move_shape_the_edition_that_is_made(tmp_path: Path) -> None:
    """What `edit` shows is what `compose` makes."""
    home = polled(tmp_path / "home")
    ids = story_ids(home)
    pinned = next(reversed(order(home)))
    hidden = order(home)[0]

    done = run(home, "-v", "edit", "daily", "--pin", ids[pinned], "--hide", ids[hidden])
    shown = order(home)
    made = json.loads(run(home, "compose", "daily", "--json").stdout)["topics"]

    assert done.exit_code == 0, done.output
    assert "\n2 edits for the edition of " in done.stdout
    assert "edition.edited" in done.stderr
    assert shown[0] == pinned
    assert hidden not in shown
    assert [s["title"].split()[0] for topic in made for s in topic["stories"]] == shown


def test_one_edit_is_no_edits(tmp_path: Path) -> None:
    """A count is said in a person's words."""
    home = polled(tmp_path / "home")

    done = run(home, "edit", "daily", "--pin", story_ids(home)["Tamarind"])

    assert "\n1 edit for the edition of " in done.stdout


def test_an_edition_that_is_made_is_not_edited(tmp_path: Path) -> None:
    """It is immutable; the words say what to do instead."""
    home = polled(tmp_path / "home")
    story = next(iter(story_ids(home).values()))
    run(home, "compose", "daily")

    done = run(home, "edit", "daily", "--hide", story)

    assert done.exit_code == 1
    assert "is made, and an edition never changes" in done.stderr


def test_an_unknown_story_is_refused_and_an_edit_can_be_undone(tmp_path: Path) -> None:
    """A typing error must not sit in the database for nothing."""
    home = polled(tmp_path / "home")
    story = next(iter(story_ids(home).values()))

    wrong = run(home, "edit", "daily", "--pin", "nonsense")
    run(home, "edit", "daily", "--hide", story)
    undone = run(home, "edit", "daily", "--undo", story)

    assert wrong.exit_code == 2
    assert "nonsense" in wrong.stderr
    assert undone.exit_code == 0
    assert len(order(home)) == 3


def test_topics_check_counts_and_names_bad_rows(tmp_path: Path) -> None:
    """Maintainers try their own topics on their own stories."""
    home = make_home(tmp_path / "home")
    file = tmp_path / "mine.tsv"
    rows = ("chips\tTSMC doubles its wafer output", "policy\tCourt hears the copyright lawsuit")
    file.write_text("\n".join(("topic\ttitle", *rows, "chps\tWafer")), encoding="utf-8")

    done = run(home, "topics", "check", str(file), "--json")

    assert json.loads(done.stdout)["right"] == 2
    assert done.exit_code == 1
    assert "mine.tsv:4: topic 'chps' is unknown, did you mean \"chips\"?" in done.stderr
