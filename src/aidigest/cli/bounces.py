"""`aidigest bounces`."""

import click

from aidigest.cli.context import Home, json_option, pass_home, print_json


@click.command()
@json_option
@pass_home
def bounces(home: Home, *, as_json: bool) -> None:
    """Read the mailbox for bounces, complaints and readers who leave.

    MAILBOX_URL names it. What is about our own messages is kept and taken out
    of it; every other mail stays as it is. The worker does this by itself.
    """
    with home.app() as app:
        report = app.mailbox.collect_bounces()
    kinds = {kind.value: count for kind, count in report.kinds.items()}
    if as_json:
        print_json({"looked_at": report.looked_at, "kinds": kinds, "suppressed": report.suppressed})
        return
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "nothing about us"
    click.echo(f"{report.looked_at} new mails: {said}.")
    click.echo(f"{report.suppressed} addresses are written to no more.")
