"""A home is read whole, and everything wrong with it is said at once."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aidigest.core.feeds.feed import About
from aidigest.errors import NotFoundError, SettingsError
from aidigest.settings import Settings, load_settings, shipped
from aidigest.settings.environment import VARIABLES

MAIN = """
[site]
name = "Example News"
base_url = "https://digest.example.org"
from = "Example News <news@example.org>"

[[digests]]
id = "daily"
title = "The Daily"
schedule = "0 7 * * *"
timezone = "Asia/Ho_Chi_Minh"
"""
FEEDS = """
[[feeds]]
url = "https://feed.example.org/rss"
title = "The Feed"
about = "ai"
"""


def home(folder: Path, *, main: str = MAIN, feeds: str = FEEDS, env: str = "") -> Path:
    """Write a home and return its folder."""
    (folder / "config").mkdir()
    (folder / "config" / "aidigest.toml").write_text(main, encoding="utf-8")
    (folder / "config" / "feeds.toml").write_text(feeds, encoding="utf-8")
    (folder / ".env").write_text(env, encoding="utf-8")
    return folder


def problems(folder: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    """Load a home that is wrong and return what was said."""
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, environ or {})
    return [str(problem) for problem in caught.value.problems]


def test_a_small_home_gets_the_usual_values(tmp_path: Path) -> None:
    """Two short files are enough; the rest has defaults that work."""
    settings = load_settings(home(tmp_path), {})

    assert settings.site.sender == "Example News <news@example.org>"
    assert settings.digest(None).timezone == "Asia/Ho_Chi_Minh"
    assert settings.feeds[0].about is About.AI
    assert len(settings.topics) == 11
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'aidigest.db'}"
    assert settings.smtp_url == "smtp://localhost:25"
    assert settings.now is None


def test_the_config_that_is_shipped_is_right() -> None:
    """It is the first thing a new maintainer has."""
    settings = load_settings(shipped("config").parent, {})

    languages = {feed.language for feed in settings.feeds}
    assert len(settings.feeds) >= 30
    assert {"en", "vi"} <= languages
    assert [topic.id for topic in settings.topics] == [
        "models", "research", "products", "chips", "infrastructure", "business",
        "policy", "safety", "work", "robotics", "other",
    ]  # fmt: skip


def test_a_real_variable_wins_over_the_file(tmp_path: Path) -> None:
    """Platforms set variables; .env is for a machine of one's own."""
    folder = home(tmp_path, env="SMTP_URL=smtp://localhost:1025\nAIDIGEST_SECRET_KEY=from-file\n")

    settings = load_settings(
        folder,
        {
            "SMTP_URL": "smtp://localhost:2525",
            "DATABASE_URL": "postgres://u@db.example.org/news",
            "AIDIGEST_NOW": "2026-09-14T07:00:00+07:00",
            "AIDIGEST_ALLOW_PRIVATE": "1",
        },
    )

    assert settings.smtp_url == "smtp://localhost:2525"
    assert settings.secret_key == "from-file"
    assert settings.database_url == "postgresql://u@db.example.org/news"
    assert settings.now == datetime(2026, 9, 14, tzinfo=UTC)
    assert settings.fetch.allow_private


