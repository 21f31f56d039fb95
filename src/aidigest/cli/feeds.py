"""`aidigest feeds`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import Home, json_option, new_table, pass_home, print_json, print_table

if TYPE_CHECKING:
    from aidigest.core.feeds import Feed


@click.group()
def feeds() -> None:
    """Add, list and check the sources; OPML in and out."""


@feeds.command(name="list")
@json_option
@pass_home
def list_(home: Home, *, as_json: bool) -> None:
    """List the feeds, their last poll, and when the next is due."""
    from aidigest.core.feeds import FeedState

    with home.app() as app:
        states = app.feeds.feed_states()
        rows = [
            (feed, states.get(feed.url, FeedState(url=feed.url))) for feed in app.settings.feeds
        ]
    if as_json:
        print_json(
            [
                {
                    "url": feed.url,
                    "title": feed.title,
                    "status": state.last_status,
                    "failures": state.failures,
                    "last_polled_at": state.last_polled_at,
                    "next_poll_at": state.next_poll_at,
                    "next_poll_reason": state.next_poll_reason,
                }
                for feed, state in rows
            ]
        )
        return
    table = new_table("title", "feed", "last poll", "next poll", "why then")
    for feed, state in rows:
        due = f"{state.next_poll_at:%m-%d %H:%M}" if state.next_poll_at else ""
        table.add_row(feed.title, feed.url, state.last_status, due, state.next_poll_reason)
    print_table(table)


@feeds.command()
@click.argument("urls", nargs=-1)
@json_option
@pass_home
def check(home: Home, urls: tuple[str, ...], *, as_json: bool) -> None:
    """Ask feeds, and say what came back.

    Those listed, or URLS; nothing is stored.
    """
    from aidigest.core.feeds import Feed

    with home.app() as app:
        chosen = tuple(Feed(url=url, title=url) for url in urls) or app.settings.feeds
        results = app.check_feeds(chosen)
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
            said = one.problem or f"{one.entries} entries"
            table.add_row("!!" if one.problem else "ok", one.feed.url, said)
        print_table(table)
    if any(one.problem for one in results):
        raise click.exceptions.Exit(1)


@feeds.command()
@click.argument("url")
@click.option("--title", help="What the edition calls it; the feed's own title if not given.")
@click.option("--language", default="en", show_default=True)
@click.option("--about", type=click.Choice(["ai", "mixed"]), default="mixed", show_default=True)
@click.option("--topic", help="Puts everything from it under that topic.")
@pass_home
def add(home: Home, /, url: str, *, title: str | None, **settings: str | None) -> None:
    """Write the feed at URL into config/feeds.toml.

    It is asked first, and only a feed is written.
    """
    from dataclasses import replace

    from aidigest.errors import FeedError, Problem, SettingsError
    from aidigest.settings.feedlist import add_feeds

    with home.app() as app:
        if url in {feed.url for feed in app.settings.feeds}:
            raise SettingsError((Problem(where=url, what="stands in feeds.toml already"),))
        feed = _feed(url, settings)
        (result,) = app.check_feeds((feed,))
    if result.problem:
        raise FeedError(url, result.problem)
    named = replace(feed, title=title or result.title or url)
    add_feeds(app.settings, (named,))
    click.echo(f"Added {named.title}, with {result.entries} entries.")


@feeds.command(name="import-opml")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_home
def import_opml(home: Home, file: Path) -> None:
    """Add the feeds of an OPML FILE to config/feeds.toml.

    Those that stand there already stay as they are.
    """
    from aidigest.settings.feedlist import add_feeds, read_opml

    settings = home.settings()
    known = {feed.url for feed in settings.feeds}
    found = read_opml(file.read_bytes(), name=str(file))
    new = tuple(feed for feed in found if feed.url not in known)
    add_feeds(settings, new)
    click.echo(f"{len(new)} feeds added, {len(found) - len(new)} known already.")


@feeds.command(name="export-opml")
@click.argument("file", type=click.File("wb", lazy=True), default="-")
@pass_home
def export_opml(home: Home, file: Any) -> None:
    """Write the feeds as OPML, to FILE or standard output."""
    from aidigest.settings.feedlist import write_opml

    settings = home.settings()
    file.write(write_opml(settings.feeds, title=settings.site.name))


def _feed(url: str, settings: dict[str, str | None]) -> "Feed":
    from aidigest.core.feeds import About, Feed

    return Feed(
        url=url,
        title=url,
        language=settings["language"] or "en",
        about=About(settings["about"] or "mixed"),
        topic=settings["topic"],
    )
