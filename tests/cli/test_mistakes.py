"""The mistakes that people make most, each made through the real command line.

Every one is answered in words that say what to do, with the exit code of the
contract (1 failed, 2 wrong usage or config), and never with a traceback.
"""

import os
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Thread

import pytest
import trustme
from aiosmtpd.smtp import AuthResult
from click.testing import Result

from aidigest.app import App
from homes import make_home, run
from httpserver import Answer, running
from samples import usual
from smtpserver import Inbox, serving_smtp

TO_ONE = ("send", "--to", "me@example.org")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with nothing wrong in it."""
    return make_home(tmp_path / "home")


def said(done: Result, *, code: int) -> str:
    """Return what the command complained of, having ended with that code and no traceback."""
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.stderr


def edit(home: Path, file: str, old: str, new: str) -> None:
    """Change a file of the home."""
    path = home / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def set_variable(home: Path, line: str) -> None:
    """Add a line to the home's `.env`."""
    with (home / ".env").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


CONFIG = "config/aidigest.toml"


def test_no_feed_at_all_is_told_with_what_to_do(home: Path) -> None:
    """A new home polled nothing, and said so in three numbers."""
    done = run(home, "poll")

    assert done.exit_code == 0
    assert "`aidigest feeds add URL` adds one" in done.stdout


def test_words_that_end_in_a_question_get_no_full_stop(home: Path) -> None:
    """It read "are host and port right?."."""
    run(home, "subscribers", "add", "ada@example.org")
    with App.open(home, {}) as app:
        app.editions.add_edition(app.renderer.render(usual()))

    done = run(home, "send")

    assert "are host and port right?\n" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"0 7 * * *"', '"7 o\'clock"', "digests[0].schedule"),
        ('"0 7 * * *"', '"0 25 * * *"', "digests[0].schedule"),
        ("Asia/Ho_Chi_Minh", "Asia/Saigonn", 'did you mean "Asia/Saigon"?'),
        ("Asia/Ho_Chi_Minh", "GMT+7", "write it as Asia/Ho_Chi_Minh or Europe/Berlin"),
        ("schedule =", "shedule =", 'unknown key, did you mean "schedule"?'),
        ("[fetch]", "[fecth]", 'unknown table, did you mean "fetch"?'),
        ('id = "daily"', "id = daily", f"{CONFIG}: cannot be read: Invalid value (at line 12,"),
        ("[[digests]]", "[digest]", 'did you mean "digests"?'),
        (
            "timezone",
            'topics = ["modles"]\ntimezone',
            "no topic 'modles', did you mean \"models\"?",
        ),
        ("<news@example.org>", "news at example.org", "write it as Name <news@example.org>"),
        ('"https://digest', '"digest', "write it as https://digest.example.org"),
    ],
)
def test_a_slip_in_the_config_is_named_with_a_guess(
    home: Path, old: str, new: str, expected: str
) -> None:
    """By file and key: nobody should have to look for it."""
    edit(home, CONFIG, old, new)

    words = said(run(home, "status"), code=2)

    assert words.startswith(f"aidigest: {CONFIG}: ")
    assert expected in words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("AIDIGEST_NOW=yesterday", "AIDIGEST_NOW: 'yesterday' is no instant; write it as 2026-"),
        ("SMTP_URL=smtp://mail.example.org:465", "names port 465"),
        ("SMTP_URL=smtp://ada:p/w@mail.example.org", "are written %23 %2F"),
        ("SMPT_URL=smtp://localhost", 'SMPT_URL: is no variable of ours, did you mean "SMTP_URL"?'),
        ("DATABASE_URL=mysql://host/news", "begins with 'mysql'; there is: sqlite, postgresql"),
        (
            "DATABASE_URL=sqlite://var/aidigest.db",
            "names no file; write it as sqlite:///var/aidigest",
        ),
        (
            "DATABASE_URL=sqlite:var/aidigest.db",
            "names no file; write it as sqlite:///var/aidigest",
        ),
        ("DATABASE_URL=postgresql:/host/news", "write it as postgresql://user:password@"),
        ("DATABASE_URL=postgresql://ada:p/w@host/news", "write it as postgresql://user:password@"),
        ("SMTP_URL smtp://localhost", ".env: line 4: cannot be read; write it as NAME=value"),
    ],
)
def test_a_slip_in_the_environment_is_named(home: Path, line: str, expected: str) -> None:
    """A variable that is only overlooked would send the mail elsewhere, or nowhere."""
    set_variable(home, line)

    assert expected in said(run(home, "status"), code=2)