def test_every_problem_is_said_at_once_by_file_and_key(tmp_path: Path) -> None:
    """One run, one list; not one error after the other."""
    main = MAIN.replace("0 7 * * *", "0 7 * *").replace("Ho_Chi_Minh", "Ho_Chi_Min")
    main += 'topics = ["modles"]\n'
    feeds = FEEDS.replace("title", "titel").replace("url", "ulr")
    feeds += '\n[[feeds]]\nurl = "ftp://x"\ntitle = "X"\n'

    said = problems(home(tmp_path, main=main, feeds=feeds), {"AIDIGEST_NOW": "today"})

    assert any('feeds[0].titel: unknown key, did you mean "title"?' in one for one in said)
    assert any("config/feeds.toml: feeds[0].url: is missing" in one for one in said)
    assert any("digests[0].schedule" in one and "five cron fields" in one for one in said)
    assert any('did you mean "Asia/Ho_Chi_Minh"?' in one for one in said)
    assert any("no topic 'modles', did you mean \"models\"?" in one for one in said)
    assert any("AIDIGEST_NOW" in one for one in said)
    assert any("ftp://x" in one for one in said)


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ("[site\n", "config/aidigest.toml: cannot be read: "),
        ("", "config/aidigest.toml: site.name: is missing"),
        (MAIN + "\n[web]\nproxies = -1\n", "web.proxies: must be 0 or more"),
        (MAIN.replace("news@", "news at "), "site.from"),
        (MAIN.replace('example.org"\nfrom', 'example.org/"\nfrom'), "site.base_url"),
        (MAIN.replace('example.org"\nfrom', 'example.org?a=1"\nfrom'), "site.base_url"),
        (MAIN.replace('digest.example.org"\nfrom', 'bản.example"\nfrom'), "xn--bn-l5s.example"),
        (MAIN.replace("news@", "đ@"), "site.from"),
        (MAIN.replace("news@", "a@example.org, news@"), "site.from"),
        (MAIN.replace("news@", r"a\nBcc: news@"), "site.from"),
        (MAIN + MAIN[MAIN.index("[[digests]]") :], "digests[1].id: 'daily' stands there already"),
        (MAIN + "max_stories = 0\n", "digests[0].max_stories"),
        (MAIN + "max_pictures = -1\n", "digests[0].max_pictures: must be 0 or more"),
        (MAIN + 'max_stories = "many"\n', "digests[0].max_stories: must be a whole number, as 30"),
        (MAIN + 'language = "English"\n', "digests[0].language"),
        (MAIN + "\n[sites]\n", 'sites: unknown table, did you mean "site"?'),
        (MAIN.replace("from =", "sender ="), "site.sender: unknown key"),
    ],
)  # fmt: skip
def test_mistakes_in_the_main_file_are_named(tmp_path: Path, main: str, expected: str) -> None:
    """Each names the file and the key."""
    said = problems(home(tmp_path, main=main))

    assert any(expected in one for one in said), said


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SMTP_URL", "mail.example.org", "SMTP_URL"),
        ("DATABASE_URL", "postgresq://x", 'did you mean "postgresql"?'),
        ("AIDIGEST_ALLOW_PRIVATE", "maybe", "write 1 or 0"),
        ("AIDIGEST_NOW", "0001-01-01T00:00:00+07:00", "is no instant"),
    ],
)
def test_mistakes_in_the_environment_are_named(
    tmp_path: Path, name: str, value: str, expected: str
) -> None:
    """The variable's name is the place to look."""
    said = problems(home(tmp_path), {name: value})

    assert [expected in one for one in said] == [True]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('look = "dayly"', "look: there is no look 'dayly'; there is: brief, daily, letter"),
        ('look = "_base"', "look: there is no look '_base'; there is: brief, daily, letter"),
        ('look = ""', "look: there is no look ''; there is: brief, daily, letter"),
    ],
)
def test_a_look_without_templates_is_named_with_those_there_are(
    tmp_path: Path, written: str, expected: str
) -> None:
    """Else the first to meet it is the edition, at seven in the morning."""
    (said,) = problems(home(tmp_path, main=f"{MAIN}{written}\n"))

    assert said.startswith(f"config/aidigest.toml: digests[0].{expected}")


def test_a_look_of_ones_own_is_there(tmp_path: Path) -> None:
    """A home's templates stand beside those that came with the program."""
    folder = home(tmp_path, main=f'{MAIN}look = "ours"\n')
    (folder / "templates" / "ours").mkdir(parents=True)
    (folder / "templates" / "ours" / "email.html").touch()

    digest = load_settings(folder, {}).digest(None)

    assert digest.look == "ours"


def test_a_digest_may_be_in_a_language_that_the_mail_has_no_words_in(tmp_path: Path) -> None:
    """Its news is in that language; the few words around it stay English."""
    settings = load_settings(home(tmp_path, main=f'{MAIN}language = "id"\n'), {})

    assert settings.digest(None).language == "id"


def test_a_file_without_topics_is_named(tmp_path: Path) -> None:
    """A story has to go under one."""
    folder = home(tmp_path)
    (folder / "config" / "topics.toml").write_text("", encoding="utf-8")

    said = problems(folder)

    assert said == [
        "config/topics.toml: topics: is missing: at least one [[topics]] table is needed"
    ]


def test_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    """The very first error a new user may meet."""
    said = problems(tmp_path)

    assert any("aidigest init" in one for one in said)


def test_what_has_no_title_is_named_all_the_same(tmp_path: Path) -> None:
    """An address is all that a feed needs, and an id all that a digest needs."""
    main = MAIN.replace('title = "The Daily"\n', "")
    feeds = FEEDS.replace('title = "The Feed"\n', "")

    settings = load_settings(home(tmp_path, main=main, feeds=feeds), {})

    assert settings.feeds[0].title == "feed.example.org"
    assert settings.digests[0].title == "Example News"


def test_a_feed_listed_twice_is_named(tmp_path: Path) -> None:
    """Two tables for one address would disagree sooner or later."""
    said = problems(home(tmp_path, feeds=FEEDS + FEEDS))

    twice = "https://feed.example.org/rss stands there already, as feeds[0]; keep one"
    assert said == [f"config/feeds.toml: feeds[1].url: {twice} (in the table at line 7)"]


def test_an_unknown_digest_is_answered_with_those_there_are(tmp_path: Path) -> None:
    """`aidigest send dialy` must not guess."""
    settings: Settings = load_settings(home(tmp_path), {})

    with pytest.raises(NotFoundError, match="there is: daily"):
        settings.digest("dialy")


