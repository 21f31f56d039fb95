"""`aidigest compose`."""

import click

from aidigest.cli.context import Home, digest_argument, json_option, pass_home, print_json
from aidigest.core.counting import counted


@click.command()
@digest_argument
@json_option
@pass_home
def compose(home: Home, digest: str | None, *, as_json: bool) -> None:
    """Make today's edition of DIGEST.

    Where there is one already it is shown; nothing is sent.
    """
    from aidigest.core.editions.contract import contract_json
    from aidigest.steps.compose import Skipped

    with home.app() as app:
        result = app.composing.compose(app.settings.digest(digest))
    if isinstance(result, Skipped):
        if as_json:
            print_json({"edition": None, "date": result.date, "reason": result.reason})
        else:
            click.echo(f"No edition of {result.digest_id} for {result.date}: {result.reason}.")
    elif as_json:
        print_json(contract_json(result.rendered) | {"created": result.created})
    else:
        edition = result.rendered.edition
        made = "made" if result.created else "was there already"
        stories = counted(len(edition.stories), "story", "stories")
        click.echo(
            f"{result.rendered.subject}\nEdition {edition.number} of {edition.digest_id} for"
            f" {edition.date} {made}: {stories}."
        )