def test_a_file_in_another_encoding_is_named(home: Path) -> None:
    """Old editors on Windows save so."""
    (home / ".env").write_bytes("SMTP_URL=smtp://mail.example.org # Môi".encode("utf-16"))

    assert ".env: is not in UTF-8" in said(run(home, "status"), code=2)


def test_a_folder_that_is_no_home_says_how_to_begin(tmp_path: Path) -> None:
    """The first command in the wrong folder."""
    words = said(run(tmp_path / "elsewhere", "status"), code=2)

    assert f"is not in {tmp_path / 'elsewhere'}; `aidigest init DIR` makes a home" in words


@pytest.mark.parametrize("command", ["web", "worker"])
def test_without_a_secret_key_nothing_begins(home: Path, command: str) -> None:
    """A worker that starts and fails at seven in the morning is found too late."""
    edit(home, ".env", "key-of-the-tests", "")

    words = said(run(home, command), code=2)

    assert "AIDIGEST_SECRET_KEY: is not set" in words
    assert "secrets.token_urlsafe" in words


def test_a_relay_that_is_not_there(tmp_path: Path) -> None:
    """The words lead to host and port."""
    away = make_home(tmp_path / "a", smtp_url="smtp://127.0.0.1:1")
    unknown = make_home(tmp_path / "b", smtp_url="smtp://relay.invalid:25")

    refused = said(run(away, *TO_ONE), code=1)
    nameless = said(run(unknown, *TO_ONE), code=1)

    assert "nothing listens there; is it running, and are host and port right?" in refused
    assert "relay.invalid:25, which SMTP_URL names, cannot be used" in nameless
    assert "the host's name is not known" in nameless


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("smtps", "smtps:// is for port 465, and smtp:// with STARTTLS for 587 and 25"),
        ("smtp", "is that the port of a mail relay?"),
    ],
)
def test_a_port_where_no_relay_is(tmp_path: Path, scheme: str, expected: str) -> None:
    """The web server's, say; it answers, and makes no sense."""
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        home = make_home(tmp_path / "home", smtp_url=f"{scheme}://127.0.0.1:{port}")

        words = said(run(home, *TO_ONE), code=1)

    assert expected in words


def test_a_refused_login(tmp_path: Path) -> None:
    """A password is easily pasted with a sign that an address does not take."""
    with serving_smtp(
        Inbox(),
        authenticator=lambda *_: AuthResult(success=False, handled=False),
        auth_require_tls=False,
    ) as port:
        home = make_home(tmp_path / "home", smtp_url=f"smtp://ada:secret@127.0.0.1:{port}")

        words = said(run(home, *TO_ONE), code=1)

    assert "refuses the login: 535" in words
    assert "look at user and password in SMTP_URL" in words
    assert "secret" not in words


def test_a_login_that_is_not_offered(tmp_path: Path) -> None:
    """Port 25 of a relay takes mail for its own readers, from anybody, and no login."""
    with serving_smtp(Inbox()) as port:
        home = make_home(tmp_path / "home", smtp_url=f"smtp://ada:secret@127.0.0.1:{port}")

        words = said(run(home, *TO_ONE), code=1)

    assert "offers no login; name the port that does" in words
    assert "is that the port of a mail relay?" not in words
    assert "secret" not in words