def test_every_variable_that_is_read_is_known() -> None:
    """Else a line of `.env` with its name would be taken for a slip of another's."""
    source = Path(__file__).parents[2] / "src"
    reading = re.compile(r'(?:env(?:iron)?\.get\(|envvar=|_switch\(env, )"([A-Z_]+)"')
    texts = [path.read_text("utf-8") for path in source.rglob("*.py")]
    found = {name for text in texts for name in reading.findall(text)}

    assert "SMTP_URL" in found
    assert found <= set(VARIABLES)


@pytest.mark.parametrize(
    ("written", "key", "wanted"),
    [
        ("topics = 'law'", "digests[0].topics", 'a list, as ["one", "two"], not the text "law"'),
        ("look = 3", "digests[0].look", "a text in quotes, not 3"),
        ("look = ['daily']", "digests[0].look", "a text in quotes, not a list"),
        ('[sending]\ndomains = "a"', "sending.domains", 'a table, not the text "a"'),
        ("[sending]\nwarm_up = 3", "sending.warm_up", "a table, not 3"),
        (
            '[sending.warm_up]\nsince = "soon"',
            "sending.warm_up.since",
            'a date, as 2026-09-14, not the text "soon"',
        ),
        ('max_stories = "9"', "digests[0].max_stories", 'a whole number, as 30, not the text "9"'),
        ("max_stories = true", "digests[0].max_stories", "a whole number, as 30, not true"),
        ('[fetch]\ntimeout_s = "9"', "fetch.timeout_s", 'a number, as 30 or 0.5, not the text "9"'),
        ("[fetch]\ntimeout_s = true", "fetch.timeout_s", "a number, as 30 or 0.5, not true"),
        ("[web]\nsignups = 1", "web.signups", "true or false, not 1"),
        ('[web]\nsignups = "no"', "web.signups", 'true or false, not the text "no"'),
        (
            "[sending.warm_up]\nsince = 2026-09-14\nfirst_day = true",
            "sending.warm_up.first_day",
            "a whole number, as 30, not true",
        ),
    ],
)
def test_a_value_of_another_kind_is_told_in_the_words_of_the_file(
    tmp_path: Path, written: str, key: str, wanted: str
) -> None:
    """Who wrote `true` for a number meant something else; a tuple nobody has heard of."""
    (said,) = problems(home(tmp_path, main=f"{MAIN}{written}\n"))

    place = " (in the table at line 7)" if key.startswith("digests") else ""
    assert said == f"config/aidigest.toml: {key}: must be {wanted}{place}"


def test_a_table_is_named_by_its_line_and_counted_with_those_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    """Of forty feeds nobody counts to the one that is wrong, and then from nought."""
    feeds = f"{FEEDS}weight = 'much'\n{FEEDS.replace('feed.', 'b.')}topic = 'modls'\n"

    much, modls = problems(home(tmp_path, feeds=feeds))

    assert much.startswith("config/feeds.toml: feeds[0].weight: ")
    assert much.endswith("(in the table at line 2)")
    assert modls.startswith("config/feeds.toml: feeds[1].topic: ")
    assert modls.endswith("(in the table at line 8)")


def test_no_line_is_named_where_it_would_be_a_guess(tmp_path: Path) -> None:
    """A list may be written in one row, and a head may stand in a text."""
    listed = 'feeds = [{ url = "x", title = """\n[[feeds]]\n[[feeds]]""" }]\n'

    (said,) = problems(home(tmp_path, feeds=listed))

    assert said.startswith("config/feeds.toml: feeds[0].url: 'x' is no address of a feed")
    assert "line" not in said


def test_a_weight_in_quotes_is_named_beside_other_problems_of_the_feed(tmp_path: Path) -> None:
    """Everything wrong with a table is said at once."""
    said = problems(home(tmp_path, feeds=FEEDS.replace('"ai"', '"all"') + 'weight = "2"\n'))

    number = 'must be a number, as 30 or 0.5, not the text "2"'
    assert said == [
        "config/feeds.toml: feeds[0].about: should be 'ai' or 'mixed' (in the table at line 2)",
        f"config/feeds.toml: feeds[0].weight: {number} (in the table at line 2)",
    ]


def test_a_whole_number_is_a_number_too(tmp_path: Path) -> None:
    """Nobody writes 30.0 seconds."""
    main = f"{MAIN}[fetch]\ntimeout_s = 45\n[sending.warm_up]\nsince = 2026-09-14\ngrowth = 2\n"

    settings = load_settings(home(tmp_path, main=main), {})

    assert settings.fetch.timeout_s == 45
    assert settings.sending.warm_up is not None
    assert settings.sending.warm_up.growth == 2


def test_a_feed_with_a_password_in_its_address_is_told_as_such_and_without_it(
    tmp_path: Path,
) -> None:
    """It does begin with https://, and the words end up in logs."""
    listed = FEEDS.replace("https://", "https://me:sesame@")

    (said,) = problems(home(tmp_path, feeds=listed))

    assert said.startswith("config/feeds.toml: feeds[0].url: 'https://feed.example.org/rss' stands")
    assert "user or password" in said
    assert "sesame" not in said
