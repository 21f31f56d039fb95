"""`aidigest feeds`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import (
    Home,
    json_option,
    new_table,
    pass_home,
    print_json,
    print_table,
    two_lines,
)
from aidigest.core.counting import counted
from aidigest.errors import ImportRowsError

if TYPE_CHECKING:
    from aidigest.app import App
    from aidigest.core.feeds.feed import Feed, FeedState
    from aidigest.steps.discover import Discovered


@click.group()
def feeds() -> None:
    """Add, list and check the sources; OPML in and out."""


@feeds.command(name="list")
@json_option
@pass_home
def list_(home: Home, *, as_json: bool) -> None:
    """List the feeds with their health: last poll, next poll and why, what 304s have saved."""
    from aidigest.core.feeds.feed import FeedState

    with home.app() as app:
        states = app.feeds.feed_states()
        rows = [
            (feed, states.get(feed.url, FeedState(url=feed.url))) for feed in app.settings.feeds
        ]
    if as_json:
        print_json([_health(feed, state) for feed, state in rows])
        return
    table = new_table("feed", "last poll", "next poll, and why then", "304", "saved", "alarms")
    for feed, state in rows:
        due = f"{state.next_poll_at:%m-%d %H:%M}" if state.next_poll_at else "at once"
        table.add_row(
            two_lines(feed.title, feed.url),
            state.last_status,
            two_lines("never" if state.gone else due, state.next_poll_reason),
            f"{100 * state.unchanged / state.polls:.0f} %" if state.polls else "",
            f"{state.bytes_saved / 1e6:.1f} MB" if state.bytes_saved else "",
            ", ".join(alarm.kind for alarm in state.alarms),
        )
    print_table(table)


def _health(feed: "Feed", state: "FeedState") -> dict[str, Any]:
    return {
        "url": feed.url,
        "title": feed.title,
        "status": state.last_status,
        "trouble": state.trouble,
        "failures": state.failures,
        "last_polled_at": state.last_polled_at,
        "last_success_at": state.last_success_at,
        "next_poll_at": state.next_poll_at,
        "next_poll_reason": state.next_poll_reason,
        "polls": state.polls,
        "not_modified_share": round(state.unchanged / state.polls, 3) if state.polls else None,
        "bytes_saved": state.bytes_saved,
        "moved_to": state.moved_to,
        "alarms": [
            {"kind": alarm.kind, "since": alarm.since, "detail": alarm.words}
            for alarm in state.alarms
        ],
    }


@feeds.command()
@click.argument("urls", nargs=-1)
@json_option
@pass_home
def check(home: Home, urls: tuple[str, ...], *, as_json: bool) -> None:
    """Ask feeds, and say what came back.

    Those listed, or URLS; nothing is stored.
    """
    from aidigest.core.feeds.feed import Feed

    with home.app() as app:
        chosen = tuple(Feed(url=url, title=url) for url in urls) or app.settings.feeds
        results = app.polling.check_feeds(chosen)
    if as_json:
        print_json(
            [
                {"url": one.feed.url, "problem": one.problem, "entries": one.entries}
                for one in results
            ]
        )
    else:
        table = new_table("", "feed", "what came back")
        for one in results:
            well = (
                "not modified" if one.entries is None else counted(one.entries, "entry", "entries")
            )
            table.add_row("!!" if one.problem else "ok", one.feed.url, one.problem or well)
        print_table(table)
    if any(one.problem for one in results):
        raise click.exceptions.Exit(1)


@feeds.command()
@click.argument("url")
@click.option("--title", help="What the edition calls it; the feed's own title if not given.")
@click.option("--language", help="What it is written in; as it says itself if not given.")
@click.option(
    "--about",
    type=click.Choice(["ai", "mixed"]),
    default="mixed",
    show_default=True,
    help="ai if all of it is about AI, mixed if each entry is to be judged.",
)
@click.option("--topic", help="Puts everything from it under that topic.")
@pass_home
def add(home: Home, /, url: str, *, title: str | None, **said: str | None) -> None:
    """Write the feed at URL into config/feeds.toml.

    URL may be a page: then the feed that it names is taken; channels on
    YouTube, repositories on GitHub and subreddits are known by their address.
    It is asked first, only a feed is written, and its answer counts as the
    first poll.
    """
    with home.app() as app:
        found = add_feed(app, url, title=title, **said)
    for other in found.others:
        click.echo(f"The page also offers {other.url} {other.title}".rstrip())


def add_feed(
    app: "App",
    url: str,
    *,
    title: str | None = None,
    language: str | None = None,
    about: str | None = None,
    topic: str | None = None,
) -> "Discovered":
    """Find the feed at an address or behind the page there, list it, and say so.

    Raises:
        FeedError: There is none.
        SettingsError: It is listed already, or with it the list could not be read.
    """
    from aidigest.core.feeds.feed import About, Feed
    from aidigest.settings.feedlist import add_feeds

    _refuse_listed(app, url)
    found = app.polling.discover(url, language=language or "en")
    _refuse_listed(app, found.url)
    feed = Feed(
        url=found.url,
        title=title or found.parsed.title or found.url,
        language=language or found.language or "en",
        about=About(about or "mixed"),
        topic=topic,
    )
    add_feeds(app.settings, (feed,))
    app.polling.first_poll(feed, found)
    entries = counted(len(found.parsed.entries), "entry", "entries")
    click.echo(f"Added {feed.title}, with {entries}: {feed.url}")
    return found


@feeds.command()
@click.argument("url")
@click.option("--drop", is_flag=True, help="Let them go as old; no edition carries them.")
@pass_home
def release(home: Home, url: str, *, drop: bool) -> None:
    """Let go of the entries held for the feed at URL, which came back as if all were new.

    The next edition may carry them, unless they are dropped.
    """
    from aidigest.steps.tend import release

    with home.app() as app:
        count = release(url, store=app.feeds, clock=app.clock, as_news=not drop)
    entries = counted(count, "entry", "entries")
    click.echo(f"{entries} {'dropped' if drop else 'released as news'}.")


@feeds.command()
@click.argument("url")
@pass_home
def revive(home: Home, url: str) -> None:
    """Have the feed at URL asked again at the next poll, though it was given up."""
    from aidigest.steps.tend import revive

    with home.app() as app:
        revive(url, store=app.feeds)
    click.echo(f"{url} is asked again at the next poll.")


@feeds.command(name="import-opml")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_home
def import_opml(home: Home, file: Path) -> None:
    """Add the feeds of an OPML FILE to config/feeds.toml.

    Those that stand there already stay as they are. Outlines that cannot be used
    are named by line, and the others are added.
    """
    from aidigest.settings.feedlist import add_feeds, read_opml

    settings = home.settings()
    known = {feed.url for feed in settings.feeds}
    found, problems = read_opml(file.read_bytes(), name=str(file))
    new = tuple(feed for feed in found if feed.url not in known)
    add_feeds(settings, new)
    added = counted(len(new), "feed", "feeds")
    click.echo(f"{added} added, {len(found) - len(new)} known already.")
    if problems:
        raise ImportRowsError(problems)


@feeds.command(name="export-opml")
@click.argument("file", type=click.File("wb", lazy=True), default="-")
@pass_home
def export_opml(home: Home, file: Any) -> None:
    """Write the feeds as OPML, to FILE or standard output."""
    from aidigest.settings.feedlist import write_opml

    settings = home.settings()
    file.write(write_opml(settings.feeds, title=settings.site.name))


def _refuse_listed(app: "App", url: str) -> None:
    from aidigest.errors import Problem, SettingsError

    if url in {feed.url for feed in app.settings.feeds}:
        raise SettingsError((Problem(where=url, what="stands in feeds.toml already"),))