def test_encryption_that_is_not_offered(tmp_path: Path) -> None:
    """Nothing goes out in the clear by mistake."""
    with serving_smtp(Inbox()) as port:
        url = f"smtp://127.0.0.1:{port}?starttls=required"

        words = said(run(make_home(tmp_path / "home", smtp_url=url), *TO_ONE), code=1)

    assert "offers no STARTTLS, so nothing was sent; add ?starttls=optional" in words


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    """Of a relay of one's own, or of somebody in between."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with serving_smtp(Inbox(), tls_context=context) as port:
        url = f"smtp://localhost:{port}?starttls=required"

        words = said(run(make_home(tmp_path / "home", smtp_url=url), *TO_ONE), code=1)

    assert "its certificate is not good" in words


def test_feeds_that_are_none(home: Path) -> None:
    """A page without a feed, and nothing at all; neither is listed."""
    with running() as server:
        page = server.script("/", Answer(body=b"<html><title>Wire</title></html>"))

        no_feed = said(run(home, "feeds", "add", page), code=1)
        missing = said(run(home, "feeds", "add", server.url("/rss")), code=1)

    assert "an HTML page, not a feed: Wire" in no_feed
    assert "look there for a link that says RSS or Atom" in no_feed
    assert "status 404; nothing is there; give the address of the site" in missing
    assert (home / "config" / "feeds.toml").read_text("utf-8") == ""


def test_a_feed_listed_twice(tmp_path: Path) -> None:
    """Lists are merged by hand."""
    home = make_home(tmp_path / "home", feeds={"https://a.example/rss": "A"})
    feeds = home / "config" / "feeds.toml"
    feeds.write_text(2 * f"{feeds.read_text('utf-8')}\n", encoding="utf-8")

    words = said(run(home, "poll"), code=2)

    assert "feeds[1].url: https://a.example/rss stands there already, as feeds[0]" in words


def test_a_database_that_another_holds(home: Path) -> None:
    """A browser for SQLite left open with a change in it."""
    set_variable(home, "DATABASE_URL=sqlite:///var/aidigest.db?timeout=0.1")
    run(home, "migrate")
    other = sqlite3.connect(home / "var" / "aidigest.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    words = said(run(home, "subscribers", "add", "ada@example.org"), code=1)
    other.close()

    assert "database is locked; another program holds it; end that, or run this again" in words


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("0001", "is of an older aidigest (0001): run `aidigest migrate`"),
        ("9999", "was made by a newer aidigest (revision 9999): update the program"),
    ],
)
def test_a_database_of_another_version(home: Path, revision: str, expected: str) -> None:
    """After an update, and after a roll-back."""
    run(home, "migrate")
    with sqlite3.connect(home / "var" / "aidigest.db") as database:
        database.execute("UPDATE alembic_version SET version_num = ?", [revision])
        database.execute("UPDATE schema_needs SET revision = ?", [revision])
    database.close()

    assert expected in said(run(home, "status"), code=1)


def test_a_file_that_is_no_database(home: Path) -> None:
    """A backup restored halfway."""
    (home / "var").mkdir()
    (home / "var" / "aidigest.db").write_bytes(b"not a database" * 100)

    words = said(run(home, "status"), code=1)

    assert "file is not a database; move it away, or name another file" in words


def test_a_server_of_databases_that_is_not_there(home: Path) -> None:
    """The words name the variable, and keep the password."""
    pytest.importorskip("psycopg", reason="psycopg is not here: pip install 'aidigest[postgresql]'")
    set_variable(home, "DATABASE_URL=postgresql://ada:geheim@127.0.0.1:1/news")

    words = said(run(home, "status"), code=1)

    assert "Connection refused" in words
    assert "(DATABASE_URL names it)" in words
    assert "geheim" not in words


def test_an_extra_that_is_not_installed(home: Path) -> None:
    """The line to type stands in the answer."""
    set_variable(home, "DATABASE_URL=postgresql://ada@127.0.0.1:1/news")
    script = "import sys; sys.modules['psycopg'] = None; from aidigest.cli import main; main()"

    done = process([sys.executable, "-c", script, "--home", str(home), "status"])

    assert done.returncode == 1
    assert done.stderr == "aidigest: PostgreSQL needs: pip install 'aidigest[postgresql]'\n"


def test_a_relative_database_is_the_homes_wherever_one_stands(home: Path, tmp_path: Path) -> None:
    """Called from cron, the program must not begin with a second, empty list of readers."""
    set_variable(home, "DATABASE_URL=sqlite:///data/readers.db")

    done = process(ours(home, "migrate"), folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (home / "data" / "readers.db").is_file()
    assert not (tmp_path / "data").exists()


def test_what_moves_is_the_homes_too_wherever_one_stands(home: Path, tmp_path: Path) -> None:
    """The page says `--from sqlite:///var/aidigest.db`, the words that DATABASE_URL would have."""
    pytest.importorskip("psycopg", reason="psycopg is not here: pip install 'aidigest[postgresql]'")
    run(home, "migrate")
    move = (
        "migrate",
        "--from",
        "sqlite:///var/aidigest.db",
        "--to",
        "postgresql://ada@127.0.0.1:1/x",
    )

    done = process(ours(home, *move), folder=tmp_path)

    assert done.returncode == 1
    assert "there is no file" not in done.stderr
    assert 'connection to server at "127.0.0.1", port 1 failed' in done.stderr


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_an_address_to_move_by_that_makes_no_sense(home: Path, option: str) -> None:
    """It is told as it is for DATABASE_URL, and with the option it stands at."""
    said_so = {"--from": "sqlite:///var/aidigest.db", "--to": "postgresql://ada@127.0.0.1:1/x"}
    said_so[option] = "var/aidigest.db"
    run(home, "migrate")

    words = said(run(home, "migrate", *chain(*said_so.items())), code=2)

    assert f"{option}: begins with 'var/aidigest.db'; there is: sqlite, postgresql" in words


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")
def test_a_folder_that_may_not_be_written(home: Path) -> None:
    """Made by root, and used by somebody else."""
    home.chmod(0o555)

    done = process([*_WITHOUT_PRIVILEGE, *ours(home, "status")])
    home.chmod(0o755)

    assert done.returncode == 1
    assert f"{home / 'var'}: Permission denied; the user that aidigest runs as" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such permissions")
def test_a_config_that_may_not_be_read(home: Path) -> None:
    """The key is for its owner alone; the worker runs as another."""
    (home / ".env").chmod(0)

    done = process([*_WITHOUT_PRIVILEGE, *ours(home, "status")])

    assert done.returncode == 2
    assert ".env: cannot be read: " in done.stderr
    assert "the user that aidigest runs as must be allowed" in done.stderr


def test_a_disk_that_is_full(home: Path) -> None:
    """What cannot be written is not half there, and the words say what to do."""
    with small_disk(home / "var") as limits:
        done = process([*limits, *ours(home, "migrate")])

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr
    assert "what was sent is not forgotten" in done.stderr


def test_a_file_where_a_folder_belongs(home: Path) -> None:
    """Any command that writes."""
    (home / "out").write_text("", encoding="utf-8")

    words = said(run(home, "preview", "--out", str(home / "out" / "mail")), code=1)

    assert f"{home / 'out' / 'mail'}: Not a directory; a file stands where a folder" in words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"name;phone\nAda;123\n", "readers.csv: no column is called address or email"),
        (b"address\nada@example.org\nbob at example.org\n", "readers.csv:3: 'bob at example.org'"),
        ("address,name\nada@example.org,Adä\n".encode("latin-1"), "save it as CSV in UTF-8"),
        ("address\nada@example.org\n".encode("utf-16"), "save it as CSV in UTF-8"),
        (b"address,digests\nada@example.org,weekly\n", "no digest 'weekly'; there is: daily"),
        (
            b"address,language\nada@example.org,zzzz\n",
            "'zzzz' is no language; write it as en or vi",
        ),
    ],
)
def test_a_list_of_readers_that_is_not_right(
    home: Path, tmp_path: Path, text: bytes, expected: str
) -> None:
    """Spreadsheets write lists in many ways."""
    (tmp_path / "readers.csv").write_bytes(text)

    words = said(run(home, "subscribers", "import", str(tmp_path / "readers.csv")), code=1)

    assert expected in words


def test_a_word_that_is_no_language(home: Path) -> None:
    """The reader would get English, and nobody would know why."""
    words = said(run(home, "subscribers", "add", "ada@example.org", "--language", "zzzz"), code=2)

    assert "--language: 'zzzz' is no language; write it as en or vi" in words
    assert run(home, "subscribers", "add", "ada@example.org", "--language", "id").exit_code == 0


@pytest.mark.parametrize("command", ["web", "preview", "worker"])
def test_a_port_in_use(home: Path, command: str) -> None:
    """It is running already, in another window."""
    option = "--health-port" if command == "worker" else "--port"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        words = said(run(home, command, option, port), code=2)

    assert f"{option}: {port} cannot be had" in words
    assert "Address already in use; another program has it" in words


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (b"\n{% if edition %}", "daily/email.html:2: Unexpected end of template"),
        (b"\n\n{{ edition.titel }}", "daily/email.html:3: "),
        (b"{{ nosuch }}", "daily/email.html:1: 'nosuch' is undefined"),
        (b"{{ 1 | nosuch }}", "No filter named 'nosuch'"),
        (b"{% include 'no.html' %}", "'no.html' not found"),
        (b"\xe4", "is not in UTF-8"),
    ],
)
def test_a_template_with_a_mistake(home: Path, template: bytes, expected: str) -> None:
    """By file and line, as an editor opens it."""
    (home / "templates" / "daily").mkdir(parents=True)
    (home / "templates" / "daily" / "email.html").write_bytes(template)

    assert expected in said(run(home, "preview", "--no-serve"), code=1)


def test_a_look_that_is_not_there(home: Path) -> None:
    """Those that are stand in the answer."""
    edit(home, CONFIG, "timezone", 'look = "dayly"\ntimezone')

    words = said(run(home, "poll"), code=2)

    assert "config/aidigest.toml: digests[0].look: there is no look 'dayly'" in words
    assert "there is: brief, daily, letter" in words


def test_a_command_that_is_not_there(home: Path) -> None:
    """Click answers it; the code is the contract's."""
    assert "No such command 'pol'" in said(run(home, "pol"), code=2)


