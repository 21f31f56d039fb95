"""`aidigest init`."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.answers import ADDRESS, BASE_URL, LANGUAGES, NAME, RELAYS, ZONE, new_home
from aidigest.cli.context import Home, complain, pass_home
from aidigest.cli.feeds import add_feed
from aidigest.errors import AidigestError

if TYPE_CHECKING:
    from aidigest.app import App
    from aidigest.core.editions.edition import RenderedEdition
    from aidigest.settings.new_home import NewHome


@click.command()
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--name", type=NAME, metavar="TEXT", help="What the digest is called.")
@click.option(
    "--from", "address", type=ADDRESS, metavar="ADDR", help="Which address it is sent from."
)
@click.option("--base-url", type=BASE_URL, metavar="URL", help="Where its web pages will be.")
@click.option(
    "--zone", type=ZONE, metavar="ZONE", help="Which time zone it is made in, as Asia/Ho_Chi_Minh."
)
@click.option(
    "--languages", type=LANGUAGES, metavar="LIST", help="Which languages, its own first, as en,vi."
)
@click.option(
    "--relay",
    type=RELAYS,
    metavar="URL",
    envvar="SMTP_URL",
    help="Which relay takes its mail; the variable SMTP_URL says it, too.",
)
@click.option(
    "--shipped-feeds/--no-shipped-feeds",
    default=None,
    help="Begin with the feeds that come with the program, those in your languages.",
)
@click.option(
    "--feed", "feeds", multiple=True, metavar="URL", help="Add the feed there, or behind that page."
)
@click.option("--test-to", type=ADDRESS, metavar="ADDR", help="Send a test mail there.")
@click.option("--templates", is_flag=True, help="Copy the templates, too, to change them.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; what is not said is as usual.")
@pass_home
def init(
    home: Home,
    /,
    folder: Path | None,
    *,
    feeds: tuple[str, ...],
    test_to: str | None,
    yes: bool,
    **said: Any,
) -> None:
    """Make a home in DIR, to begin a digest of your own.

    It asks a few questions, each of which is an option, too; where nobody sits at
    a terminal, the usual answers are taken. It writes config to edit and a .env
    with a fresh secret key, then adds your feeds and sends a test mail if you
    like. What is there already is never changed.

    In a home that is there, `--templates` alone copies the templates that it lacks.
    """
    from aidigest.settings.new_home import add_templates, is_home, refuse_home, write_home

    made = Home(folder=folder or home.folder, environ=home.environ)
    if said["templates"] and is_home(made.folder) and not _answers(said, feeds, test_to):
        count = add_templates(made.folder)
        click.echo(f"{count} files copied to templates; what was there stays as it was.")
        return
    refuse_home(made.folder, templates=said["templates"])
    asks = sys.stdin.isatty() and not yes
    new = new_home(said, asks=asks)
    if asks:
        feeds = feeds or tuple(_ask_for_feeds())
        test_to = test_to or _ask_for_reader()
    write_home(made.folder, new)
    failures = [*_add_feeds(made, feeds)]
    if test_to is not None:
        failures += _send_test(made, test_to)
    _say_what_next(made, new)
    _report(failures)


def _answers(said: dict[str, Any], *others: object) -> bool:
    """Return whether somebody said what belongs into a new home; the relay may be a variable."""
    given = (value for name, value in said.items() if name not in {"templates", "relay"})
    return any(value is not None for value in given) or any(others)


def _ask_for_feeds() -> Iterator[str]:
    question = "A feed or page to follow, by its address? (empty: no more)"
    while url := click.prompt(question, default="", show_default=False).strip():
        yield url


def _ask_for_reader() -> str | None:
    question = "Which address gets a test mail? (empty: none)"

    def read(text: str) -> str | None:
        return ADDRESS(text) if text.strip() else None

    answer: str | None = click.prompt(question, default="", show_default=False, value_proc=read)
    return answer


def _add_feeds(home: Home, urls: Sequence[str]) -> Iterator[AidigestError]:
    for url in urls:
        try:
            with home.app() as app:
                add_feed(app, url if "://" in url else f"https://{url}")
        except AidigestError as error:
            yield error


def _send_test(home: Home, address: str) -> Iterator[AidigestError]:
    try:
        with home.app() as app:
            reply = app.writing.send_test(_something_to_read(app), address)
        click.echo(f"A test mail is on its way to {address}; the relay said: {reply}")
    except AidigestError as error:
        yield error


def _something_to_read(app: "App") -> "RenderedEdition":
    """Return today's edition, or a sample where there is no news yet."""
    from aidigest.preview import show

    digest = app.settings.digest(None)
    today = app.composing.preview(digest)
    if today.edition.sections:
        return today
    sample = "vietnamese" if digest.language == "vi" else "40"
    return show(app, digest.id, sample, None).rendered


def _say_what_next(home: Home, new: "NewHome") -> None:
    place = home.folder.resolve()
    going_there = command_line(("cd", str(place)), for_windows=sys.platform == "win32")
    first = "aidigest poll" if home.settings().feeds else "aidigest feeds add URL, aidigest poll"
    click.echo(
        f"Made {place}: {new.name}, at 07:00 in {new.timezone}.\n"
        f"Next{'' if place == Path.cwd() else f', after `{going_there}`'}:\n"
        f"  1. See today's edition, which goes to nobody yet: {first}, then aidigest preview\n"
        "  2. Hear what is to be set right in config/aidigest.toml and .env: aidigest doctor\n"
        "  3. Add a reader and have it go out by itself:"
        " aidigest subscribers add you@example.org, then aidigest worker"
    )


def command_line(words: Sequence[str], *, for_windows: bool) -> str:
    """Return a command as it can be typed, with what needs quotes in quotes."""
    return subprocess.list2cmdline(words) if for_windows else shlex.join(words)


def _report(failures: Sequence[AidigestError]) -> None:
    for failure in failures:
        complain(str(failure))
    if failures:
        raise click.exceptions.Exit(1)
