"""`aidigest migrate`."""

import click

from aidigest.cli.context import Home, pass_home


@click.command()
@pass_home
def migrate(home: Home) -> None:
    """Bring the database up to date.

    It is safe to run at every deploy; the Procfile does.
    """
    from aidigest.adapters.database import migrate as bring_up_to_date
    from aidigest.adapters.database import open_engine

    engine = open_engine(home.settings().database_url)
    try:
        revision = bring_up_to_date(engine)
    finally:
        engine.dispose()
    click.echo(f"The database is up to date (revision {revision}).")
