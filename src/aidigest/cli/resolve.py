"""`aidigest resolve`."""

from collections.abc import Iterable

import click

from aidigest.cli.context import Home, digest_argument, json_option, pass_home, print_json
from aidigest.core.counting import counted


@click.command()
@digest_argument
@click.option("--resend", is_flag=True, help="Send them again.")
@click.option("--assume-sent", is_flag=True, help="Take them as sent.")
@json_option
@pass_home
def resolve(
    home: Home, digest: str | None, *, resend: bool, assume_sent: bool, as_json: bool
) -> None:
    """Settle deliveries of DIGEST that are uncertain.

    A message is uncertain when the connection or the machine died between the
    message and the relay's reply. It is never sent again unless you say so, and
    not even then if its edition is too old to be sent.
    """
    if resend == assume_sent:
        raise click.UsageError("say --resend or --assume-sent")
    with home.app() as app:
        chosen = app.settings.digest(digest)
        settled, too_old = app.sending.settle(chosen, resend=resend)
    if as_json:
        told = {"digest": chosen.id, "settled": settled, "resend": resend, "too_old": too_old}
        print_json(told)
        return
    click.echo(_in_words(settled, chosen.id, resend=resend))
    if too_old:
        click.echo(f"{too_old} more are of an edition too old to be sent; they stay uncertain.")


def print_uncertain(what: str, who: Iterable[str], *, digest_id: str) -> None:
    """Name whose mail is uncertain, and what settles it."""
    click.echo(f"{what}:")
    for one in who:
        click.echo(f"  {one}")
    click.echo(f"`aidigest resolve {digest_id} --assume-sent` or `--resend` settles it.")


def _in_words(settled: int, digest_id: str, *, resend: bool) -> str:
    """Say what was done; where nothing was, nothing is left to do."""
    what = f"{counted(settled, 'uncertain delivery', 'uncertain deliveries')} of {digest_id}"
    if not settled:
        return f"{what} could be settled."
    done = f"to be sent again; run `aidigest send {digest_id}`" if resend else "taken as sent"
    return f"{what} {done}."
