"""`aidigest migrate`."""

from typing import TYPE_CHECKING

import click

from aidigest.cli.context import Home, new_table, pass_home, print_table

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from sqlalchemy import Engine


@click.command()
@click.option("--from", "source", metavar="URL", help="Move this SQLite database …")
@click.option("--to", "target", metavar="URL", help="… to this empty PostgreSQL one.")
@click.option(
    "--finish",
    is_flag=True,
    help="Also take away what only older workers need, once none is left.",
)
@pass_home
def migrate(home: Home, *, source: str | None, target: str | None, finish: bool) -> None:
    """Bring the database up to date.

    It is safe to run at every deploy, while older workers are at work; the
    Procfile does.

    With --from and --to, everything in a SQLite database moves to a PostgreSQL
    one: `--from sqlite:///var/aidigest.db --to postgresql://…`. Counts and
    checksums of all tables are compared, nothing is sent meanwhile, and the old
    file can only be read afterwards.
    """
    if source is not None or target is not None:
        if finish:
            raise click.UsageError("--finish does not go with --from and --to")
        _move(home.folder, source, target)
        return
    from aidigest.adapters.database import migrate as bring_up_to_date
    from aidigest.adapters.database import open_engine

    engine = open_engine(home.settings().database_url)
    try:
        revision = bring_up_to_date(engine, finish=finish)
    finally:
        engine.dispose()
    click.echo(f"The database is up to date (revision {revision}).")


def _move(home: "Path", source: str | None, target: str | None) -> None:
    from contextlib import ExitStack

    from aidigest.adapters.database.moving import move

    if source is None or target is None:
        raise click.UsageError("--from and --to go together")
    with ExitStack() as stack:
        old = _opened(stack, _address(home, source, "--from"), "sqlite", "--from")
        new = _opened(stack, _address(home, target, "--to"), "postgresql", "--to")
        moved = move(old, new)
    table = new_table("table", "rows", "checksum")
    for one in moved:
        table.add_row(one.table, f"{one.rows:,}", one.checksum)
    print_table(table)
    total = sum(one.rows for one in moved)
    click.echo(
        f"{total:,} rows are in the new database, the same as in the old one."
        " Set DATABASE_URL to it before anything is started."
    )


def _address(home: "Path", said: str, option: str) -> str:
    """Return an address as DATABASE_URL would have it: a relative file is the home's."""
    from aidigest.settings.environment import database_url
    from aidigest.settings.tables import Notes

    notes = Notes(file="", problems=[])
    url = database_url(said, option, notes, home=home)
    if notes.problems:
        raise click.BadParameter(notes.problems[0].what, param_hint=option)
    return url


def _opened(stack: "ExitStack", url: str, kind: str, option: str) -> "Engine":
    from pathlib import Path

    from aidigest.adapters.database import open_engine

    engine = open_engine(url)
    stack.callback(engine.dispose)
    if engine.name != kind:
        raise click.BadParameter(f"{url.partition(':')[0]} is no {kind} address", param_hint=option)
    if kind == "sqlite" and not Path(engine.url.database or "").is_file():
        raise click.BadParameter(f"there is no file {engine.url.database}", param_hint=option)
    return engine
