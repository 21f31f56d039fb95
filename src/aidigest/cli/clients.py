"""`aidigest clients`."""

import click

from aidigest.cli.context import Home, json_option, new_table, pass_home, print_json, print_table

_ADDRESS = "https://www.caniemail.com/api/data.json"


@click.command()
@click.option("--refresh", is_flag=True, help="Fetch the facts anew, into var/clients.toml.")
@click.option("--source", metavar="URL", help=f"Where to fetch from, if not {_ADDRESS}.")
@json_option
@pass_home
def clients(home: Home, *, refresh: bool, source: str | None, as_json: bool) -> None:
    """Say which mail clients `preview` knows, and how old its facts are.

    The facts are caniemail's, under the MIT licence.
    """
    from aidigest.core.proof.clients import CLIENTS

    if source is not None and not refresh:
        raise click.UsageError("--source goes with --refresh")
    with home.app() as app:
        if refresh:
            support = app.proofing.refresh_support(source or _ADDRESS)
            click.echo(f"Written: {app.proofing.support_path}", err=as_json)
        else:
            support = app.proofing.support
    lacking = {
        client: sum(support.lacks(client, feature) for feature in support.answers)
        for client in CLIENTS
    }
    if as_json:
        print_json({"source": support.source, "date": support.date, "lacking": lacking})
        return
    table = new_table("client", f"not supported, of {len(support.answers)}")
    for client, name in CLIENTS.items():
        table.add_row(name, str(lacking[client]))
    print_table(table)
    click.echo(f"{support.source}, newest test {support.date}")
