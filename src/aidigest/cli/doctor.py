"""`aidigest doctor`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from aidigest.cli.context import Home, json_option, new_table, pass_home, print_json, print_table
from aidigest.errors import AidigestError

if TYPE_CHECKING:
    from aidigest.app import App


@click.command()
@json_option
@pass_home
def doctor(home: Home, *, as_json: bool) -> None:
    """Check that everything is fit to work.

    Config, database, templates, secret key and relay are tried, and what is
    wrong is said with what to do.
    """
    with home.app() as app:
        found = [(what, *_tried(check, app)) for what, check in _CHECKS.items()]
    if as_json:
        print_json([{"check": what, "ok": ok, "detail": said} for what, ok, said in found])
    else:
        table = new_table("", "what", "how it is")
        for what, ok, said in found:
            table.add_row("ok" if ok else "!!", what, said)
        print_table(table)
    if not all(ok for _, ok, _ in found):
        raise click.exceptions.Exit(1)


def _tried(check: "Callable[[App], str]", app: "App") -> tuple[bool, str]:
    try:
        return True, check(app)
    except AidigestError as error:
        return False, str(error)


def _config(app: "App") -> str:
    feeds, digests, topics = app.settings.feeds, app.settings.digests, app.settings.topics
    return f"{len(feeds)} feeds, {len(digests)} digests, {len(topics)} topics"


def _database(app: "App") -> str:
    return f"{app.engine.name}, {len(app.feeds.feed_states())} feeds remembered"


def _templates(app: "App") -> str:
    parts = [app.preview(digest) for digest in app.settings.digests]
    return ", ".join(
        f"{one.edition.digest_id} renders to {len(one.html)} characters" for one in parts
    )


def _secret_key(app: "App") -> str:
    app.settings.required_secret_key()
    return "is set"


def _relay(app: "App") -> str:
    with app.mailer.session():
        return f"{app.mailer.relay} takes our connection"


_CHECKS: "dict[str, Callable[[App], str]]" = {
    "config": _config,
    "database": _database,
    "templates": _templates,
    "secret key": _secret_key,
    "relay": _relay,
}