def test_a_reader_of_our_output_that_has_had_enough(home: Path) -> None:
    """`aidigest subscribers export | head -1` ends quietly."""
    export = subprocess.Popen(  # noqa: S603 - Our own interpreter and arguments.
        ours(home, "stories", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert export.stdout is not None
    export.stdout.close()

    _, complaint = export.communicate(timeout=60)

    assert b"Traceback" not in complaint


def ours(home: Path, *words: str) -> list[str]:
    """Return a command line of ours."""
    return [sys.executable, "-m", "aidigest", "--home", str(home), *words]


def process(
    words: Sequence[str], *, folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a process of its own, and wait for it."""
    return subprocess.run(  # noqa: S603 - Our own interpreter and arguments.
        words, capture_output=True, text=True, timeout=60, check=False, cwd=folder
    )


#: Root may do anything; without these two capabilities it is held to permissions like others.
_WITHOUT_PRIVILEGE = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    if sys.platform == "linux" and os.geteuid() == 0
    else ()
)


@contextmanager
def small_disk(folder: Path) -> Iterator[tuple[str, ...]]:
    """Make a folder a disk of 128 KB; where that is not allowed, yield what limits files so."""
    folder.mkdir()
    mounting = ("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder))
    try:
        subprocess.run(mounting, check=True, capture_output=True)  # noqa: S603 - As above.
    except (OSError, subprocess.CalledProcessError):
        yield ("sh", "-c", 'ulimit -f 128; exec "$@"', "sh")
        return
    try:
        yield ()
    finally:
        subprocess.run(("umount", str(folder)), check=True)  # noqa: S603, S607 - As above.


@contextmanager
def answering(words: bytes) -> Iterator[int]:
    """Serve a port that says the same to whatever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(words)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(timeout=10)
