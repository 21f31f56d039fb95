"""`aidigest resolve`."""

import click

from aidigest.cli.context import Home, digest_argument, json_option, pass_home, print_json


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
    done = f"to be sent again; run `aidigest send {chosen.id}`" if resend else "taken as sent"
    click.echo(f"{settled} uncertain deliveries of {chosen.id} {done}.")
    if too_old:
        click.echo(f"{too_old} more are of an edition too old to be sent; they stay uncertain.")
