"""`aidigest resolve`."""

import click

from aidigest.cli.context import Home, digest_argument, json_option, pass_home, print_json


@click.command()
@digest_argument
@click.option(
    "--resend/--assume-sent",
    default=None,
    help="Send them again, or take them as sent.",
)
@json_option
@pass_home
def resolve(home: Home, digest: str | None, *, resend: bool | None, as_json: bool) -> None:
    """Settle deliveries of DIGEST that are uncertain.

    A message is uncertain when the connection or the machine died between the
    message and the relay's reply. It is never sent again unless you say so.
    """
    from aidigest.core.digests import SENT_FOR

    if resend is None:
        raise click.UsageError("say --resend or --assume-sent")
    with home.app() as app:
        now = app.clock()
        chosen = app.settings.digest(digest)
        settled = sum(
            app.deliveries.settle(edition_id, resend=resend, now=now)
            for edition_id, rendered in app.editions.recent(now - 2 * SENT_FOR)
            if rendered.edition.digest_id == chosen.id
        )
    if as_json:
        print_json({"digest": chosen.id, "settled": settled, "resend": resend})
    else:
        done = f"to be sent again; run `aidigest send {chosen.id}`" if resend else "taken as sent"
        click.echo(f"{settled} uncertain deliveries of {chosen.id} {done}.")
