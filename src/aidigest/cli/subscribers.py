"""`aidigest subscribers`."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from aidigest.cli.context import (
    SAVE_AS_CSV,
    Home,
    json_option,
    new_table,
    pass_home,
    print_json,
    print_table,
    read_rows,
)
from aidigest.cli.rights import (
    erase,
    export_person,
    export_suppressions,
    import_suppressions,
    suppress,
)
from aidigest.core.counting import counted
from aidigest.errors import ImportRowsError, NotFoundError

if TYPE_CHECKING:
    from aidigest.settings import Settings


@click.group()
def subscribers() -> None:
    """Add, list, remove, import and export readers."""


for _command in (export_person, erase, suppress, export_suppressions, import_suppressions):
    subscribers.add_command(_command)

digest_option = click.option("--digest", "digest", metavar="ID", help="Only this digest.")


@subscribers.command()
@click.argument("address")
@click.option("--name", default="", help="What to call them in lists.")
@click.option("--language", default=None, help="The language they like to read, as en or vi.")
@digest_option
@pass_home
def add(home: Home, address: str, name: str, language: str | None, digest: str | None) -> None:
    """Subscribe ADDRESS to a digest, or to all of them."""
    from aidigest.core.readers.subscriber import Signup, clean_address

    if language is not None:
        _check_language(language)
    try:
        clean = clean_address(address)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from error
    with home.app() as app:
        wanted = _digests(app.settings, digest)
        signup = Signup(address=clean, name=name, language=language, digests=wanted)
        added = app.subscribers.add([signup], now=app.clock())
        suppression = app.subscribers.suppression(clean)
    click.echo(f"{clean} now gets {', '.join(wanted)}." if added else f"{clean} gets it already.")
    if suppression is not None:
        click.echo(f"But nothing is sent there: {suppression.reason}.")


@subscribers.command()
@click.argument("address")
@digest_option
@pass_home
def remove(home: Home, address: str, digest: str | None) -> None:
    """End what ADDRESS gets: one digest, or all."""
    with home.app() as app:
        wanted = app.settings.digest(digest).id if digest else None
        removed = app.subscribers.remove(address, now=app.clock(), digest_id=wanted)
    if not removed:
        raise NotFoundError("subscriber", address)
    click.echo(f"{address} gets no more mail{f' of {wanted}' if wanted else ''}.")


@subscribers.command()
@click.argument("address")
@pass_home
def unsuppress(home: Home, address: str) -> None:
    """Write to ADDRESS again, after a refusal.

    An address is suppressed when a relay says that there is no such mailbox.
    """
    with home.app() as app:
        lifted = app.subscribers.unsuppress(address)
    if not lifted:
        raise NotFoundError("suppressed address", address)
    click.echo(f"{address} gets mail again, if it is subscribed.")


@subscribers.command(name="list")
@digest_option
@json_option
@pass_home
def list_(home: Home, digest: str | None, *, as_json: bool) -> None:
    """List who gets a digest, or any."""
    from dataclasses import asdict

    with home.app() as app:
        wanted = app.settings.digest(digest).id if digest else None
        found = app.subscribers.active(wanted)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = new_table("address", "name", "language", "digests", "since")
    for one in found:
        since = f"{one.created_at:%Y-%m-%d}"
        table.add_row(one.address, one.name, one.language or "", ", ".join(one.digests), since)
    print_table(table)
    click.echo(f"{len(found)} in all.")


@subscribers.command(name="import")
@click.argument("file", type=click.File("rb"))
@pass_home
def import_(home: Home, file: IO[bytes]) -> None:
    """Subscribe everybody in a CSV FILE; `-` is standard input.

    Columns: address, name, language, digests. Rows that cannot be used are
    named by line, and the others are kept. Who has left a digest is not brought
    back to it by a list: `subscribers add` does that.
    """
    from aidigest.core.readers.subscriber import but_for, parse_csv

    name = Path(getattr(file, "name", "-")).name
    with home.app() as app:
        ids = [digest.id for digest in app.settings.digests]
        found = parse_csv(read_rows(file, name=name, advice=SAVE_AS_CSV), name=name, digests=ids)
        left = app.subscribers.left(found.signups)
        wanted = but_for(found.signups, left)
        added = app.subscribers.add(wanted, now=app.clock())
    known = len(wanted) - added
    left_out = counted(len(found.problems), "row", "rows")
    click.echo(f"{added} subscribed, {known} known already, {left_out} left out.")
    for address, ended in left.items():
        click.echo(f"{address} has left {', '.join(ended)} and stays away.")
    if found.problems:
        raise ImportRowsError(found.problems)


@subscribers.command()
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@digest_option
@pass_home
def export(home: Home, file: IO[str], digest: str | None) -> None:
    """Write the readers as CSV, to FILE or standard output."""
    from aidigest.core.readers.subscriber import format_csv

    with home.app() as app:
        wanted = app.settings.digest(digest).id if digest else None
        file.write(format_csv(app.subscribers.active(wanted)))


def _check_language(language: str) -> None:
    from aidigest.core.languages import check_language

    try:
        check_language(language)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--language") from error


def _digests(settings: "Settings", digest: str | None) -> tuple[str, ...]:
    if digest is not None:
        return (settings.digest(digest).id,)
    return tuple(one.id for one in settings.digests)
