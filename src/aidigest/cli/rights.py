"""What people may ask of us, and whom we never write to; part of `aidigest subscribers`."""

from pathlib import Path
from typing import IO

import click

from aidigest.cli.context import SAVE_AS_CSV, Home, pass_home, print_json, read_rows
from aidigest.core.counting import counted
from aidigest.errors import ImportRowsError, NotFoundError


@click.command(name="export-person")
@click.argument("address")
@pass_home
def export_person(home: Home, address: str) -> None:
    """Print all that is kept about ADDRESS, as JSON.

    Every row of every table that is about them: what they asked for and
    agreed to, what was sent and what came back.
    """
    with home.app() as app:
        found = app.rights.dossier(address)
    if not found:
        raise NotFoundError("person", address)
    print_json({"address": address, **found})


@click.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@pass_home
def erase(home: Home, address: str, *, yes: bool) -> None:
    """Delete all that is kept about ADDRESS.

    What stays is a hash of the address among the suppressions, so that a list
    that is imported later does not bring them back. It cannot be undone.
    """
    if not yes:
        click.confirm(f"Delete all that is kept about {address}?", abort=True)
    with home.app() as app:
        count = app.rights.erase(address, now=app.clock())
    if not count:
        raise NotFoundError("person", address)
    rows = counted(count, "row", "rows")
    click.echo(f"{rows} deleted; a hash stays, so that nobody writes to them again.")


@click.command()
@click.argument("address")
@click.option("--reason", default="asked for by hand", help="Why.", show_default=True)
@pass_home
def suppress(home: Home, address: str, reason: str) -> None:
    """Never write to ADDRESS, whoever subscribes it."""
    from aidigest.core.readers.rights import is_hashed
    from aidigest.core.readers.subscriber import Suppression, clean_address

    try:
        clean = address if is_hashed(address) else clean_address(address)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from error
    with home.app() as app:
        one = Suppression(address=clean, reason=reason, since=app.clock())
        count = app.subscribers.suppress([one])
    click.echo(f"{clean} gets no mail." if count else f"{clean} is suppressed already.")


@click.command(name="export-suppressions")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@pass_home
def export_suppressions(home: Home, file: IO[str]) -> None:
    """Write whom we never write to as CSV, to FILE or standard output.

    Who was erased is in it as `sha256:` and the hash of the address in small letters.
    """
    from aidigest.core.readers.rights import format_suppressions

    with home.app() as app:
        file.write(format_suppressions(app.subscribers.suppressed()))


@click.command(name="import-suppressions")
@click.argument("file", type=click.File("rb"))
@pass_home
def import_suppressions(home: Home, file: IO[bytes]) -> None:
    """Never write to the addresses in a CSV FILE; `-` is standard input.

    Columns: address or `sha256:` hash, reason, since; the last two may be
    left out. Rows that cannot be used are named by line, and the others are kept.
    """
    from aidigest.core.readers.rights import parse_suppressions

    name = Path(getattr(file, "name", "-")).name
    text = read_rows(file, name=name, advice=SAVE_AS_CSV)
    with home.app() as app:
        found = parse_suppressions(text, name=name, now=app.clock())
        added = app.subscribers.suppress(found.suppressions)
    known = len(found.suppressions) - added
    left_out = counted(len(found.problems), "row", "rows")
    click.echo(f"{added} suppressed, {known} known already, {left_out} left out.")
    if found.problems:
        raise ImportRowsError(found.problems)
